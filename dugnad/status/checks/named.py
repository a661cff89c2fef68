"""The rules that SQL is the wrong tool for, by the name a check document calls them with."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Rows = list[dict[str, Any]]

_ELEVEN = re.compile(r"(?<![\d.])\d{6} ?\d{5}(?![\d.])")
_FIRST = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
_SECOND = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)


def is_identity_number(digits: str) -> bool:
    """Whether eleven digits are a national identity number: a day, also of a D number, and both control digits right.

    >>> is_identity_number("13097248022"), is_identity_number("13097248023"), is_identity_number("12345678901")
    (True, False, False)
    """
    numbers = [int(digit) for digit in digits]
    day, month = int(digits[:2]), int(digits[2:4])
    if not (1 <= day <= 31 or 41 <= day <= 71) or not 1 <= month % 40 <= 12:
        return False
    first = sum(weight * n for weight, n in zip(_FIRST, numbers, strict=False)) % 11
    second = sum(weight * n for weight, n in zip(_SECOND, numbers, strict=False)) % 11
    return first == 0 and second == 0


def identity_numbers(texts: Iterable[Mapping[str, str]], _parameters: Mapping[str, Any]) -> Rows:
    """Texts with a national identity number in them. The number itself is not said again."""
    return [
        {"dataset": text["dataset"], "indicator": text["indicator"], "detail": text["whereabouts"]}
        for text in texts
        if any(is_identity_number(found.replace(" ", "")) for found in _ELEVEN.findall(text["said"]))
    ]


NAMED: dict[str, Callable[[Iterable[Mapping[str, str]], Mapping[str, Any]], Rows]] = {
    "identity_numbers": identity_numbers
}
