"""Import plans: a YAML file that says, for each file of a folder, what it is and how it is read.

    datasets:
      - id: population
        title: {nb: Folketall 1. januar, nn: Folketal 1. januar, en: Population on 1 January}
        provider: {id: ssb, name: {nb: Statistisk sentralbyrå, ...}, url: https://www.ssb.no}
        reader: tabular
        file: population.csv                 # or what `dugnad fetch` asks for: source: {table: "06913", select: {...}}
        origin: {title: Tabell 07459, url: https://www.ssb.no/statbank/table/07459, retrieved_on: 2026-04-25}
        licence: CC-BY-4.0
        kind: final
        borders: 2024-01-01
        mapping: {...}
        reason: {nb: ..., nn: ..., en: ...}  # why published values change, when they do
        cause: corrected                     # ... and whether they are revised (usual), corrected or by a new method
        withdrawn: {kind: error, reason: {nb: ...}}  # the release of this file is taken back, and why
        protection: {threshold: 5}           # how small numbers are protected; a provider may have it too

The form is `definitions/schema/import-plan.schema.json`; docs/imports.md explains every key.
"""

import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator

from dugnad.shared.errors import Refusal, not_yaml
from dugnad.standards.documents import said_of

FILE_NAME = "import-plan.yaml"


@dataclass(frozen=True)
class PlannedImport:
    """One entry of a plan, with the file it names."""

    id: str
    title: dict[str, str]
    provider: str
    provider_name: dict[str, str]
    provider_url: str
    reader: str
    file: Path | None  # None where the figures are fetched
    origin: dict[str, Any]
    licence: str
    kind: str
    borders_on: date | None
    mapping: dict[str, Any]
    reason: dict[str, str] | None = None
    cause: str = "revised"
    withdrawn: dict[str, Any] | None = None  # kind and reason: the release of this file is taken back
    source: dict[str, Any] | None = None  # what the reader's fetch() is asked for
    protection: dict[str, Any] = field(default_factory=dict)  # threshold, method, rates; what is not said is as before
    provider_protection: dict[str, Any] = field(default_factory=dict)
    next_release_on: date | None = None  # when the source says that its next figures come; None: not said here


def read_plan(plan: Path, folder: Path) -> list[PlannedImport]:
    """The imports a plan file describes, in its order; `Refusal` names the first thing that is wrong and where."""
    try:
        content = yaml.safe_load(plan.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Refusal(
            _("There is no import plan"),
            str(plan),
            _("Write one (docs/imports.md shows how) or name another with --plan."),
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        what, remedy = not_yaml(mark)
        raise Refusal(what, f"{plan}:{mark.line + 1}" if mark else str(plan), remedy) from None
    _check(content, "import-plan", str(plan))
    for number, entry in enumerate(content["datasets"]):
        _check(entry["mapping"], f"{entry['reader']}-mapping", f"{plan}: datasets/{number}/mapping")
    return [_planned(entry, plan, folder) for entry in content["datasets"]]


def _check(content: Any, schema: str, where: str) -> None:
    """Refuse what does not have the form of a schema, naming the first; without a schema a reader checks itself."""
    file = settings.DEFINITIONS_DIR / "schema" / f"{schema}.schema.json"
    if not file.is_file():
        return
    faults = Draft202012Validator(json.loads(file.read_text(encoding="utf-8"))).iter_errors(content)
    for fault in sorted(faults, key=lambda fault: list(map(str, fault.absolute_path))):
        what, remedy, path = said_of(fault)
        raise Refusal(
            _("The import plan does not have the right form: %(what)s") % {"what": what},
            f"{where}: {'/'.join(map(str, path)) or '/'}",
            " ".join(filter(None, [remedy, _("docs/imports.md explains every key.")])),
        )


def _planned(entry: dict[str, Any], plan: Path, folder: Path) -> PlannedImport:
    file = (folder / entry["file"]).resolve() if "file" in entry else None
    if (file is None) == ("source" not in entry):
        raise Refusal(
            _("The dataset %(id)s needs a file or a source, and not both") % {"id": entry["id"]},
            str(plan),
            _("Write file: for figures in the folder, source: for figures that are fetched."),
        )
    if file and not file.is_relative_to(folder.resolve()):
        raise Refusal(
            _("The file lies outside the folder of data"), f"{plan}: {entry['file']}", _("Move it into the folder.")
        )
    if file and not file.is_file():
        raise Refusal(
            _("The file %(file)s does not exist") % {"file": entry["file"]},
            str(folder),
            _("Put the file there, or take the dataset %(id)s out of the plan.") % {"id": entry["id"]},
        )
    provider = entry["provider"]
    origin = {key: value if isinstance(value, dict) else str(value) for key, value in entry["origin"].items()}
    borders, coming = entry.get("borders"), entry.get("next_release_on")
    return PlannedImport(
        id=entry["id"],
        title=entry["title"],
        provider=provider["id"],
        provider_name=provider["name"],
        provider_url=provider.get("url", ""),
        reader=entry["reader"],
        file=file,
        origin=origin,
        licence=entry["licence"],
        kind=entry.get("kind", "final"),
        borders_on=borders if borders is None else date.fromisoformat(str(borders)),
        mapping=json.loads(json.dumps(entry["mapping"], default=str)),  # as it is stored: keys and dates are texts
        reason=entry.get("reason"),
        cause=entry.get("cause", "revised"),
        withdrawn=entry.get("withdrawn"),
        source=json.loads(json.dumps(entry["source"], default=str)) if "source" in entry else None,
        protection=entry.get("protection", {}),
        provider_protection=provider.get("protection", {}),
        next_release_on=coming and date.fromisoformat(str(coming)),
    )
