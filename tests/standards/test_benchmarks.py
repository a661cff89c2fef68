"""Benchmarks: read from text under review, refused where they cannot be right, never rewritten once adopted."""

from datetime import date
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from dugnad.shared.errors import Refusal
from dugnad.standards import queries
from dugnad.standards.models import Benchmark
from tests.standards.conftest import rewrite, write

BENCHMARKS = """
kind: benchmarks
collection: bygda
set: bygd
edition: "2024"
scope: national
proposed_by: The county
status: adopted
valid_from: 2024-01-01
source: {nb: Vedtak 1, en: Resolution 1}
benchmarks:
  - {indicator: "A:B:1", value: 80, worst: 20}
"""
BATHERS = "bygd.2024.A:B:1"


@pytest.fixture
def with_benchmarks(folder: Path) -> Path:
    write(folder, "benchmarks.yaml", BENCHMARKS)
    return folder


def value_on(day: date) -> float | None:
    found = queries.benchmarks([BATHERS], day).get((BATHERS, ""))
    return found.value if found else None


def test_a_benchmark_is_loaded_with_who_says_so(with_benchmarks: Path, load) -> None:
    assert "benchmarks bygd.2024 bygda" in load(with_benchmarks).changed
    found = queries.benchmarks([BATHERS], date(2024, 1, 1))[BATHERS, ""]
    assert (found.value, found.worst, found.scope, found.proposed_by) == (80, 20, "national", "The county")
    assert found.source == {"nb": "Vedtak 1", "en": "Resolution 1"}
    assert value_on(date(2023, 12, 31)) is None
    assert load(with_benchmarks).changed == ()


def test_the_narrowest_scope_counts_and_in_it_the_newest(with_benchmarks: Path, load) -> None:
    write(with_benchmarks, "world.yaml", BENCHMARKS.replace("bygda", "world").replace("national", "global")
          .replace("value: 80", "value: 99").replace("2024-01-01", "2026-01-01"))  # fmt: skip
    row = '  - {indicator: "A:B:1", value: 85, worst: 20, valid_from: 2025-07-01}\n'
    write(with_benchmarks, "benchmarks.yaml", BENCHMARKS + row)
    load(with_benchmarks)
    assert [value_on(date(*day)) for day in ((2024, 6, 1), (2025, 6, 30), (2025, 7, 1), (2026, 6, 1))] == [
        80, 80, 85, 85,
    ]  # fmt: skip


def test_what_is_only_proposed_does_not_count(with_benchmarks: Path, load) -> None:
    rewrite(with_benchmarks, "benchmarks.yaml", "status: adopted", "status: proposed")
    load(with_benchmarks)
    assert Benchmark.objects.count() == 1 and value_on(date(2025, 1, 1)) is None
    # ... and may still be mended; once adopted it stands.
    rewrite(with_benchmarks, "benchmarks.yaml", "value: 80", "value: 70")
    rewrite(with_benchmarks, "benchmarks.yaml", "status: proposed", "status: adopted")
    load(with_benchmarks)
    assert value_on(date(2025, 1, 1)) == 70
    line = rewrite(with_benchmarks, "benchmarks.yaml", "value: 70", "value: 60")
    with pytest.raises(Refusal, match="is adopted, and has another value") as refused:
        load(with_benchmarks)
    assert refused.value.where == f"benchmarks.yaml, line {line}" and value_on(date(2025, 1, 1)) == 70


CHANGES = {
    "unknown indicator": ('"A:B:1", v', '"A:B:2", v', "no indicator A:B:2", "There are: A:B:1, folk."),
    "unknown part": ("worst: 20", "worst: 20, part: x", "no part x", "There are: nothing yet."),
    "no direction": ('"A:B:1", v', "folk, v", "folk has no direction", "Name a part"),
    "wrong way": ("value: 80", "value: 10", "is not better than its worst value, 20", "direction of the"),
    "the worst itself": ("value: 80", "value: 20", "is not better than its worst value", "Correct one of them"),
    "no worst": (", worst: 20", "", "worst is missing", "Add it."),
    "no source": ("source: {nb: Vedtak 1, en: Resolution 1}\n", "", "source is missing", "Add it."),
    "unknown scope": ("scope: national", "scope: regional", "regional", "global, national, network, own"),
    "unknown edition": ('edition: "2024"', 'edition: "2020"', "no published edition bygd.2020", "Load the edition"),
    "misspelt": ("worst: 20", "wors: 20", "wors is not a field here", "Did you mean worst?"),
}  # fmt: skip


@pytest.mark.parametrize("case", CHANGES)
def test_a_wrong_benchmark_is_refused(with_benchmarks: Path, load, case: str) -> None:
    old, new, what, remedy = CHANGES[case]
    rewrite(with_benchmarks, "benchmarks.yaml", old, new)
    with pytest.raises(Refusal) as refused:
        load(with_benchmarks)
    assert what in refused.value.what and remedy in refused.value.remedy
    assert refused.value.where.startswith("benchmarks.yaml, line ")
    assert not Benchmark.objects.exists()


def test_twice_the_same_is_refused(with_benchmarks: Path, load) -> None:
    write(with_benchmarks, "benchmarks.yaml", BENCHMARKS + '  - {indicator: "A:B:1", value: 90, worst: 0}\n')
    with pytest.raises(Refusal, match="The benchmark A:B:1 2024-01-01 stands twice"):
        load(with_benchmarks)


def test_the_database_holds_no_benchmark_that_is_its_own_worst(with_benchmarks: Path, load) -> None:
    load(with_benchmarks)
    with pytest.raises(IntegrityError), transaction.atomic():
        Benchmark.objects.update(worst=80)
