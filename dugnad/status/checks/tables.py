"""What the SQL of a check may ask: tables made once for a run, small ones around one of every observation.

| table | a row is |
|---|---|
| `obs` | an observation readers see, with the kind and the decimals of what it measures |
| `unsettled` | the key of an observation whose value is not final, and its status |
| `steps` | a value that is no forecast, with the two before it and the one after it in its series |
| `versions` | an indicator of an edition: kind, direction, formula, whether it has a reason, a goal, a definition |
| `places` | a bearer of a code, from a day to a day |
| `releases` | a release that readers see: publisher, licence, days |
| `benchmarks` | the bounds a published method gives an indicator |
| `texts` | a text that readers may meet, the names of parts included |
"""

from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from dugnad.places.models import PlaceKind
from dugnad.standards.models import Aggregation, Kind
from dugnad.status.observations import SCHEMA, MissingReason, ValueStatus

PUBLISHED = pa.schema([pa.field("dataset", pa.string()), *SCHEMA])
VERSIONS = pa.schema(
    {
        "id": pa.string(), "set_id": pa.string(), "code": pa.string(), "kind": pa.string(), "decimals": pa.int8(),
        "direction": pa.string(), "has_reason": pa.bool_(), "has_definition": pa.bool_(), "languages": pa.int8(),
        "goals": pa.int8(), "target_value": pa.float64(), "numerator": pa.string(), "denominator": pa.string(),
        "multiplier": pa.float64(), "aggregation": pa.string(), "is_current": pa.bool_(),
    }
)  # fmt: skip
PARTS = pa.schema({"version": pa.string(), "breakdown": pa.string(), "kind": pa.string()})
PLACES = pa.schema(
    {
        "code": pa.string(), "kind": pa.string(), "county": pa.string(), "valid_from": pa.date32(),
        "valid_to": pa.date32(),
    }
)  # fmt: skip
RELEASES = pa.schema(
    {
        "dataset": pa.string(), "kind": pa.string(), "provider": pa.string(), "title": pa.string(),
        "licence": pa.string(), "has_reason": pa.bool_(), "borders_on": pa.date32(), "published_on": pa.date32(),
        "next_on": pa.date32(),
    }
)  # fmt: skip
BENCHMARKS = pa.schema(
    {
        "method": pa.string(), "indicator": pa.string(), "direction": pa.string(), "lower": pa.float64(),
        "upper": pa.float64(),
    }
)  # fmt: skip
TEXTS = pa.schema({"dataset": pa.string(), "indicator": pa.string(), "whereabouts": pa.string(), "said": pa.string()})


@dataclass(frozen=True)
class Facts:
    """Everything around the observations, as tables of the schemas above."""

    versions: pa.Table
    parts: pa.Table
    places: pa.Table
    releases: pa.Table
    benchmarks: pa.Table = field(default_factory=BENCHMARKS.empty_table)
    texts: pa.Table = field(default_factory=TEXTS.empty_table)


def prepare(engine: duckdb.DuckDBPyConnection, facts: Facts) -> None:
    """Make the tables of a run, from `facts` and from a view `published` (dataset and the columns of observations).

    Codes become numbers with names (ENUM), so that five million rows take little room.
    """
    for name in ("versions", "parts", "places", "releases", "benchmarks", "texts"):
        engine.register(f"{name}_given", getattr(facts, name))
    words = dict.fromkeys(
        str(word) for words in (Kind, PlaceKind, Aggregation, ValueStatus, MissingReason) for word in words
    )
    for statement in _TABLES.replace("WORDS", ", ".join(f"'{word}'" for word in words)).split(";"):
        engine.execute(statement)


