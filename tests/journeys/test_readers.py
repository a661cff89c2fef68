"""Those who read: a resident, a journalist. They have a question, a browser and no account."""

import csv
import io
import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.product import Product

pytestmark = pytest.mark.usefixtures("real_data")


def heading(page: Page, name: str | re.Pattern[str]) -> None:
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def test_a_resident_finds_her_municipality_a_goal_a_figure_and_where_it_comes_from(
    page: Page, product: Product
) -> None:
    page.goto("/nb/")
    page.get_by_role("searchbox", name="Finn et sted eller en indikator").fill("porsgrun")  # as it is said
    page.get_by_role("main").get_by_role("button", name="Søk").click()
    page.get_by_role("main").get_by_role("link", name="Porsgrunn", exact=True).click()
    heading(page, "Porsgrunn")
    expect(page.locator("main .lead")).to_contain_text("Porsgrunn har tall for")

    page.get_by_role("link", name=re.compile(r"^Mål 13 Stoppe klimaendringene")).first.click()
    heading(page, re.compile("Stoppe klimaendringene"))
    figure = page.get_by_role("figure").filter(has_text="Porsgrunn").first
    figure.get_by_text("Vis tallene i en tabell").first.click()
    table = figure.get_by_role("table").first
    expect(table).to_be_visible()
    expect(table.get_by_role("row").filter(has_text="2024").first).to_be_visible()
    expect(page.get_by_text("Kilde: Miljødirektoratet").first).to_be_visible()

    page.get_by_role("link", name=re.compile("publisering 1")).first.click()
    heading(page, re.compile("Klimagassutslipp i Telemark"))
    expect(page.get_by_role("main")).to_contain_text("Miljødirektoratet")

    address = page.get_by_role("link", name="CSV").first.get_attribute("href")
    assert address
    answer = product.get(address)
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["content-type"].startswith("text/csv")
    assert {row["place"] for row in rows} >= {"4001", "4003", "4036"}
    assert all(row["period"] and row["indicator"] for row in rows)


def test_a_journalist_lays_three_places_side_by_side_in_three_languages(page: Page) -> None:
    page.goto("/nb/sammenlign")
    for name in ("Skien", "Porsgrunn", "Vinje"):
        page.get_by_label(re.compile("Legg til et sted")).fill(name)
        page.get_by_role("button", name="Legg til").click()
    table = page.get_by_role("table").first
    for name in ("Skien", "Porsgrunn", "Vinje"):
        expect(table.get_by_role("columnheader", name=name)).to_be_visible()
    figures = re.findall(r"\d+(?:,\d+)?", table.inner_text())
    address = page.url

    page.get_by_role("link", name="Nynorsk").click()
    assert page.url == address.replace("/nb/", "/nn/")
    expect(page.locator("html")).to_have_attribute("lang", "nn")
    assert re.findall(r"\d+(?:,\d+)?", page.get_by_role("table").first.inner_text()) == figures
    page.get_by_role("link", name="English").click()
    assert page.url == address.replace("/nb/", "/en/")
    heading(page, re.compile("Compare"))


def test_a_journalist_opens_an_indicator_in_an_earlier_period(page: Page) -> None:
    page.goto("/nn/indikator/norge.2026.unemployment")
    heading(page, "Heilt arbeidsledige")
    expect(page.locator("main .lead")).to_contain_text("2025:")
    page.get_by_label("Periode").select_option("2020")
    page.get_by_role("main").get_by_role("button", name="Vis", exact=True).click()
    assert "periode=2020" in page.url
    expect(page.locator("main .lead")).to_contain_text("2020:")
    expect(page.get_by_role("table").first.get_by_role("row").filter(has_text="Skien")).to_contain_text("%")
    expect(page.get_by_role("main")).to_contain_text("Kjelde: NAV")
