"""Check documents: read, refused with file, line and remedy where they cannot be followed."""

import json
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator

from dugnad.standards.documents import Document, check_document, parse_document
from dugnad.status.checks.model import Check
from dugnad.status.checks.named import NAMED

SCHEMA = "checks.schema.json"


@cache
def shipped() -> dict[str, Check]:
    """The checks that come with the product, by code, in the order they are written."""
    return read_checks(settings.DEFINITIONS_DIR / "checks")


def read_checks(folder: Path) -> dict[str, Check]:
    """Every check of the files in a folder; Refusal where one cannot be followed or a code is used twice."""
    validator = Draft202012Validator(json.loads((settings.DEFINITIONS_DIR / "schema" / SCHEMA).read_text("utf-8")))
    found: dict[str, Check] = {}
    for path in sorted(folder.glob("*.yaml")):
        document = parse_document(path.name, path.read_bytes())
        check_document(document, validator, SCHEMA)
        for i in range(len(document.data["checks"])):
            check = _check(document, i)
            if check.code in found:
                document.refuse(
                    _("The code %(code)s is used twice") % {"code": check.code},
                    _("Give the check a code of its own."),
                    "checks", i, "code",
                )  # fmt: skip
            found[check.code] = check
    return found


def _check(document: Document, i: int) -> Check:
    said = document.data["checks"][i]
    remedy, remedies = said["remedy"], document.data.get("remedies", {})
    if isinstance(remedy, str):
        if remedy not in remedies:
            document.refuse(
                _("There is no remedy %(name)s in this file") % {"name": remedy},
                _("Write it under remedies, or say it here in three languages."),
                "checks", i, "remedy",
            )  # fmt: skip
        remedy = remedies[remedy]
    if (named := said.get("named", "")) and named not in NAMED:
        document.refuse(
            _("There is no named rule %(name)s") % {"name": named},
            _("Write one of: %(names)s.") % {"names": ", ".join(NAMED)},
            "checks", i, "named",
        )  # fmt: skip
    return Check(
        code=said["code"],
        severity=said["severity"],
        is_public=said.get("public", True),
        title=said["title"],
        meaning=said["meaning"],
        remedy=remedy,
        parameters=said.get("parameters", {}),
        sql=said.get("sql", "").strip(),
        named=named,
    )