_TABLES = """
CREATE TYPE indicator_id AS ENUM (
    SELECT DISTINCT indicator FROM published UNION SELECT id FROM versions_given
);
CREATE TYPE place_code AS ENUM (
    SELECT DISTINCT place FROM published UNION SELECT code FROM places_given
);
CREATE TYPE period_text AS ENUM (SELECT DISTINCT period FROM published);
CREATE TYPE breakdown_text AS ENUM (
    SELECT DISTINCT breakdown FROM published UNION SELECT breakdown FROM parts_given
);
CREATE TYPE dataset_key AS ENUM (
    SELECT DISTINCT dataset FROM published UNION SELECT dataset FROM releases_given
);
CREATE TYPE word AS ENUM (WORDS);
CREATE TEMP TABLE versions AS
SELECT * REPLACE (id::indicator_id AS id, kind::word AS kind, aggregation::word AS aggregation)
FROM versions_given;
CREATE TEMP TABLE parts AS
SELECT version::indicator_id AS version, breakdown::breakdown_text AS breakdown, kind::word AS kind
FROM parts_given;
CREATE TEMP TABLE places AS
SELECT * REPLACE (code::place_code AS code, kind::word AS kind)
FROM places_given;
CREATE TEMP TABLE releases AS
SELECT * REPLACE (dataset::dataset_key AS dataset)
FROM releases_given;
CREATE TEMP TABLE benchmarks AS
SELECT *
FROM benchmarks_given;
CREATE TEMP TABLE obs AS
WITH coded AS (
    SELECT dataset::dataset_key AS dataset,
           indicator::indicator_id AS indicator,
           place::place_code AS place,
           period::period_text AS period,
           breakdown::breakdown_text AS breakdown,
           period_start, period_end, value, is_break, quality, numerator, denominator,
           status::word AS status,
           missing::word AS missing
    FROM published
),
kinds AS (
    SELECT code, any_value(kind) AS place_kind, any_value(county) AS county
    FROM places
    GROUP BY code
)
SELECT c.*,
       k.place_kind,
       k.county,
       coalesce(p.kind, v.kind) AS kind,
       v.aggregation,
       CASE WHEN p.kind = 'count' THEN 0 ELSE v.decimals END AS decimals
FROM coded AS c
LEFT JOIN versions AS v ON v.id = c.indicator
LEFT JOIN parts AS p ON p.version = c.indicator AND p.breakdown = c.breakdown
LEFT JOIN kinds AS k ON k.code = c.place;
CREATE TEMP TABLE unsettled AS
SELECT dataset::VARCHAR AS dataset, indicator::VARCHAR AS indicator, place::VARCHAR AS place,
       period::VARCHAR AS period, breakdown::VARCHAR AS breakdown, status::VARCHAR AS status
FROM obs
WHERE value IS NOT NULL AND status <> 'normal';
CREATE TEMP VIEW texts AS
SELECT *
FROM texts_given
UNION ALL
SELECT DISTINCT dataset::VARCHAR, indicator::VARCHAR, 'breakdown', breakdown::VARCHAR
FROM obs
WHERE breakdown <> '';
CREATE TEMP TABLE steps AS
WITH counted AS (
    SELECT dataset, indicator, breakdown, period, count(*) AS n
    FROM obs
    WHERE value IS NOT NULL AND place_kind = 'municipality' AND status <> 'forecast'
    GROUP BY ALL
),
whole AS (
    SELECT *, max(n) OVER (PARTITION BY dataset, indicator, breakdown) AS most
    FROM counted
),
ranked AS (
    SELECT w.dataset, w.indicator, w.breakdown, w.period,
           row_number() OVER (PARTITION BY w.dataset, w.indicator, w.breakdown ORDER BY d.period_end, d.period_start)
               AS rank
    FROM whole AS w
    JOIN (SELECT DISTINCT period, period_start, period_end FROM obs) AS d USING (period)
    WHERE 2 * w.n >= w.most
)
SELECT o.dataset, o.indicator, o.breakdown, o.place, o.period, o.period_start, o.period_end, o.value, o.is_break,
       o.status, o.kind, o.place_kind, o.decimals, r.rank,
       lag(o.value) OVER series AS before,
       lag(o.value, 2) OVER series AS earlier,
       lag(o.period) OVER series AS period_before,
       lag(o.period_end) OVER series AS end_before,
       lag(r.rank) OVER series AS rank_before,
       lead(o.value) OVER series AS after
FROM obs AS o
LEFT JOIN ranked AS r USING (dataset, indicator, breakdown, period)
WHERE o.value IS NOT NULL AND o.status <> 'forecast'
WINDOW series AS (
    PARTITION BY o.dataset, o.indicator, o.breakdown, o.place ORDER BY o.period_end, o.period_start
)
"""
