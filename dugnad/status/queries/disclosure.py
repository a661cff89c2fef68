"""Can anyone compute a hidden number from what is published, or from that and an import that waits?"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, lru_cache
from math import inf
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dugnad.places import queries as places
from dugnad.shared.errors import Refusal
from dugnad.standards import queries as standards
from dugnad.status import store
from dugnad.status.disclosure import statements
from dugnad.status.disclosure.auditing import audit
from dugnad.status.disclosure.model import Cell, Interval, Knowledge
from dugnad.status.disclosure.protecting import companions
from dugnad.status.disclosure.relations import AreaSum, relations
from dugnad.status.disclosure.rounding import rounded
from dugnad.status.disclosure.statements import BEHIND, AreaOf, Heard, Meaning, Source
from dugnad.status.models import Dataset, Method, Release, Snapshot, StagedImport, Withdrawal

NEW = "import"  # what stands for the import among the sources
Key = tuple[str, str, str, str]  # indicator, place, period, breakdown


@dataclass(frozen=True)
class Audited:
    """The audit: the hidden numbers with their intervals, and those of them that can be computed."""

    heard: Heard
    intervals: Mapping[Cell, Interval]

    @cached_property
    def hidden(self) -> dict[Cell, Interval]:
        """Each hidden number once: not the count behind a rate beside the rate, and not what is rounded."""
        shown = self.heard.shown
        return {c: i for c, i in self.intervals.items() if not c.indicator.endswith(BEHIND) and c not in shown}

    @cached_property
    def recoverable(self) -> dict[Cell, Interval]:
        guards = self.heard.knowledge.guards
        return {cell: i for cell, i in sorted(self.intervals.items()) if i.is_recoverable(guards[cell])}

    @property
    def narrowest(self) -> float | None:
        """The width of the narrowest interval of a count; None when every one is without a largest value."""
        counts = [i.width for c, i in self.intervals.items() if self.heard.knowledge.guards[c].width >= 1]
        return min((width for width in counts if width < inf), default=None)

    def name(self, cell: Cell) -> str:
        """How a number is named to the person who can mend it: "norge.2026.jobs, 4003, 2024, sex=female"."""
        indicator = cell.indicator.removesuffix(BEHIND)
        code = self.heard.codes.get(cell, cell.area.split(" ")[0])
        return ", ".join(filter(None, [indicator, code, cell.period, cell.breakdown]))

    def used(self, cell: Cell) -> list[Cell]:
        """The published numbers from which a hidden one follows, the largest first."""
        known = self.heard.knowledge.known
        terms = {other for relation in self.intervals[cell].relations for other, _k in relation.terms}
        return sorted((c for c in terms if c != cell and c in known), key=lambda c: (-known[c][1], c))


def audit_published() -> Audited:
    """Everything that can be reached now, in the releases that are current and in earlier ones."""
    return _audit(_sources(_hidden_anywhere()))


def audit_import(staged: StagedImport, table: pa.Table) -> Audited:
    """What would be known if an import were published now: `table` holds its observations."""
    dataset, done = staged.dataset, staged.protection
    threshold = done.get("threshold", dataset.protection.threshold)
    base = threshold if done.get("rounded") else 0
    new = Source(NEW, table, staged.borders_on, True, threshold, base, _revised(done))
    audited = _audit(_with(new, dataset))
    if not audited.recoverable:
        return audited
    # What could be computed before is no reason to refuse this: `dugnad audit` names it.
    before = _audit(_sources(statements.indicators_of(table))).recoverable
    return replace(audited, intervals={c: i for c, i in audited.intervals.items() if c not in before})


def refusal(audited: Audited) -> Refusal | None:
    """Why the audit does not let an import be published: which number, from which others, what to do now."""
    if not audited.recoverable:
        return None
    cell, others = next(iter(audited.recoverable)), len(audited.recoverable) - 1
    what = _("A hidden number could be computed: %(cell)s") % {"cell": audited.name(cell)}
    if others:
        what = ngettext("%(what)s, and %(n)d other", "%(what)s, and %(n)d others", others) % {"what": what, "n": others}
    shown = audited.heard.shown.get(cell)
    if shown is not None:
        if shown.name == NEW:
            return Refusal(what, _("from a rate of this import"), _("Hide the rate in the file as well."))
        return Refusal(
            what,
            _("from %(release)s, which can still be read") % {"release": shown.name},
            _("Publish the number, or withdraw that release first, to protect persons."),
        )
    used = audited.used(cell)
    named = "; ".join(map(audited.name, used[:2]))
    rest = len(used) - 2
    where = _("from %(numbers)s") % {"numbers": named}
    if rest > 0:
        where = ngettext("%(where)s and %(n)d other", "%(where)s and %(n)d others", rest) % {"where": where, "n": rest}
    own = [c for c in used if audited.heard.shown[c].name == NEW]
    if not own:
        remedy = _("Read the file again: Dugnad hides what is needed where it can.")
    else:
        least = min(own, key=lambda c: (audited.heard.knowledge.known[c][1], c))
        remedy = _("Hide %(cell)s as well, or have small numbers rounded: method: round in the plan.") % {
            "cell": audited.name(least)
        }
    return Refusal(what, where, remedy)


def protected(dataset: Dataset, table: pa.Table, borders_on: date | None) -> tuple[pa.Table, dict[str, Any]]:
    """The table with its small numbers hidden or rounded, and others hidden with them so that none can be computed.

    Counted are the numbers the source had hidden ("by_source"), the small ones ("primary"), those hidden with them
    ("secondary") and those that were rounded ("rounded"). "revised" names those of them that were other numbers before.
    """
    threshold, method = dataset.protection
    source = Source(NEW, table, borders_on, True, threshold)
    meanings = _meanings(statements.indicators_of(table))
    small = statements.small_rows(source, meanings, _areas([source]), _denominators(source, dataset, meanings))
    counts: dict[str, Any] = {"by_source": statements.hidden_count(table), "primary": 0, "secondary": 0, "rounded": 0}
    if method == Method.ROUND and small:
        table, counts["rounded"] = _rounded(source, meanings)
        source = replace(source, table=table)
        small = statements.small_rows(source, meanings, _areas([source]), _denominators(source, dataset, meanings))
        source = replace(source, base=threshold if counts["rounded"] else 0)  # what cannot be rounded is hidden
    others, revised = _companions(dataset, source, small)
    counts |= {"primary": len(small), "secondary": len(others), "revised": revised}
    return statements.without(table, small | others), counts


def _denominators(source: Source, dataset: Dataset, meanings: Mapping[str, Meaning]) -> dict[Cell, float]:
    """What is published of the denominators of the source's rates."""
    of = {meaning.denominator for meaning in meanings.values()} - {""}
    if not of:
        return {}
    sources = [*_sources(of, besides=dataset), source]
    return statements.denominators_of(sources, meanings, _areas(sources))


