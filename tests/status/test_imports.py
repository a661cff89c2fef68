"""The import workspace: who may, what is shown, what is refused, and that nothing is done twice or lost."""

import html
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from dugnad.shared.models import AuditEvent
from dugnad.shared.writing import Actor
from dugnad.status import forms
from dugnad.status.changes import stage_import
from dugnad.status.models import Dataset, Release, StagedImport
from dugnad.status.observations import Finding
from dugnad.status.queries import snapshots
from tests.clients import person_with, signed_in
from tests.status.conftest import EMISSIONS, publish_one

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_site")]
HEADER = "place,period,indicator,value,status,is_break"
FIRST = [("4001", "2023", EMISSIONS, 1000.0, "", False), ("4003", "2023", EMISSIONS, 2000.0, "", False)]


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """A dataset that has been published once."""
    publish_one(tmp_path, FIRST, "emissions", "2024-01-01")
    return Dataset.objects.get(key="emissions")


def table(*rows: tuple[str, str, object]) -> bytes:
    lines = [f"{place},{year},{EMISSIONS},{value},,false" for place, year, value in rows]
    return "\n".join([HEADER, *lines, ""]).encode()


def waiting(dataset: Dataset, folder: Path, *rows: tuple[str, str, object], name: str = "again.csv") -> StagedImport:
    last = dataset.imports.latest("pk")
    file = folder / name
    file.write_bytes(table(*rows))
    return stage_import(
        dataset=dataset,
        file=file,
        origin=last.origin,
        kind="final",
        borders_on=date(2024, 1, 1),
        mapping=last.mapping,
        by=Actor.system("test"),
    )


@pytest.fixture
def changed(dataset: Dataset, tmp_path: Path) -> StagedImport:
    """An import that would change a published value."""
    return waiting(dataset, tmp_path, ("4001", "2023", 1111.0), ("4003", "2023", 2000.0))


@pytest.fixture
def added(dataset: Dataset, tmp_path: Path) -> StagedImport:
    """An import that only adds."""
    return waiting(dataset, tmp_path, ("4001", "2023", 1000.0), ("4003", "2023", 2000.0), ("4003", "2024", 1900.0))


@pytest.fixture
def client() -> Client:
    return signed_in(person_with("secretariat"))


def at(staged: StagedImport, action: str = "") -> str:
    return f"/nb/arbeid/import/{staged.pk}{action}"


def key_on(client: Client, staged: StagedImport) -> str:
    shown = client.get(at(staged)).content.decode()
    return re.findall(r'name="key" value="([^"]+)"', shown)[0]


def releases(dataset: Dataset) -> int:
    return Release.objects.filter(dataset=dataset).count()


def test_a_visitor_is_asked_to_sign_in_and_others_may_not(changed: StagedImport) -> None:
    visitor, adviser = Client(), signed_in(person_with("adviser"))
    for address in ("/nb/arbeid/import/", "/nb/arbeid/import/ny", at(changed)):
        assert "/logg-inn/" in visitor.get(address)["Location"]
        assert adviser.get(address).status_code == 403
    for action in ("/publiser", "/avvis"):
        assert visitor.post(at(changed, action)).status_code == 403
        assert adviser.post(at(changed, action), {"why": "x", "key": "k"}).status_code == 403
    changed.refresh_from_db()
    assert changed.state == "staged"


