"""A37: figures that are planned for a moment, asked for before it in every way a reader has.

Nothing tells a planned release from one that does not exist: bodies, headers, ETags, counts, feeds, search, errors. All
that is told is the day, where the calendar has it: on the page of the release before, and beside preliminary figures.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client

from dugnad.shared.writing import Actor
from dugnad.site import ready
from dugnad.site.ready import ReadyPages, Shelf
from dugnad.status import planned_changes
from dugnad.status.models import PlannedRelease, Release
from dugnad.status.queries import snapshots
from tests.clients import person_with, signed_in
from tests.examples.conftest import installation  # noqa: F401  (a fixture)
from tests.status.conftest import TELEMARK, UNEMPLOYMENT, NewRow, publish_one, stage_again

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("one_release")]
BY = Actor.system("test")
BEFORE, MOMENT = datetime(2026, 3, 9, 12, tzinfo=UTC), datetime(2026, 3, 10, 7, tzinfo=UTC)
OF_ONE_ANSWER = {"date", "x-request-id", "content-length"}

THE_DAY = re.compile(
    rb'<dt>(?:Neste publisering|Next release)</dt><dd><a class="link" href="/../kalender">[^<]+</a></dd>'
)

PAGES = [
    "",
    "kommune/4003",
    "kommune/4003/mal/8",
    "fylke/40",
    "fylke/40/mal/8",
    f"indikator/{UNEMPLOYMENT}",
    f"indikator/{UNEMPLOYMENT}/metode",
    "sammenlign?sted=4003&sted=4001",
    "publisering/",
    "publisering/now/1",
    "publisering/now/2",
    f"kommune/4003/historikk/{UNEMPLOYMENT}",
    f"forklar/{UNEMPLOYMENT}/4003/2025",
]
OTHERS = [
    "publisering.atom",
    "revisjoner.atom",
    "sok?q=ledig",
    "publisering/now/2.parquet",
    "publisering/now/1.parquet",
    "kommune/4003?per=2026-03-10",
    "kommune/4003.json?per=2099-01-01",
    "om/data",
    "indikatorsett/norge",
]


def rows(skien: float) -> list[NewRow]:
    return [
        (c, "2025", UNEMPLOYMENT, skien if c == "4003" else 2.0 + i / 10, "", False) for i, c in enumerate(TELEMARK)
    ]


@pytest.fixture(scope="module")
def one_release(installation: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:  # noqa: F811
    with installation(), time_machine.travel(datetime(2026, 3, 3, 7, tzinfo=UTC), tick=False):
        folder = tmp_path_factory.mktemp("rows")
        publish_one(folder, rows(2.1), "now", "2024-01-01")
        yield folder
    snapshots.forget()


def planned(folder: Path) -> PlannedRelease:
    """The next release, with 77.7 for Skien, planned for eight in the morning in Norway."""
    staged = stage_again(folder, "now", rows(77.7))
    return planned_changes.schedule_release(
        staged=staged, publish_at=MOMENT, reason={"nb": "Hemmelig begrunnelse."}, cause="corrected", by=BY
    )


def everything(folder: Path) -> dict[str, Any]:
    """What a reader can find out: every answer, through ready pages and past them, also asked for as not modified."""
    snapshots.forget()
    found: dict[str, Any] = {}
    addresses = [f"/nb/{page}" for page in OTHERS] + ["/healthz", "/sitemap.xml", "/sitemap-indicators-1.xml"]
    for page in PAGES:
        path, _mark, query = page.partition("?")
        for form in ("", ".json", ".csv") if path and not path.endswith("/") else ("",):
            for lang in ("nb",) if form == ".json" else ("nb", "en"):
                addresses.append(f"/{lang}/{path}{form}{'?' if query else ''}{query}")
    addresses += ["/nb/publisering/.json", "/nb/publisering/.csv"]
    client = Client()
    for address in addresses:
        for method in (client.get, client.head) if address.startswith("/nb") else (client.get,):
            answer = method(address)
            headers = {k.lower(): v for k, v in answer.items() if k.lower() not in OF_ONE_ANSWER}
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
            found[f"{method.__name__} {address}"] = (answer.status_code, headers, THE_DAY.sub(b"", body))
    for signal in (request_started, request_finished):  # Django's client connects it anew
        signal.disconnect(close_old_connections)
    pages = ReadyPages(get_wsgi_application(), Shelf(folder / "ready"))
    for address in ("/nb/kommune/4003", "/nb/kommune/4003.json", "/nb/", "/nb/publisering/now/2"):
        said: list[Any] = []
        body = b"".join(pages(ready._question(address), lambda *a, said=said: said.extend(a[:2])))
        headers = {k.lower(): v for k, v in said[1] if k.lower() not in OF_ONE_ANSWER}
        found[f"ready {address}"] = (said[0], headers, body)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
    return found


def told(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    return [asked for asked in one if one[asked] != other[asked]]


@pytest.mark.any_database
def test_before_its_moment_a_planned_release_is_as_one_that_does_not_exist(one_release: Path, tmp_path: Path) -> None:
    with time_machine.travel(MOMENT - timedelta(seconds=1), tick=False):
        absent_late = everything(tmp_path)
    with time_machine.travel(BEFORE, tick=False):
        absent = everything(tmp_path)
        one = planned(tmp_path)
        assert told(absent, everything(tmp_path)) == []
    with time_machine.travel(MOMENT - timedelta(seconds=1), tick=False):
        assert planned_changes.publish_planned.func(one.pk) == "planned"
        late = everything(tmp_path)
        assert told(absent_late, late) == []
        assert not any(b"77.7" in body or b"77,7" in body or b"Hemmelig" in body for _s, _h, body in late.values())
    with time_machine.travel(MOMENT, tick=False):
        assert planned_changes.publish_planned.func(one.pk) == "published"
        now = everything(tmp_path)
    # The negative control: the same comparison sees the release where it should be seen, in bodies and in ETags.
    changed = told(absent, now)
    for address in ("/nb/kommune/4003", "/nb/kommune/4003.json", "/en/kommune/4003/mal/8.csv", "/nb/revisjoner.atom",
                    "/nb/publisering/now/2", "/nb/publisering/now/2.parquet", "/healthz"):  # fmt: skip
        assert f"get {address}" in changed, address
    assert absent["ready /nb/kommune/4003"][1]["etag"] != now["ready /nb/kommune/4003"][1]["etag"]
    assert b"77.7" in now["get /nb/kommune/4003.json"][2] and Release.objects.get(number=2).published_at == MOMENT


def test_what_is_planned_is_not_published_otherwise_before_its_moment(one_release: Path, tmp_path: Path) -> None:
    from dugnad.shared.errors import Refusal
    from dugnad.status.changes import publish_release, refuse_import

    with time_machine.travel(BEFORE, tick=False):
        one = planned(tmp_path)
        for write in (
            lambda: publish_release(staged=one.staged, reason={"nb": "x"}, by=BY),
            lambda: refuse_import(staged=one.staged, why="x", by=BY),
        ):
            with pytest.raises(Refusal):
                write()
    assert Release.objects.count() == 1


def test_a_stranger_cannot_tell_an_import_that_is_planned_from_none(one_release: Path, tmp_path: Path) -> None:
    with time_machine.travel(BEFORE, tick=False):
        one = planned(tmp_path)
        for client in (Client(), signed_in(person_with("adviser"))):
            for path in ("", "/publiser", "/planlegg", "/flytt", "/avlys", "/trekk"):
                answers = []
                for pk in (one.staged_id, 999_999):
                    ask = client.post if path else client.get
                    answer = ask(f"/nb/arbeid/import/{pk}{path}")
                    said = (answer.get("Location", ""), answer.content.decode())
                    answers.append((answer.status_code, *(re.sub(rf"(/|%2F){pk}\b", "/N", text) for text in said)))
                assert answers[0] == answers[1] and answers[0][0] in (302, 403), path


def test_who_looks_before_is_written_down_once(one_release: Path, tmp_path: Path) -> None:
    from dugnad.shared.models import AuditEvent

    with time_machine.travel(BEFORE, tick=False):
        one = planned(tmp_path)
        client = signed_in(person_with("secretariat"))
        for _ in range(2):
            shown = client.get(f"/nb/arbeid/import/{one.staged_id}").content.decode()
        assert "Kari Prøve, 9. mars 2026 kl. 13:00" in shown
        assert [seen.name for seen in one.seen_by.all()] == ["Kari Prøve"]
        assert AuditEvent.objects.filter(action="see_planned_release").count() == 1
