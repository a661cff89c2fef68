"""What pages say of standings, in words: figures with units, changes, positions, gaps, whole sentences."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from html import escape
from typing import NamedTuple
from urllib.parse import quote

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext, ngettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from dugnad.places.models import Place, PlaceKind
from dugnad.shared import charts
from dugnad.shared.charts.points import REASONS, STATUSES
from dugnad.shared.numbers import format_date, format_number, format_share, with_unit
from dugnad.shared.text import language_of, translate
from dugnad.standards.models import Direction, Unit
from dugnad.status import rules
from dugnad.status.borders.steps import BorderStep, BorderSteps
from dugnad.status.methods import published_methods
from dugnad.status.models import Release
from dugnad.status.observations import ValueStatus
from dugnad.status.pictures import drawn, each_once, indicator_name
from dugnad.status.queries.indicators import IndicatorOverview
from dugnad.status.queries.performance import SetLevel, SetPerformance
from dugnad.status.queries.series import Point, Spread
from dugnad.status.queries.snapshots import Published
from dugnad.status.queries.standing import GoalStanding, PlaceOverview, Standing
from dugnad.status.queries.vintages import Notice, Vintage

CHANGES = {
    "better": _("better"),
    "worse": _("worse"),
    "same": _("unchanged"),
    "changed": _("changed"),
    "": _("not judged"),
}
# A shape for each, so that nothing is told by colour alone: a tick, a warning triangle, two bars, a diamond, a ring.
SHAPES = {
    "better": '<path d="M8 0a8 8 0 110 16A8 8 0 018 0zM3.6 8.6l3 3 5.8-6.2-1.3-1.2L6.5 9 4.9 7.3z"/>',
    "worse": '<path d="M8 1l8 14H0zM7 5.5v5h2v-5zm0 6v2h2v-2z"/>',
    "same": '<path d="M1 4h14v3H1zM1 9.5h14v3H1z"/>',
    "changed": '<path d="M8 1l7 7-7 7-7-7z"/>',
    "": '<circle cx="8" cy="8" r="6"/>',
}
LOOKS = {"better": "good", "worse": "poor", "same": "flat"}
# What a trend means, and what the indicators of a goal say together.
COURSES = {
    "reached": _("target reached"),
    "at_limit": _("cannot be better"),
    "on_course": _("on course"),
    "too_slow": _("better, but too slowly"),
    "still": _("standing still"),
    "worse": _("getting worse"),
    "uncertain": _("uncertain"),
    "unknown": _("too little data"),
    "": _("not judged"),
}
GOAL_COURSES = {**COURSES, "behind": _("behind"), "mixed": _("pointing both ways"), "no_figures": _("no figures")}
COURSE_MEANINGS = {
    "reached": _("The target is reached."),
    "at_limit": _("There is no target, and the share is as good as a share can be."),
    "on_course": _(
        "It gets better, fast enough for 2030. A goal is on course when most of its indicators are, have reached their"
        " target or cannot be better."
    ),
    "too_slow": _("It gets better, but not fast enough for 2030."),
    "still": _("It hardly changes."),
    "worse": _("It gets worse."),
    "uncertain": _("The figures vary too much for it to be said which way it goes."),
    "unknown": _("There are too few figures that can be compared."),
    "": _("No direction is better, so it is not judged."),
    "behind": _("Of a goal: most of its indicators get better too slowly, stand still or get worse."),
    "mixed": _("Of a goal: some of its indicators are on course, others are behind."),
    "no_figures": _("Of a goal: none of its indicators has a figure here."),
}
# A tick, an arrow that rises slowly, two bars, a warning triangle, a question mark, arrows apart, a ring, a diamond.
COURSE_SHAPES = {
    "reached": ("good", SHAPES["better"]),
    "at_limit": ("good", SHAPES["better"]),
    "on_course": ("good", SHAPES["better"]),
    "too_slow": ("fair", '<path d="M1 12.5l10-4.6-1-2.3 5.5.6-3.4 4.4-1-2.2L2 15z"/>'),
    "behind": ("fair", '<path d="M1 12.5l10-4.6-1-2.3 5.5.6-3.4 4.4-1-2.2L2 15z"/>'),
    "still": ("flat", SHAPES["same"]),
    "worse": ("poor", SHAPES["worse"]),
    "uncertain": (
        "unsure",
        '<path d="M4 5.2C4 2.4 5.8 1 8.1 1 10.5 1 12 2.5 12 4.5c0 2.7-2.8 3-2.8 5.3H6.8C6.8 6.6 9.6 6.5 9.6 4.7c0-.9-.6'
        '-1.5-1.6-1.5-1 0-1.6.6-1.7 2zM6.6 11.5h2.8v3H6.6z"/>',
    ),
    "mixed": ("unsure", '<path d="M5 1l4 5H6.3v9H3.7V6H1zM11 15l-4-5h2.7V1h2.6v9H15z"/>'),
    "unknown": ("none", SHAPES[""]),
    "no_figures": ("none", SHAPES[""]),
    "": ("none", SHAPES["changed"]),
}


def lang() -> str:
    return get_language() or "nb"


def number(value: float, unit: Unit, decimals: int) -> str:
    """A value with its decimals and the short sign of its unit: "3,1 %"."""
    return with_unit(format_number(value, decimals, lang()), translate(unit.symbol), lang())


def figure(standing: Standing, value: float) -> str:
    """A value of this series as it is written."""
    return number(value, standing.quantity.unit, standing.quantity.decimals)


def title(standing: Standing) -> str:
    """What the indicator is called, with its part: "Open data: number"."""
    return indicator_name(standing.version, standing.part)


def badge(change: str, words: str = "") -> SafeString:
    """How something changed, in shape and word."""
    look, word = LOOKS.get(change, "none"), words or str(CHANGES[change])
    return mark_safe(  # noqa: S308  (our own markup and words)
        f'<span class="status status-{look}"><svg viewBox="0 0 16 16" aria-hidden="true">{SHAPES[change]}</svg>'
        f"{word}</span>"
    )


def _course_badge(status: str) -> SafeString:
    look, shape = COURSE_SHAPES[status]
    word = str(GOAL_COURSES[status])
    return mark_safe(  # noqa: S308  (our own markup and words)
        f'<span class="status status-{look}"><svg viewBox="0 0 16 16" aria-hidden="true">{shape}</svg>{word}</span>'
    )


def course_meanings() -> list[tuple[SafeString, str]]:
    """Every status in shape and word, with what it says."""
    return [(_course_badge(status), str(said)) for status, said in COURSE_MEANINGS.items()]


def course_badge(standing: Standing) -> SafeString:
    """What the trend of a series means, in shape and word."""
    return _course_badge(standing.trend.meaning)


def trend_status(standing: Standing) -> str:
    """The word of the same badge."""
    return str(COURSES[standing.trend.meaning])


def _signed(standing: Standing, value: float) -> str:
    """A change a year with its sign: "+0.52", "−0.03"; a small one has a digit more than the values, zero no sign."""
    decimals = standing.quantity.decimals
    text = format_number(value, decimals + (abs(value) < 10 ** (2 - decimals)), lang())
    return f"+{text}" if value > 0 and any(digit in "123456789" for digit in text) else text


def ahead(standing: Standing) -> str:
    """Where a series leads, in a few words: "2030: 2.1% (80% interval: 0.9 to 5.0)", or why that is not said. Nothing
    of one that cannot be better, or that is uncertain: it may lead nearly anywhere, and sentences tell of it."""
    trend = standing.trend
    if not trend.leads_on:
        return why_no_trend(standing)
    if trend.status == "uncertain":
        return ""
    return gettext("%(year)s: %(value)s (80%% interval: %(low)s to %(high)s)") % _projected(standing)


def _projected(standing: Standing) -> dict[str, str]:
    """The projected value and its interval as they are written."""
    trend = standing.trend
    assert trend.projection is not None and trend.projection_low is not None and trend.projection_high is not None
    return {
        "year": str(trend.target_year),
        "value": figure(standing, trend.projection),
        "low": format_number(trend.projection_low, standing.quantity.decimals, lang()),
        "high": format_number(trend.projection_high, standing.quantity.decimals, lang()),
        "most": figure(standing, trend.projection_high),
    }


def projected(standing: Standing) -> str:
    """The value a series leads to; of an uncertain one what it may lie between: "0.2–7.8%"."""
    words = _projected(standing)
    return f"{words['low']}–{words['most']}" if standing.trend.status == "uncertain" else words["value"]


def why_no_trend(standing: Standing) -> str:
    """Why the course of a series is not told; nothing where it is."""
    rules = published_methods()["trend-2030"].projection
    words = {"count": rules.fewest, "years": f"{rules.shortest:.0f}", "year": rules.target_year}
    return {
        "": "",
        "no_values": gettext("no figure of what has happened"),
        "no_quantity": gettext("yes or no has no course"),
        "few_values": gettext("fewer than %(count)s figures"),
        "overlapping": gettext("fewer than %(count)s periods that do not overlap"),
        "break": gettext("fewer than %(count)s figures since the series was broken"),
        "too_short": gettext("the figures span less than %(years)s years"),
        "ended": gettext("the place is no more in %(year)s"),
        "too_far": gettext("the latest figure is too old to say anything of %(year)s"),
    }[standing.trend.why_none] % words


def trend_sentences(standing: Standing) -> list[str]:
    """The course of a series in whole sentences: the change a year, where it leads, the target, what is not final."""
    trend = standing.trend
    if not trend.is_known:
        return [gettext("No trend: %(why)s.") % {"why": why_no_trend(standing)}]
    assert trend.slope is not None and trend.slope_low is not None and trend.slope_high is not None
    assert trend.first is not None and trend.last is not None
    level = f"{trend.level * 100:.0f}"
    unit = gettext("percentage points") if standing.quantity.is_percent else translate(standing.quantity.unit.symbol)
    said = [
        gettext("%(change)s%(unit)s a year from %(first)s to %(last)s (%(level)s%% interval: %(low)s to %(high)s).")
        % {
            "change": _signed(standing, trend.slope),
            "unit": with_unit("", unit, lang()),
            "first": trend.first.label(lang()),
            "last": trend.last.label(lang()),
            "level": level,
            "low": _signed(standing, trend.slope_low),
            "high": _signed(standing, trend.slope_high),
        },
    ]
    if trend.status == "uncertain":
        uncertain = gettext(
            "In %(year)s it may lie between %(low)s and %(most)s, so nobody can tell for sure which way it goes."
        )
        said.append(uncertain % _projected(standing))
    elif trend.leads_on:
        said.append(
            gettext("If it goes on as before, it will be %(value)s in %(year)s (%(low)s to %(high)s).")
            % _projected(standing)
        )
    if trend.target is not None:
        words = {"target": figure(standing, trend.target), "year": trend.target_year}
        if trend.probability is None:
            said.append(gettext("The target, %(target)s, has been reached.") % words)
        else:
            said.append(
                gettext("The probability that the target, %(target)s, is reached in %(year)s is %(share)s.")
                % {**words, "share": _probability(trend.probability)}
            )
    elif trend.rate is not None and trend.status in ("on_course", "too_slow"):
        said.append(
            gettext("There is no target, so the pace decides: %(rate)s%% a year for the better.")
            % {"rate": format_number(trend.rate * 100, 1, lang())}
        )
    if trend.has_provisional:
        said.append(gettext("Figures that are not final take part."))
    return said


def projection_note(standing: Standing) -> str:
    """What one must know of a projected value beside its number: its interval and the method."""
    trend = standing.trend
    assert trend.projection_low is not None and trend.projection_high is not None
    return gettext("going on as before; %(level)s%% interval %(low)s to %(high)s; method %(method)s") % {
        "level": f"{trend.level * 100:.0f}",
        "low": figure(standing, trend.projection_low),
        "high": figure(standing, trend.projection_high),
        "method": f"{trend.method} {trend.method_version}",
    }


def _probability(share: float) -> str:
    """Without false precision at the ends: "under 1%", "35%", "over 99%"."""
    if share < 0.01:
        return gettext("under 1%%") % {}
    if share > 0.99:
        return gettext("over 99%%") % {}
    return gettext("%(percent)s%%") % {"percent": f"{share * 100:.0f}"}


def moved(standing: Standing) -> str:
    """From where the latest value came: "down from 5.3 % in 2015"."""
    earlier, latest = standing.earlier, standing.latest
    if earlier is None or earlier.value is None or latest.value is None:
        return gettext("no earlier figure to compare with")
    words = {"value": figure(standing, earlier.value), "period": earlier.period.label(lang())}
    if standing.change == "same":
        return gettext("as in %(period)s") % words
    if latest.value > earlier.value:
        return gettext("up from %(value)s in %(period)s") % words
    return gettext("down from %(value)s in %(period)s") % words


def municipalities(spread: Spread) -> str:
    """Whose figures they are: "17 municipalities in Telemark", or "357 municipalities" of the whole country."""
    if spread.county is None:
        return ngettext("%(count)s municipality", "%(count)s municipalities", spread.n) % {"count": spread.n}
    words = {"count": spread.n, "county": spread.county.name_in(lang())}
    return ngettext("%(count)s municipality in %(county)s", "%(count)s municipalities in %(county)s", spread.n) % words


def position(standing: Standing) -> str:
    """Where the value lies by the municipalities' middle half, or why that is not said; of a county how its own lie."""
    spread = standing.spread
    if not standing.quantity.is_size_free:
        return gettext("depends on how large the place is")
    if spread is None:
        return gettext("no municipality has a figure to compare with")
    if spread.n < rules.FEWEST:
        return ngettext(
            "only one municipality has a figure", "only %(count)s municipalities have figures", spread.n
        ) % {"count": spread.n}
    low = format_number(spread.lower_quartile, standing.quantity.decimals, lang())
    words = {"who": municipalities(spread), "low": low, "high": figure(standing, spread.upper_quartile)}
    if spread.is_own:
        return gettext("half of %(who)s lie between %(low)s and %(high)s") % words
    if standing.position == "above":
        return gettext("above the middle half of %(who)s (%(low)s–%(high)s)") % words
    if standing.position == "below":
        return gettext("below the middle half of %(who)s (%(low)s–%(high)s)") % words
    return gettext("in the middle half of %(who)s (%(low)s–%(high)s)") % words


