"""What pages say of where places stand among each other: ranks and quarters in words, what chance can do, changes.

No rank stands alone: it is an interval, or there is none and a quarter in its stead.
"""

from typing import Any, NamedTuple

from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from dugnad.shared.charts.points import REASONS
from dugnad.shared.numbers import format_number, with_unit
from dugnad.shared.sorting import sort_key
from dugnad.shared.text import translate
from dugnad.standards.models import Quantity, Unit
from dugnad.status import rules
from dugnad.status.methods.order import Order, Placing, quarter
from dugnad.status.queries.orders import Among
from dugnad.status.queries.structure import Alike, Feature
from dugnad.status.wording import explain_address, explained, flags, lang, listed, number

QUARTERS = {
    1: _("the lowest quarter"),
    2: _("the second lowest quarter"),
    3: _("the second highest quarter"),
    4: _("the highest quarter"),
}
OUTSIDE = {
    "very_low": _("lower than chance gives (outside the 99.8% limits)"),
    "low": _("lower than usual by chance (outside the 95% limits)"),
    "high": _("higher than usual by chance (outside the 95% limits)"),
    "very_high": _("higher than chance gives (outside the 99.8% limits)"),
}
COUNTED = {
    "up": _("counted from the highest, which is best"),
    "down": _("counted from the lowest, which is best"),
}
FEW_NAMES = 12  # groups of more places than this are counted, not named


def ordinal(n: int) -> str:
    """The number of a place in an order: "31st" in English, "31." in Norwegian.

    >>> from django.utils.translation import override
    >>> with override("en"): [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 112)]
    ['1st', '2nd', '3rd', '4th', '11th', '12th', '13th', '21st', '112th']
    """
    return _ordinal(n, lang())


def _ordinal(n: int, language: str) -> str:
    if language != "en":
        return f"{n}."
    return f"{n}{'th' if 10 <= n % 100 <= 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th')}"


def rank_words(placing: Placing, count: int) -> str:
    """ "between 31st and 58th of 357"; nothing where no error can be stated."""
    if placing.rank_from is None or placing.rank_to is None:
        return ""
    language = lang()
    first, last = _ordinal(placing.rank_from, language), _ordinal(placing.rank_to, language)
    words = {"first": first, "last": last, "count": count}
    if placing.rank_from == placing.rank_to:
        return gettext("%(first)s of %(count)s") % words
    return gettext("between %(first)s and %(last)s of %(count)s") % words


def counted_from(direction: str) -> str:
    return str(COUNTED.get(direction, _("counted from the highest")))


def quarter_words(quantile: float | None, count: int) -> str:
    """ "in the lowest quarter"; of few places only which half; nothing of one alone."""
    if quantile is None:
        return ""
    if count < rules.FEWEST:
        if quantile == 0.5:
            return gettext("in the middle")
        return gettext("in the lower half") if quantile < 0.5 else gettext("in the upper half")
    return gettext("in %(quarter)s") % {"quarter": QUARTERS[quarter(quantile)]}


def quarters_words(placing: Placing, count: int) -> str:
    """From which quarter to which chance could move a place; nothing where it stays in one, or nobody can say."""
    if placing.quantile_from is None or placing.quantile_to is None or count < rules.FEWEST:
        return ""
    low, high = quarter(placing.quantile_from), quarter(placing.quantile_to)
    if low == high:
        return ""
    return gettext("between %(low)s and %(high)s") % {"low": QUARTERS[low], "high": QUARTERS[high]}


def short(placing: Placing | None, count: int) -> str:
    """Where a place lies, for a cell of a table: its ranks, or its quarter where there are none."""
    if placing is None:
        return ""
    return rank_words(placing, count) or quarter_words(placing.quantile, count)


def outside_words(placing: Placing) -> str:
    return str(OUTSIDE[placing.outside]) if placing.outside else ""


def small_words() -> str:
    return gettext("few counted: the denominator is below 100")


def span_words(placing: Placing, unit: Unit, decimals: int) -> str:
    """What the figure may be within: "2,3–2,9 %"."""
    if placing.low is None or placing.high is None:
        return ""
    return f"{format_number(placing.low, decimals, lang())}–{number(placing.high, unit, decimals)}"


