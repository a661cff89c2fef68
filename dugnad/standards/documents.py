"""A definition file read with care: plain data, the line of everything in it, and nothing YAML could surprise with.

Definitions are a small, strict part of YAML: mappings, lists, texts and numbers as JSON writes them. `no` is a text
and so is `0301`; anchors, tags and duplicate keys are refused, each with its line.
"""

import difflib
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import yaml
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.exceptions import best_match
from referencing import Registry, Resource

from dugnad.shared.errors import Refusal, not_yaml

Where = tuple[str | int, ...]

MAX_BYTES = 2_000_000
MAX_DEPTH = 30
KINDS = ("units", "goals", "set", "edition", "benchmarks")

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where it was built in: ten times as fast
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}


@dataclass(frozen=True)
class Document:
    """One definition file: what it says, and the line where each thing is said.

    >>> document.data["indicators"][0]["unit"], document.line("indicators", 0, "unit")
    ('percent', 41)
    """

    name: str
    sha256: str
    data: dict[str, Any]
    lines: dict[Where, int]

    @property
    def subject(self) -> str:
        """What the file defines: `units common`, `set u4ssc`, `edition u4ssc.2017`, `benchmarks u4ssc.2017 norge`."""
        match self.data:
            case {"kind": "units", "collection": name} | {"kind": "set", "id": name}:
                return f"{self.data['kind']} {name}"
            case {"kind": "edition"}:
                return f"edition {self.edition_id}"
            case {"kind": "benchmarks", "collection": name}:
                return f"benchmarks {self.edition_id} {name}"
        return str(self.data["kind"])

    @property
    def edition_id(self) -> str:
        return f"{self.data['set']}.{self.data['edition']}"

    def line(self, *path: str | int) -> int:
        """The line of a thing, or of the nearest thing around it when it is not written in the file."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)

    def refuse(self, what: str, remedy: str, *path: str | int) -> NoReturn:
        raise _refusal(self.name, self.line(*path), what, remedy)


def _refusal(name: str, line: int, what: str, remedy: str) -> Refusal:
    return Refusal(what, _("%(file)s, line %(line)d") % {"file": name, "line": line}, remedy)


def read_document(name: str, content: bytes) -> Document:
    """The content of the file called `name`, checked against the schema of its kind; Refusal otherwise."""
    document = parse_document(name, content)
    kind = document.data.get("kind")
    if kind not in KINDS:
        document.refuse(
            _("The file does not say what kind of definition it is"),
            _("Write kind: and one of %(kinds)s at its top.") % {"kinds": ", ".join(KINDS)},
            "kind",
        )
    if kind == "edition":
        _fill_in_defaults(document.data)
    check_document(document, _validator(kind), f"{kind}.json")
    return document


def check_document(document: Document, validator: Draft202012Validator, schema: str) -> None:
    """Refuses a document that is not as the schema of that name says, in the words of the person who writes it."""
    # The topmost; a misspelt field before the one it leaves missing.
    errors = validator.iter_errors(document.data)
    first = min(
        errors, key=lambda e: (document.line(*e.absolute_path), e.validator != "additionalProperties"), default=None
    )
    if first:
        _refuse(document, first, schema)


def parse_document(name: str, content: bytes) -> Document:
    """The content of the file called `name` as plain data with lines, not yet held against a schema."""
    if len(content) > MAX_BYTES:
        raise _refusal(
            name,
            1,
            _("The file is larger than %(limit)d bytes") % {"limit": MAX_BYTES},
            _("Split it in several files."),
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _refusal(name, line, _("The file is not UTF-8 text"), _("Save it with the encoding UTF-8.")) from None
    reading = _Reading(name, {(): 1})
    try:
        events = yaml.parse(text, Loader=_Loader)
        data = reading.value(_next_content(events), (), events)
        reading.end(events)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        rows = text.splitlines()
        if line <= len(rows) and "\t" in rows[line - 1]:
            raise _refusal(name, line, _("The line has a tab"), _("Indent with spaces.")) from None
        raise _refusal(name, line, *not_yaml(mark)) from None
    except yaml.YAMLError:
        raise _refusal(name, 1, *not_yaml(None)) from None
    if not isinstance(data, dict):
        raise _refusal(name, 1, _("The file is not a mapping of fields"), _("Begin it with kind:."))
    return Document(name, hashlib.sha256(content).hexdigest(), data, reading.lines)


def _next_content(events: Iterator[yaml.Event]) -> yaml.Event:
    """The first event that is not about the stream or the document itself; its end when there is no content."""
    return next(e for e in events if not isinstance(e, yaml.StreamStartEvent | yaml.DocumentStartEvent))


@dataclass
class _Reading:
    """Builds plain data of YAML's events, one at a time: nothing is resolved, repeated or nested without bounds."""

    name: str
    lines: dict[Where, int]

    def value(self, event: yaml.Event, where: Where, events: Iterator[yaml.Event]) -> Any:
        """What an event begins; notes the line of each value, and of each field of a mapping, under its place."""
        line = _line(event)
        self.lines.setdefault(where, line)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            # An anchor used again is harmless once, and a million copies when nested.
            raise self.refusal(
                line, _("The file uses an anchor (&, *)"), _("Write the content out where it is needed.")
            )
        if tag := getattr(event, "tag", None):
            raise self.refusal(line, _("The file uses the tag %(tag)s") % {"tag": tag}, _("Remove the tag."))
        if len(where) > MAX_DEPTH:
            raise self.refusal(line, _("The file is nested too deeply"), _("Write it flatter."))
        match event:
            case yaml.MappingStartEvent():
                return self.mapping(where, events)
            case yaml.SequenceStartEvent():
                items: list[Any] = []
                while not isinstance(item := next(events), yaml.SequenceEndEvent):
                    items.append(self.value(item, (*where, len(items)), events))
                return items
            case yaml.ScalarEvent():
                return _scalar(event)
        return None  # the file is empty

    def mapping(self, where: Where, events: Iterator[yaml.Event]) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            line = _line(event)
            if not isinstance(event, yaml.ScalarEvent):
                raise self.refusal(line, _("A field name is not a text"), _("Write it as a plain word."))
            field = event.value
            if field in fields:
                raise self.refusal(
                    line, _("The field %(field)s stands twice") % {"field": field}, _("Remove one of them.")
                )
            self.lines[*where, field] = line
            fields[field] = self.value(next(events), (*where, field), events)
        return fields

    def end(self, events: Iterator[yaml.Event]) -> None:
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                line = _line(event)
                raise self.refusal(line, _("The file holds two documents"), _("Make it two files."))

    def refusal(self, line: int, what: str, remedy: str) -> Refusal:
        return _refusal(self.name, line, what, remedy)


