"""How far latest values have come to their benchmarks, by the method `u4ssc-performance`."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from dugnad.shared.text import translate
from dugnad.standards.models import Benchmark
from dugnad.standards.queries import benchmarks
from dugnad.status.methods import Method, published_methods
from dugnad.status.methods.benchmark import Performance, performance
from dugnad.status.queries.series import SeriesKey
from dugnad.status.queries.standing import Standing

METHOD = "u4ssc-performance"
SETS = ("u4ssc",)  # sets that are reported against benchmarks: there it is told when one is lacking
LOOKS = ("good", "fair", "weak", "poor")


@dataclass(frozen=True)
class Performed:
    """One latest value and its benchmark: `answer` is a number's or, with a name, why there is none."""

    found: Performance
    benchmark: Benchmark | None
    method: Method

    @property
    def look(self) -> str:
        """How the band looks beside its word: the kinds of a status badge."""
        bands = self.method.bands
        return LOOKS[bands.index(self.found.band)] if self.found.band and len(bands) == len(LOOKS) else "none"


def performances(standings: Iterable[Standing]) -> dict[SeriesKey, Performed]:
    """The performance of each standing that has a benchmark, or whose set is reported against benchmarks."""
    standings = list(standings)
    known = benchmarks((s.version.id for s in standings), timezone.localdate())
    method = published_methods()[METHOD]
    told = {}
    for s in standings:
        benchmark = known.get((s.version.id, s.part.code if s.part else ""))
        if benchmark is None and s.version.edition.set_id not in SETS:
            continue
        found = performance(
            s.latest.value,
            target=benchmark.value if benchmark else None,
            start=benchmark.worst if benchmark else 0.0,
            direction={"up": 1, "down": -1}.get(s.quantity.direction, 0),
            method=method,
        )
        told[s.key] = Performed(found, benchmark, method)
    return told


def performance_rows(standings: Iterable[Standing], told: dict[SeriesKey, Performed]) -> list[dict[str, Any]]:
    """What data says of them: the number with its benchmark, and the method and version it was made by."""
    return [
        {
            "indicator": s.version.id,
            "breakdown": s.breakdown,
            "period": s.latest.period.text,
            "value": s.latest.value,
            "answer": one.found.answer,
            "percent": one.found.percent,
            "points": one.found.points,
            "band": translate(one.found.band.title) if one.found.band else None,
            "benchmark": one.benchmark and one.benchmark.value,
            "worst": one.benchmark and one.benchmark.worst,
            "scope": one.benchmark and one.benchmark.scope,
            "source": one.benchmark and translate(one.benchmark.source),
            "proposed_by": one.benchmark and one.benchmark.proposed_by,
            "valid_from": one.benchmark and one.benchmark.valid_from.isoformat(),
            "method": one.method.name,
            "method_version": one.method.version,
        }
        for s in standings
        if (one := told.get(s.key))
    ]
