"""`dugnad start`: bring the installation up to date and run the server and the worker until stopped."""

import ctypes
import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils.translation import gettext_noop, override

from dugnad.places.changes import load_places
from dugnad.shared.errors import Refusal
from dugnad.shared.messages import compile_catalogues
from dugnad.shared.writing import Actor
from dugnad.standards.changes import load_definitions

EXAMPLES = settings.BASE_DIR / "examples"
START_WITHIN = 60  # seconds the server gets to answer
PR_SET_PDEATHSIG = 1  # linux/prctl.h
STOP_WITHIN = 4  # seconds a process gets to finish what it is doing; the server takes three of them at most
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Command(BaseCommand):
    help = gettext_noop(
        "Bring the database, definitions and static files up to date, then run the server and the worker."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="the first port to try")
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--workers", type=int, default=2)
        parser.add_argument("--data", type=Path, help="a folder of data to read, check and publish first")
        parser.add_argument("--plan", type=Path, help="the import plan of that folder")
        parser.add_argument("--example", action="store_true", help="load the invented example network")

    def handle(self, *args: Any, **options: Any) -> None:
        _refuse_what_is_not_there(options["data"], options["plan"])
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
                signal.signal(number, _interrupt)
        processes: list[subprocess.Popen[bytes]] = []
        try:
            with override("en"), self._alone():
                self._prepare(**options)
                address = self._run(processes, options["host"], options["port"], options["workers"])
            self.stdout.write(self.style.SUCCESS(f"Dugnad runs at {address}  (Ctrl-C stops it)"))
            self.stdout.flush()
            while all(process.poll() is None for process in processes):
                time.sleep(0.5)
            raise CommandError("The server or the worker stopped by itself; what it said last stands above.")
        except KeyboardInterrupt:
            self.stdout.write("Stopping.")
        finally:
            _stop(processes)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One at a time prepares a data folder and finds a port; another that starts meanwhile waits."""
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        with (settings.DATA_DIR / "start.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.stdout.write("Another start is preparing this data folder; waiting for it.")
                fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _prepare(self, *, data: Path | None, plan: Path | None, example: bool, **options: Any) -> None:
        by = Actor.system("dugnad start")
        self.stdout.write(f"Data folder: {settings.DATA_DIR}")
        compile_catalogues()
        try:
            call_command("migrate", verbosity=0, interactive=False)
            call_command("collectstatic", verbosity=0, interactive=False)
            load_places(settings.DEFINITIONS_DIR / "places", by=by)
            load_definitions(settings.DEFINITIONS_DIR, by=by)
            if example:
                load_places(EXAMPLES / "network" / "places", by=by)
                load_definitions(EXAMPLES / "network" / "definitions", by=by)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from None
        except OperationalError as error:
            why = str(error).strip().splitlines()[0]
            raise CommandError(f"The database cannot be used: {why}. Correct DATABASE_URL, or start it.") from None
        self._publish(settings.DEFINITIONS_DIR / "facts", None)
        if example:
            self._publish(EXAMPLES / "network" / "data", None)
            self._publish(EXAMPLES / "network" / "revision", None)
        if data is not None:
            self._publish(data, plan or _plan_for(data))
            self.stdout.write("Newer figures, with a network: dugnad fetch examples/real/fetch-plan.yaml")

    def _publish(self, folder: Path, plan: Path | None) -> None:
        try:
            call_command(
                "stage",
                str(folder),
                plan=plan,
                publish=True,
                lang="en",
                verbosity=0,
                stdout=self.stdout,
                stderr=self.stderr,
            )
        except CommandError as error:
            # Some datasets refused: the others are published, and the reasons are on the screen.
            self.stderr.write(self.style.WARNING(str(error)))

    def _run(self, processes: list[subprocess.Popen[bytes]], host: str, first_port: int, workers: int) -> str:
        """Begin the server and the worker on the first free port, and wait until a page is answered; its address."""
        port = _free_port(host, first_port)
        name = "localhost" if host in ("127.0.0.1", "0.0.0.0") else host  # noqa: S104  (a name to print)
        address = f"http://{f'[{name}]' if ':' in name else name}:{port}"
        given = {"DUGNAD_PUBLIC_URL": address, "DUGNAD_LOG_LEVEL": "WARNING"}  # unless the environment says otherwise
        processes.append(_begin(server(host, port, workers), given))
        _wait_until_it_answers(host, port, processes[0])
        processes.append(_begin(worker(), given))  # now: it would compete with the server for the processor
        return address


def _refuse_what_is_not_there(data: Path | None, plan: Path | None) -> None:
    """Before anything is begun: a folder or a plan that was named and is not there."""
    if data is not None and not data.is_dir():
        raise CommandError(f"{data} is not a folder. Give --data the folder of data (make start DATA=folder).")
    if plan is not None and data is None:
        raise CommandError(f"The plan {plan} is for a folder of data. Give that folder too, with --data.")
    if plan is not None and not plan.is_file():
        raise CommandError(f"The plan {plan} does not exist. Give --plan the import plan of {data}.")


def _plan_for(folder: Path) -> Path | None:
    """The plan in the folder itself, else the one shipped for a folder laid out like ours."""
    return None if (folder / "import-plan.yaml").exists() else EXAMPLES / "real" / "import-plan.yaml"


def server(host: str, port: int, workers: int) -> list[str]:
    """The command line of the server. Without the kill timeout a keep-alive reader can hold up a stop for ever."""
    options = {
        "--interface": "wsgi",
        "--host": host,
        "--port": str(port),
        "--workers": str(workers),
        "--blocking-threads": "2",
        "--workers-kill-timeout": "3",
        "--log-level": "error",
    }
    flags = ["--respawn-failed-workers", "--no-access-log", "--no-ws"]
    words = [word for pair in options.items() for word in pair]
    return [sys.executable, "-m", "granian", *words, *flags, "dugnad.config.wsgi:application"]


def _begin(command: list[str], given: dict[str, str]) -> subprocess.Popen[bytes]:
    """A process in a group of its own: Ctrl-C in the terminal reaches this command alone, which stops the others.

    On Linux it is also asked to stop when this command is killed and can stop nothing. Elsewhere it then goes on.
    """
    return subprocess.Popen(  # noqa: S603  (our own)
        command,
        env={**given, **os.environ},
        process_group=0,
        preexec_fn=end_with_this(),
    )


def end_with_this() -> Callable[[], None] | None:
    """What a new process does before it becomes its command, on Linux: ask for SIGTERM when this one dies."""
    if sys.platform != "linux":
        return None
    parent = os.getpid()
    prctl = ctypes.CDLL(None).prctl

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return ask


def worker() -> list[str]:
    return [sys.executable, "-m", "dugnad.config.commands", "worker"]


def _free_port(host: str, first: int) -> int:
    """The first port from `first` on that nobody listens on."""
    try:
        family = socket.getaddrinfo(host, first, type=socket.SOCK_STREAM)[0][0]
        for port in range(first, first + 100):
            with socket.socket(family) as attempt:
                attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    attempt.bind((host, port))
                except OSError as error:
                    if error.errno != errno.EADDRINUSE:
                        raise
                    continue
                return port
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise CommandError(
            f"Cannot listen on {host} port {first}: {why}. Name others with --host and --port."
        ) from None
    raise CommandError(
        f"No port from {first} to {first + 99} is free. Name another with --port (make start PORT=9000)."
    )


def _wait_until_it_answers(host: str, port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_WITHIN
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise CommandError("The server stopped at once; what it said stands above.")
        try:
            with socket.create_connection((host, port), timeout=START_WITHIN) as asked:
                asked.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                if asked.recv(1):
                    return
        except OSError:
            pass
        time.sleep(0.1)
    raise CommandError("The server did not answer within a minute. Run `dugnad doctor` to see what is wrong.")


def _interrupt(*_: object) -> None:
    for number in SIGNALS:  # once is enough: what follows is the stopping, and it ends by itself
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + STOP_WITHIN
    for process in processes:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