def _line(event: yaml.Event) -> int:
    assert event.start_mark is not None
    return event.start_mark.line + 1


def _scalar(event: yaml.ScalarEvent) -> Any:
    """A text, unless it is written as JSON writes a number, a truth or nothing."""
    if event.style in ("'", '"', "|", ">"):
        return event.value
    if event.value in _WORDS:
        return _WORDS[event.value]
    if match := _NUMBER.fullmatch(event.value):
        return float(event.value) if match[2] else int(event.value)
    return event.value


def _fill_in_defaults(edition: dict[str, Any]) -> None:
    """Gives every indicator what `defaults` says and it does not; what is not even a list is left to the schema."""
    defaults, indicators = edition.get("defaults"), edition.get("indicators")
    if isinstance(defaults, dict) and isinstance(indicators, list):
        edition["indicators"] = [{**defaults, **i} if isinstance(i, dict) else i for i in indicators]


@cache
def _validator(kind: str) -> Draft202012Validator:
    folder = settings.DEFINITIONS_DIR / "schema"
    schemas = {name: json.loads((folder / f"{name}.json").read_text("utf-8")) for name in ("common", *KINDS)}
    registry: Registry = Registry().with_resources(
        (f"{name}.json", Resource.from_contents(schema)) for name, schema in schemas.items()
    )
    return Draft202012Validator(schemas[kind], registry=registry, format_checker=FormatChecker())


