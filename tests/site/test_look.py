"""The look: nothing inline, nothing from elsewhere, vendored files as they were made, light enough for a phone."""

import gzip
import hashlib
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.template import Context, Template
from django.test import Client

from tests import once

ROOT = Path(settings.BASE_DIR)
STATIC = ROOT / "dugnad" / "site" / "static" / "site"
TEMPLATES = sorted((ROOT / "dugnad").rglob("templates/**/*.html"))
# Documents that are written to a folder, never served: their looks must lie in them.
WRITTEN = {ROOT / "dugnad/status/templates/status/methods/report.html"}
STYLES = ["vendor/designsystemet.css", "dugnad.css", "charts.css"]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_template_holds_style_script_or_handlers(template: Path) -> None:
    text = re.sub(r"{%\s*comment.*?endcomment\s*%}|{#.*?#}", "", template.read_text(), flags=re.DOTALL)
    assert not re.search(r"\sstyle\s*=", text)
    assert "<style" not in text or template in WRITTEN
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text)
    assert not re.search(r"<script(?![^>]*\s(?:src=|type=\"application/json\"))", text)
    assert not re.search(r"(?:src|<link[^>]*href)=\"(?:https?:)?//", text)


def test_vendored_files_are_those_that_were_made() -> None:
    listed = dict(reversed(line.split("  ")) for line in (STATIC / "vendor/checksums.txt").read_text().splitlines())
    there = {path.name for path in (STATIC / "vendor").iterdir()} - {"checksums.txt"}
    assert set(listed) == there
    for name, expected in listed.items():
        assert hashlib.sha256((STATIC / "vendor" / name).read_bytes()).hexdigest() == expected, name


def test_the_styles_ask_nobody_else_for_anything() -> None:
    for name in STYLES:
        text = (STATIC / name).read_text()
        assert "sourceMappingURL" not in text
        assert not re.search(r"@import|url\(\s*[\"']?(?:https?:)?//", text)


def test_static_files_are_collected_under_names_with_hashes(tmp_path: Path, settings: object) -> None:
    settings.STATIC_ROOT = tmp_path  # type: ignore[attr-defined]
    settings.STORAGES = {  # type: ignore[attr-defined]
        **settings.STORAGES,  # type: ignore[attr-defined]
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    [style] = [path for path in (tmp_path / "site").glob("dugnad.*.css") if path.name != "dugnad.css"]
    [font] = re.findall(r'url\("([^"]*woff2)"\)', style.read_text())
    assert re.fullmatch(r"vendor/inter\.[0-9a-f]{12}\.woff2", font)
    assert (style.parent / font).exists()


@pytest.mark.django_db
def test_the_first_page_weighs_at_most_150_kb_with_everything(client: Client) -> None:
    once.places()
    page = client.get("/nb/").content
    assert page.count(b"<use ") == 357
    wanted = re.findall(rb'(?:href|src)="/static/([^"]+)"', page)
    files = {name.decode() for name in wanted}
    assert {f"site/{name}" for name in STYLES} <= files
    sent = [gzip.compress(page)]
    for name in files:
        content = (STATIC.parent / name).read_bytes()
        sent.append(content if name.endswith(".woff2") else gzip.compress(content))
    assert sum(map(len, sent)) <= 150_000
    assert sum(len(gzip.compress((STATIC / name).read_bytes())) for name in STYLES) <= 25_000


def test_every_goal_has_text_that_reads_well_on_its_colour() -> None:
    rules = re.findall(r"\.goal-(\d+) \{ --goal: (#\w+); --goal-text: (#\w+); \}", (STATIC / "dugnad.css").read_text())
    assert [int(number) for number, _, _ in rules] == list(range(1, 18))
    for number, ground, ink in rules:
        assert _contrast(ground, ink) >= 4.5, number


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def shown(source: str, **context: object) -> str:
    return " ".join(Template(source).render(Context(context)).split())


def test_a_status_has_a_shape_and_a_word() -> None:
    text = shown('{% cotton status_badge kind="poor" %}Behind{% endcotton %}')
    assert "<path" in text
    assert "Behind" in text
    assert 'class="status status-poor"' in text


def test_a_table_region_can_be_reached_by_keyboard_and_has_a_name() -> None:
    text = shown('{% cotton table_scroll label="Years" %}<table></table>{% endcotton %}')
    assert 'role="region" tabindex="0" aria-label="Years"' in text
