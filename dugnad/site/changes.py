"""What the shell does after something was published."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import override

from dugnad.places import queries as places
from dugnad.site.ready import ReadyPages, Shelf, page_key, prepare
from dugnad.status.queries import snapshots


def shelf() -> Shelf:
    return Shelf(settings.DATA_DIR / "ready")


def prepare_pages(payload: dict[str, Any]) -> None:
    """Handler of "release.published": make the pages most asked for ready, and sweep those of former snapshots."""
    from django.core.wsgi import get_wsgi_application

    snapshots.forget()
    if payload["snapshot"] < snapshots.current().snapshot:
        return  # something newer has been published since, with its own message
    ours = shelf()
    ours.keep_only({page_key()})
    prepare(ReadyPages(get_wsgi_application(), ours), addresses())


def addresses() -> Iterator[str]:
    """The front page and every municipality and county, in each language, and their files."""
    municipalities, counties = places.places_on(), places.places_on(kind="county")
    for code, _name in settings.LANGUAGES:
        with override(code):
            yield reverse("site:front")
            for name, found in (("status:place", municipalities), ("status:county", counties)):
                for place in found:
                    address = reverse(name, args=[place.code])
                    yield from (address, f"{address}.json", f"{address}.csv")
