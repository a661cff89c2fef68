"""From values to scores, goal scores, index and ranks: the steps of a method in their order."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Literal, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from dugnad.shared.errors import Refusal
from dugnad.shared.periods import Period
from dugnad.status.methods import colours, steps
from dugnad.status.methods.model import Method
from dugnad.status.methods.ranks import Intervals, rank_intervals, tiers
from dugnad.status.methods.rounding import round_once
from dugnad.status.methods.steps import Floats, Groups, Shape

DRAWS = 10_000
SEED = 2030


@dataclass(frozen=True)
class Scored:
    """What the steps make of rows of values (places in periods) x indicators: each step's answer, nothing rounded."""

    scores: Floats  # rows x indicators, gaps in named goals filled; points where the method has bands
    percent: Floats  # what bands were read from; the scores where there are none
    filled: NDArray[np.bool_]
    goals: Floats  # rows x goals, as they were found
    goals_used: Floats  # ... with the gaps the index filled
    index: Floats
    missing: Floats
    eligible: NDArray[np.bool_]


def scored(
    values: Floats,
    method: Method,
    groups: Groups,
    places: int,
    *,
    always: NDArray[np.bool_] | None = None,
) -> Scored:
    """The steps for `values` of one period after another, `places` rows each; `always` are places never left out.

    A period at a time: means of groups and of all places stay within it, and it fits in the processor's own memory.
    """
    shape = Shape.of(method)
    parts = [
        _one_period(values[start : start + places], method, groups, shape, always)
        for start in range(0, len(values), places)
    ]
    if len(parts) == 1:
        return parts[0]
    return Scored(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Scored)))


def _one_period(
    values: Floats, method: Method, groups: Groups, shape: Shape, always: NDArray[np.bool_] | None
) -> Scored:
    percent = steps.normalise(values, method)
    scores = steps.in_bands(percent, method)
    missing = steps.missing_shares(values, shape)
    eligible = np.ones(len(values), dtype=bool)
    if method.max_missing is not None:
        eligible = missing <= method.max_missing + 1e-12
        if always is not None:
            eligible |= always
    filled = np.zeros(scores.shape, dtype=bool)
    if len(shape.filled):
        before = scores[:, shape.filled]
        after = groups.fill(before, eligible if method.means_of == "eligible" else None)
        scores = scores.copy()
        scores[:, shape.filled] = after
        filled[:, shape.filled] = np.isnan(before) & ~np.isnan(after)
    goals = steps.goal_scores(scores, shape, method)
    index, used = steps.index_scores(scores, goals, eligible, groups, shape, method)
    return Scored(scores, percent if method.bands else scores, filled, goals, used, index, missing, eligible)


