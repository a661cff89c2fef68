"""The running product: `dugnad start` in a folder of its own, as a newcomer starts it, and what it answers.

    python -m tests.journeys.product pytest -q -n 2 -m journey

runs a command beside one product, for all its processes. Otherwise each process starts one of its own.
"""

import logging
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.conftest import SHARED_DATA

ROOT = Path(__file__).resolve().parent.parent.parent
START_WITHIN = 600  # seconds: reading, checking and publishing the real data included, on a busy machine
PORT = random.SystemRandom().randrange(20_000, 30_000)  # the first to try: two may be started at once on one machine
URL, FOLDER = "JOURNEYS_URL", "JOURNEYS_FOLDER"  # of the one that runs already
logging.getLogger("httpx").setLevel(logging.WARNING)  # not a line for every address asked for
LANGUAGES = ("nb", "nn", "en")


@dataclass
class Product:
    """A running installation: its address, its environment, and whether it has the real data beside the example."""

    url: str
    environment: dict[str, str]
    has_real_data: bool
    client: httpx.Client = field(repr=False)

    def get(self, address: str, **options: object) -> httpx.Response:
        """Without a browser: `product.get("/nb/kommune/4003.json")`. Redirects are not followed."""
        return self.client.get(address, **options)  # type: ignore[arg-type]

    def command(self, *words: str) -> str:
        """What `dugnad <words>` prints, run by the operator of this installation."""
        done = subprocess.run(
            [sys.executable, "-m", "dugnad.config.commands", *words],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def running(folder: Path, real_data: Path | None) -> Iterator[Product]:
    """Start the product with the example network, and the real data where there is any; stop it afterwards."""
    environment = _environment(folder)
    command = [
        sys.executable,
        "-m",
        "dugnad.config.commands",
        "start",
        "--lang",
        "en",
        "--port",
        str(PORT),
        "--example",
    ]
    if real_data:
        command += ["--data", str(real_data), "--plan", str(ROOT / "examples" / "real" / "import-plan.yaml")]
    said = folder / "start.log"
    with said.open("w") as log:
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
    try:
        url = _address(process, said)
        with _reached(url, environment, real_data is not None) as product:
            yield product
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=120)


@contextmanager
def the_product(folder: Path) -> Iterator[Product]:
    """The one that runs already, else one in a folder."""
    if url := os.environ.get(URL):
        with _reached(url, _environment(Path(os.environ[FOLDER])), SHARED_DATA.is_dir()) as reached:
            yield reached
    else:
        with running(folder, SHARED_DATA if SHARED_DATA.is_dir() else None) as started:
            yield started


@contextmanager
def _reached(url: str, environment: dict[str, str], has_real_data: bool) -> Iterator[Product]:
    with httpx.Client(base_url=url, timeout=120) as client:
        yield Product(url, environment, has_real_data, client)


def _environment(folder: Path) -> dict[str, str]:
    """Without what the environment of the tests says of another installation."""
    given = {name: value for name, value in os.environ.items() if not name.startswith(("DUGNAD_", "DATABASE_URL"))}
    return {**given, "DUGNAD_DATA_DIR": str(folder / "data"), "DUGNAD_LOG_LEVEL": "WARNING"}


def _address(process: subprocess.Popen[bytes], said: Path) -> str:
    """The address the product prints when it is ready."""
    deadline = time.monotonic() + START_WITHIN
    while time.monotonic() < deadline:
        if ready := re.search(r"Dugnad runs at (http://\S+)", said.read_text()):
            return ready[1]
        assert process.poll() is None, said.read_text()[-3000:]
        time.sleep(0.2)
    raise AssertionError(f"Not ready after {START_WITHIN} seconds:\n{said.read_text()[-3000:]}")


def main(command: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="dugnad-journeys-") as folder, the_product(Path(folder)) as started:
        return subprocess.run(command, env={**os.environ, URL: started.url, FOLDER: folder}).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
