"""`dugnad score`: from two files to four, and a published index reproduced from its published inputs."""

import csv
import doctest
import re
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from dugnad.status.methods.outputs import as_csv
from dugnad.status.methods.rounding import round_once

METHOD = """
name: small
version: "2"
title: {nb: En liten indeks, nn: Ein liten indeks, en: A small index}
source: Our own figures
missing: {index: group_mean}
groups: {4001: south, 4003: south, 4010: south}
indicators:
  - {code: a, goal: 1, lower: 0, upper: 10, thresholds: {red: 3, green: 7}}
  - {code: b, goal: 2, lower: 50, upper: 0, thresholds: {red: 30, green: 10}}
"""
VALUES = """place,indicator,period,value,name
4001,a,2020,9,Porsgrunn
4001,b,2019,5,Porsgrunn
4003,a,2020,2,<script>Skien
4010,a,2020,5,Hjartdal
4010,b,2020,25,Hjartdal
"""


def run(folder: Path, *options: str, values: str = VALUES, method: str = METHOD) -> Path:
    (folder / "values.csv").write_text(values)
    (folder / "method.yaml").write_text(method)
    command = ["score", str(folder / "values.csv"), str(folder / "method.yaml"), "-o", str(folder / "out"), *options]
    call_command(*command)
    return folder / "out"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_four_files(tmp_path: Path) -> None:
    out = run(tmp_path, "--draws", "200")
    assert sorted(path.name for path in out.iterdir()) == ["goals.csv", "index.csv", "indicators.csv", "report.html"]
    index = {row["place"]: row for row in rows(out / "index.csv")}
    assert (index["4001"]["score"], index["4001"]["rank"], index["4001"]["rank_from"]) == ("90", "1", "1")
    assert index["4003"]["score"] == "45"  # 20, and 70 as the mean of 90 and 50
    assert index["4010"]["score"] == "50"
    assert {row["method"] + row["method_version"] for row in index.values()} == {"small2"}
    indicators = {(row["place"], row["indicator"]): row for row in rows(out / "indicators.csv")}
    assert indicators["4001", "b"]["period"] == "2019"
    assert [indicators[p, "a"]["colour"] for p in ("4001", "4003", "4010")] == ["green", "red", "yellow"]
    assert indicators["4003", "b"] == {**indicators["4003", "b"], "value": "", "score": "", "colour": "", "period": ""}
    goals = {(row["place"], row["goal"]): row for row in rows(out / "goals.csv")}
    assert (goals["4003", "2"]["score"], goals["4003", "2"]["filled_in_index"]) == ("", "true")


@pytest.mark.parametrize(
    ("lang", "words"),
    [("nb", ["En liten indeks", "Poeng for målene", "rød"]), ("nn", ["Ein liten indeks", "Poeng for måla", "raud"]),
     ("en", ["A small index", "Scores of the goals", "red"])],
)  # fmt: skip
def test_the_report_stands_alone_and_says_it_in_words(tmp_path: Path, lang: str, words: list[str]) -> None:
    page = (run(tmp_path, "--lang", lang, "--draws", "100") / "report.html").read_text()
    assert f'<html lang="{lang}">' in page
    for word in [*words, "Our own figures", "&lt;script&gt;Skien"]:
        assert word in page
    assert "<script" not in page and not re.findall(r'(?:src|href)="', page)


def test_the_report_says_who_is_ahead_as_far_as_anyone_is(tmp_path: Path) -> None:
    text = (Path(__file__).parents[3] / "docs" / "methods.md").read_text()
    values, method = (re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)[0] for kind in ("csv", "yaml"))
    page = (run(tmp_path, "--lang", "en", values=values, method=method) / "report.html").read_text()
    assert "Ahead of all others, as far as these rankings tell: Bakkeby." in page
    assert "In all, 3 places are in 2 groups that can be told apart." in page and "Goal 13" in page
    alike = re.sub(r"emissions,2024,[0-9.]+", "emissions,2024,4", values)
    page = (
        run(tmp_path, "--lang", "nb", values=re.sub("Bakkeby.*\n", "", alike), method=method) / "report.html"
    ).read_text()
    assert "Foran alle andre, så langt disse rangeringene viser: Nordvik." in page  # better in both that differ
    crossed = re.sub("Bakkeby.*\n", "", alike).replace("Nordvik,poverty,2024,11.4", "Nordvik,poverty,2024,13.5")
    page = (run(tmp_path, "--lang", "nn", values=crossed, method=method) / "report.html").read_text()
    assert "Ingen av dei 2 stadene kan seiast å liggje framfor dei andre." in page


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    first = {path.name: path.read_bytes() for path in run(tmp_path).iterdir()}
    assert {path.name: path.read_bytes() for path in run(tmp_path).iterdir()} == first


