"""What readers must know of a value is told wherever it is shown: in every view of numbers, on its page, in its files.

One world for each flag, with flagged figures and nothing else that could be called so, is asked for in every view that
is marked `@published` and in what stands beside them; a world without flags is the control. A view or a file that loses
a flag, or a new one that never had it, makes its line red.
"""

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest
from django.test import Client

from tests.status.conftest import TELEMARK, UNEMPLOYMENT, NewRow, publish_again, publish_one
from tests.status.publishing import rolled_back
from tests.status.test_as_of import addresses

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
# Beside the marked views: the file of a release, and the feeds.
OTHERS = {"release": "publisering/now/1.parquet", "feed": "publisering.atom", "revisions": "revisjoner.atom"}
# flag: what a page says, and which column of a file has which word. Columns of single values, or of a release.
FLAGS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "preliminary": ("(?<!ikke merket som )(?<!ikke kalt disse tallene )foreløpig", ("status",), "preliminary"),
    "estimated": ("(?<!Ingenting er )(?<!delt eller )anslått", ("status",), "estimated"),
    "break": ("brudd: |er det brudd i serien|brudd i tidsserien ved", ("break", "is_break"), "true"),
    "suppressed": ("skjult av hensyn til personvern", ("missing",), "suppressed"),
    "not_applicable": ("ikke aktuelt her", ("missing",), "not_applicable"),
    "revised": ("(?<!kan likevel bli )revidert", ("release_kind", "kind"), "revised"),
    "corrected": ("rettet", ("release_kind", "kind"), "corrected"),
}
OF_A_RELEASE = {"revised", "corrected"}
# Views that show no single values: lists of releases, the texts of an indicator, what places are like.
WITHOUT_VALUES = {"site:front", "status:method", "status:alike"}
MISSING = {"suppressed", "not_applicable"}


def rows(flag: str) -> list[NewRow]:
    """Unemployment in ten municipalities and their county in two years; the newer is flagged, or both are missing."""
    status = {"preliminary": "p", "estimated": "e"}.get(flag, "")
    missing = {"suppressed": ":", "not_applicable": "."}.get(flag)
    found: list[NewRow] = []
    for i, code in enumerate((*TELEMARK, "40")):
        here = missing if code in ("4003", "40") else None
        found.append((code, "2024", UNEMPLOYMENT, here or 2.0 + i / 10, "", False))
        found.append((code, "2025", UNEMPLOYMENT, here or 2.2 + i / 10, status, flag == "break"))
    return found


@contextmanager
def world(flag: str, folder: Path) -> Iterator[None]:
    with rolled_back():
        publish_one(folder, rows(flag), "now", "2024-01-01")
        if flag in OF_A_RELEASE:
            before = [(*row[:3], 9.9, *row[4:]) if row[0] in ("4003", "40") else row for row in rows(flag)]
            publish_again(folder, "now", before, {"nb": "Kilden sendte nye tall."}, cause=flag)
        yield


# Pages that tell of a value in several ways: each must tell of its flags for itself.
TABLES = [
    "status:place",
    "status:county",
    "status:place_goal",
    "status:county_goal",
    "status:indicator",
    "status:compare",
]
PICTURES = ["status:place_goal", "status:county_goal"]
ELEMENTS = {"table": "<table.*?</table>", "picture": "<svg.*?</svg>"}
VIEWS = [(route, form) for route in addresses() if route not in WITHOUT_VALUES for form in ("", ".json", ".csv")] + [
    *((name, "") for name in OTHERS),
    *((route, "table") for route in TABLES),
    *((route, "picture") for route in PICTURES),
]


def ask(route: str, form: str, number: int) -> bytes:
    path, _, query = (OTHERS.get(route) or addresses()[route]).partition("?")
    path = path.replace("now/1", f"now/{number}")
    answer = Client().get(f"/nb/{path}{form if form.startswith('.') else ''}{'?' if query else ''}{query}")
    assert answer.status_code == 200, path
    return b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]


