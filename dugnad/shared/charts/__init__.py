"""Pictures of numbers: pure functions from values to accessible SVG.

Every function takes its values and a `Caption` and gives a `Picture`: the markup, its title, and the same in words. Nothing
is read, nothing is remembered: the same values give the same bytes. A picture stands beside its table, never instead of it.

Begin with `series.series_chart`; `points` has the values, `scales` the positions, `svg` the markup. How each class looks
is in `site/static/site/charts.css`, and again in `svg.LOOKS` for a picture that is downloaded (`Caption(standalone=True)`).
"""

from dugnad.shared.charts.points import Line, Point
from dugnad.shared.charts.range import range_chart
from dugnad.shared.charts.series import Band, Target, series_chart
from dugnad.shared.charts.svg import Caption, Picture

__all__ = ["Band", "Caption", "Line", "Picture", "Point", "Target", "range_chart", "series_chart"]
