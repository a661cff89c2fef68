"""The heavy steps of an index as expressions: written once, run by DuckDB on this machine or by Spark on many.

    observations -> harmonised (on other borders)
    values -> one_value_each -> normalised -> goal_scores -> index_scores -> ranked

Frames are Narwhals lazy frames in long form, a row for each number, and null stands for "no score". `store.engine`
opens them. What is computed is what `methods.scoring` computes on arrays; `tests/status/test_expressions.py` and
`test_harmonised.py` hold the two together on every engine. Begin in `index_of`.
"""

from dataclasses import dataclass
from typing import Any

import narwhals as nw
import pyarrow as pa
from django.utils.translation import gettext as _

from dugnad.shared.errors import Refusal
from dugnad.shared.periods import Period
from dugnad.status.borders.rules import ENOUGH
from dugnad.status.methods.model import Method
from dugnad.status.methods.steps import NOISE
from dugnad.status.store import Open

Frame = nw.LazyFrame[Any]

# Ways to normalise whose expressions mean the same on every engine.
PORTABLE = ("goalposts", "minmax", "none")
ROW = ("place", "period")


@dataclass(frozen=True)
class IndexFrames:
    """What a method makes of values, still to be computed.

    `scores`: place, period, indicator, goal, value, score. `goals`: place, period, goal, score. `index`: place, period,
    missing_share, score, rank. Nothing is rounded; a rank is 1 for the highest, and the same for equal ones.
    """

    scores: Frame
    goals: Frame
    index: Frame


def index_of(values: Frame, method: Method, open_: Open, groups: dict[str, str] | None = None) -> IndexFrames:
    """Scores, goal scores, index and ranks of values `place, indicator, period, value`, as expressions.

    Refusal where the method has a step that is not written for many machines, or where a value stands twice.
    """
    _refuse_unportable(method)
    known = open_(_indicators(method))
    values = values.select("place", "indicator", "period", "value").join(known, on="indicator", how="inner")
    _refuse_twice(values)
    values = one_value_each(values, method, open_)
    rows = _rows(values)
    if groups := groups or dict(method.groups or {}):
        rows = rows.join(open_(_groups(groups)), on="place", how="left")
    else:  # an engine cannot open a table without rows
        rows = rows.with_columns(group=nw.lit(None).cast(nw.String))
    rows = rows.join(missing_shares(values, method), on=list(ROW), how="left")
    rows = rows.with_columns(missing_share=nw.col("missing_share").fill_null(1.0))
    rows = rows.with_columns(eligible=_eligible(method))
    scores = normalised(values, method)
    if any(i.is_filled and i.is_scored for i in method.indicators):
        scores = filled_scores(scores, rows, known, method)
    goals = goal_scores(scores, method)
    return IndexFrames(scores, goals, ranked(index_scores(scores, goals, rows, method, open_)))


def harmonised(observations: Frame, links: Frame, rules: Frame, reasons: Frame, *, estimate: bool = True) -> Frame:
    """Values on other borders: place (the whole), indicator, period, value, missing, is_estimate, coverage.

    `observations`: place, indicator, period, value, missing, numerator, weight (the denominator). `links`: which places
    a whole consists of in a period, as period, whole, place, share (null where unknown). `rules`: indicator, how,
    multiplier, is_count. `reasons`: missing, order - of several the last counts. The rules are those of
    `status/borders/rules.py`, without `estimate` no share is used; a whole of which nothing was published has no row.
    """
    links = links.with_columns(
        unknown=_one(nw.col("share").is_null()), divided=_one(nw.coalesce(nw.col("share") != 1.0, nw.lit(False)))
    )
    sizes = links.group_by("period", "whole").agg(nw.col("unknown", "divided").sum(), parts=nw.len())
    links = links.drop("unknown", "divided").join(sizes, on=["period", "whole"], how="inner")
    is_alone = (nw.col("parts") == 1) & (nw.col("unknown") + nw.col("divided") == 0)
    cells = observations.join(rules, on="indicator", how="inner").with_columns(
        missing=nw.when(nw.col("value").is_null()).then(nw.coalesce(nw.col("missing"), nw.lit("not_available")))
    )
    # Nearly every place is what it was: its values are copied, and only the others are grouped.
    alone = cells.join(links.filter(is_alone), on=["place", "period"], how="inner").with_columns(
        place=nw.col("whole"), is_estimate=nw.lit(False), coverage=nw.lit(None).cast(nw.Float64)
    )
    mixed = _together(cells.join(links.filter(~is_alone), on=["place", "period"], how="inner"), reasons, estimate)
    columns = ["place", "indicator", "period", "value", "missing", "is_estimate", "coverage"]
    return nw.concat([alone.select(columns), mixed.select(columns)], how="vertical")


