"""From what the queries found to the pictures that show it: `shared.charts` told about standings and spreads."""

from collections.abc import Sequence

from django.utils.translation import get_language

from dugnad.shared import charts
from dugnad.shared.text import translate
from dugnad.standards.models import IndicatorVersion
from dugnad.status.queries.series import Point


def drawn(points: Sequence[Point]) -> list[charts.Point]:
    """Observations as a picture sees them."""
    return [charts.Point(p.period, p.value, p.status, p.is_break, p.missing) for p in points]


def caption(version: IndicatorVersion, key: str, title: str = "") -> charts.Caption:
    """What a picture of this indicator is told: unit, symbol, decimals and language."""
    return charts.Caption(
        key,
        title or translate(version.title),
        lang=get_language() or "nb",
        unit=translate(version.unit.title),
        symbol=translate(version.unit.symbol),
        decimals=version.decimals,
    )
