"""One running product for all journeys, one browser in each process. Whatever a reader does, it may not complain."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)

from tests import chromium
from tests.conftest import SHARED_DATA
from tests.journeys.product import Product, the_product

PATIENCE = 120_000  # milliseconds: a machine that is busy
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder walks the running product."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.journey)


@pytest.fixture(scope="package")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with the_product(tmp_path_factory.mktemp("product")) as reached:
        yield reached


@pytest.fixture
def real_data(product: Product) -> None:
    """For what only the real data can show."""
    if not product.has_real_data:
        pytest.skip(f"real data is absent: {SHARED_DATA} does not exist")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Closed with the package: Playwright runs a loop in this thread, and other tests use the database here."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.path(), args=chromium.ARGUMENTS)
        yield browser
        browser.close()


class Watch:
    """What went wrong behind a page: requests to others, complaints of the browser, answers 500."""

    def __init__(self, page: Page, home: str) -> None:
        self.home = home
        self.complaints: list[str] = []
        self.transferred: list[Response] = []
        page.on("request", self._request)
        page.on("response", self._response)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.home}/", "data:")):
            self.complaints.append(f"asked somebody else: {request.url}")

    def _response(self, response: Response) -> None:
        self.transferred.append(response)
        if response.status >= 500 or (response.status >= 400 and not response.request.is_navigation_request()):
            self.complaints.append(f"{response.status} {response.url}")

    def _console(self, message: ConsoleMessage) -> None:
        # That a page is not there is said on the page, and counted above.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self.complaints.append(message.text)


OpenPage = Callable[..., Page]
Contexts = dict[str, BrowserContext]


@pytest.fixture(scope="package")
def contexts(browser: Browser) -> Contexts:
    """By their options. To begin one, with a process and without files at hand, takes longer than most pages."""
    return {}


@pytest.fixture
def watches() -> list[Watch]:
    """What was seen behind each page that `open_page` gave."""
    return []


@pytest.fixture
def open_page(browser: Browser, contexts: Contexts, product: Product, watches: list[Watch]) -> Iterator[OpenPage]:
    """`open_page(width=320, java_script_enabled=False)` gives a page; the test fails if it complained.

    Nothing but static files is left from another test; with `new=True` not even these.
    """
    opened: list[Page] = []

    def give(width: int = 1280, height: int = 900, *, new: bool = False, **options: Any) -> Page:
        key = str(sorted(options.items()))
        if new and key in contexts:
            contexts.pop(key).close()
        if key not in contexts:
            contexts[key] = browser.new_context(base_url=product.url, **options)
            contexts[key].set_default_timeout(PATIENCE)
        page = contexts[key].new_page()
        page.set_viewport_size({"width": width, "height": height})
        opened.append(page)
        watches.append(Watch(page, product.url))
        return page

    yield give
    for page in opened:
        page.close()
        page.context.clear_cookies()
    assert [complaint for watch in watches for complaint in watch.complaints] == []


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def page(request: pytest.FixtureRequest, open_page: OpenPage) -> Page:
    """A page at a desk, once with JavaScript and once without."""
    return open_page(java_script_enabled=request.param)
