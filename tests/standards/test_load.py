"""Loading a folder of definitions: all or nothing, once, and never over what is published."""

from datetime import date
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from dugnad.shared.errors import Refusal
from dugnad.shared.models import AuditEvent
from dugnad.standards import api, queries
from dugnad.standards.models import (
    DataPoint,
    DefinitionFile,
    Edition,
    Goal,
    GoalLink,
    Indicator,
    IndicatorVersion,
    Unit,
)
from tests.standards.conftest import EDITION, rewrite, write


def test_a_folder_is_loaded_with_one_audit_event_for_each_file(folder, load) -> None:
    assert load(folder).changed == ("units test", "goals", "set bygd", "edition bygd.2024")
    events = AuditEvent.objects.filter(action="load_definitions")
    assert [event.thing_id for event in events] == ["units test", "goals", "set bygd", "edition bygd.2024"]
    stored = DefinitionFile.objects.get(pk="edition bygd.2024")
    assert events.last().after == {"sha256": stored.sha256, "file": "2024.yaml"}

    version = queries.indicator_version("bygd.2024.A:B:1")
    assert version.title["nn"] == "Badar i elva"
    assert version.group.code == "A:B" and version.group.parent_id == "bygd.2024.A"
    assert version.primary_goal.number == 6
    assert [link.goal_id for link in version.goal_links.all()] == [6, 3]  # the goals of its targets follow
    assert version.label_titles == [{"nb": "kjerne"}] and version.mark_numbers == [1]
    assert queries.indicator_version("bygd.2024.folk").data_point_count == 2
    assert queries.indicator_version("bygd.2024.folk").primary_goal is None


def test_loading_again_does_nothing_and_reads_nothing(loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.conf import settings

    from tests.standards.conftest import LOADER, load_definitions

    events = AuditEvent.objects.count()
    monkeypatch.delattr("dugnad.standards.changes.read_document")
    again = load_definitions(settings.DEFINITIONS_DIR, by=LOADER)
    assert again.changed == () and again.files == loaded.files
    assert AuditEvent.objects.count() == events


def test_the_same_definitions_in_another_folder_are_known(folder, load, tmp_path: Path) -> None:
    load(folder)
    assert load(folder.rename(tmp_path / "moved")).changed == ()


def test_a_new_layout_of_a_published_file_is_accepted(folder, load) -> None:
    load(folder)
    write(folder, "2024.yaml", "# A comment more\n" + EDITION.lstrip())
    assert load(folder).changed == ("edition bygd.2024",)
    assert IndicatorVersion.objects.count() == 2


def test_what_the_numerator_counts_may_be_said_of_a_published_edition(folder, load) -> None:
    load(folder)
    write(folder, "2024.yaml", EDITION.replace("    group: A:B\n", "    group: A:B\n    chance: binomial\n"))
    load(folder)
    assert queries.indicator_version("bygd.2024.A:B:1").chance == "binomial"
    write(folder, "2024.yaml", EDITION.replace("    group: A:B\n", "    group: A:B\n    chance: dice\n"))
    with pytest.raises(Refusal, match="dice"):
        load(folder)


CORRECTED = """
    corrected:
      day: 2025-03-01
      direction: none
      reason: {nb: Flere badende kan være et tegn på hete}
      why: {nb: Retningen var ikke gjennomtenkt}
"""


def test_the_direction_of_a_published_edition_is_corrected_beside_what_was_published(folder, load) -> None:
    load(folder)
    said = EDITION.replace("    group: A:B\n", f"    group: A:B{CORRECTED}")
    write(folder, "2024.yaml", said)
    assert load(folder).changed == ("edition bygd.2024",)
    version = queries.indicator_version("bygd.2024.A:B:1")
    assert (version.direction, version.direction_reason["nb"]) == ("none", "Flere badende kan være et tegn på hete")
    assert version.corrected_on == date(2025, 3, 1)
    assert api.indicator(version)["corrected"] == {
        "day": "2025-03-01",
        "why": {"nb": "Retningen var ikke gjennomtenkt"},
    }
    write(folder, "2024.yaml", said.replace("direction: up", "direction: down"))
    with pytest.raises(Refusal):  # what was published still stands
        load(folder)
    write(folder, "2024.yaml", EDITION)
    load(folder)
    version = queries.indicator_version("bygd.2024.A:B:1")
    assert (version.direction, version.direction_reason, version.corrected_on) == ("up", {}, None)


def test_a_correction_gives_its_reason(folder, load) -> None:
    without = EDITION.replace("    group: A:B\n", "    group: A:B\n    corrected: {day: 2025-03-01, direction: none}\n")
    write(folder, "2024.yaml", without)
    with pytest.raises(Refusal, match="why"):
        load(folder)


def test_a_published_edition_may_get_words_to_search_for(folder, load) -> None:
    load(folder)
    with_words = EDITION.replace("    group: A:B\n", "    group: A:B\n    words: {nb: [svømme], en: [swim]}\n")
    write(folder, "2024.yaml", with_words)
    assert load(folder).changed == ("edition bygd.2024",)
    version = queries.indicator_version("bygd.2024.A:B:1")
    assert version.words == {"nb": ["svømme"], "en": ["swim"]} and "svømme" in version.found_by
    write(folder, "2024.yaml", EDITION)
    load(folder)
    assert queries.indicator_version("bygd.2024.A:B:1").words == {}


def test_a_published_edition_may_say_its_source_in_more_languages(folder, load) -> None:
    load(folder)
    write(
        folder,
        "2024.yaml",
        EDITION.replace("indicators:\n", "cited: {nb: Bygda, nn: Bygda, en: The village}\nindicators:\n", 1),
    )
    assert load(folder).changed == ("edition bygd.2024",)
    assert queries.set_overview("bygd").edition.cited == {"nb": "Bygda", "nn": "Bygda", "en": "The village"}
    write(folder, "2024.yaml", EDITION)
    load(folder)
    assert queries.set_overview("bygd").edition.cited == {}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Bader i elva", "Svømmer i elva"),
        ("direction: up", "direction: down"),
        ("decimals: 1", "decimals: 2"),
        ('["3.4", "6.3"]', '["6.3"]'),
        ("Enheten er ikke lest", "Enheten er lest"),
    ],
)
def test_a_published_edition_is_never_rewritten(folder, load, old: str, new: str) -> None:
    load(folder)
    rewrite(folder, "2024.yaml", old, new)
    rewrite(folder, "set.yaml", "Bygdesettet, nn", "Bygdas sett, nn")
    with pytest.raises(Refusal, match=r"bygd\.2024 is published, and this is not what was published.*new edition"):
        load(folder)
    assert queries.indicator_version("bygd.2024.A:B:1").title["nb"] == "Bader i elva"
    assert queries.sets()[0].title["nb"] == "Bygdesettet"  # nothing of the folder was stored