def interval_words(basis: str) -> list[str]:
    """How an interval was found, and what it means: of a share of everybody it is no error of counting."""
    found = {
        "counts": gettext("It is worked out from how many are counted."),
        "noise": gettext("It is worked out from how much the figure varies by itself from year to year."),
    }
    means = gettext("It says how much such a figure varies by chance, not that anything is counted wrongly.")
    return [found[basis], means]


def why_no_interval() -> str:
    return gettext(
        "How much it varies by chance cannot be told: no counts are behind it, and fewer than eight years in a row."
    )


def signed(value: float, decimals: int, unit: str, language: str = "") -> str:
    """A change with its sign: "+0,8 pp"; nothing is not more than nothing.

    >>> from django.utils.translation import override
    >>> with override("en"): signed(0.84, 1, "pp"), signed(0.01, 1, "pp"), signed(-2.0, 0, "")
    ('+0.8\xa0pp', '0.0\xa0pp', '−2')
    """
    text = format_number(value, decimals, language or lang())
    if value > 0 and text.strip("0,.\u00a0"):
        text = f"+{text}"
    return with_unit(text, unit, lang())


def among_sentences(among: Among, quantity: Quantity, since: str = "") -> list[str]:
    """A place in its group: where it lies, what chance could make of that, how it moves beside the others.

    `since` is the period that changes are told from.
    """
    placing, count = among.placing, among.n
    if not among.place:
        return [basis_words(among.order)]
    words = {"name": among.names[among.place], "group": among.group.title, "count": count}
    if placing is None:
        return [gettext("%(name)s has no figure.") % words]
    words["value"] = number(placing.value, quantity.unit, quantity.decimals)
    if count < 2:
        return [gettext("%(name)s: %(value)s. No other place of the group has a figure for the period.") % words]
    said = [_where_sentence(among.order, placing, words)]
    total = len({*among.group.codes, among.place})
    if count < total:
        said.append(gettext("%(count)s of the %(total)s have figures for the period.") % {**words, "total": total})
    if ranks := rank_words(placing, count):
        words |= {"ranks": ranks, "counted": counted_from(quantity.direction)}
        if quarters := quarters_words(placing, count):
            said.append(
                gettext("Chance could leave it %(quarters)s: %(ranks)s, %(counted)s.") % {**words, "quarters": quarters}
            )
        else:
            said.append(gettext("Its place in the order is %(ranks)s, %(counted)s.") % words)
    else:
        said.append(why_no_order(among.order))
    if outside := outside_words(placing):
        said.append(gettext("For its size it is %(outside)s.") % {"outside": outside})
    if placing.is_small:
        said.append(gettext("Few are counted, so one more or less shows: the denominator is below 100."))
    return [*said, *_changes(among, quantity, since)]


_SHARES_HIGHEST = ngettext_lazy(
    "%(name)s, %(value)s, shares the highest value of %(count)s places with %(others)s other (%(group)s).",
    "%(name)s, %(value)s, shares the highest value of %(count)s places with %(others)s others (%(group)s).",
    "others",
)
_SHARES_LOWEST = ngettext_lazy(
    "%(name)s, %(value)s, shares the lowest value of %(count)s places with %(others)s other (%(group)s).",
    "%(name)s, %(value)s, shares the lowest value of %(count)s places with %(others)s others (%(group)s).",
    "others",
)


def _where_sentence(order: Order, placing: Placing, words: dict[str, Any]) -> str:
    """Which quarter it lies in, or that it shares the highest or the lowest value: their middle may lie far down."""
    values = [other.value for other in order.placings.values()]
    words |= {"where": quarter_words(placing.quantile, order.n), "others": values.count(placing.value) - 1}
    for end, shared in ((max(values), _SHARES_HIGHEST), (min(values), _SHARES_LOWEST)):
        if words["others"] and placing.value == end:
            return str(shared % words)
    return gettext("%(name)s, %(value)s, lies %(where)s of %(count)s places (%(group)s).") % words


