"""Reading what strangers send: in a child process with limits, so that no file can hurt the one who asks.

    reading = read_in_child("tabular", Path("tall.csv"), mapping)

The child has no Django, no settings and no secrets in its environment; it may use so much memory, so many seconds and
so much disk, start nothing and open no connection. It answers with an Arrow file and a JSON file in a folder of its
own. Whatever happens to it, the caller gets a `Reading` or a `Refusal` with one sentence; a fault of our own is logged.
"""

import importlib
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NoReturn

import pyarrow as pa
from pyarrow import csv

from dugnad.shared.errors import Refusal
from dugnad.status.observations import SCHEMA, Finding, Message, Reading

_ = Message

logger = logging.getLogger(__name__)

_ROOT = Path(__file__).resolve().parent.parent.parent
_PROVIDER = "abcdefghijklmnopqrstuvwxyz_"


@dataclass(frozen=True)
class Limits:
    """What one reading may use. The size of what is sent is checked before anything is started."""

    content_bytes: int = 512 * 2**20
    memory_bytes: int = 4 * 2**30  # address space; not enforced by macOS
    cpu_seconds: int = 60
    seconds: float = 120
    answer_bytes: int = 2 * 2**30


def read_in_child(
    provider: str, source: bytes | Path, mapping: Mapping[str, Any], *, limits: Limits | None = None
) -> Reading:
    """What the provider makes of the bytes or the file. `Refusal` when nothing can be made of it.

    The table is mapped from the child's file, not copied: a large one costs the caller no memory of its own.
    """
    limits = limits or Limits()
    where: str = source.name if isinstance(source, Path) else _("the file sent")
    size = source.stat().st_size if isinstance(source, Path) else len(source)
    if size == 0:
        raise Refusal(_("The file is empty"), where, _("Send the file again."))
    if size > limits.content_bytes:
        megabytes = limits.content_bytes // 2**20
        raise Refusal(
            _("The file is larger than {megabytes} MB", megabytes=megabytes),
            where,
            _("Split it, for instance by year, and send the parts."),
        )
    with tempfile.TemporaryDirectory(prefix="dugnad-reading-") as name:
        folder = Path(name)
        (folder / "mapping.json").write_text(json.dumps(mapping, default=str))
        with _opened(source, folder) as content:
            code = run_limited("dugnad.status.reading", [provider], content, folder, limits)
        return _answer(folder, code, where)


def _opened(source: bytes | Path, folder: Path) -> IO[bytes]:
    if isinstance(source, bytes):
        path = folder / "content"
        path.write_bytes(source)
    else:
        path = source
    return path.open("rb")


