"""What a search means."""

from collections.abc import Iterable

from dugnad.places.rules import fold, misspelling_distance


def words_rank(wanted: str, titles: Iterable[str], *, forgiving: bool = False) -> int | None:
    """How well a search meets the titles of a thing: 0 is a title itself, None not at all. Every word must be met by
    one title.

    A word is met by the same word (1), by one that begins with it (2) or holds it (3), as Norwegian puts words
    together; when `forgiving` also by one that is spelt a little otherwise (4).

    >>> words_rank("13.2.2", ["13.2.2"]), words_rank("13.2.2", ["13.2.1"])
    (0, 1)
    >>> words_rank("utslipp klimagasser", ["Utslipp av klimagasser"]), words_rank("gass", ["Klimagassutslipp"])
    (1, 3)
    >>> words_rank("utslepp", ["Utslipp"]), words_rank("utslepp", ["Utslipp"], forgiving=True)
    (None, 4)
    """
    asked = fold(wanted).split()
    if not asked:
        return None
    ranks = []
    for title in titles:
        said = fold(title).split()
        if said == asked:
            return 0
        met = [min((_word_rank(word, other, forgiving) for other in said), default=9) for word in asked]
        ranks.append(max(met))
    best = min(ranks, default=9)
    return best if best < 9 else None


def _word_rank(word: str, other: str, forgiving: bool) -> int:
    if word == other:
        return 1
    if other.startswith(word):
        return 2
    if len(word) > 2 and word in other:
        return 3
    # A short word has too many neighbours to forgive a letter.
    limit = 0 if len(word) < 5 else 1 if len(word) < 8 else 2
    if forgiving and limit and misspelling_distance(word, other[: len(word) + limit], limit) <= limit:
        return 4
    return 9
