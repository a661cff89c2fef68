"""Every number on every page can be explained, from the file it came in to the words that judge it."""

import re
from collections.abc import Iterator
from html import unescape
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils.translation import override

from dugnad.places import queries as places
from dugnad.shared.once import one_answer
from dugnad.status import explaining, wording
from dugnad.status.models import Release
from dugnad.status.observations import Finding
from dugnad.status.queries import comparisons, explanations, snapshots, standing
from dugnad.status.queries.explanations import Explanation, NothingToExplain, concerns
from tests.examples.conftest import installation, stage_network  # noqa: F401  (a fixture)

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

LOW_INCOME = "eksempel.2024.lavinntekt"
WATER = "eksempel.2024.drikkevann"
EMISSIONS = "eksempel.2024.utslipp"
POPULATION = "eksempel.2024.folketall"
BROADBAND = "eksempel.2024.bredband"


@pytest.fixture(scope="module", autouse=True)
def example_network(installation: Any) -> Iterator[None]:  # noqa: F811
    """The invented network with its revision, published as `make start` does."""
    with installation():
        stage_network("data", "revision")
        yield


def explain(indicator: str, place: str, period: str | None = None, breakdown: str | None = None) -> Explanation:
    return explanations.explain(snapshots.current(), indicator, place, period, breakdown)


