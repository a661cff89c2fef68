"""How strangers write a method: each spelling has the one right meaning, or is refused with its line and the remedy."""

from dataclasses import replace
from pathlib import Path

import pytest
from django.utils import translation

from dugnad.shared.errors import Refusal
from dugnad.status.methods import Method, read_method


@pytest.fixture(autouse=True)
def english() -> object:
    with translation.override("en"):
        yield


def read(folder: Path, text: str) -> Method:
    (folder / "method.yaml").write_text(text)
    return read_method(folder / "method.yaml")


def one(folder: Path, fields: str, rest: str = "") -> Method:
    """A method with an indicator that says `fields`, and another that makes it whole."""
    return read(folder, f"{rest}\nindicators:\n  - {{{fields}}}\n  - {{code: other, goal: 9, lower: 0, upper: 1}}\n")


# Less is better, from 72.6 to 0; orange from 12.7, green from 2: the poverty of the SDG Index.
POVERTY = [
    "code: pov, goal: 1, lower: 72.6, upper: 0, red: 12.7, green: 2",
    "id: pov, sdg: 1, worst: 72.6, best: 0, thresholds: {red: 12.7, green: 2}",
    "IndCode: pov, Indicator: Poverty, SDG: 1, Lower Bound: 72.6, Optimum (= 100): 0, Red threshold: 12.7,"
    " Green threshold: 2",
    "indicator: pov, goal: 1, bounds: [72.6, 0], thresholds: [12.7, 2]",
    "indicator: pov, goal: 1, bounds: [72.6, 0], thresholds: [2, 12.7]",
    "code: pov, goal: 1.0, bounds: {lower: 72.6, upper: 0}, thresholds: {green: 2, red: 12.7}",
    "code: pov, goal: 1, goalposts: {worst: 72.6, best: 0}, thresholds: {orange: 12.7, green: 2}",
    "variable: pov, goal: 1, min: 0, max: 72.6, direction: down, thresholds: [12.7, 2]",
    "code: pov, goal: 1, min: 0, max: 72.6, red: 12.7, green: 2",  # the thresholds say which way
    "code: pov, goal: 1, lower: 0, upper: 72.6, direction: negative, thresholds: [2, 12.7]",
    "code: pov, goal: 1, lower: 72.6, upper: 0, direction: lower is better, red_threshold: 12.7, green_threshold: 2",
    "code: pov, goal: 1, lower: 72.6, upper: 0, higher_is_better: no, red: 12.7, green: 2",
    "code: pov, goal: 1, lower: 72.6, upper: 0, ascending: false, red: 12.7, green: 2",
    "code: pov, goal: 1, lower: 72.6, upper: 0, inverse: true, red: 12.7, green: 2, unit: percent, source: World Bank",
    "code: pov, goal: 1, lower: '72.6', upper: '0', direction: '-', red: '1.27e1', green: '2'",
    "code: pov, goal: '1', lowerBound: 72.6, upper-bound: 0, direction: minimise, red: 12.7, green: 2",
    "code: pov, goal: 1, lower: 72.6, upper: 0, red: 12.7, green: 2, score: yes, impute: none, scope: global",
]


@pytest.mark.parametrize("fields", POVERTY)
def test_one_indicator_in_many_words(tmp_path: Path, fields: str) -> None:
    found = one(tmp_path, fields).indicators[0]
    assert (found.code, found.goal, found.direction, found.is_scored, found.is_filled) == ("pov", "1", -1, True, False)
    assert (found.lower, found.upper, found.red, found.yellow, found.green) == (72.6, 0, 12.7, None, 2)


@pytest.mark.parametrize(
    "thresholds",
    [
        "{red: 2, yellow: 5, green: 7}", "{orange: 2, yellow: 5, green: 7}", "{red: 2, orange: 5, yellow: 7}",
        "{red: 2, orange: 5, green: 7}", "[2, 5, 7]", "[7, 5, 2]",
        "{red_orange: 2, orange_yellow: 5, yellow_green: 7}",
    ],
)  # fmt: skip
def test_three_boundaries_between_four_colours(tmp_path: Path, thresholds: str) -> None:
    found = one(tmp_path, f"code: a, goal: 1, lower: 0, upper: 10, thresholds: {thresholds}").indicators[0]
    assert (found.red, found.yellow, found.green) == (2, 5, 7)


@pytest.mark.parametrize(
    "said",
    ["score: false", "score: no", "scored: 0", "score: 'No'", "eligible: false", "score_eligible: no", "excluded: true",
     "in_score: false", "include: no", "scope: oecd", "score eligibility: not eligible"],
)  # fmt: skip
def test_an_indicator_that_does_not_score(tmp_path: Path, said: str) -> None:
    assert not one(tmp_path, f"code: a, goal: 1, lower: 0, upper: 10, {said}").indicators[0].is_scored


