"""A38. A hidden small number found by subtraction: totals, sub-areas, changed borders, releases, rates times counts.

Each attack is met twice. As the product works, it is published with others hidden, and the audit of everything that is
published finds nothing. Then, as a control, with only the small numbers hidden: the gate must refuse it and name it.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from dugnad.shared.errors import Refusal
from dugnad.status import store
from dugnad.status.models import Dataset, Release
from dugnad.status.queries import disclosure
from tests.examples.conftest import installation  # noqa: F401  (a fixture)
from tests.status.publishing import Row, publish_rows

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.usefixtures("site")]
JOBS = "norge.2026.jobs"
POPULATION = "norge.2026.population"
WELFARE = "norge.2026.child_welfare"
TODAY = date(2024, 1, 1)


@pytest.fixture(scope="module")
def site(installation: Any) -> Iterator[None]:  # noqa: F811
    """One installation for all; each test has a month of its own."""
    with installation():
        yield


@pytest.fixture
def small_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the small numbers are hidden, and no others with them."""
    monkeypatch.setattr(disclosure, "_companions", lambda *_: (set(), []))


def hidden(release: Release) -> set[tuple[str, str]]:
    rows = store.release_table(release.by_series).to_pylist()
    return {(row["place"], row["breakdown"]) for row in rows if row["missing"] == "suppressed"}


def sexes(month: str, women: int = 2) -> list[Row]:
    return [
        ("4003", month, JOBS, women + 70, ""),
        ("4003", month, JOBS, women, "female"),
        ("4003", month, JOBS, 70, "male"),
        ("4001", month, JOBS, 100, ""),
        ("4001", month, JOBS, 45, "female"),
        ("4001", month, JOBS, 55, "male"),
    ]


TELEMARK = ("4001", "4003", "4005", "4010", "4012", "4014", "4016", "4018", "4020", "4022", "4024", "4026", "4028",
            "4030", "4032", "4034", "4036")  # fmt: skip


def county(month: str, small: int = 2) -> list[Row]:
    """Seventeen municipalities, the last with few, and their county."""
    values = [10 + 3 * at for at in range(16)] + [small]
    rows: list[Row] = [(code, month, JOBS, value) for code, value in zip(TELEMARK, values, strict=True)]
    return [*rows, ("40", month, JOBS, sum(values))]


class TestTotals:
    def test_the_whole_less_the_other_part(self, tmp_path: Path) -> None:
        assert hidden(publish_rows(tmp_path, "a", sexes("2024-01"))) == {("4003", "sex=female"), ("4003", "sex=male")}
        assert not disclosure.audit_published().recoverable

    def test_control(self, tmp_path: Path, small_only: None) -> None:
        with pytest.raises(Refusal, match=r"jobs, 4003, 2024-02, sex=female .*2024-02; .*sex=male"):
            publish_rows(tmp_path, "a", sexes("2024-02"))


class TestAreas:
    def test_the_county_less_the_other_municipalities(self, tmp_path: Path) -> None:
        """The smallest other is hidden with it, not the county."""
        assert hidden(publish_rows(tmp_path, "b", county("2024-03"))) == {("4036", ""), ("4001", "")}
        assert not disclosure.audit_published().recoverable

    def test_control(self, tmp_path: Path, small_only: None) -> None:
        with pytest.raises(Refusal, match=r"jobs, 4036, 2024-04 .*jobs, 40, 2024-04"):
            publish_rows(tmp_path, "b", county("2024-04"))

    def test_the_county_is_published_by_somebody_else(self, tmp_path: Path) -> None:
        rows = county("2024-05")
        publish_rows(tmp_path, "c-county", rows[-1:])
        assert len(hidden(publish_rows(tmp_path, "c", rows[:-1]))) == 2
        assert not disclosure.audit_published().recoverable

    def test_the_county_is_published_after(self, tmp_path: Path) -> None:
        """Nothing had to be hidden beside the small one until its county came: then the county must wait."""
        rows = county("2024-06")
        assert len(hidden(publish_rows(tmp_path, "d", rows[:-1]))) == 1
        assert hidden(publish_rows(tmp_path, "d-county", rows[-1:])) == {("40", "")}
        assert not disclosure.audit_published().recoverable

    def test_what_the_source_hid_and_its_own_total_gives_away_is_hidden_better_here(self, tmp_path: Path) -> None:
        rows = [(*row[:3], ":") if row[0] == "4036" else row for row in county("2024-07")]
        assert len(hidden(publish_rows(tmp_path, "e", rows))) == 2


