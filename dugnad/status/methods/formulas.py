"""A formula as a person types it, set so that eyes and screen readers both can read it (MathML).

    mathml("score = 100 × (value − worst) / (best − worst)")

Signs: = + − × / ^ ( ) , … and _ before an index. `/` binds tighter than `×`. A name may be several words.
"""

import re
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

_SIGN = re.compile(r"\s*(\d+(?:[.,]\d+)?|[^\W\d_]+(?: [^\W\d_]+)*(?:_\w+)?|[=+−×/^(),…])")


class NotAFormula(ValueError):
    """A text that cannot be read as a formula; the message says where."""


@dataclass
class _Reader:
    tokens: list[str]
    at: int = 0

    @property
    def next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, expected: str = "") -> str:
        sign = self.next
        if not sign or (expected and sign != expected):
            raise NotAFormula(f"{expected or 'something'} is missing after {' '.join(self.tokens[: self.at])!r}")
        self.at += 1
        return sign

    def line(self, ends: str) -> str:
        """Terms with signs between them, until one of `ends`."""
        found = [self.product()]
        while self.next and self.next not in ends:
            sign = self.take()
            if sign not in "=+−×,":
                raise NotAFormula(f"{sign} stands where a sign should in {' '.join(self.tokens)!r}")
            found += [f"<mo>{sign}</mo>", self.product()]
        return "".join(found)

    def product(self) -> str:
        """A part, or a fraction of two; what stands in brackets alone above or below the line needs none there."""
        start = self.at
        above = self.power()
        if self.next != "/":
            return above
        bare = self.bare(start, above)
        self.take("/")
        start = self.at
        below = self.power()
        return f"<mfrac>{bare}{self.bare(start, below)}</mfrac>"

    def bare(self, start: int, found: str) -> str:
        if self.tokens[start] == "(" and self.closes(start) == self.at - 1:
            inside = _Reader(self.tokens[start + 1 : self.at - 1])
            return f"<mrow>{inside.line('')}</mrow>"
        return found

    def closes(self, start: int) -> int:
        depth = 0
        for at in range(start, len(self.tokens)):
            depth += (self.tokens[at] == "(") - (self.tokens[at] == ")")
            if not depth:
                return at
        raise NotAFormula(f") is missing in {' '.join(self.tokens)!r}")

    def power(self) -> str:
        base = self.part()
        if self.next != "^":
            return base
        self.take("^")
        start = self.at
        return f"<msup>{base}{self.bare(start, self.part())}</msup>"

    def part(self) -> str:
        sign = self.take()
        if sign == "(":
            inside = self.line(")")
            self.take(")")
            return f"<mrow><mo>(</mo>{inside}<mo>)</mo></mrow>"
        if sign[0].isdigit():
            return f"<mn>{sign}</mn>"
        if sign == "…":
            return "<mi>…</mi>"
        if sign in "=+−×/^),":
            raise NotAFormula(f"{sign} stands where a number or a name should in {' '.join(self.tokens)!r}")
        name, _, index = sign.partition("_")
        word = f'<mi mathvariant="normal">{name}</mi>' if len(name) == 1 else f"<mtext>{escape(name)}</mtext>"
        if index:
            word = f"<msub>{word}<mi>{escape(index)}</mi></msub>"
        if self.next == "(":
            return f"<mrow>{word}{self.part()}</mrow>"
        return word


def mathml(text: str) -> SafeString:
    """The formula as MathML, with the text itself for those who cannot see it set.

    >>> mathml("a = b / 2")
    '<math displaystyle="true" alttext="a = b / 2"><mi mathvariant="normal">a</mi><mo>=</mo><mfrac>...</math>'
    """
    tokens, at = [], 0
    while match := _SIGN.match(text, at):
        tokens.append(match[1])
        at = match.end()
    if text[at:].strip():
        raise NotAFormula(f"{text[at:].strip()[0]} is no sign of a formula, in {text!r}")
    reader = _Reader(tokens)
    inside = reader.line("")
    return mark_safe(f'<math displaystyle="true" alttext="{escape(text)}">{inside}</math>')  # noqa: S308 - all is escaped
