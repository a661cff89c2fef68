"""What a series or a group says, in one honest sentence: the title of a picture, the first words of a page.

Values are compared as they are written, never across a break or a border change, never between periods that overlap,
and never with a forecast. Better and worse follow from the direction the indicator states, and from nothing else.
"""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from dugnad.shared.charts.points import STATUSES as STATUS_WORDS
from dugnad.shared.charts.points import Point, finite, reason
from dugnad.shared.charts.scales import quantile
from dugnad.shared.numbers import format_number, with_unit


def series_finding(
    name: str, points: Sequence[Point], *, lang: str, symbol: str = "", decimals: int = 0, direction: str = "none"
) -> str:
    """Where a place stands, and how that compares with the first value it can be compared with.

    >>> from dugnad.shared.periods import Period
    >>> points = [Point(Period.year(y), v) for y, v in ((2015, 4.0), (2020, 5.5), (2025, 3.1))]
    >>> series_finding("Skien", points, lang="en", symbol="%", decimals=1, direction="down")
    'Skien: 3.1% in 2025, down from 4.0% in 2015, which is better.'
    >>> series_finding("Skien", points[2:], lang="en", symbol="%", decimals=1)
    'Skien: 3.1% in 2025. There is no earlier figure to compare it with.'
    """
    with override(lang):
        measured = [point for point in sorted(points, key=lambda p: p.period) if point.status != "forecast"]
        last = next((point for point in reversed(measured) if point.value is not None), None)
        if last is None:
            return _no_figure(name, measured)
        end = measured.index(last)
        stretch = comparable(measured[: end + 1])
        earlier = [point for point in stretch[:-1] if not point.period.overlaps(last.period)]
        words = {"name": name, "value": _written(last, lang, symbol, decimals), "period": last.period.label(lang)}
        said = []
        if earlier:
            said.append(_compared(words, earlier[0], last, lang, symbol, decimals, direction))
            if len(earlier) == 1:
                said.append(_("Two figures show no trend."))
        else:
            said.append(_("%(name)s: %(value)s in %(period)s.") % words)
            said.append(_why_alone(measured[:end], stretch, lang))
        if measured[-1].missing:
            gap = {"period": measured[-1].period.label(lang), "reason": reason(measured[-1].missing)}
            said.append(_("No figure for %(period)s: %(reason)s.") % gap)
        return " ".join(said)


def range_finding(
    name: str,
    value: float | None,
    group_values: Sequence[float | None],
    *,
    lang: str,
    symbol: str = "",
    decimals: int = 0,
    direction: str = "none",
) -> str:
    """Where a place stands in its group.

    >>> range_finding("Skien", 2.6, [1.0, 2.2, 2.6, 1.5, None, 3.0], lang="en", decimals=1, direction="down")
    'Skien: 2.6, above the median of 5 places, 2.2. Lower is better.'
    """
    known = sorted(finite(group_values))
    with override(lang):
        if value is None:
            return _("%(name)s has no figure.") % {"name": name}
        words = {"name": name, "value": _number(value, lang, symbol, decimals), "count": len(known)}
        if len(known) < 2:
            return _("%(name)s: %(value)s. There is no group to compare with.") % words
        median = quantile(known, 0.5)
        words["median"] = _number(median, lang, symbol, decimals)
        difference = _compare(value, median, decimals)
        if difference > 0:
            said = _("%(name)s: %(value)s, above the median of %(count)s places, %(median)s.") % words
        elif difference < 0:
            said = _("%(name)s: %(value)s, below the median of %(count)s places, %(median)s.") % words
        else:
            said = _("%(name)s: %(value)s, the same as the median of %(count)s places.") % words
        return f"{said} {_better(direction)}".strip()


