"""What may be wrong with the example network: nothing. And what a planted error leads to."""

import html
import json
from collections.abc import Iterator
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from dugnad.shared.models import AuditEvent
from dugnad.shared.writing import Actor
from dugnad.site import changes as site
from dugnad.status.checks.changes import explain_problem, record_run
from dugnad.status.checks.documents import shipped
from dugnad.status.checks.model import Hit
from dugnad.status.models import CheckRun, Dataset, Problem, ProblemNote
from dugnad.status.queries import problems, snapshots
from tests.clients import person_with, signed_in
from tests.examples.conftest import installation, stage_network  # noqa: F401  (a fixture)
from tests.status.conftest import UNEMPLOYMENT, publish_one

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 25)


@pytest.fixture(scope="module", autouse=True)
def example_network(installation: Any) -> Iterator[None]:  # noqa: F811
    with installation():
        stage_network("data", "revision")
        yield


@pytest.fixture(autouse=True)
def look_anew() -> None:
    """What a test before this one published is gone again."""
    snapshots.forget()


@pytest.fixture
def planted(tmp_path: Path) -> None:
    """A dataset with a share of 104 per cent, published beside the network."""
    publish_one(tmp_path, [("4003", "2024", UNEMPLOYMENT, 104.0, "", False)], "planted", "2024-01-01")


def found() -> dict[str, int]:
    return {code: count for code, (count, _h) in problems.look(snapshots.current(), TODAY).items() if count}


def test_the_example_network_has_no_problems() -> None:
    assert found() == {}


def test_nothing_published_has_no_problems() -> None:
    assert all(count == 0 for count, _hits in problems.look(snapshots.NOTHING, TODAY).values())


def test_on_the_command_line(planted: None) -> None:
    out = StringIO()
    with pytest.raises(CommandError, match=r"1 error found\."):
        call_command("problems", lang="en", stdout=out)
    said = out.getvalue()
    assert "error percent_outside [1]: Percentage outside 0–100" in said
    assert "Registered unemployed, Skien (4003), 2024: 104 (held against 100)" in said
    assert "Compare with the source." in said

    out = StringIO()
    call_command("problems", check=["gap"], json=True, stdout=out)
    assert json.loads(out.getvalue()) == []
    for lang, says in (("en", "There is no check gaps"), ("nb", "Det finnes ingen"), ("nn", "Det finst ingen")):
        with pytest.raises(CommandError, match=says):
            call_command("problems", check=["gaps"], lang=lang)
    with pytest.raises(CommandError, match=r"1 feil er funnen\."):
        call_command("problems", lang="nn", stdout=out)


def test_a_value_that_is_not_final_is_told_as_such(client: Client, tmp_path: Path) -> None:
    publish_one(tmp_path, [("4003", "2024", UNEMPLOYMENT, 104.0, "p", False)], "planted", "2024-01-01")
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("problems", lang="en", stdout=out)
    assert "2024: 104 (preliminary) (held against 100)" in out.getvalue()
    record_run(
        found=problems.look(snapshots.current(), TODAY), snapshot=snapshots.current().snapshot, by=Actor.system("tests")
    )
    page = client.get("/nb/problemer").content.decode()
    assert "104<br><small>foreløpig</small>" in page
    [row] = [row for row in client.get("/nb/problemer.json").json()["rows"] if row["check"] == "percent_outside"]
    assert row["status"] == "preliminary"
    assert ",preliminary," in client.get("/nb/problemer.csv").content.decode()


# What a run leaves behind.

HITS = {
    "gap": (1, [Hit("gap", "rows", UNEMPLOYMENT, "4003", "2024", "", 2.4, 2.2, "2022")]),
    "percent_outside": (1, [Hit("percent_outside", "rows", UNEMPLOYMENT, "4001", "2024", "", 104.0, 100.0)]),
    "hidden_alone": (1, [Hit("hidden_alone", "rows", UNEMPLOYMENT, "4005", "2024", "", None, 12.0, "county")]),
    "release_without_licence": (1, [Hit("release_without_licence", "rows")]),
    "all_zero": (0, []),
}


@pytest.fixture
def run() -> CheckRun:
    return record_run(found=HITS, snapshot=snapshots.current().snapshot, by=Actor.system("tests"))


