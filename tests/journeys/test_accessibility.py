"""What tools can see of accessibility: axe on every type of page, small screens, large text, other colours, paper."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.journeys.conftest import OpenPage
from tests.journeys.pages import ALL, MISSING, REAL
from tests.journeys.product import LANGUAGES, Product

AXE = Axe().axe_script
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
OF_COLOURS = ("color-contrast", "link-in-text-block")  # two thirds of the time
WIDTHS = (1280, 320)


def violations(page: Page, *, colours: bool = True) -> list[str]:
    """What axe has against a page: rule, how often, the first element it is about."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    options = {"runOnly": RULES, "preload": False, "resultTypes": ["violations"]}
    options["rules"] = {rule: {"enabled": colours} for rule in OF_COLOURS}
    return page.evaluate(
        """async options => (await axe.run(options)).violations.map(
             ({id, nodes}) => `${id} (${nodes.length}): ${nodes[0].html.slice(0, 200)}`)""",
        options,
    )


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def restyle(page: Page, css: str) -> None:
    """As a reader's own style sheet, which the page's policy of contents does not govern."""
    page.evaluate(
        """css => {
             const sheet = new CSSStyleSheet();
             sheet.replaceSync(css);
             document.adoptedStyleSheets = [sheet];
           }""",
        css,
    )


def skip_without_data(kind: str, product: Product) -> None:
    if kind in REAL and not product.has_real_data:
        pytest.skip("real data is absent")


@pytest.mark.parametrize("kind", ALL)
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(
    kind: str, product: Product, open_page: OpenPage
) -> None:
    """At a desk and at 320 pixels, which is also 1280 pixels at 400 %, in each language.

    Colours are the same in every language and at every width, and are measured once. So is what stands on a page: axe
    sees it at both widths in bokmål, and on every other kind of page in nynorsk, on the rest in English.
    """
    skip_without_data(kind, product)
    page = open_page()
    other = ("nn", "en")[list(ALL).index(kind) % 2]
    found: dict[str, object] = {}
    for lang in ("nb",) if kind in REAL else LANGUAGES:
        answer = page.goto(f"/{lang}/{ALL[kind]}")
        assert answer
        assert answer.status == (404 if kind in MISSING else 200), answer.url
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            is_seen = lang == "nb" or (lang == other and width == min(WIDTHS))
            if is_seen and (said := violations(page, colours=(lang, width) == ("nb", 1280))):
                found[f"{lang} {width}"] = said
            if wider := overflow(page):
                found[f"{lang} {width} overflow"] = wider
    assert found == {}


@pytest.mark.parametrize(
    "kind", ["front", "search", "municipality", "goal at a municipality", "comparison", "indicator"]
)
def test_text_of_double_size_still_fits(kind: str, open_page: OpenPage) -> None:
    page = open_page(width=1024)
    page.goto(f"/nn/{ALL[kind]}")
    restyle(page, "html { font-size: 200% !important; }")
    assert overflow(page) == 0
    cut = page.evaluate(
        """[...document.querySelectorAll("main :is(p, a, h1, h2, h3, button, li)")]
           .filter(e => getComputedStyle(e).overflowX === "hidden" && e.scrollWidth > e.clientWidth + 1
                        && !e.classList.contains("ds-sr-only")).map(e => e.outerHTML.slice(0, 120))"""
    )
    assert cut == []


@pytest.mark.parametrize("kind", ["front", "municipality", "goal at a municipality", "indicator"])
def test_space_between_letters_and_lines_may_be_widened(kind: str, open_page: OpenPage) -> None:
    """WCAG 1.4.12."""
    page = open_page(width=390)
    page.goto(f"/nb/{ALL[kind]}")
    restyle(
        page,
        "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }"
        " p { margin-bottom: 2em !important; }",
    )
    assert overflow(page) == 0


@pytest.mark.parametrize("kind", ["front", "municipality", "comparison"])
def test_the_colours_of_the_reader_keep_what_colour_says(kind: str, open_page: OpenPage) -> None:
    page = open_page(forced_colors="active")
    page.goto(f"/nb/{ALL[kind]}")
    assert violations(page) == []
    # A tile has lost its colour: a border says where it ends, and its name is there.
    for tile in page.locator("a.goal-tile").all()[:3]:
        assert tile.evaluate("e => getComputedStyle(e).borderTopWidth") != "0px"
        assert tile.inner_text().strip()


def test_nothing_moves_for_those_who_asked_for_calm(open_page: OpenPage) -> None:
    page = open_page(reduced_motion="reduce")
    page.goto("/nb/")
    moving = page.evaluate(
        """[...document.querySelectorAll("*")].filter(e => {
             const s = getComputedStyle(e);
             return parseFloat(s.transitionDuration) > 0.01 || parseFloat(s.animationDuration) > 0.01;
           }).length"""
    )
    assert moving == 0


@pytest.mark.parametrize("kind", ["municipality", "goal at a municipality", "real municipality"])
def test_a_printed_page_holds_the_sentence_and_the_figures_and_no_menu(
    kind: str, product: Product, open_page: OpenPage, tmp_path: Path
) -> None:
    skip_without_data(kind, product)
    page = open_page()
    page.goto(f"/nb/{ALL[kind]}")
    sentence = page.locator("main .lead").first.inner_text()
    sources = page.locator("main .source, main table a[href*=publisering]").count()
    page.emulate_media(media="print")
    printed = [page.locator("body").inner_text()]
    page.pdf(path=tmp_path / "page.pdf", format="A4")
    if reader := shutil.which("pdftotext"):  # the paper itself, where it can be read
        command = [reader, "-layout", str(tmp_path / "page.pdf"), "-"]
        printed.append(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert sources > 0
    for text in printed:
        assert " ".join(sentence.split()) in " ".join(text.split())
        assert not {"Logg inn", "Hovedmeny", "CSV"} & set(re.findall(r"Logg inn|Hovedmeny|CSV", text))
