"""Codes, ids, colours and directions: decisions on values alone."""

import re
import unicodedata
from typing import NamedTuple

SET_ID = re.compile(r"[a-z][a-z0-9-]*")
EDITION_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")
INDICATOR_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._-]*")

DIRECTIONS = ("up", "down", "target", "mixed", "none")


class VersionId(NamedTuple):
    """The three parts of the id of an indicator version."""

    set: str
    edition: str
    code: str

    def __str__(self) -> str:
        return f"{self.set}.{self.edition}.{self.code}"


def parse_version_id(text: str) -> VersionId:
    """The parts of `<set>.<edition>.<code>`; only the code may hold dots. ValueError when it is no such id.

    >>> parse_version_id("u4ssc.2017.EC:ICT:ICT:1C")
    VersionId(set='u4ssc', edition='2017', code='EC:ICT:ICT:1C')
    >>> parse_version_id("sdg.2020.1.a.1").code
    '1.a.1'
    """
    match text.split(".", 2):
        case [set_, edition, code] if (
            SET_ID.fullmatch(set_) and EDITION_CODE.fullmatch(edition) and INDICATOR_CODE.fullmatch(code)
        ):
            return VersionId(set_, edition, code)
    raise ValueError(f"not the id of an indicator version: {text!r} (write <set>.<edition>.<code>)")


def normalise_code(text: str) -> str:
    """A code as we store it: without the blanks that print inserts here and there.

    >>> normalise_code("SC: EH: ED:1C"), normalise_code("EC:\u00a0ICT: ICT: 1C ")
    ('SC:EH:ED:1C', 'EC:ICT:ICT:1C')
    """
    plain = unicodedata.normalize("NFKC", text)
    close = "".join(c for c in plain if not c.isspace() and unicodedata.category(c) not in ("Cf", "Cc"))
    return unicodedata.normalize("NFKC", close)  # again: an accent may now stand beside its letter


def code_key(text: str) -> str:
    """What two writings of one code have in common: `ec: p: em: 3c` finds `EC:P:EM:3C`."""
    return normalise_code(text).casefold()


def printed_code(code: str) -> str:
    """A code as its standard prints it, and as pages show it. Addresses and data have it without blanks.

    >>> printed_code("EC:ICT:ICT:1C"), printed_code("1.a.1")
    ('EC: ICT: ICT: 1C', '1.a.1')
    """
    return code.replace(":", ": ")


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG between two colours written `#rrggbb`, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def text_colour(background: str) -> str:
    """White where white reads well (4.5:1, WCAG AA), otherwise black. On the 17 colours: white on seven of them.

    >>> text_colour("#19486A"), text_colour("#FCC30B")
    ('#ffffff', '#000000')
    """
    return "#ffffff" if contrast(background, "#ffffff") >= 4.5 else "#000000"
