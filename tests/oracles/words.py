"""How well a search meets titles, and how far a word is from another, by trying every way."""

from collections.abc import Iterable
from functools import cache

from dugnad.places.rules import fold

NOT_MET = 9


def words_rank(wanted: str, titles: Iterable[str], *, forgiving: bool = False) -> int | None:
    """0: a title itself; 1: words of one title; 2: beginnings of them; 3: parts; 4: spelt otherwise; None: not met."""
    asked = fold(wanted).split()
    if not asked:
        return None
    ranks = []
    for title in titles:
        said = fold(title).split()
        if said == asked:
            return 0
        ranks.append(max(min((_word(word, other, forgiving) for other in said), default=NOT_MET) for word in asked))
    best = min(ranks, default=NOT_MET)
    return best if best < NOT_MET else None


def _word(word: str, other: str, forgiving: bool) -> int:
    if word == other:
        return 1
    if other.startswith(word):
        return 2
    if len(word) > 2 and word in other:
        return 3
    limit = 0 if len(word) < 5 else 1 if len(word) < 8 else 2
    if forgiving and limit and misspelling_distance(word, other[: len(word) + limit]) <= limit:
        return 4
    return NOT_MET


def misspelling_distance(a: str, b: str) -> int:
    """Letters to change, add, remove or swap with the next to get from a to b; a swapped pair is not touched again."""

    @cache
    def rest(i: int, j: int) -> int:
        if i == len(a) or j == len(b):
            return len(a) - i + len(b) - j
        ways = [rest(i + 1, j + 1) + (a[i] != b[j]), rest(i + 1, j) + 1, rest(i, j + 1) + 1]
        if a[i : i + 2] == b[j : j + 2][::-1] and len(a) - i > 1 and len(b) - j > 1:
            ways.append(rest(i + 2, j + 2) + 1)
        return min(ways)

    return rest(0, 0)
