"""A method as it will be followed: what its document says, with every name and number in its place."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from dugnad.shared.text import TranslatedText

Mean = Literal["arithmetic", "geometric"]
UNROUNDED = 10  # decimals where the method does not round: beyond them lies only the noise of the arithmetic


@dataclass(frozen=True)
class Indicator:
    """One indicator of a method: where it belongs, and what its values are held against.

    `lower` scores 0 and `upper` scores 100; where less is better, lower is the larger number. `direction` is 1, -1 or 0
    where nothing says. From `red` on it is orange, from `yellow` on yellow, from `green` on green. Meant for some
    `places` only, it counts in the colour and the arrow of a goal of theirs alone.
    """

    code: str
    title: TranslatedText
    goal: str = ""
    direction: int = 0
    lower: float | None = None
    upper: float | None = None
    red: float | None = None
    yellow: float | None = None
    green: float | None = None
    weight: float = 1.0
    is_scored: bool = True
    is_filled: bool = False
    trend: tuple[int, int] | None = None
    places: frozenset[str] | None = None


@dataclass(frozen=True)
class GoalRule:
    """A goal of the method. It is left without a score where only the indicators in `not_alone` have one."""

    goal: str
    title: TranslatedText
    weight: float = 1.0
    not_alone: tuple[str, ...] = ()


@dataclass(frozen=True)
class Band:
    """A level of performance: from this score on, so many points. The lowest has `at_least` minus infinity."""

    at_least: float
    points: float
    title: TranslatedText


@dataclass(frozen=True)
class Trend:
    """Growth from `first` on, held against the growth needed to be green by `deadline`."""

    first: int = 2015
    deadline: int = 2030
    moderate: float = 0.5


@dataclass(frozen=True)
class Uncertainty:
    """The choices drawn anew for rank intervals."""

    weights: Literal["uniform", "dirichlet"] = "uniform"
    spread: float = 0.25
    concentration: float = 50.0
    normalise: tuple[str, ...] = ()
    aggregation: tuple[Mean, ...] = ("arithmetic", "geometric")


@dataclass(frozen=True)
class ProgressRules:
    """Cut-offs of progress: shares of the needed pace where there is a target, yearly change where there is none.

    `limit_power`: how soon the cut-offs of yearly change are lowered on the way to a natural limit.
    """

    base_year: int = 2015
    target_year: int = 2030
    on_track: float = 0.95
    acceleration: float = 0.60
    growth_on_track: float = 0.015
    growth_moderate: float = 0.005
    limit_power: float = 4.44


@dataclass(frozen=True)
class ProjectionRules:
    """What a trend is told from, how wide its intervals are, and what they mean (docs/trends.md).

    `fewest` values that share no data, over at least `shortest` years; the latest `years`, and back to `most_years`
    until there are `enough`. Nothing is projected farther than `farthest` years, nor than `farthest_share` times the
    years behind. `persistence`: how alike the deviations of two years in a row are. `likely`: the probability from
    which a target is said to be reached in time. `majority`: the share of its indicators that speaks for a goal.
    """

    target_year: int = 2030
    level: float = 0.8
    fewest: int = 5
    shortest: float = 4.0
    years: float = 10.0
    enough: int = 8
    most_years: float = 20.0
    farthest: float = 10.0
    farthest_share: float = 2.0
    persistence: float = 0.9
    likely: float = 2 / 3
    majority: float = 0.5


@dataclass(frozen=True)
class Method:
    """A method as it will be followed. A number it makes carries `name` and `version`."""

    name: str
    version: str
    title: TranslatedText
    description: TranslatedText
    source: TranslatedText
    family: str = "index"
    periods: str = "latest"
    normaliser: str = "goalposts"
    clip: bool = True
    percentiles: tuple[float, float] = (0.0, 100.0)
    goal_mean: Mean = "arithmetic"
    index_mean: Mean = "arithmetic"
    floor: float = 0.0
    index_of: Literal["goals", "indicators"] = "goals"
    fill_index: bool = False
    means_of: Literal["all", "eligible"] = "all"
    max_missing: float | None = None
    always_eligible: frozenset[str] = frozenset()
    max_grey: float = 1.0
    decimals: tuple[int, int, int] = (UNROUNDED, UNROUNDED, UNROUNDED)
    half: Literal["even", "up"] = "even"
    bands: tuple[Band, ...] = ()
    trend: Trend | None = None
    uncertainty: Uncertainty = Uncertainty()
    progress: ProgressRules = ProgressRules()
    projection: ProjectionRules = ProjectionRules()
    goals: tuple[GoalRule, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    groups: Mapping[str, str] | None = None

    @property
    def id(self) -> str:
        return f"{self.name} {self.version}"
