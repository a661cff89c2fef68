"""The standing of a place beside its slow twin, which works on the rows as they were written."""

import random
from collections.abc import Iterator
from typing import Any

import pytest

from dugnad.places import queries as places
from dugnad.status.queries import snapshots, standing
from tests.status.conftest import BULLYING, UNEMPLOYMENT, WELFARE, NewRow, installation, publish  # noqa: F401

pytestmark = pytest.mark.django_db

INDICATORS = (UNEMPLOYMENT, BULLYING, WELFARE)
PLACES = {  # the codes of one area, newest first
    "4001": ("4001", "3806", "0805"),
    "4003": ("4003", "3807", "0806"),
    "4005": ("4005", "3808", "0807"),
    "4010": ("4010", "3812", "0811"),
    "4012": ("4012", "3813", "0814"),
    "4014": ("4014", "3814", "0815"),
    "4016": ("4016", "3815", "0817"),
    "4018": ("4018", "3816", "0819"),
}


def random_rows() -> list[NewRow]:
    """Series with gaps, breaks, forecasts, windows, and years told by two codes."""
    dice, rows, seen = random.Random(17), [], set()
    for _ in range(900):
        code = dice.choice([code for codes in PLACES.values() for code in codes])
        indicator = dice.choice(INDICATORS)
        first, last = {"0": (2010, 2019), "3": (2020, 2023), "4": (2012, 2025)}[code[0]]
        year = dice.randint(first, last)
        period = f"{year - 2}-01-01/P3Y" if indicator == BULLYING and code[0] == "4" else str(year)
        if (code, period, indicator) in seen:
            continue
        seen.add((code, period, indicator))
        choices: list[float | str] = [":", "..", *(round(dice.uniform(1, 4), 2) for _ in range(8))]
        value = dice.choice(choices)
        is_break = isinstance(value, float) and dice.random() < 0.1
        rows.append((code, period, indicator, value, dice.choice(["", "", "", "p", "f"]), is_break))
    return rows


def plainly(rows: list[NewRow], place: str, indicator: str) -> Any:
    """The slow answer: (latest period, its value, earlier period or None), written without the code under test."""
    told = {}
    for code in reversed(PLACES[place]):
        for row in rows:
            if row[0] == code and row[2] == indicator:
                told[row[1]] = row

    def span(row: Any) -> tuple[int, int]:
        start = int(row[1][:4])
        return start, start + (3 if row[1].endswith("P3Y") else 1)

    line = sorted(told.values(), key=lambda row: (span(row)[1], span(row)[0]))
    known = [i for i, row in enumerate(line) if isinstance(row[3], float) and row[4] != "f"]
    if not known:
        return None
    latest = line[known[-1]]
    since = max([i for i in range(known[-1] + 1) if line[i][5]], default=0)
    earlier = None
    for i in known[:-1]:
        is_apart = span(line[i])[1] <= span(latest)[0]
        if i >= since and is_apart and span(latest)[1] - span(line[i])[1] <= 10:
            earlier = line[i][1]
            break
    return latest[1], latest[3], earlier


ROWS = random_rows()


@pytest.fixture(scope="module", autouse=True)
def published(installation: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:  # noqa: F811
    with installation():
        publish(tmp_path_factory.mktemp("rows"), ROWS)
        yield


@pytest.mark.parametrize("code", PLACES)
@pytest.mark.parametrize("indicator", INDICATORS)
def test_latest_and_earlier_agree_with_plain_lists(code: str, indicator: str) -> None:
    overview = standing.place_overview(snapshots.current(), places.resolve(code).place)
    found = next((s for s in overview.standings if s.version.id == indicator), None)
    earlier = found.earlier.period.text if found and found.earlier else None
    assert (found and (found.latest.period.text, found.latest.value, earlier)) == plainly(ROWS, code, indicator)


def test_the_rows_hold_what_is_hard() -> None:
    """The twin says something only if there are breaks, gaps, forecasts, windows and years told twice."""
    assert {row[4] for row in ROWS} == {"", "p", "f"} and {":", ".."} < {row[3] for row in ROWS}
    assert any(row[5] for row in ROWS) and any(row[1].endswith("P3Y") for row in ROWS)
    told = [(place, row[1], row[2]) for row in ROWS for place, codes in PLACES.items() if row[0] in codes]
    assert len(told) > len(set(told))
    answers = [plainly(ROWS, code, indicator) for code in PLACES for indicator in INDICATORS]
    assert any(a and a[2] for a in answers) and any(a and not a[2] for a in answers)
