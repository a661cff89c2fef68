"""What a search means."""

from collections.abc import Iterable

from dugnad.places.rules import fold, misspelling_distance


def words_rank(wanted: str, titles: Iterable[str], *, forgiving: bool = False) -> int | None:
    """How well a search meets the titles of a thing: 0 is best, None not at all. Every word must be met by one title.

    A word is met by the same word (0), by one that begins with it (1) or holds it (2), as Norwegian puts words
    together; when `forgiving` also by one that is spelt a little otherwise (3).

    >>> words_rank("utslipp klimagasser", ["Utslipp av klimagasser"]), words_rank("gass", ["Klimagassutslipp"])
    (0, 2)
    >>> words_rank("utslepp", ["Utslipp"]), words_rank("utslepp", ["Utslipp"], forgiving=True)
    (None, 3)
    """
    asked = fold(wanted).split()
    if not asked:
        return None
    ranks = []
    for title in titles:
        said = fold(title).split()
        met = [min((_word_rank(word, other, forgiving) for other in said), default=9) for word in asked]
        ranks.append(max(met))
    best = min(ranks, default=9)
    return best if best < 9 else None


def _word_rank(word: str, other: str, forgiving: bool) -> int:
    if word == other:
        return 0
    if other.startswith(word):
        return 1
    if len(word) > 2 and word in other:
        return 2
    # A short word has too many neighbours to forgive a letter.
    limit = 0 if len(word) < 5 else 1 if len(word) < 8 else 2
    if forgiving and limit and misspelling_distance(word, other[: len(word) + limit], limit) <= limit:
        return 3
    return 9
