"""Writing SVG: escaping, text widths, the frame every picture shares, and the stand-alone variant.

Pictures carry classes, never styles, so that they obey a strict content security policy and the reader's colours.
`LOOKS` repeats the style sheet (`site/charts.css`) as presentation attributes for pictures that leave the page.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from itertools import islice

from dugnad.shared.numbers import format_number, with_unit

FONT = 16  # user units; a chart 460 wide shown 358 px wide (a phone of 390 px) keeps its text above 12 px
WIDTH = 460
LINE = 22
FINE, FINE_LINE = 12, 16  # what stands under a picture that is a file

_KEY = re.compile(r"[A-Za-z0-9_.:-]+")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
# XML has no way to write these, not even escaped.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNSAFE = re.compile(f"[&<>\"']|{_UNWRITABLE.pattern}")


@dataclass(frozen=True)
class Picture:
    """What a page needs of a picture: the markup, what it says in words, and its key on the page."""

    svg: str
    title: str
    description: str
    key: str = ""


@dataclass(frozen=True)
class Caption:
    """What every picture is told: what it is called and how its values are written.

    >>> Caption("skien", "Unemployment falls", lang="en", unit="per cent", symbol="%", decimals=1).number(3.14)
    '3.1%'

    `key` makes ids unique on the page. `title` states the finding (`finding` writes it). `unit` is written out, on the
    axis; `symbol` follows a value. `subject` (what is measured) and `source` are drawn only on a picture that stands
    alone: on a page they are in the text, and the picture carries them as attributes for `alone`.
    """

    key: str
    title: str
    lang: str = "nb"
    unit: str = ""
    symbol: str = ""
    decimals: int = 0
    subject: str = ""
    source: str = ""
    standalone: bool = False

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
            raise ValueError(f"a picture's key becomes an id, so it cannot be {self.key!r}")

    def number(self, value: float) -> str:
        """The value with its symbol: "3,1 %"."""
        return with_unit(format_number(value, self.decimals, self.lang), self.symbol, self.lang)

    def short(self, value: float) -> str:
        """The value in a picture whose axis names the unit: only a short sign is repeated, "%" and its kin."""
        return self.number(value) if len(self.symbol) <= 2 else format_number(value, self.decimals, self.lang)


def escape(text: str) -> str:
    """Text that is safe between tags and in attributes.

    >>> escape('<a href="x">')
    '&lt;a href=&quot;x&quot;&gt;'
    """
    if not _UNSAFE.search(text):  # as most are
        return text
    return _UNWRITABLE.sub("\ufffd", text).translate(_ESCAPES)


def xy(value: float) -> str:
    """A coordinate: one decimal, none where it is zero.

    >>> xy(12.04), xy(-0.01), xy(3.26)
    ('12', '0', '3.3')
    """
    text = f"{value:.1f}"
    return text if text[-2:] != ".0" else text[:-2] if text != "-0.0" else "0"


def text(x: float, y: float, words: str, css: str = "", anchor: str = "") -> str:
    """A line of text; `anchor` is middle or end (start when empty)."""
    css = f' class="{css}"' if css else ""
    anchor = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text{css} x="{xy(x)}" y="{xy(y)}"{anchor}>{escape(words)}</text>'


def line(css: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{css}" x1="{xy(x1)}" y1="{xy(y1)}" x2="{xy(x2)}" y2="{xy(y2)}"/>'


def circle(css: str, x: float, y: float, radius: float, title: str = "") -> str:
    """A dot; its title is what a pointer resting on it shows."""
    start = f'<circle class="{css}" cx="{xy(x)}" cy="{xy(y)}" r="{xy(radius)}"'
    return f"{start}><title>{escape(title)}</title></circle>" if title else f"{start}/>"


def rect(css: str, x: float, y: float, width: float, height: float) -> str:
    return f'<rect class="{css}" x="{xy(x)}" y="{xy(y)}" width="{xy(width)}" height="{xy(height)}"/>'


def diamond(css: str, x: float, y: float, radius: float) -> str:
    """The shape of the place the picture is about, where dots are the others."""
    r = xy(radius)
    return f'<path class="{css}" d="M{xy(x)} {xy(y - radius)}l{r} {r}-{r} {r}-{r}-{r}z"/>'


# How wide Inter's letters are at 16, the wider of each group; those not named are as wide as a digit.
_GROUPS = {
    4.5: "ijlI.,:;'|! \u00a0\u202f",
    6.5: "tfr()/-",
    9.0: "acekvxyzsåäšFJL–",
    12.0: "CDGHNOQUØAVXYÅ",
    15.5: "mMwWæÆ%—…@",
}
_WIDTHS = {letter: width for width, letters in _GROUPS.items() for letter in letters}


@lru_cache(maxsize=4096)
def text_width(words: str) -> float:
    """About how wide a text becomes, in user units; rather too wide than too narrow."""
    return sum(_WIDTHS.get(letter, 10.5) for letter in words)


def fit(words: str, width: float) -> str:
    """The text, shortened with … where it is wider than the room."""
    if text_width(words) <= width:
        return words
    while words and text_width(words + "…") > width:
        words = words[:-1]
    return words.rstrip() + "…"


def wrap(words: str, width: float) -> list[str]:
    """The text on as many lines as the width asks for; one line at least."""
    lines, current = [], ""
    for word in words.split():
        longer = f"{current} {word}" if current else word
        if current and text_width(longer) > width:
            lines.append(current)
            current = word
        else:
            current = longer
    return [*lines, current]


@dataclass(frozen=True)
class Note:
    """A sign used in the picture and what it means; `sign` is markup drawn around (0, 0), 24 wide."""

    sign: str
    words: str


def notes(entries: Iterable[Note], top: float, width: float) -> tuple[str, float]:
    """The signs explained, side by side while there is room: (markup, height)."""
    out, x, y = [], 0.0, top
    for entry in entries:
        room = 30 + text_width(entry.words)
        if x and x + room > width:
            x, y = 0.0, y + LINE
        # The text is centred on the sign, whose middle is (12, 0).
        words = text(30, 5, fit(entry.words, width - 30))
        out.append(f'<g transform="translate({xy(x)} {xy(y + 12)})">{entry.sign}{words}</g>')
        x += room + 16
    return ("", 0.0) if not out else (f'<g class="note">{"".join(out)}</g>', y + LINE - top)


def spread(wanted: Sequence[float], sizes: Sequence[float], low: float, high: float) -> list[float]:
    """Middles of labels of these heights, none over another, as near to where they are wanted as the room allows.

    >>> spread([10, 12, 50], [18, 18, 18], 0, 100)
    [9.0, 27.0, 50.0]
    """
    if (total := sum(sizes)) > high - low:
        sizes = [size * (high - low) / total for size in sizes]
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    # Labels that touch form a block: (sum of where its members want the block to begin, members, height).
    blocks: list[tuple[float, int, float]] = []
    for i in order:
        blocks.append((wanted[i] - sizes[i] / 2, 1, sizes[i]))
        while len(blocks) > 1 and _begin(blocks[-2], low, high) + blocks[-2][2] > _begin(blocks[-1], low, high):
            (sum1, n1, height1), (sum2, n2, height2) = blocks[-2:]
            blocks[-2:] = [(sum1 + sum2 - n2 * height1, n1 + n2, height1 + height2)]
    placed, members = [0.0] * len(wanted), iter(order)
    for block in blocks:
        y = _begin(block, low, high)
        for i in islice(members, block[1]):
            placed[i] = y + sizes[i] / 2
            y += sizes[i]
    return placed


def _begin(block: tuple[float, int, float], low: float, high: float) -> float:
    wish, count, height = block
    return max(low, min(wish / count, high - height))


def picture(
    caption: Caption, kind: str, width: float, height: float, body: str, description: str, *, links: bool = False
) -> Picture:
    """The frame: title, description, ids, view box. With links the picture is a group, so that they can be reached."""
    key = caption.key
    role = "group" if links else "img"
    about = {"subject": caption.subject, "source": caption.source}
    data = "".join(f' data-{name}="{escape(said)}"' for name, said in about.items() if said)
    svg = (
        f'<svg class="chart chart-{kind}" viewBox="0 0 {xy(width)} {xy(height)}" font-size="{FONT}" role="{role}"'
        f' aria-labelledby="{key}-t {key}-d"{data}><title id="{key}-t">{escape(caption.title)}</title>'
        f'<desc id="{key}-d">{escape(description)}</desc>{body}</svg>'
    )
    return Picture(alone(svg) if caption.standalone else svg, caption.title, description, key)


def cut_out(page: str, key: str) -> str:
    """The picture with this key in the markup of a page; nothing where there is none.

    >>> cut_out('<p><svg class="chart" aria-labelledby="a-t a-d"><title/></svg></p>', "a")
    '<svg class="chart" aria-labelledby="a-t a-d"><title/></svg>'
    """
    named = page.find(f'aria-labelledby="{key}-t {key}-d"')
    return page[page.rfind("<svg", 0, named) : page.index("</svg>", named) + 6] if named >= 0 else ""


_FRAME = re.compile(
    r'(<svg [^>]*?)viewBox="0 0 ([\d.]+) ([\d.]+)"([^>]*?)(?: data-subject="([^"]*)")?(?: data-source="([^"]*)")?>'
    r"(<title[^>]*>(.*?)</title><desc.*?</desc>)(.*)</svg>",
    re.DOTALL,
)


def alone(svg: str, address: str = "") -> str:
    """A picture of a page as a file: what it measures, its title, source and address stand in it; it leads nowhere."""
    frame = _FRAME.fullmatch(svg)
    assert frame, "a picture is written by `picture`"
    start, across, down, attributes, subject, source, names, title, body = frame.groups("")
    width, height = float(across), float(down)
    headings = [title] if subject in title else [subject, title]
    above = [line for said in headings for line in wrap(unescape(said), width)]
    below = [line for said in (unescape(source), address) if said for line in _fine(said, width)]
    top, bottom = LINE * len(above) + 8, height + 8
    total = top + bottom + FINE_LINE * len(below) + 8
    head = f'<rect x="-8" y="{xy(-top)}" width="{xy(width + 16)}" height="{xy(total)}" fill="#fff"/>'
    head += "".join(text(0, LINE * (i + 1) - top - 2, words, "strong") for i, words in enumerate(above))
    lines = "".join(text(0, bottom + FINE_LINE * (i + 1) - 4, words) for i, words in enumerate(below))
    foot = f'<g font-size="{FINE}">{lines}</g>' if lines else ""
    view = f'viewBox="-8 {xy(-top)} {xy(width + 16)} {xy(total)}"'
    looks = ' xmlns="http://www.w3.org/2000/svg" fill="#1f2933" font-family="Inter, Arial, sans-serif"'
    attributes = attributes.replace('role="group"', 'role="img"')
    body = re.sub(r"<(/?)a\b[^>]*>", r"<\1g>", body)
    return dress(f"{start}{view}{attributes}{looks}>{names}{head}{body}{foot}</svg>")


def _fine(words: str, width: float) -> list[str]:
    """Small print on as many lines as it asks for; an address may be broken before each parameter."""
    breakable = re.sub(r"([?&])(?=\w+=)", r" \1", words)
    return [re.sub(r" ([?&])(?=\w+=)", r"\1", line) for line in wrap(breakable, width * FONT / FINE)]


LOOKS: dict[str, str] = {
    "axis": 'stroke="#52606d"',
    "grid": 'stroke="#d9dee3"',
    "series": 'fill="none" stroke="#0e5a64" stroke-width="3" stroke-linejoin="round" stroke-linecap="round"',
    "series-2": 'fill="none" stroke="#b8480a" stroke-width="2" stroke-dasharray="7 3"',
    "series-3": 'fill="none" stroke="#5a4fb0" stroke-width="2" stroke-dasharray="2 3"',
    "series-4": 'fill="none" stroke="#7a6a00" stroke-width="2" stroke-dasharray="10 3 2 3"',
    "series-5": 'fill="none" stroke="#a3195b" stroke-width="2" stroke-dasharray="14 4"',
    "series-6": 'fill="none" stroke="#4f5b66" stroke-width="2" stroke-dasharray="5 3 1 3 1 3"',
    "name-2": 'fill="#b8480a"',
    "name-3": 'fill="#5a4fb0"',
    "name-4": 'fill="#7a6a00"',
    "name-5": 'fill="#a3195b"',
    "name-6": 'fill="#4f5b66"',
    "provisional": 'fill="none" stroke="#0e5a64" stroke-width="2" stroke-dasharray="5 4"',
    "bridge": 'fill="none" stroke="#0e5a64" stroke-width="1.5" stroke-dasharray="1.5 4"',
    "limit": 'fill="none" stroke="#5f6b78" stroke-width="1.5" stroke-dasharray="3 3"',
    "far-limit": 'fill="none" stroke="#0e5a64" stroke-width="1.5" stroke-dasharray="10 4"',
    "trail": 'fill="none" stroke="#0e5a64" stroke-width="1.5" stroke-opacity="0.6"',
    "window": 'stroke="#0e5a64" stroke-width="2" stroke-opacity="0.45"',
    "band": 'fill="#5f6b76" fill-opacity="0.2"',
    "ahead": 'fill="#0e5a64" fill-opacity="0.12"',
    "ahead-line": 'fill="none" stroke="#0e5a64" stroke-width="2" stroke-dasharray="8 5"',
    "ahead-end": 'stroke="#0e5a64" stroke-width="1.5"',
    "ahead-name": 'fill="#0e5a64" font-weight="600"',
    "target": 'fill="none" stroke="#1b6b2f" stroke-width="2" stroke-dasharray="10 4"',
    "missing": 'fill="#5f6b76" fill-opacity="0.12"',
    "dot": 'fill="#0e5a64"',
    "dot-2": 'fill="#b8480a"',
    "dot-3": 'fill="#5a4fb0"',
    "dot-4": 'fill="#7a6a00"',
    "dot-5": 'fill="#a3195b"',
    "dot-6": 'fill="#4f5b66"',
    "dot-provisional": 'fill="#fff" stroke="#0e5a64" stroke-width="2"',
    "break": 'stroke="#52606d" stroke-width="1.5" stroke-dasharray="3 3"',
    "leader": 'stroke="#9aa5b1"',
    "others": 'fill="#5f6b76" fill-opacity="0.55"',
    "faint": 'fill="none" stroke="#9aa5b1"',
    "bar": 'fill="#9fb3b6"',
    "median": 'stroke="#1f2933" stroke-width="2"',
    "here": 'fill="#b8480a" stroke="#fff" stroke-width="1.5"',
    "target-name": 'fill="#1b6b2f"',
    "halo": 'fill="none" stroke="#fff" stroke-width="5"',
    "outline": 'fill="none" stroke="#1f2933" stroke-width="2"',
    "label": 'stroke="#fff" stroke-width="4" paint-order="stroke" stroke-linejoin="round"',
    "strong": 'font-weight="600"',
    "q1": 'fill="#d3e7e6"',
    "q2": 'fill="#9ccac9"',
    "q3": 'fill="#5fa7aa"',
    "q4": 'fill="#2b7d86"',
    "q5": 'fill="#0b4a55"',
    "map-none": 'stroke="#9aa5b1"',
    "hatch": 'stroke="#7b8794"',
    "areas": 'stroke="#fff"',
}
_CLASS = re.compile(r'class="([^"]*)"')


def dress(svg: str) -> str:
    """The picture with its looks written into it, for a file that has no style sheet beside it."""

    def looks(match: re.Match[str]) -> str:
        chosen: dict[str, str] = {}
        for css in match[1].split():
            chosen.update(re.findall(r'([\w-]+)="([^"]*)"', LOOKS.get(css, "")))
        return " ".join([match[0], *(f'{name}="{value}"' for name, value in chosen.items())])

    return _CLASS.sub(looks, svg)
