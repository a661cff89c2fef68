"""Whole blocks on other borders against the slow twin, and what must hold whatever happened to the places."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dugnad.places.areas import Bearer
from dugnad.places.reading import read_folder
from dugnad.status.borders.carrying import Carried, Planner, carry
from dugnad.status.borders.panel import BREAK, NO_ROW, REASONS, SETTLED, from_table, reason, settled
from dugnad.status.borders.rules import Rule
from dugnad.status.observations import table_from_rows
from tests.oracles import borders as oracle
from tests.places.conftest import DEFINITIONS
from tests.status.borders.histories import YEARS, History, histories

RULES = {
    "x.1.count": Rule("sum", None, True),
    "x.1.amount": Rule("sum", None, False),
    "x.1.share": Rule("weighted_mean", 100.0),
    "x.1.mean": Rule("weighted_mean"),
    "x.1.odd": Rule("none"),
}


WHY = ["suppressed", "not_available", "not_applicable"]
SETTLEMENTS = ["normal", "normal", "preliminary", "forecast"]


def a_cell(draw: st.DrawFn, indicator: str) -> dict | None:
    kind = draw(st.sampled_from(["value"] * 5 + ["missing", "zero", "no row"]))
    if kind == "no row":
        return None
    cell: dict = {"value": None, "missing": None, "status": "normal", "is_break": draw(st.integers(0, 9)) == 0}
    if kind == "missing":
        cell["missing"] = draw(st.sampled_from(WHY))
    else:
        cell["value"] = 0.0 if kind == "zero" else float(draw(st.integers(1, 60)))
        cell["status"] = draw(st.sampled_from(SETTLEMENTS))
    cell |= {"numerator": None, "denominator": None}
    if indicator in ("x.1.share", "x.1.mean"):
        cell["denominator"] = draw(st.sampled_from([None, 0.0, 1.0, 10.0, 500.0]))
        if indicator == "x.1.share" and cell["denominator"] and cell["value"] is not None and draw(st.booleans()):
            cell["numerator"] = round(cell["value"] * cell["denominator"] / 100)
    return cell


@st.composite
def figures(draw: st.DrawFn, history: History) -> list[dict]:
    """Rows of several series, each year under the codes of that year."""
    rows = []
    for year in draw(st.sets(st.sampled_from(YEARS), min_size=1, max_size=3)):
        for bearer in history.on(date(year, 12, 31)):
            for indicator in RULES:
                if cell := a_cell(draw, indicator):
                    rows.append({"indicator": indicator, "place": bearer.code, "period": str(year), **cell})
    return rows


def carried(history: History, rows: list[dict], targets: list[tuple[Bearer, ...]], *, estimate: bool) -> Carried:
    panel = from_table(table_from_rows(rows))
    bearers = []
    for period in panel.periods:
        on = {b.code: b for b in history.on(date(period.start.year, 12, 31))}
        bearers.append(tuple(on.get(code) for code in panel.places))
    rules = [RULES[indicator] for indicator, _breakdown in panel.series]
    return carry(panel, bearers, Planner(history.areas, targets), rules, estimate=estimate)


def value_at(found: Carried, period: int, target: int, column: int) -> dict | None:
    mark = found.blocks["mark"][period, target, column]
    if reason(mark) == NO_ROW:
        return None
    why = REASONS[reason(mark)]
    coverage = {at: coverage for at, _plan, coverage in found.mixed()}.get((period, target, column))
    return {
        "value": None if why else float(found.blocks["value"][period, target, column]),
        "missing": str(why) if why else None,
        "status": str(SETTLED[settled(mark)]),
        "is_break": bool(mark & BREAK),
        "coverage": coverage,
    }


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_it_says_what_the_slow_twin_says(data: st.DataObject) -> None:
    history = data.draw(histories())
    rows = data.draw(figures(history))
    if not rows:
        return
    estimate = data.draw(st.booleans())
    day = date(data.draw(st.sampled_from(YEARS)), 12, 31)
    everyone = history.on(day)
    targets = [(bearer,) for bearer in everyone] + [tuple(everyone[:2]), tuple(everyone)]
    found = carried(history, rows, targets, estimate=estimate)
    cells = {(row["indicator"], row["period"], row["place"]): {**row, "weight": row["denominator"]} for row in rows}
    for p, period in enumerate(found.panel.periods):
        on = history.on(date(period.start.year, 12, 31))
        for s, (indicator, _breakdown) in enumerate(found.panel.series):
            rule = RULES[indicator]
            sources = [b for b in on if (indicator, period.text, b.code) in cells]
            for t, target in enumerate(targets):
                parts = oracle.parts(history.plain, list(target), sources)
                expected = oracle.together(
                    (rule.how, rule.multiplier, rule.is_count),
                    [(source and cells[indicator, period.text, source.code], share) for source, share in parts],
                    estimate=estimate,
                )
                ours = value_at(found, p, t, s)
                if expected is None or ours is None:
                    assert ours == expected
                    continue
                if estimate and rule.may_split:  # where an estimate begins or ends is tested by itself
                    expected["is_break"] = ours["is_break"] = False
                if ours["missing"]:
                    expected["coverage"] = ours["coverage"] = None
                for number in ("value", "coverage"):
                    one, other = ours.pop(number), expected.pop(number)
                    close = one == other or (None not in (one, other) and one == pytest.approx(other, rel=1e-9))
                    assert close, (one, other, indicator, period.text, target, parts)
                assert ours == expected, (indicator, period.text, target, parts)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_on_their_own_borders_figures_are_what_they_were(data: st.DataObject) -> None:
    history = data.draw(histories())
    rows = data.draw(figures(history))
    year = data.draw(st.sampled_from(YEARS))
    own = [row for row in rows if row["period"] == str(year)]
    if not own:
        return
    targets = [(bearer,) for bearer in history.on(date(year, 12, 31))]
    found = carried(history, own, targets, estimate=True)
    at = [found.panel.places.index(b.code) if b.code in found.panel.places else -1 for (b,) in targets]
    for name, block in found.panel.blocks().items():
        for target, row in enumerate(at):
            if row >= 0:
                assert np.array_equal(found.blocks[name][0, target], block[0, row], equal_nan=name != "mark")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_nothing_is_lost_and_nothing_is_won(data: st.DataObject) -> None:
    """The sum of a count over all places is the same on the borders of every day, where every share is known."""
    history = data.draw(histories(known_shares=True))
    year, day = data.draw(st.sampled_from(YEARS)), date(data.draw(st.sampled_from(YEARS)), 12, 31)
    rows = [
        {"indicator": "x.1.count", "place": b.code, "period": str(year), "value": float(data.draw(st.integers(0, 999)))}
        for b in history.on(date(year, 12, 31))
    ]
    total = sum(row["value"] for row in rows)
    found = carried(history, rows, [(b,) for b in history.on(day)] + [tuple(history.on(day))], estimate=True)
    values = found.blocks["value"][0, :, 0]
    assert values[-1] == pytest.approx(total)  # the whole country, whatever happened inside it
    if not np.isnan(values).any():  # older borders of a merger nobody can know
        assert values[:-1].sum() == pytest.approx(total, rel=1e-5)
    else:
        assert day < date(year, 12, 31)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_there_and_back_again(data: st.DataObject) -> None:
    """Where places only got new numbers or merged, history on later borders adds up to what each later place had."""
    history = data.draw(histories(splits=False))
    rows = [
        {"indicator": "x.1.amount", "place": b.code, "period": "2018", "value": float(data.draw(st.integers(0, 99)))}
        for b in history.on(date(2018, 12, 31))
    ]
    later = history.on(date(2023, 12, 31))
    found = carried(history, rows, [(b,) for b in later], estimate=False)
    value_of = {row["place"]: row["value"] for row in rows}
    for t, bearer in enumerate(later):
        parts = oracle.parts(history.plain, [bearer], history.on(date(2018, 12, 31)))
        assert found.blocks["value"][0, t, 0] == sum(value_of[source[0]] for source, _share in parts)


# By hand, on the real history.


@pytest.fixture(scope="module")
def norway() -> History:
    folder = read_folder(DEFINITIONS)
    return History(
        tuple(row for row in folder.places if row.kind == "municipality"),  # type: ignore[misc]
        tuple(step for step in folder.steps if len(step.to_code) == 4),
    )


def one(norway: History, code: str, day: date) -> tuple[Bearer, ...]:
    return (next(b for b in norway.on(day) if b.code == code),)


def row(indicator: str, place: str, year: int, value: float | None, **more: object) -> dict:
    return {"indicator": indicator, "place": place, "period": str(year), "value": value, **more}


def carried_to(norway: History, code: str, day: date, rows: list[dict], estimate: bool = True) -> dict | None:
    return value_at(carried(norway, rows, [one(norway, code, day)], estimate=estimate), 0, 0, 0)


TODAY = date(2026, 1, 1)


def test_kristiansand_is_the_sum_of_the_three_it_was(norway: History) -> None:
    three = [row("x.1.count", "1001", 2019, 92282.0), row("x.1.count", "1017", 2019, 6568.0),
             row("x.1.count", "1018", 2019, 11321.0)]  # fmt: skip
    found = carried_to(norway, "4204", TODAY, three, estimate=False)
    assert found == {"value": 110171.0, "missing": None, "status": "normal", "is_break": False, "coverage": 1.0}
    hidden = [*three[:2], row("x.1.count", "1018", 2019, None, missing="suppressed")]
    assert carried_to(norway, "4204", TODAY, hidden)["missing"] == "suppressed"
    assert carried_to(norway, "4204", TODAY, three[:2])["missing"] == "not_available"
    back = carried_to(norway, "1001", date(2019, 12, 31), [row("x.1.count", "4204", 2024, 1.0)])
    assert (back["value"], back["missing"]) == (None, "border_change")  # nobody has published how much of it is 1001


def test_a_share_is_carried_by_its_own_denominators_and_not_by_the_number_of_places(norway: History) -> None:
    rows = [row("x.1.share", "1001", 2019, 2.0, numerator=20.0, denominator=1000.0),
            row("x.1.share", "1017", 2019, 8.0, numerator=8.0, denominator=100.0),
            row("x.1.share", "1018", 2019, 5.0, numerator=5.0, denominator=100.0)]  # fmt: skip
    assert carried_to(norway, "4204", TODAY, rows)["value"] == pytest.approx(100 * 33 / 1200)
    for each in rows:
        each.pop("denominator")
        each.pop("numerator")
    assert carried_to(norway, "4204", TODAY, rows)["missing"] == "border_change"  # no denominator: nothing is guessed


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (960.0, {"value": 3.0, "missing": None, "status": "estimated"}),
        (900.0, {"value": None, "missing": "suppressed"}),
    ],
)
def test_a_mean_with_a_small_part_missing_is_estimated_and_says_how_much_it_covers(norway, held, expected) -> None:
    rows = [row("x.1.mean", "1001", 2019, 3.0, denominator=held),
            row("x.1.mean", "1017", 2019, None, missing="suppressed", denominator=1000 - held),
            row("x.1.mean", "1018", 2019, None, missing="not_applicable", denominator=0.0)]  # fmt: skip
    found = carried_to(norway, "4204", TODAY, rows)
    assert {key: found[key] for key in expected} == expected
    assert found["coverage"] == pytest.approx(held / 1000)


def test_haram_has_its_published_share_of_a_count_and_of_nothing_else(norway: History) -> None:
    whole = [row("x.1.count", "1507", 2022, 67114.0)]
    found = carried_to(norway, "1580", TODAY, whole)
    assert (found["value"], found["status"]) == (pytest.approx(67114 * 0.1379), "estimated")
    assert carried_to(norway, "1580", TODAY, whole, estimate=False)["missing"] == "border_change"
    for indicator in ("x.1.amount", "x.1.odd"):
        assert carried_to(norway, "1580", TODAY, [row(indicator, "1507", 2022, 5.0)])["missing"] == "border_change"
    rate = [row("x.1.mean", "1507", 2022, 5.0, denominator=10.0)]
    assert carried_to(norway, "1580", TODAY, rate)["missing"] == "border_change"
    # Nobody has published how Snillfjord was divided.
    parts = [row("x.1.count", code, 2019, 10.0) for code in ("5012", "5016", "5023", "5024")]
    assert carried_to(norway, "5059", TODAY, parts)["missing"] == "border_change"


def test_the_passing_from_an_estimate_to_what_was_counted_is_a_break(norway: History) -> None:
    rows = [row("x.1.count", "1507", 2022, 67114.0), row("x.1.count", "1507", 2023, 67524.0)]
    rows += [row("x.1.count", "1580", year, 9400.0) for year in (2024, 2025)]
    found = carried(norway, rows, [one(norway, "1580", TODAY)], estimate=True)
    assert [bool(mark & BREAK) for mark in found.blocks["mark"][:, 0, 0]] == [False, False, True, False]


def test_alesund_whole_goes_on_after_the_split_and_so_does_a_county(norway: History) -> None:
    halves = [row("x.1.amount", "1508", 2025, 3.0), row("x.1.amount", "1580", 2025, 4.0)]
    assert carried_to(norway, "1507", date(2023, 1, 1), halves)["value"] == 7.0
    # Tysfjord went to two municipalities of one county: the county is whole, though neither of them is.
    # Tjeldsund (1852) went to another one.
    before = [b for b in norway.on(date(2019, 12, 31)) if b.code[:2] == "18" and b.code != "1852"]
    rows = [row("x.1.amount", b.code, 2019, 1.0) for b in before]
    nordland = tuple(b for b in norway.on(TODAY) if b.code[:2] == "18")
    found = carried(norway, [r for r in rows], [nordland, one(norway, "1875", TODAY)], estimate=False)
    assert found.blocks["value"][0, 0, 0] == len(before)
    assert np.isnan(found.blocks["value"][0, 1, 0])