def _companions(dataset: Dataset, full: Source, small: set[int]) -> tuple[set[int], list[Key]]:
    """The rows to hide beside the small ones, and which of all these were published as other numbers before.

    What another release publishes, and is the same number, cannot be hidden by hiding it here.
    """
    hidden = replace(full, table=statements.without(full.table, small))
    sources = _with(hidden, dataset)
    if not sources:
        return set(), []
    area_of = _areas(sources)
    meanings = _meanings({name for source in sources for name in statements.indicators_of(source.table)})
    elsewhere = statements.hear(sources[:-1], meanings, area_of)
    rows, truth, was_another = {}, {}, {}
    for one in statements.told(full, meanings, area_of, statements.denominators_of(sources, meanings, area_of)):
        before = elsewhere.knowledge.known.get(one.cell)
        if one.is_value and before != (one.lower, one.upper):
            rows[one.cell], truth[one.cell] = one.row, (one.lower + one.upper) / 2
            if before is not None:
                was_another[one.row] = statements.key_of(one)
    revised = {row: key for row, key in was_another.items() if row in small}
    audited = _audit([*sources[:-1], replace(sources[-1], revised=frozenset(revised.values()))])
    guards = {cell: statements.guard(cell, full, meanings) for cell in truth}
    added = companions(audited.heard.knowledge, truth, guards, set(elsewhere.knowledge.guards))
    others = {rows[cell] for cell in added}
    return others, sorted({key for row, key in was_another.items() if row in small | others})


def _rounded(source: Source, meanings: Mapping[str, Meaning]) -> tuple[pa.Table, int]:
    """The table with small counts of persons, and small numerators, rounded; their totals and rates follow."""
    counts, rows = statements.whole_counts(source, meanings, _areas([source]))
    known = Knowledge({cell: (count, count) for cell, count in counts.items()}, {}, ())
    found = rounded(counts, relations(counts, known, meanings, _sums([source])), source.threshold)
    changed = {rows[cell]: count for cell, count in found.items() if count != counts[cell]}
    return statements.with_counts(source.table, changed, meanings), len(changed)


def _audit(sources: list[Source]) -> Audited:
    meanings = _meanings({name for source in sources for name in statements.indicators_of(source.table)})
    heard = statements.hear(sources, meanings, _areas(sources))
    cells = {*heard.knowledge.known, *heard.knowledge.guards}
    sums = relations(cells, heard.knowledge, meanings, _sums(sources)) if heard.knowledge.guards else ()
    heard = replace(heard, knowledge=replace(heard.knowledge, relations=sums))
    return Audited(heard, audit(heard.knowledge))