def _together(cells: Frame, reasons: Frame, estimate: bool) -> Frame:
    """The wholes that the published cells of their parts make; a part without a cell is one that is not available."""
    known, counts = ~nw.col("value").is_null(), nw.coalesce(nw.col("weight") != 0.0, nw.lit(True))
    is_known = known & counts
    product = nw.coalesce(nw.col("numerator") * nw.col("multiplier"), nw.col("value") * nw.col("weight"))
    cells = cells.join(reasons, on="missing", how="left").with_columns(
        known=_one(known),
        counting=_one(counts),
        counting_order=nw.when(counts).then(nw.col("order")),
        lacking=_one(counts & nw.col("weight").is_null() | is_known & product.is_null()),
        absent_counting=_one(counts & ~known),
        part=nw.col("value") * nw.col("share"),
        held=nw.when(is_known).then(nw.col("weight")),
        product=nw.when(is_known).then(product),
    )
    wholes = cells.group_by(
        "whole", "indicator", "period", "how", "is_count", "parts", "unknown", "divided"
    ).agg(
        nw.col("known", "counting", "lacking", "absent_counting", "part", "held", "product", "weight").sum(),
        nw.col("order", "counting_order").max(),
        found=nw.len(),
    )  # fmt: skip
    lost, unsaid = nw.col("parts") - nw.col("found"), reasons.filter(nw.col("missing") == "not_available")
    wholes = wholes.join(unsaid.select(unsaid=nw.col("order")), how="cross").with_columns(
        absent=nw.col("parts") - nw.col("known"),
        counting=nw.col("counting") + lost,
        lacking=nw.col("lacking") + lost,
        absent_counting=nw.col("absent_counting") + lost,
        order=_weightier(nw.col("order"), lost),
        counting_order=_weightier(nw.col("counting_order"), lost),
    )
    changed = (nw.col("unknown") > 0) | (nw.col("how") == "none")
    may_divide = (nw.col("how") == "sum") & nw.col("is_count") if estimate else nw.lit(False)
    changed = changed | (nw.col("divided") > 0) & ~may_divide
    is_mean = nw.col("how") == "weighted_mean"
    has_mean = is_mean & (nw.col("counting") > 0) & (nw.col("lacking") == 0)
    wholes = wholes.with_columns(
        coverage=nw.when(has_mean & ~changed).then(nw.col("held") * _positive(nw.col("weight")) ** -1.0),
        mean=nw.when(has_mean).then(nw.col("product") * _positive(nw.col("held")) ** -1.0),
    )
    enough = nw.coalesce(nw.col("coverage") >= ENOUGH - 1e-12, nw.lit(False))
    value: nw.Expr = nw.when((nw.col("how") == "sum") & (nw.col("absent") == 0)).then(nw.col("part"))
    value = nw.when(is_mean).then(nw.when(enough).then(nw.col("mean"))).otherwise(value)
    wholes = wholes.with_columns(
        value=nw.when(~changed).then(value),
        order=nw.when(is_mean).then(nw.col("counting_order")).otherwise(nw.col("order")),
        is_estimate=(nw.col("divided") > 0) | is_mean & (nw.col("absent_counting") > 0),
        why=nw.when(changed | is_mean & (nw.col("lacking") > 0) & (nw.col("absent_counting") == 0))
        .then(nw.lit("border_change"))
        .otherwise(nw.when(is_mean & (nw.col("counting") == 0)).then(nw.lit("not_applicable"))),
    ).join(reasons.rename({"missing": "worst"}), on="order", how="left")
    return wholes.with_columns(
        missing=nw.when(nw.col("value").is_null()).then(nw.coalesce(nw.col("why"), nw.col("worst"))),
        is_estimate=nw.col("is_estimate") & ~nw.col("value").is_null(),
        place=nw.col("whole"),
    )


