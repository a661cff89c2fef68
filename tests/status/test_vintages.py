"""What became of published values: sizes, notices, the course of each value, withdrawals, and the feed of them all."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from dugnad.shared.errors import Refusal
from dugnad.shared.models import AuditEvent, OutboxMessage
from dugnad.shared.writing import Actor
from dugnad.status import rules
from dugnad.status.changes import withdraw_release
from dugnad.status.models import Release, StagedImport, Withdrawal
from dugnad.status.queries import snapshots
from tests.clients import person_with, signed_in
from tests.oracles.sizes import slow_sizes
from tests.status.conftest import EMISSIONS, TELEMARK, UNEMPLOYMENT, NewRow, publish_again, publish_one

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("four_releases")]
BY = Actor.system("test")
FIRST, SECOND, THIRD, FOURTH = (datetime(2026, 3, day, 7, tzinfo=UTC) for day in (3, 10, 17, 24))


def unemployed(**others: float) -> list[NewRow]:
    """2.0, 2.1 ... 2.9 in 2025, but for those named: `unemployed(c4003=9.5)`."""
    usual = {f"c{code}": 2.0 + i / 10 for i, code in enumerate(TELEMARK)}
    return [(key[1:], "2025", UNEMPLOYMENT, value, "", False) for key, value in (usual | others).items()]


@pytest.fixture(scope="module")
def four_releases(installation: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Skien's figure is 2.1, corrected to 4.2, and by a new method 4.0; Porsgrunn's is the same all along."""
    with installation():
        folder = tmp_path_factory.mktemp("rows")
        with time_machine.travel(FIRST, tick=False):
            publish_one(folder / "one", unemployed(), "now", "2024-01-01")
            publish_one(folder / "two", [("4001", "2024", EMISSIONS, 118119.0, "", False)], "more", "2024-01-01")
        with time_machine.travel(SECOND, tick=False):
            publish_again(
                folder, "now", unemployed(c4003=4.2), {"nb": "To registre var byttet.", "en": "Two registers."},
                cause="corrected",
            )  # fmt: skip
        with time_machine.travel(THIRD, tick=False):
            publish_again(folder, "now", unemployed(c4003=4.0), {"nb": "Ny telling."}, cause="method")
        yield


@pytest.fixture
def withdrawn(request: pytest.FixtureRequest) -> Iterator[Withdrawal]:
    with time_machine.travel(FOURTH, tick=False):
        yield withdraw_release(
            release=Release.objects.get(dataset="now", number=3),
            kind=getattr(request, "param", "error"),
            reason={"nb": "Filen var fra et annet år."},
            by=BY,
        )
        snapshots.forget()
    snapshots.forget()


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    snapshots.forget()


def page(client: Client, address: str, status: int = 200) -> str:
    snapshots.forget()
    answer = client.get(address)
    assert answer.status_code == status, address
    return answer.content.decode()


# Sizes.

values = st.none() | st.integers(-4, 4).map(float)
pairs = st.lists(st.tuples(st.sampled_from(["x.1.a", "x.1.b"]), values, values), max_size=12)


@given(pairs)
def test_sizes_agree_with_the_slow_way(found: list[tuple[str, float | None, float | None]]) -> None:
    assert rules.sizes_of(found) == slow_sizes(found)


@given(pairs, st.permutations(range(12)))
def test_the_order_of_values_says_nothing(found: list[Any], order: list[int]) -> None:
    assert rules.sizes_of(found) == rules.sizes_of([found[i] for i in order if i < len(found)])


def test_sizes_by_hand() -> None:
    of = rules.sizes_of([("a", 4.0, 5.0), ("a", 10.0, 9.0), ("a", 2.0, 2.0), ("a", 0.0, 3.0), ("a", 1.0, None)])["a"]
    # shares 0.25 and 0.1; the step from zero has none, and counts in the mean: (1 + 1 + 0 + 3) / 4
    assert (of.compared, of.changed, of.lost) == (4, 3, 1)
    assert (of.largest, of.median, of.mean_absolute) == (0.25, 0.175, 1.25)
    assert rules.sizes_of([("a", 1.0, 1.0), ("b", None, 2.0)]) == {}
    assert rules.sizes_of([("a", 1.0, None)])["a"] == rules.Size(0, 0, 1, None, None, None)


