"""`dugnad start`: bring the installation up to date and run the server and the worker until stopped."""

import os
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from dugnad.places.changes import load_places
from dugnad.shared import messages
from dugnad.shared.errors import Refusal
from dugnad.shared.writing import Actor
from dugnad.standards.changes import load_definitions

EXAMPLES = settings.BASE_DIR / "examples"
STOP_WITHIN = 8  # seconds a process gets to finish what it is doing


class Command(BaseCommand):
    help = "Bring the database, definitions and static files up to date, then run the server and the worker."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="the first port to try")
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--workers", type=int, default=2)
        parser.add_argument("--data", type=Path, help="a folder of data to read, check and publish first")
        parser.add_argument("--plan", type=Path, help="the import plan of that folder")
        parser.add_argument("--example", action="store_true", help="load the invented example network")

    def handle(self, *args: Any, **options: Any) -> None:
        self._prepare(**options)
        port = _free_port(options["host"], options["port"])
        address = f"http://{'localhost' if options['host'] == '127.0.0.1' else options['host']}:{port}"
        processes = [
            subprocess.Popen(command, env={**os.environ, "DUGNAD_PUBLIC_URL": _public_url(address)}, process_group=0)
            for command in (_server(options["host"], port, options["workers"]), _worker())
        ]
        signal.signal(signal.SIGTERM, _interrupt)
        try:
            _wait_until_it_answers(options["host"], port, processes[0])
            self.stdout.write(self.style.SUCCESS(f"\nDugnad runs at {address}  (stop with Ctrl-C)\n"))
            while all(process.poll() is None for process in processes):
                time.sleep(0.5)
            raise CommandError("The server or the worker stopped by itself; what it said last stands above.")
        except KeyboardInterrupt:
            self.stdout.write("Stopping ...")
        finally:
            _stop(processes)

    def _prepare(self, *, data: Path | None, plan: Path | None, example: bool, **options: Any) -> None:
        by = Actor.system("dugnad start")
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        self.stdout.write(f"Data folder: {settings.DATA_DIR}")
        messages.compile_catalogues()
        call_command("migrate", verbosity=0, interactive=False)
        call_command("collectstatic", verbosity=0, interactive=False)
        try:
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
            self._publish(data, plan or _plan_for(data))

    def _publish(self, folder: Path, plan: Path | None) -> None:
        try:
            call_command("stage", str(folder), plan=plan, publish=True, stdout=self.stdout, stderr=self.stderr)
        except CommandError as error:
            # Some datasets refused: the others are published, and the reasons are on the screen.
            self.stderr.write(self.style.WARNING(str(error)))


def _plan_for(folder: Path) -> Path | None:
    """The plan in the folder itself, else the one shipped for a folder laid out like ours."""
    return None if (folder / "import-plan.yaml").exists() else EXAMPLES / "real" / "import-plan.yaml"


def _server(host: str, port: int, workers: int) -> list[str]:
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)),
        *(
            "--workers",
            str(workers),
            "--blocking-threads",
            "2",
            "--workers-kill-timeout",
            "5",
            "--respawn-failed-workers",
            "--no-access-log",
        ),
        *("--log-level", "warning", "--no-ws", "dugnad.config.wsgi:application"),
    ]


def _worker() -> list[str]:
    return [sys.executable, "-m", "dugnad.config.commands", "worker"]


def _public_url(address: str) -> str:
    return os.environ.get("DUGNAD_PUBLIC_URL", address)


def _free_port(host: str, first: int) -> int:
    for port in range(first, first + 100):
        with socket.socket() as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                attempt.bind((host, port))
            except OSError:
                continue
            return port
    raise CommandError(
        f"No port from {first} to {first + 99} is free. Name another with --port (make start PORT=9000)."
    )


def _wait_until_it_answers(host: str, port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise CommandError("The server stopped at once; what it said stands above.")
        with socket.socket() as attempt:
            if attempt.connect_ex((host, port)) == 0:
                return
        time.sleep(0.1)
    raise CommandError("The server did not answer within 30 seconds. Run `dugnad doctor` to see what is wrong.")


def _interrupt(*_: object) -> None:
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
