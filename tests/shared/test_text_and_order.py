"""Texts, figures and order as Norwegian readers expect them."""

from datetime import UTC, datetime

import pytest
from django.apps.registry import Apps
from django.db import connection, models
from django.template import Context, Template
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from dugnad.shared.numbers import format_number
from dugnad.shared.periods import Period
from dugnad.shared.sorting import sort_key
from dugnad.shared.text import TranslatedField, language_of, translate

ORDER = [
    "Álaheadju",
    "Alta",
    "Čáhcesuolu",
    "Dielddanuorri",
    "Đivttasvuotna",
    "Indre Østfold",
    "Indrefjord",  # a blank is before every letter
    "Nord-Aurdal",
    "Nordre Follo",
    "Šlett",
    "Vestvågøy",
    "Våler",
    "Zoo",
    "Ærø",
    "Østre Toten",
    "Øygarden",
    "Ås",
    "Aasen",
    "Åsnes",
]


def test_names_stand_in_norwegian_order() -> None:
    assert sorted(reversed(ORDER), key=sort_key) == ORDER


def test_aa_is_a_long_a_in_sami_names() -> None:
    assert sort_key("Aarborte", "sma") < sort_key("Bodø") < sort_key("Aarborte")


@pytest.mark.django_db
def test_the_database_orders_keys_as_python_does() -> None:
    """Whatever locale it was set up with: keys hold digits only."""
    keys = [sort_key(name) for name in ORDER]
    with connection.cursor() as cursor:
        values = " UNION ALL ".join(["SELECT %s AS k"] * len(keys))
        cursor.execute(f"SELECT k FROM ({values}) AS names ORDER BY k", keys)
        assert [row[0] for row in cursor.fetchall()] == sorted(keys)


@given(st.text(max_size=30), st.text(max_size=5))
def test_any_text_has_a_key_of_digits_and_stands_before_its_continuations(name: str, more: str) -> None:
    assert sort_key(name).isdigit() and sort_key(name).isascii()
    if more.strip() and name and name[-1] not in "aA":  # aa would become another letter
        continued = name + "b" + more
        assert sort_key(name) < sort_key(continued)


@pytest.mark.parametrize(
    ("value", "decimals", "lang", "written"),
    [
        (0.5, 0, "nb", "1"),  # halves away from zero, as readers were taught
        (2.5, 0, "nb", "3"),
        (-2.5, 0, "nb", "−3"),
        (1.005, 2, "nb", "1,01"),  # as the number is written, not as it lies in the machine (1.00499…)
        (-0.04, 1, "nb", "0,0"),  # no minus before nothing
        (1234, 0, "nn", "1\u00a0234"),
        (1234567.891, 2, "en", "1,234,567.89"),
        (1e15, 0, "en", "1,000,000,000,000,000"),
    ],
)
def test_figures(value: float, decimals: int, lang: str, written: str) -> None:
    assert format_number(value, decimals, lang) == written


def test_a_text_falls_back_to_the_nearest_language() -> None:
    text = {"nb": "Utslipp", "en": "Emissions"}
    assert [translate(text, lang) for lang in ("nb", "nn", "en")] == ["Utslipp", "Utslipp", "Emissions"]
    assert translate({"nb": "Utslipp"}, "en") == "Utslipp"
    assert language_of(text, "nn") == "nb"


def test_templates() -> None:
    template = Template("{% load dugnad %}{{ text|tr }}; {{ value|number:1 }}; {{ day|day }}; {{ period|period }}")
    late = datetime(2024, 2, 29, 23, 30, tzinfo=UTC)  # in Norway it is already March
    values = Context({"text": {"nb": "Utslipp"}, "value": 1234.56, "day": late, "period": Period.parse("2024")})
    with override("nn"):
        assert template.render(values) == "Utslipp; 1\u00a0234,6; 1. mars 2024; 2024"


def test_a_text_without_bokmal_is_not_stored() -> None:
    class Thing(models.Model):  # noqa: DJ008
        title = TranslatedField()

        class Meta:
            app_label = "shared"
            managed = False
            apps = Apps()

    field = Thing._meta.get_field("title")
    with pytest.raises(ValueError, match="bokmål"):
        field.get_db_prep_save({"en": "Emissions"}, connection)
    assert field.get_db_prep_save({"nb": "Utslipp"}, connection) is not None
