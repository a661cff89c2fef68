"""What did the checks find in everything readers see?"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from dugnad.places import queries as places
from dugnad.shared.text import TranslatedText
from dugnad.standards import queries as standards
from dugnad.status import store
from dugnad.status.checks import tables
from dugnad.status.checks.documents import shipped
from dugnad.status.checks.model import SEVERITIES, Check, Hit
from dugnad.status.checks.running import run
from dugnad.status.methods.documents import published_methods
from dugnad.status.models import CheckRun, Dataset, Problem, ProblemNote, Release
from dugnad.status.queries.comparisons import places_named
from dugnad.status.queries.snapshots import Published


def look(published: Published, today: date, checks: Iterable[Check] | None = None) -> dict[str, tuple[int, list[Hit]]]:
    """Run checks over the releases of a snapshot: for each how many hits, and the first of them."""
    chosen = list(shipped().values() if checks is None else checks)
    with store.workbench() as engine:
        files = {path: r.dataset_id for path, r in zip(published.by_series, published.releases, strict=True)}
        if files:
            engine.register("files", pa.table({"path": list(files), "dataset": list(files.values())}))
            engine.from_parquet(list(files), filename=True).create_view("read")
            engine.execute(
                """
                CREATE VIEW published AS
                SELECT f.dataset, o.* EXCLUDE (filename)
                FROM read AS o
                JOIN files AS f ON f.path = o.filename
                """
            )
        else:
            engine.register("nothing", tables.PUBLISHED.empty_table())
            engine.execute("CREATE VIEW published AS SELECT * FROM nothing")
        return run(engine, facts(published), chosen, today)


def facts(published: Published) -> tables.Facts:
    """Everything around the observations that checks ask about."""
    versions = [standards.indicator_version(version_id) for version_id in sorted(standards.version_ids())]
    directions = {version.id: version.direction for version in versions}
    current = {version.id for version in standards.current_versions()}
    return tables.Facts(
        versions=_table(tables.VERSIONS, (
            (
                v.id, v.edition.set_id, v.code, v.kind, v.decimals, v.direction, bool(v.direction_reason),
                bool(v.definition), sum(bool(v.title.get(lang)) for lang in ("nb", "nn", "en")), len(v.goals.all()),
                v.target_value, v.numerator.get("en", "").lower(), v.denominator.get("en", "").lower(), v.multiplier,
                v.aggregation, v.id in current,
            )
            for v in versions
        )),
        parts=_table(tables.PARTS, (
            (v.id, f"part={part.code}", part.kind) for v in versions for part in v.data_points.all()
        )),
        places=_table(tables.PLACES, (
            (code, kind, code[:2] if kind == "municipality" else "", date.fromisoformat(begun),
             date.fromisoformat(ended) if ended else None)
            for code, _name, begun, ended, kind in places.reading_context(None)["places"]
        )),
        releases=_table(tables.RELEASES, (_release(published, release) for release in published.releases)),
        benchmarks=_table(tables.BENCHMARKS, (
            (method.id, indicator.code, directions.get(indicator.code, ""), indicator.lower, indicator.upper)
            for method in published_methods().values() for indicator in method.indicators
        )),
        texts=_table(tables.TEXTS, _texts(published.releases, versions)),
    )  # fmt: skip


def _table(schema: pa.Schema, rows: Iterable[tuple[Any, ...]]) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], schema=schema)


def _release(published: Published, release: Release) -> tuple[Any, ...]:
    dataset, staged, coming = release.dataset, release.staged, published.next_release(release)
    expected = coming.day if coming else None
    return (
        dataset.key, release.kind, dataset.provider.name.get("nb", ""), staged.source_title, dataset.licence,
        bool(release.reason), staged.borders_on, release.published_at.date(), expected,
    )  # fmt: skip


def _texts(releases: Iterable[Release], versions: Iterable[Any]) -> Iterator[tuple[str, str, str, str]]:
    """Every text that readers may meet around the numbers: (dataset, indicator, whereabouts, said)."""
    for release in releases:
        dataset, staged = release.dataset, release.staged
        for whereabouts, said in (
            ("title", dataset.title),
            ("provider", dataset.provider.name),
            ("reason", release.reason),
            ("origin", staged.origin),
            ("mapping", staged.mapping),
            ("findings", staged.findings),
            ("file", staged.raw.name),
        ):
            yield dataset.key, "", whereabouts, json.dumps(said, ensure_ascii=False)
    for version in versions:
        said = (version.title, version.definition, version.note, version.source, version.direction_reason)
        yield "", version.id, "definition", json.dumps(said, ensure_ascii=False)


# What the last run found.


@dataclass(frozen=True)
class Found:
    """A hit of the last run with its check, what its dataset is called, and the note of who has explained it."""

    problem: Problem
    check: Check
    hit: Hit
    note: ProblemNote | None
    dataset_title: TranslatedText | None


@dataclass(frozen=True)
class ProblemOverview:
    """What the last run found, as far as it was asked for: the worst first, then by check and place.

    `counts` are of all that the reader may see, whatever was asked for; `severities` the same by severity.
    """

    run: CheckRun | None
    found: tuple[Found, ...]
    counts: dict[str, int]
    checks: int

    @property
    def severities(self) -> Counter[str]:
        total: Counter[str] = Counter()
        for code, count in self.counts.items():
            total[shipped()[code].severity] += count
        return total

    @property
    def explained(self) -> int:
        return sum(found.note is not None for found in self.found)


def checks_seen(*, everything: bool) -> dict[str, Check]:
    """The checks whose hits a reader may see; `everything` is for those who may see what is not public."""
    return {code: check for code, check in shipped().items() if everything or check.is_public}


def places_meant(written: str) -> tuple[set[str], Sequence[places.PlaceNotFound]]:
    """The codes that a number or a name of a place stands for, also one that is no place's; else what is unclear."""
    if not written or Problem.objects.filter(place=written).exists():
        return {*filter(None, [written])}, ()
    named = places_named([written])
    own = {written} if places.is_code(written) else set()
    return own | {place.code for place in named.found}, () if own else named.unclear