def page(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


PLACES = ("X101", "X102", "X105", "X107")
INDICATORS = ("lavinntekt", "trivsel", "heltid", "drikkevann", "fornybar", "bredband", "utslipp", "folketall", "valg")
PAGES = [
    *(f"kommune/{code}" for code in PLACES),
    *(f"kommune/{code}/mal/{goal}" for code in PLACES for goal in range(1, 18)),
    "kommune/X103",
    "fylke/X1",
    *(f"fylke/X1/mal/{goal}" for goal in (1, 6, 8)),
    *(f"indikator/eksempel.2024.{name}" for name in INDICATORS),
    "indikator/eksempel.2019.bredband",
    "indikator/eksempel.2024.utslipp?periode=2020",
    "indikator/eksempel.2024.heltid?del=sex%3Dfemale",
    "sammenlign?sted=X101&sted=X104&sted=X105",
]
LINK = re.compile(r'<a class="explain" href="([^"]+)"')


def figures_of(html: str) -> list[str]:
    """The cells and marks that hold a figure: `td.number`, `td.latest`, big numbers, and the signs of missing ones."""
    cells = re.findall(r'<td class="(?:number|latest)[^"]*">(.*?)</td>', html, re.S)
    cells += re.findall(r'<p class="number[^"]*">(.*?)</p>', html, re.S)
    return [cell for cell in cells if re.search(r"[\d≠×:]|\.\.|NR", re.sub(r"<small.*?</small>|<[^>]+>", "", cell))]


def lacks_explanation(cell: str) -> bool:
    """A count of what a figure was made of stands beside the figure itself, which is the one explained."""
    return not LINK.search(cell)


def test_every_figure_on_every_page_has_a_whole_chain(client: Client) -> None:
    seen: set[str] = set()
    for address in PAGES:
        html = page(client, f"/nb/{address}")
        rows = re.findall(r"<tr(?! class=\"projected).*?</tr>", html, re.S)  # a projection is no observation
        for row in rows:
            if (cells := figures_of(row)) and all(map(lacks_explanation, cells)):
                raise AssertionError(f"{address}: no figure of this row is explained: {row}")
        big = [cell for cell in figures_of(html.partition("<table")[0]) if lacks_explanation(cell)]
        assert big == [], address
        seen |= {unescape(link) for link in LINK.findall(html)}
    assert len(seen) > 500
    broken = {}
    with one_answer():
        for link in seen:
            match = re.fullmatch(r"/nb/forklar/([^/]+)/(\w+)/([^?]+)(?:\?del=(.*))?", link)
            assert match, link
            breakdown = match[4].replace("%3D", "=") if match[4] else None
            found = explain(match[1], match[2], match[3], breakdown)
            if found.point is None:
                assert found.releases  # nobody published it: said so, with what was published of the indicator
            elif found.broken_links:
                broken[link] = found.broken_links
    assert broken == {}


def test_a_figure_that_is_not_linked_would_be_found() -> None:
    """The negative control of the test above."""
    assert [cell for cell in figures_of('<td class="number">5,7 %</td>') if lacks_explanation(cell)] == ["5,7 %"]
    linked = '<td class="number"><a class="explain" href="/x">5,7 %</a></td>'
    assert [cell for cell in figures_of(linked) if lacks_explanation(cell)] == []


def test_the_formula_has_the_numbers_in_it(client: Client) -> None:
    found = explain(LOW_INCOME, "X101", "2020")
    assert (found.value, found.computed, found.is_as_computed) == (8.4, pytest.approx(3945 / 46910 * 100), True)
    html = unescape(page(client, f"/en/forklar/{LOW_INCOME}/X101/2020"))
    assert "3,945 / 46,910 × 100 = 8.41, written 8.4%" in html
    assert found.release and found.release.staged.raw_id in html


def test_what_was_put_together_says_from_what(client: Client) -> None:
    # Stjernevåg was smaller before 2020: 2,574 of 34,954 there, and 909 of 10,660 in Måneby.
    found = explain(LOW_INCOME, "X101", "2015")
    assert found.value == pytest.approx(100 * (2574 + 909) / (34954 + 10660)) and found.broken_links == []
    html = unescape(page(client, f"/en/forklar/{LOW_INCOME}/X101/2015"))
    assert "The mean of Stjernevåg (X101) and Måneby (X112), each counting as much as its denominator is large." in html
    assert "8.5% of 10,660" in html and "Nothing was added" not in html
    parts = client.get(f"/nb/forklar/{LOW_INCOME}/X101/2015.json").json()["borders"]
    assert [(part["code"], part["share"], part["weight"]) for part in parts] == [("X101", 1, 34954), ("X112", 1, 10660)]


def test_all_steps_of_the_chain_are_told(client: Client) -> None:
    html = unescape(page(client, f"/en/forklar/{EMISSIONS}/X101/2022"))
    for words in (
        "utslipp.csv",
        "The example network (invented figures)",
        "CC0-1.0",
        "tabular, Dugnad",
        "eksempel-utslipp",
        "Corrected",
        "A factory in Stjernevåg was counted twice in 2022.",
        "lower is better: Lower emissions slow down global warming.",
    ):
        assert words in html, words


def test_it_says_the_status_that_the_page_says() -> None:
    said = set()
    with override("nb"):
        for code in PLACES:
            overview = standing.place_overview(snapshots.current(), places.place(code))
            for one in overview.standings:
                if not one.breakdown:
                    told = explaining.sections(explain(one.version.id, code, one.latest.period.text))
                    [judged] = [section for section in told if section.key == "judgement"]
                    assert judged.sentences[0] == f"Sidene sier «{wording.trend_status(one)}» om utviklingen mot 2030."
                    assert not any("«bedre»" in words or "«dårligere»" in words for words in judged.sentences)
                    said.add(one.trend.meaning)
    assert len(said) > 3


def test_the_interval_is_the_one_that_comparisons_print(client: Client) -> None:
    bases = set()
    for code in PLACES:
        rows = [r for goal in comparisons.compare(snapshots.current(), [places.place(code)]) for r in goal.rows]
        for row in rows:
            latest = row.one.latest
            found = explain(row.version.id, code, latest.period.text, row.one.breakdown)
            placing = found.interval.placings[found.code]
            assert (placing.low, placing.high) == (row.interval(0) or (None, None)), row.version.id
            bases.add(found.interval.basis)
            if row.interval(0) is not None:
                low, high = row.interval(0) or (0.0, 0.0)
                told = explaining.as_text(found)
                assert "95\xa0%-intervall: " in told and "ikke at noe er talt feil" in told
                data = client.get(wording.explained_at(row.one).replace("?", ".json?") + ("" if row.part else ".json"))
                assert data.json()["interval"] == {
                    "value_from": low, "value_to": high, "error_from": found.interval.basis,
                }  # fmt: skip
    assert bases == {"counts", "noise", ""}


def test_an_interval_says_how_it_was_found(client: Client) -> None:
    beside = re.search(r"95% interval: ([\d.–%]+)", page(client, "/en/sammenlign?sted=X101"))
    assert beside
    html = unescape(page(client, f"/en/forklar/{LOW_INCOME}/X101"))
    assert f"95% interval: {beside[1]}." in html and "how many are counted" in html
    assert "Nothing is known that makes it uncertain" not in html
    assert "95% interval" not in page(client, f"/en/forklar/{POPULATION}/X101")  # an amount is never compared


def test_only_what_replaces_a_release_was_published_anew(client: Client) -> None:
    html = page(client, f"/en/forklar/{EMISSIONS}/X101/2022")
    assert "Why it was published anew" in html and "Note on the release" not in html
    first = explain(LOW_INCOME, "X101", "2020").release
    assert first and first.replaces is None
    Release.objects.filter(pk=first.pk).update(reason={"en": "Counted in one go."})
    snapshots.forget()
    for address in (f"publisering/{first.dataset_id}/{first.number}", f"forklar/{LOW_INCOME}/X101/2020"):
        html = page(client, f"/en/{address}")
        assert "Note on the release" in html and "Counted in one go." in html and "published anew" not in html
    snapshots.forget()


def test_earlier_vintages_of_a_value_that_was_corrected() -> None:
    found = explain(EMISSIONS, "X101", "2022")
    assert [vintage.release.number for vintage in found.vintages] == [2, 1]
    now, before = found.vintages
    assert found.is_current(now) and not found.is_current(before)
    assert now.value == found.value and before.value != found.value


def test_a_value_that_was_added_has_no_earlier_vintage() -> None:
    assert [vintage.release.number for vintage in explain(EMISSIONS, "X101", "2025").vintages] == [2]


def test_why_a_value_is_missing_since_when_and_who_can_mend_it(client: Client) -> None:
    gap = next(p for p in explain(LOW_INCOME, "X107").series if p.missing == "suppressed")
    html = unescape(page(client, f"/en/forklar/{LOW_INCOME}/X107/{gap.period.text}"))
    assert "Why there is no figure" in html
    assert "hidden to protect persons" in html
    assert "no person can be recognised" in html


def test_what_nobody_published_is_explained_too(client: Client) -> None:
    found = explain(POPULATION, "4003", "2024")  # a real municipality has no invented figures
    assert found.point is None and found.broken_links == ["release"]
    html = unescape(page(client, f"/nb/forklar/{POPULATION}/4003/2024"))
    assert "Det er ikke publisert noe for Skien i 2024 her." in html


def test_figures_on_the_borders_of_another_day_say_what_the_area_was() -> None:
    found = explain(POPULATION, "X102", "2016")  # put together in 2020 of X113 and X114
    assert [origin.place.code for origin in found.origins] == ["X113", "X114"]
    whole = explain(POPULATION, "X103", "2020")  # divided in 2024; the source has its parts
    assert [place.code for place in whole.reunited] == ["X104", "X105"] and found.reunited == []
    text = explaining.as_text(whole)
    assert "De er det Regnbueøya (X103) ble delt i" in text and "Ingenting er lagt" not in text
    divided = explain(POPULATION, "X105", "2020")  # a part of X103 then: no figure is invented for it
    assert divided.missing == "border_change"
    assert [f.code for f in divided.findings] == ["border_change"]


def test_a_number_measured_by_an_earlier_edition_says_so() -> None:
    found = explain(BROADBAND, "X101", "2017")
    assert (found.asked.id, found.version.id) == (BROADBAND, "eksempel.2019.bredband")


def test_a_former_number_of_the_same_area_is_found() -> None:
    assert explain(LOW_INCOME, "X108", "2015").code == "X118"
    assert explain(LOW_INCOME, "X118", "2015").code == "X118"


def test_a_breakdown_and_the_whole_are_told_apart() -> None:
    whole, women = explain("eksempel.2024.heltid", "X101", "2020"), explain(
        "eksempel.2024.heltid", "X101", "2020", "sex=female"
    )  # fmt: skip
    assert (whole.value, women.value) == (51.4, 45.2)


def test_data_says_the_same(client: Client) -> None:
    answer = client.get(f"/nb/forklar/{LOW_INCOME}/X101/2020.json").json()
    assert answer["observation"]["value"] == 8.4
    assert answer["formula"]["agrees"] is True
    assert len(answer["import"]["sha256"]) == 64 and answer["import"]["file"] == "arlig.csv"
    assert [v["release"] for v in answer["vintages"]] == ["eksempel-arlig/1"]
    lines = client.get(f"/nb/forklar/{LOW_INCOME}/X101/2020.csv").content.decode().splitlines()
    assert lines[0] == "part,what,value,address" and len(lines) > 20


@pytest.mark.parametrize(
    ("question", "kind", "nearest"),
    [
        (("eksempel.2024.lavintekt", "X101", "2015"), "indicator", LOW_INCOME),
        ((LOW_INCOME, "stjernevag-by", "2015"), "place", None),
        ((LOW_INCOME, "X101", "1814"), "period", "2015"),
        ((LOW_INCOME, "X101", "i-fjor"), "period", None),
        (("eksempel.2024.heltid", "X101", "2019", "sex=other"), "breakdown", "sex=female"),
    ],
)
def test_what_does_not_exist_is_one_sentence_with_the_nearest(
    client: Client, question: tuple[str, ...], kind: str, nearest: str | None
) -> None:
    with pytest.raises(NothingToExplain) as caught:
        explain(*question)
    assert caught.value.kind == kind
    if nearest:
        assert nearest in [near.text for near in caught.value.nearest]
    address = f"/en/forklar/{'/'.join(question[:3])}" + (f"?del={question[3]}" if len(question) > 3 else "")
    response = client.get(address)
    assert response.status_code == 404
    assert len(re.findall(r"<h1>([^<.]+\.[^<]*)</h1>", response.content.decode())) == 1


def test_on_the_command_line() -> None:
    out = StringIO()
    call_command("explain", LOW_INCOME, "stjernevag", "2020", lang="en", stdout=out)
    assert "3,945 / 46,910 × 100" in out.getvalue()
    assert "SHA-256: " in out.getvalue()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ([LOW_INCOME, "X101", "1814"], "There is no period 1814 for this indicator. Nearest: 2015, 2016,"),
        (["lavinntekt", "X101"], f"There is no indicator lavinntekt. Nearest: {LOW_INCOME}"),
        (["eksempel.2024.lavintekt", "X101"], f"Nearest: {LOW_INCOME}"),
        (["qqqq", "X101"], "There is no indicator qqqq. Search for it on the site: its page has the id."),
        ([LOW_INCOME, "Stjernevogg"], "There is no place Stjernevogg. Nearest: Stjernevåg (X101)"),
        (
            [LOW_INCOME, "Herøy"],
            "Several places are called Herøy. Write the number of one of them: Herøy (1515), Herøy (1818).",
        ),
        ([LOW_INCOME, "qqqq"], "There is no place qqqq. Write its number, such as 4003, or its name."),
        (["sdg.2020.1.1.1", "X101"], "Nothing has been published of sdg.2020.1.1.1 yet. Choose another indicator"),
    ],
)
def test_what_cannot_be_explained_is_said_with_what_to_do_now(asked: list[str], said: str) -> None:
    with pytest.raises(CommandError) as caught:
        call_command("explain", *asked, lang="en")
    assert said in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("x.1.a, 4003, 2024", True),
        ("x.1.b, 4003, 2024", False),
        ("x.1.a, 4003, 2023", False),
        ("1508, 4003", True),
        ("row 4003", True),  # a row may be numbered as a place: said once too often rather than never
        ("row 7", False),
        ("", False),
    ],
)
def test_findings_that_concern_a_number(where: str, expected: bool) -> None:
    assert concerns(Finding("warning", "any", "Something", where, ""), "x.1.a", "4003", "2024") is expected


def test_a_note_beside_a_missing_value_is_whole_sentences() -> None:
    missing = explain(POPULATION, "X105", "2020").point
    assert missing and missing.steps
    with override("nb"):
        assert wording.point_note(missing).startswith("Grensene ble endret. Bare en del av ")


def test_a_table_of_ranks_says_which_end_is_best(client: Client) -> None:
    for address in (f"indikator/{LOW_INCOME}?sted=X101&gruppe=county", "kommune/X101/mal/1"):
        html = page(client, f"/en/{address}")
        assert "<br><small>Places in the order: counted from the lowest, which is best</small></caption>" in html