@dataclass(frozen=True)
class Scores:
    """What a method made of values. Tables give it for reading; the arrays are periods x places x indicators or goals.

    >>> score(values, method).index.to_pylist()[0]
    {'place': '4001', 'period': '2024', 'score': 61.2, 'rank': 3, 'rank_from': 2, 'rank_to': 9, ...}
    """

    method: Method
    places: tuple[str, ...]
    names: Mapping[str, str]
    periods: tuple[str, ...]
    values: Floats
    value_periods: NDArray[np.int64]  # which of `known_periods` a value is of, -1 where none
    known_periods: tuple[str, ...]
    steps: Scored
    colours: NDArray[np.int8]
    goal_colours: NDArray[np.int8]
    momentum: Floats
    goal_momentum: Floats
    ranks: NDArray[np.int64]
    intervals: tuple[Intervals, ...]
    influence: tuple[tuple[NDArray[np.int64], NDArray[np.int64]], ...]  # (indicator, ranks it moves), -1 where none
    draws: int
    seed: int
    unknown: tuple[str, ...]  # indicators of the values that the method does not know
    unmeasured: tuple[str, ...]  # indicators of the method that have no value
    ungrouped: tuple[str, ...]  # places in no group, where the method needs groups

    @cached_property
    def indicators(self) -> pa.Table:
        """A row for each place, period and indicator, also where there is no value."""
        method, rows = self.method, len(self.places) * len(self.periods)
        codes, count = [i.code for i in method.indicators], len(method.indicators)
        decimals = method.decimals[0]
        has_score = np.array([i.is_scored for i in method.indicators])
        shown, points = (np.where(has_score, part, np.nan) for part in (self.steps.percent, self.steps.scores))
        labels = pa.array(["", *self.known_periods])
        table = pa.table(
            {
                "place": pa.array(np.repeat(np.array(self._row_places, dtype=object), count), pa.string()),
                "indicator": pa.array(codes * rows),
                "goal": pa.array([i.goal for i in method.indicators] * rows),
                "period": labels.take(pa.array(self.value_periods.ravel() + 1)),
                "value": _column(self.values.reshape(rows, count)),
                "score": _column(shown, decimals, method.half),
                "colour": _words(self.colours, colours.COLOURS),
                "trend": _words(colours.arrows(self._by_period(self.momentum)), colours.ARROWS),
                "filled": pa.array(self.steps.filled.ravel()),
                **self._signed(rows * count),
            }
        )  # fmt: skip
        if method.bands:
            table = table.add_column(6, "points", _column(points))
        return table

    @cached_property
    def goals(self) -> pa.Table:
        """A row for each place, period and goal."""
        method, rows, count = self.method, len(self.places) * len(self.periods), len(self.method.goals)
        membership = Shape.of(method).membership > 0
        had = (~np.isnan(self.steps.scores) & ~self.steps.filled).astype(np.int64) @ membership.astype(np.int64)
        return pa.table(
            {
                "place": pa.array(np.repeat(np.array(self._row_places, dtype=object), count), pa.string()),
                "goal": pa.array([rule.goal for rule in method.goals] * rows, pa.string()),
                "period": pa.array(np.repeat(np.array(self._row_periods, dtype=object), count), pa.string()),
                "score": _column(self.steps.goals, method.decimals[1], method.half),
                "colour": _words(self.goal_colours, colours.COLOURS),
                "trend": _words(colours.arrows(self._by_period(self.goal_momentum)), colours.ARROWS),
                "indicators": pa.array(had.ravel()),
                "of": pa.array(np.tile(membership.sum(axis=0), rows)),
                "filled_in_index": pa.array(
                    (np.isnan(self.steps.goals) & ~np.isnan(self.steps.goals_used)).ravel()
                ),
                **self._signed(rows * count),
            }
        )  # fmt: skip

    @cached_property
    def index(self) -> pa.Table:
        """A row for each place and period: score, rank, the interval of the rank, and what moves it most."""
        method = self.method
        low, high = (np.concatenate([getattr(i, end) for i in self.intervals]) for end in ("low", "high"))
        tier = np.concatenate([tiers(i.low, i.high) for i in self.intervals])
        moved, by = (np.concatenate([pair[n] for pair in self.influence]) for n in (0, 1))
        no_rank = self.ranks == 0
        no_interval = low == 0
        codes = pa.array([*(i.code for i in method.indicators), None], pa.string())
        return pa.table(
            {
                "place": pa.array(self._row_places, pa.string()),
                "period": pa.array(self._row_periods, pa.string()),
                "score": _column(self.steps.index, method.decimals[2], method.half),
                "rank": pa.array(self.ranks, mask=no_rank),
                "rank_from": pa.array(low, mask=no_interval),
                "rank_to": pa.array(high, mask=no_interval),
                "rank_group": pa.array(tier, mask=no_interval),
                "missing_share": _column(self.steps.missing, 6, method.half),
                "why_none": pa.array(self._why_none(), pa.string()),
                "most_influential": codes.take(pa.array(np.where(moved < 0, len(method.indicators), moved))),
                "ranks_without_it": pa.array(by, mask=moved < 0),
                **self._signed(len(self.ranks)),
            }
        )

    def _signed(self, rows: int) -> dict[str, pa.Array]:
        """A number made by a method carries its name and version."""
        return {"method": pa.repeat(self.method.name, rows), "method_version": pa.repeat(self.method.version, rows)}

    @property
    def _row_places(self) -> list[str]:
        return list(self.places) * len(self.periods)

    @property
    def _row_periods(self) -> list[str]:
        return [period for period in self.periods for _place in self.places]

    def _by_period(self, found: Floats) -> Floats:
        """Momentum is of the newest values: rows of earlier periods have none."""
        rows = np.full((len(self.places) * len(self.periods), *found.shape[1:]), np.nan)
        rows[len(rows) - len(found) :] = found
        return rows

    def _why_none(self) -> list[str | None]:
        """too_little_data, no_group_mean, or no_scores; None where there is an index."""
        needed = Shape.of(self.method).goal_weights > 0
        unfilled = np.isnan(self.steps.goals_used[:, needed]).any(axis=1) & (self.steps.missing < 1)
        return [
            None
            if not none
            else "too_little_data"
            if not eligible
            else "no_group_mean"
            if gap and self.method.fill_index
            else "no_scores"
            for none, eligible, gap in zip(np.isnan(self.steps.index), self.steps.eligible, unfilled, strict=True)
        ]


