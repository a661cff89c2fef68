"""Every write of places: loading a folder of definitions."""

from dataclasses import dataclass
from pathlib import Path

from django.utils import timezone
from django.utils.translation import gettext

from dugnad.places import rules
from dugnad.places.models import (
    ChangeKind,
    ComparisonGroup,
    ComparisonGroupMember,
    Place,
    PlaceChange,
    PlaceChangePart,
    PlaceSource,
)
from dugnad.places.reading import PlaceFolder, PlaceRow, Transfer, read_folder
from dugnad.shared.errors import Refusal
from dugnad.shared.sorting import sort_key
from dugnad.shared.writing import Actor, change

_UPDATED = [
    "source_id",
    "valid_to",
    "name",
    "names",
    "slug",
    "sort_key",
    "county_code",
    "organisation_number",
    "lon",
    "lat",
    "area_km2",
    "population",
]


@dataclass(frozen=True)
class Loaded:
    """What a load did: nothing when the same files were loaded before."""

    source: str
    is_new: bool
    places: int
    changes: int


def load_places(folder: Path, *, by: Actor) -> Loaded:
    """Makes the stored places of a folder what its files say; refused as a whole when a file is wrong.

    The same files again change nothing and leave no audit event; other folders' places are not touched. One event
    tells of the whole load: how many of each, and the hash of the files.
    """
    read = read_folder(folder)
    key = read.source["key"]
    stored = PlaceSource.objects.filter(key=key).first()
    if stored is not None and stored.sha256 == read.sha256:
        return Loaded(key, False, stored.places.count(), stored.changes.count())
    with change("load_places", by=by) as c:
        before = _summary(stored) if stored else None
        source, _ = PlaceSource.objects.update_or_create(
            key=key,
            defaults={
                "title": read.source["title"],
                "publisher": read.source["publisher"],
                "licence": read.source["licence"],
                "url": read.source.get("url", ""),
                "known_from": read.source["known_from"],
                "is_invented": read.source.get("invented") is True,
                "sha256": read.sha256,
                "loaded_at": timezone.now(),
            },
        )
        _refuse_foreign_codes(source, read)
        _store_places(source, read.places)
        _store_changes(source, read)
        _store_groups(source, read)
        summary = _summary(source)
        c.record(source, before=before, after=summary)
    return Loaded(key, True, len(read.places), source.changes.count())


def _summary(source: PlaceSource) -> dict[str, object]:
    return {
        "key": source.key,
        "sha256": source.sha256,
        "places": source.places.count(),
        "changes": source.changes.count(),
        "groups": source.groups.count(),
    }


def _refuse_foreign_codes(source: PlaceSource, read: PlaceFolder) -> None:
    """A code belongs to one source: two folders that both speak of it would take turns in overwriting each other."""
    codes = {row.code for row in read.places if row.kind != "country"}
    foreign = Place.objects.exclude(source=source).filter(code__in=codes).select_related("source").first()
    if foreign is not None:
        raise Refusal(
            gettext("The code %(code)s belongs to %(source)s already")
            % {"code": foreign.code, "source": foreign.source.key},
            source.key,
            gettext("Give the place another code, or remove it from one of the two."),
        )


def _store_places(source: PlaceSource, rows: list[PlaceRow]) -> None:
    slugs = _slugs(rows)
    places = [
        Place(
            source=source,
            kind=row.kind,
            code=row.code,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            name=row.name,
            names={"nb": row.name, "nn": row.name, "en": row.name} | row.other_names
            if row.kind == "country"
            else row.other_names,
            slug=slug,
            sort_key=sort_key(row.name),
            county_code=row.code[:2] if row.kind == "municipality" else "",
            organisation_number=row.organisation_number,
            lon=row.lon,
            lat=row.lat,
            area_km2=row.area_km2,
            population=row.population,
        )
        for row, slug in zip(rows, slugs, strict=True)
    ]
    wanted = {(p.kind, p.code, p.valid_from) for p in places}
    gone = [
        pk
        for pk, *identity in source.places.values_list("pk", "kind", "code", "valid_from")
        if tuple(identity) not in wanted
    ]
    Place.objects.filter(pk__in=gone).delete()
    # Ended ones first: a code may be open-ended only once, also for a moment within the transaction.
    for batch in ([p for p in places if p.valid_to], [p for p in places if not p.valid_to]):
        Place.objects.bulk_create(
            batch,
            update_conflicts=True,
            unique_fields=["kind", "code", "valid_from"],
            update_fields=_UPDATED,
            batch_size=400,
        )


def _slugs(rows: list[PlaceRow]) -> list[str]:
    """A slug for each row: the name, with the county's when another place of that name lived on its last day.

    Herøy is twice in Norway today: heroy-nordland and heroy-more-og-romsdal. Bø in Nordland is alone since 2020: bo.
    """
    counties = [r for r in rows if r.kind == "county"]
    named: dict[tuple[str, str], list[PlaceRow]] = {}
    for row in rows:
        named.setdefault((row.kind, row.name), []).append(row)
    slugs = []
    for row in rows:
        namesakes = [r for r in named[row.kind, row.name] if r.code != row.code]
        if row.kind == "municipality" and any(_shares_last_day(row, r) for r in namesakes):
            county = next(c for c in counties if c.code == row.code[:2] and _shares_last_day(row, c))
            slugs.append(rules.slug(f"{row.name} {county.name}"))
        else:
            slugs.append(rules.slug(row.name))
    return slugs


def _shares_last_day(row: PlaceRow, other: PlaceRow) -> bool:
    """Whether the other is valid on the row's last day (today, when it has none)."""
    if row.valid_to is None:
        return other.valid_to is None
    return other.valid_from < row.valid_to and (other.valid_to is None or other.valid_to >= row.valid_to)


def _store_changes(source: PlaceSource, read: PlaceFolder) -> None:
    source.changes.all().delete()
    stored: list[tuple[PlaceChange, list[PlaceChangePart]]] = []
    for on, kind, steps in rules.changes_from(read.steps):
        happened = PlaceChange(source=source, place_kind=rules.kind_of_code(steps[0].to_code), on=on, kind=kind)
        parts = [
            PlaceChangePart(from_code=s.from_code, to_code=s.to_code, share=s.share, share_source=s.share_source)
            for s in steps
        ]
        stored.append((happened, parts))
    stored += [_transfer(source, t) for t in read.transfers]
    PlaceChange.objects.bulk_create([happened for happened, _ in stored], batch_size=400)
    parts = []
    for happened, its_parts in stored:
        for part in its_parts:
            part.change = happened
            parts.append(part)
    PlaceChangePart.objects.bulk_create(parts, batch_size=400)


def _transfer(source: PlaceSource, t: Transfer) -> tuple[PlaceChange, list[PlaceChangePart]]:
    happened = PlaceChange(
        source=source, place_kind=rules.kind_of_code(t.to_code), on=t.on, kind=ChangeKind.TRANSFER, area=t.area
    )
    return happened, [PlaceChangePart(from_code=t.from_code, to_code=t.to_code, share=None)]


def _store_groups(source: PlaceSource, read: PlaceFolder) -> None:
    source.groups.all().delete()
    for group in read.groups:
        stored = ComparisonGroup.objects.create(
            source=source, key=group.key, kind="kostra", title=group.title, explanation=group.explanation
        )
        ComparisonGroupMember.objects.bulk_create(
            [
                ComparisonGroupMember(group=stored, code=code, valid_from=start, valid_to=end)
                for code, start, end in group.members
            ]
        )
