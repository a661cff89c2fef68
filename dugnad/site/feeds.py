"""New releases as a feed (Atom), and those that changed published numbers as another, in each language."""

from datetime import datetime

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.text import capfirst
from django.utils.translation import gettext

from dugnad.shared.text import translate
from dugnad.status import wording
from dugnad.status.models import Release, Withdrawal
from dugnad.status.queries import releases

LENGTH = 50


class Releases(Feed):
    """The newest releases first; each entry leads to the release with its numbers, sources and differences."""

    feed_type = Atom1Feed

    def title(self) -> str:
        return gettext("%(site)s: new releases") % {"site": settings.NETWORK_NAME or "Dugnad"}

    def subtitle(self) -> str:
        return gettext("Every publication of numbers, with what was changed and why.")

    def link(self) -> str:
        return settings.PUBLIC_URL + reverse("status:releases")

    def feed_url(self) -> str:
        return settings.PUBLIC_URL + reverse("site:feed")

    def items(self) -> QuerySet[Release]:
        return Release.objects.select_related("dataset__provider")[:LENGTH]

    def item_title(self, item: Release) -> str:
        return f"{translate(item.dataset.title)} {item.number}: {item.get_kind_display()}"

    def item_description(self, item: Release) -> str:
        return translate(item.reason) or translate(item.dataset.provider.name)

    def item_link(self, item: Release) -> str:
        return settings.PUBLIC_URL + reverse("status:release", args=[item.dataset_id, item.number])

    def item_pubdate(self, item: Release) -> datetime:
        return item.published_at

    def item_updateddate(self, item: Release) -> datetime:
        return item.published_at


class Revisions(Feed):
    """What changed published numbers, newest first: revised, corrected, measured anew, withdrawn; how much and why."""

    feed_type = Atom1Feed

    def title(self) -> str:
        return gettext("%(site)s: revisions and corrections") % {"site": settings.NETWORK_NAME or "Dugnad"}

    def subtitle(self) -> str:
        return gettext("Every time a published number became another or was withdrawn: how much, and why.")

    def link(self) -> str:
        return settings.PUBLIC_URL + reverse("status:releases")

    def feed_url(self) -> str:
        return settings.PUBLIC_URL + reverse("site:revisions_feed")

    def items(self) -> list[Release | Withdrawal]:
        return releases.revisions(LENGTH)

    def item_title(self, item: Release | Withdrawal) -> str:
        release = item.release if isinstance(item, Withdrawal) else item
        kind = gettext("withdrawn") if isinstance(item, Withdrawal) else release.get_kind_display()
        return f"{translate(release.dataset.title)} {release.number}: {kind}"

    def item_description(self, item: Release | Withdrawal) -> str:
        if isinstance(item, Withdrawal):
            said = wording.withdrawn(item.release.number, item.get_kind_display(), item.withdrawn_at)
            return f"{capfirst(said)} {translate(item.reason)}"
        return f"{capfirst(wording.size(item))} {translate(item.reason)}"

    def item_link(self, item: Release | Withdrawal) -> str:
        release = item.release if isinstance(item, Withdrawal) else item
        return settings.PUBLIC_URL + reverse("status:release", args=[release.dataset_id, release.number])

    def item_guid(self, item: Release | Withdrawal) -> str:
        return f"{self.item_link(item)}{'#withdrawn' if isinstance(item, Withdrawal) else ''}"

    def item_pubdate(self, item: Release | Withdrawal) -> datetime:
        return item.withdrawn_at if isinstance(item, Withdrawal) else item.published_at

    item_updateddate = item_pubdate