def test_the_form_needs_its_token(changed: StagedImport) -> None:
    strict = signed_in(person_with("operator"), enforce_csrf_checks=True)
    assert strict.post(at(changed, "/publiser"), {"reason_nb": "x", "key": "k"}).status_code == 403
    assert strict.get(at(changed, "/publiser")).status_code == 405


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("nb", ["Importer", "venter", "Les inn en ny fil"]),
        ("nn", ["Importar", "ventar", "Les inn ei ny fil"]),
        ("en", ["Imports", "waiting", "Read a new file"]),
    ],
)
def test_what_waits_stands_first(client: Client, changed: StagedImport, lang: str, words: list[str]) -> None:
    shown = client.get(f"/{lang}/arbeid/import/").content.decode()
    for expected in words:
        assert expected in shown
    assert re.findall(r"arbeid/import/(\d+)", shown)[0] == str(changed.pk)
    client.post(at(changed, "/avvis"), {"why": "gammel", "key": "k"})
    first = StagedImport.objects.latest("pk")
    assert re.findall(r"arbeid/import/(\d+)", client.get(f"/{lang}/arbeid/import/").content.decode())[0] == str(
        first.pk
    )


def test_the_empty_page_teaches(client: Client) -> None:
    Release.snapshots.through.objects.all().delete()
    Release.objects.all().delete()
    StagedImport.objects.all().delete()
    for lang, words in (
        ("nb", "Ingenting er lest inn ennå"),
        ("nn", "lese inn enno"),
        ("en", "Nothing has been read yet"),
    ):
        assert words in client.get(f"/{lang}/arbeid/import/").content.decode()
        assert "dugnad stage" in client.get(f"/{lang}/arbeid/import/ny").content.decode()


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("nb", ["Hva som ville bli endret for leserne", "Porsgrunn", "+111", "Begrunnelse, bokmål"]),
        ("nn", ["Kva som ville bli endra for lesarane", "Porsgrunn", "+111", "Grunngiving, bokmål"]),
        ("en", ["What would change for readers", "Porsgrunn", "+111", "Reason, bokmål"]),
    ],
)
def test_an_import_shows_what_it_would_change(
    client: Client, changed: StagedImport, lang: str, words: list[str]
) -> None:
    shown = client.get(f"/{lang}/arbeid/import/{changed.pk}").content.decode()
    for expected in words:
        assert expected in shown


def test_a_changed_value_needs_a_reason_and_nothing_typed_is_lost(client: Client, changed: StagedImport) -> None:
    answer = client.post(at(changed, "/publiser"), {"reason_en": "Half a sentence", "cause": "corrected", "key": "k"})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="error-summary"' in shown and 'href="#publish_reason_nb"' in shown
    assert "Half a sentence" in shown and '<option value="corrected" selected>' in shown
    assert releases(changed.dataset) == 1
    answer = client.post(
        at(changed, "/publiser"), {"reason_nb": "Ny måling.", "cause": "corrected", "key": "k"}, follow=True
    )
    assert "Publisert som" in answer.content.decode()
    release = Release.objects.get(dataset=changed.dataset, number=2)
    assert (release.kind, release.reason, release.published_by) == ("corrected", {"nb": "Ny måling."}, "Kari Prøve")
    assert AuditEvent.objects.filter(action="publish_release").latest("sequence").actor_name == "Kari Prøve"


def test_what_only_adds_is_published_without_a_reason_and_readers_see_it(client: Client, added: StagedImport) -> None:
    shown = client.get(at(added)).content.decode()
    assert "Ingen publisert verdi blir endret" in shown and "reason_nb" not in shown and "Nye perioder: 2024" in shown
    assert client.post(at(added, "/publiser"), {"key": "k"}).status_code == 302
    snapshots.forget()
    assert "Skien" in Client().get(f"/nb/indikator/{EMISSIONS}?periode=2024").content.decode()


def test_pressed_twice_it_is_published_once(client: Client, added: StagedImport) -> None:
    key = key_on(client, added)
    for _time in range(2):
        assert client.post(at(added, "/publiser"), {"key": key})["Location"] == at(added)
    assert releases(added.dataset) == 2


