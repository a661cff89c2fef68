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
from typing import Any, ParamSpec, TypeVar

Asked = ParamSpec("Asked")
Found = TypeVar("Found")
_found: ContextVar[dict[Any, Any] | None] = ContextVar("found", default=None)


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


def once(ask: Callable[Asked, Found]) -> Callable[Asked, Found]:
    """A question that is asked once in an answer, of the same things by position. What it gives is never changed."""

    @wraps(ask)
    def asked(*args: Asked.args, **kwargs: Asked.kwargs) -> Found:
        found = _found.get()
        if found is None or kwargs:
            return ask(*args, **kwargs)
        key = ask, args
        if key not in found:
            found[key] = ask(*args, **kwargs)
        return found[key]

    return asked
