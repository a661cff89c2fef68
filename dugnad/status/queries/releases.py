"""What has been published, and what did each publication change?"""

from dugnad.status.models import Release


def all_releases() -> list[Release]:
    """Every release, newest first, with its dataset, provider, origin and the one it replaced."""
    return list(_releases())


def one_release(dataset: str, number: int) -> Release:
    """A release by its address; Release.DoesNotExist when there is none."""
    return _releases().get(dataset=dataset, number=number)


def _releases():
    return Release.objects.select_related("dataset__provider", "staged__raw", "replaces", "replaced_by")