def test_a_release_keeps_how_much_it_changed_and_says_it(client: Client) -> None:
    release = Release.objects.get(dataset="now", number=2)
    size = {"compared": 10, "changed": 1, "lost": 0, "largest": 1.0, "median": 1.0, "mean_absolute": 0.21}
    assert (release.changed, release.gone, release.sizes) == (1, 0, {UNEMPLOYMENT: size})
    shown = page(client, "/nb/publisering/now/2")
    assert "Hvor store endringene er" in shown and "1 verdi endret, den største med 100" in shown and "0,21" in shown
    assert "To registre var byttet." in shown
    rows = json.loads(page(client, "/nb/publisering/.json"))["rows"]
    assert {(row["number"], row["changed"]) for row in rows if row["dataset"] == "now"} == {(1, 0), (2, 1), (3, 1)}


@pytest.mark.parametrize(
    "said", [{"reason": {}}, {"kind": "final"}, {"reason": {}, "changed": 0, "gone": 1}, {"kind": "preliminary"}]
)
def test_no_value_becomes_another_in_silence(said: dict[str, Any]) -> None:
    """The database itself refuses a release that changes values and does not say so."""
    with pytest.raises(IntegrityError), transaction.atomic():
        Release.objects.filter(dataset="now", number=2).update(**said)


def test_every_changed_value_has_a_release_that_says_why() -> None:
    """Whatever files differ in, some notice tells of it."""
    from dugnad.status import store

    for release in Release.objects.exclude(replaces=None):
        old, new = (store.release_table(r.by_series) for r in (release.replaces, release))  # type: ignore[union-attr]
        difference = rules.compare(old, new)
        assert (release.changed, release.gone) == (difference.changed, difference.vanished)
        assert bool(difference.changed or difference.vanished) <= bool(release.reason and release.sizes)


# Notices and the course of a value.


@pytest.mark.parametrize(
    "address",
    ["kommune/4003", "kommune/4003/mal/8", f"indikator/{UNEMPLOYMENT}", f"indikator/{UNEMPLOYMENT}/metode",
     "sammenlign?sted=4003&sted=4001", f"kommune/4003/historikk/{UNEMPLOYMENT}"],
)  # fmt: skip
def test_every_page_with_a_changed_value_says_so(client: Client, address: str) -> None:
    shown = page(client, f"/nb/{address}")
    notice = shown.split("Tall her er endret")[1].split("</ul>")[0]
    assert "ny metode 17. mars 2026, 1 verdi her." in notice and "Ny telling." in notice
    assert "/nb/publisering/now/3" in notice and shown.count("Tall her er endret") == 1


@pytest.mark.parametrize("address", ["kommune/4001", "kommune/4001/mal/8", "sammenlign", "kommune/4003/mal/5", ""])
def test_a_page_without_one_does_not(client: Client, address: str) -> None:
    assert "Tall her er endret" not in page(client, f"/nb/{address}")


def test_the_notice_of_a_day_is_that_of_the_day(client: Client) -> None:
    assert "rettet 10. mars 2026" in page(client, "/nb/kommune/4003?per=2026-03-11")
    assert "Tall her er endret" not in page(client, "/nb/kommune/4003?per=2026-03-04")


def test_a_value_tells_how_it_became_what_it_is(client: Client) -> None:
    course = {
        "nb": "publisert som 2,1\xa0% 3. mars 2026, rettet til 4,2\xa0% 10. mars 2026, 4,0\xa0% med ny metode 17. mars",
        "en": "published as 2.1% on 3 March 2026, corrected to 4.2% on 10 March 2026, 4.0% by a new method",
    }
    for lang, words in course.items():
        assert words in page(client, f"/{lang}/kommune/4003/mal/8")
    assert "publisert som" not in page(client, "/nb/kommune/4001/mal/8")
    assert "publisert som 2,1" not in page(client, "/nb/kommune/4003/mal/8?per=2026-03-04")


