"""What only shows when all rows are seen together: the same observation twice, totals among their parts."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dugnad.status.observations import Message
from dugnad.status.providers.tabular.cleaning import TOTALS, Fault, Places
from dugnad.status.providers.tabular.drafting import Distinct, Draft

_ = Message

_SHOWN = 3
_MOST_OF = 0.9  # of its groups must add up before something is called a total: suppression spoils some
_SMALL = 2**26


def joint(of: Sequence[Distinct]) -> np.ndarray:
    """One number for each cell, the same where all of them are the same."""
    key = np.zeros(len(of[0].index), dtype=np.int64)
    for one in of:
        if len(one.values) > 1:
            key *= len(one.values)
            key += one.index
    return key


def duplicates(draft: Draft, of: Sequence[Distinct], value: np.ndarray, reason: np.ndarray) -> None:
    """The same observation twice: once is kept when both say the same, none when they do not."""
    good = np.flatnonzero(draft.good)
    key = joint(of)[good]
    if _all_differ(key, prod(len(one.values) for one in of)):
        return
    order = np.argsort(key, kind="stable")
    cells, key = good[order], key[order]
    again = np.flatnonzero(key[1:] == key[:-1]) + 1
    now, before = cells[again], cells[again - 1]
    same_value = (value[now] == value[before]) | (np.isnan(value[now]) & np.isnan(value[before]))
    conflicts = np.unique(key[again[~(same_value & (reason[now] == reason[before]))]])
    in_conflict = np.isin(key, conflicts)
    if len(repeats := again[~in_conflict[again]]):
        draft.leave_out(
            _mask(draft, cells[repeats]), "repeated_row", _("Rows that say the same as an earlier row were left out")
        )
    if len(conflicts):
        first = cells[in_conflict]
        number, index = np.unique(key[in_conflict], return_inverse=True)
        faults = [_conflict(of, first[np.argmax(index == at)]) for at in range(min(len(number), _SHOWN))]
        rest = Fault(
            "duplicate",
            _("{number} more observations stand several times with different values", number=len(number) - _SHOWN),
            _("Keep one row of each."),
        )
        whole = np.full(len(draft.rows), -1, dtype=np.int32)
        whole[first] = np.minimum(index, _SHOWN)
        draft.tell([*faults, rest] if len(number) > _SHOWN else faults, whole, "")


def _all_differ(key: np.ndarray, possible: int) -> bool:
    if possible > _SMALL:
        return len(pc.unique(pa.array(key))) == len(key)
    seen = np.zeros(possible, dtype=bool)
    seen[key] = True
    return int(seen.sum()) == len(key)


def _conflict(of: Sequence[Distinct], cell: int) -> Fault:
    said = [str(getattr(v, "text", v)) for v in (one.values[one.index[cell]] for one in of)]
    return Fault(
        "duplicate",
        _(
            "The same observation stands several times with different values: {series}",
            series=" ".join(filter(None, said)),
        ),
        _("Keep one of the rows, or say in the mapping which column tells them apart."),
    )


def _mask(draft: Draft, cells: np.ndarray) -> np.ndarray:
    mask = np.zeros(len(draft.rows), dtype=bool)
    mask[cells] = True
    return mask


def totals(
    draft: Draft,
    value: np.ndarray,
    indicator: Distinct,
    place: Distinct,
    period: Distinct,
    breakdown: Distinct,
    parts: Mapping[str, Distinct],
    mapping: Mapping[str, Any],
) -> None:
    """Rows that are the sum of others would be counted twice: an error until the mapping says what they are."""
    numbered = draft.good & ~np.isnan(value)
    for name, values in parts.items():
        if sum(map(bool, values.values)) < 3:
            continue  # two parts and no total
        others = [other for key, other in parts.items() if key != name]
        inside = numbered & np.isin(values.index, [at for at, word in enumerate(values.values) if word])
        for at in _sums(inside, joint([indicator, place, period, *others]), values.index, value, values.values):
            word = values.values[at]
            fault = Fault(
                "total_among_parts",
                _("{word} is the sum of the other parts of {name}", word=word, name=name),
                _(
                    'Say under values, {name}: that {word} is "", the whole; or leave the rows out.',
                    name=name,
                    word=word,
                ),
            )
            draft.tell([fault], np.where(inside & (values.index == at), 0, -1), name)
    if "levels" in mapping.get("place", {}):
        return
    places = Places.of(mapping)
    kinds = place.mapped(lambda code: places.kind(code) if code else "")
    if len(set(kinds.values) - {""}) < 2:
        return
    counties = place.mapped(lambda code: code[:2] if code else "")
    alike = [indicator, period, breakdown]
    for whole, part, groups in (
        ("county", "municipality", [*alike, counties]),
        ("country", "municipality", alike),
        ("country", "county", alike),
    ):
        if whole not in kinds.values or part not in kinds.values:
            continue
        total = kinds.values.index(whole)
        inside = numbered & np.isin(kinds.index, [total, kinds.values.index(part)])
        if total in _sums(inside, joint(groups), kinds.index, value, kinds.values):
            fault = Fault(
                "levels_mixed",
                _("The rows of the level {whole} are sums of rows of the level {part}", whole=whole, part=part),
                _("State levels under place in the mapping: those that this dataset is to have."),
            )
            draft.tell([fault], np.where(inside & (kinds.index == total), 0, -1), "")
            return


def _sums(
    inside: np.ndarray, group: np.ndarray, member: np.ndarray, value: np.ndarray, words: Sequence[str]
) -> list[int]:
    """The members whose value is, in nearly all groups, the sum of the others (at least two) in the group."""
    cells = np.flatnonzero(inside)
    if not len(cells) or len(words) < 2:
        return []
    of = pa.array(group[cells]).dictionary_encode().indices.to_numpy()
    count, total = np.bincount(of), np.bincount(of, weights=value[cells])
    in_group = (count[of] >= 3) & (total[of] != 0)
    is_sum = in_group & np.isclose(2 * value[cells], total[of], rtol=1e-9, atol=0)
    who = member[cells]
    hits, tries = np.bincount(who[is_sum], minlength=len(words)), np.bincount(who[in_group], minlength=len(words))
    # three groups, or one and the name of a total: 1 + 2 is 3 by accident as well
    sure = [3 if str(word).casefold() not in TOTALS else 1 for word in words]
    return [at for at in range(len(words)) if hits[at] >= sure[at] and hits[at] >= _MOST_OF * tries[at]]