def run_limited(module: str, arguments: Sequence[str], content: IO[bytes], folder: Path, limits: Limits) -> int | None:
    """Runs a module of ours in a child, which calls `limit` itself. Its exit code; None when it took too long."""
    command = [sys.executable, "-P", "-m", module, *arguments, str(folder)]
    command += [str(limits.memory_bytes), str(limits.cpu_seconds), str(limits.answer_bytes)]
    errors = (folder / "errors").open("wb")
    process = subprocess.Popen(  # noqa: S603 - our own module, arguments are ours
        command,
        cwd=folder,
        env={
            "PYTHONPATH": os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")])),
            "PYTHONUTF8": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "ARROW_DEFAULT_MEMORY_POOL": "system",  # the others reserve address space they do not use
        },
        stdin=content,
        stdout=subprocess.DEVNULL,
        stderr=errors,
        start_new_session=True,
    )
    try:
        return process.wait(timeout=limits.seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        errors.close()


def _answer(folder: Path, code: int | None, where: str) -> Reading:
    """The reading a child left behind, trusted no more than the file it read."""
    too_much = too_much_for(where)
    if code is None or code < 0:
        raise too_much
    try:
        said = json.loads((folder / "answer.json").read_bytes())
        if told := said.get("refusal"):
            what, place, remedy = (_text(part) for part in told)
            raise Refusal(what, _("{file}, {place}", file=where, place=place) if place else where, remedy)
        if said.get("out_of_memory"):
            raise too_much
        findings = [Finding.from_dict(finding) for finding in said["findings"]]
        with pa.memory_map(str(folder / "table.arrow")) as file:
            table = pa.ipc.open_file(file).read_all()
        table.validate(full=True)
        if not table.schema.equals(SCHEMA):
            raise ValueError("not a table of observations")
    except (OSError, ValueError, TypeError, KeyError, AttributeError, pa.ArrowException):
        logger.error(
            "reader_failed", extra={"code": code, "errors": (folder / "errors").read_text(errors="replace")[-4000:]}
        )
        raise Refusal(
            _("The file could not be read"),
            where,
            _("Check that it is a table saved as CSV or XLSX; if it is, report this as a fault."),
        ) from None
    return Reading(table, findings)


def too_much_for(where: str) -> Refusal:
    return Refusal(
        _("Reading the file took more time or memory than a table of numbers needs"),
        where,
        _("Remove what is not part of the table, or split it, and send it again."),
    )


def _text(stored: Any) -> str:
    return Message.from_json(stored) if isinstance(stored, dict) else str(stored)


def main(arguments: list[str]) -> None:
    """The child: limit itself, read standard input, leave an answer in the folder."""
    sys.meta_path.insert(0, _WithoutPandas())
    provider, folder = arguments[0], Path(arguments[1])
    mapping = json.loads((folder / "mapping.json").read_bytes())
    if not provider or provider.strip(_PROVIDER):
        raise ValueError(f"not the name of a provider: {provider!r}")
    read = importlib.import_module(f"dugnad.status.providers.{provider}").read
    limit(*map(int, arguments[2:5]))
    said: dict[str, Any]
    try:
        reading = read(sys.stdin.buffer.read(), mapping)
        with pa.OSFile(str(folder / "table.arrow"), "wb") as file, pa.ipc.new_file(file, SCHEMA) as writer:
            writer.write_table(reading.table)
        said = {"findings": [finding.as_dict() for finding in reading.findings]}
    except Refusal as refusal:
        said = {"refusal": [Message.as_json(part) for part in (refusal.what, refusal.where, refusal.remedy)]}
    except (MemoryError, pa.ArrowMemoryError):
        said = {"out_of_memory": True}
    (folder / "answer.json").write_text(json.dumps(said))


class _WithoutPandas:
    """Arrow looks for pandas when it makes its first array; where it is installed that costs more than the reading."""

    @staticmethod
    def find_spec(name: str, *_rest: Any) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name)


def limit(memory: int, cpu: int, answer: int) -> None:
    """What the system can promise; a limit it does not know (memory on macOS) is left to the time limit."""
    import resource

    _start_threads()
    for what, limit in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, cpu),
        (resource.RLIMIT_FSIZE, answer),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),  # counts threads too; root is not bound by it
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (limit, limit))
    sys.addaudithook(_only_reads)


def _start_threads() -> None:
    """Arrow starts its threads when they are first needed; that must be before no more may be started."""
    pa.set_io_thread_count(1)
    rows = pa.py_buffer(b"a,b\n" + b"1,2\n" * 100_000)
    csv.read_csv(rows, read_options=csv.ReadOptions(block_size=2**12))


def _only_reads(event: str, _arguments: tuple[Any, ...]) -> None:
    """Nothing that reads a table starts a process or speaks to another machine."""
    if event.startswith(("subprocess.", "socket.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system")):
        raise PermissionError(f"a reader may not use {event}")


def child(work: Callable[[list[str]], None]) -> NoReturn:
    """Do the work and be gone at once: Arrow's threads sometimes abort a process that ends in the ordinary way."""
    try:
        work(sys.argv[1:])
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    child(main)
