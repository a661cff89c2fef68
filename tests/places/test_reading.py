"""A wrong file is refused with file, line and remedy."""

import shutil

import pytest

from dugnad.places.reading import read_folder
from dugnad.shared.errors import Refusal

HEADER = "code,valid_from,valid_to,name,other_names,becomes\n"
COUNTY = "98,,,Fjellfylke,,\n"
SOURCE = "key: x\ntitle: {nb: Steder, nn: Stader, en: Places}\nlicence: CC0-1.0\nknown_from: 2005-01-01\n"


@pytest.fixture
def folder(definitions, tmp_path):
    """A folder with one county and whatever the test writes."""
    shutil.copy(definitions / "source.yaml", tmp_path)
    return tmp_path


def refusal_of(folder, rows, parts=None, header=HEADER):
    (folder / "places.csv").write_text(header + COUNTY + rows if header == HEADER else header + rows)
    if parts is not None:
        (folder / "parts.csv").write_text("on,from,to,area,share,source\n" + parts)
    with pytest.raises(Refusal) as refused:
        read_folder(folder)
    return refused.value


@pytest.mark.parametrize(
    ("rows", "line", "says"),
    [
        ("301,,,Oslo,,\n", 3, "Write 0301"),
        ("9999,,,Uoppgitt,,\n", 3, "Remove the row"),
        ("9801,,,,,\n", 3, "has no name"),
        ("9801,,,Deatnu - Tana,,\n", 3, "other_names"),
        ("9801,1.1.2020,,Tana,,\n", 3, "2024-01-01"),
        ("9801,,,Tana,Deatnu,\n", 3, "se:Ivgu"),
        ("9801,,,Tana,sv:Tana,\n", 3, "with its language"),
        ("9801,,2020-01-01,Tana,,\n", 3, "became nothing"),
        ("9801,,,Tana,,9802\n", 3, "has no end"),
        ("9801,2020-01-01,2020-01-01,Tana,,9802\n", 3, "ends on the day it begins"),
        ("9801,,2020-01-01,Tana,,9802\n", 3, "no 9802 begins that day"),
        ("9801,2020-01-01,,Tana,,\n", 3, "no place became it"),
        ("9801,,,Tana,,\n9801,,,Nana,,\n", 4, "valid twice"),
        ("9701,,,Tana,,\n", 3, "the county 97"),
        ("# a comment\n9801,,,Tana,,,\n", 4, "7 cells"),
    ],
)
def test_a_wrong_row_is_refused_where_it_stands(folder, rows, line, says):
    refused = refusal_of(folder, rows)
    assert refused.where == f"places.csv, line {line}"
    assert says in str(refused)


@pytest.mark.parametrize(
    ("parts", "where", "says"),
    [
        ("2020-01-01,9801,9802,,0.6,somebody\n2020-01-01,9801,9803,,0.6,somebody\n", "parts.csv", "add up to 1.2"),
        ("2020-01-01,9801,9802,,0.6,\n", "parts.csv, line 2", "share with its source"),
        ("2020-01-01,9801,9802,,60,somebody\n", "parts.csv, line 2", "between 0 and 1"),
        ("2021-01-01,9801,9802,A farm,,somebody\n", "parts.csv, line 2", "nor a transfer"),
        ("2021-01-01,9802,9803,,,somebody\n", "parts.csv, line 2", "nor a transfer"),
    ],
)
def test_a_wrong_part_is_refused_where_it_stands(folder, parts, where, says):
    split = "9801,,2020-01-01,Dalen,,9802 9803\n9802,2020-01-01,,Nordre Dal,,\n9803,2020-01-01,,Søre Dal,,\n"
    refused = refusal_of(folder, split, parts)
    assert refused.where == where
    assert says in str(refused)


def test_a_missing_column_is_named(folder):
    refused = refusal_of(folder, "9801,Tana\n", header="code,name\n")
    assert "valid_from" in refused.what and refused.where == "places.csv, line 1"


def test_another_encoding_is_refused_at_its_line(folder):
    (folder / "places.csv").write_bytes((HEADER + COUNTY + "9801,,,Bø,,\n").encode("latin-1"))
    with pytest.raises(Refusal, match="UTF-8") as refused:
        read_folder(folder)
    assert refused.value.where == "places.csv, line 3"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("key: [", "line"),
        ("key: x\n", "lacks title"),
        ("- a\n", "lacks key"),
        ("", "lacks key"),
        (SOURCE + "publisher: Statistics Norway\n", "publisher is shown to readers"),
        (SOURCE + "publisher: {nb: Statistisk sentralbyrå, en: Statistics Norway}\n", "publisher is shown to readers"),
    ],
)
def test_a_wrong_source_is_refused(folder, content, says):
    (folder / "source.yaml").write_text(content)
    with pytest.raises(Refusal, match=says):
        read_folder(folder)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(Refusal, match="missing"):
        read_folder(tmp_path)
