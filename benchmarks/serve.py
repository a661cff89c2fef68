"""Job E: the published page of a municipality, its JSON and its CSV, as ready bytes; seconds for 10 000 requests.

Ours is granian with our WSGI application, with the options of `dugnad start`, over an installation of its own: the real
municipalities and an invented dataset, published the normal way. The peer is the same server and the same Django
without the ready layer: each answer is rendered. The limit is nginx with two workers that sends the same bytes,
compressed beforehand, from files, under the same headers.

wrk asks over 16 connections that are kept open, and is believed only when every answer was a 200 of the right size.

    python -m benchmarks.serve first    the first, unrendered answer of each kind of page with 5 million observations
    python -m benchmarks.serve all      what the worker does after a publication: every place in every form, made ready
"""

import csv
import gzip
import hashlib
import itertools
import json
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks import Contender, NotMeasured

PEER = "Django 5.2, rendered each time"

ROOT = Path(__file__).resolve().parent.parent
FORMS = {"html": "/nb/kommune/4003", "json": "/nb/kommune/4003.json", "csv": "/nb/kommune/4003.csv"}
CONNECTIONS = 16
SECONDS = 2  # of each form in each round
YEARS = range(2012, 2026)
_DONE = """
done = function(summary, latency)
  io.write(string.format('{"requests": %d, "bytes": %d, "microseconds": %d, "bad": %d, "p50": %d, "p99": %d}\\n',
    summary.requests, summary.bytes, summary.duration,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write
      + summary.errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
"""


