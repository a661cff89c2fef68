"""Errors for the person who can mend them."""

from typing import Any


class Refusal(Exception):
    """Input that is not accepted: what is wrong, where it is, what to do now.

    >>> str(Refusal("The code 301 is not a municipality", "row 4", "Write 0301."))
    'The code 301 is not a municipality (row 4). Write 0301.'
    >>> str(Refusal("The file is empty", "", "Send it again."))
    'The file is empty. Send it again.'
    """

    def __init__(self, what: str, where: str, remedy: str) -> None:
        super().__init__(what, where, remedy)
        self.what, self.where, self.remedy = what, where, remedy

    def __str__(self) -> str:
        what, where, remedy = map(_spoken, (self.what, self.where, self.remedy))
        return f"{what} ({where}). {remedy}" if where else f"{what}. {remedy}"


def _spoken(text: Any) -> str:
    """In the language of the one who asked, where the text can be told in it (`status.observations.Message`) and Django
    is running: a child that reads a file knows no language."""
    from django.conf import settings  # not when a child begins
    from django.utils.translation import gettext

    translated = getattr(text, "translated", None)
    return translated(gettext) if translated and settings.configured else text


def not_yaml(problem: Any) -> tuple[str, str]:
    """What is wrong with a text that cannot be read as YAML, and what to look for, without the parser's own words.

    `problem` is where the parser gave up (`yaml.Mark`), None where a sign in the text is none that a text has.
    """
    from django.utils.translation import gettext

    if problem is None:
        return (
            gettext("The file is not YAML: it holds a character that no text has"),
            gettext("Take it out, or save the file anew as UTF-8."),
        )
    return (
        gettext("The file is not YAML: it cannot be read on from line %(line)d, column %(column)d")
        % {"line": problem.line + 1, "column": problem.column + 1},
        gettext(
            "Mend the line or the one above. Look for a bracket or a quotation mark that is not closed, a colon inside"
            " a text without quotation marks, and lines that are indented otherwise than those around them."
        ),
    )
