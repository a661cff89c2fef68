"""Time as half-open intervals of days, written as SDMX writes them."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, total_ordering

_YEAR = re.compile(r"(\d{4})", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_QUARTER = re.compile(r"(\d{4})-Q([1-4])", re.ASCII)
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_RANGE = re.compile(r"(\d{4})-(\d{2})-(\d{2})/P(\d+)([YMD])", re.ASCII)


def _add_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _add_days(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        raise ValueError(f"no day is {days} days after {day}") from None


@total_ordering
@dataclass(frozen=True)
class Period:
    """The days from `start` up to, not including, `end`.

    >>> Period.parse("2018-01-01/P7Y")
    Period(start=datetime.date(2018, 1, 1), end=datetime.date(2025, 1, 1))
    >>> Period.parse("2024").text, Period.parse("2018-01-01/P7Y").label("nb")
    ('2024', '2018–2024')

    Half-open: the day a merger takes effect belongs to the new municipality.
    """

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError(f"a period must end after it starts: {self.start}..{self.end}")

    @classmethod
    def parse(cls, text: str) -> "Period":
        """The period a text names (2024, 2024-03, 2024-Q1, 2024-01-01, 2018-01-01/P7Y); ValueError when none."""
        if m := _YEAR.fullmatch(text):
            return cls.year(int(text))
        if m := _QUARTER.fullmatch(text):
            start = date(int(m[1]), int(m[2]) * 3 - 2, 1)
            return cls(start, _add_months(start, 3))
        if m := _MONTH.fullmatch(text):
            start = date(int(m[1]), int(m[2]), 1)
            return cls(start, _add_months(start, 1))
        if m := _DAY.fullmatch(text):
            start = date(int(m[1]), int(m[2]), int(m[3]))
            return cls(start, _add_days(start, 1))
        if m := _RANGE.fullmatch(text):
            start, count = date(int(m[1]), int(m[2]), int(m[3])), int(m[4])
            if m[5] == "D":
                return cls(start, _add_days(start, count))
            return cls(start, _add_months(start, count * (12 if m[5] == "Y" else 1)))
        raise ValueError(f"not a period: {text!r} (write 2024, 2024-03, 2024-Q1, 2024-01-01 or 2018-01-01/P7Y)")

    @classmethod
    def year(cls, year: int) -> "Period":
        return cls(date(year, 1, 1), date(year + 1, 1, 1))

    @classmethod
    def years(cls, first: int, last: int) -> "Period":
        """Whole calendar years, both included: `Period.years(2018, 2024)` is seven years."""
        return cls(date(first, 1, 1), date(last + 1, 1, 1))

    @property
    def _months(self) -> int:
        """Whole months in the period, 0 when it does not consist of whole months."""
        if self.start.day != 1 or self.end.day != 1:
            return 0
        return (self.end.year - self.start.year) * 12 + self.end.month - self.start.month

    @property
    def text(self) -> str:
        """The one canonical writing; `Period.parse(p.text) == p`."""
        months = self._months
        if months == 12 and self.start.month == 1:
            return f"{self.start.year:04d}"
        if months == 3 and self.start.month % 3 == 1:
            return f"{self.start.year:04d}-Q{self.start.month // 3 + 1}"
        if months == 1:
            return f"{self.start.year:04d}-{self.start.month:02d}"
        if months and months % 12 == 0:
            return f"{self.start.isoformat()}/P{months // 12}Y"
        if months:
            return f"{self.start.isoformat()}/P{months}M"
        days = (self.end - self.start).days
        return self.start.isoformat() if days == 1 else f"{self.start.isoformat()}/P{days}D"

    def label(self, lang: str = "nb") -> str:
        """As a reader meets it: "2024", "2018–2024", "2021/22–2023/24" for school years, "3. kvartal 2024"."""
        months, first, last = self._months, self.start, self.end - timedelta(days=1)
        if months and months % 12 == 0:
            if first.month == 1:
                return f"{first.year}" if months == 12 else f"{first.year}–{last.year}"
            begin = f"{first.year}/{(first.year + 1) % 100:02d}"
            end = f"{last.year - 1}/{last.year % 100:02d}"
            return begin if months == 12 else f"{begin}–{end}"
        if months == 3 and first.month % 3 == 1:
            number = first.month // 3 + 1
            return f"Q{number} {first.year}" if lang == "en" else f"{number}. kvartal {first.year}"
        if months == 1:
            return f"{first.year}-{first.month:02d}"
        return first.isoformat() if first == last else f"{first.isoformat()}–{last.isoformat()}"

    @cached_property  # pictures ask for it again and again, and their points share their periods
    def middle(self) -> float:
        """The middle of the period, in days as `date.toordinal` counts them."""
        return (self.start.toordinal() + self.end.toordinal()) / 2

    def overlaps(self, other: "Period") -> bool:
        return self.start < other.end and other.start < self.end

    def is_within(self, first: "Period", last: "Period") -> bool:
        """Whether all its days are in the time from the first day of one period through the last day of another."""
        return first.start <= self.start and self.end <= last.end

    def __lt__(self, other: "Period") -> bool:
        return (self.end, self.start) < (other.end, other.start)
