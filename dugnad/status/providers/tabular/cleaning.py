"""What a cell says: a number, a period, a place. Each distinct text is read once; no rows or columns here."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dugnad.shared.errors import Refusal
from dugnad.shared.periods import Period
from dugnad.status.observations import Message

_ = Message

LARGEST = 1e15  # above it a float no longer tells one from the next; nothing that is published is near
FIRST_YEAR, LAST_YEAR = 1900, 2100

_BLANKS = " \t\u00a0\u2007\u2009\u202f"  # what stands between thousands in Norwegian
_SIGN = "[-+−]?"
_LIKE_NUMBER = f"^[{_BLANKS}']*{_SIGN}[.,]?[0-9][0-9.,{_BLANKS}'’]*([eE][-+]?[0-9]+)?%?$"


# Numbers


@dataclass(frozen=True)
class Marks:
    """How a file writes numbers: the decimal mark, and the mark between thousands ('' when none was seen or stated)."""

    decimal: str = "."
    thousands: str = ""


@cache
def _pattern(marks: Marks) -> re.Pattern[str]:
    """A number written so: sign, digits or groups of three with one and the same mark between them, decimals, power."""
    apart = "" if marks.thousands == "none" else f"{_BLANKS}'’{marks.thousands}"
    groups = rf"|(?P<groups>[0-9]{{1,3}}(?P<mark>[{apart}])[0-9]{{3}}(?:(?P=mark)[0-9]{{3}})*)" if apart else ""
    return re.compile(
        rf"(?P<sign>{_SIGN})(?:(?P<whole>[0-9]+){groups})?"
        rf"(?:\{marks.decimal}(?P<part>[0-9]*))?(?P<power>[eE][-+]?[0-9]{{1,3}})?"
    )


def marks_of(texts: pa.ChunkedArray, decimal: str | None, thousands: str | None) -> Marks:
    """How the numbers in a column are written: what is stated, else what only one reading allows.

    >>> marks_of(pa.chunked_array([["5,7", "1.234,5"]]), None, None)
    Marks(decimal=',', thousands='.')

    "1.234" alone is one thousand or one point two: `Refusal`, because a guess would be wrong a thousandfold.
    """
    numbers = texts.filter(pc.match_substring_regex(texts, r"[.,]"))
    numbers = pc.unique(numbers.filter(pc.match_substring_regex(numbers, _LIKE_NUMBER)))
    decimals: set[str] = set()
    groups: set[str] = set()
    unclear: set[str] = set()
    for mark, other in (".,", ",."):
        if _any_like(numbers, rf"\{other}.*\{mark}"):  # both: the last is the decimal mark
            decimals.add(mark)
            groups.add(other)
        if _any_like(numbers, rf"\{mark}.*\{mark}"):  # twice: it stands between thousands
            groups.add(mark)
        alone = numbers.filter(pc.match_substring_regex(numbers, rf"^[^.,]*\{mark}[^.,]*$"))
        if len(alone):
            is_grouped = pc.match_substring_regex(alone, rf"^{_SIGN}[1-9][0-9]{{0,2}}\{mark}[0-9]{{3}}$")
            (unclear if pc.all(is_grouped).as_py() else decimals).add(mark)
    if thousands and thousands not in ".,":  # then a mark can only be the decimal one
        decimals, unclear = decimals | unclear, set()
    if decimal or thousands in (".", ","):
        mark = decimal or _other(str(thousands))
        return Marks(mark, thousands or next(iter((groups | unclear) - {mark}), ""))
    if len(decimals) > 1 or len(groups) > 1 or decimals & groups:
        raise Refusal(
            _("Both comma and point are used as decimal marks"),
            "",
            _("Write all numbers in one way, or state decimal and thousands in the mapping."),
        )
    if unclear - decimals and not groups:
        raise Refusal(
            _("The number {number} can be read in two ways", number=_first_like(numbers, r"[.,][0-9]{3}$")),
            "",
            _("State decimal in the mapping: the mark before the decimals, a comma or a point."),
        )
    thousand = next(iter(groups), "")
    mark = next(iter(decimals), _other(thousand) if thousand else ".")
    return Marks(mark, thousands or thousand)


def _any_like(texts: pa.Array, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(texts, pattern)).as_py())


def _first_like(texts: pa.Array, pattern: str) -> str:
    return texts.filter(pc.match_substring_regex(texts, pattern))[0].as_py()


def _other(mark: str) -> str:
    return "," if mark == "." else "."


@dataclass(frozen=True)
class Fault:
    """A text that could not be read: a code, what it is, and the remedy."""

    code: str
    what: str
    remedy: str


def number(text: str, marks: Marks, *, percent: bool = False) -> float | Fault:
    """The number a text says, or the fault in it.

    >>> number("1 234,5", Marks(",")), number("5,7 %", Marks(","), percent=True), number("5,7", Marks(".")).code
    (1234.5, 5.7, 'not_a_number')
    >>> number("2,01", Marks(".")).what
    '2,01 is written with a decimal comma, and the file is read with a decimal point'
    """
    shown = text if len(text) <= 30 else f"{text[:27]}…"
    bare = text.strip(_BLANKS).removeprefix("'")
    if bare.startswith("="):
        return Fault(
            "formula",
            _("{text} is a formula, not a number", text=shown),
            _("Save the table with values instead of formulas."),
        )
    if bare.endswith("%"):
        if not percent:
            return Fault(
                "percent",
                _("{text} has a percent sign, but the unit is not stated", text=shown),
                _("State unit: percent in the mapping if the indicator is measured in percent."),
            )
        bare = bare[:-1].rstrip(_BLANKS)
    said = _pattern(marks).fullmatch(bare) if len(bare) <= 40 else None
    groups = said.groupdict().get("groups") if said else None
    if said and (said["whole"] or groups or said["part"]):
        whole = said["whole"] or re.sub("[^0-9]", "", groups or "0")
        sign = "-" if said["sign"] in ("-", "−") else ""
        found = float(f"{sign}{whole}.{said['part'] or '0'}{said['power'] or ''}") + 0.0  # never minus zero
        if abs(found) <= LARGEST:
            return found
        bare = "inf"
    if bare.lower().lstrip("+-") in _NOT_FINITE or (len(bare) > 40 and not bare.strip("-.,0123456789")):
        return Fault(
            "not_finite",
            _("{text} is not a number of a size that can be published", text=shown),
            _("Correct the value, or write the symbol that says why it is missing."),
        )
    if len(bare) <= 40 and _pattern(Marks(_other(marks.decimal), "none")).fullmatch(bare):
        told = {",": _("a decimal comma"), ".": _("a decimal point")}
        return Fault(
            "not_a_number",
            _(
                "{text} is written with {mark}, and the file is read with {other}",
                text=shown, mark=told[_other(marks.decimal)], other=told[marks.decimal],
            ),
            _("Choose how the file writes decimals when you send it, or state decimal in the mapping of the plan."),
        )  # fmt: skip
    return Fault(
        "not_a_number",
        _("{text} is not a number", text=shown),
        _("Correct it, or say in the mapping's symbols what it means."),
    )


_NOT_FINITE = {"nan", "inf", "infinity", "∞", "1.#inf", "1.#qnan"}


# Periods

_YEARS = re.compile(r"(\d{4})\s*[-–—]\s*(\d{4})")
_SCHOOL = re.compile(r"(\d{4})/(\d{2}|\d{4})")
_SCHOOL_YEARS = re.compile(r"(\d{4})/(\d{2}|\d{4})\s*[-–—]\s*(\d{4})/(\d{2}|\d{4})")
_QUARTER = re.compile(r"(\d{4})\s*-?\s*[KkQq]([1-4])")
_MONTH = re.compile(r"(\d{4})\s*(?:[Mm]|/|-)\s*(\d{2})")
_DAY_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T]00:00(?::00)?)?")
_DAY_NORWEGIAN = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_WHOLE = re.compile(r"(\d{4})[.,]0+")


def periods(texts: Iterable[str], form: str | None) -> dict[str, Period | Fault]:
    """Each distinct text with the period it names.

    >>> found = periods(["2024", "2018-2024", "2014/15-2016/17", "2024K1", "2025/03"], None)
    >>> [period.text for period in found.values()]
    ['2024', '2018-01-01/P7Y', '2014-08-01/P3Y', '2024-Q1', '2025-03']

    2003/04 is April or a school year: the column's other texts decide, or the stated form does.
    """
    texts = [text for text in texts]
    if form is None:
        pairs = [match for text in texts if (match := _SCHOOL.fullmatch(text)) and len(match[2]) == 2]
        school = any(_is_next(m) and int(m[2]) > 12 for m in pairs)
        months = any(1 <= int(m[2]) <= 12 and not _is_next(m) for m in pairs)
        form = "school_year" if school and not months else "month_pair" if months and not school else None
    return {text: _period(text, form) for text in texts}


def _is_next(match: re.Match[str]) -> bool:
    """2014/15, 2014/2015: the second year follows the first."""
    return int(match[2]) in (int(match[1]) + 1, (int(match[1]) + 1) % 100)


def _period(text: str, form: str | None) -> Period | Fault:
    fault = Fault(
        "period",
        _("{text} is not a period", text=text[:30] or "«»"),
        _("Write a year (2024), years (2018-2024), a school year (2024/25), a quarter (2024K1) or a month (2024-03)."),
    )
    try:
        period = _named_period(text, form)
    except (ValueError, OverflowError):
        return fault
    if isinstance(period, Fault):
        return period
    if period is None:
        return fault
    if period.start.year < FIRST_YEAR or period.end.year > LAST_YEAR + 1:
        return Fault(
            "period_range",
            _("The period {text} is not between {first} and {last}", text=text[:30], first=FIRST_YEAR, last=LAST_YEAR),
            _("Correct the year."),
        )
    return period


def _named_period(text: str, form: str | None) -> Period | Fault | None:
    if m := _WHOLE.fullmatch(text):
        text = m[1]
    if (m := _YEARS.fullmatch(text)) and int(m[1]) <= int(m[2]):
        return Period.years(int(m[1]), int(m[2]))
    if m := _SCHOOL_YEARS.fullmatch(text):
        first, last = _SCHOOL.fullmatch(f"{m[1]}/{m[2]}"), _SCHOOL.fullmatch(f"{m[3]}/{m[4]}")
        if first and last and _is_next(first) and _is_next(last):
            return Period(date(int(m[1]), 8, 1), date(int(m[3]) + 1, 8, 1))
        return None
    if (m := _SCHOOL.fullmatch(text)) and _is_next(m) and form not in ("month", "month_pair"):
        if int(m[2]) <= 12 and form is None:
            return Fault(
                "period_ambiguous",
                _("{text} is a month or a school year", text=text),
                _("State form under period in the mapping: month or school_year."),
            )
        return Period(date(int(m[1]), 8, 1), date(int(m[1]) + 1, 8, 1))
    if m := _QUARTER.fullmatch(text):
        return Period.parse(f"{m[1]}-Q{m[2]}")
    if m := _MONTH.fullmatch(text):
        return Period.parse(f"{m[1]}-{m[2]}")
    day = None
    if m := _DAY_ISO.fullmatch(text):
        day = date(int(m[1]), int(m[2]), int(m[3]))
    elif m := _DAY_NORWEGIAN.fullmatch(text):
        day = date(int(m[3]), int(m[2]), int(m[1]))
    if day is None:
        return Period.parse(text)
    return _around(day, form, text)


def _around(day: date, form: str | None, text: str) -> Period | Fault:
    """A date that stands for the month, quarter or year it begins; a day of its own when no form is stated."""
    if form == "year" and (day.month, day.day) == (1, 1):
        return Period.year(day.year)
    if form == "quarter" and day.day == 1 and day.month % 3 == 1:
        return Period.parse(f"{day.year}-Q{day.month // 3 + 1}")
    if form == "month" and day.day == 1:
        return Period.parse(f"{day.year}-{day.month:02d}")
    if form in ("year", "quarter", "month"):
        return Fault(
            "period_inside",
            _("The date {text} does not begin the period it should stand for", text=text),
            _("Correct the date, or state another form under period in the mapping."),
        )
    return Period(day, day + timedelta(days=1))


# Places

_LABEL_YEARS = re.compile(r"(.+?) ?\((?:(\d{4})? ?[-–] ?(\d{4})?)\)")
_CODE_FIRST = re.compile(r"(\d{4}|\d{2}|0)[ :]\s*(\D.*)")
TOTALS = {
    *("sum", "i alt", "ialt", "totalt", "total", "alle", "begge kjønn", "begge", "both", "both sexes", "all"),
    *("hele landet", "heile landet", "landet", "norge", "noreg", "country"),
}
_SHAPE = re.compile(r"[\w.:-]{1,20}")


@dataclass(frozen=True)
class Known:
    """A place as the caller knows it: a code, one of its names, and the days it is valid."""

    code: str
    name: str
    valid_from: date
    valid_to: date  # excluded
    kind: str

    def is_valid(self, day: date) -> bool:
        return self.valid_from <= day < self.valid_to


@dataclass
class Places:
    """The places a file may speak of, and how it speaks of them.

    `rows` are the context's `[code, name, valid_from, valid_to, kind]`; without any, codes are taken as they are.
    """

    rows: Iterable[Iterable[Any]]
    settings: Mapping[str, Any] = field(default_factory=dict)
    kinds: Iterable[str] | None = None
    restored: dict[str, str] = field(default_factory=dict)  # codes that had lost a zero -> the code

    def __post_init__(self) -> None:
        self.by_code: dict[str, list[Known]] = {}
        self.by_name: dict[str, list[Known]] = {}
        for code, name, valid_from, valid_to, *rest in self.rows:
            known = Known(
                str(code),
                str(name),
                date.fromisoformat(str(valid_from)) if valid_from else date.min,
                date.fromisoformat(str(valid_to)) if valid_to else date.max,
                str(rest[0]) if rest else kind_of(str(code)),
            )
            self.by_code.setdefault(known.code, []).append(known)
            self.by_name.setdefault(known.name.casefold(), []).append(known)

    def read_labels(self, labels: Iterable[str]) -> None:
        """Look at all labels together: did the column lose its leading zeros?"""
        codes = [_bare(label) for label in labels]
        numeric = [code for code in codes if code.isdecimal()]
        lost = {code: f"0{code}" for code in numeric if len(code) in (1, 3) and code not in self.by_code}
        lost = {code: full for code, full in lost.items() if full in self.by_code}
        none_has_zero = len(numeric) == len(codes) and not any(c.startswith("0") and c != "0" for c in codes)
        if lost and (self.settings.get("codes") == "integer_ok" or none_has_zero):
            self.restored = lost

    @classmethod
    def of(cls, mapping: Mapping[str, Any]) -> "Places":
        context = mapping.get("context", {})
        return cls(context.get("places", []), mapping.get("place", {}), context.get("kinds"))

    def is_restored(self, label: str) -> bool:
        return _bare(label) in self.restored

    def code(self, label: str, kind: str, day: date | None) -> str | Fault | None:
        """The code of the place a label means on a day; None when its level is not wanted.

        >>> skien = Places([["0806", "Skien", None, "2020-01-01"], ["4003", "Skien", "2024-01-01", None]])
        >>> skien.code("4003", "", date(2024, 12, 31)), skien.code("4003", "", date(2019, 12, 31)).remedy
        ('4003', 'The code valid then was 0806.')
        """
        label = str(self.settings.get("labels", {}).get(label, label))
        found = self._by_name(label) if self.settings.get("by") == "name" else self._by_code(label)
        if isinstance(found, Fault) or day is None:
            return found if isinstance(found, Fault) else found[0].code
        wanted = self.settings.get("levels")
        of_kind = [place for place in found if place.kind == kind] if kind else found
        if wanted and of_kind and not any(place.kind in wanted for place in of_kind):
            return None
        if wanted:
            of_kind = [place for place in of_kind if place.kind in wanted]
        if not of_kind:
            return self._unknown(label)
        if self.kinds is not None and not any(place.kind in self.kinds for place in of_kind):
            return Fault(
                "kind_not_allowed",
                _(
                    "{code} {name} is of a level that this dataset does not have",
                    code=found[0].code,
                    name=found[0].name,
                ),
                _("Leave these rows out with levels under place in the mapping."),
            )
        return self._at(of_kind, day)

    def _by_code(self, label: str) -> list[Known] | Fault:
        code = _bare(label)
        code = self.restored.get(code, code)
        if code in self.by_code:
            return self.by_code[code]
        if (match := _CODE_FIRST.fullmatch(label)) and match[1] in self.by_code:
            return self.by_code[match[1]]
        if not self.by_code and _SHAPE.fullmatch(code):
            return [Known(code, "", date.min, date.max, kind_of(code))]
        if f"0{code}" in self.by_code and len(code) in (1, 3):
            return Fault(
                "lost_zero",
                _("The code {code} has lost its leading zero", code=code),
                _("Write {full}, or state codes: integer_ok under place in the mapping.", full=f"0{code}"),
            )
        return self._unknown(label)

    def _by_name(self, label: str) -> list[Known] | Fault:
        if label.casefold() in self.by_name:
            return self.by_name[label.casefold()]
        if label in self.by_code:  # a code given in the mapping's labels
            return self.by_code[label]
        if (match := _LABEL_YEARS.fullmatch(label)) and match[1].casefold() in self.by_name:
            first = date(int(match[2] or 1), 1, 1)
            last = date(int(match[3] or 9998) + 1, 1, 1)
            return [p for p in self.by_name[match[1].casefold()] if p.valid_from < last and p.valid_to > first]
        return self._unknown(label)

    def _unknown(self, label: str) -> Fault:
        if not label:
            return Fault(
                "no_place",
                _("The row has no place"),
                _("Fill in the place; if the cells were merged, state fill_down in the mapping."),
            )
        if label.casefold() in TOTALS:
            return Fault(
                "total",
                _("{label} is a total or an area that is not in the list of places", label=label[:60]),
                _("Leave these rows out with leave_out, or say under place, labels which code it is."),
            )
        return Fault(
            "unknown_place",
            _("{label} is not a place", label=label[:60]),
            _("Correct it, say under place, labels which code it is, or leave the rows out with leave_out."),
        )

    def _at(self, found: list[Known], day: date) -> str | Fault:
        """The code that is valid on the day, or the fault when there is none, or more than one."""
        codes = {place.code for place in found if place.is_valid(day)}
        if len(codes) == 1:
            return codes.pop()
        if codes:
            return Fault(
                "ambiguous_place",
                _("{name} may be {codes}", name=found[0].name, codes=", ".join(sorted(codes))),
                _("Use codes instead of names, or say under place, labels or level_names which one is meant."),
            )
        names, kinds = {place.name.casefold() for place in found}, {place.kind for place in found}
        then = {
            place.code
            for name in names
            for place in self.by_name.get(name, [])
            if place.is_valid(day) and place.kind in kinds
        }
        what = _("{code} {name} was not valid on {day}", code=found[0].code, name=found[0].name, day=day.isoformat())
        if then:
            remedy = _("The code valid then was {codes}.", codes=", ".join(sorted(then)))
        else:
            remedy = _("State the borders the codes follow, or leave these rows out.")
        return Fault("invalid_at_period", what, remedy)

    def kind(self, code: str) -> str:
        return self.by_code[code][0].kind if code in self.by_code else kind_of(code)


def _bare(label: str) -> str:
    """A code without the signs that programs put on it: '0301, 301.0."""
    code = label.strip("'’` ")
    return code[:-2] if code.endswith((".0", ",0")) and code[:-2].isdecimal() else code


def kind_of(code: str) -> str:
    """What Norwegian codes look like; the caller's list of places decides where it says.

    >>> kind_of("0"), kind_of("40"), kind_of("4003")
    ('country', 'county', 'municipality')
    """
    return {1: "country", 2: "county"}.get(len(code), "municipality")