@pytest.mark.parametrize(
    ("rest", "fields"),
    [
        ("", "impute: region"), ("", "impute: yes"), ("", "missing: group_mean"), ("", "imputation: regional mean"),
        ("", "group_for_imputation: region"), ("missing: {goals: [1]}", ""), ("imputation: {goals: 1, by: region}", ""),
        ("impute: {fill_goals: ['1']}", ""), ("goals: [{id: 1, impute: group_mean}]", ""),
        ("goals: {1: {impute: yes}}", ""), ("missing: {goal: 1.0}", ""),
    ],
)  # fmt: skip
def test_what_is_filled(tmp_path: Path, rest: str, fields: str) -> None:
    found = one(tmp_path, f"code: a, goal: 1, lower: 0, upper: 10{', ' if fields else ''}{fields}", rest)
    assert [i.is_filled for i in found.indicators] == [True, False]
    assert not found.fill_index


@pytest.mark.parametrize(
    "said",
    ["missing: {index: group_mean}", "missing: {index: region}", "impute: {index: yes}", "imputation: regional_mean",
     "missing: group_mean", "imputation: {by: region}", "imputation: {missing_goals: group mean}"],
)  # fmt: skip
def test_goals_filled_in_the_index(tmp_path: Path, said: str) -> None:
    found = one(tmp_path, "code: a, goal: 1, lower: 0, upper: 10", said)
    assert found.fill_index and not any(i.is_filled for i in found.indicators)


@pytest.mark.parametrize(
    "said",
    ["eligibility: {max_missing: 0.2}", "eligibility: 20 %", "max_missing: 20", "eligibility: {max_missing: 20%}",
     "eligibility: {min_available: 80 %}", "eligible: 0.2", "eligibility: {coverage: 0.8, exceptions: [p]}"],
)  # fmt: skip
def test_the_share_that_may_be_missing(tmp_path: Path, said: str) -> None:
    found = one(tmp_path, "code: a, goal: 1, lower: 0, upper: 10", said)
    assert found.max_missing == 0.2
    assert found.always_eligible == (frozenset({"p"}) if "exceptions" in said else frozenset())


@pytest.mark.parametrize(
    "said",
    ["groups: {NO: north, '0301': north, ES: south}", "groups: {north: [NO, '0301'], south: [ES]}",
     "regions: {north: [NO, 0301], south: ES}", "groups: [{place: NO, group: north}, {place: 0301, group: north},"
     " {place: ES, group: south}]", "groups: [{group: north, places: [NO, 0301]}, {group: south, places: [ES]}]",
     "groups: places.csv"],
)  # fmt: skip
def test_groups_of_places(tmp_path: Path, said: str) -> None:
    (tmp_path / "places.csv").write_text("id,Region,area\nNO,north,1\n0301,north,2\nES,south,3\n")
    found = one(tmp_path, "code: a, goal: 1, lower: 0, upper: 10", said)
    assert found.groups == {"NO": "north", "0301": "north", "ES": "south"}


@pytest.mark.parametrize("said", ["trend: [2015, 2019]", "trend: 2015-2019", "trend_years: {first: 2015, last: 2019}"])
def test_the_years_of_an_arrow(tmp_path: Path, said: str) -> None:
    assert one(tmp_path, f"code: a, goal: 1, lower: 0, upper: 10, {said}").indicators[0].trend == (2015, 2019)


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("aggregation: mean", {}),
        ("aggregation: geometric mean", {"goal_mean": "geometric", "index_mean": "geometric"}),
        ("aggregation: {goal: average, index: geometric}", {"index_mean": "geometric"}),
        ("aggregation: {indicators_to_goals: arithmetic, goals_to_index: geometric}", {"index_mean": "geometric"}),
        ("normalise: goalposts", {}), ("normalization: {method: goalposts, clip: false}", {"clip": False}),
        ("decimals: 2", {"decimals": (2, 2, 2)}), ("rounding: {goal: 1, digits: 3}", {"decimals": (3, 1, 3)}),
        ("year: 2020", {"periods": "2020"}), ("author: me\nunit: points", {}), ("period: latest", {}),
    ],
)  # fmt: skip
def test_the_method_in_many_words(tmp_path: Path, said: str, means: dict[str, object]) -> None:
    fields = "code: a, goal: 1, lower: 0, upper: 10"
    plain, found = one(tmp_path, fields), one(tmp_path, fields, said)
    assert found == replace(plain, **means, version=found.version)


@pytest.mark.parametrize(
    "text",
    [
        "goals: [1, 2]\nindicators:\n"
        "  - {code: a, goal: 1, lower: 0, upper: 1}\n  - {code: b, goal: 2, lower: 9, upper: 0}",
        "goals:\n  1: {indicators: {a: {lower: 0, upper: 1}}}\n  2: {indicators: [{id: b, worst: 9, best: 0}]}\n",
        "goals:\n  - {id: 1, indicators: [{code: a, lower: 0, upper: 1}]}\n"
        "  - {id: 2, indicators: [{code: b, bounds: [9, 0]}]}",
        "goals: {1: Poverty, 2: Hunger}\n"
        "indicators: {a: {goal: 1, lower: 0, upper: 1}, b: {goal: 2, lower: 9, upper: 0}}",
        "indicators: book.csv",
    ],
)
def test_indicators_within_their_goals(tmp_path: Path, text: str) -> None:
    (tmp_path / "book.csv").write_text(
        "IndCode,Indicator,SDG,Optimum (= 100),Lower Bound,Long description,Reference year(s)\n"
        "a,The first,1,1,0,words,2019\nb,The second,2,0,9,words,2018\n"
    )
    found = read(tmp_path, text)
    assert [(i.code, i.goal, i.lower, i.upper) for i in found.indicators] == [("a", "1", 0, 1), ("b", "2", 9, 0)]
    assert [rule.goal for rule in found.goals] == ["1", "2"]


