"""Definitions small enough to read in a test, and the real ones."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from django.conf import settings

from dugnad.shared.writing import Actor
from dugnad.standards.changes import Loaded, load_definitions
from tests import once

LOADER = Actor.system("definitions")

UNITS = """
kind: units
collection: test
units:
  - {id: percent, title: {nb: prosent, nn: prosent, en: percent}, symbol: {nb: "%"}}
  - {id: persons, title: {nb: personer, nn: personar, en: persons}}
"""
SET = """
kind: set
id: bygd
title: {nb: Bygdesettet, nn: Bygdesettet, en: The village set}
description: {nb: Oppdiktede tall, nn: Oppdikta tal, en: Invented figures}
owner: Bygda
licence: {nb: CC0}
"""
EDITION = """
kind: edition
set: bygd
edition: "2024"
status: published
valid_from: 2024-01-01
title: {nb: Utgaven fra 2024}
source: Invented
levels: [{nb: Tema}, {nb: Undertema}]
labels: {tier: {title: {nb: Nivå}, values: {core: {nb: kjerne}, advanced: {nb: avansert}}}}
uncertain: {unit: {nb: Enheten er ikke lest}}
groups:
  - code: A
    title: {nb: Vann}
    groups: [{code: "A:B", title: {nb: Bading}}]
indicators:
  - code: A:B:1
    group: A:B
    title: {nb: Bader i elva, nn: Badar i elva, en: Bathe in the river}
    definition: {nb: Andelen som bader}
    unit: percent
    kind: percent
    decimals: 1
    direction: up
    aggregation: weighted_mean
    goals: [6]
    targets: ["3.4", "6.3"]
    aliases: [{code: A:B:9}]
    labels: {tier: core}
    uncertain: [unit]
  - code: folk
    title: {nb: Folketall}
    unit: persons
    kind: count
    decimals: 0
    direction: none
    reason: {nb: Forteller om stedet}
    aggregation: sum
    parts:
      - {code: born, title: {nb: Født}, direction: none}
      - {code: moved, title: {nb: Flyttet}, direction: none}
"""


@pytest.fixture(autouse=True)
def in_english(in_english: None) -> None:
    """Refusals and sentences are compared in the language they are written in."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of small definitions, with the real schema and the real goals."""
    folder = tmp_path / "definitions"
    folder.mkdir()
    write(folder, "units.yaml", UNITS)
    write(folder, "goals.yaml", (settings.DEFINITIONS_DIR / "sdg" / "goals.yaml").read_text())
    write(folder, "set.yaml", SET)
    write(folder, "2024.yaml", EDITION)
    return folder


@pytest.fixture
def load(db: None) -> Callable[[Path], Loaded]:
    return lambda folder: load_definitions(folder, by=LOADER)


@pytest.fixture
def loaded(db: None) -> Loaded:
    """The definitions that come with the product."""
    return once.definitions()


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(dedent(text).lstrip(), encoding="utf-8")


def rewrite(folder: Path, name: str, old: str, new: str) -> int:
    """Replaces the one place where `old` stands in a file; the line where it stood."""
    text = (folder / name).read_text("utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1