def _weightier(order: nw.Expr, lost: nw.Expr) -> nw.Expr:
    """The order of the weightiest reason, also of parts that nothing was published of."""
    return (
        nw.when((lost > 0) & (nw.coalesce(order, nw.lit(-1)) < nw.col("unsaid")))
        .then(nw.col("unsaid"))
        .otherwise(order)
    )


def _one(expression: nw.Expr) -> nw.Expr:
    """1 where it holds, else 0: what can be counted."""
    return nw.when(expression).then(nw.lit(1)).otherwise(nw.lit(0))


def _positive(expression: nw.Expr) -> nw.Expr:
    return nw.when(expression > 0.0).then(expression)


def one_value_each(values: Frame, method: Method, open_: Open) -> Frame:
    """The values that the method scores: all, those of one period, or the newest of each place and indicator."""
    if method.periods == "each":
        return values
    if method.periods != "latest":
        return values.filter(nw.col("period") == method.periods)
    order = open_(_in_order(values))
    known = values.filter(~nw.col("value").is_null()).join(order, on="period", how="inner")
    newest = known.filter(nw.col("moment") == nw.col("moment").max().over("place", "indicator"))
    last = order.filter(nw.col("moment") == nw.col("moment").max()).select(last=nw.col("period"))
    return newest.drop("period", "moment").join(last, how="cross").rename({"last": "period"})


def normalised(values: Frame, method: Method) -> Frame:
    """How far each value has come, by goalposts (0 at lower, 100 at upper), by its own period's range, or as it is."""
    match method.normaliser:
        case "goalposts":
            score = _over(nw.col("value") - nw.col("lower"), nw.col("upper") - nw.col("lower")) * 100.0
        case "minmax":
            values = values.with_columns(turned=nw.col("value") * nw.col("sign"))
            within = ["period", "indicator"]
            ends = values.group_by(within).agg(worst=nw.col("turned").min(), best=nw.col("turned").max())
            values = values.join(ends, on=within, how="left")
            width = nw.when(nw.col("best") > nw.col("worst")).then(nw.col("best") - nw.col("worst"))
            score = _over(nw.col("turned") - nw.col("worst"), width) * 100.0
        case _:
            score = nw.col("value")
    values = values.with_columns(score=score)
    if method.clip and method.normaliser != "none":
        values = values.with_columns(score=nw.col("score").clip(0.0, 100.0))
    if method.bands:
        points = nw.lit(None).cast(nw.Float64)
        for band in reversed(method.bands):
            lowest = nw.col("score") >= band.at_least if band.at_least > float("-inf") else ~nw.col("score").is_null()
            points = nw.when(lowest).then(nw.lit(float(band.points))).otherwise(points)
        values = values.with_columns(score=points)
    return values


def filled_scores(scores: Frame, rows: Frame, known: Frame, method: Method) -> Frame:
    """Scores with the gaps of the indicators that the method fills given the mean of the place's group."""
    wanted = rows.join(known.filter(nw.col("is_filled")), how="cross")
    found = scores.select(*ROW, "indicator", "value", "score")
    wanted = wanted.join(found, on=[*ROW, "indicator"], how="left")
    wanted = _filled_with_mean(wanted, ["period", "group", "indicator"], method)
    others = scores.filter(~nw.col("is_filled"))
    columns = [*ROW, "indicator", "goal", "weight", "alone", "value", "score"]
    return nw.concat([others.select(columns), wanted.select(columns)], how="vertical")


