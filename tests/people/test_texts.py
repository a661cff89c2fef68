"""Everything a person can be refused with is written in bokmål and nynorsk too."""

from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.contrib.auth.password_validation import get_default_password_validators
from django.core.exceptions import ValidationError
from django.utils.translation import override

from dugnad.people import forms as people
from dugnad.people.adapters import AccountAdapter, MFAAdapter
from dugnad.people.models import Person
from dugnad.status import forms as status
from tests.clients import person_with, signed_in

# Nobody has a user name or a telephone number here.
NOT_HERE = ("phone", "username")
NUMBERS = {"limit_value": 5, "show_value": 6, "max": 5, "min": 5, "length": 6, "offset": 1, "value": 1}


def refusals() -> Iterator[tuple[str, str]]:
    """In the language of now: (what says it, what it says)."""
    person = Person(name="Kari Nordmann", email="kari.nordmann@example.org")
    bad = {
        "MinimumLengthValidator": "abc",
        "CommonPasswordValidator": "password1234",
        "KnownWordsValidator": "sommer2026",
        "UserAttributeSimilarityValidator": "kari.nordmann",
    }
    for validator in get_default_password_validators():
        name = type(validator).__name__
        with pytest.raises(ValidationError) as refused:
            validator.validate(bad[name], person)
        yield name, " ".join(refused.value.messages)
    for adapter in (AccountAdapter, MFAAdapter):
        for key, text in adapter.error_messages.items():
            if not any(word in key for word in NOT_HERE):
                yield f"{adapter.__name__} {key}", str(text)
    for module in (people, status):
        for form in vars(module).values():
            if isinstance(form, type) and issubclass(form, forms.BaseForm):
                for name, field in form.base_fields.items():
                    said = dict(field.error_messages)
                    said |= {type(v).__name__: getattr(v, "message", "") for v in field.validators}
                    yield from ((f"{form.__name__}.{name} {key}", _told(text)) for key, text in said.items())


def _told(text: Any) -> str:
    try:
        return str(text % NUMBERS)
    except (TypeError, ValueError):  # it holds no number, or one without a name
        return str(text)


@pytest.mark.parametrize("lang", ["nb", "nn"])
def test_no_refusal_is_in_english(lang: str) -> None:
    with override("en"):
        english = dict(refusals())
    assert len(english) > 100
    with override(lang):
        told = dict(refusals())
    assert {who: said for who, said in told.items() if said and said == english[who]} == {}


@pytest.mark.django_db
def test_an_adviser_with_nothing_to_do_is_told_so() -> None:
    told = signed_in(person_with("adviser")).get("/en/min-side/").content.decode()
    assert "Nothing waits for you here" in told
    for role in ("secretariat", "operator", "signed_in"):
        assert "Nothing waits for you here" not in signed_in(person_with(role)).get("/en/min-side/").content.decode()
