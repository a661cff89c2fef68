"""What comes with the product is loaded once in each process; for the next test its rows are put back.

A small file that is read again in the same way is not read again: a child process takes most of the time of many tests.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from dugnad.places.changes import load_places
from dugnad.places.models import PlaceSource
from dugnad.shared.models import AuditEvent, AuditHead
from dugnad.shared.writing import Actor
from dugnad.standards.changes import Loaded, load_definitions
from dugnad.standards.models import DefinitionFile
from dugnad.status.observations import Reading
from dugnad.status.reading import read_in_child

T = TypeVar("T")
Rows = tuple[list[str], list[tuple[Any, ...]]]  # names of columns, and what stands in them
BY = Actor.system("test")
SMALL = 2**20  # bytes
_kept: dict[tuple[str, str | None], tuple[Any, dict[str, Rows]]] = {}
_read: dict[tuple[str, str, bytes, str], Reading] = {}


def places() -> None:
    """The real places."""
    _once("places", lambda: load_places(settings.DEFINITIONS_DIR / "places", by=BY) and None)


def definitions() -> Loaded:
    """The goals, indicator sets and indicators."""
    return _once("definitions", lambda: load_definitions(settings.DEFINITIONS_DIR, by=BY))


def reading(provider: str, source: Path, mapping: Mapping[str, Any]) -> Reading:
    """What the child makes of a file. A refusal is not kept."""
    if source.stat().st_size > SMALL:
        return read_in_child(provider, source, mapping)
    content = hashlib.sha256(source.read_bytes()).digest()
    key = provider, source.name, content, json.dumps(mapping, default=str, sort_keys=True)
    if key not in _read:
        _read[key] = read_in_child(provider, source, mapping)
    return Reading(_read[key].table, list(_read[key].findings))


def _once(name: str, load: Callable[[], T]) -> T:
    """What `load` answers, with what it stores. The last event of the chain tells upon what it is loaded."""
    last = AuditEvent.objects.order_by("pk").values_list("hash", flat=True).last()
    if (name, last) not in _kept:
        before = _tables()
        answer = load()
        _kept[name, last] = answer, {table: _added(rows, before[table]) for table, rows in _tables().items()}
        return answer
    answer, tables = _kept[name, last]
    with transaction.atomic(), connection.cursor() as cursor:
        AuditHead.objects.all().delete()  # the one row that loading changes
        for table, (columns, rows) in tables.items():
            _insert(cursor, connection.ops.quote_name(table), list(map(connection.ops.quote_name, columns)), rows)
        # As loaded now: what the process knows by heart of an earlier loading is not taken for this one.
        for model in (PlaceSource, DefinitionFile):
            model.objects.update(loaded_at=timezone.now())
    return answer


def _insert(cursor: Any, table: str, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    names = ", ".join(columns)
    if connection.vendor == "postgresql":
        with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as lines:
            for row in rows:
                lines.write_row(row)
    else:
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(columns))})", rows)


def _tables() -> dict[str, Rows]:
    """All rows of every model's table."""
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            if model._meta.managed and not model._meta.proxy:
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(model._meta.db_table)}")
                found[model._meta.db_table] = [column[0] for column in cursor.description], cursor.fetchall()
    return found


def _added(now: Rows, before: Rows) -> Rows:
    old = set(map(repr, before[1]))
    return now[0], [row for row in now[1] if repr(row) not in old]