def notes(standing: Standing) -> list[str]:
    """What one must know of the series: gaps with their reason, and breaks."""
    said = []
    for missing, count in Counter(point.missing for point in standing.gaps).items():
        sign, reason = REASONS[missing or ""]
        words = {"sign": sign, "count": count, "reason": gettext(reason)}
        said.append(
            ngettext(
                "%(sign)s one period without a figure: %(reason)s",
                "%(sign)s %(count)s periods without figures: %(reason)s",
                count,
            )
            % words
        )
    if broken := [point.period.label(lang()) for point in standing.points if point.is_break]:
        said.append(gettext("a break in the series at %(periods)s") % {"periods": ", ".join(broken)})
    return said


def direction(standing: Standing) -> str:
    """Which way is better: "lower is better"."""
    return str(Direction(standing.quantity.direction).label)


def status(standing: Standing, published: Published) -> str:
    """What is not settled about the latest value: "preliminary", a break before it, or nothing."""
    return "; ".join(flags(standing.latest, published))


def flags(point: Point, published: Published | None = None) -> list[str]:
    """What readers must see beside a value: that it is not final and when the next release comes, a break before it."""
    broken = [gettext("break: not comparable with the values before it")] if point.is_break else []
    return [*settled(point, published), *broken]


def settled(point: Point, published: Published | None) -> list[str]:
    """How final a value is: nothing of one that is."""
    said = [gettext(STATUSES[point.status])] if point.status in STATUSES else []
    if point.status == ValueStatus.PRELIMINARY and published and (words := next_release(published, point.release)):
        said.append(words)
    return said


