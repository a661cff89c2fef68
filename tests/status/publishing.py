"""Staging and publishing rows written in a test."""

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import transaction

from dugnad.shared.writing import Actor
from dugnad.status.changes import publish_release, stage_plan
from dugnad.status.models import Release, StagedImport
from dugnad.status.plans import PlannedImport
from dugnad.status.queries import snapshots


@contextmanager
def rolled_back() -> Iterator[None]:
    """What is done inside leaves nothing behind; durable transactions may begin, as in a test of their own."""
    around = transaction.atomic()
    around._from_testcase = True
    with around:
        snapshots.forget()
        yield
        transaction.set_rollback(True)
    snapshots.forget()


BY = Actor.system("test")
COLUMNS = ("place", "period", "indicator", "value", "sex", "numerator", "denominator")
Row = tuple[str, str, str, float | str, *tuple[Any, ...]]  # of COLUMNS, as far as it says anything


def staged_rows(folder: Path, dataset: str, rows: list[Row], *, borders: Any = None, **protection: Any) -> StagedImport:
    """An import of rows, laid ready; a value ":" is hidden by the source."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{dataset}.csv"
    with file.open("w", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(COLUMNS)
        writer.writerows([*row, *[""] * (len(COLUMNS) - len(row))] for row in rows)
    own = {name: name for name in ("place", "period", "indicator", "value", "numerator", "denominator")}
    mapping: Mapping[str, Any] = {
        "columns": {**own, "breakdown": {"sex": "sex"}},
        "indicators": {name: name for name in sorted({row[2] for row in rows})},
        "place": {"levels": ["country", "county", "municipality"]},
        "decimal": ".",
    }
    entry = PlannedImport(
        id=dataset,
        title={"nb": dataset},
        provider="prove",
        provider_name={"nb": "Prøve"},
        provider_url="",
        reader="tabular",
        file=file,
        origin={"title": "Made for a test"},
        licence="CC0-1.0",
        kind="final",
        borders_on=borders,
        mapping=dict(mapping),
        protection=protection,
    )
    staged = stage_plan(entry=entry, by=BY)
    assert staged is not None and not staged.errors, staged and staged.errors
    return staged


def publish_rows(folder: Path, dataset: str, rows: list[Row], *, borders: Any = None, **protection: Any) -> Release:
    staged = staged_rows(folder, dataset, rows, borders=borders, **protection)
    release = publish_release(staged=staged, reason={"nb": "Ny måling"}, by=BY)
    snapshots.forget()
    return release