def test_the_page_of_a_value_and_its_data(client: Client) -> None:
    address = f"/nb/kommune/4003/historikk/{UNEMPLOYMENT}"
    assert f'href="{address}"' in page(client, "/nb/kommune/4003/mal/8")
    shown = page(client, address)
    assert "1 av 1 verdier er endret siden den først ble publisert." in shown
    rows = json.loads(page(client, f"{address}.json"))["rows"]
    assert [(row["value"], row["release"], row["release_kind"]) for row in rows] == [
        (2.1, "now/1", "final"), (4.2, "now/2", "corrected"), (4.0, "now/3", "method"),
    ]  # fmt: skip
    assert page(client, f"{address}.csv").splitlines()[0].startswith("indicator,breakdown,place,period,value,status")
    assert len(page(client, f"{address}.csv?per=2026-03-11").splitlines()) == 3
    assert "Ingenting er publisert for 2024 her." in page(client, f"{address}.json?periode=2024", 404)
    assert "«part=x» er ingen del av denne indikatoren." in page(client, f"{address}?del=part%3Dx", 404)
    assert "Hver verdi er det den var" in page(client, f"/nb/kommune/4001/historikk/{UNEMPLOYMENT}")
    assert "Ingen publisering har en verdi" in page(client, f"/nb/kommune/4003/historikk/{EMISSIONS}")
    for wrong in (f"{address}?periode=x", "/nb/kommune/4003/historikk/norge.2026.nothing", f"/nb/kommune/9999/historikk/{EMISSIONS}"):  # fmt: skip  # noqa: E501
        page(client, wrong, 404)


# Withdrawals.


def test_what_is_withdrawn_is_shown_no_more_and_readers_are_told(client: Client, withdrawn: Withdrawal) -> None:
    for address in ("kommune/4003", "kommune/4003/mal/8", f"indikator/{UNEMPLOYMENT}", f"indikator/{UNEMPLOYMENT}/metode"):  # fmt: skip  # noqa: E501
        shown = page(client, f"/nb/{address}")
        assert "publisering 3 ble trukket tilbake 24. mars 2026: tallene var feil." in shown, address
        assert "Filen var fra et annet år." in shown and "4,0\xa0%" not in shown
    shown = page(client, "/nb/publisering/now/3")
    assert "Denne publiseringen er trukket tilbake" in shown and "Filen var fra et annet år." in shown
    assert "trukket tilbake" in page(client, "/nb/publisering/")
    assert '"4003","2025",2025-01-01,2026-01-01,"",4,' in page(client, "/nb/publisering/now/3.csv")
    assert Release.objects.get(dataset="now", number=3).row_count == 10
    assert {release.dataset_id for release in snapshots.current().releases} == {"more"}


def test_as_of_before_it_was_withdrawn_it_is_shown_with_a_notice(client: Client, withdrawn: Withdrawal) -> None:
    shown = page(client, "/nb/kommune/4003/mal/8?per=2026-03-18")
    assert "4,0\xa0%" in shown and "publisering 3 ble trukket tilbake 24. mars 2026" in shown
    assert "4,2\xa0%" in page(client, "/nb/kommune/4003/mal/8?per=2026-03-11")


@pytest.mark.parametrize("withdrawn", ["protection"], indirect=True)
def test_what_hurts_persons_is_given_out_no_more(client: Client, withdrawn: Withdrawal) -> None:
    withdraw_release(
        release=Release.objects.get(dataset="now", number=2), kind="protection", reason={"nb": "Få."}, by=BY
    )
    for address in ("kommune/4003", "kommune/4003/mal/8", f"indikator/{UNEMPLOYMENT}", "sammenlign?sted=4003",
                    f"kommune/4003/historikk/{UNEMPLOYMENT}", "publisering/now/3", "publisering/now/2"):  # fmt: skip
        for form in ("", ".json", ".csv"):
            if "publisering/now" in address and form:
                continue
            path, _mark, query = address.partition("?")
            for day in ("per=2026-03-18", "" if "publisering/now" in address else "per=2026-03-11", ""):
                shown = page(client, f"/nb/{path}{form}?{'&'.join(filter(None, [query, day]))}")
                assert not re.search(r"\b4[.,][02]\b", re.sub(r"(?s)<svg.*?</svg>", "", shown)), (address, form, day)
    for form in (".csv", ".json", ".parquet"):
        assert "verne personer" in page(client, f"/nb/publisering/now/3{form}", 410)
    assert "for å verne personer" in page(client, "/nb/kommune/4003?per=2026-03-18")
    assert "2,1\xa0%" in page(client, "/nb/kommune/4003/mal/8?per=2026-03-04")