def test_a_refusal_is_one_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"values.csv, line 2") as refused:
        run(tmp_path, "--lang", "en", values="place,indicator,value\n4001,a,nine\n")
    assert str(refused.value).startswith("nine is not a number")
    with pytest.raises(CommandError, match="judges one series"):
        run(tmp_path, "--lang", "en", method="extends: linear-path\n")
    assert not (tmp_path / "out").exists()


def test_the_complete_example_of_the_documents_runs(tmp_path: Path) -> None:
    text = (Path(__file__).parents[3] / "docs" / "methods.md").read_text()
    example = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)[1]
    lines = ["place,indicator,period,value", "4001,poverty,2022,11.4", "4001,pupils_read,2022,70",
             "4001,early_leavers,2016,20", "4001,early_leavers,2023,13", "4001,fish_imports,2021,45",
             "4003,poverty,2023,5", "4003,early_leavers,2022,5", "4003,fish_imports,2021,0",
             "4003,sea_bed,2021,80"]  # fmt: skip
    out = run(tmp_path, "--draws", "100", values="\n".join(lines), method=example)
    indicators = {(row["place"], row["indicator"]): row for row in rows(out / "indicators.csv")}
    assert indicators["4001", "early_leavers"]["trend"] == "on_track"
    assert (indicators["4003", "pupils_read"]["filled"], indicators["4003", "pupils_read"]["score"]) == ("true", "50")
    goals = {(row["place"], row["goal"]): row["score"] for row in rows(out / "goals.csv")}
    assert (goals["4001", "4"], goals["4001", "14"]) == (
        "60",
        "",
    )  # (2 x 50 + 80) / 3; fish imports may not stand alone
    assert [row["why_none"] for row in rows(out / "index.csv")] == ["no_group_mean", "too_little_data"]


def test_the_first_example_of_the_documents_gives_what_they_say(tmp_path: Path) -> None:
    text = (Path(__file__).parents[3] / "docs" / "methods.md").read_text()
    blocks = {kind: re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)[0] for kind in ("csv", "yaml", "text")}
    out = run(tmp_path, "--lang", "en", values=blocks["csv"], method=blocks["yaml"])
    expected = list(csv.DictReader(blocks["text"].splitlines()))
    found = {row["place"]: row for row in rows(out / "index.csv")}
    assert [{name: found[row["place"]][name] for name in row} for row in expected] == expected
    assert len(found) == 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        # What a newcomer gets wrong, in the values and in the method, and the one sentence it gets.
        (("values", "place,indicator,", "place,code,"), "The values have no column indicator (values.csv, line 1)."),
        (("values", "12.9", "about 13"), "about 13 is not a number (values.csv, line 3)."),
        (("values", "12.9", "12,9"), "another number of cells than the line of names"),
        (("values", "Bakkeby,poverty", "Nordvik,poverty"), "A value stands twice: Nordvik, poverty, 2024"),
        (("values", "2024,10.1", "last year,10.1"), "last year"),
        (("method", "lower: 25, upper: 0", "lower: 0, upper: 25, direction: sideways"), '"sideways" is not accepted'),
        (("method", "lower: 50, upper: 100", "lower: 100, upper: 50, direction: up"), "best value below its worst"),
        (("method", "lower: 50, upper: 100", "lower: 50, upper: 50"), "bounds of finished_school are the same"),
        (("method", "finished_school, goal: 4", "finished_school"), "finished_school belongs to no goal"),
        (("method", "poverty, goal", "poverty, weight: 0, goal"), "The weights of all indicators of goal 1 are 0"),
        (("method", ", goal", ", weight: 0, goal"), "The weights of all indicators are 0, so nothing counts"),
        (("method", "rounding: 1", "goals: [{goal: 1, weight: 0}, {goal: 4, weight: 0}, {goal: 13, weight: 0}]"),
         "The weights of all goals are 0"),
        (("method", "lower: 25, ", ""), "poverty has no lower"),
    ],
)  # fmt: skip
def test_each_mistake_gets_one_sentence_and_changes_nothing(
    tmp_path: Path, change: tuple[str, str, str], said: str
) -> None:
    text = (Path(__file__).parents[3] / "docs" / "methods.md").read_text()
    files = {name: re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)[0]
             for name, kind in (("values", "csv"), ("method", "yaml"))}  # fmt: skip
    which, old, new = change
    assert old in files[which]
    files[which] = files[which].replace(old, new)
    with pytest.raises(CommandError) as refused:
        run(tmp_path, "--lang", "en", **files)
    told = str(refused.value)
    assert said in told and told.endswith(".") and "\n" not in told
    assert any(place in told for place in (f"{which}.", "row ", "the column period"))  # where it is
    assert not (tmp_path / "out").exists()