def next_release(published: Published, release: Release) -> str:
    """When figures that are not final may become others; nothing where nobody has said."""
    coming = published.next_release(release)
    if coming is None:
        return ""
    words = {"day": format_date(coming.day, lang())}
    if coming.is_promised:
        return gettext("may be revised in the next release, %(day)s") % words
    return gettext("may be revised in the next release, expected %(day)s") % words


def preliminary(overview: IndicatorOverview, published: Published) -> list[str]:
    """How many of the figures shown on the page of an indicator are preliminary, and until when; by release."""
    everyone = (*overview.municipalities, *overview.counties, *([overview.country] if overview.country else []))
    shown = [p.point for p in everyone if p.point and p.value is not None]
    found = Counter(point.release for point in shown if point.status == ValueStatus.PRELIMINARY)
    said = []
    for release, count in found.items():
        words = ngettext("%(count)s figure is preliminary", "%(count)s figures are preliminary", count)
        until = next_release(published, release)
        said.append(f"* {words % {'count': count}}{f'; {until}' if until else ''}.")
    return said


def why_missing(missing: str | None) -> str:
    """Why an indicator has no figure at a place."""
    return gettext(REASONS[missing][1]) if missing else gettext("nobody has published a figure here")


def overview_sentences(overview: PlaceOverview, name: str) -> list[str]:
    """How a place stands, in one or two sentences that claim no more than the figures do."""
    if not overview.known:
        first = gettext("No indicator under the 17 goals has a figure for %(place)s yet.") % {"place": name}
        return [first, *_thin(overview)]
    words = {"place": name, "count": overview.known, "goals": overview.known_goals}
    figures = ngettext(
        "%(place)s has a figure for one indicator, under %(goals)s of the 17 goals.",
        "%(place)s has figures for %(count)s indicators, under %(goals)s of the 17 goals.",
        overview.known,
    )
    if overview.statuses["unknown"] + overview.statuses["no_figures"] == len(overview.goals):
        none = gettext("There is too little data to tell where %(place)s is heading for any of the 17 goals.")
        return [none % words, figures % words, _judged(overview.changes), *_thin(overview)]
    return [*_by_goal(overview.statuses, name), figures % words, *_thin(overview)]


