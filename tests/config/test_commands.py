"""The console command: its own commands first, and faults in plain words."""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import pytest
from django.core.management import get_commands, load_command_class
from django.utils.translation import override

from dugnad.config.commands import main
from dugnad.shared.console import SpokenCommand

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
            code = end.code if isinstance(end.code, int) else 1
            if isinstance(end.code, str):  # as the interpreter does
                sys.stderr.write(end.code)
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


@pytest.mark.parametrize("name", sorted(OURS))
def test_each_command_says_all_of_its_help_in_each_language(name: str) -> None:
    """Every command of ours, and every option of it, has a line of its own in each language."""
    command = load_command_class(str(get_commands()[name]), name)
    assert isinstance(command, SpokenCommand)
    told: dict[str, list[str]] = {}
    for lang in ("nb", "nn", "en"):
        with override(lang):
            parser = command.create_parser("dugnad", name)
        shown = [a for a in parser._actions if a.help != argparse.SUPPRESS and a.dest != "help"]
        assert all(action.help for action in shown), [action.dest for action in shown if not action.help]
        told[lang] = [str(parser.description), *(str(action.help) for action in shown)]
    assert all(len(set(each)) >= 2 and each[2] not in each[:2] for each in zip(*told.values(), strict=True))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("worker", "--help"), "bruk: dugnad worker [-h] [--lang {nb,nn,en}]"),
        (("worker", "--help"), "valg:\n  -h, --help         vis denne hjelpen\n"),
        (("stage", "--help", "--lang", "nn"), "argument:\n  folder"),
        (("stage",), "dugnad stage: feil: disse argumentene mangler: folder\n"),
        (("start", "--nope", "--lang", "nn"), "dugnad start: feil: ukjende argument: --nope\n"),
        (("start", "--port", "70000"), "argumentet --port: 70000 er ikke et helt tall fra 1 til 65535\n"),
        (("publish", "one"), "ugyldig verdi (int): 'one'\n"),
        (("give-office", "--from", "today", "--lang", "nn"), "today er ikkje ein dag; skriv han som 2026-11-01\n"),
        (("start", "--port", "x", "--lang", "en"), "dugnad start: error: argument --port: x is not a whole number"),
        (("nosuch",), "Det finnes ingen kommando «nosuch». «dugnad help» viser alle."),
        (("help", "strat", "--lang", "nn"), "Meinte du «start»?"),
    ],
)
def test_what_is_wrong_with_a_line_is_said_in_its_language(
    said: Callable[..., Done], words: tuple[str, ...], says: str
) -> None:
    done = said(*words)
    assert says in done.stdout + done.stderr
    assert done.returncode or "--help" in words
    assert argparse.ArgumentParser(prog="other").format_usage().startswith("usage: "), "others keep their words"


def test_the_version_is_that_of_dugnad(said: Callable[..., Done]) -> None:
    assert said("--version").stdout.strip() == version("dugnad")


def test_a_database_without_tables_is_one_sentence(tmp_path: Path) -> None:
    done = run(tmp_path, "create-person", "--email", "kari@example.org", "--name", "Kari Prøve")
    assert done.returncode == 1 and "dugnad doctor" in done.stderr
    assert done.stderr.startswith("Databasen kan ikke brukes") and len(done.stderr.strip().splitlines()) == 1


def test_the_first_command_on_a_fresh_machine_speaks_bokmål(tmp_path: Path) -> None:
    """Django reads the translations once: they are compiled before that, and not by the command."""
    shutil.copytree(ROOT / "dugnad", tmp_path / "dugnad", ignore=shutil.ignore_patterns("*.mo", "static"))
    command = [sys.executable, "-m", "dugnad.config.commands", "help"]
    environment = {"PATH": "/usr/bin:/bin", "DUGNAD_DATA_DIR": str(tmp_path / "var")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert "valgene til en kommando" in done.stdout and "Se på alt som kan være galt" in done.stdout, done.stderr


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
