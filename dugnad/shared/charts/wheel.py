"""The 17 goals as a wheel: an emblem, not a chart, because the size of a segment says nothing."""

import math

from dugnad.shared.charts.svg import Caption, Picture, picture, xy

# The United Nations' colours of the goals, 1 to 17.
COLOURS = (
    *("#E5243B", "#DDA63A", "#4C9F38", "#C5192D", "#FF3A21", "#26BDE2", "#FCC30B", "#A21942", "#FD6925"),
    *("#DD1367", "#FD9D24", "#BF8B2E", "#3F7E44", "#0A97D9", "#56C02B", "#00689D", "#19486A"),
)


def goal_wheel(caption: Caption) -> Picture:
    """Seventeen segments of equal size, goal 1 at the top and on with the clock."""
    turn = 2 * math.pi / len(COLOURS)
    body = []
    for number, colour in enumerate(COLOURS):
        start, end = number * turn + 0.03, (number + 1) * turn - 0.03
        outer, inner = [_at(50, start), _at(50, end)], [_at(25, end - 0.03), _at(25, start + 0.03)]
        d = f"M{outer[0]}A50 50 0 0 1 {outer[1]}L{inner[0]}A25 25 0 0 0 {inner[1]}z"
        body.append(f'<path fill="{colour}" d="{d}"/>')
    return picture(caption, "wheel", 100, 100, "".join(body), caption.title)


def _at(radius: float, angle: float) -> str:
    return f"{xy(50 + radius * math.sin(angle))} {xy(50 - radius * math.cos(angle))}"
