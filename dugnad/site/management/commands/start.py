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
from django.core.management.base import CommandError
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from dugnad.places.changes import load_places
from dugnad.shared.console import SpokenCommand, between
from dugnad.shared.errors import Refusal
from dugnad.shared.writing import Actor
from dugnad.standards.changes import load_definitions
from dugnad.status.plans import FILE_NAME

EXAMPLES = settings.BASE_DIR / "examples"
START_WITHIN = 60  # seconds the server gets to answer
PR_SET_PDEATHSIG = 1  # linux/prctl.h
STOP_WITHIN = 4  # seconds a process gets to finish what it is doing; the server takes three of them at most
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Command(SpokenCommand):
    help = gettext_noop(
        "Bring the database, definitions and static files up to date, then run the server and the worker."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--port", type=between(1, 65535), default=8000, help=_("the first port to try (%(default)s)")
        )
        parser.add_argument(
            "--host", default="127.0.0.1", help=_("the address to listen on (%(default)s: this machine alone)")
        )
        parser.add_argument(
            "--workers", type=between(1, 64), default=2, help=_("how many processes answer readers (%(default)s)")
        )
        parser.add_argument("--data", type=Path, help=_("a folder of data to read, check and publish first"))
        parser.add_argument("--plan", type=Path, help=_("the import plan of that folder"))
        parser.add_argument("--example", action="store_true", help=_("load the invented example network"))

    def handle(self, *args: Any, **options: Any) -> None:
        _refuse_what_is_not_there(options["data"], options["plan"])
        _free_port(options["host"], options["port"])  # refused now, and not when all is published; found anew below
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
                signal.signal(number, _interrupt)
        processes: list[subprocess.Popen[bytes]] = []
        address = ""
        try:
            with self._alone():
                is_all_published = self._prepare(**options)
                address = self._run(processes, options["host"], options["port"], options["workers"])
            said = _("Dugnad runs at %(address)s  (Ctrl-C stops it)") % {"address": address}
            self.stdout.write(self.style.SUCCESS(said))
            if not is_all_published:
                said = _("Not everything in %(folder)s was published; why stands above.")
                self.stderr.write(self.style.WARNING(said % {"folder": options["data"]}))
            self.stdout.flush()
            while all(process.poll() is None for process in processes):
                time.sleep(0.5)
            raise CommandError(_("The server or the worker stopped by itself; what it said last stands above."))
        except KeyboardInterrupt:
            self.stdout.write(_("Stopping."))
        finally:
            if settings.ADDRESS_FILE.is_file() and settings.ADDRESS_FILE.read_text() == address:  # not another start's
                settings.ADDRESS_FILE.unlink()
            _stop(processes)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One at a time prepares a data folder and finds a port; another that starts meanwhile waits."""
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        with (settings.DATA_DIR / "start.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.stdout.write(_("Another start is preparing this data folder; waiting for it."))
                fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _prepare(self, *, data: Path | None, plan: Path | None, example: bool, **options: Any) -> bool:
        """Whether all of the folder of data is published; what was refused is on the screen."""
        by = Actor.system("dugnad start")
        self.stdout.write(_("Dugnad keeps its data in %(folder)s") % {"folder": settings.DATA_DIR})
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
        self._publish(settings.DEFINITIONS_DIR / "facts", None)
        if example:
            self._publish(EXAMPLES / "network" / "data", None)
            self._publish(EXAMPLES / "network" / "revision", None)
        if data is not None:
            if plan is None and (plan := _plan_for(data)):
                said = _("%(folder)s has no import plan of its own and is read by %(plan)s")
                self.stdout.write(said % {"folder": data, "plan": plan})
            is_all_published = self._publish(data, plan)
            said = _("Newer figures, with a network: %(command)s")
            self.stdout.write(said % {"command": "dugnad fetch examples/real/fetch-plan.yaml"})
            return is_all_published
        return True

    def _publish(self, folder: Path, plan: Path | None) -> bool:
        """Whether nothing was refused. What was is on the screen with its reason, and the others are published."""
        try:
            call_command(
                "stage",
                str(folder),
                plan=plan,
                publish=True,
                lang=get_language(),
                verbosity=0,
                stdout=self.stdout,
                stderr=self.stderr,
            )
        except CommandError as error:
            self.stderr.write(self.style.WARNING(str(error)))
            return False
        return True

    def _run(self, processes: list[subprocess.Popen[bytes]], host: str, first_port: int, workers: int) -> str:
        """Begin the server and the worker on the first free port, and wait until a page is answered; its address."""
        port = _free_port(host, first_port)
        name = "localhost" if host in ("127.0.0.1", "0.0.0.0") else host  # noqa: S104  (a name to print)
        address = f"http://{f'[{name}]' if ':' in name else name}:{port}"
        given = {"DUGNAD_PUBLIC_URL": address, "DUGNAD_LOG_LEVEL": "WARNING"}  # unless the environment says otherwise
        processes.append(_begin(server(host, port, workers), given))
        _wait_until_it_answers(host, port, processes[0])
        processes.append(_begin(worker(), given))  # now: it would compete with the server for the processor
        settings.ADDRESS_FILE.write_text(address)
        return address


def _refuse_what_is_not_there(data: Path | None, plan: Path | None) -> None:
    """Before anything is begun: a folder or a plan that was named and is not there."""
    if data is not None and not data.is_dir():
        said = _("%(data)s is not a folder. Give --data the folder of data (make start DATA=folder).")
        raise CommandError(said % {"data": data})
    if plan is not None and data is None:
        said = _("The plan %(plan)s is for a folder of data. Give that folder too, with --data.")
        raise CommandError(said % {"plan": plan})
    if plan is not None and not plan.is_file():
        said = _("The plan %(plan)s does not exist. Give --plan the import plan of %(data)s.")
        raise CommandError(said % {"plan": plan, "data": data})


def _plan_for(folder: Path) -> Path | None:
    """None where the folder has a plan itself, else the one shipped for a folder laid out like ours."""
    return None if (folder / FILE_NAME).exists() else EXAMPLES / "real" / FILE_NAME


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
    last = min(first + 99, 65535)
    try:
        family = socket.getaddrinfo(host, first, type=socket.SOCK_STREAM)[0][0]
        for port in range(first, last + 1):
            with socket.socket(family) as attempt:
                attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    attempt.bind((host, port))
                except OSError as error:
                    if error.errno != errno.EADDRINUSE:
                        raise
                    continue
                return port
    except OSError as error:
        why = {
            socket.EAI_NONAME: _("no machine has that name"),
            errno.EADDRNOTAVAIL: _("it is not an address of this machine"),
            errno.EACCES: _("you have no right to that port"),
        }.get(error.errno or 0, error.strerror)
        said = _("Cannot listen on %(host)s port %(port)s: %(why)s. Name others with --host and --port.")
        raise CommandError(said % {"host": host, "port": first, "why": why}) from None
    said = _("No port from %(first)s to %(last)s is free. Name another with --port (make start PORT=9000).")
    raise CommandError(said % {"first": first, "last": last})


def _wait_until_it_answers(host: str, port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_WITHIN
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise CommandError(_("The server stopped at once; what it said stands above."))
        try:
            with socket.create_connection((host, port), timeout=START_WITHIN) as asked:
                asked.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                if asked.recv(1):
                    return
        except OSError:
            pass
        time.sleep(0.1)
    raise CommandError(_("The server did not answer within a minute. Run `dugnad doctor` to see what is wrong."))


def _interrupt(*given: object) -> None:
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
