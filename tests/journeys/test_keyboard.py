"""Everything by keyboard alone: what is reached is seen, in the order it is read, and nobody is caught."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import OpenPage
from tests.journeys.pages import ALL

# Where the focus is: what it is called, where it stands in the document, and whether one sees it.
FOCUSED = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const s = getComputedStyle(e), box = e.getBoundingClientRect();
  const all = [...document.querySelectorAll("*")];
  return {
    name: (e.getAttribute("aria-label") || e.textContent || e.getAttribute("name") || "").trim().slice(0, 60),
    tag: e.tagName, order: all.indexOf(e),
    seen: (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 1) || s.boxShadow !== "none",
    inside: box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth && box.width > 0,
  };
}"""


def walk(page: Page, most: int = 400) -> list[dict[str, object]]:
    """Tab from the top of the page until the focus leaves it."""
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    steps: list[dict[str, object]] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        step = page.evaluate(FOCUSED)
        if step is None or (steps and step["order"] == steps[0]["order"]):
            break
        steps.append(step)
    else:
        raise AssertionError(f"The focus did not leave {page.url} after {most} steps.")
    return steps


@pytest.mark.parametrize(
    "kind", ["search", "municipality", "goal at a municipality", "indicator", "comparison", "release", "sign in"]
)
def test_tab_goes_through_the_page_as_it_is_read(kind: str, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(f"/nb/{ALL[kind]}")
    steps = walk(page)
    assert steps[0]["name"] == "Hopp til hovedinnholdet"
    orders = [step["order"] for step in steps]
    assert orders == sorted(orders), steps
    assert [step["name"] for step in steps if not step["seen"]] == []
    assert [step["name"] for step in steps if not step["inside"]] == []
    reachable = page.evaluate(
        """[...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, summary, textarea")]
           .filter(e => e.checkVisibility({visibilityProperty: true}) && !e.disabled
                        && !(e.closest("details:not([open])") && e.tagName !== "SUMMARY")
                        && e.closest("svg") === null).length"""
    )
    regions = page.locator("[tabindex='0']").count()
    assert len(steps) >= reachable
    assert len(steps) <= reachable + regions + page.locator("svg a").count()


def test_the_front_page_has_no_trap_among_its_hundreds_of_links(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/nb/")
    names = [str(step["name"]) for step in walk(page, most=600)]
    assert names[0] == "Hopp til hovedinnholdet"
    assert any(name.startswith("Mål 13") for name in names)
    assert names[-1] == "Meld fra om feil på denne siden"


def test_a_reader_finds_a_figure_with_the_keyboard_alone(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/nb/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # past the menu
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type("stjernevåg")
    enter(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("stjernevåg")
    follow(page, "Stjernevåg")
    expect(page.get_by_role("heading", level=1)).to_have_text("Stjernevåg")
    follow(page, "Mål 13.*")
    tab_to(page, "Vis tallene i en tabell.*")
    page.keyboard.press("Enter")
    expect(page.get_by_role("table").first).to_be_visible()
    follow(page, "publisering .*")
    expect(page.get_by_role("heading", level=1)).to_contain_text("publisering")
    page.goto("/nb/kommune/X101")
    follow(page, "English")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    follow(page, "Sign in")
    expect(page.get_by_label("E-mail")).to_be_visible()


def enter(page: Page) -> None:
    with page.expect_navigation():
        page.keyboard.press("Enter")


def follow(page: Page, name: str) -> None:
    tab_to(page, name)
    enter(page)


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the focus is on what is called so."""
    for _ in range(150):
        page.keyboard.press("Tab")
        step = page.evaluate(FOCUSED)
        if step and re.fullmatch(name, " ".join(step["name"].split())):
            return
    raise AssertionError(f"{name} was not reached on {page.url}")