class TestBorders:
    MERGED: list[Row] = [("1103", "2019-01", JOBS, 400), ("1141", "2019-01", JOBS, 2), ("1142", "2019-01", JOBS, 30)]

    def test_the_whole_on_newer_borders_less_the_other_parts(self, tmp_path: Path) -> None:
        """Stavanger of 2020 is Stavanger, Finnøy and Rennesøy of 2019."""
        assert hidden(publish_rows(tmp_path, "f", self.MERGED)) == {("1141", "")}
        newer = publish_rows(tmp_path, "f-newer", [("1103", "2019-01", JOBS, 432)], borders=TODAY)
        assert hidden(newer) == {("1103", "")}
        assert not disclosure.audit_published().recoverable

    def test_control_merged(self, tmp_path: Path, small_only: None) -> None:
        later = [(code, "2019-02", *rest) for code, _month, *rest in self.MERGED]
        publish_rows(tmp_path, "g", later)
        with pytest.raises(Refusal, match="jobs, 1141, 2019-02"):
            publish_rows(tmp_path, "g-newer", [("1103", "2019-02", JOBS, 432)], borders=TODAY)

    def test_the_whole_on_older_borders_less_the_other_part(self, tmp_path: Path) -> None:
        """Ålesund of 2023 is Ålesund and Haram of 2024."""
        publish_rows(tmp_path, "h", [("1508", "2024-01", JOBS, 50), ("1580", "2024-01", JOBS, 2)])
        older = publish_rows(tmp_path, "h-older", [("1507", "2024-01", JOBS, 52)], borders=date(2023, 1, 1))
        assert hidden(older) == {("1507", "")}
        assert not disclosure.audit_published().recoverable

    def test_control_split(self, tmp_path: Path, small_only: None) -> None:
        publish_rows(tmp_path, "i", [("1508", "2024-02", JOBS, 50), ("1580", "2024-02", JOBS, 2)])
        with pytest.raises(Refusal, match="jobs, 1580, 2024-02"):
            publish_rows(tmp_path, "i-older", [("1507", "2024-02", JOBS, 52)], borders=date(2023, 1, 1))

    def test_the_same_area_under_another_number(self, tmp_path: Path) -> None:
        """Skien was 3807: what one dataset hides, another must not show under the other number."""
        publish_rows(tmp_path, "j", [("4003", "2023-03", JOBS, 2)], borders=TODAY)
        with pytest.raises(Refusal, match="3807, 2023-03"):
            publish_rows(tmp_path, "j-then", [("3807", "2023-03", JOBS, 2)], threshold=0)


