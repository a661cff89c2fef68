"""`dugnad start`: what can be wrong is said in one sentence, and the right plan and port are taken."""

import io
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django_tasks_db.models import DBTaskResult

from dugnad.shared.models import OutboxMessage
from dugnad.site import changes, ready
from dugnad.site.management.commands import start, worker
from dugnad.status.models import Snapshot
from dugnad.status.queries import snapshots

ROOT = Path(__file__).resolve().parents[2]


def run(*more: str, lang: str = "en", **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DUGNAD_")}
    clean.pop("DATABASE_URL", None)
    return subprocess.run(
        [sys.executable, "-m", "dugnad.config.commands", "start", "--port", "8700", "--lang", lang, *more],
        cwd=ROOT, env={**clean, **environment}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def one_sentence(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_a_data_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    said = one_sentence(run(DUGNAD_DATA_DIR=str(tmp_path / "file" / "data")))
    assert said.startswith("The data folder cannot be used") and "DUGNAD_DATA_DIR" in said


def test_an_unsafe_setting(tmp_path: Path) -> None:
    unsafe = {"DUGNAD_PUBLIC_URL": "https://dugnad.example", "DUGNAD_DEBUG": "true"}
    assert "DUGNAD_DEBUG" in one_sentence(run(DUGNAD_DATA_DIR=str(tmp_path), **unsafe))


def test_a_database_that_does_not_answer(tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"postgres://me:secret@127.0.0.1:{nobody.getsockname()[1]}/dugnad"
        said = one_sentence(run(DUGNAD_DATA_DIR=str(tmp_path), DATABASE_URL=url))
    assert "DATABASE_URL" in said
    assert "secret" not in said


NOT_THERE = [
    ({"data": Path("/no/such/folder")}, "/no/such/folder is not a folder", "Give --data"),
    ({"data": Path(__file__)}, f"{__file__} is not a folder", "Give --data"),
    ({"data": Path("/"), "plan": Path("/no/plan.yaml")}, "/no/plan.yaml does not exist", "Give --plan"),
    ({"plan": Path("/no/plan.yaml")}, "/no/plan.yaml is for a folder", "with --data"),
]


@pytest.mark.parametrize(("given", "named", "remedy"), NOT_THERE)
def test_a_folder_or_plan_that_is_not_there_is_named(given: dict[str, Path], named: str, remedy: str) -> None:
    with pytest.raises(CommandError, match=re.escape(named)) as said:
        call_command("start", lang="en", **given)
    assert remedy in str(said.value)


@pytest.mark.parametrize(("lang", "said"), [("nb", "er ikke en mappe"), ("nn", "er ikkje ei mappe")])
def test_a_folder_that_is_not_there_starts_nothing(tmp_path: Path, lang: str, said: str) -> None:
    done = run("--data", "/no/such/folder", lang=lang, DUGNAD_DATA_DIR=str(tmp_path))
    assert f"/no/such/folder {said}" in one_sentence(done)
    assert not (tmp_path / "start.lock").exists() and not list(tmp_path.glob("*.sqlite3"))


def test_a_broken_definition(tmp_path: Path) -> None:
    definitions = tmp_path / "definitions"
    for folder in (ROOT / "definitions").iterdir():
        if folder.is_dir():
            definitions.mkdir(exist_ok=True)
            (definitions / folder.name).symlink_to(folder)
    (definitions / "norge").unlink()
    (definitions / "norge").mkdir()
    (definitions / "norge" / "set.yaml").write_text("kind: [indicator_set")
    said = one_sentence(run(DUGNAD_DATA_DIR=str(tmp_path / "data"), DUGNAD_DEFINITIONS_DIR=str(definitions)))
    assert "set.yaml" in said


def test_the_next_free_port_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        if port < 65500:
            assert port < start._free_port("127.0.0.1", port) < port + 100


@pytest.mark.parametrize(
    ("lang", "host", "said"),
    [
        ("nb", "192.0.2.1", "Kan ikke lytte på 192.0.2.1 port 8000: det er ikke en adresse på denne maskinen."),
        ("nn", "no.such.host.invalid", "Kan ikkje lytte på no.such.host.invalid port 8000: "),
        ("en", "192.0.2.1", "Cannot listen on 192.0.2.1 port 8000: it is not an address of this machine."),
    ],
)
def test_where_one_cannot_listen_is_said_before_anything_is_begun(lang: str, host: str, said: str) -> None:
    with pytest.raises(CommandError, match=re.escape(said)):
        call_command("start", host=host, lang=lang)


def test_a_folder_with_a_plan_of_its_own_is_read_by_it(tmp_path: Path) -> None:
    shipped = start._plan_for(tmp_path)
    assert shipped is not None and shipped.is_file()
    (tmp_path / "import-plan.yaml").write_text("datasets: []")
    assert start._plan_for(tmp_path) is None


def test_a_folder_of_which_something_is_refused_does_not_stop_the_start_but_is_remembered(tmp_path: Path) -> None:
    command = start.Command(stderr=io.StringIO(), no_color=True)
    assert command._publish(tmp_path, tmp_path / "none.yaml") is False
    assert "none.yaml" in command.stderr._out.getvalue()


def test_the_commands_it_runs() -> None:
    command = start.server("127.0.0.1", 8000, 2)
    # Without it a keep-alive reader can hold up a stop; and all of it is to end within ten seconds.
    assert 0 < int(command[command.index("--workers-kill-timeout") + 1]) < start.STOP_WITHIN < 10
    assert "worker" in start.worker()


@pytest.mark.django_db
def test_messages_a_killed_worker_left_are_taken_up(monkeypatch: pytest.MonkeyPatch) -> None:
    worker._take_up()
    assert not DBTaskResult.objects.exists()
    OutboxMessage.objects.create(topic="release.published", payload={}, at="2026-01-01T00:00Z")
    worker._take_up()
    assert DBTaskResult.objects.get().task_path == "dugnad.shared.outbox.deliver_outbox"


@pytest.mark.django_db
def test_pages_are_made_ready_in_slices_that_leave_room_for_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    snapshot = Snapshot.objects.create(published_at="2026-01-01T00:00Z").pk
    snapshots.forget()
    left: list[tuple[int, int]] = []
    asked: list[str] = []
    shelf = ready.Shelf(tmp_path, memory=0)
    monkeypatch.setattr(changes, "_pages", lambda: ready.ReadyPages(lambda *_: [], shelf))
    monkeypatch.setattr(changes, "addresses", lambda: (f"/nb/{n}" for n in range(10)))
    monkeypatch.setattr(changes, "prepare", lambda _pages, address: bool(asked.append(address)) or address != "/nb/3")
    monkeypatch.setattr(type(changes.make_ready), "enqueue", lambda _task, *args: left.append(args))
    assert changes.make_ready.func(snapshot) == 10  # time enough for all of them
    assert left == []
    monkeypatch.setattr(changes, "SLICE", -1.0)
    assert changes.make_ready.func(snapshot, 5) == 6
    assert left == [(snapshot, 6)]
    assert changes.make_ready.func(snapshot, 3) == 4  # no page of the slice could be made
    assert left == [(snapshot, 6)]
    assert changes.make_ready.func(snapshot - 1) == 0  # something newer has been published
    assert asked == [f"/nb/{n}" for n in (*range(10), 5, 3)]


def test_the_worker_goes_on_when_the_database_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    tries: list[str] = []

    def db_worker(*_: object, **__: object) -> None:
        tries.append("")
        if len(tries) < 3:
            raise OperationalError("the database is gone")
        raise SystemExit(0)  # as it ends when it is told to stop

    monkeypatch.setattr(worker, "call_command", db_worker)
    monkeypatch.setattr(worker, "_take_up", lambda: None)
    monkeypatch.setattr(worker, "plan_the_night", lambda: None)
    monkeypatch.setattr(worker, "PAUSE", 0)
    monkeypatch.setattr(worker.os, "nice", lambda _: None)
    monkeypatch.setattr(worker.connection, "close", lambda: None)
    with pytest.raises(SystemExit):
        worker.Command().handle()
    assert len(tries) == 3
