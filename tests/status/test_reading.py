"""The child that reads strangers' files, and the parent that survives whatever happens to it."""

import os
import textwrap
import time
from pathlib import Path

import pyarrow as pa
import pytest

from dugnad.shared.errors import Refusal
from dugnad.status import reading
from dugnad.status.observations import SCHEMA
from dugnad.status.reading import Limits, read_in_child

pytestmark = pytest.mark.usefixtures("in_english")
MAPPING = {
    "columns": {"place": "kommune", "period": "år", "value": "andel"},
    "constants": {"indicator": "eks.2026.a"},
}
TABLE = "kommune;år;andel\n4003;2024;5,7\n4001;2024;:\n".encode()

HELP = """
import os

def answer(text):
    open('answer.json', 'w').write(text)
    os._exit(0)

"""


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Let the child find a provider called `misfit` whose read does what a test says, after the limits are set."""

    def misfit(body: str) -> str:
        package = tmp_path / "dugnad" / "status" / "providers"
        package.mkdir(parents=True)
        (package / "misfit.py").write_text(HELP + "def read(content, mapping):\n" + textwrap.indent(body, "    "))
        start = "import sys, dugnad.status.providers as p; p.__path__.append(sys.argv.pop(1)); "
        start += "from dugnad.status.reading import child, main; child(main)"
        popen = reading.subprocess.Popen

        def started(command: list[str], **options):
            at = command.index("-m")
            return popen([*command[:at], "-c", start, str(package), *command[at + 2 :]], **options)

        monkeypatch.setattr(reading.subprocess, "Popen", started)
        return "misfit"

    return misfit


def test_a_table_is_read_from_bytes_and_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "tall.csv"
    path.write_bytes(TABLE)
    for source in (TABLE, path):
        found = read_in_child("tabular", source, MAPPING)
        assert found.table.schema.equals(SCHEMA)
        assert found.table["value"].to_pylist() == [5.7, None]
        assert found.findings == []


def test_findings_can_still_be_translated() -> None:
    found = read_in_child("tabular", TABLE + b"4012;2024;mange\n", MAPPING)
    nb = {"{text} is not a number": "{text} er ikke et tall"}
    assert str(found.findings[0].translated(nb.get).what) == "mange er ikke et tall"


def test_a_refusal_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "tall.csv"
    path.write_bytes(b"<!doctype html><html></html>")
    with pytest.raises(Refusal, match=r"tall\.csv") as refused:
        read_in_child("tabular", path, MAPPING)
    assert refused.value.where == "tall.csv"


def test_an_empty_or_a_large_file_starts_no_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading.subprocess, "Popen", None)
    path = tmp_path / "hull.csv"
    with path.open("wb") as file:
        file.truncate(5 * 2**30)  # five gigabytes of nothing
    for source in (b"", path):
        with pytest.raises(Refusal):
            read_in_child("tabular", source, MAPPING)


@pytest.mark.parametrize(
    "body",
    [
        "import os; os.kill(os.getpid(), 9)",
        "import os; os.abort()",
        "import os; os._exit(0)",  # no answer at all
        "raise RuntimeError('secret')",
        "return None",
        "import sys; sys.exit(3)",
        "raise MemoryError",
        "return bytearray(2**33)",
        "import ctypes; ctypes.string_at(0)",
        "answer('{\"findings\": [')",
        "answer('[]')",
        "open('table.arrow', 'wb').write(b'ARROW1' * 99)\nanswer('{\"findings\": []}')",
        "answer('{\"refusal\": 7}')",
        'answer(\'{"refusal": [{"msgid": "{a}", "params": {}}, 1, 2]}\')',
    ],
)
def test_whatever_happens_to_the_child_the_parent_has_one_sentence(child, body: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_in_child(child(body), TABLE, MAPPING)
    told = str(refused.value)
    assert "Traceback" not in told and "secret" not in told and "\n" not in told
    assert refused.value.what and refused.value.where and refused.value.remedy


def test_a_fault_of_our_own_is_logged_for_those_who_can_mend_it(child, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(Refusal):
        read_in_child(child("raise RuntimeError('the cause')"), TABLE, MAPPING)
    assert "the cause" in caplog.records[-1].errors


def test_an_answer_with_another_table_is_refused(child) -> None:
    body = """
        import pyarrow as pa
        class R: table = pa.table({'a': [1]}); findings = []
        return R
    """
    with pytest.raises(Refusal):
        read_in_child(child(textwrap.dedent(body)), TABLE, MAPPING)


@pytest.mark.parametrize("body", ["import time; time.sleep(600)", "while True: pass"])
def test_a_child_that_takes_too_long_is_ended(child, body: str) -> None:
    begun = time.monotonic()
    with pytest.raises(Refusal, match="more time or memory"):
        read_in_child(child(body), TABLE, MAPPING, limits=Limits(seconds=2, cpu_seconds=1))
    assert time.monotonic() - begun < 300, "ended by the limit, not by itself"


@pytest.mark.parametrize(
    "body",
    [
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
        "import os; os.fork()",
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/')",
    ],
)
def test_a_reader_starts_nothing_and_speaks_to_nobody(child, body: str) -> None:
    caught = f"try:\n    {body}\nexcept PermissionError:\n    os._exit(0)\nimport time; time.sleep(600)"
    with pytest.raises(Refusal, match="could not be read"):  # ended by the clock, it would be called too slow
        read_in_child(child(caught), TABLE, MAPPING)


def test_the_child_knows_no_secrets(child, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUGNAD_SECRET_KEY", "hemmelig")
    body = "import os, sys\nif 'DUGNAD_SECRET_KEY' in os.environ or 'django' in sys.modules: os.abort()\n"
    body += "from dugnad.status.observations import Reading, empty\nreturn Reading(empty())"
    assert len(read_in_child(child(body), TABLE, MAPPING).table) == 0


def test_the_name_of_a_provider_is_a_name() -> None:
    for name in ("", "../x", "tabular.opening", "os", "__init__"):
        with pytest.raises(Refusal):
            read_in_child(name, TABLE, MAPPING)


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading.tempfile, "tempdir", str(tmp_path))
    found = read_in_child("tabular", TABLE, MAPPING)
    assert os.listdir(tmp_path) == []
    assert found.table["place"].to_pylist() == ["4003", "4001"]  # the mapped file lives as long as the table
    assert pa.total_allocated_bytes() < 50 * 2**20
