"""Every page in every language, whole: no text left in English, the same address, nothing kept about the reader."""

import re
from collections.abc import Iterable
from html.parser import HTMLParser

import pytest
from babel.messages.pofile import read_po

from tests.journeys.conftest import OpenPage, Watch
from tests.journeys.pages import ALL, MISSING, NUMBERS, REAL
from tests.journeys.product import LANGUAGES, ROOT, Product

NORWEGIAN = ("nb", "nn")
VALUE = r"%\(\w+\)[sd]|\{\w*\}"  # its place in a text


def words(text: str) -> int:
    return len(re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)?", text))


class Text(HTMLParser):
    """What is read on a page, or aloud, in the language of the page: text and names, not what says it is foreign."""

    VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.lang = ""
        self._foreign: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.lang = given.get("lang", "")
        foreign = bool(self._foreign and self._foreign[-1]) or given.get("lang", self.lang) != self.lang
        foreign = foreign or tag in ("script", "style", "code")
        if not foreign:
            names = ("title", "alt", "aria-label", "placeholder", "content")
            self.texts += [given[name] for name in names if given.get(name)]
        if tag not in self.VOID:
            self._foreign.append(foreign)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """<circle/>: no end will come."""

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID and self._foreign:
            self._foreign.pop()

    def handle_data(self, data: str) -> None:
        if not (self._foreign and self._foreign[-1]) and data.strip():
            self.texts.append(data)


def texts_of(page: str) -> list[str]:
    reader = Text()
    reader.feed(page)
    return [" ".join(text.split()) for text in reader.texts]


def english_texts(lang: str) -> list[list[str]]:
    """Texts that are written otherwise in a language, each in pieces between its values: ["Page ", " of ", ""]."""
    found = []
    for path in sorted((ROOT / "dugnad").glob(f"*/locale/{lang}/LC_MESSAGES/django.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=lang):
                ids = [message.id] if isinstance(message.id, str) else list(message.id)
                said = [message.string] if isinstance(message.string, str) else list(message.string)
                for text in set(ids) - set(said):
                    pieces = re.split(VALUE, " ".join(re.sub(r"<[^>]+>", " ", text).split()))
                    # A single word that both languages share cannot be told from its translation.
                    if sum(map(words, pieces)) > 1:
                        found.append(pieces)
    assert len(found) > 300
    return found


def english_in(texts: Iterable[str], lang: str) -> list[str]:
    """What is said in English: a piece of some length wherever it stands, a short text when it stands alone."""
    lines = "\n".join(dict.fromkeys(texts))
    found = []
    for pieces in english_texts(lang):
        if long := [piece.strip() for piece in pieces if words(piece) > 3]:
            found += [piece for piece in long if piece in lines]
        elif alone := re.search(rf"^{'.+?'.join(map(re.escape, pieces))}$", lines, re.MULTILINE):
            found.append(alone[0])
    return found


@pytest.mark.parametrize("lang", NORWEGIAN)
def test_nothing_is_left_in_english(lang: str, product: Product) -> None:
    kinds = [kind for kind in ALL if kind not in REAL or product.has_real_data]
    texts = [text for kind in kinds for text in texts_of(product.get(f"/{lang}/{ALL[kind]}").text)]
    assert english_in(texts, lang) == []


def test_the_search_for_english_finds_english() -> None:
    """The control: an English page would be found out."""
    page = '<html lang="nb"><p>Siste tall</p><p lang="en">Your offices</p><a title="Latest releases"><br>4</a>'
    page += "<p>Les dette. Skip to main content.</p>"
    assert sorted(english_in(texts_of(page), "nb")) == ["Latest releases", "Skip to main content"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_page_says_its_language_and_names_the_others(lang: str, product: Product) -> None:
    for kind, address in ALL.items():
        if kind in REAL and not product.has_real_data:
            continue
        answer = product.get(f"/{lang}/{address}")
        assert f'<html lang="{lang}">' in answer.text, address
        assert answer.text.count("<h1") == 1, address
        if kind not in MISSING:
            for other in LANGUAGES:
                assert f'hreflang="{other}"' in answer.text, address


def test_nothing_is_kept_about_a_reader_before_signing_in(product: Product) -> None:
    product.client.cookies.clear()
    for kind, address in ALL.items():
        answer = product.get(f"/nb/{address}")
        # The forms of signing in and of a file of one's own are protected by a cookie, for this visit; no others are.
        allowed = {"csrf"} if kind in ("sign in", "forgotten password", "try a method") else set()
        assert set(answer.cookies) <= allowed, address
    product.client.cookies.clear()


@pytest.mark.parametrize("kind", NUMBERS)
def test_every_page_of_numbers_is_also_a_file(kind: str, product: Product) -> None:
    path, _, question = NUMBERS[kind].partition("?")
    suffix = f"?{question}" if question else ""
    data = product.get(f"/nn/{path}.json{suffix}")
    assert data.status_code == 200
    assert data.headers["content-type"].startswith("application/json")
    assert data.json()
    rows = product.get(f"/nn/{path}.csv{suffix}")
    assert rows.status_code == 200
    assert rows.headers["content-type"].startswith("text/csv")
    may_be_empty = {"goal without figures", "problems", "release calendar"}  # nothing found, nothing planned
    assert len(rows.text.splitlines()) > 1 or kind in may_be_empty


def test_the_first_page_weighs_at_most_150_kb_with_everything(open_page: OpenPage, watches: list[Watch]) -> None:
    page = open_page(width=390, new=True)
    page.goto("/nb/", wait_until="networkidle")
    answers = watches[0].transferred
    sizes = [answer.request.sizes() for answer in answers]
    assert len(answers) >= 5  # the page, three styles, the font
    assert sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes) <= 150_000
