"""Finding the places that a text may mean, and saying why each was found."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from django.utils.translation import gettext, pgettext

from dugnad.places import rules
from dugnad.places.models import ChangeKind, Place, PlaceKind
from dugnad.places.queries.index import Edge, Index, day_or_today, the_index, valid_on, ways_of

EVERY_KIND = (PlaceKind.MUNICIPALITY, PlaceKind.COUNTY)


@dataclass(frozen=True)
class PlaceHit:
    """A place of a day, and what it was found by: `met` is the place whose name or number was met, itself or one that
    became it by `way`; `rank` is that of `rules.search_rank`, `name` the name met, "" where it was the number."""

    place: Place
    met: Place
    rank: int
    name: str
    way: tuple[Edge, ...] = ()

    @property
    def is_exact(self) -> bool:
        return self.rank == 0

    @property
    def is_near(self) -> bool:
        """Found only as a misspelling."""
        return self.rank >= rules.GUESSED

    @property
    def is_past(self) -> bool:
        return bool(self.way)

    @property
    def order(self) -> tuple[int, int, str]:
        """Today's own name before one of the past met as well; the bigger place before the smaller."""
        return 2 * self.rank + self.is_past, -(self.place.latest_population or 0), self.place.sort_key

    @property
    def why(self) -> str:
        """Why a place is found that is not called what was asked for: "had the number 0806 until 2020"; else ""."""
        if not self.way:
            return self._other_name()
        if self.name and self.met.name == self.place.name:  # met as it was when it lay in another county
            return ""
        values: dict[str, str | int] = {"name": self.met.name, "code": self.met.code, "until": self.way[0].on.year}
        if not self.name and self.met.name != self.place.name:
            values["name"] = f"{self.met.name} ({self.met.code})"
        kinds = [edge.kind for edge in self.way]
        if not self.name and (self.met.name == self.place.name or {*kinds} <= {*_SAME_AREA}):
            return gettext("had the number %(code)s until %(until)s") % values
        if ChangeKind.SPLIT in kinds:
            return self._of_a_split(kinds, values)
        if ChangeKind.MERGER in kinds:
            values["year"] = self.way[kinds.index(ChangeKind.MERGER)].on.year
            if self.place.kind == PlaceKind.COUNTY:
                return gettext("%(name)s became part of the county in %(year)s") % values
            return gettext("%(name)s became part of the municipality in %(year)s") % values
        index = the_index()
        renamed = (e.on for e in self.way if valid_on(index.by_code[e.to_code], e.on)[0].name != self.met.name)
        return gettext("was called %(name)s until %(until)s") % (values | {"until": next(renamed).year})

    def _of_a_split(self, kinds: list[str], values: dict[str, str | int]) -> str:
        split = self.way[kinds.index(ChangeKind.SPLIT)]
        whole = valid_on(the_index().by_code[split.from_code], split.on - timedelta(days=1))[0]
        values |= {"whole": whole.name, "split": split.on.year}
        if ChangeKind.MERGER in kinds[: kinds.index(ChangeKind.SPLIT)]:
            values["year"] = self.way[kinds.index(ChangeKind.MERGER)].on.year
            return gettext("in %(year)s %(name)s became part of %(whole)s, which was split in %(split)s") % values
        others = {e.from_code for e in the_index().into[split.to_code] if e.on == split.on} - {split.from_code}
        if others:
            return gettext("got a part of %(name)s in %(split)s") % values
        return gettext("was part of %(name)s until %(split)s") % values

    def _other_name(self) -> str:
        """A Sami or Kven name by which it was found: "Kárášjohka in Northern Sami"."""
        for lang in ("se", "smj", "sma", "fkv"):
            if self.name != self.place.name and self.place.names.get(lang) == self.name:
                return f"{self.name} {_IN_LANGUAGE[lang]()}"
        return ""


_SAME_AREA = (ChangeKind.RENUMBERING, ChangeKind.NAME)
_IN_LANGUAGE = {
    "se": lambda: pgettext("a name", "in Northern Sami"),
    "smj": lambda: pgettext("a name", "in Lule Sami"),
    "sma": lambda: pgettext("a name", "in Southern Sami"),
    "fkv": lambda: pgettext("a name", "in Kven"),
}


def find_places(text: str, on: date | None = None, limit: int = 10, kinds: Iterable[str] = EVERY_KIND) -> list[Place]:
    """Places of a day that a search may mean, best first: see `search_places`."""
    return [hit.place for hit in search_places(text, on, kinds)][:limit]