def overview(
    *, everything: bool, check: str = "", codes: Collection[str] = (), indicator_set: str = "", severity: str = ""
) -> ProblemOverview:
    """The last run, as far as it is asked for."""
    seen = checks_seen(everything=everything)
    run = CheckRun.objects.first()
    if run is None:
        return ProblemOverview(None, (), {}, len(seen))
    chosen = [code for code, c in seen.items() if check in ("", code) and severity in ("", c.severity)]
    rows = run.problems.filter(code__in=chosen)
    if codes:
        rows = rows.filter(place__in=codes)
    if indicator_set:
        rows = rows.filter(indicator__startswith=f"{indicator_set}.")
    titles = dict(Dataset.objects.values_list("key", "title"))
    notes = {_about(note): note for note in ProblemNote.objects.filter(code__in=chosen)}
    order = [code for level in SEVERITIES for code, c in seen.items() if c.severity == level]
    found = []
    for problem in sorted(rows, key=lambda row: (order.index(row.code), row.pk)):
        note = notes.get(_about(problem))
        hit = Hit(
            problem.code, problem.dataset, problem.indicator, problem.place, problem.period, problem.breakdown,
            problem.value, problem.expected, problem.detail, problem.status,
        )  # fmt: skip
        valid = note if note is not None and note.value == problem.value else None
        found.append(Found(problem, shipped()[problem.code], hit, valid, titles.get(problem.dataset)))
    counts = {code: run.counts[code] for code in order if run.counts.get(code)}
    return ProblemOverview(run, tuple(found), counts, len(seen))


def _about(row: Problem | ProblemNote) -> tuple[str, ...]:
    return (row.code, row.dataset, row.indicator, row.place, row.period, row.breakdown)
