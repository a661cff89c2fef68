"""Loading places: all or nothing, once."""

import shutil
from datetime import date

import pytest
from django.db import IntegrityError, transaction

from dugnad.places.changes import load_places
from dugnad.places.models import BEGINNING, ComparisonGroup, Place, PlaceChange, PlaceSource
from dugnad.places.queries import groups_for, place
from dugnad.shared.errors import Refusal
from dugnad.shared.models import AuditEvent
from dugnad.shared.writing import Actor

SYSTEM = Actor.system("import")


@pytest.fixture
def folder(definitions, tmp_path):
    for name in ("source.yaml", "places.csv", "parts.csv"):
        shutil.copy(definitions / name, tmp_path)
    return tmp_path


def test_one_event_tells_of_the_whole_load(norway):
    event = AuditEvent.objects.get()
    assert event.action == "load_places"
    assert event.before is None
    assert event.after["places"] == Place.objects.count() == 884
    assert event.after["sha256"] == PlaceSource.objects.get().sha256


def test_the_same_files_again_change_nothing(norway, definitions):
    again = load_places(definitions, by=SYSTEM)
    assert not again.is_new
    assert AuditEvent.objects.count() == 1


def test_a_mended_file_changes_what_it_mends_and_keeps_the_rest(norway, folder):
    skien = place("4003").pk
    csv = (folder / "places.csv").read_text()
    (folder / "places.csv").write_text(csv.replace(",Skien,", ",Skien by,"))
    assert load_places(folder, by=SYSTEM).is_new
    assert (place("4003").name, place("4003").pk, place("4003").slug) == ("Skien by", skien, "skien-by")
    assert Place.objects.count() == 884
    assert AuditEvent.objects.count() == 2


def test_a_place_that_is_no_longer_in_the_file_goes(norway, folder):
    lines = (folder / "places.csv").read_text().splitlines(keepends=True)
    # Bjarkøy and its merger into Harstad are taken out together.
    kept = [line for line in lines if not line.startswith("1915,")]
    (folder / "places.csv").write_text("".join(kept))
    load_places(folder, by=SYSTEM)
    assert not Place.objects.filter(code="1915").exists()
    assert PlaceChange.objects.get(on=date(2013, 1, 1), parts__to_code="1903").kind == "renumbering"


def test_a_wrong_file_changes_nothing(norway, folder):
    csv = (folder / "places.csv").read_text()
    (folder / "places.csv").write_text(csv.replace("0301,,,Oslo", "301,,,Oslo"))
    with pytest.raises(Refusal, match="Write 0301"):
        load_places(folder, by=SYSTEM)
    assert place("0301").name == "Oslo"
    assert AuditEvent.objects.count() == 1


def test_a_second_folder_adds_its_own_and_may_not_take_the_codes_of_the_first(norway, folder):
    source = (folder / "source.yaml").read_text().replace("key: norway", "key: example")
    (folder / "source.yaml").write_text(source)
    (folder / "parts.csv").unlink()
    header = "code,valid_from,valid_to,name,other_names,becomes\n"
    (folder / "places.csv").write_text(header + "98,,,Fjellfylke,,\n9801,,,Dalen,,\n")
    load_places(folder, by=SYSTEM)
    assert place("9801").name == "Dalen" and place("4003").name == "Skien"
    (folder / "places.csv").write_text(header + "03,,,Oslofylke,,\n")
    with pytest.raises(Refusal, match="belongs to norway already"):
        load_places(folder, by=SYSTEM)
    assert place("9801").name == "Dalen"


def test_groups_come_from_a_file_with_their_validity(norway, folder):
    (folder / "kostra_groups.yaml").write_text(
        """
        - key: kostra-09
          title: {nb: KOSTRA-gruppe 9, nn: KOSTRA-gruppe 9, en: KOSTRA group 9}
          valid_from: 2020-01-01
          valid_to: 2025-01-01
          members: ["4003", "4001"]
        """
    )
    load_places(folder, by=SYSTEM)
    assert ComparisonGroup.objects.get().key == "kostra-09"

    def codes(day):
        return {g.key: g.codes for g in groups_for(place("4003"), day)}.get("kostra-09")

    assert codes(date(2024, 12, 31)) == ("4001",)
    assert codes(date(2025, 1, 1)) is None  # the day it ends is not in it


def test_a_group_with_a_code_that_lost_its_zero_is_refused(db, folder):
    (folder / "kostra_groups.yaml").write_text("- {key: kostra-13, title: {nb: KOSTRA-gruppe 13}, members: [301]}")
    with pytest.raises(Refusal, match="no codes: 301"):
        load_places(folder, by=SYSTEM)


@pytest.mark.parametrize(
    "wrong",
    [
        {"valid_from": BEGINNING},  # 4003 from the same day: see below
        {"valid_to": None, "valid_from": date(2030, 1, 1)},  # a second one that never ends
        {"valid_from": date(2030, 1, 1), "valid_to": date(2030, 1, 1)},  # ends as it begins
        {"kind": "region", "valid_to": date(2031, 1, 1)},
    ],
    ids=["same day", "open twice", "empty", "unknown kind"],
)
def test_the_database_refuses_what_must_never_be(norway, wrong):
    row = {"kind": "municipality", "code": "1101", "name": "x", "slug": "x", "sort_key": "x", **wrong}
    with pytest.raises(IntegrityError), transaction.atomic():
        Place.objects.create(source=PlaceSource.objects.get(), **row)
