"""The house rules that a machine can hold."""

import re
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parent.parent
ORDER = ["shared", "people", "places", "standards", "status", "site", "config"]
SIBLINGS = {("people", "places"), ("places", "people")}


def test_relations_between_models_point_the_same_way_as_imports() -> None:
    wrong = []
    for model in apps.get_models():
        part = model._meta.app_label
        if part not in ORDER:
            continue  # Django's and the libraries' own
        for field in model._meta.get_fields():
            other = getattr(field, "related_model", None)
            if other is None or field.auto_created or other._meta.app_label not in ORDER:
                continue
            target = other._meta.app_label
            if ORDER.index(target) > ORDER.index(part) or (part, target) in SIBLINGS:
                wrong.append(f"{model._meta.label}.{field.name} -> {other._meta.label}")
    assert wrong == []


def test_every_part_says_what_it_is_for() -> None:
    for part in ORDER:
        docstring = (ROOT / "dugnad" / part / "__init__.py").read_text()
        assert docstring.startswith('"""'), part


def test_every_setting_is_documented_and_every_documented_setting_exists() -> None:
    settings = (ROOT / "dugnad/config/settings.py").read_text()
    read = set(re.findall(r'env\.?\w*\(\s*"([A-Z_]+)"', settings))
    documented = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs/operations/settings.md").read_text(), re.M))
    assert read == documented


def test_every_dependency_says_what_it_is_for_and_is_pinned() -> None:
    lines = re.findall(r'^  "([^"]+)",(.*)$', (ROOT / "pyproject.toml").read_text(), re.M)
    requirements = [(name, rest) for name, rest in lines if "==" in name]
    assert len(requirements) > 20
    assert [name for name, rest in requirements if "# " not in rest] == []


def test_locks_hold_every_dependency_with_hashes_and_no_address() -> None:
    wanted = re.findall(r'^  "([a-z0-9-]+)(?:\[[a-z,-]+\])?==([^"]+)",', (ROOT / "pyproject.toml").read_text(), re.M)
    lock = "".join(file.read_text() for file in ROOT.glob("requirements*.lock"))
    for name, version in wanted:
        assert re.search(rf"^{re.escape(name)}==[^\n]*{re.escape(version)}[^\n]*\\\n    --hash=sha256:", lock, re.M), (
            name
        )
    for file in ROOT.glob("requirements*.lock"):
        assert "://" not in file.read_text(), file.name


@pytest.mark.parametrize("file", ["README.md", "DEVELOPERS.md", "CONTRIBUTING.md"])
def test_commands_and_files_named_in_the_documents_exist(file: str) -> None:
    text = (ROOT / file).read_text()
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    for target in re.findall(r"\bmake ([a-z-]+)", text):
        assert target in targets, f"{file}: make {target}"
    for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
        assert (ROOT / link).exists(), f"{file}: {link}"


def test_journeys_and_what_needs_spark_lie_where_they_are_looked_for() -> None:
    """`scripts/test` names the folders, so that a process need not read all tests to find a few."""
    script = (ROOT / "scripts/test").read_text()
    for mark in ("journey", "cluster"):
        looked_for = re.findall(rf"-m {mark}((?: tests/\w+)+)", script)[0].split()
        marked = {
            f"tests/{path.relative_to(ROOT / 'tests').parts[0]}"
            for path in (ROOT / "tests").rglob("*.py")
            if f"mark.{mark}" in path.read_text()
        }
        assert marked and marked <= set(looked_for)
