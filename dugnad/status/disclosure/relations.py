"""How published numbers add up, as whoever subtracts them would suppose it.

A part of a count is taken to belong to a whole that the other parts fill: by sex, by age, by anything. So are the
municipalities of a county and the counties of the country, and the places on each side of a merger or a split. Where
everything in such a sum is published and most of them do not add up, even nearly, the rule does not hold for that
indicator.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from dugnad.status.disclosure.model import THRESHOLD, Cell, Knowledge, Relation
from dugnad.status.disclosure.statements import BEHIND, Meaning
from dugnad.status.observations import breakdown_parts, breakdown_text

NEARLY = 0.01  # of the largest number: rounded figures, and persons without a place, keep sums from holding exactly


@dataclass(frozen=True)
class AreaSum:
    """Areas that make up the same territory: a county and its municipalities, two old municipalities and a new one."""

    rule: str
    wholes: tuple[str, ...]
    parts: tuple[str, ...]


def relations(
    cells: Collection[Cell], known: Knowledge, meanings: Mapping[str, Meaning], sums: Iterable[AreaSum]
) -> tuple[Relation, ...]:
    """Every sum that holds among these numbers, without the rules that the published figures refute."""
    additive = [cell for cell in cells if _adds_up(cell.indicator, meanings)]
    found = [*_over_breakdowns(additive), *_over_areas(additive, list(sums))]
    return tuple(_not_refuted(found, known))


def _adds_up(indicator: str, meanings: Mapping[str, Meaning]) -> bool:
    return indicator.endswith(BEHIND) or (indicator in meanings and meanings[indicator].adds_up)


def _over_breakdowns(cells: Iterable[Cell]) -> Iterator[Relation]:
    """Each number with parts is the sum of them, one dimension at a time.

    Of female and male, the whole; of female in two age groups, all female, and of female and male in one age group,
    all in that group. A part that is not published is an unknown, and so is a whole that is not.
    """
    split = [(cell, breakdown_parts(cell.breakdown)) for cell in cells if cell.breakdown]
    values: dict[tuple, set[str]] = defaultdict(set)  # of a dimension beside certain others, in an indicator
    wholes: set[tuple[Cell, str, tuple[str, ...]]] = set()
    for cell, parts in split:
        for name in parts:
            rest = {other: value for other, value in parts.items() if other != name}
            values[cell.indicator, name, tuple(sorted(rest))].add(parts[name])
            wholes.add((cell._replace(breakdown=breakdown_text(rest) if rest else ""), name, tuple(sorted(rest))))
    for whole, name, others in sorted(wholes):
        rest = breakdown_parts(whole.breakdown)
        parts_of_it = [
            whole._replace(breakdown=breakdown_text({**rest, name: value}))
            for value in sorted(values[whole.indicator, name, others])
        ]
        if len(parts_of_it) > 1:
            yield Relation.total(("breakdown", name, *others), [whole], parts_of_it)


def _over_areas(cells: Iterable[Cell], sums: list[AreaSum]) -> Iterator[Relation]:
    areas: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for cell in cells:
        areas[cell.indicator, cell.period, cell.breakdown].add(cell.area)
    at: dict[str, list[int]] = defaultdict(list)
    for number, one in enumerate(sums):
        for area in (*one.wholes, *one.parts):
            at[area].append(number)
    for (indicator, period, breakdown), present in sorted(areas.items()):
        for number in sorted({number for area in present for number in at.get(area, ())}):
            one = sums[number]
            if len(present.intersection((*one.wholes, *one.parts))) > 1:
                yield Relation.total(
                    (one.rule,),
                    [Cell(indicator, area, period, breakdown) for area in one.wholes],
                    [Cell(indicator, area, period, breakdown) for area in one.parts],
                )


def _not_refuted(found: list[Relation], known: Knowledge) -> Iterator[Relation]:
    held: dict[tuple, list[bool]] = defaultdict(list)
    for relation in found:
        lower = upper = 0.0
        for cell, coefficient in relation.terms:
            low, high = known.bounds(cell)
            lower += min(coefficient * low, coefficient * high)
            upper += max(coefficient * low, coefficient * high)
        if max(-lower, upper) < float("inf"):
            slack = THRESHOLD + NEARLY * max(abs(factor) * known.bounds(cell)[1] for cell, factor in relation.terms)
            held[_family(relation)].append(lower <= slack and upper >= -slack)
    for relation in found:
        judged = held.get(_family(relation), [])
        if 2 * sum(judged) >= len(judged):
            yield relation


def _family(relation: Relation) -> tuple:
    return (relation.terms[0][0].indicator, *relation.rule)