# How many of the goals have each status, as a part of a sentence: of one, of several or of all.
_GOALS_THAT = {
    "behind": ngettext_lazy("one is behind", "%(count)s are behind", "n"),
    "worse": ngettext_lazy("one is getting worse", "%(count)s are getting worse", "n"),
    "mixed": ngettext_lazy("one points both ways", "%(count)s point both ways", "n"),
    "uncertain": ngettext_lazy("for one the trend is uncertain", "for %(count)s the trend is uncertain", "n"),
    "unknown": ngettext_lazy("one has too little data", "%(count)s have too little data", "n"),
    "no_figures": ngettext_lazy("one has no figures", "%(count)s have no figures", "n"),
}


def _by_goal(statuses: Counter[str], name: str) -> list[str]:
    """How many of the 17 goals a place is on course for, and what is said of the others."""
    total, on_course = statuses.total(), statuses["on_course"]
    words = {"place": name, "count": on_course}
    if on_course == total:
        return [gettext("%(place)s is on course for all of the 17 goals.") % words]
    if on_course:
        first = ngettext(
            "Of the 17 goals %(place)s is on course for one.",
            "Of the 17 goals %(place)s is on course for %(count)s.",
            on_course,
        )
    elif statuses["uncertain"] + statuses["mixed"] + statuses["unknown"] + statuses["no_figures"]:
        first = gettext("It cannot be said for sure that %(place)s is on course for any of the 17 goals.")
    else:
        first = gettext("%(place)s is on course for none of the 17 goals.")
    *most, last = [
        said % {"n": count, "count": gettext("all") if count == total else count}
        for status, said in _GOALS_THAT.items()
        if (count := statuses[status])
    ]
    rest = gettext("%(most)s, and %(last)s.") % {"most": ", ".join(most), "last": last} if most else f"{last}."
    return [first % words, capfirst(rest)]


