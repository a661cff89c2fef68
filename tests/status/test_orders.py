"""Where places stand in a group, and how sure that is: from counts, from the noise of series, or not at all."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from dugnad.places import queries as places
from dugnad.standards import queries as standards
from dugnad.status.queries import comparisons, orders, snapshots, standing
from dugnad.status.queries.comparisons import Row
from dugnad.status.queries.indicators import indicator_overview
from tests.status.conftest import TELEMARK, UNEMPLOYMENT, WELFARE, installation, publish_one  # noqa: F401

pytestmark = pytest.mark.django_db

EDUCATION = "norge.2026.higher_education"  # per cent, higher is better; only values
VACCINATION = "norge.2026.measles_vaccination_9"  # per cent, higher is better; a value or two
CASES = dict(zip(TELEMARK, (30, 700, 200, 260, 240, 3, 250, 255, 245, 250), strict=True))
BASES = dict(zip(TELEMARK, (1000, 20_000, 10_000, 10_000, 10_000, 80, 10_000, 10_000, 10_000, 10_000), strict=True))


def counted_rows() -> list[tuple[Any, ...]]:
    """Unemployment with counts: 3.0 of a thousand, 3.5, 2.0 ... per cent, and one of eighty persons."""
    dice = random.Random(3)
    rows: list[tuple[Any, ...]] = []
    for i, code in enumerate(TELEMARK):
        value = round(100 * CASES[code] / BASES[code], 1)
        rows.append((code, "2025", UNEMPLOYMENT, value, "", False, CASES[code], BASES[code]))
        rows.append((code, "2024", UNEMPLOYMENT, value + 0.1 * i, "", False, "", ""))
        # Twelve years that wobble by a few tenths: 20, 23, 26 ... so that neighbours far apart can be told apart.
        for year in range(2014, 2026):
            education = 20.0 + 3 * i + round(dice.uniform(-0.6, 0.6), 1)
            rows.append((code, str(year), EDUCATION, education, "", False, "", ""))
        rows += [(code, "2025", VACCINATION, 90.0 + i, "", False, "", "")]
    rows += [("4003", "2025", WELFARE, 3.0, "", False, "", ""), ("4001", "2025", WELFARE, 2.0, "", False, "", "")]
    return rows


@pytest.fixture(scope="module", autouse=True)
def site(installation: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:  # noqa: F811
    with installation():
        publish_one(tmp_path_factory.mktemp("rows"), counted_rows(), "counted", "2024-01-01")
        yield


def beside(indicator: str, *codes: str) -> Row:
    goals = comparisons.compare(snapshots.current(), [comparisons.place_meant(code) for code in codes])
    return next(row for goal in goals for row in goal.rows if row.version.id == indicator)


def test_the_best_is_named_only_where_its_interval_lies_clear() -> None:
    assert beside(UNEMPLOYMENT, "4003", "4005").best == 1  # 3.5 of 20,000 and 2.0 of 10,000
    assert beside(UNEMPLOYMENT, "4010", "4012").best is None  # 2.6 and 2.4 may be the same
    assert beside(EDUCATION, "4001", "4022").best == 1  # 20 and 47 with a noise of tenths
    assert beside(EDUCATION, "4001", "4022").interval(0) is not None


def test_without_an_error_none_is_best_however_far_apart_they_are() -> None:
    row = beside(VACCINATION, "4001", "4022")  # 90 and 99 of a hundred, in one year
    assert row.is_fair and row.order.basis == "" and row.best is None and row.interval(0) is None


@pytest.mark.parametrize(
    ("lang", "best", "alike", "unknown"),
    [
        ("nb", "best av disse", "kan ikke skilles fra hverandre", "ingen usikkerhet kan oppgis"),
        ("nn", "best av desse", "kan ikkje skiljast frå kvarandre", "inga uvisse kan givast opp"),
        ("en", "best of these", "cannot be told apart", "no error can be stated"),
    ],
)
def test_the_page_says_who_is_best_who_cannot_be_told_apart_and_what_nobody_can_say(
    client: Client, lang: str, best: str, alike: str, unknown: str
) -> None:
    shown = client.get(f"/{lang}/sammenlign?sted=4010&sted=4012").content.decode()
    assert alike in shown and unknown in shown and shown.count(best + "</span>") == 1  # education
    assert "2,3–2,9" in shown or "2.3–2.9" in shown  # the interval of 260 of 10,000


def test_an_indicators_page_knows_the_order_of_all_its_municipalities() -> None:
    overview = indicator_overview(snapshots.current(), standards.indicator_version(UNEMPLOYMENT))
    order = orders.order_among(overview)
    assert (order.basis, order.n) == ("counts", 10)
    skien, small = order.placings["4003"], order.placings["4014"]
    assert (skien.rank_from, skien.rank_to, skien.outside) == (8, 10, "very_high")
    assert small.is_small and not small.outside and small.rank_to == 10  # 3 of 80: anything between first and last
    assert orders.order_among(overview, {"4003", "4005"}).n == 2


def test_a_place_among_the_places_of_a_group() -> None:
    place = places.resolve("4003").place
    now = snapshots.current()
    goal = standing.goal_at_place(now, place, 8)
    group = comparisons.groups_for(place)[0]
    among = orders.among_group(now, goal.standings, place, group)[UNEMPLOYMENT, ""]
    assert (among.group.key, among.n, among.placing and among.placing.quantile) == ("county", 10, 8 / 9)
    assert among.change == pytest.approx(-0.1)
    # The others fell by 0, 0.2, 0.3 ... 0.9.
    assert among.group_change == pytest.approx(-0.5)
    assert len(among.values) == 17 and among.values["4036"] is None
