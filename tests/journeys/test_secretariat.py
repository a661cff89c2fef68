"""The secretariat: invited by the operator, signed in with a second step, publishes a file that has been checked."""

import base64
import hmac
import re
import shutil
import struct
import time
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.journeys.conftest import OpenPage
from tests.journeys.product import ROOT, Product
from tests.journeys.test_accessibility import overflow, violations

PASSWORD = "ei lang setning ingen gjettar"
FIGURES = "kommune;år;kjønn;heltid\nX101;2026;Kvinner;61,5\nX101;2026;Menn;80,5\nX101;2026;Begge kjønn;71,3\n"


def one_time_code(secret: str, at: float) -> str:
    """What an authenticator app shows (RFC 6238)."""
    counter = struct.pack(">Q", int(at) // 30)
    digest = hmac.digest(base64.b32decode(secret), counter, "sha1")
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def give_code(page: Page, secret: str, button: str | re.Pattern[str]) -> None:
    """Fill in what the app shows; once more should half a minute have ended in between."""
    for _ in range(3):
        page.get_by_label("Kode").fill(one_time_code(secret, time.time()))
        with page.expect_navigation():
            page.get_by_role("main").get_by_role("button", name=button).click()
        if not page.get_by_label("Kode").count():
            break


def looks_well(page: Page) -> None:
    """As every other page: nothing for axe to find, at a desk and on a phone."""
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert violations(page, colours=width == 1280) == [], page.url
        assert overflow(page) == 0, page.url
    page.set_viewport_size({"width": 1280, "height": 900})


def staged(product: Product, folder: Path) -> None:
    """The operator lays a file ready: the last one of the dataset, and a year more."""
    data = ROOT / "examples" / "network" / "data"
    plan = (data / "import-plan.yaml").read_text()
    (folder / "import-plan.yaml").write_text(plan)
    for path in data.glob("*.csv"):
        shutil.copy(path, folder)
    with (folder / "heltid.csv").open("a") as file:
        file.write(FIGURES.partition("\n")[2])
    said = product.command("stage", str(folder), "--only", "eksempel-heltid")
    assert "3 nye" in said


def test_the_secretariat_publishes_and_readers_see_it(product: Product, open_page: OpenPage, tmp_path: Path) -> None:
    said = product.command("create-person", "--email", "sekretariat@example.org", "--name", "Sekretariatet")
    product.command(
        *("give-office", "--email", "sekretariat@example.org", "--role", "secretariat"),
        *("--kind", "network", "--organisation", "Eksempelnettverket"),
    )
    invitation = re.search(r"http\S+", said)
    assert invitation
    staged(product, tmp_path)
    before = product.get("/healthz").json()["snapshot"]

    page = open_page()
    page.goto(invitation[0])
    looks_well(page)
    page.get_by_label("Nytt passord").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button").click()

    page.goto("/nb/logg-inn/")
    page.get_by_label("E-post").fill("sekretariat@example.org")
    page.get_by_label("Passord", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Logg inn", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Min side")
    looks_well(page)

    page.get_by_role("link", name="Les, kontroller og publiser filer").click()
    expect(page.get_by_role("main")).to_contain_text("Vervet ditt krever innlogging i to trinn")
    looks_well(page)
    page.get_by_role("link", name="Sett opp en autentiseringsapp").click()
    if page.get_by_label("Passord").count():  # asked for again before what protects the account is changed
        page.get_by_label("Passord").fill(PASSWORD)
        page.get_by_role("button", name="Bekreft").click()
    looks_well(page)
    secret = page.locator("code").inner_text()
    give_code(page, secret, re.compile("Sett"))
    looks_well(page)

    page.goto("/nb/arbeid/import/")
    give_code(page, secret, "Bekreft")  # the code has not been used in this session yet
    expect(page.get_by_role("heading", level=1)).to_have_text("Importer")
    looks_well(page)
    page.get_by_role("link", name=re.compile("heltid")).first.click()
    looks_well(page)
    page.get_by_role("button", name="Publiser", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("Publisert")

    reader = open_page(java_script_enabled=False)
    reader.goto("/nb/indikator/eksempel.2024.heltid?periode=2026")
    expect(reader.get_by_role("main")).to_contain_text("71,3")
    assert product.get("/healthz").json()["snapshot"] == before + 1

    page.goto("/nb/min-side/")
    page.get_by_role("button", name="Logg ut").click()
    page.goto("/nb/arbeid/import/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Logg inn")
