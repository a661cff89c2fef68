"""Pictures of numbers: pure functions from values to accessible SVG.

Every function takes its values and a `Caption` and gives a `Picture`: the markup, its title, and the same in words.
Nothing is read, nothing is remembered: the same values give the same bytes. A picture stands beside its table, never
instead of it. (`sparkline` gives markup alone: it stands beside the words it repeats.)

Begin with `series.series_chart`; `points` has the values, `scales` the positions, `svg` the markup, `finding` the
sentences. How each class looks is in `site/static/site/charts.css`, and again in `svg.LOOKS` for a picture that is
downloaded (`alone`).
"""

from dugnad.shared.charts.compare import compare_chart
from dugnad.shared.charts.distribution import distribution_chart
from dugnad.shared.charts.finding import range_finding, series_finding, spread_finding
from dugnad.shared.charts.funnel import Counted, Limits, funnel_chart
from dugnad.shared.charts.intervals import Span, interval_chart, interval_finding
from dugnad.shared.charts.maps import choropleth, hex_map
from dugnad.shared.charts.points import Line, Point
from dugnad.shared.charts.range import range_chart
from dugnad.shared.charts.scales import classify
from dugnad.shared.charts.series import Band, Projection, Target, series_chart
from dugnad.shared.charts.slope import Slope, slope_chart
from dugnad.shared.charts.sparkline import sparkline
from dugnad.shared.charts.svg import Caption, Picture, alone, cut_out
from dugnad.shared.charts.wheel import goal_wheel

__all__ = [
    "Band",
    "Caption",
    "Counted",
    "Limits",
    "Line",
    "Picture",
    "Point",
    "Projection",
    "Slope",
    "Span",
    "Target",
    "alone",
    "choropleth",
    "classify",
    "compare_chart",
    "cut_out",
    "distribution_chart",
    "funnel_chart",
    "goal_wheel",
    "hex_map",
    "interval_chart",
    "interval_finding",
    "range_chart",
    "range_finding",
    "series_chart",
    "series_finding",
    "slope_chart",
    "sparkline",
    "spread_finding",
]