def _thin(overview: PlaceOverview) -> list[str]:
    """Why the page looks thin, where the reason is that most figures are of another county."""
    if overview.thin is None or overview.thin.county is None:
        return []
    words = {"count": overview.thin.elsewhere, "county": overview.thin.county.name_in(lang())}
    return [
        ngettext(
            "One more indicator is shown here so far, for municipalities in %(county)s only.",
            "So far %(count)s other indicators have figures here for municipalities in %(county)s only.",
            overview.thin.elsewhere,
        )
        % words
    ]


def goal_sentences(goal: GoalStanding, name: str) -> list[str]:
    """How a place stands under one goal."""
    words = {"place": name, "known": goal.known, "total": goal.total}
    if not goal.known:
        return [gettext("%(place)s has no figures for the %(total)s indicators of this goal.") % words]
    first = (
        ngettext(
            "%(place)s has figures for the one indicator of this goal.",
            "%(place)s has figures for %(known)s of the %(total)s indicators of this goal.",
            goal.total,
        )
        % words
    )
    if goal.status == "unknown":
        return [first, *_in_parts(goal), _judged(goal.changes)]
    said = [f"{count} {COURSES[status]}" for status in COURSES if (count := goal.statuses[status])]
    if different := goal.statuses["mixed"]:
        said.append(f"{different} {GOAL_COURSES['mixed']}")
    words = {"status": GOAL_COURSES[goal.status], "told": ", ".join(said)}
    together = (
        gettext("Heading for 2030: %(status)s (%(told)s).")
        if len(said) > 1 or goal.statuses[goal.status] == 0
        else gettext("Heading for 2030: %(status)s.")
    )
    return [first, *_in_parts(goal), together % words]


def _in_parts(goal: GoalStanding) -> list[str]:
    """Why there are more rows than indicators."""
    in_parts = len({standing.version.id for standing in goal.standings if standing.part})
    if len(goal.standings) == goal.known:
        return []
    words = {"rows": len(goal.standings), "count": in_parts}
    return [
        ngettext(
            "One of them is in parts, so there are %(rows)s series below.",
            "%(count)s of them are in parts, so there are %(rows)s series below.",
            in_parts,
        )
        % words
    ]


def _judged(changes: Counter[str]) -> str:
    judged = {change: changes[change] for change in ("better", "worse", "same") if changes[change]}
    if not judged:
        return gettext("None of them can be judged against an earlier figure yet.")
    count = sum(judged.values())
    told = listed([f"{n} {CHANGES[change]}" for change, n in judged.items()])
    return ngettext(
        "One of them can be judged against a figure up to ten years older: %(told)s.",
        "%(count)s of them can be judged against a figure up to ten years older: %(told)s.",
        count,
    ) % {"count": count, "told": told}


def listed(words: Sequence[str]) -> str:
    """Words in a sentence: "Skien, Porsgrunn and Vinje"."""
    *most, last = words
    return gettext("%(most)s and %(last)s") % {"most": ", ".join(most), "last": last} if most else last


def coverage(goal: GoalStanding) -> str:
    if not goal.total:
        return gettext("no indicator in use here")
    words = ngettext(
        "figures for %(known)s of %(total)s indicator", "figures for %(known)s of %(total)s indicators", goal.total
    )
    return words % {"known": goal.known, "total": goal.total}