def _filled_with_mean(rows: Frame, within: list[str], method: Method) -> Frame:
    """`score` with its gaps filled by the unweighted mean of those in the same group that may give one."""
    giving = nw.col("score")
    if method.means_of == "eligible":
        giving = nw.when(nw.col("eligible")).then(nw.col("score"))
    means = rows.filter(~nw.col("group").is_null()).with_columns(giving=giving)
    means = means.group_by(within).agg(mean=nw.col("giving").mean())
    rows = rows.join(means, on=within, how="left")
    return rows.with_columns(score=nw.coalesce(nw.col("score"), nw.col("mean"))).drop("mean")


def weighted_mean(scores: Frame, by: list[str], kind: str, floor: float = 0.0) -> Frame:
    """The mean of `score` by `weight` for each `by`; other columns are gone. No row where nothing with weight has one.

    Geometric: zero times anything is zero, and a negative score has no geometric mean. `floor` lifts the scores first.
    """
    known = scores.filter(~nw.col("score").is_null(), nw.col("weight") > 0.0)
    if kind == "arithmetic":
        known = known.with_columns(weighted=nw.col("score") * nw.col("weight"))
        sums = known.group_by(by).agg(total=nw.col("weighted").sum(), weights=nw.col("weight").sum())
        return sums.with_columns(score=_over(nw.col("total"), nw.col("weights"))).drop("total", "weights")
    if floor:
        known = known.with_columns(score=nw.col("score").clip(lower_bound=floor))
    safe = nw.when(nw.col("score") > 0.0).then(nw.col("score")).otherwise(1.0)
    known = known.with_columns(weighted=safe.log() * nw.col("weight"))
    sums = known.group_by(by).agg(
        total=nw.col("weighted").sum(), weights=nw.col("weight").sum(), lowest=nw.col("score").min()
    )
    mean = _over(nw.col("total"), nw.col("weights")).exp()
    mean = nw.when(nw.col("lowest") > 0.0).then(mean)
    return sums.with_columns(
        score=nw.when(nw.col("lowest") == 0.0).then(nw.lit(0.0)).otherwise(mean)  # null where it is negative
    ).drop("total", "weights", "lowest")


def goal_scores(scores: Frame, method: Method) -> Frame:
    """The score of each goal at each place: the mean of its indicators, unless only such as may not stand alone."""
    of_goals = scores.filter(nw.col("goal") != "")
    by = [*ROW, "goal"]
    if any(rule.not_alone for rule in method.goals):
        enough = of_goals.filter(~nw.col("score").is_null(), nw.col("alone"))
        of_goals = of_goals.join(enough.select(by).unique(by), on=by, how="semi")
    return weighted_mean(of_goals, by, method.goal_mean, method.floor)


def index_scores(scores: Frame, goals: Frame, rows: Frame, method: Method, open_: Open) -> Frame:
    """The index of each place and period: the mean of its goals, or of its indicators, where it is eligible."""
    if method.index_of == "indicators":
        found = weighted_mean(scores, list(ROW), method.index_mean, method.floor)
    else:
        wanted = rows.join(open_(_goals(method)), how="cross")
        wanted = wanted.join(goals, on=[*ROW, "goal"], how="left")
        if method.fill_index:
            wanted = _filled_with_mean(wanted, ["period", "group", "goal"], method)
        found = weighted_mean(wanted, list(ROW), method.index_mean, method.floor)
        if method.fill_index:
            gaps = wanted.filter(nw.col("score").is_null(), nw.col("weight") > 0.0).select(*ROW).unique(list(ROW))
            found = found.join(gaps, on=list(ROW), how="anti")
    index = rows.join(found, on=list(ROW), how="left")
    index = index.with_columns(score=nw.when(nw.col("eligible")).then(nw.col("score")))
    return index.select(*ROW, "missing_share", "score")


def ranked(index: Frame) -> Frame:
    """With `rank`: 1 for the highest in its period, shared by equal ones; null where there is no index.

    Scores that differ only in the noise of the arithmetic are equal.
    """
    index = index.with_columns(rounded=nw.col("score").round(NOISE))
    known = index.filter(~nw.col("rounded").is_null())
    known = known.with_columns(rank=nw.col("rounded").rank("min", descending=True).over("period"))
    return index.drop("rounded").join(known.select(*ROW, "rank"), on=list(ROW), how="left")