def search_places(
    text: str, on: date | None = None, kinds: Iterable[str] = EVERY_KIND, *, forgiving: bool = True
) -> list[PlaceHit]:
    """Places of a day that a search may mean, best first: by number, by name in any of its languages, with ae, oe, aa
    for æ, ø, å, and by the name or number of a place it comes from ("Søgne" finds Kristiansand).

    A word for a kind says which kind is meant where there is one ("Oslo fylke"), and several words may say where the
    place lies ("Våler Østfold"). A misspelling is guessed at, when `forgiving`, only where nothing is spelt as asked:
    "Skien" is not Steinkjer.
    """
    day, allowed = day_or_today(on), set(kinds)
    whole, divided = rules.readings(text)
    if not whole.name:
        return []
    for guessing in (False, True)[: 1 + forgiving]:
        for asked in ([whole], divided):
            found = [hit for reading in asked for hit in _of_the_kind(_met(reading, day, guessing), reading.kind)]
            if found := [hit for hit in found if hit.place.kind in allowed]:
                return _best(found)
    return []


def _of_the_kind(hits: Iterable[PlaceHit], kind: str) -> list[PlaceHit]:
    """Those of the kind that was named, where one of those met best is: "Skien fylke" is Skien all the same."""
    hits = list(hits)
    best = [hit for hit in hits if hit.is_exact] or hits
    return [hit for hit in hits if hit.place.kind == kind] if any(hit.place.kind == kind for hit in best) else hits


def _best(hits: Iterable[PlaceHit]) -> list[PlaceHit]:
    """Each place once, best first. Beside one that is called what was asked for, none that only has it inside its name,
    or had a name that began so."""
    best: dict[tuple[str, str], PlaceHit] = {}
    for hit in sorted(hits, key=lambda hit: hit.order):
        best.setdefault((hit.place.kind, hit.place.code), hit)
    found = list(best.values())
    if not found[0].is_exact:
        return found
    return [hit for hit in found if hit.is_exact or (hit.rank < 3 and not hit.is_past)]


def _met(asked: rules.Asked, day: date, guessing: bool) -> Iterator[PlaceHit]:
    index = the_index()
    code = rules.code_meant(asked.name) if asked.name.isdigit() else ""
    for p in _lying(index, asked.where) if asked.where else index.everything:
        names = index.folded[p.pk]
        is_code = p.code.casefold() == (code or asked.name)
        rank = 0 if is_code else None if code else rules.search_rank(asked.name, names, forgiving=guessing)
        if rank is None or p.valid_from > day:
            continue
        name = "" if is_code else _name_met(asked.name, p, rank)
        if p.is_valid_on(day):
            yield PlaceHit(p, p, rank, name)
        elif rank < 2:  # a name of former times must be begun rightly, or it drowns those of today
            for heir, way in _heirs(p, day):
                yield PlaceHit(heir, p, rank, name, way)


@lru_cache(maxsize=64)  # a text is divided in several ways, of which few say where something lies
def _lying(index: Index, where: str) -> tuple[Place, ...]:
    """The places, of any time, of which a text may say where they lie: their county, or their own number or name."""

    def is_met(county: Place) -> bool:
        names = index.folded[county.pk]
        return where in (county.code, *names) or (len(where) > 2 and any(name.startswith(where) for name in names))

    counties = {p.code for p in index.everything if p.kind == PlaceKind.COUNTY and is_met(p)}
    return tuple(
        p for p in index.everything if p.county_code in counties or p.code == where or where in index.folded[p.pk]
    )


def _name_met(wanted: str, p: Place, rank: int) -> str:
    """The name that is met as well as any, the Norwegian one first."""
    names = (p.name, *p.names.values())
    return next(n for n in names if rules.search_rank(wanted, [rules.fold(n)]) == rank)


def _heirs(p: Place, day: date) -> list[tuple[Place, tuple[Edge, ...]]]:
    """What a former place is on a day, with the changes on the way.

    Telemark, which was part of Vestfold og Telemark for four years, is Telemark and not Vestfold. But Haram is Ålesund
    too: that is where its figures of those years are.
    """
    ways = ways_of(p, day)
    if not any(heir.name == p.name for heir, _way in ways):
        return ways
    return [(heir, way) for heir, way in ways if heir.name == p.name or not _was_only_beside(heir, way)]


def _was_only_beside(heir: Place, way: tuple[Edge, ...]) -> bool:
    """Whether a place was only in one whole with the former one, and the whole was not called as it is."""
    kinds = [edge.kind for edge in way]
    if ChangeKind.SPLIT not in kinds or ChangeKind.MERGER not in kinds[: kinds.index(ChangeKind.SPLIT)]:
        return False
    split = way[kinds.index(ChangeKind.SPLIT)]
    return all(whole.name != heir.name for whole in the_index().by_code[split.from_code])