@contextmanager
def ground() -> Iterator[dict[str, str]]:
    """An installation in a folder of its own, with what is published in it; gone afterwards."""
    for program, package in (("wrk", "wrk"), ("nginx", "nginx")):
        _install(program, package)
    with tempfile.TemporaryDirectory(prefix="dugnad-serve-") as folder:
        environment = {"DUGNAD_DATA_DIR": folder, "DUGNAD_LOG_LEVEL": "ERROR", "DUGNAD_PUBLIC_URL": "http://localhost"}
        subprocess.run(
            [sys.executable, "-m", "benchmarks.serve", "publish"],
            cwd=ROOT, check=True, env={**os.environ, **environment}, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        yield environment


def _install(program: str, package: str) -> None:
    if shutil.which(program):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(
            ["apt-get", "install", "-y", "-q", "--no-install-recommends", package],
            check=False, stdout=subprocess.DEVNULL, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        )  # fmt: skip
    if not shutil.which(program):
        raise NotMeasured(f"{program} is missing. Install it with: sudo apt-get install {package}")


def prepare() -> None:
    """An installation with places and definitions, and nothing published."""
    from django.conf import settings
    from django.core.management import call_command

    from dugnad.places.changes import load_places
    from dugnad.shared.writing import Actor
    from dugnad.standards.changes import load_definitions

    by = Actor.system("benchmark")
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    load_places(settings.DEFINITIONS_DIR / "places", by=by)
    load_definitions(settings.DEFINITIONS_DIR, by=by)


def publish() -> None:
    """Publish an invented figure of every shipped indicator in every place and year, as a person would."""
    from django.conf import settings
    from django.core.management import call_command

    from dugnad.places import queries as places
    from dugnad.standards import queries as standards

    chance = random.Random(20240101)
    folder = Path(settings.DATA_DIR) / "invented"
    folder.mkdir()
    codes = [place.code for kind in ("municipality", "county") for place in places.places_on(kind=kind)]
    indicators = [v.id for v in standards.current_versions() if v.edition.set_id == "norge"]
    with (folder / "invented.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["place", "period", "indicator", "value"])
        for indicator, code, year in itertools.product(indicators, codes, YEARS):
            rows.writerow([code, year, indicator, round(chance.uniform(5, 95), 1)])
    name = dict.fromkeys(("nb", "nn", "en"), "Invented")
    plan = {
        "id": "invented",
        "title": name,
        "provider": {"id": "benchmark", "name": name},
        "reader": "tabular",
        "file": "invented.csv",
        "origin": {"title": "Invented for a benchmark"},
        "licence": "CC0-1.0",
        "borders": "2024-01-01",
        "mapping": {
            "columns": {"place": "place", "period": "period", "indicator": "indicator", "value": "value"},
            "decimal": ".",
        },
    }
    (folder / "import-plan.yaml").write_text(json.dumps({"datasets": [plan]}))
    call_command("stage", str(folder), publish=True)


@dataclass(frozen=True)
class Answer:
    """One answer: its size as it comes over the line, its headers in small letters, and its body unpacked."""

    size: int
    headers: dict[str, str]
    body: bytes


class Server:
    """A server in a process of its own, stopped when this object goes."""

    def __init__(self, command: list[str], port: int) -> None:
        self.port = port
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            self._wait()
            for address in FORMS.values():  # each of two workers has it at hand
                for _ in range(16):
                    self.ask(address)
        except BaseException:
            self.__exit__()
            raise

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            assert self.process.poll() is None and time.monotonic() < deadline, "the server did not begin"
            with socket.socket() as attempt:
                if attempt.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()

    def ask(self, address: str) -> Answer:
        head = f"GET {address} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n"
        with socket.create_connection(("127.0.0.1", self.port)) as line:
            line.sendall(head.encode())
            got = b"".join(iter(lambda: line.recv(65536), b""))
        said, _, body = got.partition(b"\r\n\r\n")
        status, *lines = said.decode().split("\r\n")
        assert status.startswith("HTTP/1.1 200"), status
        pairs = (line.split(": ", 1) for line in lines)
        headers = {name.lower(): value for name, value in pairs}
        assert len(body) == int(headers["content-length"])
        return Answer(len(got), headers, gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body)

    def load(self, address: str) -> dict[str, float]:
        """What wrk measured on one address; refuses a run with an answer that was not the right one."""
        asked = self.ask(address)
        with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
            script.write(_DONE)
            script.flush()
            asking = ["-t2", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--timeout", "30s", "-s", script.name]
            headers = ["-H", "Host: localhost", "-H", "Accept-Encoding: gzip"]
            command = ["wrk", *asking, *headers, f"http://127.0.0.1:{self.port}{address}"]
            run = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        said = json.loads(run.stdout.splitlines()[-1])
        assert said["bad"] == 0, f"{said['bad']} answers to {address} were errors"
        each = said["bytes"] / said["requests"]
        # wrk keeps the line open, so the header about it differs; and it counts what an unfinished answer has sent.
        assert abs(each - asked.size) < 0.02 * asked.size + 40, f"{address}: {each:.0f} bytes, not {asked.size}"
        return {
            "seconds": said["microseconds"] / 1e6 / said["requests"] * 10_000,
            "p50": said["p50"] / 1000,
            "p99": said["p99"] / 1000,
            "body": hashlib.sha256(asked.body).hexdigest()[:16],
        }


def _free_port() -> int:
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        return some.getsockname()[1]


def _granian(application: str) -> Server:
    _django()
    from dugnad.site.management.commands.start import server

    port = _free_port()
    return Server([*server("127.0.0.1", port, 2)[:-1], application], port)


def _nginx() -> Server:
    """nginx over files, with the bodies and the headers that ours gives."""
    with _granian("dugnad.config.wsgi:application") as ours:
        answers = {address: ours.ask(address) for address in FORMS.values()}
    folder = Path(os.environ["DUGNAD_DATA_DIR"]) / "nginx"
    shutil.rmtree(folder, ignore_errors=True)
    own = {"content-type", "content-length", "content-encoding", "date", "server", "etag", "connection"}
    places = ""
    for address, answer in answers.items():
        more = ((name, value.replace('"', '\\"')) for name, value in answer.headers.items() if name not in own)
        given = "".join(f'add_header {name} "{value}"; ' for name, value in more)
        places += f"location = {address} {{ {given} }}\n"
        file = folder / "files" / address.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(answer.body)
        file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(answer.body, 6, mtime=0))
    port = _free_port()
    (folder / "nginx.conf").write_text(
        f"""
        {"user root;" if os.geteuid() == 0 else ""}
        worker_processes 2;
        daemon off;
        pid {folder}/nginx.pid;
        error_log {folder}/error.log;
        events {{ worker_connections 1024; }}
        http {{
            types {{ application/json json; text/csv csv; }}
            default_type text/html;
            charset utf-8;
            access_log off;
            sendfile on;
            tcp_nopush on;
            gzip_static on;
            keepalive_requests 1000000000;
            open_file_cache max=100;
            server {{ listen 127.0.0.1:{port} reuseport; root {folder}/files; {places} }}
        }}
        """
    )
    return Server(["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")], port)


def _work(server: Server) -> dict[str, dict[str, float]]:
    with server:
        return {form: server.load(address) for form, address in FORMS.items()}


def _contender(prepare: Any) -> Contender:
    return Contender(
        prepare,
        _work,
        answer=lambda loads: {form: load["body"] for form, load in loads.items()},
        seconds=lambda loads: statistics.mean(load["seconds"] for load in loads.values()),
        tell=lambda loads: loads,
    )


def contenders() -> dict[str, Contender]:
    return {
        "ours": _contender(lambda: _granian("dugnad.config.wsgi:application")),
        "peer": _contender(lambda: _granian("dugnad.config.wsgi:django_application")),
        "limit": _contender(_nginx),
    }


def details(told: dict[str, list[Any]]) -> Iterator[str]:
    """A line for each form: requests a second, and half and 99 of 100 answers within so many milliseconds."""
    for form in FORMS:
        parts = []
        for name, rounds in told.items():
            rate, p50, p99 = (
                statistics.median(figure(load[form]) for load in rounds)
                for figure in (lambda x: 10_000 / x["seconds"], lambda x: x["p50"], lambda x: x["p99"])
            )
            parts.append(f"{name} {rate:6.0f}/s {p50:.1f}/{p99:.1f} ms")
        yield f"{form:5} {'   '.join(parts)}"


def _django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dugnad.config.settings")
    import django

    django.setup()


def publish_many(observations: int = 5_000_000) -> None:
    """Publish that many invented figures of the shipped indicators, in every place and year and in many breakdowns."""
    import numpy as np
    import pyarrow as pa
    from django.utils import timezone

    from dugnad.places import queries as places
    from dugnad.shared.writing import Actor
    from dugnad.standards import queries as standards
    from dugnad.status import store
    from dugnad.status.changes import publish_release
    from dugnad.status.models import Dataset, Provider, RawFile, StagedImport
    from dugnad.status.observations import SCHEMA, in_order

    prepare()
    codes = [place.code for kind in ("municipality", "county") for place in places.places_on(kind=kind)]
    indicators = [v.id for v in standards.current_versions() if v.edition.set_id == "norge"]
    years = range(2011, 2026)
    series = [
        (i, b) for b in range(observations // (len(codes) * len(years) * len(indicators)) + 1) for i in indicators
    ]
    count = len(series) * len(codes) * len(years)
    chance = np.random.default_rng(1)

    def spread(values: list[Any], each: int, kind: pa.DataType) -> pa.Array:
        index = np.tile(np.repeat(np.arange(len(values), dtype=np.int32), each), count // each // len(values))
        return pa.array(values, kind).take(pa.array(index))

    per_series = len(codes) * len(years)
    columns = {
        "indicator": spread([i for i, _ in series], per_series, pa.string()),
        "breakdown": spread([f"age={b:02}" if b else "" for _, b in series], per_series, pa.string()),
        "place": spread(codes, len(years), pa.string()),
        "period": spread([str(year) for year in years], 1, pa.string()),
        "period_start": spread([date(year, 1, 1) for year in years], 1, pa.date32()),
        "period_end": spread([date(year + 1, 1, 1) for year in years], 1, pa.date32()),
        "value": pa.array(chance.uniform(5, 95, count).round(1)),
        "status": spread(["normal"], 1, pa.string()),
        "is_break": spread([False], 1, pa.bool_()),
    }
    arrays = [columns.get(field.name, pa.nulls(count, field.type)) for field in SCHEMA]
    table = in_order(pa.table([a.cast(f.type) for a, f in zip(arrays, SCHEMA, strict=True)], schema=SCHEMA))
    name = dict.fromkeys(("nb", "nn", "en"), "Invented")
    provider = Provider.objects.get_or_create(key="benchmark", defaults={"name": name})[0]
    raw = RawFile.objects.create(sha256="0" * 64, size=0, media_type="", name="invented", received_at=timezone.now())
    dataset = Dataset.objects.create(key="many", title=name, provider=provider, reader="tabular", licence="CC0-1.0")
    staged = StagedImport.objects.create(
        dataset=dataset,
        raw=raw,
        kind="final",
        origin={"title": "Invented"},
        mapping={},
        staged_at=timezone.now(),
        staged_by="benchmark",
        row_count=count,
        sha256=store.keep_table("staged", table),
    )
    start = time.perf_counter()
    publish_release(staged=staged, by=Actor.system("benchmark"))
    print(f"{count:,} observations in {len(series)} series published in {time.perf_counter() - start:.1f} s")


def first_answers() -> None:
    """Print the processor time of the first answer of each kind of page, in a process set up as the server's."""
    from django.test import Client

    from dugnad.config import wsgi  # noqa: F401  (how often Python looks for cycles)
    from dugnad.places import queries as places
    from dugnad.standards import queries as standards

    client = Client(SERVER_NAME="localhost")
    client.get("/nb/finnes-ikke")  # loads what stands before every view

    codes = [place.code for place in places.places_on()][:20]
    ids = [v.id for v in standards.current_versions() if v.edition.set_id == "norge"]
    goal, compare = "/nb/kommune/{code}/mal/11", "sammenlign{form}?sted={code}&sted=4001&sted=1103"
    addresses = {
        f"{label} {form or '.html'}": address
        for label, start in (("place", "/nb/kommune/{code}"), ("goal", goal), ("compare", f"/nb/{compare}"))
        for form in ("", ".json", ".csv")
        for address in [start.replace("{form}", form) if "{form}" in start else f"{start}{form}"]
    }
    addresses |= {f"indicator {form or '.html'}": f"/nb/indikator/{{id}}{form}" for form in ("", ".json", ".csv")}
    for label, address in {**addresses, "front": "/nb/"}.items():
        took, size = [], 0
        for code, version_id in zip(codes, itertools.cycle(ids)):
            spent, size = _rendered(client, address.format(code=code, id=version_id))
            took.append(spent)
        print(
            f"{label:16} median {statistics.median(took[1:]):6.1f} ms, least {min(took):6.1f}, first of the process "
            f"{took[0]:7.1f}, {size:8,} bytes",
            flush=True,
        )


def _rendered(client: Any, address: str) -> tuple[float, int]:
    """What Django spends on an answer, in milliseconds of processor time of all its threads, and its size in bytes."""
    start = time.process_time()
    answer = client.get(address)
    spent = (time.process_time() - start) * 1000
    assert answer.status_code == 200, f"{address}: {answer.status_code}"
    return spent, len(answer.content)


def every_page() -> None:
    """Print how long it takes to make ready what the worker makes ready, and with how much memory."""
    import resource

    from dugnad.site import changes
    from dugnad.site.ready import prepare as make

    prepare()
    publish()
    before = resource.getrusage(resource.RUSAGE_SELF)
    work = time.process_time()
    start = time.perf_counter()
    made = sum(make(changes._pages(), address) for address in changes.addresses())
    took, work = time.perf_counter() - start, time.process_time() - work
    after = resource.getrusage(resource.RUSAGE_SELF)
    files = [file for file in changes._pages().shelf.folder.rglob("*") if file.is_file()]
    size = sum(file.stat().st_size for file in files) // 2**20
    print(f"{made} answers in {took:.0f} s, {work:.0f} s of processor time; {size} MB on disk")
    print(f"memory at most {before.ru_maxrss // 1024} MB before, {after.ru_maxrss // 1024} MB after")


if __name__ == "__main__":
    if sys.argv[1:] == ["publish"]:
        _django()
        prepare()
        publish()
    elif sys.argv[1:] in (["first"], ["all"]):
        with tempfile.TemporaryDirectory(prefix="dugnad-serve-") as chosen:
            os.environ |= {"DUGNAD_DATA_DIR": chosen, "DUGNAD_LOG_LEVEL": "ERROR"}
            _django()
            if sys.argv[1] == "first":
                publish_many()
                first_answers()
            else:
                every_page()
    else:
        sys.exit("python -m benchmarks --job serve, or python -m benchmarks.serve first|all")