def test_the_second_of_two_browsers_is_told_what_happened(client: Client, added: StagedImport) -> None:
    other = signed_in(person_with("operator"))
    mine, theirs = key_on(client, added), key_on(other, added)
    assert client.post(at(added, "/publiser"), {"key": mine}).status_code == 302
    answer = other.post(at(added, "/publiser"), {"key": theirs})
    assert answer.status_code == 422
    assert "Denne importen er allerede publisert" in answer.content.decode()
    answer = other.post(at(added, "/avvis"), {"key": "x", "why": "for sent"})
    assert answer.status_code == 422 and "Bare en import som venter" in answer.content.decode()
    assert releases(added.dataset) == 2


def test_what_was_published_meanwhile_counts(
    client: Client, dataset: Dataset, changed: StagedImport, tmp_path: Path
) -> None:
    """Staged against 1000; since then 1111 was published, so nothing changes any more."""
    again = waiting(dataset, tmp_path, ("4001", "2023", 1111.0), ("4003", "2023", 2000.0), name="third.csv")
    assert again.difference["changed"] == 1
    client.post(at(changed, "/publiser"), {"reason_nb": "Ny måling.", "key": "k"})
    snapshots.forget()
    shown = client.get(at(again)).content.decode()
    assert "reason_nb" not in shown and "publisering 2" in shown


def test_an_import_is_set_aside_with_a_reason(client: Client, added: StagedImport) -> None:
    answer = client.post(at(added, "/avvis"), {"key": "k", "why": " "})
    assert answer.status_code == 422 and 'href="#refuse_why"' in answer.content.decode()
    assert client.post(at(added, "/avvis"), {"key": "k2", "why": "Feil fil"}).status_code == 302
    assert client.post(at(added, "/avvis"), {"key": "k2", "why": "Feil fil"}).status_code == 302
    added.refresh_from_db()
    assert added.state == "refused"
    assert AuditEvent.objects.filter(action="refuse_import").count() == 1
    assert "publish_reason" not in client.get(at(added)).content.decode()


def test_the_list_counts_warnings(client: Client, added: StagedImport) -> None:
    for levels, said in (
        (["warning", "warning", "note"], "2 warnings"),
        (["error", "warning"], "<strong>1 error</strong>, 1 warning"),
        (["note"], "no errors"),
        ([], "nothing"),
    ):
        added.findings = [Finding(level, "jump", "Far", "", "Look.").as_dict() for level in levels]
        added.save()
        assert f'data-label="Found">{said}</td>' in client.get("/en/arbeid/import/").content.decode()


def test_errors_stand_first_with_a_remedy_and_cannot_be_published(
    client: Client, dataset: Dataset, tmp_path: Path
) -> None:
    wrong = waiting(
        dataset, tmp_path, ("4001", "2023", 1000.0), ("9876", "2023", 5.0), name="<b>hei</b>.csv".replace("/", "∕")
    )
    shown = client.get(at(wrong)).content.decode()
    assert "1 feil må rettes først" in shown and "9876" in shown and "<b>hei" not in shown and "&lt;b&gt;hei" in shown
    assert shown.index("1 feil må rettes") < shown.index("Hva som ville bli endret")
    assert at(wrong, "/publiser") not in shown
    answer = client.post(at(wrong, "/publiser"), {"key": "k", "reason_nb": "x"})
    assert answer.status_code == 422 and "Importen har feil" in answer.content.decode()
    assert releases(dataset) == 1


