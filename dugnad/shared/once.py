"""What is the same through one answer, asked once in it: which places and definitions are loaded.

    with one_answer():          # `shared.published` puts it around every view of numbers
        places.place("4003")    # asks the database which places are loaded
        places.place("4001")    # and does not ask again

So an answer is made from one state of the world, and a page of hundreds of places asks no more than a page of one.
Outside an answer everything is asked each time.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar

Found = TypeVar("Found")
_found: ContextVar[dict[Callable[[], Any], Any] | None] = ContextVar("found", default=None)


@contextmanager
def one_answer() -> Iterator[None]:
    """While an answer is made. Within another it is part of that."""
    if _found.get() is not None:
        yield
        return
    token = _found.set({})
    try:
        yield
    finally:
        _found.reset(token)


def once(ask: Callable[[], Found]) -> Callable[[], Found]:
    """A question that is asked once in an answer."""

    @wraps(ask)
    def asked() -> Found:
        found = _found.get()
        if found is None:
            return ask()
        if ask not in found:
            found[ask] = ask()
        return found[ask]

    return asked
