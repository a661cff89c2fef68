"""Random histories of places: mergers, splits with and without published shares, new numbers."""

from dataclasses import dataclass
from datetime import date

from hypothesis import strategies as st

from dugnad.places.areas import Areas, Bearer
from dugnad.places.models import BEGINNING
from dugnad.places.rules import Step

YEARS = range(2018, 2024)


@dataclass(frozen=True)
class Span:
    code: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True)
class History:
    places: tuple[Span, ...]
    steps: tuple[Step, ...]

    @property
    def areas(self) -> Areas:
        return Areas(self.places, self.steps)

    @property
    def plain(self) -> tuple[list[tuple[str, date, date | None]], list[tuple[date, str, str, float | None]]]:
        """As the oracle takes it."""
        return (
            [(p.code, p.valid_from, p.valid_to) for p in self.places],
            [(s.on, s.from_code, s.to_code, s.share) for s in self.steps],
        )

    def on(self, day: date) -> list[Bearer]:
        """The places of a day."""
        return [
            Bearer(p.code, p.valid_from)
            for p in self.places
            if p.valid_from <= day and (p.valid_to is None or day < p.valid_to)
        ]


@st.composite
def histories(draw: st.DrawFn, *, splits: bool = True, known_shares: bool = False) -> History:
    """Two to six places at first, and something happening to some of them each year."""
    alive = {f"{number:04d}": BEGINNING for number in range(draw(st.integers(2, 6)))}
    spans: list[Span] = []
    steps: list[Step] = []
    number = 100
    for year in YEARS[1:]:
        day = date(year, 1, 1)
        what = draw(st.sampled_from(["nothing", "merger", "split" if splits else "merger", "renumbering", "absorb"]))
        chosen = draw(st.permutations(sorted(alive)))
        if what == "nothing" or (what in ("merger", "absorb") and len(chosen) < 2):
            continue
        old = chosen[: draw(st.integers(2, 3))] if what in ("merger", "absorb") else chosen[:1]
        # A merger under the code of one of those that merged, as Stavanger's.
        new = [old[0]] if what == "absorb" else [f"{number + i:04d}" for i in range(2 if what == "split" else 1)]
        number += 2
        share = None
        if what == "split" and (known_shares or draw(st.booleans())):
            share = draw(st.sampled_from([0.25, 0.5, 0.75, 0.8621]))
        for code in old:
            spans.append(Span(code, alive.pop(code), day))
            for i, heir in enumerate(new):
                part = 1.0 if len(new) == 1 else None if share is None else share if i == 0 else round(1 - share, 6)
                steps.append(Step(day, code, heir, part, "published" if part not in (None, 1.0) else ""))
        alive |= dict.fromkeys(new, day)
    spans += [Span(code, since, None) for code, since in alive.items()]
    return History(tuple(spans), tuple(steps))