def _changes(among: Among, quantity: Quantity, since: str) -> list[str]:
    if among.change is None or among.group_change is None or not since:
        return []
    unit = gettext("pp") if quantity.is_percent else translate(quantity.unit.symbol)
    told = [signed(value, quantity.decimals, unit) for value in (among.change, among.group_change)]
    words = {"since": since, "own": told[0], "others": told[1], "count": len(among.changes)}
    return [
        ngettext(
            "Since %(since)s it has changed by %(own)s, the other place by %(others)s.",
            "Since %(since)s it has changed by %(own)s; the middle change of %(count)s others is %(others)s.",
            len(among.changes),
        )
        % words
    ]


def why_no_order(order: Order) -> str:
    """Why there is no rank."""
    if order.basis:
        return ""
    return gettext(
        "No order is given: there are no counts behind the figures, and too few places have eight years in a row "
        "that would tell how much a figure varies by itself."
    )


def basis_words(order: Order) -> str:
    """What the error of the figures is told from."""
    if order.basis == "counts":
        return gettext(
            "The figures count cases, so what chance alone can do is known. The ranks hold in nine of ten draws."
        )
    if order.basis == "noise":
        return gettext(
            "What chance can do is told from how the figure of each place varies by itself from year to year. "
            "The ranks hold in nine of ten draws."
        )
    return why_no_order(order)


def tiers_words(order: Order) -> str:
    """How many groups of places can be told apart."""
    words = {"count": order.n, "groups": len(order.tiers)}
    if not order.tiers:
        return ""
    if len(order.tiers) == 1:
        return (
            gettext("The %(count)s places stand in one row of overlapping intervals: no group is clear of the rest.")
            % words
        )
    return (
        gettext(
            "%(groups)s groups of places can be told apart: each lies clear of the next. Within a group the intervals "
            "hang together like links of a chain, so those at its ends may be clear of each other."
        )
        % words
    )


class Tier(NamedTuple):
    """A group of places that cannot be told apart, ready to be written: from 1, the best."""

    number: int
    size: int
    names: str


def tiers_of(order: Order, names: dict[str, str]) -> list[Tier]:
    """The groups where there are several: few places by name, in the order of names."""
    groups = order.tiers if len(order.tiers) > 1 else []
    return [
        Tier(i, len(tier), ", ".join(sorted(names[p.code] for p in tier)) if len(tier) <= FEW_NAMES else "")
        for i, tier in enumerate(groups, 1)
    ]


class Line(NamedTuple):
    """A place in the table of a group, ready to be written."""

    code: str
    name: str
    value: SafeString
    span: str
    where: str
    notes: list[str]
    is_here: bool
    is_known: bool


def lines(among: Among, quantity: Quantity, version_id: str, period: str, breakdown: str) -> list[Line]:
    """The places of a group by name; those without a figure last. Each figure leads to how it came about."""
    found = []
    for code in sorted(among.names, key=lambda code: (among.values[code] is None, sort_key(among.names[code]))):
        placing, point = among.order.placings.get(code), among.points[code]
        notes = [] if placing is None else [outside_words(placing), small_words() if placing.is_small else ""]
        sign, why = REASONS["not_available"][0], gettext("no figure")
        if point is not None:
            notes = [*flags(point), *notes]
            if point.missing:
                sign, why = REASONS[point.missing][0], gettext(REASONS[point.missing][1])
        found.append(
            Line(
                code,
                among.names[code],
                explained(
                    number(placing.value, quantity.unit, quantity.decimals) if placing else sign,
                    explain_address(version_id, code, period, breakdown),
                    among.names[code],
                ),
                span_words(placing, quantity.unit, quantity.decimals) if placing else "",
                short(placing, among.n) if placing else why,
                [note for note in notes if note],
                code == among.place,
                placing is not None,
            )
        )
    return found


ALIKE = 0.35  # so few usual spreads apart is called alike


def because(alike: Alike) -> str:
    """Why a place is near: in what it is alike, and what sets it most apart."""
    same = [str(part.feature.title) for part in alike.parts if abs(part.difference) <= ALIKE]
    most = max(alike.parts, key=lambda part: part.share)
    words = {"same": listed(same) if same else "", "most": str(most.feature.title)}
    if len(same) == len(alike.parts):
        return gettext("alike in everything that is compared")
    if not same:
        return gettext("differs most in %(most)s") % words
    return gettext("alike in %(same)s; differs most in %(most)s") % words


def feature_value(value: float, feature: Feature) -> str:
    return format_number(value, feature.decimals, lang())
