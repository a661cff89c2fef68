"""Passwords that somebody who knows this place would try first."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Django's list of common passwords is English. These are what Norwegian ones are made of.
# fmt: off
WORDS = frozenset({
    "passord", "passordet", "passordmitt", "hemmelig", "velkommen", "sommer", "sommeren", "vinter",
    "vinteren", "våren", "høsten", "norge", "noreg", "kommune", "kommunen", "fylke", "fylkeskommune",
    "bærekraft", "bærekraftsmål", "berekraft", "dugnad", "dugnaden", "fotball", "sjokolade", "januar",
    "februar", "mars", "april", "mai", "juni", "juli", "august", "september", "oktober", "november",
    "desember",
})
# fmt: on


class KnownWordsValidator:
    """Refuses one such word with digits and signs around it, which is what people write when letters are not enough."""

    def validate(self, password: str, user: Any = None) -> None:
        if "".join(re.findall(r"[^\W\d_]", password)).lower() in WORDS:
            raise ValidationError(_("Many people use this password. Choose another, for example a sentence."))

    def get_help_text(self) -> str:
        return _("A word that many use, with digits after it, is not enough.")
