"""The definitions that come with the product, counted against the standards and against the real files."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from dugnad.standards import queries, rules

pytestmark = pytest.mark.usefixtures("loaded")

TARGETS_PER_GOAL = [7, 8, 13, 10, 9, 8, 5, 12, 8, 10, 10, 11, 5, 10, 12, 12, 19]
# How many of the 91 reach each goal through their links.
U4SSC_PER_GOAL = [5, 1, 10, 5, 2, 12, 11, 5, 6, 2, 31, 1, 3, 1, 1, 6, 4]


def test_the_goals_and_their_169_targets() -> None:
    found = queries.goals()
    assert [goal.number for goal in found] == list(range(1, 18))
    assert [len(goal.targets.all()) for goal in found] == TARGETS_PER_GOAL
    assert sum(TARGETS_PER_GOAL) == 169


def test_text_on_the_colours_of_the_goals_reads_well() -> None:
    white = [goal.number for goal in queries.goals() if goal.text_colour == "#ffffff"]
    assert white == [1, 4, 8, 10, 13, 16, 17]
    for goal in queries.goals():
        assert rules.contrast(goal.colour, goal.text_colour) >= (4.5 if goal.number in white else 5.8)


def test_the_global_framework_of_2020() -> None:
    overview = queries.set_overview("sdg", "2020")
    assert (len(overview.versions), overview.listed_count) == (231, 247)
    several = Counter(len(version.targets.all()) for version in overview.versions)
    assert several == {1: 219, 2: 8, 3: 4}  # twelve stand under two or three targets
    for version in overview.versions:
        targets = {target.code for target in version.targets.all()}
        codes = [version.code, *(alias.code for alias in version.aliases.all() if alias.code != "17.6.2")]
        assert {code.rpartition(".")[0] for code in codes} == targets  # a code begins with its target
    assert queries.indicator_by_code("sdg", "13.1.1").code == "1.5.1"
    assert queries.indicator_by_code("sdg", "17.6.2").code == "17.6.1"


def test_the_global_framework_of_2025() -> None:
    overview = queries.set_overview("sdg")
    assert overview.edition.code == "2025" and [edition.code for edition in overview.editions] == ["2025", "2020"]
    assert (len(overview.versions), overview.listed_count) == (234, 251)
    several = Counter(len(version.targets.all()) for version in overview.versions)
    assert several == {1: 221, 2: 9, 3: 4}  # thirteen stand under two or three targets
    for version in overview.versions:
        targets = {target.code for target in version.targets.all()}
        codes = [version.code, *(alias.code for alias in version.aliases.all() if alias.code != "17.6.2")]
        assert {code.rpartition(".")[0] for code in codes} == targets


def test_what_the_review_of_2025_changed() -> None:
    before, after = ({v.code: v for v in queries.set_overview("sdg", e).versions} for e in ("2020", "2025"))
    assert after.keys() - before.keys() == {"2.2.4", "8.9.2", "11.c.1", "11.5.3"}
    assert before.keys() - after.keys() == {"11.5.2"}  # split after 2020: the losses are those of 1.5.2
    assert {code for code in after.keys() & before.keys() if after[code].note} == {
        *("3.b.3", "4.6.1"),  # replaced
        *("2.5.2", "3.8.2", "15.9.1"),  # revised, as far as it is known
    }
    assert {version.code for version in after.values() if version.uncertain} == {"2.5.2", "15.9.1"}
    same = [code for code in after.keys() & before.keys() if after[code].title == before[code].title]
    assert after.keys() & before.keys() - same == {"3.8.2", "3.b.3", "4.6.1"}


def test_u4ssc_has_91_indicators_and_112_data_points() -> None:
    overview = queries.set_overview("u4ssc")
    assert (len(overview.versions), overview.data_point_count) == (91, 112)
    levels = Counter(group.group.level for group in _walk(overview.branches))
    assert levels == {1: 3, 2: 7, 3: 27}
    categories = [branch.group.title["en"] for branch in _walk(overview.branches) if branch.group.level == 3]
    assert len(set(categories)) == 22  # Water and Sanitation stands under three sub-dimensions
    assert Counter(len(_below(branch)) for branch in overview.branches) == {45: 1, 17: 1, 29: 1}
    assert list(overview.goal_counts.values()) == U4SSC_PER_GOAL
    assert Counter(v.labels["type"] for v in overview.versions) == {"smart": 20, "structural": 32, "sustainable": 39}
    assert Counter(v.labels["tier"] for v in overview.versions) == {"core": 55, "advanced": 36}


def _walk(branches):
    for branch in branches:
        yield branch
        yield from _walk(branch.branches)


def _below(branch):
    return [*branch.versions, *(version for below in branch.branches for version in _below(below))]


def test_a_u4ssc_code_is_found_however_a_list_prints_it() -> None:
    printed = {
        "EC: ICT: ICT: 1C": "EC:ICT:ICT:1C",
        "SC: EH: ED:1C": "SC:EH:ED:1C",
        "EC: P: EM: 3C": "EC:P:EM:3A",  # older lists
        "EC: P: EM: 4C": "EC:P:EM:4A",
        "SC: SH: SA: 5C": "SC:SH:SA:5A",
        "SC: SH: FS: 1C": "SC:SH:FS:1A",
        "EC: ICT: ICT: 5A": "EC:ICT:ICT:5C",  # KS' list
        "SC: EH: H: 6A": "SC:EH:ED:5A",
    }
    assert {written: queries.indicator_by_code("u4ssc", written).code for written in printed} == printed


def test_health_records_are_filed_under_health_with_their_printed_code() -> None:
    assert queries.indicator_by_code("u4ssc", "SC:EH:ED:5A").group.code == "SC:EH:H"


def test_gender_income_equity_aims_at_one() -> None:
    version = queries.indicator_by_code("u4ssc", "SC:SH:SI:1C")
    assert (version.direction, version.target_value) == ("target", 1)


def test_u4ssc_says_what_the_collected_facts_say(shared_data: Path) -> None:
    with (shared_data / "u4ssc" / "u4ssc_kpis.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 91
    for row in rows:
        version = queries.indicator_version(f"u4ssc.2017.{row['code']}")
        assert rules.printed_code(version.code) == row["code_printed"]
        assert version.title["en"] == row["name_en"]
        assert version.direction == row["direction"].removesuffix("_1")
        assert {target.code for target in version.targets.all()} == set(row["sdg_targets"].split(";"))
        parts = [part.code for part in version.data_points.all()]
        assert parts == [part for part in row["data_points"].split(";") if part]
        assert version.data_point_count == int(row["n_data_points"])
        assert version.labels == {"tier": row["tier"], "type": row["kpi_type"]}
        assert bool(version.denominator) == bool(row["denominator"])
        wanted = {queries.indicator_by_code("sdg", c).indicator_id for c in row["sdg_indicators"].split(";") if c}
        assert {link.indicator_id for link in version.related_links.all()} == wanted
        # What was not read in the standard itself is marked.
        assert ("type" in version.uncertain) == (row["kpi_type_basis"] == "inferred")
        assert ("tier" in version.uncertain) == ("page" not in row["tier_basis"])
        assert ("formula" in version.uncertain) == row["formula_basis"].startswith("DEF")


def test_the_norwegian_set_has_every_telemark_series(shared_data: Path) -> None:
    direction = {"low": "down", "high": "up", "none": "none"}
    with (shared_data / "telemark" / "indicators.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert {row["indicator"] for row in rows} == {v.code for v in queries.set_overview("norge").versions}
    for row in rows:
        version = queries.indicator_version(f"norge.2026.{row['indicator']}")
        assert version.direction == direction[row["direction"]] or version.corrected
        assert [str(link.goal_id) for link in version.goal_links.all() if link.is_primary] == row["sdg"].split(";")[
            :1
        ] or (row["sdg"] == "" and version.primary_goal is None)
        assert set(row["sdg"].split(";")) - {""} == {str(goal.number) for goal in version.goals.all()}
        assert version.direction_reason["nb"]
    corrected = {v.code for v in queries.set_overview("norge").versions if v.corrected}
    # More help, more power in place of oil, more people: a higher figure of these is neither better nor worse.
    assert corrected == {"child_welfare", "electricity_total", "electricity_households"}
    assert {queries.indicator_version(f"norge.2026.{code}").direction for code in corrected} == {"none"}
