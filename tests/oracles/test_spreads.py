"""How municipalities lie in a period, beside plain lists of the rows as they were written."""

import random
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from dugnad.places import queries as places
from dugnad.status.queries import snapshots
from dugnad.status.queries.series import Spread, spreads, spreads_among
from tests.oracles.index import percentile
from tests.status.conftest import (  # noqa: F401
    TELEMARK,
    UNEMPLOYMENT,
    WELFARE,
    NewRow,
    installation,
    publish_one,
)

pytestmark = pytest.mark.django_db
ELSEWHERE = ("0301", "1103", "1108", "4601", "5001")


def random_rows() -> dict[str, list[NewRow]]:
    """Two publishers, each of its own municipalities: ties, zeros, signs, missing values, periods one of them lacks."""
    dice = random.Random(5)
    told: dict[str, list[NewRow]] = defaultdict(list)
    for dataset, codes, periods in (
        ("one", (*TELEMARK[:6], "40"), ("2024", "2025")),
        ("two", (*TELEMARK[6:], *ELSEWHERE), ("2025", "2026")),
    ):
        for code in codes:
            for indicator in (UNEMPLOYMENT, WELFARE):
                for period in periods:
                    value = dice.choice(
                        [":", 0.0, 2.0, 2.0, round(dice.uniform(0, 9), 2), round(dice.uniform(0, 9), 2)]
                    )
                    told[dataset].append((code, period, indicator, value, "", False))
    return told


ROWS = random_rows()


@pytest.fixture(scope="module", autouse=True)
def published(installation: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:  # noqa: F811
    with installation():
        for dataset, rows in ROWS.items():
            publish_one(tmp_path_factory.mktemp("rows") / dataset, rows, dataset, "2024-01-01")
        snapshots.forget()
        yield


def plainly(indicator: str, period: str, codes: tuple[str, ...] | None = None) -> tuple[Any, ...]:
    own = [row for rows in ROWS.values() for row in rows
           if row[1:3] == (period, indicator) and len(row[0]) == 4 and (codes is None or row[0] in codes)]  # fmt: skip
    values = sorted(row[3] for row in own if isinstance(row[3], float))
    missing = sum(not isinstance(row[3], float) for row in own)
    return (len(values), missing, values[0], *(percentile(values, p) for p in (25, 50, 75)), values[-1])


def told(spread: Spread) -> tuple[Any, ...]:
    s = spread
    return s.n, s.missing, s.lowest, s.lower_quartile, s.median, s.upper_quartile, s.highest


@pytest.mark.parametrize("indicator", [UNEMPLOYMENT, WELFARE])
def test_municipalities_of_several_publishers_are_laid_together(indicator: str) -> None:
    found = spreads(snapshots.current(), [indicator])[indicator, ""]
    assert {period.text for period in found} == {"2024", "2025", "2026"}
    for period, spread in found.items():
        assert told(spread) == pytest.approx(plainly(indicator, period.text))
    # In 2025 there are figures of both; alone, either would be another picture.
    assert next(s.n + s.missing for p, s in found.items() if p.text == "2025") == len(TELEMARK) + len(ELSEWHERE)


@pytest.mark.parametrize("indicator", [UNEMPLOYMENT, WELFARE])
def test_those_of_a_county_alone(indicator: str) -> None:
    county = places.resolve("40", kind="county").place
    found = spreads_among(snapshots.current(), [indicator], TELEMARK, county)[indicator, ""]
    for period, spread in found.items():
        assert told(spread) == pytest.approx(plainly(indicator, period.text, TELEMARK))
        assert spread.county == county
