"""What a check is, and what it finds."""

from dataclasses import dataclass
from typing import Any, Literal

from dugnad.shared.text import TranslatedText

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True)
class Check:
    """One thing that should never be so, or should be looked at when it is.

    `error`: the number cannot be right. `warning`: it is probably wrong. `note`: it is good to know. `is_public` says
    whether everyone may see what it finds: what tells of protected figures or persons is for the secretariat alone.
    Its rule is `sql` over the tables of `tables.py`, or the `named` rule of `named.py` where SQL is the wrong tool.
    """

    code: str
    severity: Severity
    is_public: bool
    title: TranslatedText
    meaning: TranslatedText
    remedy: TranslatedText
    parameters: dict[str, Any]
    sql: str
    named: str


@dataclass(frozen=True)
class Hit:
    """Something a check found: where, the value, and what it is held against.

    Empty texts where it is not about one place, period or indicator: a release without a licence has only its dataset.
    `status` is said of a value that is not final.
    """

    check: str
    dataset: str = ""
    indicator: str = ""
    place: str = ""
    period: str = ""
    breakdown: str = ""
    value: float | None = None
    expected: float | None = None
    detail: str = ""
    status: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """The same finding in the next run, whatever its value has become."""
        return (self.check, self.dataset, self.indicator, self.place, self.period, self.breakdown)
