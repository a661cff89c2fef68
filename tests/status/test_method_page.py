"""What the figures of an indicator rest on: its definition in words, its sources, its editions."""

import pytest
from django.test import Client

from dugnad.shared.writing import Actor
from dugnad.standards.changes import load_definitions
from dugnad.status.models import Release
from tests.examples.conftest import NETWORK
from tests.status.conftest import UNEMPLOYMENT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_site")]


def page(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("nb", ["delt på", "Lavere er bedre.", "Gjennomsnittet av kommunene", "Hentet fra kilden", "1. januar 2026"]),
        (
            "nb",
            ["Alle år på grensene fra 1. januar 2024", "Hvert år på de grensene som gjaldt da", "Når et tall mangler"],
        ),
        (
            "nn",
            ["delt på", "Lågare er betre.", "Gjennomsnittet av kommunane", "Henta frå kjelda", "Når eit tal manglar"],
        ),
        ("en", ["divided by", "Lower is better.", "The mean of the municipalities", "When a figure is missing"]),
    ],
)
def test_the_method_is_told_in_words(client: Client, lang: str, words: list[str]) -> None:
    shown = page(client, f"/{lang}/indikator/{UNEMPLOYMENT}/metode")
    for expected in words:
        assert expected in shown
    assert f"<code>{UNEMPLOYMENT}</code>" in shown and "× 100" in shown


def test_every_release_has_its_licence_and_its_fingerprints(client: Client) -> None:
    shown = page(client, f"/nb/indikator/{UNEMPLOYMENT}/metode")
    for release in Release.objects.all():
        assert release.by_series in shown and release.staged.raw_id in shown
        assert f"/nb/publisering/{release.dataset_id}/1" in shown
    assert "CC0-1.0" in shown and "https://example.org/rows" in shown and "tabular, Dugnad 0.1.0" in shown


def test_what_is_uncertain_in_the_definition_is_said(client: Client) -> None:
    shown = page(client, "/nb/indikator/u4ssc.2017.EC:ICT:ICT:4C/metode")
    assert 'id="uncertain"' in shown
    assert 'id="uncertain"' not in page(client, f"/nb/indikator/{UNEMPLOYMENT}/metode")


def test_parts_aliases_and_missing_figures_have_their_place(client: Client) -> None:
    assert "EC: P: EM: 3C" in page(client, "/nb/indikator/u4ssc.2017.EC:P:EM:3A/metode")
    shown = page(client, "/nb/indikator/u4ssc.2017.EC:ICT:ICT:4C/metode")
    assert "<code>part=3g</code>" in shown and "Ingen tall ennå" in shown


def test_the_editions_stand_beside_each_other(client: Client) -> None:
    load_definitions(NETWORK / "definitions", by=Actor.system("test"))
    shown = page(client, "/nb/indikator/eksempel.2024.bredband/metode")
    changed = shown[shown.index('id="editions"') :]
    assert "definisjonen" in changed and "30 megabit" in changed and "100 megabit" in changed