def says(content: bytes, form: str, flag: str) -> bool:
    """Whether an answer tells of the flag, in the words or the columns of its kind."""
    words, columns, value = FLAGS[flag]
    if content.startswith(b"PAR1"):
        table = pq.read_table(io.BytesIO(content))
        return any(value in map(_text, table[name].to_pylist()) for name in columns if name in table.column_names)
    if form == ".json":
        return any(_text(row.get(name)) == value for row in _objects(orjson.loads(content)) for name in columns)
    if form == ".csv":
        found = list(csv.DictReader(io.StringIO(content.decode())))
        as_sentence = any(
            re.search(words, row.get("value", ""), re.IGNORECASE) for row in found
        )  # an explanation is sentences
        return as_sentence or any(row.get(name) == value for row in found for name in columns)
    text = content.decode()
    seen = text[text.index("<main") : text.index("</main>")] if "<main" in text else text
    if form in ELEMENTS:
        seen = "".join(re.findall(ELEMENTS[form], seen, re.S))
    return re.search(words, _without_explanations(seen), re.IGNORECASE) is not None


def _text(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _objects(found: Any) -> Iterator[dict[str, Any]]:
    """Every object in JSON, however deep; a file of a release has its rows as lists."""
    if isinstance(found, dict):
        yield found
        if "columns" in found and "rows" in found:
            yield from (dict(zip(found["columns"], row, strict=True)) for row in found["rows"])
    for inner in found.values() if isinstance(found, dict) else found if isinstance(found, list) else ():
        yield from _objects(inner)


def _without_explanations(page: str) -> str:
    """The page without what it explains of words in general, which stands there whatever the figures are."""
    return re.sub(r'<details class="data-details"><summary>(?:Slik velges|Hvordan).*?</details>', "", page, flags=re.S)


def expected(route: str, form: str, flag: str) -> bool:
    if form == "picture":
        return flag in ("preliminary", "estimated", "break")  # without a figure there is no picture
    if form == "table" and flag in OF_A_RELEASE:
        return route in ("status:place_goal", "status:county_goal")  # elsewhere a notice on the page tells of it
    if route in ("status:place", "status:county") and form in ("", "table"):
        return flag not in MISSING  # the page has figures; what is lacking stands under its goal, and in its files
    if route == "status:releases" or OTHERS.get(route, "").endswith(".atom"):
        # A release with a preliminary value is called so, where it is named by its kind.
        return flag in OF_A_RELEASE or (
            flag == "preliminary" and (route, form) in (("status:releases", ""), ("feed", ""))
        )
    if route == "status:release":
        # The page counts the values of a release and names its kind; its files have the values.
        if flag in OF_A_RELEASE:
            return form != ".csv"
        return form != "" or flag == "preliminary"
    if route == "release":
        return flag not in OF_A_RELEASE
    return True


@pytest.fixture(scope="module")
def found(installation: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], dict[str, set[str]]]:
    """{view and form: {world: the flags it tells of}}"""
    told: dict[tuple[str, str], dict[str, set[str]]] = {view: {} for view in VIEWS}
    with installation():
        for flag in ("plain", *FLAGS):
            with world(flag, tmp_path_factory.mktemp(flag)):
                for route, form in VIEWS:
                    content = ask(route, form, 2 if flag in OF_A_RELEASE else 1)
                    told[route, form][flag] = {name for name in FLAGS if says(content, form, name)}
    return told


@pytest.mark.parametrize(("route", "form"), VIEWS)
def test_a_flag_is_told_wherever_the_value_is(
    found: dict[tuple[str, str], dict[str, set[str]]], route: str, form: str
) -> None:
    told = found[route, form]
    wanted = {flag for flag in FLAGS if expected(route, form, flag)}
    assert {flag for flag in FLAGS if flag in told[flag]} == wanted
    assert told["plain"] == set()