def test_a_run_takes_the_place_of_the_one_before(run: CheckRun) -> None:
    assert run.counts == {"gap": 1, "percent_outside": 1, "hidden_alone": 1, "release_without_licence": 1}
    record_run(found={"gap": HITS["gap"]}, snapshot=run.snapshot_id, by=Actor.system("tests"))
    assert CheckRun.objects.count() == 1
    assert [problem.code for problem in Problem.objects.all()] == ["gap"]
    assert AuditEvent.objects.filter(action="record_check_run").count() == 2


def test_what_was_found_is_told_in_titles_and_words(client: Client) -> None:
    """The dataset by its title, a licence and a set by theirs, a share in words, and decimals as such."""
    dataset = Dataset.objects.earliest("key")
    found = {
        "licence_not_named": (1, [Hit("licence_not_named", dataset.key, detail="cited-figures")]),
        "too_many_decimals": (
            1,
            [Hit("too_many_decimals", dataset.key, UNEMPLOYMENT, "", "", "", 1211.542, 1.0, "713 / 1714")],
        ),
        "set_hardly_reported": (1, [Hit("set_hardly_reported", dataset.key, "", "4003", "", "", 12.0, 91.0, "u4ssc")]),
    }
    record_run(found=found, snapshot=snapshots.current().snapshot, by=Actor.system("tests"))
    shown = client.get("/nb/problemer").content.decode()
    body = shown[shown.index("<tbody>") :]
    assert f'<th scope="row">{dataset.title["nb"]}</th>' in body and f">{dataset.key}<" not in body
    assert "publiserte tall, sitert med kilde" in body and "cited-figures" not in body
    assert ">713 av 1\xa0714 tall<" in body and ">1\xa0211,542<" in body and ">1 desimal<" in body


def test_everyone_sees_the_worst_first_and_nothing_that_would_tell_of_protected_figures(
    client: Client, run: CheckRun
) -> None:
    shown = client.get("/en/problemer").content.decode()
    titles = [
        "Error: Percentage outside 0–100",
        "Error: Release without a licence",
        "Warning: Gap in the middle of a series",
    ]
    assert [title for title in titles if title in shown] == titles
    assert [shown.index(title) for title in titles] == sorted(map(shown.index, titles))
    assert "One hidden number beside its total" not in shown and "12.0" not in shown
    assert "found 2 errors, 1 warning and 0 notes" in shown
    public = len(problems.checks_seen(everything=False))
    assert f"{public} checks went over" in shown and f"{len(shipped()) - public} more look for protected" in shown
    assert f'href="/en/forklar/{UNEMPLOYMENT}/4001/2024"' in shown
    assert "It is right" not in shown

    rows = client.get("/en/problemer.json").json()["rows"]
    assert {row["check"] for row in rows} == {"percent_outside", "release_without_licence", "gap"}
    assert all(row["meaning"] and row["remedy"] for row in rows)
    assert client.get("/en/problemer.csv").content.decode().count("\r\n") == 4


@pytest.mark.parametrize(
    ("asked", "checks"),
    [
        ("kontroll=gap", {"gap"}),
        ("sted=Skien", {"gap"}),
        ("alvor=error", {"percent_outside", "release_without_licence"}),
        ("sted=4003", {"gap"}),
        ("sett=norge", {"gap", "percent_outside"}),
        ("sett=u4ssc", set()),
        ("kontroll=gap&sted=4001", set()),
    ],
)
def test_what_is_shown_can_be_narrowed(client: Client, run: CheckRun, asked: str, checks: set[str]) -> None:
    assert {row["check"] for row in client.get(f"/nb/problemer.json?{asked}").json()["rows"]} == checks
    assert client.get(f"/nn/problemer?{asked}").status_code == 200


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("kontroll=tull", "There is no check “tull”. All "),
        ("kontroll=hidden_alone", "There is no check “hidden_alone”."),  # not for everyone
        ("alvor=grave", "“alvor” cannot be “grave”. It can be: error, warning, note."),
        ("sett=tull", "“sett” cannot be “tull”. It can be: "),
        ("sted=Atlantis", "No place is called Atlantis on "),
        ("sted=4003&sted=4001", "“sted” is asked for more than once."),
        ("side=2", "cannot be chosen here. What can: alvor, kontroll, sett, sted."),
    ],
)
def test_what_is_none_narrows_nothing_in_silence(client: Client, run: CheckRun, asked: str, says: str) -> None:
    for form in ("json", "csv"):
        answer = client.get(f"/en/problemer.{form}?{asked}")
        assert answer.status_code == 400 and says in answer.content.decode()
    shown = html.unescape(client.get(f"/en/problemer?{asked}").content.decode())
    assert (says if asked != "side=2" else "The list has no page 2. The last is 1.") in shown
    assert "<code>gap</code>" in shown or "cannot be shown" in shown  # all of them are listed there