def _column(values: Floats, decimals: int | None = None, half: Literal["even", "up"] = "even") -> pa.Array:
    flat = values.ravel()
    shown = flat if decimals is None else round_once(flat, decimals, half)
    return pa.array(shown, pa.float64(), mask=np.isnan(flat))


def _words(positions: NDArray[np.int8], words: tuple[str, ...]) -> pa.Array:
    flat = positions.ravel().astype(np.int64)
    return pa.array([*words, None], pa.string()).take(pa.array(np.where(flat < 0, len(words), flat)))


def score(
    values: pa.Table,
    method: Method,
    *,
    groups: Mapping[str, str] | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Scores:
    """Scores, goal scores, index and ranks of a table `place, indicator, period, value`, by a method.

    Further columns that are understood: `group` (the place's group), `name` (the place's name) and `error` (the
    standard error of the value). `groups` counts before the method's own, and those before the column.
    """
    if method.family != "index":
        raise Refusal(
            _("%(name)s judges one series at a time and makes no index") % {"name": method.id},
            _("the method"),
            _("Use a method of the family index."),
        )
    table = _Table.of(values, method)
    cube = table.cube("value")
    chosen, value_periods, periods, last = _choose(cube, table.periods, method)
    named = groups or method.groups or table.column_of_places("group")
    grouped = Groups.of([named.get(place) for place in table.places])
    places = len(table.places)
    shape = Shape.of(method)
    rows = chosen.reshape(-1, len(method.indicators))
    always = np.array([place in method.always_eligible for place in table.places])
    found = scored(rows, method, grouped, places, always=always)
    scale = colours.rescaled(rows, method)
    meant = np.column_stack(
        [[i.places is None or place in i.places for place in table.places] for i in method.indicators]
    )
    years = np.array([_year(period) for period in table.periods], dtype=np.int64)
    momentum = colours.momentum(cube[: last + 1], years[: last + 1], method)
    ranks = np.concatenate([steps.ranks(found.index[at : at + places]) for at in range(0, len(rows), places)])
    errors = _errors(table, value_periods)
    intervals, influence = [], []
    for number in range(len(periods)):
        part = slice(number * places, (number + 1) * places)
        intervals.append(
            _intervals(
                rows[part],
                found.eligible[part],
                ranks[part],
                errors[number] if errors is not None else None,
                method,
                grouped,
                shape,
                draws,
                seed,
            )
        )
        influence.append(_influence(rows[part], found, part, ranks[part], method, grouped, shape))
    needs_groups = method.fill_index or len(shape.filled) > 0
    return Scores(
        method=method,
        places=table.places,
        names=table.column_of_places("name"),
        periods=periods,
        values=chosen,
        value_periods=value_periods,
        known_periods=table.periods,
        steps=found,
        colours=colours.colours(scale),
        goal_colours=colours.goal_colours(np.where(np.tile(meant, (len(periods), 1)), scale, np.nan), method),
        momentum=momentum,
        goal_momentum=colours.goal_momentum(np.where(meant, momentum, np.nan), method),
        ranks=ranks,
        intervals=tuple(intervals),
        influence=tuple(influence),
        draws=draws,
        seed=seed,
        unknown=table.unknown,
        unmeasured=tuple(
            i.code for i, known in zip(method.indicators, (~np.isnan(cube)).sum(axis=(0, 1)), strict=True) if not known
        ),
        ungrouped=tuple(place for place in table.places if not named.get(place)) if needs_groups else (),
    )


@dataclass(frozen=True)
class _Table:
    """A table of values with each text as a number: where in the cube a row belongs."""

    rows: pa.Table
    places: tuple[str, ...]
    periods: tuple[str, ...]
    at: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]  # period, place, indicator of each row
    size: tuple[int, int, int]
    unknown: tuple[str, ...]

    @classmethod
    def of(cls, values: pa.Table, method: Method) -> "_Table":
        if absent := [name for name in ("place", "indicator", "value") if name not in values.column_names]:
            raise Refusal(
                _("The values have no column %(names)s") % {"names": ", ".join(absent)},
                ", ".join(values.column_names),
                _("Name the columns place, indicator, period and value."),
            )
        codes = pa.array([i.code for i in method.indicators], pa.string())
        indicator = pc.index_in(_text(values["indicator"]), codes)
        unknown = sorted(set(values["indicator"].filter(pc.is_null(indicator)).to_pylist()))
        values = values.filter(pc.is_valid(indicator))
        place, places = _encoded(values["place"])
        if not len(values):
            raise Refusal(
                _("None of the values is of an indicator the method knows"),
                ", ".join(unknown[:5]),
                _("Write the indicators as the method does: %(names)s.")
                % {"names": ", ".join(i.code for i in method.indicators[:5])},
            )
        period, found = (
            _encoded(values["period"]) if "period" in values.column_names else (np.zeros(len(values), np.int64), ("",))
        )
        order = sorted(range(len(found)), key=lambda i: _moment(found[i]))
        position = np.empty(len(found), dtype=np.int64)
        position[order] = np.arange(len(found))
        kept = indicator.drop_null().to_numpy().astype(np.int64)
        table = cls(
            values,
            places,
            tuple(found[i] for i in order),
            (position[period], place, kept),
            (len(found), len(places), len(method.indicators)),
            tuple(unknown),
        )
        table._check_once()
        return table

    def _check_once(self) -> None:
        flat = np.ravel_multi_index(self.at, self.size)
        ordered = np.sort(flat)
        twice = ordered[1:][ordered[1:] == ordered[:-1]]
        if len(twice):
            row = int(np.flatnonzero(flat == twice[0])[1])
            said = {
                name: self.rows[name][row].as_py()
                for name in ("place", "indicator", "period")
                if name in self.rows.column_names
            }
            raise Refusal(
                _("A value stands twice: %(what)s") % {"what": ", ".join(map(str, said.values()))},
                _("row %(row)d of the values") % {"row": row + 1},
                _("Keep one of them."),
            )  # fmt: skip

    def cube(self, column: str) -> Floats:
        """Periods x places x indicators, NaN where there is nothing."""
        cube = np.full(self.size, np.nan)
        cube[self.at] = self.rows[column].cast(pa.float64()).to_numpy(zero_copy_only=False)
        cube[np.isinf(cube)] = np.nan
        return cube

    def column_of_places(self, name: str) -> dict[str, str]:
        """What a column says of each place; Refusal where it says two things of one."""
        if name not in self.rows.column_names:
            return {}
        pairs = pa.table({"place": _text(self.rows["place"]), name: _text(self.rows[name])})
        said: dict[str, str] = {}
        for row in pairs.group_by(["place", name]).aggregate([]).to_pylist():
            if not row[name]:
                continue
            if said.setdefault(row["place"], row[name]) != row[name]:
                raise Refusal(
                    _("%(place)s has more than one %(column)s") % {"place": row["place"], "column": name},
                    f"{said[row['place']]}, {row[name]}",
                    _("Give each place one."),
                )
        return said


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(pa.string())


