"""`dugnad fetch`: a plan that asks, answers that are kept, and a sentence when there is nobody to ask."""

from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils.translation import override

from dugnad.shared.errors import Refusal
from dugnad.status import store
from dugnad.status.management.commands import fetch
from dugnad.status.management.commands.stage import Command as StageCommand
from dugnad.status.models import StagedImport
from dugnad.status.observations import Finding, Message
from dugnad.status.outbound import Client
from dugnad.status.plans import read_plan
from tests.status.fake_ssb import FakeSSB

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_site")]


@pytest.fixture
def ssb(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeSSB:
    """Statistics Norway with two municipalities, in this process."""
    fake = FakeSSB()
    fake.dimensions["Region"] = ["4001", "4003"]
    monkeypatch.setattr(fetch.Client, "of_installation", lambda: fake.client(tmp_path))
    return fake


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """A dataset that is fetched: the population of 2024, on the borders of that year."""
    entry: dict[str, Any] = {
        "id": "people",
        "title": {"nb": "Folketall"},
        "provider": {"id": "ssb", "name": {"nb": "SSB"}},
        "reader": "ssb",
        "source": {"table": "06913", "select": {"Region": ["????"], "ContentsCode": ["Folkemengde"], "Tid": ["2024"]}},
        "origin": {"title": "Table 06913", "url": "https://www.ssb.no/statbank/table/06913"},
        "licence": "CC-BY-4.0",
        "mapping": {
            "place": "Region",
            "period": "Tid",
            "indicator": {"dimension": "ContentsCode", "codes": {"Folkemengde": "norge.2026.jobs"}},
        },
    }
    path = tmp_path / "import-plan.yaml"
    path.write_text(yaml.safe_dump({"datasets": [entry]}))
    return path


def test_what_is_fetched_is_kept_and_waits(plan: Path, ssb: FakeSSB, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("fetch", str(plan), lang="en")
    staged = StagedImport.objects.get(dataset="people")
    assert (staged.state, staged.row_count, staged.errors) == ("staged", 2, [])
    assert staged.origin["source"]["table"] == "06913" and staged.origin["retrieved_on"] == "2026-03-02"
    assert staged.origin["asked"].startswith("https://data.ssb.no/")
    assert store.path_of("raw", staged.raw_id).read_bytes()[:2] == b"PK"
    assert f"dugnad publish {staged.pk}" in capsys.readouterr().out


def test_the_dataset_remembers_what_it_asked_for_and_nothing_new_is_said(
    plan: Path, ssb: FakeSSB, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("fetch", str(plan.parent), lang="en")
    call_command("publish")
    ssb.time += 86_400  # the next day: the answer has another date and the same figures
    call_command("fetch", "people", lang="en")
    assert "nothing is new" in capsys.readouterr().out
    assert set(StagedImport.objects.filter(dataset="people").values_list("state", flat=True)) == {
        "published",
        "refused",
    }


def test_without_a_network_it_is_said_in_a_sentence(
    plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def nobody(host: str, port: int) -> list[str]:
        raise OSError("no network")

    client = Client(
        folder=tmp_path,
        transport=httpx.MockTransport(lambda r: httpx.Response(500)),
        resolver=nobody,
        sleep=lambda s: None,
    )
    monkeypatch.setattr(fetch.Client, "of_installation", lambda: client)
    with pytest.raises(CommandError, match="what was published stands"):
        call_command("fetch", str(plan), lang="en")
    [line] = capsys.readouterr().err.strip().splitlines()
    assert "data.ssb.no" in line
    assert not StagedImport.objects.filter(dataset="people").exists()


def test_what_can_never_be_fetched_is_refused_in_words(
    plan: Path, ssb: FakeSSB, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError, match="neither a plan nor a dataset"):
        call_command("fetch", "nothing", lang="en")
    with pytest.raises(CommandError, match="neither a plan nor a dataset"):
        call_command("fetch", "now", lang="en")  # read from a file
    content = yaml.safe_load(plan.read_text())
    for reader in ("tabular", "nobody"):
        content["datasets"][0] |= {"reader": reader, "mapping": {"columns": {"place": "a", "value": "b"}}}
        plan.write_text(yaml.safe_dump(content))
        with pytest.raises(CommandError):
            call_command("fetch", str(plan), lang="en")
    for both in ({"file": "x.csv"}, {"source": None}):
        entry = {key: value for key, value in {**content["datasets"][0], **both}.items() if value is not None}
        plan.write_text(yaml.safe_dump({"datasets": [entry]}))
        with pytest.raises(CommandError, match="people"):
            call_command("fetch", str(plan), lang="en")


@pytest.mark.parametrize(
    ("lang", "nothing", "unknown"),
    [
        ("nb", "ingenting er nytt", "verken en plan eller et datasett"),
        ("nn", "ingenting er nytt", "verken ein plan eller eit datasett"),
        ("en", "nothing is new", "neither a plan nor a dataset"),
    ],
)
def test_the_commands_speak_three_languages(
    plan: Path, ssb: FakeSSB, capsys: pytest.CaptureFixture[str], lang: str, nothing: str, unknown: str
) -> None:
    call_command("fetch", str(plan), lang=lang)
    waiting = StagedImport.objects.get(dataset="people").pk
    assert f"/{lang}/arbeid/import/" in capsys.readouterr().out
    call_command("publish", str(waiting), lang=lang)
    kind = {"nb": "ikke merket", "nn": "ikkje merkt", "en": "not marked"}[lang]
    assert f"({kind}" in capsys.readouterr().out
    call_command("fetch", "people", lang=lang)
    assert nothing in capsys.readouterr().out
    with pytest.raises(CommandError, match=unknown):
        call_command("fetch", "nothing", lang=lang)


def test_staging_a_folder_names_what_is_fetched(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("stage", str(plan.parent), lang="en")
    assert f"dugnad fetch {plan} --only people" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("nb", "advarsel: 6 er langt fra"),
        ("nn", "åtvaring: 6 er langt frå"),
        ("en", "warning: 6 is far from the usual"),
    ],
)
def test_staging_tells_what_it_found_in_the_language_of_the_command(lang: str, told: str) -> None:
    what = Message("{value} is far from the usual {usual} of this series", value="6", usual="54.75")
    jump = Finding("warning", "jump", what, "a, 4003, 2024", Message("Compare with the source before you publish."))
    counts = dict.fromkeys(("places", "new", "changed", "vanished"), 1)
    staged = StagedImport(dataset_id="a", row_count=1, difference=counts, findings=[jump.as_dict()])
    said = StringIO()
    with override(lang):
        StageCommand(stdout=said)._tell(staged)
    assert told in said.getvalue()


@pytest.mark.parametrize(
    ("lang", "told"), [("nb", "ble ikke funnet"), ("nn", "vart ikkje funnen"), ("en", "is not found")]
)
def test_a_source_that_is_out_of_reach_is_told_of_in_the_language_of_the_command(
    plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str, told: str
) -> None:
    def nowhere(_host: str, _port: int) -> list[str]:
        raise OSError("no such host")

    monkeypatch.setattr(
        fetch.Client, "of_installation", lambda: Client(folder=tmp_path, resolver=nowhere, sleep=lambda _seconds: None)
    )
    said = StringIO()
    with pytest.raises(CommandError):
        call_command("fetch", str(plan), lang=lang, stderr=said)
    assert f"data.ssb.no {told}" in said.getvalue()
    assert lang == "en" or "reaches the internet" not in said.getvalue()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda entry: entry.pop("title"), "title mangler i datasets. Legg det til."),
        (lambda entry: entry.update(titel="Folk"), "titel er ikke et felt her"),
        (lambda entry: entry.update(id=7), "7 er ikke en tekst, og det må id være"),
        (lambda entry: entry.update(origin="SSB"), '"SSB" godtas ikke som origin'),
        (lambda entry: entry.update(kind="last"), '"last" godtas ikke som kind'),
    ],
)
def test_a_plan_of_another_form_is_refused_in_our_own_words(plan: Path, change: Any, told: str) -> None:
    content = yaml.safe_load(plan.read_text())
    change(content["datasets"][0])
    plan.write_text(yaml.safe_dump(content))
    with override("nb"), pytest.raises(Refusal) as refused:
        read_plan(plan, plan.parent)
    said = str(refused.value)
    assert "Importplanen har ikke riktig form: " in said and "required" not in said
    assert all(sentence in said for sentence in told.split(". "))


def test_a_plan_that_is_not_yaml_says_where_and_what_to_look_for(plan: Path) -> None:
    plan.write_text("datasets:\n  - id: [a\n    title: x\n")
    with override("nb"), pytest.raises(Refusal) as refused:
        read_plan(plan, plan.parent)
    assert "kan ikke leses videre fra linje 3, kolonne" in str(refused.value)
    assert "parentes eller et anførselstegn som ikke er lukket" in str(refused.value)


def test_the_plan_that_comes_with_dugnad_is_in_order() -> None:
    [entry] = read_plan(settings.BASE_DIR / "examples" / "real" / "fetch-plan.yaml", settings.BASE_DIR)
    assert (entry.id, entry.file, entry.reader) == ("population", None, "ssb")
