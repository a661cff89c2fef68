"""The console command: its own commands first, and faults in plain words."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from dugnad.config.commands import main

ROOT = Path(__file__).resolve().parents[2]
OURS = {path.stem for path in ROOT.glob("dugnad/*/management/commands/*.py") if path.stem != "__init__"}


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Done]:
    """What a command that needs no installation says, and how it ends: in this process."""

    def ask(*words: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["dugnad", *words])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        return Done(code, *capsys.readouterr())

    return ask


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """... in a process and a data folder of its own."""
    command = [sys.executable, "-m", "dugnad.config.commands", *words]
    environment = {"PATH": "/usr/bin:/bin", "DUGNAD_DATA_DIR": str(folder / "var")}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)


def test_help_lists_our_commands_first_each_with_what_it_does(tmp_path: Path) -> None:
    said = run(tmp_path, "help", "--lang", "en").stdout
    ours, others = said.split("Also there")
    described = {line.split()[0]: line.split()[1:] for line in ours.splitlines() if line[:3].strip()}
    assert {"start", "stage", "score", "explain"} <= OURS <= described.keys()
    assert all(len(described[name]) >= 3 for name in OURS)
    assert "migrate" in others and "migrate" not in ours


@pytest.mark.parametrize(
    ("lang", "list_says", "help_says", "writes"),
    [
        ("nb", "valgene til en kommando", "hvert tall som kan regnes ut", "FEIL migreringer:"),
        ("nn", "vala til ein kommando", "kvart tal som kan reknast ut", "FEIL migreringar:"),
        ("en", "the options of a command", "every number that can be computed", "FAULT migrations:"),
    ],
)
def test_commands_and_their_help_speak_three_languages(
    said: Callable[..., Done], tmp_path: Path, lang: str, list_says: str, help_says: str, writes: str
) -> None:
    assert list_says in said("help", "--lang", lang).stdout
    for asked in (("help", "audit"), ("audit", "--help")):
        assert help_says in " ".join(said(*asked, "--lang", lang).stdout.split())
    assert writes in run(tmp_path, "doctor", "--lang", lang).stdout  # nothing has been migrated here


def test_a_language_that_is_none_is_refused_and_bokmål_is_usual(said: Callable[..., Done]) -> None:
    refused = said("publish", "--lang", "de")
    assert refused.returncode == 2 and "'nb', 'nn', 'en'" in refused.stderr
    assert "valgene til en kommando" in said("help").stdout


@pytest.mark.parametrize(
    ("lang", "method", "says"),
    [
        ("nb", "sdg-index", "Skriv en metodefil som begynner med linjen «extends: sdg-index»"),
        ("nn", "sdg-index", "Skriv ei metodefil som byrjar med linja «extends: sdg-index»"),
        ("nb", "none.yaml", "Filen finnes ikke (none.yaml)."),
        ("nb", "definitions", "Det er en mappe, og ikke en fil (definitions)."),
        (
            "nn",
            "method.yaml",
            "enn linja med namn: 5, og ikkje 4 (values.csv, linje 3).",
        ),
    ],
)
def test_a_fault_is_one_sentence_in_one_language(
    said: Callable[..., Done], tmp_path: Path, lang: str, method: str, says: str
) -> None:
    (tmp_path / "values.csv").write_text("place,indicator,period,value\np,a,2020,1.5\nq,a,2020,1,5\n")
    (tmp_path / "method.yaml").write_text("indicators:\n  - {code: a, lower: 0, upper: 10}\n")
    given = tmp_path / method if method == "method.yaml" else method
    done = said("score", str(tmp_path / "values.csv"), str(given), "-o", str(tmp_path / "out"), "--lang", lang)
    assert done.returncode == 1 and not (tmp_path / "out").exists()
    assert says in done.stderr and len(done.stderr.strip().splitlines()) == 1
    assert not any(word in done.stderr for word in ("CommandError", "Expected", "No such file"))