def test_indicators_of_a_narrower_scope(tmp_path: Path) -> None:
    found = one(tmp_path, "code: a, goal: 1, lower: 0, upper: 10, scope: OECD", "scopes: {oecd: [NOR, SWE]}")
    assert found.indicators[0].places == frozenset({"NOR", "SWE"}) and not found.indicators[0].is_scored
    assert found.indicators[1].places is None


def test_what_extends_a_method_may_use_other_words(tmp_path: Path) -> None:
    found = one(
        tmp_path, "code: a, goal: 1, lower: 0, upper: 10", "extends: sdg-index\nimpute: {index: no}\nmax_missing: 30"
    )
    assert (found.fill_index, found.max_missing, found.decimals) == (False, 0.3, (3, 3, 3))


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ("code: a, goal: 1, min: 0, max: 10", "direction: up or direction: down"),
        ("code: a, goal: 1, lower: 0, upper: 9, min: 0", "lower and min say the same thing"),
        ("code: a, goal: 1, lower: 0, upper: 9, thresholds: [1, 2, 3, 4]", "thresholds: {red:"),
        ("code: a, goal: 1, lower: 0, upper: 9, thresholds: [1, 8, 3]", "Order them red, yellow, green"),
        ("code: a, goal: 1, lower: 0, upper: 9, thresholds: {red: 1, yellow: 3}", "thresholds: {red:"),
        (
            "code: a, goal: 1, lower: 0, upper: 9, thresholds: {red: 1, orange: 2, yellow: 3, green: 4}",
            "thresholds: {red:",
        ),
        ("code: a, goal: 1, lower: 0, upper: 9, thresholds: {blue: 1, green: 3}", "Write one of: red, yellow, green"),
        ("code: a, goal: 1, lower: 0, upper: 9, red: 1, thresholds: {red: 1, green: 3}", "red stands twice"),
        ("code: a, goal: 1, lower: 0, upper: 9, thresholds: 5", "thresholds: {red:"),
        ("code: a, goal: 1, bounds: 5", "not two numbers"),
        ("code: a, goal: 1, bounds: [1, 2, 3]", "not two numbers"),
        ("code: a, goal: 1, lower: 0, upper: 9, direction: sideways", "Write one of: up, down"),
        (
            "code: a, goal: 1, lower: 0, upper: 9, direction: up, lower_is_better: yes",
            "direction: up or direction: down",
        ),
        ("code: a, goal: 1, lower: 0, upper: 9, missing: mean", "Write one of: none, group_mean"),
        ("code: a, goal: 1, lower: 0, upper: 9, scored: maybe", "score"),
        ("code: a, goal: 1, lower: 0, upper: 9, score: yes, scope: oecd", "score: false, or scope: global"),
        ("code: a, goal: 1, Lower: 0, lower: 0, upper: 9", "lower and Lower say the same thing"),
        ("code: a, goal: 1, lower: 0, upper: 9, trend: [2015]", "trend"),
        ("code: a, goal: 1, lower: 0, uper: 9", "Did you mean upper"),
    ],
)
def test_what_could_mean_two_things_is_refused(tmp_path: Path, fields: str, says: str) -> None:
    with pytest.raises(Refusal) as refused:
        one(tmp_path, fields)
    assert refused.value.where == "method.yaml, line 3"
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("rest", "says"),
    [
        ("normalise: minmax", "by: goalposts to score between the bounds"),
        ("missing: mean", "Write one of: none, group_mean"),
        ("imputation: {goals: [1], by: median}", "group_mean"),
        ("scopes: {eu: [SWE]}\ngroups: regions.csv", "regions.csv"),
        ("impute: {index: yes}\nmissing: {goals: [1]}", "say the same thing"),
        ("goals: [{goal: 1, indicators: [pov]}]", "scores 0"),
    ],
)
def test_a_method_that_could_mean_two_things(tmp_path: Path, rest: str, says: str) -> None:
    with pytest.raises(Refusal) as refused:
        one(tmp_path, "code: a, goal: 1, lower: 0, upper: 9", rest)
    assert says in str(refused.value)


def test_a_column_of_a_codebook_that_is_misspelt(tmp_path: Path) -> None:
    (tmp_path / "book.csv").write_text("code,goal,lower,upper,treshold,wieght\na,1,0,9,,2\n")
    with pytest.raises(Refusal, match=r"book.csv, line 1.*Did you mean"):
        read(tmp_path, "indicators: book.csv")
