"""Run the benchmarks; see the package."""

import argparse
import importlib
import json
import os
import pkgutil
import platform
import statistics
import subprocess
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import benchmarks
from benchmarks import NotMeasured

ROUNDS = 5
ROOT = Path(__file__).resolve().parent.parent


def jobs() -> list[str]:
    """The modules that have contenders; the others are commands of their own."""
    names = (module.name for module in pkgutil.iter_modules(benchmarks.__path__) if not module.name.startswith("_"))
    return sorted(name for name in names if hasattr(importlib.import_module(f"benchmarks.{name}"), "contenders"))


def one_round(job: str, name: str) -> None:
    """The child: do one contender's work once, and print what it took and found as JSON."""
    contender = importlib.import_module(f"benchmarks.{job}").contenders()[name]
    prepared = contender.prepare()
    seconds, work = [], []
    for _ in range(contender.repeats):
        start, spent = time.perf_counter(), time.process_time()
        result = contender.work(prepared)
        took = time.perf_counter() - start
        work.append(time.process_time() - spent)
        seconds.append(contender.seconds(result) if contender.seconds else took)
    found = contender.answer(result) if contender.answer else None
    told = contender.tell(result) if contender.tell else None
    spent = None if contender.seconds else min(work)
    print(json.dumps({"seconds": min(seconds), "work": spent, "found": found, "told": told}))


def measured(job: str, rounds: int) -> tuple[dict[str, Any], list[str]]:
    """One job: its contenders in turns, each time in a new process; the medians, whether they agree, its details."""
    module = importlib.import_module(f"benchmarks.{job}")
    times: dict[str, list[float]] = {name: [] for name in module.contenders()}
    work: dict[str, list[float]] = {name: [] for name in times}
    found: dict[str, list[Any]] = {name: [] for name in times}
    told: dict[str, list[Any]] = {name: [] for name in times}
    with module.ground() if hasattr(module, "ground") else nullcontext({}) as environment:
        for _ in range(rounds):
            for name in times:
                child = subprocess.run(
                    [sys.executable, "-m", "benchmarks", "--job", job, "--contender", name],
                    cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment},
                )  # fmt: skip
                said = json.loads(child.stdout.splitlines()[-1])
                times[name].append(said["seconds"])
                work[name] += [] if said["work"] is None else [said["work"]]
                found[name].append(said["found"])
                told[name].append(said["told"])
    ours, peer, limit = (statistics.median(times[name]) for name in ("ours", "peer", "limit"))
    answers = found["ours"] + found["peer"] + [answer for answer in found["limit"] if answer is not None]
    result = {
        "job": job,
        "ours_s": round(ours, 6),
        "peer": module.PEER,
        "peer_s": round(peer, 6),
        "limit_s": round(limit, 6),
        "ratio_peer": round(peer / ours, 2),
        "ratio_limit": round(limit / ours, 3),
        "agree": answers[0] is not None and all(answer == answers[0] for answer in answers),
    }
    spent = [f"{name} {1000 * statistics.median(took):.1f} ms" for name, took in work.items() if took]
    lines = [f"processor time: {', '.join(spent)}"] if spent else []  # what a crowded machine changes least
    return result, lines + (list(module.details(told)) if hasattr(module, "details") else [])


def machine() -> str:
    load = "/".join(f"{value:.1f}" for value in os.getloadavg())
    python, system = platform.python_version(), platform.system()
    return f"{platform.machine()}, {os.cpu_count()} cores, load {load}, Python {python}, {system}"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="What must be fast, beside peer and limit."
    )
    parser.add_argument("--job", action="append", choices=jobs(), help="only this job (may be repeated)")
    parser.add_argument("--json", action="store_true", help="print the results as a list on the last line")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="rounds for each contender (default %(default)s)")
    parser.add_argument("--contender", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.contender:
        one_round(asked.job[0], asked.contender)
        return
    print(machine())
    print(f"{'job':12} {'ours':>10} {'peer':>10} {'limit':>10} {'x peer':>8} {'x limit':>8}  same answer, peer")
    results = []
    for job in asked.job or jobs():
        try:
            result, details = measured(job, asked.rounds)
        except NotMeasured as missing:
            print(f"{job:12} not measured: {missing}", flush=True)
            continue
        results.append(result)
        seconds = " ".join(f"{result[key] * 1000:8.1f}ms" for key in ("ours_s", "peer_s", "limit_s"))
        ratios = f"{result['ratio_peer']:8.1f} {result['ratio_limit']:8.2f}"
        print(f"{job:12} {seconds} {ratios}  {'yes' if result['agree'] else 'NO'}, {result['peer']}", flush=True)
        for line in details:
            print(f"{'':12} {line}", flush=True)
    if asked.json:
        print(json.dumps(results))


if __name__ == "__main__":
    main()
