"""Job A compares what was found before it compares how fast: the comparison itself must be able to fail."""

import json

import pytest

from benchmarks import ingest


@pytest.fixture(scope="module")
def found():
    contender = ingest.contenders()["ours"]
    return contender.answer(contender.work(contender.prepare()))


def test_ours_finds_what_the_standard_library_finds(found):
    table = json.loads(ingest.document())
    values = ingest.np.array(table["value"], float)
    codes = [list(table["dimension"][name]["category"]["index"]) for name in table["id"]]
    grid = ingest.np.indices(table["size"]).reshape(len(codes), -1)
    words = [[own[i] for i in at] for own, at in zip(codes, grid, strict=True)]
    marks = [table["status"].get(str(cell), "") for cell in range(len(values))]
    assert found == ingest._answer(words, values, marks)
    assert found["rows"] == 800_000


@pytest.mark.parametrize("spoilt", ["codes", "values", "marks"])
def test_one_wrong_cell_is_another_answer(spoilt):
    def answer(wrong: str) -> dict:
        codes = [["a", "b" if wrong != "codes" else "c"]]
        values = ingest.np.array([1.0, 2.0 if wrong != "values" else 2.0000000000000004])
        return ingest._answer(codes, values, ["", ":" if wrong != "marks" else "."])

    assert answer(spoilt) != answer("")
