"""Each shipped check is tripped by rows made for it, where it should be, and by nothing sound.

All of them are planted in one world, each in a dataset and an indicator of its own, and looked at in one run.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from dugnad.status.checks.documents import shipped
from dugnad.status.checks.model import Hit
from tests.status.checks.world import TELEMARK, looked

Row = dict[str, Any]


@dataclass
class Fixture:
    """Rows that trip one check: of the indicator x.1.<check> unless they name another."""

    rows: list[Row] = field(default_factory=list)
    version: dict[str, Any] = field(default_factory=dict)
    versions: list[dict[str, Any]] = field(default_factory=list)
    release: dict[str, Any] = field(default_factory=dict)
    others: dict[str, list[Row]] = field(default_factory=dict)
    parts: list[Row] = field(default_factory=list)
    benchmarks: list[Row] = field(default_factory=list)
    texts: list[Row] = field(default_factory=list)
    where: dict[str, Any] = field(default_factory=dict)
    """What the hit must say: {"place": "4003", "period": "2024"}."""


def at(place: str, period: int | str, value: float | None = None, **more: Any) -> Row:
    return {"place": place, "period": str(period), "value": value, **more}


def series(place: str, values: Iterable[float | None], first: int = 2015, **more: Any) -> list[Row]:
    return [at(place, first + i, value, **more) for i, value in enumerate(values) if value is not None]


def calm(place: str, level: float = 40.0, n: int = 10, **more: Any) -> list[Row]:
    """A series with small steps up and down, no two values alike."""
    at_ = TELEMARK.index(place) if place in TELEMARK else 3
    return series(place, [round(level * (1 + 0.01 * ((i * 7 + at_) % 5) + 0.002 * i), 3) for i in range(n)], **more)


def everywhere(year: int | str, value: float, places: Iterable[str] = TELEMARK, step: float = 0.1) -> list[Row]:
    return [at(place, year, round(value + step * i, 3)) for i, place in enumerate(places)]


def u4ssc(code: str, **more: Any) -> dict[str, Any]:
    return {"id": f"u4ssc.2017.{code}", "set_id": "u4ssc", "code": code, **more}


def two(first: str, low: float, second: str, high: float, place: str) -> list[Row]:
    return [
        at(place, 2024, low, indicator=f"u4ssc.2017.{first}"),
        at(place, 2024, high, indicator=f"u4ssc.2017.{second}"),
    ]


SHARE = {"multiplier": 100, "numerator": "some", "denominator": "all"}
COUNT = {"kind": "count", "decimals": 0, "aggregation": "sum"}

FIXTURES: dict[str, Fixture] = {
    "percent_outside": Fixture([at("4003", 2024, 104.0), at("4001", 2024, 100.0)], where={"place": "4003"}),
    "count_negative": Fixture([at("4003", 2024, -99.0)], COUNT),
    "count_not_whole": Fixture([at("4003", 2024, 12.5)], COUNT),
    "formula_disagrees": Fixture([at("4003", 2024, 3.6, numerator=12, denominator=345)], SHARE),
    "multiplier_wrong": Fixture([at("4003", 2024, 34.8, numerator=12, denominator=345)], SHARE),
    "denominator_not_positive": Fixture([at("4003", 2024, 3.5, numerator=12, denominator=0)], SHARE),
    "numerator_above_denominator": Fixture([at("4003", 2024, 2875.0, numerator=345, denominator=12)], SHARE),
    "numerator_without_value": Fixture([at("4003", 2024, missing="not_reported", numerator=12)], SHARE),
    "hidden_but_counted": Fixture([at("4003", 2024, missing="suppressed", numerator=2)], SHARE),
    "hidden_alone": Fixture(
        [at("4003", 2024, missing="suppressed"), *(at(p, 2024, 10.0) for p in ("4001", "4005")), at("40", 2024, 23.0)],
        COUNT,
        where={"place": "4003"},
    ),
    "too_many_decimals": Fixture([at("4003", 2024, 3.1415)]),
    "two_sources": Fixture(
        [at("4003", 2024, 3.1)],
        others={"other-two_sources": [at("4003", 2024, 3.2, indicator="x.1.two_sources")]},
        where={"place": "4003"},
    ),
    "rate_not_count": Fixture(
        [
            at("4003", 2024, 4.0, indicator="norge.2026.ghg_per_capita"),
            at("4003", 2024, 100000.0, indicator="norge.2026.ghg_total"),
            at("4003", 2024, 50000.0, indicator="norge.2026.population"),
        ],
        versions=[
            {"id": "norge.2026.ghg_per_capita", "kind": "rate"},
            {"id": "norge.2026.ghg_total", "kind": "amount", "aggregation": "sum"},
            {"id": "norge.2026.population", "kind": "count"},
        ],
    ),
    "denominator_varies": Fixture(
        [
            at("4003", 2024, 1.0, denominator=1000.0, indicator="x.1.varies_a"),
            at("4003", 2024, 1.0, denominator=1070.0, indicator="x.1.varies_b"),
        ],
        versions=[{"id": f"x.1.varies_{x}", "denominator": "households here"} for x in "ab"],
    ),
    "denominator_varies_much": Fixture(
        [
            at("4003", 2024, 1.0, denominator=1000.0, indicator="x.1.much_a"),
            at("4003", 2024, 1.0, denominator=1200.0, indicator="x.1.much_b"),
        ],
        versions=[{"id": f"x.1.much_{x}", "denominator": "persons there"} for x in "ab"],
    ),
    "area_varies": Fixture(
        [at("4003", 2023, 1.0, denominator=700.0), at("4003", 2024, 1.0, denominator=735.0)],
        {"denominator": "area"},
    ),
    "set_hardly_reported": Fixture(
        [at("4014", 2024, 1.0 + i, indicator=f"u4ssc.2017.R{i}") for i in range(12)],
        versions=[u4ssc(f"R{i}") for i in range(60)],
        where={"place": "4014"},
    ),
    "air_quality_ppm": Fixture(
        [at("4003", 2024, 0.012, breakdown="part=no2", indicator="u4ssc.2017.EN:EN:AQ:1C")],
        versions=[u4ssc("EN:EN:AQ:1C", kind="amount")],
    ),
    "air_quality_ppb": Fixture(
        series("4001", [20.0, 20.5, 38.95], breakdown="part=no2", indicator="u4ssc.2017.EN:EN:AQ:1C"),
        where={"place": "4001", "period": "2017"},
    ),
    "wastewater_order": Fixture(
        [
            at("4003", 2024, v, breakdown=f"part={part}", indicator="u4ssc.2017.EN:EN:WS:4C")
            for part, v in (("primary", 70.0), ("secondary", 80.0), ("tertiary", 60.0))
        ],
        versions=[u4ssc("EN:EN:WS:4C")],
        where={"breakdown": "part=secondary"},
    ),
    "parts_not_hundred": Fixture(
        [
            at("4003", 2024, v, breakdown=f"part={part}", indicator="u4ssc.2017.EN:EN:WA:1C")
            for part, v in (("landfill", 20.0), ("burnt", 30.0), ("recycled", 47.0))
        ],
        versions=[u4ssc("EN:EN:WA:1C")],
    ),
    "potable_above_basic": Fixture(
        two("EC:I:WS:1C", 95.0, "EC:I:WS:2C", 97.0, "4003"), versions=[u4ssc("EC:I:WS:1C"), u4ssc("EC:I:WS:2C")]
    ),
    "broadband_above_internet": Fixture(
        two("EC:ICT:ICT:1C", 90.0, "EC:ICT:ICT:2C", 97.0, "4003"),
        versions=[u4ssc("EC:ICT:ICT:1C"), u4ssc("EC:ICT:ICT:2C")],
    ),
    "research_above_five": Fixture(
        [at("4003", 2024, 6.5, indicator="u4ssc.2017.EC:P:IN:1C")], versions=[u4ssc("EC:P:IN:1C")]
    ),
    "water_meters_above_power_meters": Fixture(
        two("EC:ICT:ES:1C", 20.0, "EC:ICT:WS:1C", 60.0, "4003"),
        versions=[u4ssc("EC:ICT:ES:1C"), u4ssc("EC:ICT:WS:1C")],
    ),
    "sanitation_low": Fixture(
        [at("4003", 2024, 71.0, indicator="u4ssc.2017.EC:I:WS:5C")], versions=[u4ssc("EC:I:WS:5C")]
    ),
    "yes_without_basis": Fixture(
        [
            at("4003", 2024, 1.0, breakdown="part=compact", indicator="u4ssc.2017.EC:I:UP:2A"),
            at("4003", 2024, 1.0, breakdown="part=inclusive", quality=1, indicator="u4ssc.2017.EC:I:UP:2A"),
        ],
        versions=[u4ssc("EC:I:UP:2A", kind="yes_no")],
        where={"breakdown": "part=compact"},
    ),
    "unit_jump": Fixture(series("4003", [4.0, 4.1, 4.2, 4.0, 0.41, 4.3]), where={"period": "2019"}),
    "outlier_in_time": Fixture(
        series("4003", [40.0, 41.0, 40.5, 42.0, 41.5, 90.0, 41.0]), where={"period": "2020", "place": "4003"}
    ),
    "lone_zero": Fixture(series("4003", [0.0, 92.1, 100.0, 100.0, 99.5, 100.0]), where={"period": "2015"}),
    "sign_turned": Fixture(series("4003", [400.0, 410.0, -405.0, 399.0]), {"kind": "amount"}),
    "swapped_codes": Fixture(
        [*series("4001", [10.0, 10.2, 10.1, 25.0, 10.3]), *series("4003", [25.0, 25.4, 25.1, 10.2, 24.9])],
        {"kind": "rate"},
        where={"place": "4001", "period": "2018", "detail": "4003"},
    ),
    "value_repeated": Fixture(series("4003", [5.1, 5.4, 5.2, 5.2, 5.2, 5.2, 5.2, 5.6]), where={"detail": "5"}),
    "year_copied": Fixture([*everywhere(2023, 5.0), *everywhere(2024, 5.0)], where={"period": "2024"}),
    "gap": Fixture(
        [*(row for p in TELEMARK[1:] for row in calm(p)), *(row for row in calm("4001") if row["period"] != "2019")],
        where={"place": "4001", "period": "2020", "detail": "2018"},
    ),
    "break_without_mark": Fixture(
        [row for p in TELEMARK for row in series(p, [4.0, 4.1, 4.0, 4.1, 6.0, 6.1])], where={"period": "2019"}
    ),
    "future_not_forecast": Fixture(
        [at("4003", 2029, 3.0), at("4003", 2030, 3.1, status="forecast")], where={"period": "2029"}
    ),
    "preliminary_old": Fixture([at("4003", 2022, 3.0, status="preliminary")]),
    "windows_repeated": Fixture([at("4003", 2024, 3.0), at("4003", "2022-01-01/P3Y", 3.1)], where={"place": "4003"}),
    "unknown_code": Fixture([at("9999", 2024, 3.0)], where={"place": "9999"}),
    "before_place": Fixture([at("1580", 2022, 3.0)], where={"detail": "2024-01-01"}),
    "after_place": Fixture([at("1507", 2025, 3.0)], where={"detail": "2024-01-01"}),
    "code_not_on_borders": Fixture(
        [at("1507", 2025, 3.0), at("1580", 2020, 3.0)],
        release={"borders_on": date(2024, 6, 1)},
        where={"place": "1507"},
    ),
    "same_everywhere": Fixture(everywhere(2024, 3.4, step=0), where={"period": "2024"}),
    "all_zero": Fixture(everywhere(2024, 0.0, step=0)),
    "outlier_among_places": Fixture(
        [at(f"{5001 + i}", 2024, 4.0 + 0.1 * (i % 7)) for i in range(18)] + [at("4003", 2024, 53.0)],
        where={"place": "4003"},
    ),
    "place_vanished": Fixture(
        [*(row for p in TELEMARK[1:] for row in calm(p)), *calm("4001")[:-1]], where={"place": "4001", "period": "2024"}
    ),
    "half_missing": Fixture(
        [*everywhere(2024, 3.0, TELEMARK[:4]), *(at(p, 2024, missing="not_available") for p in TELEMARK[4:])],
        where={"period": "2024"},
    ),
    "breakdown_not_total": Fixture(
        [
            at("4003", 2024, 100.0),
            at("4003", 2024, 60.0, breakdown="sex=female"),
            at("4003", 2024, 50.0, breakdown="sex=male"),
        ],
        COUNT,
        where={"detail": "sex"},
    ),
    "total_outside_parts": Fixture(
        [
            at("4003", 2024, 30.0),
            at("4003", 2024, 43.0, breakdown="sex=female"),
            at("4003", 2024, 70.0, breakdown="sex=male"),
        ]
    ),
    "municipalities_not_county": Fixture(
        [*everywhere(2024, 100.0, step=0), at("40", 2024, 1100.0)], COUNT, where={"place": "40"}
    ),
    "counties_not_country": Fixture([at("40", 2024, 1000.0), at("0", 2024, 1100.0)], COUNT, where={"place": "0"}),
    "county_outside_municipalities": Fixture(
        [*everywhere(2024, 5.0), at("40", 2024, 9.0)], {"aggregation": "weighted_mean"}, where={"place": "40"}
    ),
    "dataset_overdue": Fixture(release={"next_on": date(2026, 6, 1)}),
    "release_without_source": Fixture(release={"title": " "}),
    "release_without_licence": Fixture(release={"licence": ""}),
    "licence_not_named": Fixture(release={"licence": "open-data"}),
    "change_without_reason": Fixture(release={"kind": "corrected"}),
    "direction_without_reason": Fixture([at("4003", 2024, 3.0)], {"has_reason": False}),
    "indicator_without_goal": Fixture([at("4003", 2024, 3.0)], {"goals": 0}),
    "definition_missing": Fixture([at("4003", 2024, 3.0)], {"has_definition": False}),
    "definition_untranslated": Fixture([at("4003", 2024, 3.0)], {"languages": 2}),
    "benchmark_wrong_way": Fixture(
        benchmarks=[
            {"method": "own 1", "indicator": "x.1.benchmark_wrong_way", "direction": "up", "lower": 90.0, "upper": 10.0}
        ]
    ),
    "target_beyond_bounds": Fixture(version={"target_value": 120.0}),
    "identity_number": Fixture(
        texts=[
            {"dataset": "identity_number", "indicator": "", "whereabouts": "origin", "said": "from 130972 48022 today"},
            {"dataset": "clean", "indicator": "", "whereabouts": "file", "said": "12345678901 and 13097248023"},
        ]
    ),
}


@pytest.fixture(scope="module")
def hits() -> dict[str, list[Hit]]:
    """Everything that all checks find in the world of all fixtures, and in a dataset with nothing wrong in it."""
    observations: dict[str, list[Row]] = {}
    versions: list[dict[str, Any]] = [{"id": "x.1.clean_share"}, {"id": "x.1.clean_count", **COUNT}]
    for code, fixture in FIXTURES.items():
        observations[code] = [{"indicator": f"x.1.{code}", **row} for row in fixture.rows]
        observations |= fixture.others
        versions += [{"id": f"x.1.{code}", **fixture.version}, *fixture.versions]
    observations["clean"] = [
        row
        for place in TELEMARK
        for row in (
            *calm(place, indicator="x.1.clean_share"),
            *(r | {"value": round(r["value"])} for r in calm(place, 4000.0, indicator="x.1.clean_count")),
        )
    ]
    observations["clean"] = [r | {"value": round(r["value"], 1)} for r in observations["clean"]]
    found = looked(
        observations,
        versions,
        shipped().values(),
        releases={code: fixture.release for code, fixture in FIXTURES.items()},
        benchmarks=[row for fixture in FIXTURES.values() for row in fixture.benchmarks],
        texts=[row for fixture in FIXTURES.values() for row in fixture.texts],
    )
    return {code: hits for code, (_count, hits) in found.items()}


def test_at_least_forty_are_shipped_and_each_has_a_fixture() -> None:
    assert len(shipped()) >= 40
    assert set(FIXTURES) == set(shipped())


@pytest.mark.parametrize("code", FIXTURES)
def test_it_is_tripped_where_it_should_be(hits: dict[str, list[Hit]], code: str) -> None:
    own = [
        hit
        for hit in hits[code]
        if hit.dataset == code
        or hit.indicator == f"x.1.{code}"
        or hit.indicator in [row.get("indicator") for row in FIXTURES[code].rows]
    ]
    assert own, f"{code} found nothing"
    wanted = FIXTURES[code].where
    assert [{name: getattr(hit, name) for name in wanted} for hit in own] == [wanted] * len(own)
    assert len(own) == 1 or code == "swapped_codes", own


def test_an_identity_number_that_names_a_part_is_found_and_not_said_again() -> None:
    rows = [
        at("4003", 2024, 3.0, breakdown="person=13097248022"),
        at("4003", 2025, 3.0, breakdown="person=13097248022"),  # the same text
        at("4003", 2024, 3.0, breakdown="person=13097248023"),  # no number of anybody
        at("4003", 2024, 3.0, breakdown="sex=female"),
    ]
    observations = {"rows": [{"indicator": "x.1.a", **row} for row in rows]}
    [(count, hits)] = looked(observations, [{"id": "x.1.a"}], [shipped()["identity_number"]]).values()
    assert (count, hits) == (1, [Hit("identity_number", "rows", "x.1.a", detail="breakdown")])


def test_periods_that_follow_each_other_are_one_finding() -> None:
    """Up to a gap, a period with figures, or another reason."""
    lacking = {1995: "not_available", 1996: "not_available", 1997: "not_available", 1999: "not_available"}
    lacking |= {2000: "suppressed", 2002: "suppressed"}
    rows = [at(p, year, missing=why) for year, why in lacking.items() for p in TELEMARK]
    rows += everywhere(2001, 3.0)
    observations = {"rows": [{"indicator": "x.1.a", **row} for row in rows]}
    [(count, hits)] = looked(observations, [{"id": "x.1.a"}], [shipped()["half_missing"]]).values()
    assert count == 4
    assert {hit.period: (hit.value, hit.expected, hit.detail) for hit in hits} == {
        "1995-01-01/P3Y": (30, 30, "not_available"),
        "1999": (10, 10, "not_available"),
        "2000": (10, 10, "suppressed"),
        "2002": (10, 10, "suppressed"),
    }


def test_nothing_is_found_where_nothing_is_wrong(hits: dict[str, list[Hit]]) -> None:
    assert [
        hit for found in hits.values() for hit in found if hit.dataset == "clean" or ".clean_" in hit.indicator
    ] == []
