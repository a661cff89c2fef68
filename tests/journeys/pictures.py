"""The pictures in the documents, taken from the running product: `scripts/pictures`."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests import chromium
from tests.journeys.product import ROOT, running

FOLDER = ROOT / "docs" / "pictures"
PICTURES = {"place": "/nb/kommune/4003"}
WIDTH, HEIGHT = 1280, 900
LARGEST = 200_000  # bytes


def main(data: Path) -> int:
    if not data.is_dir():
        sys.stderr.write(f"There is no folder {data}. Name the folder of real data: scripts/pictures FOLDER\n")
        return 1
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), data) as product,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium.path(), args=chromium.ARGUMENTS)
        page = browser.new_page(base_url=product.url, viewport={"width": WIDTH, "height": HEIGHT})
        for name, address in PICTURES.items():
            page.goto(address)
            size = len(page.screenshot(path=FOLDER / f"{name}.png"))
            assert size <= LARGEST, f"{name}.png has {size} bytes; take a smaller part of the page"
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
