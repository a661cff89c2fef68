"""Engines that run the expressions in tests: Sail in this process, and a real Spark with a master and two workers."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dugnad.site.management.commands.start import end_with_this

STARTS = 600.0  # seconds a real Spark may take to answer, on a busy machine
# Many small questions, each asked once: Java that compiles quickly instead of well, and plans that are not compiled.
_QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
FOR_LITTLE_DATA = (
    f"spark.driver.extraJavaOptions={_QUICK}",
    f"spark.executor.extraJavaOptions={_QUICK}",
    "spark.sql.shuffle.partitions=1",
    "spark.sql.codegen.wholeStage=false",
    "spark.sql.codegen.factoryMode=NO_CODEGEN",
    "spark.sql.adaptive.enabled=false",
)


@contextmanager
def sail() -> Iterator[str]:
    """The address of a light Spark Connect server in this process."""
    from pysail.spark import SparkConnectServer

    server = SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    try:
        yield f"sc://127.0.0.1:{server.listening_address[1]}"
    finally:
        server.stop()


def java() -> str | None:
    """Where Java is, or None."""
    return shutil.which("java")


@contextmanager
def spark(folder: Path, gigabytes: int = 1, options: Sequence[str] = ()) -> Iterator[str]:
    """The address of a Spark Connect server that has its work done by a master with two workers, each a process of one
    core with so much memory."""
    import pyspark

    home = Path(pyspark.__file__).parent
    environment = {
        **os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_DIRS": str(folder),
        "SPARK_WORKER_DIR": str(folder), "SPARK_LOG_DIR": str(folder), "SPARK_NO_DAEMONIZE": "1",
        "SPARK_DAEMON_JAVA_OPTS": _QUICK,
    }  # fmt: skip
    master, connect = _free_port(), _free_port()
    address = f"spark://127.0.0.1:{master}"
    run = [str(home / "bin" / "spark-class"), "org.apache.spark.deploy."]
    memory, here = f"{gigabytes}g", ["--webui-port", "0", "--host", "127.0.0.1"]
    worker = ["worker.Worker", "--cores", "1", "--memory", memory, *here, address]
    submit = [
        str(home / "bin" / "spark-submit"), "--class", "org.apache.spark.sql.connect.service.SparkConnectServer",
        "--master", address, "--conf", f"spark.executor.memory={gigabytes * 700}m", "--conf", "spark.executor.cores=1",
        "--conf", f"spark.connect.grpc.binding.port={connect}", "--conf", "spark.ui.enabled=false",
        "--conf", f"spark.sql.shuffle.partitions={4 if gigabytes == 1 else 64}",
        "--conf", "spark.sql.autoBroadcastJoinThreshold=100m", "--conf", "spark.driver.host=127.0.0.1",
        *(word for option in options for word in ("--conf", option)), "spark-internal",
    ]  # fmt: skip
    processes: list[subprocess.Popen[bytes]] = []

    def start(name: str, command: list[str]) -> None:
        log = (folder / f"{name}.log").open("wb")
        processes.append(
            subprocess.Popen(
                command, env=environment, cwd=folder, stdout=log, stderr=log, start_new_session=True,
                preexec_fn=end_with_this(),
            )
        )  # fmt: skip

    try:
        start("master", [run[0], f"{run[1]}master.Master", "--host", "127.0.0.1", "--port", str(master),
                         "--webui-port", "0"])  # fmt: skip
        _wait_for(master, folder)
        for number in (1, 2):
            start(f"worker{number}", [run[0], f"{run[1]}{worker[0]}", *worker[1:]])
        start("connect", submit)
        _wait_for(connect, folder)
        yield f"sc://127.0.0.1:{connect}"
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _wait_for(port: int, folder: Path) -> None:
    end = time.monotonic() + STARTS
    while time.monotonic() < end:
        with socket.socket() as line:
            if line.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    said = "\n".join(path.read_text(errors="replace")[-600:] for path in sorted(folder.glob("*.log")))
    raise TimeoutError(f"Nothing answers at port {port} after {STARTS:g} s:\n{said}")
