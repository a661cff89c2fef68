"""Texts that definitions and people write, in the languages of the platform."""

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.translation import get_language

TranslatedText = dict[str, str]

FALLBACK = {"nb": ("nb", "nn", "en"), "nn": ("nn", "nb", "en"), "en": ("en", "nb", "nn")}


def translate(text: Mapping[str, str], lang: str | None = None) -> str:
    """The text in a language, by default the reader's, or in the nearest one it has.

    >>> translate({"nb": "Utslipp", "en": "Emissions"}, "nn")
    'Utslipp'
    """
    lang = lang or get_language() or "nb"
    for candidate in FALLBACK.get(lang, FALLBACK["nb"]):
        if text.get(candidate):
            return text[candidate]
    return ""


def language_of(text: Mapping[str, str], lang: str | None = None) -> str:
    """The language `translate` answers in, for the `lang` attribute of a text that had to fall back."""
    lang = lang or get_language() or "nb"
    return next((candidate for candidate in FALLBACK.get(lang, FALLBACK["nb"]) if text.get(candidate)), lang)


class TranslatedField(models.JSONField):
    """A TranslatedText. Bokmål is always there, so that every reader has something to read; `blank=True` allows {}."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", dict)
        super().__init__(*args, **kwargs)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if isinstance(value, dict) and not value.get("nb") and not (self.blank and not value):
            raise ValueError(f"{self.model.__name__}.{self.name} has no text in bokmål: {value!r}")
        return super().get_db_prep_save(value, connection)
