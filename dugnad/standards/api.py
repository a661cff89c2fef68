"""Goals, sets and indicators as JSON and CSV. Texts are given in every language they have."""

import csv
import io
from typing import Any

import orjson
from django.http import HttpResponse

from dugnad.standards.models import Edition, Goal, IndicatorVersion
from dugnad.standards.queries import GoalOverview, SetOverview

INDICATOR_COLUMNS = (
    "id", "set", "edition", "code", "status", "title_nb", "title_nn", "title_en", "unit", "kind", "decimals",
    "direction", "target_value", "multiplier", "aggregation", "denominator_series", "data_points", "goals", "targets",
    "aliases", "uncertain",
)  # fmt: skip


SET_COLUMNS = (
    "set", "edition", "title_nb", "title_nn", "title_en", "owner", "url", "indicators", "data_points", "listed",
)  # fmt: skip


def goal(one: Goal) -> dict[str, Any]:
    return {
        "number": one.number,
        "title": one.title,
        "colour": one.colour,
        "text_colour": one.text_colour,
        "targets": [{"code": target.code, "title": target.title} for target in one.targets.all()],
    }


def edition(one: Edition) -> dict[str, Any]:
    return {
        "id": one.id,
        "set": one.set_id,
        "code": one.code,
        "title": one.title,
        "status": one.status,
        "valid_from": one.valid_from.isoformat(),
        "source": one.source,
        "cited": one.cited,
        "note": one.note,
        "content_hash": one.content_hash,
    }


def indicator(version: IndicatorVersion) -> dict[str, Any]:
    """Everything an indicator version says; the first of its goals is the one it is shown under."""
    return {
        "id": version.id,
        "set": version.edition.set_id,
        "edition": version.edition.code,
        "code": version.code,
        "status": version.status,
        "group": version.group.code if version.group else None,
        "title": version.title,
        "definition": version.definition,
        "unit": {"id": version.unit.id, "title": version.unit.title, "symbol": version.unit.symbol},
        "kind": version.kind,
        "decimals": version.decimals,
        "direction": version.direction,
        "direction_reason": version.direction_reason,
        "target_value": version.target_value,
        "numerator": version.numerator,
        "denominator": version.denominator,
        "multiplier": version.multiplier,
        "aggregation": version.aggregation,
        "chance": version.chance or None,
        "corrected": {name: version.corrected[name] for name in ("day", "why")} if version.corrected else None,
        "denominator_series": version.denominator_series_id,
        "data_points": [
            {
                "code": part.code,
                "title": part.title,
                "unit": part.unit_id,
                "kind": part.kind,
                "direction": part.direction,
            }
            for part in version.data_points.all()
        ],
        "goals": [link.goal_id for link in version.goal_links.all()],
        "targets": [target.code for target in version.targets.all()],
        "related": [
            {"indicator": link.indicator_id, "nearness": link.nearness} for link in version.related_links.all()
        ],
        "aliases": [alias.code for alias in version.aliases.all()],
        "labels": version.labels,
        "uncertain": version.uncertain,
        "checks": version.checks,
        "note": version.note,
        "source": version.source,
    }


def goal_page(overview: GoalOverview) -> dict[str, Any]:
    return {**goal(overview.goal), "indicators": [indicator(version) for version in overview.versions]}


def set_about(overview: SetOverview) -> dict[str, Any]:
    """What a set is and how much is in the edition."""
    indicator_set = overview.edition.set
    return {
        "set": indicator_set.id,
        "title": indicator_set.title,
        "description": indicator_set.description,
        "owner": indicator_set.owner,
        "url": indicator_set.url,
        "licence": indicator_set.licence,
        "edition": edition(overview.edition),
        "counts": {
            "indicators": len(overview.versions),
            "data_points": overview.data_point_count,
            "listed": overview.listed_count,
            "by_goal": {goal.number: count for goal, count in overview.goal_counts.items()},
        },
    }


def set_page(overview: SetOverview) -> dict[str, Any]:
    """An edition of a set with everything in it."""
    return {
        **set_about(overview),
        "editions": [edition(one) for one in overview.editions],
        "indicators": [indicator(version) for version in overview.versions],
    }


def set_row(overview: SetOverview) -> dict[str, Any]:
    about = set_about(overview)
    titles = {f"title_{lang}": text for lang, text in about["title"].items()}
    return {**about, **about["counts"], **titles, "edition": overview.edition.code}


def as_json(content: Any) -> HttpResponse:
    body = orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS)
    return HttpResponse(body, content_type="application/json; charset=utf-8")


def as_csv(name: str, columns: tuple[str, ...], rows: list[dict[str, Any]]) -> HttpResponse:
    """A file called `name`: comma-separated, UTF-8, a header line."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def indicator_row(version: IndicatorVersion) -> dict[str, Any]:
    """An indicator as one line of `INDICATOR_COLUMNS`; several codes in one cell are parted by a blank."""
    full = indicator(version)
    return {
        **full,
        **{f"title_{lang}": text for lang, text in version.title.items()},
        "unit": version.unit_id,
        "data_points": " ".join(part["code"] for part in full["data_points"]),
        **{name: " ".join(map(str, full[name])) for name in ("goals", "targets", "aliases", "uncertain")},
    }


def goal_row(one: Goal) -> dict[str, Any]:
    return {"number": one.number, "colour": one.colour, **{f"title_{lang}": text for lang, text in one.title.items()}}
