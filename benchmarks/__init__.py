"""What must be fast, each job beside what people use today and beside the limit of the machine.

    python -m benchmarks                     # every job, a table to read
    python -m benchmarks --job ingest        # one job
    python -m benchmarks --json              # the last line is a list of results

A job is a module here with two names: `PEER`, what people use today, and `contenders() -> dict[str, Contender]` with
`ours`, `peer` and `limit`. Each contender runs in a process of its own, in turns (A B C A B C ...), and the median of
five rounds counts. What ours and the peer found is compared: speed with another answer is no speed.

A job may also have `ground()`, a context manager: what all its contenders stand on, made once, whose value is what
they find in the environment; and `details(told) -> lines` to print under its row, from what each round of each
contender told. It raises `NotMeasured` where something it needs is missing: a job is measured or it says why not.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class NotMeasured(Exception):
    """What is missing, and the command that brings it, in one sentence."""


@dataclass(frozen=True)
class Contender:
    """One way to do a job.

    `prepare()` is not timed: what a warm worker has at hand. `work(prepared)` is. `answer(result)` makes what was
    found into plain text or numbers that can be compared with what another contender found; None: nothing to compare.
    `repeats` is how many times the work is done in a round, of which the fastest counts: once for the slow.
    `seconds(result)` is what the work itself says it took, where that is not the time it was at work; `tell(result)` is
    for `details`.
    """

    prepare: Callable[[], Any]
    work: Callable[[Any], Any]
    answer: Callable[[Any], Any] | None = None
    repeats: int = 1
    seconds: Callable[[Any], float] | None = None
    tell: Callable[[Any], Any] | None = None
