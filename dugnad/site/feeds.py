"""New releases as a feed (Atom), in each language."""

from datetime import datetime

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext

from dugnad.shared.text import translate
from dugnad.status.models import Release

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
        return f"{translate(item.dataset.title)} {item.number}"

    def item_description(self, item: Release) -> str:
        return translate(item.reason) or translate(item.dataset.provider.name)

    def item_link(self, item: Release) -> str:
        return settings.PUBLIC_URL + reverse("status:release", args=[item.dataset_id, item.number])

    def item_pubdate(self, item: Release) -> datetime:
        return item.published_at

    def item_updateddate(self, item: Release) -> datetime:
        return item.published_at
