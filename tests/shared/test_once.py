"""What is the same through an answer is asked once in it, and each time outside."""

from collections.abc import Callable

import pytest

from dugnad.places.models import Place, PlaceSource
from dugnad.places.queries import places_on
from dugnad.shared.once import once, one_answer


def counted() -> tuple[Callable[[], int], list[None]]:
    asked: list[None] = []

    @once
    def ask() -> int:
        asked.append(None)
        return len(asked)

    return ask, asked


def test_it_is_asked_once_in_an_answer_and_anew_in_the_next() -> None:
    ask, _asked = counted()
    other, _others = counted()
    with one_answer():
        assert (ask(), ask(), other()) == (1, 1, 1)
        with one_answer():  # a part of the same
            assert ask() == 1
        assert ask() == 1
    with one_answer():
        assert ask() == 2


def test_outside_an_answer_it_is_asked_each_time() -> None:
    ask, asked = counted()
    assert (ask(), ask(), len(asked)) == (1, 2, 2)


def test_an_answer_that_fails_leaves_nothing_behind() -> None:
    ask, _asked = counted()
    with pytest.raises(ZeroDivisionError), one_answer():
        ask()
        raise ZeroDivisionError
    assert (ask(), ask()) == (2, 3)


@pytest.mark.django_db
def test_places_that_are_loaded_between_two_answers_are_seen() -> None:
    def place(code: str, source: PlaceSource) -> None:
        Place.objects.create(
            source=source, kind="municipality", code=code, valid_from="2020-01-01", name=code, slug=code, sort_key=code
        )

    fields = {
        "title": {"nb": "x"},
        "publisher": {"nb": "x"},
        "known_from": "2020-01-01",
        "loaded_at": "2026-01-01T00:00Z",
    }
    with one_answer():
        before = len(places_on())
    source = PlaceSource.objects.create(key="x", sha256="1" * 64, **fields)
    place("Y101", source)
    with one_answer():
        assert len(places_on()) == before + 1
    place("Y102", source)
    PlaceSource.objects.filter(pk=source.pk).update(sha256="2" * 64)
    assert len(places_on()) == before + 2
