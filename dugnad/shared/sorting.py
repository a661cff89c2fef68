"""Norwegian alphabetical order, the same on every database."""

import unicodedata

_ALPHABET = "abcdefghijklmnopqrstuvwxyzæøå"
_CODE = {
    " ": "01",
    **{digit: f"{10 + n}" for n, digit in enumerate("0123456789")},
    **{letter: f"{20 + n}" for n, letter in enumerate(_ALPHABET)},
}
# Letters that stand with another one and have no decomposition into it.
_STANDS_WITH = {"ä": "æ", "ö": "ø", "ü": "y", "đ": "d", "ð": "d", "ŋ": "n", "ŧ": "t", "þ": "th", "ß": "ss", "œ": "ø"}
_NORWEGIAN = ("nb", "nn")


def sort_key(name: str, lang: str = "nb") -> str:
    """A text that sorts as the name does: … z æ ø å, with aa as å, accents and Sami letters beside their base letter.

    >>> sorted(["Aasen", "Ås", "Zoo", "Ørland", "Ærø", "Čáhcesuolu", "Dovre"], key=sort_key)
    ['Čáhcesuolu', 'Dovre', 'Zoo', 'Ærø', 'Ørland', 'Ås', 'Aasen']

    In Sami and Kven names aa is a long a: `sort_key("Aarborte", "sma")` stands under A.
    Digits only, because databases order letters by the locale they happen to have: store it in a column and sort by it.
    """
    text = unicodedata.normalize("NFC", name).lower()
    order, variants = [], []
    position = 0
    while position < len(text):
        pair = text[position : position + 2]
        if pair == "aa" and lang in _NORWEGIAN:
            letters, is_variant = "å", True
            position += 2
        else:
            letters, is_variant = _base(text[position])
            position += 1
        for letter in letters:
            order.append(_CODE.get(letter) or f"99{ord(letter):07d}")
            variants.append("1" if is_variant else "0")
    # "00" is before every letter: a name stands before its own continuations; then Ås before Aas, Alta before Álta.
    return "".join(order) + "00" + "".join(variants)


def _base(letter: str) -> tuple[str, bool]:
    """The letters it is sorted as, and whether it is written otherwise; a hyphen counts as a blank, a comma as nothing.

    >>> _base("š"), _base("å"), _base("-"), _base(",")
    (('s', True), ('å', False), (' ', True), ('', False))
    """
    if letter in _CODE:
        return letter, False
    if letter in _STANDS_WITH:
        return _STANDS_WITH[letter], True
    if letter in "-–/" or letter.isspace():
        return " ", True
    if base := "".join(c for c in unicodedata.normalize("NFD", letter) if c.isalnum()):
        return base, base != letter
    return "", False