class TestReleases:
    def test_hidden_now_but_shown_in_an_earlier_release(self, tmp_path: Path) -> None:
        publish_rows(tmp_path, "k", [("4003", "2024-08", JOBS, 2), ("4001", "2024-08", JOBS, 9)], threshold=0)
        with pytest.raises(Refusal, match=r"4003, 2024-08 .*k 1, "):
            publish_rows(tmp_path, "k", [("4003", "2024-08", JOBS, 2), ("4001", "2024-08", JOBS, 9)], threshold=3)

    def test_a_number_that_was_another_before_is_not_shown_by_the_earlier_release(self, tmp_path: Path) -> None:
        publish_rows(tmp_path, "l", [("4003", "2024-09", JOBS, 12)])
        assert hidden(publish_rows(tmp_path, "l", [("4003", "2024-09", JOBS, 2)])) == {("4003", "")}
        assert not disclosure.audit_published().recoverable

    def test_two_releases_hide_the_same_numbers(self, tmp_path: Path) -> None:
        """4001 was the cheapest to hide with 4036; it has grown, and is hidden again all the same."""
        first = hidden(publish_rows(tmp_path, "m", county("2024-10")))
        grown = [(*row[:3], 500) if row[0] == "4001" else row for row in county("2024-10")]
        grown[-1] = ("40", "2024-10", JOBS, sum(int(row[3]) for row in grown[:-1]))
        assert hidden(publish_rows(tmp_path, "m", grown)) == first
        assert not disclosure.audit_published().recoverable

    def test_control(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The next release shows what was hidden with it, and hides another: the two together give it away."""
        publish_rows(tmp_path, "n", county("2024-11"))
        other = [(*row[:3], ":") if row[0] == "4003" else row for row in county("2024-11")]
        monkeypatch.setattr(disclosure, "_companions", lambda *_: (set(), []))
        with pytest.raises(Refusal, match=r"4003, 2024-11|4036, 2024-11"):
            publish_rows(tmp_path, "n", other)


class TestRates:
    def test_a_rate_with_its_denominator(self, tmp_path: Path) -> None:
        """1.6 percent of 126 children are two."""
        rows: list[Row] = [("4036", "2024", WELFARE, 1.6, "", "", 126), ("4001", "2024", WELFARE, 3.1, "", "", 2600)]
        release = publish_rows(tmp_path, "o", rows)
        assert hidden(release) == {("4036", "")}
        [row] = [r for r in store.release_table(release.by_series).to_pylist() if r["place"] == "4036"]
        assert (row["value"], row["numerator"], row["denominator"]) == (None, None, None)

    def test_a_rate_times_a_population_that_is_published(self, tmp_path: Path) -> None:
        publish_rows(tmp_path, "p-people", [("4036", "2023", POPULATION, 126)], borders=TODAY)
        told = {WELFARE: {"denominator": POPULATION}}
        assert hidden(publish_rows(tmp_path, "p", [("4036", "2023", WELFARE, 1.6)], borders=TODAY, rates=told)) == {
            ("4036", "")
        }

    def test_control_of_a_rate_that_was_published_before_its_population(self, tmp_path: Path) -> None:
        told = {WELFARE: {"denominator": POPULATION}}
        publish_rows(tmp_path, "q", [("4036", "2022", WELFARE, 1.6)], borders=TODAY, rates=told)
        with pytest.raises(Refusal, match="child_welfare, 4036, 2022"):
            publish_rows(tmp_path, "q-people", [("4036", "2022", POPULATION, 126)], borders=TODAY)

    def test_counts_behind_the_rates_of_a_county(self, tmp_path: Path) -> None:
        """The county's numerator less the others' is two children: one more rate is hidden."""
        rows: list[Row] = [
            (code, "2021", WELFARE, 5.0, "", 50 + at, 1000 + 20 * at) for at, code in enumerate(TELEMARK)
        ]
        rows[-1] = (TELEMARK[-1], "2021", WELFARE, 1.6, "", 2, 126)
        whole = sum(row[5] for row in rows)
        release = publish_rows(
            tmp_path, "r", [*rows, ("40", "2021", WELFARE, 4.9, "", whole, sum(row[6] for row in rows))], borders=TODAY
        )
        assert hidden(release) == {("4036", ""), ("4001", "")}


def test_the_command_agrees_and_names_what_it_finds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    call_command("audit", lang="en")
    assert "exactly recoverable: 0" in capsys.readouterr().out
    # Control: a release from before there was a gate.
    monkeypatch.setattr(disclosure, "_companions", lambda *_: (set(), []))
    monkeypatch.setattr("dugnad.status.changes._refuse_if_revealing", lambda *_: None)
    release = publish_rows(tmp_path, "s", county("2025-01"))
    with pytest.raises(CommandError, match="1 hidden"):
        call_command("audit", lang="en")
    said = capsys.readouterr().out
    assert "exactly recoverable: 1" in said and "norge.2026.jobs, 4036, 2025-01: from norge.2026.jobs, 40" in said
    # It is no reason to refuse other figures, and the next release of the dataset can mend it.
    publish_rows(tmp_path, "t", [("4003", "2025-02", JOBS, 70)])
    assert release.number == 1 and Dataset.objects.filter(key="t").exists()
