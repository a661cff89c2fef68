"""What became of figures on other borders, as plain data that pages print and anyone may read.

Ask `status.queries.borders.border_steps(published, version_id, breakdown, place, period, borders_on)` for the steps of
one value; every `Point` that was put together bears its own.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property

from dugnad.status.borders.rules import How


@dataclass(frozen=True, slots=True)
class BorderStep:
    """One part that a value was put together from.

    `code` and `name` are the place as its figures were published, "" for a part that nobody has published figures of.
    `share` is 1 for the whole place, a published share with its source, or None where no share is published. `weight`
    is the denominator that the part counts with in a mean.
    """

    code: str
    name: str
    share: float | None
    share_source: str
    value: float | None
    missing: str | None
    weight: float | None


@dataclass(frozen=True)
class BorderSteps:
    """How one value came onto its borders: by which rule, from which parts.

    Kristiansand in 2019 on the borders of today: rule "sum", parts 1001, 1017 and 1018, each whole, coverage 1.0.
    `coverage` is how much of the denominator the parts with a value hold (of what is added, how many of the
    inhabitants), None where that is not known. The parts are looked up when they are asked for.
    """

    rule: How
    coverage: float | None
    look_up: Callable[[], Iterable[BorderStep]] = field(repr=False, compare=False)

    @cached_property
    def parts(self) -> tuple[BorderStep, ...]:
        return tuple(self.look_up())

    @property
    def is_divided(self) -> bool:
        """Whether a part of a place was taken, or would have to be."""
        return any(step.share != 1 for step in self.parts)

    @property
    def is_partial(self) -> bool:
        """Whether some part has no value."""
        return any(step.value is None for step in self.parts)

    @property
    def text(self) -> str:
        """The parts on one line, for data: "1001+1017+1018", "0.1379*1507", "?*4204" where the share is unknown."""
        return "+".join(
            step.code or "?" if step.share == 1 else f"{'?' if step.share is None else step.share}*{step.code or '?'}"
            for step in self.parts
        )
