"""Decisions about names, codes and changes, as functions of values."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from rapidfuzz.distance import OSA

_LETTERS = str.maketrans(
    {"æ": "ae", "ä": "ae", "ø": "oe", "ö": "oe", "å": "aa", "đ": "d", "ŋ": "n", "ŧ": "t", "ß": "ss"}
)


def _ascii(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


@lru_cache(maxsize=1 << 15)  # each name and title is folded for every search; there are some ten thousand
def fold(text: str) -> str:
    """A name as it is compared in a search: without case, accents, and the ways of writing æ, ø and å.

    >>> fold("Tromsø") == fold("TROMSOE") == fold("tromso"), fold("Aalesund") == fold("Ålesund") == fold("alesund")
    (True, True)
    """
    text = _ascii(text.casefold().translate(_LETTERS))
    return re.sub(r"[^a-z0-9]+", " ", text.replace("ae", "a").replace("oe", "o").replace("aa", "a")).strip()


def slug(text: str) -> str:
    """A name in an address.

    >>> slug("Herøy"), slug("Nord-Aurdal"), slug("Møre og Romsdal"), slug("Bærum"), slug("Ås")
    ('heroy', 'nord-aurdal', 'more-og-romsdal', 'baerum', 'as')
    """
    text = text.casefold().replace("ø", "o").replace("å", "a").translate(_LETTERS)
    return re.sub(r"[^a-z0-9]+", "-", _ascii(text)).strip("-")


def misspelling_distance(a: str, b: str, limit: int) -> int:
    """Letters to change, add, remove or swap with the next to get from a to b; `limit + 1` when it takes more.

    >>> misspelling_distance("drammen", "dramen", 2), misspelling_distance("sandnes", "sadnnes", 2)
    (1, 1)
    """
    return OSA.distance(a, b, score_cutoff=limit)


GUESSED = 4  # a rank from here on takes the search for a misspelling


def search_rank(wanted: str, names: Iterable[str], *, forgiving: bool = True) -> int | None:
    """How well a search meets any of a place's names (both folded): 0 is exact, None is not at all.

    >>> search_rank("skien", ["skien"]), search_rank("od", ["nord odal"]), search_rank("skein", ["skien"])
    (0, 2, 5)
    >>> search_rank("oslo", ["bergen"]) is None, search_rank("skein", ["skien"], forgiving=False) is None
    (True, True)
    """
    best = None
    # A short word has too many neighbours to forgive a letter.
    limit = 0 if not forgiving or len(wanted) < 4 else 1 if len(wanted) < 8 else 2
    for name in names:
        rank = None
        if name == wanted:
            return 0
        if name.startswith(wanted):
            rank = 1
        elif wanted in name:
            if f" {wanted}" in name:
                rank = 2
            elif len(wanted) > 2:  # two letters lie within very many names: "bo" in Sarpsborg
                rank = 3
        elif limit:
            # The beginning of a longer name may be misspelt too: "stavnge" for Stavanger.
            whole = misspelling_distance(wanted, name, limit)
            if whole <= limit:
                rank = GUESSED + whole
            elif len(wanted) > 4 and misspelling_distance(wanted, name[: len(wanted)], 1) <= 1:
                rank = 7
        if rank is not None and (best is None or rank < best):
            best = rank
    return best


# What people write beside a name, as it is compared (`fold`). Plural words say that one is looking for a list: they are
# passed over, since "kommuner i Telemark" is best answered by the county.
_KINDS = {
    "municipality": "kommune kommunen kommunenummer kommunenr municipality town city by byen",
    "county": "fylke fylket fylkeskommune fylkeskommunen fylkesnummer fylkesnr county",
}
KIND_WORDS = {word: kind for kind, words in _KINDS.items() for word in words.split()}
_SMALL = """
i på av og for til fra frå med ved hos nummer nr kommuner kommunene kommunar kommunane byer byar fylker fylkene fylka
in of on and the from to with at number no municipalities towns cities counties
"""
SMALL_WORDS = frozenset(fold(_SMALL).split())


@dataclass(frozen=True)
class Asked:
    """One way to read a search for a place: a name or a number, where it lies, and the kind of place that is meant."""

    name: str
    where: str = ""
    kind: str = ""


MOST_WORDS = 7  # of a search that is divided: names and where they lie take no more


def readings(text: str) -> tuple[Asked, list[Asked]]:
    """What a text asks for when it names one place, and when it also names where that lies.

    >>> readings("Skien kommune")[0]
    Asked(name='skien', where='', kind='municipality')
    >>> Asked("heroy", "nordland", "municipality") in readings("Herøy kommune i Nordland")[1]
    True
    """
    words = fold(text).split()
    whole, kind = without_small_words(words)
    if len(words) > MOST_WORDS:
        return Asked(" ".join(whole), kind=kind), []
    divided = []
    for at in range(1, len(words)):
        (first, kind_of_first), (last, kind_of_last) = map(without_small_words, (words[:at], words[at:]))
        divided.append(Asked(" ".join(first), " ".join(last), kind_of_first))
        divided.append(Asked(" ".join(last), " ".join(first), kind_of_last))
    return Asked(" ".join(whole), kind=kind), list(dict.fromkeys(divided)) if len(whole) > 1 else []


def without_small_words(words: Sequence[str]) -> tuple[Sequence[str], str]:
    """Words without the small ones and those for a kind at their ends, unless nothing is left; and the kind, if any.

    >>> without_small_words(["city", "of", "skien"]), without_small_words(["fylke"])
    ((['skien'], 'municipality'), (['fylke'], ''))
    """
    left, kind = list(words), ""
    for end in (-1, 0):
        while left and (left[end] in SMALL_WORDS or left[end] in KIND_WORDS):
            kind = KIND_WORDS.get(left.pop(end), kind)
    return (left, kind) if left else (words, "")


def code_meant(digits: str) -> str:
    """A code as it is written, with the zero that a spreadsheet took.

    >>> code_meant("806"), code_meant("4003"), code_meant("8")
    ('0806', '4003', '08')
    """
    return f"0{digits}" if len(digits) in (1, 3) else digits


@dataclass(frozen=True)
class Step:
    """What became of an old place: the part of it that went into one new place."""

    on: date
    from_code: str
    to_code: str
    share: float | None = 1.0
    share_source: str = ""


def kind_of_code(code: str) -> str:
    """The kind of place a code is written for: "0" the country, "40" a county, "4003" a municipality."""
    return {1: "country", 2: "county", 4: "municipality"}[len(code)]


def changes_from(steps: Sequence[Step]) -> list[tuple[date, str, tuple[Step, ...]]]:
    """The changes that a list of steps makes, each with its kind and its parts; a step belongs to one change.

    A place that went into several was split; the other places that went into one with others were merged; one that
    alone became one was renumbered, or only got another name.

    >>> d = date(2020, 1, 1)
    >>> steps = [Step(d, "5011", "5055"), Step(d, "5012", "5055"), Step(d, "5012", "5056"), Step(d, "0806", "3807")]
    >>> [(kind, [s.from_code for s in parts]) for _, kind, parts in changes_from(steps)]
    [('renumbering', ['0806']), ('merger', ['5011']), ('split', ['5012', '5012'])]
    """
    origins = Counter((s.on, s.to_code) for s in steps)
    heirs = Counter((s.on, s.from_code) for s in steps)
    grouped: dict[tuple[date, str, str], list[Step]] = {}
    for s in sorted(steps, key=lambda s: (s.on, s.from_code, s.to_code)):
        if heirs[s.on, s.from_code] > 1:
            key = (s.on, "split", s.from_code)
        elif origins[s.on, s.to_code] > 1:
            key = (s.on, "merger", s.to_code)
        else:
            key = (s.on, "name" if s.from_code == s.to_code else "renumbering", s.to_code)
        grouped.setdefault(key, []).append(s)
    order = {"name": 0, "renumbering": 1, "merger": 2, "split": 3}
    found = [(on, kind, tuple(parts)) for (on, kind, _), parts in grouped.items()]
    return sorted(found, key=lambda c: (c[0], order[c[1]], c[2][0].from_code))