def test_empty_files_and_another_encoding_are_named(tmp_path: Path) -> None:
    for files, said in (({"values": " \n"}, "The file is empty (values.csv)."),
                        ({"method": ""}, "The file is empty (method.yaml). List the indicators"),
                        ({"values": VALUES.splitlines()[0]}, "The file has no rows")):  # fmt: skip
        with pytest.raises(CommandError, match=re.escape(said)):
            run(tmp_path, "--lang", "en", **files)
    (tmp_path / "values.csv").write_bytes(VALUES.replace("Porsgrunn", "Bø").encode("latin-1"))
    with pytest.raises(CommandError, match=r"The file is not UTF-8 text \(values.csv, line 2\)"):
        call_command("score", str(tmp_path / "values.csv"), str(tmp_path / "method.yaml"), "-o", str(tmp_path / "out"),
                     "--lang", "en")  # fmt: skip
    assert not (tmp_path / "out").exists()


def test_one_place_has_a_score_and_nobody_to_be_before(tmp_path: Path) -> None:
    lines = [line for line in VALUES.splitlines() if line.startswith(("place", "4001"))]
    [only] = rows(run(tmp_path, values="\n".join(lines)) / "index.csv")
    assert (only["score"], only["rank_from"], only["rank_to"], only["most_influential"]) == ("90", "1", "1", "")


def test_the_library_example_of_the_documents_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = doctest.testfile(str(Path(__file__).parents[3] / "docs" / "methods.md"), module_relative=False)
    assert found.failed == 0 and found.attempted >= 6


def test_bolivia(tmp_path: Path, shared_data: Path) -> None:
    """The municipal atlas of 2020: 15 goal indices of 339 municipalities, whose plain mean is the printed index."""
    published = rows(shared_data / "index" / "sdg.csv")
    goals = [name for name in published[0] if name.startswith("index_sdg")]
    lines = [f"{row['asdf_id']},{goal},2020,{row[goal]}" for row in published for goal in goals]
    method = "name: bolivia\nnormalise: none\nrounding: {index: 2}\nindicators:\n" + "".join(
        f"  - {{code: {goal}, goal: {goal.removeprefix('index_sdg')}}}\n" for goal in goals
    )
    out = run(tmp_path, "--draws", "400", values="place,indicator,period,value\n" + "\n".join(lines), method=method)
    ours = {row["place"]: Decimal(row["score"]) for row in rows(out / "index.csv")}
    printed = {row["asdf_id"]: Decimal(row["imds"]).quantize(Decimal("0.1")) for row in published}
    assert len(ours) == len(printed) == 339
    # Printed with one decimal: ours, with two, is never further away than half of the last digit.
    assert max(abs(ours[place] - printed[place]) for place in printed) <= Decimal("0.05")
    geometric = run(tmp_path, "--draws", "1", values="place,indicator,period,value\n" + "\n".join(lines),
                    method=method + "aggregation: geometric\n")  # fmt: skip
    other = {row["place"]: Decimal(row["score"]) for row in rows(geometric / "index.csv")}
    assert max(abs(other[place] - printed[place]) for place in printed) > 5  # so it is not a geometric mean