def test_before_the_first_run_the_page_says_when_it_comes(client: Client) -> None:
    assert "etter hver publisering og hver natt" in client.get("/nb/problemer").content.decode()
    assert client.get("/nb/problemer.json").json() == {"run": None, "rows": []}


def test_the_secretariat_explains_a_hit_and_it_stays_listed(client: Client, run: CheckRun) -> None:
    assert client.get("/nb/arbeid/problemer").status_code == 302  # to sign in
    desk = signed_in(person_with("secretariat"))
    shown = desk.get("/en/arbeid/problemer").content.decode()
    assert "One hidden number beside its total" in shown and "It is right" in shown
    gap = Problem.objects.get(code="gap")
    answer = desk.post(f"/en/arbeid/problemer/{gap.pk}/forklar", {"reason": "Nobody measured in 2023."})
    assert (answer.status_code, answer["Location"]) == (302, "/en/arbeid/problemer?kontroll=gap")
    event = AuditEvent.objects.get(action="explain_problem")
    assert event.after["reason"] == "Nobody measured in 2023." and event.actor_kind == "person"
    assert "Nobody measured in 2023." in client.get("/en/problemer").content.decode()

    empty = desk.post(f"/en/arbeid/problemer/{gap.pk}/forklar", {"reason": " "})
    assert empty.status_code == 422 and "Write why the number is right." in empty.content.decode()
    assert desk.post("/en/arbeid/problemer/987654/forklar", {"reason": "x"}).status_code == 404


def test_an_explanation_holds_for_the_value_it_was_written_for(run: CheckRun) -> None:
    by = Actor.system("tests")
    explain_problem(problem=Problem.objects.get(code="gap"), reason="First.", by=by)
    explain_problem(problem=Problem.objects.get(code="gap"), reason="Nobody measured.", by=by)
    assert ProblemNote.objects.get().reason == "Nobody measured."
    assert AuditEvent.objects.filter(action="explain_problem").last().before == {"reason": "First.", "value": 2.4}
    again = record_run(found=HITS, snapshot=run.snapshot_id, by=by)
    [found] = problems.overview(everything=False, check="gap").found
    assert found.problem.run == again and found.note is not None
    other = {"gap": (1, [Hit("gap", "rows", UNEMPLOYMENT, "4003", "2024", "", 9.9, 2.2, "2022")])}
    record_run(found=other, snapshot=run.snapshot_id, by=by)
    [found] = problems.overview(everything=False, check="gap").found
    assert found.note is None


def test_after_a_publication_everything_is_looked_at(planted: None) -> None:
    assert site.look_for_problems.call(snapshots.current().snapshot - 1) is False  # something newer is published
    assert site.look_for_problems.call(snapshots.current().snapshot) is True
    assert CheckRun.objects.get().counts == {"percent_outside": 1}


def test_what_a_stopped_worker_has_not_looked_at_is_taken_up_by_the_next() -> None:
    waiting = DBTaskResult.objects.filter(task_path=site.look_for_problems.module_path)
    site.take_up_checks()
    site.take_up_checks()
    assert [task.args_kwargs["args"] for task in waiting] == [[snapshots.current().snapshot]]
    waiting.all().delete()
    record_run(found={}, snapshot=snapshots.current().snapshot, by=Actor.system("tests"))
    site.take_up_checks()
    assert not waiting.all().exists()


def test_the_night_is_planned_once() -> None:
    site.plan_the_night()
    site.plan_the_night()
    night = DBTaskResult.objects.get(task_path=site.every_night.module_path)
    local = timezone.localtime(night.run_after)
    assert (local.hour, local.minute) == (site.NIGHT, 0) and local > timezone.localtime()
