"""Pictures of one indicator in every place: `shared.charts` told about an `IndicatorOverview`."""

from collections.abc import Collection, Mapping
from statistics import median

from django.utils.translation import get_language, gettext

from dugnad.places import geometry
from dugnad.shared import charts
from dugnad.shared.text import translate
from dugnad.status import pictures, wording
from dugnad.status.methods.order import Order
from dugnad.status.queries import orders
from dugnad.status.queries.indicators import IndicatorOverview
from dugnad.status.queries.orders import Among

FORMS = ("heksagon", "flate")
FEW = 4  # fewer are named one by one


def caption(overview: IndicatorOverview, key: str, title: str) -> charts.Caption:
    subject = pictures.indicator_name(overview.version, overview.part)
    if overview.period:
        subject = f"{subject}, {overview.period.label(get_language() or 'nb')}"
    return pictures.caption(overview.quantity, subject, overview.releases, overview.version.id, key, title)


def finding(overview: IndicatorOverview) -> str:
    """How different the municipalities are, in one sentence; one to three are named with what they have. Those without
    figures are told of elsewhere, and so are larger areas, unless there is nothing but those."""
    told = caption(overview, "finding", "")
    known = overview.known or [p for p in overview.counties if p.value is not None]
    if not known and overview.country and overview.country.value is not None:
        known = [overview.country]
    if not known:
        return _nothing(overview)
    if known and len(known) < FEW:
        each = [f"{p.place.name_in(told.lang)} {told.number(p.value)}" for p in known if p.value is not None]
        return f"{', '.join(each)}."
    values = [p.value for p in known]
    return charts.spread_finding(values, lang=told.lang, symbol=told.symbol, decimals=told.decimals)


def _nothing(overview: IndicatorOverview) -> str:
    """That nobody has a figure in the period, and where there are any."""
    language = get_language() or "nb"
    if overview.period is None or not overview.periods:
        return gettext("No place has a figure.")
    words = {"first": overview.periods[0].label(language), "last": overview.periods[-1].label(language)}
    said = gettext("No place has a figure for %(period)s.") % {"period": overview.period.label(language)}
    if len(overview.periods) == 1:
        known = gettext("There are figures for %(first)s.") % words
    else:
        known = gettext("There are figures from %(first)s to %(last)s.") % words
    return f"{said} {known}"


def usual_form(overview: IndicatorOverview) -> str:
    """A county is known by its shape; in the whole country the small and populous places are lost without hexagons."""
    return "flate" if overview.counties_shown else "heksagon"


def municipalities(overview: IndicatorOverview, form: str, here: str = "") -> charts.Picture | None:
    """The municipalities on a map: a hexagon of equal size for each, or the land as it is. None where there is no map:
    of places that are not on it, or of a few towns here and there. `here` is outlined."""
    if not overview.is_mappable or overview.period is None:
        return None
    lang = get_language() or "nb"
    values = {p.place.code: p.value for p in overview.municipalities}
    names = {p.place.code: p.place.name_in(lang) for p in overview.municipalities}
    title = gettext("%(indicator)s, %(period)s, by municipality") % {
        "indicator": translate(overview.title),
        "period": overview.period.label(lang),
    }
    told = caption(overview, "map", title)

    places = {p.place.code: p.place for p in overview.municipalities}

    def href(code: str) -> str:
        return wording.place_address(places[code], lang)

    if form == "flate":
        paths, view = geometry.cut_out(values)
        return charts.choropleth(paths, values, told, view=view, names=names, href=href, here=here) if paths else None
    layout = {code: cell for code, cell in geometry.hex_layout().items() if code in values}
    return charts.hex_map(layout, values, told, names=names, href=href, here=here) if layout else None


def distribution(overview: IndicatorOverview, marked: Mapping[str, float | None]) -> charts.Picture | None:
    """How the municipalities' values lie, with some of them named; its title says what the middle one has."""
    values = [p.value for p in overview.known if p.value is not None]
    if len(values) < 2:
        return None
    middle = caption(overview, "spread", "").number(median(values))
    title = gettext("The middle municipality has %(value)s") % {"value": middle}
    return charts.distribution_chart(values, caption(overview, "spread", title), highlighted=marked)


def funnel(overview: IndicatorOverview, order: Order, here: Collection[str]) -> charts.Picture | None:
    """The municipalities by how many are counted, with the limits of what chance gives; None where no counts are."""
    limits = orders.funnel_limits(overview, order)
    if not limits or order.expected is None:
        return None
    far = sum(placing.outside.startswith("very") for placing in order.outside)
    words = {"usual": len(order.outside), "count": far, "total": order.n}
    title = (
        gettext(
            "%(usual)s of %(total)s municipalities lie outside the 95%% limits, %(count)s outside the 99.8%% limits"
        )
        % words
    )
    dots = []
    for p in overview.known:
        placing = order.placings[p.place.code]
        if placing.funnel is not None and p.point is not None and p.point.denominator and p.value is not None:
            dots.append(
                charts.Counted(
                    p.place.name,
                    p.point.denominator,
                    p.value,
                    is_unusual=bool(placing.outside),
                    is_outside=placing.outside.startswith("very"),
                    is_here=placing.code in here,
                )
            )
    return charts.funnel_chart(
        dots,
        [charts.Limits(*row) for row in limits],
        order.expected,
        caption(overview, "funnel", title),
        of=translate(overview.version.denominator),
    )


def intervals(overview: IndicatorOverview, among: Among) -> charts.Picture | None:
    """A place and those of its group, each with what its figure may be within; None where nobody can say."""
    return pictures.intervals(among, caption(overview, "intervals", ""), [among.place])


def counties(overview: IndicatorOverview) -> charts.Picture | None:
    """How the counties' values lie, with the country named."""
    values = [p.value for p in overview.counties]
    known = [value for value in values if value is not None]
    if len(known) < 3:
        return None
    told = caption(overview, "counties", "")
    said = charts.spread_finding(known, lang=told.lang, symbol=told.symbol, decimals=told.decimals)
    lang, country = told.lang, overview.country
    marked = {country.place.name_in(lang): country.value} if country and not overview.quantity.follows_size else {}
    return charts.distribution_chart(values, caption(overview, "counties", said), highlighted=marked)