def test_a_draft_is_written_anew(folder, load) -> None:
    rewrite(folder, "2024.yaml", "status: published", "status: draft")
    load(folder)
    assert queries.current_versions() == () and queries.version_ids() == set()
    rewrite(folder, "2024.yaml", "direction: up", "direction: down")
    rewrite(folder, "2024.yaml", "status: draft", "status: published")
    load(folder)
    assert queries.indicator_version("bygd.2024.A:B:1").direction == "down"
    assert queries.version_ids() == {"bygd.2024.A:B:1", "bygd.2024.folk"}


def test_an_edition_is_retired_and_never_comes_back(folder, load) -> None:
    load(folder)
    rewrite(folder, "2024.yaml", "status: published", "status: retired")
    load(folder)
    assert Edition.objects.get().status == "retired"
    assert queries.current_versions() == () and "bygd.2024.folk" in queries.version_ids()  # its numbers stay readable
    line = rewrite(folder, "2024.yaml", "status: retired", "status: draft")
    with pytest.raises(Refusal, match=f"line {line}.*new edition"):
        load(folder)


def test_a_new_edition_stands_beside_the_old(folder, load) -> None:
    load(folder)
    newer = EDITION.replace('"2024"', '"2026"').replace("2024-01-01", "2026-01-01").replace("Bader i elva", "Svømmer")
    write(folder, "2026.yaml", newer)
    load(folder)
    assert {v.id for v in queries.current_versions()} == {"bygd.2026.A:B:1", "bygd.2026.folk"}
    assert queries.indicator_by_code("bygd", "a:b: 9").id == "bygd.2026.A:B:1"
    assert queries.indicator_version("bygd.2024.A:B:1").title["nb"] == "Bader i elva"
    assert queries.earlier_versions() == {
        "bygd.2026.A:B:1": ("bygd.2024.A:B:1",),
        "bygd.2026.folk": ("bygd.2024.folk",),
    }
    assert Indicator.objects.count() == 2
    assert [e.code for e in queries.set_overview("bygd").editions] == ["2026", "2024"]
    assert queries.set_overview("bygd", "2024").edition.id == "bygd.2024"


def test_an_edition_may_name_indicators_of_a_later_file_by_alias(folder, load) -> None:
    write(folder, "a-set.yaml", (folder / "set.yaml").read_text().replace("id: bygd", "id: annet"))
    other = EDITION.replace("set: bygd", "set: annet").replace(
        "    goals: [6]\n", '    goals: [6]\n    related: [{indicator: "bygd:A:B:9", nearness: close}]\n'
    )
    write(folder, "0.yaml", other)
    load(folder)
    link = queries.indicator_version("annet.2024.A:B:1").related_links.get()
    assert (link.indicator_id, link.nearness) == ("bygd:A:B:1", "close")


def test_the_database_holds_what_must_never_be_false(folder, load) -> None:
    load(folder)
    version = IndicatorVersion.objects.get(pk="bygd.2024.A:B:1")
    wrong = [
        lambda: IndicatorVersion.objects.filter(pk=version.pk).update(direction="sideways"),
        lambda: IndicatorVersion.objects.filter(pk=version.pk).update(direction="target"),  # without target_value
        lambda: IndicatorVersion.objects.filter(pk=version.pk).update(target_value=1),
        lambda: GoalLink.objects.filter(version=version).update(is_primary=True),  # two goals
        lambda: DataPoint.objects.filter(code="born").update(direction="mixed"),
        lambda: Goal.objects.create(number=18, title={"nb": "Ett til"}, colour="#000000"),
        lambda: Edition.objects.update(status="forgotten"),
        lambda: Unit.objects.get(pk="percent").delete(),
    ]
    for act in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            act()
