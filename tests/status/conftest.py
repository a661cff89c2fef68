"""A small installation with figures made for these tests: real places and indicators, invented values."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from dugnad.places import queries as places
from dugnad.shared.writing import Actor
from dugnad.status import changes
from dugnad.status.models import Dataset, Release, StagedImport
from dugnad.status.queries import snapshots
from tests import engines
from tests.examples.conftest import installation, stage  # noqa: F401  (a fixture)

TEXT = {"nb": "Prøve", "nn": "Prøve", "en": "Test"}
BY = Actor.system("test")
COLUMNS = ("place", "period", "indicator", "value", "status", "is_break")
COUNTS = ("numerator", "denominator")


NewRow = tuple[str, str, str, float | str, str, bool]


def publish(folder: Path, rows: list[NewRow]) -> None:
    """Publishes rows of `COLUMNS`: those under codes of today as one dataset, those under former codes as another.

    A value that is a text is the sign of a missing one: "..", ":".
    """
    now = {place.code for kind in ("municipality", "county") for place in places.places_on(kind=kind)}
    publish_one(folder / "now", [row for row in rows if row[0] in now], "now", "2024-01-01")
    publish_one(folder / "then", [row for row in rows if row[0] not in now], "then", None)


def publish_one(folder: Path, rows: Sequence[tuple[Any, ...]], dataset: str, borders: str | None) -> None:
    """Rows of `COLUMNS`, or of these and `COUNTS`."""
    columns = (*COLUMNS, *COUNTS)[: len(rows[0]) if rows else len(COLUMNS)]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "rows.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows((*row[:5], "true" if row[5] else "false", *row[6:]) for row in rows)
    plan: dict[str, Any] = {
        "id": dataset,
        "title": TEXT,
        "provider": {"id": "prove", "name": TEXT, "url": "https://example.org/"},
        "reader": "tabular",
        "file": "rows.csv",
        "origin": {"title": "Made for a test", "url": "https://example.org/rows", "retrieved_on": "2026-01-01"},
        "licence": "CC0-1.0",
        "mapping": {
            "columns": {name: name for name in columns},
            "indicators": {name: name for name in sorted({row[2] for row in rows})},
            "statuses": {"": "normal", "p": "preliminary", "e": "estimated", "f": "forecast"},
            "decimal": ".",
            "place": {"levels": ["county", "municipality"]},
        },
    }
    plan |= {"borders": borders} if borders else {}
    (folder / "import-plan.yaml").write_text(yaml.safe_dump({"datasets": [plan]}, allow_unicode=True))
    stage(folder)


def stage_again(folder: Path, key: str, rows: list[NewRow], kind: str = "final") -> StagedImport:
    """Lays other rows ready for a dataset that has been published, read as the last time."""
    dataset = Dataset.objects.get(key=key)
    last = dataset.imports.latest("pk")
    file = folder / "again.csv"
    lines = [",".join([*map(str, row[:5]), str(row[5]).lower()]) for row in rows]
    file.write_text("\n".join([",".join(COLUMNS), *lines]))
    return changes.stage_import(
        dataset=dataset, file=file, origin=last.origin, kind=kind, borders_on=last.borders_on, mapping=last.mapping,
        by=BY,
    )  # fmt: skip


def publish_again(
    folder: Path, key: str, rows: list[NewRow], reason: dict[str, str] | None = None, **said: Any
) -> Release:
    """... and publishes them."""
    staged = stage_again(folder, key, rows, said.pop("kind", "final"))
    release = changes.publish_release(staged=staged, reason=reason, by=BY, **said)
    snapshots.forget()
    return release


UNEMPLOYMENT = "norge.2026.unemployment"  # per cent, lower is better, goal 8
WELFARE = "norge.2026.debt_3x_income"  # of households: per cent, lower is better, goals 1 and 10
BULLYING = "norge.2026.bullying_7"  # per cent, lower is better, windows of three school years
EMISSIONS = "norge.2026.ghg_total"  # an amount: not compared between places
POPULATION = "norge.2026.population"  # about the place, under no goal

TELEMARK = ("4001", "4003", "4005", "4010", "4012", "4014", "4016", "4018", "4020", "4022")


def made_rows() -> list[NewRow]:
    """Skien under its three codes, a break, a hidden value, overlapping windows, and a municipality that was split."""
    skien = [("0806", 2015, 4.0), ("0806", 2019, 3.4), ("3807", 2021, 3.6), ("3807", 2023, 9.9), ("4003", 2023, 2.4)]
    rows: list[NewRow] = [(code, str(year), UNEMPLOYMENT, value, "", False) for code, year, value in skien]
    # Ten municipalities in one year: 2.1, 2.2 ... 3.0; Skien, the second, is below the middle half.
    rows += [(code, "2025", UNEMPLOYMENT, 2.1 + 0.1 * i, "p", False) for i, code in enumerate(TELEMARK)]
    rows += [("40", "2025", UNEMPLOYMENT, 2.5, "", False), ("40", "2020", UNEMPLOYMENT, 3.1, "", False)]
    rows += [("4003", "2026", UNEMPLOYMENT, 1.0, "f", False)]
    # A break in 2021: 2020 is not compared with 2024.
    welfare: list[tuple[str, float | str, bool]] = [
        ("2020", 5.0, False),
        ("2021", 3.0, True),
        ("2022", ":", False),
        ("2024", 3.8, False),
    ]
    rows += [("4003", year, WELFARE, value, "", is_break) for year, value, is_break in welfare]
    rows += [("4003", f"{y}-08-01/P3Y", BULLYING, 5.0 + y - 2016, "", False) for y in (2016, 2018, 2020)]
    rows += [("4003", "2024", EMISSIONS, 118119.0, "", False), ("4001", "2023", EMISSIONS, 2000000.0, "", False)]
    rows += [("1507", str(year), POPULATION, 66000 + year, "", False) for year in (2020, 2021, 2022, 2023)]
    rows += [("1508", str(year), POPULATION, 58000 + year, "", False) for year in (2024, 2025)]
    rows += [("1580", str(year), POPULATION, 9000 + year, "", False) for year in (2024, 2025)]
    return rows


@pytest.fixture(scope="module")
def small_site(installation: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:  # noqa: F811
    """`made_rows` published, and nothing else."""
    with installation():
        publish(tmp_path_factory.mktemp("rows"), made_rows())
        yield


@pytest.fixture(scope="session", params=["duckdb", "sail", pytest.param("spark", marks=pytest.mark.cluster)])
def cluster(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the expressions are run: "" is DuckDB in this process."""
    if request.param == "duckdb":
        yield ""
    elif request.param == "sail":
        with engines.sail() as address:
            yield address
    else:
        if engines.java() is None:
            pytest.fail("A real Spark needs Java 17. Install it: apt-get install openjdk-17-jre-headless")
        with engines.spark(tmp_path_factory.mktemp("spark"), options=engines.FOR_LITTLE_DATA) as address:
            yield address