def set_sentences(found: SetPerformance, name: str) -> list[str]:
    """How a place stands against the benchmarks of a set, and how much of the set that is told from."""
    whole = found.whole
    words = {
        "place": name, "figures": whole.figures, "measured": whole.level.measured, "of": whole.level.of,
        "reported": whole.reported, "covered": whole.covered, "indicators": whole.indicators,
    }  # fmt: skip
    if not whole.level.measured:
        known = gettext(
            "%(place)s has a figure for %(figures)s of %(of)s data points, "
            "in %(reported)s of %(indicators)s indicators."
        )
        if any(line.performed.benchmark for line in found.lines):
            return [known % words, gettext("None of them has a benchmark to be held against, so there are no points.")]
        why = gettext("No benchmark with a source is published for this set, so nothing is said of performance.")
        return [known % words, why]
    low, high = (format_number(end, 1, lang()) for end in whole.between)
    assert whole.level.mean is not None
    words |= {"mean": format_number(whole.level.mean, 1, lang()), "highest": format_number(found.highest, 0, lang())}
    told = gettext(
        "%(place)s has points for %(measured)s of %(of)s data points, in %(covered)s of %(indicators)s indicators: "
        "%(mean)s of %(highest)s points in the mean."
    )
    if whole.level.measured == whole.level.of:
        return [told % words]
    rest = gettext("Whatever the others would have, the mean of all lies between %(low)s and %(high)s.")
    return [told % words, rest % {"low": low, "high": high}]


def level_name(one: SetLevel, found: SetPerformance) -> str:
    """What the set calls a level: Dimension, Sub-dimension, Category."""
    names = found.edition.levels
    return translate(names[one.depth - 1]) if one.depth <= len(names) else ""


@lru_cache(maxsize=4096)
def _address(_lang: str, route: str, *args: str | int) -> str:
    """An address in a language, kept: a page has hundreds, and looking each up takes its time."""
    return reverse(route, args=args)


def place_address(place: Place, language: str) -> str:
    """The page of a municipality or a county: "/nb/kommune/4003"."""
    route = "status:county" if place.kind == PlaceKind.COUNTY else "status:place"
    return _address(language, route, "0")[:-1] + place.code


def indicator_address(version_id: str) -> str:
    """The page of an indicator: "/nb/indikator/norge.2026.unemployment"."""
    return _address(lang(), "status:indicator", version_id)


def compare_address() -> str:
    """The page of a comparison: "/nb/sammenlign"."""
    return _address(lang(), "status:compare")


def explain_address(indicator: str, place: str, period: str = "", breakdown: str = "") -> str:
    """Where a number is explained: "/nb/forklar/norge.2026.unemployment/4003/2024"."""
    return place.join(explaining(indicator, period, breakdown))


def explaining(indicator: str, period: str = "", breakdown: str = "") -> tuple[str, str]:
    """The same for any place: what stands before and after its code."""
    after = (f"/{period}" if period else "") + (f"?del={quote(breakdown)}" if breakdown else "")
    return _address(lang(), "status:explain", indicator, "0")[:-1], after


def explained(text: str, href: str, about: str) -> SafeString:
    """A figure as a quiet link to how it came about, with what it is about for those who only hear the link."""
    return explained_as(gettext("%(figure)s: how the figure came about, %(about)s"), text, href, about)


def explained_as(words: str, text: str, href: str, about: str) -> SafeString:
    """The same with the words for it at hand: a table has hundreds, and looking them up takes its time."""
    told = escape(words % {"figure": text, "about": about})
    return mark_safe(  # noqa: S308  (what is put in is escaped)
        f'<a class="explain" href="{escape(href)}" aria-label="{told}">{escape(text)}</a>'
    )


def explained_point(standing: Standing, point: Point, text: str = "") -> SafeString:
    """A value of a series, or the sign of a missing one, as a link to how it came about."""
    if not text:
        text = figure(standing, point.value) if point.value is not None else REASONS[point.missing or ""][0]
    href = explain_address(standing.version.id, point.place, point.period.text, standing.breakdown)
    return explained(text, href, f"{title(standing)}, {point.period.label(lang())}")


def explained_at(standing: Standing) -> str:
    """Where the latest value of a series is explained."""
    latest = standing.latest
    return explain_address(standing.version.id, latest.place, latest.period.text, standing.breakdown)


class Row(NamedTuple):
    """A line of the table of standings, all of it ready to be written."""

    title: str
    href: str
    latest: SafeString
    period: str
    period_note: str
    status: str
    badge: SafeString
    moved: str
    ahead: str
    spark: SafeString
    position: str
    notes: list[str]
    source: str
    release: int
    release_href: str