def test_texts_that_would_run_as_formulas_are_escaped_and_numbers_are_not() -> None:
    table = pa.table({"place": ["=1+1", "Ås", None], "score": [-3.25, None, 0.5]})
    assert as_csv(table).decode() == 'place,score\n"\'=1+1",-3.25\n"Ås",\n,0.5\n'


@given(st.decimals(-1000, 1000, places=4), st.integers(0, 3), st.sampled_from(["even", "up"]))
def test_rounding_agrees_with_decimal(value: Decimal, decimals: int, half: str) -> None:
    mode = ROUND_HALF_EVEN if half == "even" else ROUND_HALF_UP
    expected = float(value.quantize(Decimal(1).scaleb(-decimals), rounding=mode))
    assert round_once(np.array([float(value)]), decimals, half)[0] == expected  # type: ignore[arg-type]


def test_a_codebook_of_the_sdg_index_is_read_as_it_stands(tmp_path: Path) -> None:
    """Five indicators with the frozen bounds of the SDG Index; each score, the filled goal and the index by hand."""
    (tmp_path / "codebook.csv").write_text(
        "SDG,Indicator,IndCode,Optimum (= 100),Green threshold,Red threshold,Lower Bound (=0),Source\n"
        "1,Poverty headcount (%),wpc,0,2,12.7,72.6,World Data Lab\n"
        '2,"Obesity, BMI >= 30 (%)",obesity,2.8,10,25,35.1,WHO\n'
        "3,Traffic deaths,traffic,3.2,8.4,16.8,33.7,WHO\n"
        "5,Women in parliament (%),parl,50,40,20,1.2,IPU\n"
        "16,Corruption Perceptions Index,cpi,88.6,60,40,13,TI\n"
    )
    method = """extends: sdg-index
name: sdr
version: "2021"
indicators: codebook.csv
groups: {NOR: oecd, SWE: oecd, FIN: oecd, BOL: lac, XXX: oecd}
"""
    figures = {
        "NOR": (0.2, 23.1, 2.1, 44.4, 84), "SWE": (0.5, 20.6, 3.1, 47, 85), "FIN": (0.1, 22.2, 3.9, None, 85),
        "BOL": (5.5, 20.2, 21.1, 53.1, 31), "XXX": (1, None, 5, None, 70),
    }  # fmt: skip
    codes = ("wpc", "obesity", "traffic", "parl", "cpi")
    lines = ["place,indicator,year,value"]
    lines += [f"{place},{code},2020,{value}" for place, own in figures.items()
              for code, value in zip(codes, own, strict=True) if value is not None]  # fmt: skip
    out = run(tmp_path, "--draws", "100", values="\n".join(lines), method=method)
    scores = {(row["place"], row["indicator"]): row for row in rows(out / "indicators.csv")}
    # 100 (72.6 - 0.2) / 72.6; 100 (35.1 - 23.1) / 32.3; better than the optimum; 43.2 / 48.8; 71 / 75.6.
    norway = [float(scores["NOR", code]["score"]) for code in codes]
    assert norway == [99.725, 37.152, 100, 88.525, 93.915]
    assert [scores["NOR", code]["colour"] for code in codes] == ["green", "orange", "green", "green", "green"]
    index = {row["place"]: row for row in rows(out / "index.csv")}
    assert float(index["NOR"]["score"]) == pytest.approx(sum(norway) / 5, abs=6e-4)
    # One of five is missing: 20 % is not too much. Its goal has the mean of NOR and SWE, in the index only.
    finland = [99.862, 39.938, 97.705, (88.525 + 93.852) / 2, 95.238]
    assert float(index["FIN"]["score"]) == pytest.approx(sum(finland) / 5, abs=6e-4)
    goals = {(row["place"], row["goal"]): row for row in rows(out / "goals.csv")}
    assert (goals["FIN", "5"]["score"], goals["FIN", "5"]["filled_in_index"]) == ("", "true")
    assert (index["XXX"]["score"], index["XXX"]["rank"], index["XXX"]["why_none"]) == ("", "", "too_little_data")
