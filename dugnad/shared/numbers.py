"""How figures and days are written for readers."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache

from babel.dates import format_date as babel_format_date

_BABEL = {"nb": "nb_NO", "nn": "nn_NO", "en": "en_GB"}


def rounded(value: float | Decimal, decimals: int) -> Decimal:
    """A figure as it is written: halves away from zero, as many decimals as asked for.

    >>> rounded(2.675, 2), rounded(-1234.5, 0)
    (Decimal('2.68'), Decimal('-1235'))
    """
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return exact.quantize(_last_digit(decimals), rounding=ROUND_HALF_UP)


@cache
def _last_digit(decimals: int) -> Decimal:
    return Decimal(1).scaleb(-decimals)


@lru_cache(maxsize=8192, typed=True)  # a page writes the same figure in its table, its pictures and their words
def format_number(value: float | Decimal, decimals: int, lang: str) -> str:
    """A figure with its decimals, halves rounded away from zero, thousands apart by a blank that does not break.

    >>> format_number(1234567.25, 1, "nb"), format_number(-1234.5, 0, "en")
    ('1\\xa0234\\xa0567,3', '−1,235')
    """
    written = rounded(value, decimals)
    text = f"{abs(written):,f}"
    if lang != "en":
        text = text.replace(",", "\u00a0").replace(".", ",")
    return f"−{text}" if written < 0 else text


def with_unit(text: str, symbol: str, lang: str) -> str:
    """A written number and the short sign of its unit, which never part: a blank that does not break is between them,
    but before a percent sign in English.

    >>> with_unit("3,1", "%", "nb"), with_unit("3.1", "%", "en"), with_unit("3.1", "t", "en"), with_unit("3", "", "nn")
    ('3,1\\xa0%', '3.1%', '3.1\\xa0t', '3')
    """
    if not symbol:
        return text
    return f"{text}{symbol}" if lang == "en" and symbol.startswith("%") else f"{text}\u00a0{symbol}"


def format_share(share: float, decimals: int, lang: str) -> str:
    """A part of one in percent.

    >>> format_share(0.962, 1, "nb"), format_share(0.38, 0, "en")
    ('96,2\\xa0%', '38%')
    """
    return with_unit(format_number(100 * share, decimals, lang), "%", lang)


@lru_cache(maxsize=1024)  # few days are named, and each is worth fifty figures
def format_date(day: date, lang: str) -> str:
    """
    >>> format_date(date(2024, 3, 1), "nb"), format_date(date(2024, 3, 1), "en")
    ('1. mars 2024', '1 March 2024')
    """
    return babel_format_date(day, format="long", locale=_BABEL[lang])
