"""Places as they are and were: borders that changed, numbers that were taken away, gaps that are explained."""

import csv
import io
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import OpenPage
from tests.journeys.product import Product

ALESUND, HARAM = "1508", "1580"


def rows_of(product: Product, address: str) -> list[dict[str, str]]:
    answer = product.get(address)
    assert answer.status_code == 200, address
    return list(csv.DictReader(io.StringIO(answer.text)))


def population(product: Product, code: str) -> dict[str, dict[str, str]]:
    """The population of a place by period, without what its page tells of the places before it."""
    indicators = ("norge.2026.population", "eksempel.2024.folketall")
    rows = rows_of(product, f"/nb/kommune/{code}.csv")
    return {row["period"]: row for row in rows if row["indicator"] in indicators and row["place"] == code}


def charts(page: Page) -> list[dict[str, list[str]]]:
    """Of each chart over time: the years that have a point, where the points stand, and every line between them."""
    return page.locator("main svg.chart-series").evaluate_all(
        """charts => charts.map(chart => ({
             years: [...chart.querySelectorAll(".dot title")].map(title => title.textContent.slice(0, 4)),
             dots: [...chart.querySelectorAll(".dot")].map(dot => dot.getAttribute("cx")),
             lines: [...chart.querySelectorAll("path:not(.band):not(.ahead):not(.axis)")]
               .map(path => path.getAttribute("d")),
           }))"""
    )


@pytest.mark.usefixtures("real_data")
@pytest.mark.parametrize(("code", "first"), [(ALESUND, "58509"), (HARAM, "9357")])
def test_nothing_is_invented_for_what_was_split(code: str, first: str, product: Product, open_page: OpenPage) -> None:
    """The source halves 1507 until 2024 (28 000 to 34 000 for each); no page, no file may show a half."""
    history = population(product, code)
    assert history["2024"]["value"].removesuffix(".0") == first
    for period, row in history.items():
        assert (row["value"], row["missing"]) == ("", "border_change") or period >= "2024"

    page = open_page()
    page.goto(f"/nb/kommune/{code}")
    page.evaluate("document.querySelectorAll('svg text:not(.label)').forEach(tick => tick.remove())")  # scales
    text = (page.locator("main").text_content() or "").replace("\N{NO-BREAK SPACE}", "")
    file = product.get(f"/nb/kommune/{code}.json").text
    halves = [int(number) for number in re.findall(r"\b\d{5}\b", text + file)]
    assert [number for number in halves if 28_000 <= number <= 34_000] == []
    expect(page.get_by_role("main")).to_contain_text("1. januar 2024")
    expect(page.get_by_role("main")).to_contain_text("(1507)")


@pytest.mark.usefixtures("real_data")
@pytest.mark.parametrize("code", [ALESUND, HARAM])
def test_no_line_is_drawn_through_the_split(code: str, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(f"/nb/kommune/{code}")
    drawn = charts(page)
    assert {min(chart["years"]) for chart in drawn} == {"2005", "2024"}  # what 1507 was, and what the place is now
    for chart in drawn:
        assert len({year >= "2024" for year in chart["years"]}) == 1
        for line in chart["lines"]:
            points = re.findall(r"(-?[\d.]+) -?[\d.]+", line)
            assert set(points) <= set(chart["dots"])  # a line goes from a figure to a figure


def test_a_split_whose_shares_nobody_knows_is_a_gap_in_the_example_too(product: Product) -> None:
    for code in ("X104", "X105"):
        history = population(product, code)
        assert history["2023"]["missing"] == "border_change"
        assert history["2024"]["value"]


@pytest.mark.usefixtures("real_data")
def test_stavanger_shows_the_figures_it_has_published(page: Page) -> None:
    page.goto("/nb/kommune/1103")
    expect(page.get_by_role("main").get_by_role("link", name="U4SSC").first).to_be_visible()
    for said in (
        "12 indikatorer",
        "1,51 % av BNP",
        "2,74 %",
        "333,72 per 100 000",
        "2021",
        "tall for 12 av 91 indikatorer",
    ):
        expect(page.get_by_role("main")).to_contain_text(said)


@pytest.mark.usefixtures("real_data")
def test_what_vinje_lacks_is_explained(page: Page) -> None:
    page.goto("/nb/kommune/4036/mal/4")
    row = page.get_by_role("row").filter(has_text="Mobbing på 7. trinn").last
    expect(row).to_contain_text("skjult av hensyn til personvern")


@pytest.mark.usefixtures("real_data")
def test_every_municipality_has_a_page_and_its_population_since_2005(product: Product) -> None:
    """The population in the data of the indicator; and in those of every tenth municipality, as on its page."""
    codes = sorted(set(re.findall(r'href="/nb/kommune/(\d{4})"', product.get("/nb/").text)))
    assert len(codes) == 357
    histories: Counter[str] = Counter()
    for row in rows_of(product, "/nb/indikator/norge.2026.population.csv?periode=alle"):
        histories[row["place"]] += bool(row["value"]) != bool(row["missing"])
    assert {code: histories[code] for code in codes} == dict.fromkeys(codes, 22)
    assert {code for code in codes[::10] if len(population(product, code)) != 22} == set()
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(product.get, [f"/nb/kommune/{code}" for code in codes])
        assert {answer.status_code for answer in answers} == {200}


def test_an_old_number_leads_to_what_the_place_is_called_now(page: Page) -> None:
    page.goto("/nb/kommune/3807")
    assert page.url.endswith("/nb/kommune/4003")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Skien")


def test_a_place_that_is_no_more_tells_what_became_of_it(page: Page) -> None:
    page.goto("/nb/kommune/1534")
    main = page.get_by_role("main")
    expect(main.get_by_role("heading", level=1)).to_contain_text("Haram")
    expect(main).to_contain_text("1. januar 2020")
    main.get_by_role("link", name="Ålesund").first.click()
    assert page.url.endswith("/nb/kommune/1508")


def test_an_address_that_is_not_there_helps(page: Page) -> None:
    answer = page.goto("/nb/kommune/skein")
    assert answer
    assert answer.status == 404
    page.get_by_role("main").get_by_role("button", name="Søk").click()
    page.get_by_role("main").get_by_role("link", name="Skien", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Skien")