def test_the_next_release_after_a_withdrawn_one(client: Client, withdrawn: Withdrawal, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="1"):
        publish_again(tmp_path, "now", unemployed(c4003=3.9))
    release = publish_again(tmp_path, "now", unemployed(c4003=3.9), {"nb": "Riktig fil."}, cause="corrected")
    assert (release.number, release.kind, release.replaces_id) == (4, "corrected", withdrawn.release_id)
    shown = page(client, "/nb/kommune/4003/mal/8")
    assert "3,9\xa0%" in shown and "trukket tilbake" not in shown.split("Tall her er endret")[1].split("</ul>")[0]


def test_a_withdrawal_changes_the_key_of_pages_though_no_number_is_another(withdrawn: Withdrawal) -> None:
    before = snapshots.current().key
    withdraw_release(release=Release.objects.get(dataset="now", number=1), kind="error", reason={"nb": "x"}, by=BY)
    snapshots.forget()
    assert snapshots.current().key != before
    assert OutboxMessage.objects.filter(topic="release.withdrawn").count() == 2


@pytest.mark.parametrize(("kind", "reason"), [("error", {}), ("error", {"nb": ""}), ("mistake", {"nb": "x"})])
def test_a_withdrawal_without_a_reason_is_refused(kind: str, reason: dict[str, str]) -> None:
    events = AuditEvent.objects.count()
    with pytest.raises(Refusal):
        withdraw_release(release=Release.objects.get(dataset="now", number=3), kind=kind, reason=reason, by=BY)
    assert (Withdrawal.objects.count(), AuditEvent.objects.count()) == (0, events)


def test_a_release_is_withdrawn_once(withdrawn: Withdrawal) -> None:
    with pytest.raises(Refusal, match="alt trukket tilbake"):
        withdraw_release(release=withdrawn.release, kind="error", reason={"nb": "x"}, by=BY)
    assert AuditEvent.objects.latest("sequence").action == "withdraw_release"


def test_the_secretariat_withdraws_on_the_page_of_the_import() -> None:
    client = signed_in(person_with("secretariat"))
    staged = StagedImport.objects.get(release__dataset="now", release__number=3)
    address = f"/nb/arbeid/import/{staged.pk}"
    assert "Trekk publiseringen tilbake" in page(client, address)
    refused = client.post(f"{address}/trekk", {"why": "error", "reason_en": "Half", "key": "k"})
    assert refused.status_code == 422 and "Half" in refused.content.decode() and not Withdrawal.objects.exists()
    said = {"why": "error", "reason_nb": "Feil fil.", "key": "k"}
    for _ in range(2):  # pressed twice
        assert client.post(f"{address}/trekk", said).status_code == 302
    withdrawal = Withdrawal.objects.get()
    assert (withdrawal.withdrawn_by, withdrawal.reason) == ("Kari Prøve", {"nb": "Feil fil."})
    assert "trukket tilbake" in page(client, address)


def test_nobody_else_withdraws(client: Client) -> None:
    staged = StagedImport.objects.get(release__dataset="now", release__number=3)
    for somebody in (client, signed_in(person_with("adviser"))):
        answer = somebody.post(f"/nb/arbeid/import/{staged.pk}/trekk", {"why": "error", "reason_nb": "x", "key": "k"})
        assert answer.status_code == 403
    assert not Withdrawal.objects.exists()


# The feed.


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("nb", ["revisjoner og rettelser", "rettet", "1 verdi endret, den største med 100", "trukket tilbake"]),
        ("nn", ["revisjonar og rettingar", "retta", "1 verdi endra, den største med 100", "trekt tilbake 24. mars"]),
        ("en", ["revisions and corrections", "corrected", "1 value changed, the largest by 100", "withdrawn on"]),
    ],
)  # fmt: skip
def test_the_feed_has_what_changed_numbers_and_nothing_else(
    client: Client, withdrawn: Withdrawal, lang: str, words: list[str]
) -> None:
    shown = page(client, f"/{lang}/revisjoner.atom")
    for expected in words:
        assert expected in shown
    assert shown.count("<entry>") == 3 and "/publisering/now/1" not in shown and "/publisering/more/" not in shown
    assert shown.index("#withdrawn") < shown.index("/publisering/now/2")
