"""How do a few places stand beside each other, and one place among the others of a group?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils import timezone
from django.utils.translation import gettext

from dugnad.places import queries as places
from dugnad.places.models import Place, PlaceKind
from dugnad.standards.models import DataPoint, Goal, IndicatorVersion
from dugnad.status.methods.order import Order, clearly_best
from dugnad.status.queries.orders import OWN, intervals_of
from dugnad.status.queries.series import SeriesKey
from dugnad.status.queries.snapshots import Published
from dugnad.status.queries.standing import Lacking, Standing, overviews_beside
from dugnad.status.queries.structure import structure_group

MOST = 6
MOST_OWN = 60  # places in a list of one's own


@dataclass(frozen=True)
class Row:
    """One indicator: the standing of each place in their order, None where a place has no figure; then `lacking` has
    the reasons, as far as any were published."""

    standings: tuple[Standing | None, ...]
    lacking: tuple[Lacking | None, ...]

    @property
    def known(self) -> list[Standing]:
        return [standing for standing in self.standings if standing]

    @property
    def one(self) -> Standing:
        """Any of them, for what they have in common: the indicator, its part, its unit."""
        return self.known[0]

    @property
    def version(self) -> IndicatorVersion:
        return self.one.version

    @property
    def part(self) -> DataPoint | None:
        return self.one.part

    @property
    def same_period(self) -> bool:
        """Whether all the latest figures are of one period; otherwise the page says so."""
        return len({standing.latest.period for standing in self.known}) == 1

    @property
    def is_series(self) -> bool:
        """Whether any place has more than one value, so that there is a course to draw."""
        return any(standing.is_series for standing in self.known)

    @cached_property
    def order(self) -> Order:
        """The places with the intervals of their values, as far as their error can be stated; not ranked."""
        known = ((f"{i}", s.latest, s.points) for i, s in enumerate(self.standings) if s is not None)
        return intervals_of(self.version, self.part, known)

    def interval(self, position: int) -> tuple[float, float] | None:
        """What the value of the place in this position may be within, 19 times of 20; None where nothing says."""
        placing = self.order.placings.get(f"{position}")
        return None if placing is None or placing.low is None or placing.high is None else (placing.low, placing.high)

    @property
    def is_fair(self) -> bool:
        """Whether one could be better: a direction is, size does not decide, every place has a figure of one period."""
        can = self.one.quantity.is_size_free and self.same_period and None not in self.standings and len(self.known) > 1
        return can and self.one.quantity.direction in ("up", "down")

    @cached_property
    def best(self) -> int | None:
        """Which place has the best figure, by its position; None when that cannot be said.

        It can in a fair comparison where the interval of the best lies clear of all others.
        """
        best = clearly_best(self.order, self.one.quantity.direction) if self.is_fair else None
        return None if best is None else int(best)


@dataclass(frozen=True)
class GoalRows:
    """The indicators under a goal, None for those that tell about the places themselves."""

    goal: Goal | None
    rows: tuple[Row, ...]

    @property
    def is_series(self) -> bool:
        return any(row.is_series for row in self.rows)


def place_meant(text: str) -> Place:
    """The place of today that a code, a name or a former name means: a municipality before a county.

    Raises PlaceNotFound with those it may be, such as both called Herøy, or the two that Ålesund 1507 became.
    """
    try:
        found = places.resolve(text)
    except places.PlaceNotFound as error:
        try:
            found = places.resolve(text, kind=PlaceKind.COUNTY)
        except places.PlaceNotFound:
            raise error from None
    if found.is_current:
        return found.place
    if len(found.became) == 1:
        return found.became[0]
    raise places.PlaceNotFound(text, timezone.localdate(), found.became)


@dataclass(frozen=True)
class Named:
    """The places that an address names, each once; the words that mean none or several, and those too many to read."""

    found: tuple[Place, ...]
    unclear: tuple[places.PlaceNotFound, ...]
    beyond: tuple[str, ...]


def places_named(texts: Iterable[str]) -> Named:
    """`place_meant` of each text, of no more than twice as many as are shown."""
    words = list(dict.fromkeys(filter(None, (text.strip() for text in texts))))
    found: dict[str, Place] = {}
    unclear = []
    for word in words[: 2 * MOST]:
        try:
            place = place_meant(word)
        except places.PlaceNotFound as error:
            unclear.append(error)
        else:
            found[place.code] = place
    return Named(tuple(found.values()), tuple(unclear), tuple(words[2 * MOST :]))


def compare(published: Published, chosen: Sequence[Place]) -> list[GoalRows]:
    """Every indicator that at least one of the places has a figure for, under its main goal; those about the places
    themselves last."""
    overviews = overviews_beside(published, chosen)
    found: dict[SeriesKey, list[Standing | None]] = {}
    for position, overview in enumerate(overviews):
        for standing in (*overview.standings, *overview.about):
            found.setdefault(standing.key, [None] * len(chosen))[position] = standing
    lacking = [{lack.version.id: lack for lack in overview.lacking} for overview in overviews]
    rows = [Row(tuple(row), tuple(gaps.get(key[0]) for gaps in lacking)) for key, row in found.items()]
    goals: list[GoalRows] = []
    for goal in (g.goal for g in overviews[0].goals) if overviews else ():
        if under := tuple(row for row in rows if row.one.measured.primary == goal.number):
            goals.append(GoalRows(goal, under))
    about = tuple(row for row in rows if row.one.measured.primary is None)
    return [*goals, GoalRows(None, about)] if about else goals


def groups_for(place: Place, published: Published | None = None) -> list[places.Group]:
    """Whom a place may be laid beside: `places.groups_for`; before these for a county its own municipalities, which are
    told by themselves, and after them for a municipality those nearest by structure, as far as is `published`."""
    groups = places.groups_for(place)
    if place.kind != PlaceKind.COUNTY:
        alike = structure_group(published, place) if published is not None else None
        return [*groups, alike] if alike else groups
    within = places.Group(
        OWN,
        gettext("Municipalities in %(county)s") % {"county": place.name},
        gettext("The municipalities of the county."),
        tuple(municipality.code for municipality in places.municipalities_of(place.code)),
    )
    return [within, *groups] if within.codes else groups


CHOSEN = "valgte"


def pointed_out(chosen: Sequence[Place]) -> places.Group:
    """The places that an address names, as a group."""
    return places.Group(
        CHOSEN,
        gettext("The places pointed out"),
        gettext("The places you have pointed out on this page."),
        tuple(place.code for place in chosen),
    )


def group_meant(
    place: Place | None, wanted: str, groups: Sequence[places.Group]
) -> tuple[places.Group | None, list[str]]:
    """The group an address asks for: one of these by its key, or a list of one's own (`4001,4003,Bamble`).

    Also the words of the list that mean no place of the same kind as `place` (a municipality when there is none).
    Without a wish the first of the groups.
    """
    kind = place.kind if place else PlaceKind.MUNICIPALITY
    known = next((group for group in groups if group.key == wanted), None)
    if known is not None or not wanted.strip():
        return known or (groups[0] if groups else None), []
    found: dict[str, Place] = {}
    unclear = []
    for text in list(dict.fromkeys(word.strip() for word in wanted.split(",") if word.strip()))[:MOST_OWN]:
        try:
            meant = place_meant(text)
        except places.PlaceNotFound:
            unclear.append(text)
            continue
        if meant.kind == kind:
            found[meant.code] = meant
        else:
            unclear.append(text)
    if place is not None:
        found.pop(place.code, None)
    if not found:
        return (groups[0] if groups else None), unclear
    own = places.Group(
        ",".join(found),
        gettext("Own list"),
        gettext("The places you have chosen: %(names)s.") % {"names": ", ".join(p.name for p in found.values())},
        tuple(found),
    )
    return own, unclear


@dataclass(frozen=True)
class Choices:
    """Places of a group to lay beside another."""

    key: str
    title: str
    places: tuple[Place, ...]


def places_of(groups: Sequence[places.Group]) -> list[Choices]:
    """The places of each group."""
    return [Choices(g.key, g.title, tuple(places.place(code) for code in g.codes)) for g in groups]