def spread_finding(values: Sequence[float | None], *, lang: str, symbol: str = "", decimals: int = 0) -> str:
    """How different the places are.

    >>> spread_finding([2.1, 3.8, 5.0, 6.2, 53.0, None], lang="en", symbol="t", decimals=1)
    'From 2.1\\xa0t to 53.0\\xa0t in 5 places; half of them between 3.8\\xa0t and 6.2\\xa0t. One place lacks figures.'
    """
    known = sorted(finite(values))
    lacking = len(values) - len(known)
    with override(lang):
        if not known:
            return _("No figures.")
        words = {"low": _number(known[0], lang, symbol, decimals), "high": _number(known[-1], lang, symbol, decimals)}
        if words["low"] == words["high"]:
            said = [
                ngettext("%(value)s in one place.", "%(value)s in all %(count)s places.", len(known))
                % {"value": words["low"], "count": len(known)}
            ]
        elif len(known) < 4:  # quartiles of fewer say nothing
            said = [_("From %(low)s to %(high)s in %(count)s places.") % {**words, "count": len(known)}]
        elif _compare(quantile(known, 0.25), quantile(known, 0.75), decimals) == 0:
            usual = _number(quantile(known, 0.5), lang, symbol, decimals)
            said = [
                _("From %(low)s to %(high)s in %(count)s places; %(usual)s in at least half of them.")
                % {**words, "usual": usual, "count": len(known)}
            ]
        else:
            halves = {
                "first": _number(quantile(known, 0.25), lang, symbol, decimals),
                "third": _number(quantile(known, 0.75), lang, symbol, decimals),
            }
            said = [
                _("From %(low)s to %(high)s in %(count)s places; half of them between %(first)s and %(third)s.")
                % {**words, **halves, "count": len(known)}
            ]
        if lacking:
            said.append(lacking_words(lacking))
        return " ".join(said)


def lacking_words(lacking: int) -> str:
    return ngettext("One place lacks figures.", "%(count)s places lack figures.", lacking) % {"count": lacking}


def comparable(points: Sequence[Point]) -> list[Point]:
    """The values at the end of a series that may be compared: those after its last break or change of borders.

    >>> from dugnad.shared.periods import Period
    >>> [p.value for p in comparable([Point(Period.year(2022), 1.0), Point(Period.year(2023), 7.0, is_break=True)])]
    [7.0]
    """
    start = 0
    for index, point in enumerate(points):
        if point.is_break:
            start = index
        elif point.missing == "border_change":
            start = index + 1
    return [point for point in points[start:] if point.value is not None]


def _compared(
    words: dict[str, str], first: Point, last: Point, lang: str, symbol: str, decimals: int, direction: str
) -> str:
    assert first.value is not None and last.value is not None
    words = {**words, "first": _written(first, lang, symbol, decimals), "first_period": first.period.label(lang)}
    change = _compare(last.value, first.value, decimals)
    if change == 0:
        return _("%(name)s: %(value)s in %(period)s, the same as in %(first_period)s.") % words
    said = (
        _("%(name)s: %(value)s in %(period)s, up from %(first)s in %(first_period)s")
        if change > 0
        else _("%(name)s: %(value)s in %(period)s, down from %(first)s in %(first_period)s")
    ) % words
    if direction not in ("up", "down"):
        return f"{said}."
    judged = _("which is better") if (change > 0) == (direction == "up") else _("which is worse")
    return f"{said}, {judged}."


def _why_alone(before: Sequence[Point], stretch: Sequence[Point], lang: str) -> str:
    if len(stretch) > 1:
        return _("The earlier periods overlap this one and share its data.")
    if any(point.value is not None for point in before):
        return _("Earlier figures cannot be compared with it.")
    return _("There is no earlier figure to compare it with.")


def _no_figure(name: str, points: Sequence[Point]) -> str:
    reasons = {point.missing for point in points if point.missing}
    if len(reasons) == 1:
        return _("%(name)s: no figures (%(reason)s).") % {"name": name, "reason": reason(reasons.pop())}
    return _("%(name)s: no figures.") % {"name": name}


def _better(direction: str) -> str:
    return {"up": _("Higher is better."), "down": _("Lower is better.")}.get(direction, "")


def _written(point: Point, lang: str, symbol: str, decimals: int) -> str:
    """The value, with what is not final about it: "3,1 % (preliminary)"."""
    assert point.value is not None
    words = _number(point.value, lang, symbol, decimals)
    return f"{words} ({_(STATUS_WORDS[point.status])})" if point.status in STATUS_WORDS else words


def _number(value: float, lang: str, symbol: str, decimals: int) -> str:
    text = format_number(value, decimals, lang)
    return with_unit(text, symbol, lang)


def _compare(a: float, b: float, decimals: int) -> int:
    """1, 0 or -1 as the values are written: nobody is told that 3,1 has fallen to 3,1."""
    if format_number(a, decimals, "en") == format_number(b, decimals, "en"):
        return 0
    return 1 if a > b else -1