def _encoded(column: pa.ChunkedArray) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    encoded = _text(column).combine_chunks().dictionary_encode()
    return encoded.indices.to_numpy().astype(np.int64), tuple(encoded.dictionary.to_pylist())


def _moment(period: str) -> Any:
    if not period:
        return (Period.year(1), "")
    try:
        return (Period.parse(period), period)
    except ValueError:
        raise Refusal(
            _("%(text)s is not a period") % {"text": period},
            _("the column period"),
            _("Write 2024, 2024-03, 2024-Q1, 2024-01-01 or 2018-01-01/P7Y."),
        ) from None


def _year(period: str) -> int:
    """The year a period ends in: 2024 for 2024 and for 2018–2024."""
    end = Period.parse(period).end if period else Period.year(1).end
    return end.year - 1 if (end.month, end.day) == (1, 1) else end.year


def _choose(
    cube: Floats, periods: tuple[str, ...], method: Method
) -> tuple[Floats, NDArray[np.int64], tuple[str, ...], int]:
    """The values the method scores, the period each is of, the periods there is an index for, and the last of them."""
    if method.periods == "each":
        numbers = np.arange(len(periods))[:, None, None]
        return cube, np.where(np.isnan(cube), -1, numbers), periods, len(periods) - 1
    if method.periods == "latest":
        known = ~np.isnan(cube)
        newest = len(periods) - 1 - known[::-1].argmax(axis=0)
        values = np.take_along_axis(cube, newest[None], axis=0)
        return values, np.where(np.isnan(values), -1, newest[None]), periods[-1:], len(periods) - 1
    if method.periods not in periods:
        raise Refusal(
            _("There are no values of %(period)s, the period of the method") % {"period": method.periods},
            ", ".join(periods[-5:]),
            _("Write periods: latest, each, or one of these."),
        )
    number = periods.index(method.periods)
    values = cube[number : number + 1]
    return values, np.where(np.isnan(values), -1, number), (method.periods,), number