def row(standing: Standing, published: Published) -> Row:
    """One standing as a line. The small picture repeats what the line says, so it is hidden from screen readers."""
    release = standing.latest.release
    assert standing.latest.value is not None
    return Row(
        title=title(standing),
        href=indicator_address(standing.version.id),
        latest=explained_point(standing, standing.latest),
        period=standing.latest.period.label(lang()),
        period_note=release.period_note,
        status=status(standing, published),
        badge=course_badge(standing),
        moved=moved(standing),
        ahead=ahead(standing),
        spark=mark_safe(charts.sparkline(drawn(standing.points)) if len(standing.points) > 1 else ""),  # noqa: S308
        position=position(standing),
        notes=notes(standing),
        source=release.cited(standing.version.id).publisher,
        release=release.number,
        release_href=_address(lang(), "status:release", release.dataset_id, release.number),
    )


def goal_badge(goal: GoalStanding) -> SafeString:
    """What the indicators of a goal say together, in shape and word; or that there are no figures at all."""
    return _course_badge(goal.status if goal.known else "no_figures")


class Source(NamedTuple):
    """Where values come from, ready to be written."""

    publisher: str
    title: str
    url: str
    release: int
    href: str
    published_at: datetime
    licence: str
    kind: str
    period_note: str


def sources(standing: Standing) -> list[Source]:
    """The releases that the values of a series come from, that of the latest value first."""
    releases = each_once([standing.latest.release, *(point.release for point in standing.points)])
    return [
        Source(
            *release.cited(standing.version.id),
            release.number,
            _address(lang(), "status:release", release.dataset_id, release.number),
            release.published_at,
            release.dataset.licence_name,
            release.kind,
            release.period_note,
        )
        for release in releases
    ]


def source_lines(standing: Standing) -> SafeString:
    """The same as lines under a picture of the series. A comparison has many pictures, so it is no template."""
    lines = []
    for number, source in enumerate(sources(standing)):
        name = escape(source.title)
        name = f'<a class="link" href="{escape(source.url)}">{name}</a>' if source.title and source.url else name
        words = {"number": source.release, "day": day(source.published_at)}
        release = gettext("release %(number)s of %(day)s") % words
        said = [
            f"{escape(source.publisher)}, {name}" if source.title else escape(source.publisher),
            f'<a class="link" href="{source.href}">{escape(release)}</a>',
            escape(source.licence),
        ]
        if source.period_note:
            said.append(escape(gettext("the period is %(words)s") % {"words": source.period_note}))
        start = gettext("Other years:") if number else gettext("Source:")
        lines.append(f'<p class="source">{escape(start)} {" · ".join(said)}</p>')
    return mark_safe("\n".join([*lines, "\n"]))  # noqa: S308  (every text is escaped where it is put in)


SOME = 8  # parts that are named one by one


def border_sentences(steps: BorderSteps, value: float | None) -> list[str]:
    """How a value came onto its borders, or why it could not: what was added or divided, with which weights."""
    if value is None:
        return [_not_put_together(steps)]
    said = []
    if steps.is_divided:
        shares = [f"{format_number(step.share or 0.0, 4, lang())} × {_part(step)}" for step in steps.parts]
        said.append(gettext("Estimated: %(parts)s.") % {"parts": listed(shares)})
        sources = dict.fromkeys(step.share_source for step in steps.parts if step.share_source)
        said += [gettext("Source of the share: %(source)s.") % {"source": source} for source in sources]
    elif steps.rule == "sum":
        said.append(gettext("The sum of %(parts)s.") % {"parts": _parts(steps.parts)})
    else:
        told = gettext("The mean of %(parts)s, each counting as much as its denominator is large.")
        said.append(told % {"parts": _parts(steps.parts)})
    if steps.is_partial and steps.coverage is not None:
        share = {"share": format_share(steps.coverage, 1, lang())}
        lacking = {"parts": _parts([step for step in steps.parts if step.value is None])}
        said.append(gettext("Without a figure: %(parts)s.") % lacking)
        said.append(gettext("The others hold %(share)s of the denominator.") % share)
    return said


def _not_put_together(steps: BorderSteps) -> str:
    if steps.is_divided:
        parts = {"parts": _parts([step for step in steps.parts if step.share != 1])}
        if any(step.share is None for step in steps.parts):
            return gettext("Only a part of %(parts)s lies here, and nobody has published how large a part.") % parts
        return gettext("Only a part of %(parts)s lies here, and this figure is not divided.") % parts
    lacking = [step for step in steps.parts if step.value is None]
    if not lacking:
        return gettext("The figures of %(parts)s cannot be put together.") % {"parts": _parts(steps.parts)}
    return gettext("A figure is lacking for %(parts)s.") % {"parts": _parts(lacking)}