def _refuse(document: Document, error: ValidationError, schema_name: str) -> NoReturn:
    what, remedy, path = said_of(error)
    document.refuse(what, remedy or _("See definitions/schema/%(name)s.") % {"name": schema_name}, *path)


# What JSON Schema calls a kind of value, for a sentence.
KINDS_OF_VALUE = {
    "string": gettext_lazy("a text"),
    "integer": gettext_lazy("a whole number"),
    "number": gettext_lazy("a number"),
    "boolean": gettext_lazy("true or false"),
    "array": gettext_lazy("a list"),
    "object": gettext_lazy("a mapping of fields"),
    "null": gettext_lazy("empty"),
}


def said_of(error: ValidationError) -> tuple[str, str, tuple[str | int, ...]]:
    """What a fault in a file is, what to do ("" where only the schema tells), and the path to it, in the words of the
    person who writes the file."""
    error = best_match([error]) or error  # of several forms the one that was meant
    path: tuple[str | int, ...] = tuple(error.absolute_path)
    value: Any = error.instance
    rule: Any = error.validator_value
    schema: Any = error.schema
    field = next((str(p) for p in reversed(path) if isinstance(p, str)), _("the file"))
    shown = json.dumps(value, ensure_ascii=False)
    shown = shown if len(shown) <= 40 else shown[:39] + "…"
    not_accepted = _("%(value)s is not accepted as %(field)s") % {"value": shown, "field": field}
    match error.validator:
        case "required":
            missing = ", ".join(name for name in rule if name not in value)
            return _("%(missing)s is missing in %(field)s") % {"missing": missing, "field": field}, _("Add it."), path
        case "additionalProperties" if rule is False:
            known = list(schema["properties"])
            extra = next(name for name in value if name not in known)
            near = difflib.get_close_matches(extra, known, 1)
            remedy = (
                _("Did you mean %(name)s?") % {"name": near[0]}
                if near
                else _("Write one of: %(names)s.") % {"names": ", ".join(known)}
            )
            return _("%(name)s is not a field here") % {"name": extra}, remedy, (*path, extra)
        case "enum" | "const":
            names = ", ".join(map(str, rule if error.validator == "enum" else [rule]))
            return not_accepted, _("Write one of: %(names)s.") % {"names": names}, path
        case "type" if rule == "string" and isinstance(value, int | float | bool):
            what = _("%(value)s is not a text, and %(field)s must be one") % {"value": shown, "field": field}
            return what, _('Put it in quotes: "%(value)s".') % {"value": shown}, path
        case "type":
            kinds = [str(KINDS_OF_VALUE[kind]) for kind in ([rule] if isinstance(rule, str) else rule)]
            return not_accepted, _("It must be %(kinds)s.") % {"kinds": _(" or ").join(kinds)}, path
        case "pattern" | "format" if "examples" in schema:
            return not_accepted, _("Write it like %(example)s.") % {"example": schema["examples"][0]}, path
        case "minLength" | "minItems" | "minProperties" if not value:
            return _("%(field)s is empty") % {"field": field}, _("Fill it in, or take it out."), path
        case "minimum" | "exclusiveMinimum":
            return not_accepted, _("It must not be less than %(limit)s.") % {"limit": rule}, path
        case "maximum" | "exclusiveMaximum":
            return not_accepted, _("It must not be more than %(limit)s.") % {"limit": rule}, path
    return not_accepted, "", path


def definition_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of the definition files of a folder, in order; other parts' folders are theirs to read."""
    for path in sorted(p for p in folder.rglob("*") if p.suffix in (".yaml", ".yml")):
        name = path.relative_to(folder)
        if name.parts[0] not in ("places", "mandate", "facts", "methods", "checks"):
            yield name.as_posix(), path.read_bytes()
