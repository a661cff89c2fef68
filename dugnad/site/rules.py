"""What a search means."""

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from dugnad.places.rules import MOST_WORDS, SMALL_WORDS, fold, misspelling_distance, without_small_words

SAME_WORDS, INSIDE, NOT_MET = 1, 3, 9  # ranks: all words whole, one only inside another, one not at all


class Titles:
    """The titles of many things, asked for by words. Made once; a search goes through each word they use once."""

    def __init__(self, of_things: Iterable[Iterable[str]]) -> None:
        self._thing_of: list[int] = []  # of each title
        self._whole: dict[tuple[str, ...], list[int]] = defaultdict(list)  # the titles that are these words
        self._using: dict[str, list[int]] = defaultdict(list)  # the titles that use a word
        self._met = lru_cache(maxsize=32)(self._meets)  # a text is read in several ways, of the same words
        for thing, titles in enumerate(of_things):
            for said in dict.fromkeys(tuple(fold(title).split()) for title in titles):
                for word in dict.fromkeys(said):
                    self._using[word].append(len(self._thing_of))
                self._whole[said].append(len(self._thing_of))
                self._thing_of.append(thing)

    def ranks(self, wanted: str, *, forgiving: bool = False) -> dict[int, int]:
        """How well a search meets each thing, by its number: 0 is a title itself; those it does not meet are left out.
        Every word must be met by one title.

        A word is met by the same word (1), by one that begins with it (2) or holds it (3), as Norwegian puts words
        together; when `forgiving` also by one that is spelt a little otherwise (4).

        >>> Titles([["13.2.2"], ["13.2.1"]]).ranks("13.2.2")
        {0: 0, 1: 1}
        >>> Titles([["Utslipp av klimagasser"], ["Klimagassutslipp"]]).ranks("utslipp klimagass")
        {0: 2, 1: 3}
        >>> Titles([["Utslipp"]]).ranks("utslepp"), Titles([["Utslipp"]]).ranks("utslepp", forgiving=True)
        ({}, {0: 4})
        """
        asked = tuple(fold(wanted).split())
        if not asked:
            return {}
        met = self._met(asked[0], forgiving)
        for word in asked[1:]:
            also = self._met(word, forgiving)
            met = {title: max(rank, also[title]) for title, rank in met.items() if title in also}
        met |= dict.fromkeys(self._whole.get(asked, ()), 0)
        ranks: dict[int, int] = {}
        for title, rank in sorted(met.items()):
            thing = self._thing_of[title]
            ranks[thing] = min(rank, ranks.get(thing, NOT_MET))
        return ranks

    def _meets(self, word: str, forgiving: bool) -> dict[int, int]:
        """Each title that meets a word, and how well."""
        met: dict[int, int] = {}
        for other, titles in self._using.items():
            rank = word_rank(word, other, forgiving)
            if rank < NOT_MET:
                for title in titles:
                    if rank < met.get(title, NOT_MET):
                        met[title] = rank
        return met


def word_rank(word: str, other: str, forgiving: bool) -> int:
    if word in other:
        if word == other:
            return 1
        if other.startswith(word):
            return 2
        if len(word) > 2:
            return 3
    if not forgiving:
        return NOT_MET
    # A short word has too many neighbours to forgive a letter.
    limit = 0 if len(word) < 5 else 1 if len(word) < 8 else 2
    return 4 if limit and misspelling_distance(word, other[: len(word) + limit], limit) <= limit else NOT_MET


def plain_words(text: str) -> str:
    """What is left of a text without the small words and those for a kind of place; all of it if nothing is.

    >>> plain_words("barn i barnehage i kommunen"), plain_words("i")
    ('barn barnehage', 'i')
    """
    words, _kind = without_small_words(fold(text).split())
    return " ".join([word for word in words if word not in SMALL_WORDS] or words)


def divisions(text: str) -> list[tuple[str, str]]:
    """The ways to read a text as a place and what one wants to know of it.

    >>> divisions("ledighet i Skien")[-2:]
    [('ledighet i', 'skien'), ('skien', 'ledighet i')]
    """
    words = fold(text).split()
    if len(words) > MOST_WORDS:
        return []
    halves = [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]
    return [way for first, last in halves for way in ((first, last), (last, first))]
