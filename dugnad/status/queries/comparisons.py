"""How do a few places stand beside each other?"""

from collections.abc import Sequence
from dataclasses import dataclass

from dugnad.places.models import Place
from dugnad.standards.models import DataPoint, Goal, IndicatorVersion
from dugnad.status.queries.series import Spread
from dugnad.status.queries.snapshots import Published
from dugnad.status.queries.standing import Standing, place_overview

MOST = 6


@dataclass(frozen=True)
class Row:
    """One indicator: the standing of each place in their order, None where a place has no figure.

    `same_period` says whether all the latest figures are of one period; otherwise the page says so.
    """

    version: IndicatorVersion
    part: DataPoint | None
    breakdown: str
    standings: tuple[Standing | None, ...]

    @property
    def same_period(self) -> bool:
        return len({s.latest.period for s in self.standings if s}) <= 1

    @property
    def spread(self) -> Spread | None:
        return next((s.spread for s in self.standings if s and s.spread), None)


@dataclass(frozen=True)
class GoalRows:
    """The indicators under a goal, None for those that tell about the places themselves."""

    goal: Goal | None
    rows: tuple[Row, ...]


def compare(published: Published, chosen: Sequence[Place]) -> list[GoalRows]:
    """Every indicator that at least one of the places has a figure for, under its main goal."""
    overviews = [place_overview(published, place) for place in chosen]
    found: dict[tuple[str, str], list[Standing | None]] = {}
    for position, overview in enumerate(overviews):
        for standing in (*overview.standings, *overview.about):
            key = (standing.version.id, standing.breakdown)
            found.setdefault(key, [None] * len(chosen))[position] = standing
    rows = []
    for standings in found.values():
        one = next(s for s in standings if s)
        rows.append(Row(one.version, one.part, one.breakdown, tuple(standings)))
    goals: list[GoalRows] = []
    if overviews:
        for goal_standing in overviews[0].goals:
            under = tuple(row for row in rows if row.version.primary_goal == goal_standing.goal)
            if under:
                goals.append(GoalRows(goal_standing.goal, under))
    about = tuple(row for row in rows if row.version.primary_goal is None)
    return [*goals, GoalRows(None, about)] if about else goals
