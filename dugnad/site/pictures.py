"""The map of the front page."""

from django.urls import reverse
from django.utils.translation import get_language, gettext

from dugnad.places import geometry
from dugnad.places.models import Place
from dugnad.shared import charts

POPULATION_CLASSES = (2_500, 5_000, 10_000, 25_000)


def front_map(municipalities: list[Place], year: str) -> charts.Picture | None:
    """Every municipality as a hexagon that leads to it, darker with more inhabitants; None where no map has them."""
    codes = {place.code for place in municipalities}
    layout = {code: cell for code, cell in geometry.hex_layout().items() if code in codes}
    if not layout:
        return None
    caption = charts.Caption(
        "front",
        gettext("The municipalities by number of inhabitants"),
        lang=get_language() or "nb",
        unit=gettext("inhabitants"),
        source=gettext("Source: Statistics Norway (SSB), population, 1 January %(year)s, CC BY 4.0.") % {"year": year},
    )
    return charts.hex_map(
        layout,
        {place.code: place.latest_population for place in municipalities},
        caption,
        limits=POPULATION_CLASSES,
        names={place.code: place.name for place in municipalities},
        href=lambda code: reverse("status:place", args=[code]),
    )