def missing_shares(values: Frame, method: Method) -> Frame:
    """The share of the indicators that score a place has no value for, before anything is filled."""
    of = max(sum(i.is_scored and i.weight > 0 for i in method.indicators), 1)
    counted = values.filter(~nw.col("value").is_null(), nw.col("weight") > 0.0)
    known = counted.group_by(list(ROW)).agg(known=nw.len())
    return known.with_columns(missing_share=1.0 - nw.col("known") * (1.0 / of)).drop("known")


def _over(above: nw.Expr, below: nw.Expr) -> nw.Expr:
    """above / below, where below is never zero. As a power, because Sail divides whole numbers only."""
    return above * below**-1.0


def _eligible(method: Method) -> nw.Expr:
    if method.max_missing is None:
        return nw.lit(True)
    allowed = nw.col("missing_share") <= method.max_missing + 1e-12
    always = sorted(method.always_eligible)
    return allowed | nw.col("place").is_in(always) if always else allowed


def _rows(values: Frame) -> Frame:
    """Every place in every period, also where a place has nothing in one."""
    return values.select("place").unique("place").join(values.select("period").unique("period"), how="cross")


def _refuse_unportable(method: Method) -> None:
    if method.family != "index" or method.normaliser not in PORTABLE:
        raise Refusal(
            _("%(name)s has a step that is not written for many machines: %(way)s")
            % {"name": method.id, "way": method.family if method.family != "index" else method.normaliser},
            _("the method"),
            _("Run it without --engine, or normalise by one of: %(ways)s.") % {"ways": ", ".join(PORTABLE)},
        )


def _refuse_twice(values: Frame) -> None:
    by = ["place", "indicator", "period"]
    twice = values.group_by(by).agg(times=nw.len()).filter(nw.col("times") > 1).sort(by).head(1)
    for row in collected(twice).to_pylist():
        raise Refusal(
            _("A value stands twice: %(what)s") % {"what": ", ".join(str(row[name]) for name in by)},
            _("the values"),
            _("Keep one of them."),
        )


def collected(frame: Frame) -> pa.Table:
    """The rows of a frame, computed."""
    return frame.collect("pyarrow").to_native()


def _in_order(values: Frame) -> pa.Table:
    """The periods there are, numbered by time: period, moment."""
    found = collected(values.select("period").unique("period"))["period"].to_pylist()
    found.sort(key=lambda text: (Period.parse(text), text))
    return pa.table({"period": pa.array(found, pa.string()), "moment": pa.array(range(len(found)), pa.int64())})


def _indicators(method: Method) -> pa.Table:
    """The indicators of a method as rows; one that is not scored has the weight 0."""
    alone = {(rule.goal, code) for rule in method.goals for code in rule.not_alone}
    return pa.Table.from_pylist(
        [
            {
                "indicator": i.code,
                "goal": i.goal,
                "weight": i.weight if i.is_scored else 0.0,
                "lower": i.lower,
                "upper": i.upper,
                "sign": float(i.direction or 1),
                "alone": i.is_scored and (i.goal, i.code) not in alone,
                "is_filled": i.is_filled and i.is_scored,
            }
            for i in method.indicators
        ],
        schema=pa.schema(
            [
                ("indicator", pa.string()), ("goal", pa.string()), ("weight", pa.float64()), ("lower", pa.float64()),
                ("upper", pa.float64()), ("sign", pa.float64()), ("alone", pa.bool_()), ("is_filled", pa.bool_()),
            ]
        ),
    )  # fmt: skip


def _goals(method: Method) -> pa.Table:
    return pa.table(
        {
            "goal": pa.array([rule.goal for rule in method.goals], pa.string()),
            "weight": pa.array([rule.weight for rule in method.goals], pa.float64()),
        }
    )


def _groups(groups: dict[str, str]) -> pa.Table:
    named = {place: group for place, group in groups.items() if group}
    return pa.table({"place": pa.array(named, pa.string()), "group": pa.array(named.values(), pa.string())})