def _errors(table: _Table, value_periods: NDArray[np.int64]) -> Floats | None:
    """The standard errors of the values, for each period; None where the table has none."""
    if "error" not in table.rows.column_names:
        return None
    return np.take_along_axis(table.cube("error"), np.maximum(value_periods, 0), axis=0)


def _as_scores(errors: Floats, values: Floats, method: Method, way: str) -> Floats:
    """Standard errors of values as errors of the scores that are made of them one way: times the slope of the scores.

    Where scores are no straight line of values (ranks, points of bands) it is their mean slope over the values there
    are. Clipping is left aside, as it is when errors are drawn.
    """
    scores = steps.in_bands(steps.normalise(values, replace(method, clip=False), way), method)
    if way == "goalposts" and not method.bands:
        lower, upper = steps.bounds(method)
        return cast(Floats, errors * 100 / np.abs(upper - lower))
    if way == "none" and not method.bands:
        return errors
    widths = []
    for part in (scores, values):
        highest, lowest = (end(np.where(np.isnan(part), sign * np.inf, part), axis=0) for end, sign in
                           ((np.max, -1), (np.min, 1)))  # fmt: skip
        widths.append(np.where(highest > lowest, highest - lowest, np.nan))
    return cast(Floats, errors * np.nan_to_num(widths[0] / widths[1]))


def _intervals(
    values: Floats,
    eligible: NDArray[np.bool_],
    ranks: NDArray[np.int64],
    errors: Floats | None,
    method: Method,
    groups: Groups,
    shape: Shape,
    draws: int,
    seed: int,
) -> Intervals:
    """Intervals for one period; the method's own way to normalise is always one of those drawn."""
    others = method.uncertainty.normalise or (("minmax",) if method.normaliser == "goalposts" else ())
    ways = [method.normaliser, *(way for way in others if way != method.normaliser)]
    variants: list[Floats] = []
    for way in ways:
        scores = steps.in_bands(steps.normalise(values, method, way), method)
        if len(shape.filled):
            scores[:, shape.filled] = groups.fill(
                scores[:, shape.filled], eligible if method.means_of == "eligible" else None
            )
        # Where all values are the same, another way says nothing, and the method's own score stands.
        variants.append(np.where(np.isnan(scores), variants[0], scores) if variants else scores)
    if method.index_of == "indicators":  # one goal that holds everything
        one = shape.weights[:, None]
        shape = replace(shape, membership=one, goal_weights=np.ones(1), may_stand_alone=(one > 0).astype(float))
    return rank_intervals(
        variants,
        shape,
        method.uncertainty,
        ranked=ranks > 0,
        goal_mean="arithmetic" if method.index_of == "indicators" else method.goal_mean,
        fill=groups if method.fill_index else None,
        giving=eligible if method.means_of == "eligible" else None,
        errors=None if errors is None else [_as_scores(errors, values, method, way) for way in ways],
        draws=draws,
        seed=seed,
    )


def _influence(
    values: Floats,
    found: Scored,
    part: slice,
    ranks: NDArray[np.int64],
    method: Method,
    groups: Groups,
    shape: Shape,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each place the indicator its rank depends on most, and how many ranks it would go up (+) or down without."""
    strongest = np.full(len(values), -1, dtype=np.int64)
    moved = np.zeros(len(values), dtype=np.int64)
    scores, goals, eligible = found.scores[part], found.goals[part], found.eligible[part]
    for i in np.flatnonzero(shape.weights):
        less = shape.without(int(i))
        if not less.weights.any():
            continue
        without_it = goals.copy()
        for k in np.flatnonzero(shape.membership[i]):
            without_it[:, k] = steps.goal_score(scores, int(k), less, method)
        index, _used = steps.index_scores(scores, without_it, eligible, groups, less, method)
        without = steps.ranks(np.where(ranks > 0, index, np.nan))
        change = np.where((ranks > 0) & (without > 0), ranks - without, 0)
        more = np.abs(change) > np.abs(moved)
        strongest[more], moved[more] = i, change[more]
    return strongest, moved
