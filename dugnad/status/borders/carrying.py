"""The rules on whole blocks: every place, period and series of a release carried onto other borders at once.

    carried = carry(panel, bearers, Planner(areas, targets), rules)
    carried.blocks["value"][period, target, series]

Nearly every place is what it was: its row is copied. The few that were put together or divided are worked out by
`rules.together`. What each is made of depends on which places have figures, so that is found once for each pattern.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from dugnad.places.areas import Areas, Bearer, Piece, Sources
from dugnad.status.borders.panel import BORDER_CHANGE, BREAK, NO_ROW, Array, Panel, reason
from dugnad.status.borders.rules import Cells, Rule, Rules, Whole, together

Target = tuple[Bearer, ...]  # one place, or those that a county consists of
_UNKNOWN, _NOBODY = -1, -2  # in place of a row: a part of unknown size, a part that no figure is about
_EMPTY = {"value": np.nan, "mark": NO_ROW << 2, "quality": 0, "numerator": np.nan, "denominator": np.nan}


@dataclass(frozen=True)
class Plan:
    """What each target is made of, and the rows of a panel with its parts; -2 for one that no figure is about."""

    pieces: tuple[tuple[Piece, ...], ...]
    rows: tuple[tuple[int, ...], ...]

    @cached_property
    def first(self) -> Array:
        """The row that each target is copied from, if it is one whole place."""
        return np.array([max(rows[0], 0) if rows else 0 for rows in self.rows], np.intp)

    @cached_property
    def nothing(self) -> Array:
        """The targets that no figure is about."""
        return np.array([i for i, made in enumerate(self.pieces) if not made], np.intp)

    @cached_property
    def mixed(self) -> Array:
        """The targets that are not one whole place."""
        return np.array([i for i, p in enumerate(self.pieces) if p and (len(p) > 1 or p[0].share != 1)], np.intp)

    @cached_property
    def divided(self) -> Array:
        """The targets with a part that is taken by a published share."""
        return np.array([i for i in self.mixed if any(p.share not in (None, 1) for p in self.pieces[i])], np.intp)

    @cached_property
    def parts(self) -> Array:
        """The rows of the parts of those that are mixed, one target after the other."""
        pairs = [pair for i in self.mixed for pair in zip(self.pieces[i], self.rows[i], strict=True)]
        rows = [_UNKNOWN if piece.place and piece.share is None else row for piece, row in pairs]
        return np.array(rows, np.intp)

    @cached_property
    def starts(self) -> Array:
        """Where the parts of each mixed target begin."""
        return np.cumsum([0, *(len(self.rows[i]) for i in self.mixed)])[:-1].astype(np.intp)

    @cached_property
    def shares(self) -> Array:
        """How much of each part is in its target; what nobody has figures for is a whole part that is missing."""
        shares = [1.0 if p.place is None else p.share for i in self.mixed for p in self.pieces[i]]
        return np.array([np.nan if share is None else share for share in shares], np.float64)


class Planner:
    """Plans for one choice of targets, each made once for every pattern of places with figures."""

    def __init__(self, areas: Areas, targets: Sequence[Target]) -> None:
        self.areas, self.targets = areas, tuple(targets)
        self._kept: dict[tuple[tuple[Bearer | None, ...], bytes], Plan] = {}

    def plan(self, bearers: tuple[Bearer | None, ...], has_row: Array, has_figure: Array) -> Plan:
        """`bearers` says what each row is about; of two rows about the same place the first is believed.

        A row that only says that the border changed is no part of anything, but better than nothing.
        """
        key = bearers, has_row.tobytes() + has_figure.tobytes()
        if key not in self._kept:
            figures, anything = (_rows_of(bearers, has) for has in (has_figure, has_row))
            sources = Sources(self.areas, tuple(figures), weak=tuple(anything))
            pieces = tuple(map(sources.make, self.targets))
            row_of = anything | figures
            rows = tuple(tuple(row_of[p.place] if p.place else _NOBODY for p in made) for made in pieces)
            self._kept[key] = Plan(pieces, rows)
        return self._kept[key]


def _rows_of(bearers: Sequence[Bearer | None], has: Array) -> dict[Bearer, int]:
    found: dict[Bearer, int] = {}
    for row in np.flatnonzero(has).tolist():
        if (bearer := bearers[row]) is not None:
            found.setdefault(bearer, row)
    return found


@dataclass(frozen=True)
class Group:
    """Series with the same pattern in some periods: their plan, and the coverage of what was put together, (period,
    mixed target, series)."""

    periods: Array
    columns: Array
    plan: Plan
    coverage: Array | None


@dataclass(frozen=True)
class Carried:
    """A panel on other borders: its blocks are (period, target, series), with the names they have in a panel."""

    panel: Panel
    blocks: dict[str, Array]
    groups: tuple[Group, ...]

    @property
    def rows(self) -> Array:
        """The row that each value is copied from, shaped as the blocks; the first part of what is mixed."""
        found = np.empty(self.blocks["mark"].shape, np.intp)
        for group in self.groups:
            found[group.periods[:, None], :, group.columns] = group.plan.first
        return found

    def mixed(self) -> Iterator[tuple[tuple[int, int, int], Plan, float | None]]:
        """The values that are more than a copy of one row: where in the blocks, by which plan, with which coverage."""
        for group in self.groups:
            if group.coverage is None:
                continue
            places = product(group.periods.tolist(), group.plan.mixed.tolist(), group.columns.tolist())
            for at, coverage in zip(places, group.coverage.reshape(-1).tolist(), strict=True):
                yield at, group.plan, None if coverage != coverage else coverage


def carry(
    panel: Panel,
    bearers: Sequence[tuple[Bearer | None, ...]],
    planner: Planner,
    rules: Sequence[Rule],
    *,
    weights: Array | None = None,
    sizes: Array | None = None,
    estimate: bool = False,
) -> Carried:
    """The panel's figures on the borders of the planner's targets.

    `bearers[period][row]` is the place that a row is about. `weights`, shaped as the panel, are the denominators where
    they are not the panel's own. `sizes` are the inhabitants of each row, for the coverage of what is added. A share is
    used only with `estimate`.
    """
    shape = len(panel.periods), len(planner.targets), len(panel.series)
    own = panel.blocks()
    has_means = any(rule.how == "weighted_mean" for rule in rules)
    names = [name for name in Panel.BLOCKS if name in own or (has_means and name in ("numerator", "denominator"))]
    out = {name: np.empty(shape, own[name].dtype if name in own else np.float64) for name in names}
    groups: list[Group] = []
    for plan, columns, at in _patterns(panel, bearers, planner):
        for name in names:
            _copy(out[name], own.get(name), plan, columns, at, _EMPTY[name])
        part_sizes = None if sizes is None else np.where(plan.parts < 0, np.nan, sizes[np.maximum(plan.parts, 0)])
        for some in _in_the_same_way(columns, rules) if len(plan.mixed) else [columns]:
            coverage = None
            if len(plan.mixed):
                # The periods lie beside each other as more series: the rules see no difference.
                parts = _parts(panel, plan, some, at, weights)
                how = Rules.of([rules[column] for column in some], len(at))
                whole = together(parts, plan.shares, plan.starts, how, estimate=estimate, sizes=part_sizes)
                coverage = _lay(out, plan, some, at, whole)
            groups.append(Group(at, some, plan, coverage))
    carried = Carried(panel, out, tuple(groups))
    if estimate:
        _mark_breaks(carried, np.array([rule.may_split for rule in rules]))
    return carried


def _patterns(
    panel: Panel, bearers: Sequence[tuple[Bearer | None, ...]], planner: Planner
) -> list[tuple[Plan, Array, Array]]:
    """Which series have figures of the same places in which periods: (plan, series, periods)."""
    why = panel.mark & (7 << 2)
    same: dict[tuple[tuple[Bearer | None, ...], bytes], list[int]] = {}
    for at, about in enumerate(bearers):
        same.setdefault((about, why[at].tobytes()), []).append(at)
    found: dict[tuple[int, bytes], tuple[Plan, Array, list[int]]] = {}
    for (about, _why), periods in same.items():
        has_row = why[periods[0]] != NO_ROW << 2
        has_figure = has_row & (why[periods[0]] != BORDER_CHANGE << 2)
        for columns in _alike(has_row, has_figure):
            plan = planner.plan(about, has_row[:, columns[0]], has_figure[:, columns[0]])
            found.setdefault((id(plan), columns.tobytes()), (plan, columns, []))[2].extend(periods)
    return [(plan, columns, np.array(sorted(at), np.intp)) for plan, columns, at in found.values()]


def _alike(has_row: Array, has_figure: Array) -> list[Array]:
    """The columns, those that are equal together."""
    if (has_row == has_row[:, :1]).all() and (has_figure == has_figure[:, :1]).all():
        return [np.arange(has_row.shape[1], dtype=np.intp)]
    packed = np.packbits(np.concatenate([has_row, has_figure]), axis=0).T.copy()
    same: dict[bytes, list[int]] = {}
    for column, pattern in enumerate(packed.view(np.dtype((np.void, packed.shape[1])))[:, 0].tolist()):
        same.setdefault(pattern, []).append(column)
    return [np.array(columns, np.intp) for columns in same.values()]


def _in_the_same_way(columns: Array, rules: Sequence[Rule]) -> list[Array]:
    """The columns, those that are put together in the same way together."""
    how = np.array([rules[column].how for column in columns])
    return [columns[how == one] for one in dict.fromkeys(how.tolist())]


def _copy(out: Array, block: Array | None, plan: Plan, columns: Array, periods: Array, empty: float) -> None:
    """Every target from its row; those that are mixed are laid over afterwards."""
    if block is not None and (len(periods), len(columns)) == (len(out), out.shape[2]):
        np.take(block, plan.first, axis=1, out=out, mode="wrap")
        out[:, plan.nothing] = empty
    elif block is not None and len(columns) == out.shape[2]:
        for at in periods:
            np.take(block[at], plan.first, axis=0, out=out[at], mode="wrap")
            out[at, plan.nothing] = empty
    else:
        here = np.ix_(periods, np.arange(out.shape[1]), columns)
        if block is None:
            out[here] = empty
        else:
            cells = block[np.ix_(periods, plan.first, columns)]
            cells[:, plan.nothing] = empty
            out[here] = cells


def _parts(panel: Panel, plan: Plan, columns: Array, periods: Array, weights: Array | None) -> Cells:
    """The parts of what is mixed, (part, period and series)."""
    cells_of = np.ix_(periods, np.maximum(plan.parts, 0), columns)
    width = len(periods) * len(columns)
    lost = plan.parts < 0

    def cells(block: Array, empty: float = np.nan) -> Array:
        found = block[cells_of].transpose(1, 0, 2).reshape(len(lost), width)
        found[lost] = empty
        return found

    mark = cells(panel.mark, NO_ROW << 2)
    mark[plan.parts == _UNKNOWN] = BORDER_CHANGE << 2
    quality = None if panel.quality is None else cells(panel.quality, 0)
    numerator = None if panel.numerator is None else cells(panel.numerator)
    weight = np.full(mark.shape, np.nan) if panel.denominator is None else cells(panel.denominator)
    if weights is not None:
        weight = np.where(np.isnan(weight), cells(weights), weight)
    return Cells(cells(panel.value), mark, quality, numerator, weight)


def _lay(out: dict[str, Array], plan: Plan, columns: Array, periods: Array, whole: Whole) -> Array:
    """Lays what was put together over what was copied, and gives its coverage, (period, mixed target, series)."""
    shape = len(plan.mixed), len(periods), len(columns)
    for name, block in whole._asdict().items():
        if name in out:
            laid = block if np.isscalar(block) else block.reshape(shape).transpose(1, 0, 2)
            out[name][np.ix_(periods, plan.mixed, columns)] = laid
    return whole.coverage.reshape(shape).transpose(1, 0, 2)


def _mark_breaks(carried: Carried, may_split: Array) -> None:
    """What was estimated by a share is not compared with what was counted: a break where one follows the other."""
    marks = carried.blocks["mark"]
    by_share = np.zeros(marks.shape, bool)
    for group in carried.groups:
        by_share[np.ix_(group.periods, group.plan.divided, group.columns)] = may_split[group.columns]
    divided = by_share[0] & False
    for at, now in enumerate(by_share):
        has_row = reason(marks[at]) != NO_ROW
        if at:
            marks[at][(now != divided) & has_row] |= BREAK
        divided = np.where(has_row, now, divided)