def _parts(steps: Sequence[BorderStep]) -> str:
    """Places by name, or how many they are."""
    if len(steps) > SOME:
        return gettext("%(count)s places") % {"count": len(steps)}
    return listed([_part(step) for step in steps])


def _part(step: BorderStep) -> str:
    return f"{step.name} ({step.code})" if step.code else gettext("the rest of the area")


def point_note(point: Point, published: Published | None = None) -> str:
    """What one must know of a value beside its number: why it is missing, what is not final, a break before it, how it
    was put together."""
    said = [gettext(REASONS[point.missing][1])] if point.missing else []
    said += flags(point, published)
    if point.steps:
        sentences = " ".join(border_sentences(point.steps, point.value)).rstrip(".")
        return ". ".join([capfirst("; ".join(said)), sentences]) if said else sentences
    return "; ".join(said)


def has_any(standing: Standing, field: str) -> bool:
    """Whether any value of a series has a quality level, a numerator or a denominator: only then it has a column."""
    return any(getattr(point, field) is not None for point in standing.points)


# Values that became others.


def day(moment: datetime) -> str:
    """The day a moment was in Norway, in words."""
    return format_date(timezone.localtime(moment).date(), lang())


STEPS = {
    Release.Kind.REVISED: _("revised to %(value)s on %(day)s"),
    Release.Kind.CORRECTED: _("corrected to %(value)s on %(day)s"),
    Release.Kind.METHOD: _("%(value)s by a new method on %(day)s"),
}


def course(standing: Standing, found: Sequence[Vintage]) -> str:
    """How a value became what it is, in one sentence; nothing when it is written as it always was."""
    said: list[str] = []
    before = None
    for vintage in found:
        shown = _as_written(standing, vintage)
        if shown == before:
            continue
        words = {"value": shown, "day": day(vintage.release.published_at)}
        step = STEPS.get(Release.Kind(vintage.release.kind)) if said else _("published as %(value)s on %(day)s")
        said.append(str(step or _("%(value)s on %(day)s")) % words)
        before = shown
    return ", ".join(said) if len(said) > 1 else ""


def _as_written(standing: Standing, vintage: Vintage) -> str:
    if vintage.point is None:
        return gettext("no figure")
    if vintage.value is None:
        return REASONS[vintage.point.missing or ""][0]
    return figure(standing, vintage.value)


class Told(NamedTuple):
    """A notice ready to be written: "Population: corrected on 10 March 2026, 3 values here." and the reason given."""

    title: str
    href: str
    words: str
    reason: str
    lang: str


def notice(found: Notice) -> Told:
    """What readers of a page must know of a release that changed its numbers, or was withdrawn."""
    release, withdrawal = found.release, found.withdrawal
    if withdrawal is not None:
        reason = withdrawal.reason
        words = withdrawn(release.number, withdrawal.get_kind_display(), withdrawal.withdrawn_at)
    else:
        reason = release.reason
        counted = ngettext("%(count)s value here", "%(count)s values here", found.values) % {"count": found.values}
        told = {"kind": release.get_kind_display(), "day": day(release.published_at), "values": counted}
        words = gettext("%(kind)s on %(day)s, %(values)s.") % told
    href = _address(lang(), "status:release", release.dataset_id, release.number)
    return Told(translate(release.dataset.title), href, words, translate(reason), language_of(reason) if reason else "")


def withdrawn(number: int, why: str, at: datetime) -> str:
    """That a release was withdrawn, in a sentence."""
    words = {"number": number, "why": why, "day": day(at)}
    return gettext("release %(number)s was withdrawn on %(day)s: %(why)s.") % words


def share(value: float | None) -> str:
    """A relative change as per cent, as exactly as its size asks for: "0.3%", "12%"."""
    if value is None:
        return "–"
    return format_share(value, 1 if value < 0.1 else 0, lang())


def size(release: Release) -> str:
    """How much a release changes, in a sentence."""
    sizes = release.sizes.values()
    count = sum(one["changed"] for one in sizes)
    lost = sum(one["lost"] for one in sizes)
    largest = max((one["largest"] for one in sizes if one["largest"] is not None), default=None)
    said = [ngettext("%(count)s value changed", "%(count)s values changed", count) % {"count": count}]
    if largest is not None:
        said[0] = gettext("%(changed)s, the largest by %(share)s") % {"changed": said[0], "share": share(largest)}
    if lost:
        said.append(ngettext("%(count)s value taken out", "%(count)s values taken out", lost) % {"count": lost})
    return f"{listed(said)}."