class TestUpload:
    PAGE = "/nb/arbeid/import/ny"

    def post(self, client: Client, dataset: Dataset, content: bytes, name: str = "nye tall.csv", **said: Any) -> Any:
        fields = {"dataset": dataset.pk, "kind": "preliminary", "retrieved_on": "2026-04-25"} | said
        return client.post(self.PAGE, {**fields, "file": SimpleUploadedFile(name, content)})

    def test_the_next_file_is_read_as_the_last_one_was(self, client: Client, dataset: Dataset) -> None:
        answer = self.post(client, dataset, table(("4001", "2023", 1000.0), ("4001", "2024", 900.0)))
        staged = StagedImport.objects.latest("pk")
        assert answer["Location"] == at(staged)
        assert (staged.raw.name, staged.kind, staged.row_count) == ("nye tall.csv", "preliminary", 2)
        assert staged.borders_on == date(2024, 1, 1)
        assert staged.origin["retrieved_on"] == "2026-04-25"
        assert staged.staged_by == "Kari Prøve"
        assert releases(dataset) == 1  # nothing is published by reading

    def test_a_file_that_cannot_be_read_is_refused_in_words_and_the_rest_is_kept(
        self, client: Client, dataset: Dataset
    ) -> None:
        before = StagedImport.objects.count()
        for content in (b"<html><body>Logg inn</body></html>", b"\x00\x01\x02", b"a,b\n1,2\n"):
            answer = self.post(client, dataset, content, name='"><script>alert(1)</script>.csv')
            shown = answer.content.decode()
            assert answer.status_code == 422
            assert 'href="#id_file"' in shown and "<script" not in shown
            assert 'value="2026-04-25"' in shown and '<option value="preliminary" selected>' in shown
        assert StagedImport.objects.count() == before

    def test_what_is_missing_or_too_large_or_yet_to_come_is_named(
        self, client: Client, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shown = client.post(self.PAGE, {}).content.decode()
        for words in ("Velg hvilket datasett", "Velg en fil.", "Skriv dagen som"):
            assert words in shown
        assert "Filen er tom" in self.post(client, dataset, b"").content.decode()
        assert "ikke vært ennå" in self.post(client, dataset, b"x", retrieved_on="2999-01-01").content.decode()
        monkeypatch.setattr(forms, "MEGABYTES", 0)
        assert "større enn" in self.post(client, dataset, b"x").content.decode()

    def test_a_decimal_comma_is_told_and_can_be_chosen(self, client: Client, dataset: Dataset) -> None:
        last = dataset.imports.latest("pk")
        assert last.mapping["decimal"] == "."
        comma = table(("4001", "2023", '"1000,5"'), ("4001", "2024", '"900,25"'))
        refused = self.post(client, dataset, comma)
        shown = html.unescape(refused.content.decode())
        assert refused.status_code == 422
        assert "1000,5 er skrevet med desimalkomma, og filen blir lest med desimalpunktum" in shown
        assert "Velg hvordan filen skriver desimaler" in shown and "symbols" not in shown
        self.post(client, dataset, comma, decimal=",")
        staged = StagedImport.objects.latest("pk")
        assert (staged.errors, staged.row_count, staged.mapping) == ([], 2, {**last.mapping, "decimal": ","})

    @pytest.mark.parametrize("name", ["../../etc/passwd", "a\nb.csv", "x" * 300 + ".csv", "=cmd|' /C calc'!A0.csv"])
    def test_a_hostile_name_becomes_a_plain_one(self, client: Client, dataset: Dataset, name: str) -> None:
        self.post(client, dataset, table(("4001", "2025", 1.0 + len(name))), name=name)
        staged = StagedImport.objects.latest("pk")
        assert len(staged.raw.name) <= 60 and "/" not in staged.raw.name and "\n" not in staged.raw.name


def test_the_command_publishes_what_waits(
    dataset: Dataset, added: StagedImport, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("publish", lang="en")
    assert releases(dataset) == 2
    assert "release 2" in capsys.readouterr().out
    call_command("publish", lang="en")
    assert "Nothing waits" in capsys.readouterr().out
    with pytest.raises(CommandError, match="no import 999999"):
        call_command("publish", "999999", lang="en")


def test_the_command_asks_for_a_reason(changed: StagedImport, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError, match="The import was refused; nothing is published"):
        call_command("publish", str(changed.pk), lang="en")
    assert releases(changed.dataset) == 1
    call_command("publish", str(changed.pk), reason="Ny måling", cause="corrected", lang="en")
    assert Release.objects.get(dataset=changed.dataset, number=2).kind == "corrected"
