"""The list of releases and the page of one, as a journalist reads them."""

import hashlib
from datetime import date
from pathlib import Path

import pytest
from django.test import Client

from dugnad.status import store
from dugnad.status.models import Dataset, Release
from dugnad.status.queries import snapshots
from tests.status.conftest import EMISSIONS, TELEMARK, TEXT, publish_one

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_site")]
PAGES = {
    "nb": ["observasjoner fra Prøve", "Det er den første publiseringen", "Hva den inneholder", "Lisens"],
    "nn": ["observasjonar frå Prøve", "Det er den første publiseringa", "Kva ho inneheld", "Lisens"],
    "en": ["observations from Test", "It is the first release", "What it holds", "Licence"],
}


def page(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    return response.content.decode()


@pytest.fixture
def revised(tmp_path: Path) -> Release:
    """A release that changes one value, takes one away and adds a year, with the reason in two languages."""
    first = [(code, "2023", EMISSIONS, 1000.0, "", False) for code in TELEMARK]
    publish_one(tmp_path, first, "emissions", "2024-01-01")
    from dugnad.shared.writing import Actor
    from dugnad.status.changes import publish_release, stage_import

    dataset = Dataset.objects.get(key="emissions")
    last = dataset.imports.get()
    file = tmp_path / "again.csv"
    second = [("4001", "2023", 1450.5), *((code, "2023", 1000.0) for code in TELEMARK[1:-1]), ("4001", "2024", 7.0)]
    file.write_text(
        "place,period,indicator,value,status,is_break\n"
        + "".join(f"{place},{year},{EMISSIONS},{value},,false\n" for place, year, value in second)
    )
    by = Actor.system("test")
    staged = stage_import(
        dataset=dataset,
        file=file,
        origin=last.origin,
        kind="final",
        borders_on=date(2024, 1, 1),
        mapping=last.mapping,
        by=by,
    )
    reason = {"nb": "En fabrikk var glemt.", "en": "A factory was forgotten."}
    release = publish_release(staged=staged, reason=reason, cause="corrected", by=by)
    snapshots.forget()
    return release


@pytest.mark.parametrize("lang", PAGES)
def test_a_release_says_what_it_is(client: Client, lang: str) -> None:
    shown = page(client, f"/{lang}/publisering/now/1")
    for words in PAGES[lang]:
        assert words in shown
    release = Release.objects.get(dataset="now")
    assert release.by_series in shown and release.staged.raw_id in shown
    assert "/publisering/now/1.parquet" in shown and "CC0-1.0" in shown and "<script" not in shown


def test_a_correction_says_why_and_what_changed(client: Client, revised: Release) -> None:
    shown = page(client, "/nb/publisering/emissions/2")
    assert "En fabrikk var glemt." in shown and "Rettet." in shown
    assert "Hva som ble endret fra publisering 1" in shown and "/nb/publisering/emissions/1" in shown
    tally = [part.split("<strong>")[1].split("</strong>")[0] for part in shown.split("<li>") if "<strong>" in part[:10]]
    assert tally[:4] == ["1", "1", "1", "8"]  # new, changed, gone, unchanged
    changed = shown.split("Endrede verdier")[1].split("</table>")[0]
    assert "Porsgrunn" in changed and "+451" in changed
    gone = shown.split("Verdier som er borte</caption>")[1].split("</table>")[0]
    assert "Kviteseid" not in gone and "4022" not in gone and "1\xa0000" in gone
    assert "Nye perioder: 2024" in shown
    assert "A factory was forgotten." in page(client, "/en/publisering/emissions/2")


def test_what_was_replaced_is_kept_and_says_so(client: Client, revised: Release) -> None:
    shown = page(client, "/nb/publisering/emissions/1")
    assert "Denne publiseringen er erstattet" in shown and "/nb/publisering/emissions/2" in shown
    assert "erstattet" in page(client, "/nb/publisering/")
    assert "Denne publiseringen er erstattet" not in page(client, "/nb/publisering/emissions/2")


def test_the_file_is_the_release_byte_for_byte(client: Client) -> None:
    release = Release.objects.get(dataset="now")
    answer = client.get("/nb/publisering/now/1.parquet")
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert hashlib.sha256(content).hexdigest() == release.by_series
    assert content == store.path_of("releases", release.by_series).read_bytes()
    assert answer["Content-Disposition"] == 'attachment; filename="now-1.parquet"'
    assert "immutable" in answer["Cache-Control"] and release.by_series in answer["ETag"]


@pytest.mark.parametrize("address", ["now/2", "never/1", "now/0", "now/999999999", "now/2.parquet", "now/2.csv"])
def test_what_was_never_published_is_not_found(client: Client, address: str) -> None:
    page(client, f"/nb/publisering/{address}", 404)


def test_the_list_has_every_release_and_leads_to_what_is_to_come(client: Client) -> None:
    for lang in PAGES:
        shown = page(client, f"/{lang}/publisering/")
        assert "/publisering/now/1" in shown and "publisering.atom" in shown and f'href="/{lang}/kalender"' in shown


def test_findings_are_told_in_the_reader_s_language(client: Client, tmp_path: Path) -> None:
    from dugnad.status.models import StagedImport

    finding = {
        "level": "note",
        "code": "x",
        "what": {"msgid": "Empty cells without a mark are read as not available", "params": {}},
        "where": "<script>alert(1)</script>",
        "remedy": "",
        "count": 3,
    }
    StagedImport.objects.filter(dataset="now").update(findings=[finding])
    assert "Tomme celler uten tegn er lest som ikke tilgjengelig" in page(client, "/nb/publisering/now/1")
    shown = page(client, "/en/publisering/now/1")
    assert "Empty cells without a mark" in shown and "<script" not in shown
    assert TEXT["en"] in shown