def _with(candidate: Source, dataset: Dataset) -> list[Source]:
    """The releases that have to do with a table, and the table itself as the newest; only what tells of hidden numbers.

    The releases of its own dataset can still be reached when it is published, as earlier ones.
    """
    about = statements.indicators_of(candidate.table)
    linked = {name for rate, link in _links().items() for name in (rate, *link.values())}
    hidden = {*_hidden_anywhere(), *statements.hidden_indicators(candidate.table), *linked}
    behind = {name for name, meaning in _meanings(about).items() if meaning.is_share} if candidate.base else set()
    wanted = _with_links(about) & _with_links({*hidden, *behind})
    if not wanted:
        return []
    indicator = pc.cast(candidate.table["indicator"], pa.string())
    chosen = candidate.table.filter(pc.is_in(indicator, pa.array(sorted(wanted))))
    return [*_sources(wanted, besides=dataset), replace(candidate, table=chosen)]


def _sources(wanted: Collection[str], besides: Dataset | None = None) -> list[Source]:
    """The releases that hold any of these indicators, oldest first and the current ones last.

    Those of the dataset `besides` count as earlier ones.
    """
    newest = Snapshot.objects.first()
    now = set(newest.releases.values_list("pk", flat=True)) if newest else set()
    found = []
    for release in reachable():
        if chosen := _with_links(wanted).intersection(release.indicators):
            done = release.staged.protection
            found.append(
                Source(
                    f"{release.dataset_id} {release.number}",
                    store.release_rows(release.by_series, chosen),
                    release.staged.borders_on,
                    release.pk in now and (besides is None or release.dataset_id != besides.pk),
                    threshold := done.get("threshold", release.dataset.protection.threshold),
                    threshold if done.get("rounded") else 0,
                    _revised(done),
                )
            )
    return sorted(found, key=lambda source: source.is_current)


def _revised(protection: Mapping[str, Any]) -> frozenset[Key]:
    return frozenset((a, b, c, d) for a, b, c, d in protection.get("revised", ()))


def reachable() -> Iterable[Release]:
    """Every release whose numbers readers can get, oldest first: not those withdrawn to protect persons."""
    found = Release.objects.exclude(withdrawal__kind=Withdrawal.Kind.PROTECTION)
    return found.select_related("dataset__provider", "staged").order_by("published_at", "pk")


def _hidden_anywhere() -> set[str]:
    return {name for release in reachable() for name in _hidden_in(release.by_series)}


@lru_cache(maxsize=4096)
def _hidden_in(sha256: str) -> frozenset[str]:
    """The indicators of which a release hides some number. A release never changes."""
    rows = store.ask(
        "SELECT DISTINCT indicator FROM read_parquet($files) WHERE missing = 'suppressed'",
        {"files": store.paths([sha256])},
    )
    return frozenset(name for (name,) in rows)


def _links() -> dict[str, dict[str, str]]:
    """Which published counts are the numerator and the denominator of a rate, as the datasets say."""
    return {rate: link for rates in Dataset.objects.values_list("rates", flat=True) for rate, link in rates.items()}


def _with_links(wanted: Collection[str]) -> set[str]:
    """These indicators and the rates and counts that tell of each other."""
    found = set(wanted)
    for rate, link in _links().items():
        if found.intersection({rate, *link.values()}):
            found |= {rate, *link.values()}
    return found


def _meanings(wanted: Iterable[str]) -> dict[str, Meaning]:
    links = _links()
    found = {}
    for name in wanted:
        try:
            version = standards.indicator_version(name)
        except standards.IndicatorNotFound:
            continue
        link = links.get(name, {})
        found[name] = Meaning(
            version.kind,
            version.aggregation == "sum",
            version.kind == "count" and version.unit_id == "persons",
            version.multiplier or 1.0,
            link.get("numerator", ""),
            link.get("denominator", ""),
        )
    return found


def _areas(sources: Iterable[Source]) -> AreaOf:
    """The lasting name of the area of each code in the sources; a code that no place has is its own."""
    pairs = {pair for source in sources for pair in statements.codes_and_days(source)}
    found = places.areas_of(pairs)
    return lambda code, day: found.get((code, day), code)


def _sums(sources: Iterable[Source]) -> list[AreaSum]:
    days = {day for source in sources for _code, day in statements.codes_and_days(source)}
    return [AreaSum(*one) for one in places.area_sums(days)]
