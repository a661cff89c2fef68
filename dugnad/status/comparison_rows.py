"""The rows of a comparison, written directly as `place_rows` are: each cell asks a dozen things of its figure."""

from collections.abc import Mapping, Sequence
from html import escape

from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from dugnad.places.models import Place, PlaceKind
from dugnad.places.queries import Group
from dugnad.shared.charts.points import REASONS
from dugnad.shared.numbers import format_number
from dugnad.status import ordering, wording
from dugnad.status.queries.comparisons import Row
from dugnad.status.queries.orders import Among
from dugnad.status.queries.series import SeriesKey
from dugnad.status.queries.snapshots import Published
from dugnad.status.queries.standing import Lacking, Standing


def comparison_rows(
    rows: Sequence[Row],
    chosen: Sequence[Place],
    amongs: Mapping[SeriesKey, Among],
    published: Published,
    group: Group | None = None,
) -> SafeString:
    """A row for each indicator, with a cell for each of the `chosen` places; `amongs` as from `orders.among_rows`."""
    table = _Table(chosen, published, group)
    return mark_safe("\n".join(table.row(row, amongs.get(row.one.key)) for row in rows))  # noqa: S308  (all is escaped)


class _Table:
    """What is the same in all rows, told once."""

    def __init__(self, chosen: Sequence[Place], published: Published, group: Group | None) -> None:
        self.codes, self.published, self.lang = [place.code for place in chosen], published, wording.lang()
        self.names = [escape(place.name) for place in chosen]
        # The page of an indicator points out municipalities alone, and knows the groups of these.
        asked = [("sted", place.code) for place in chosen if place.kind == PlaceKind.MUNICIPALITY]
        asked += [("gruppe", group.key)] if asked and group else []
        self.query = escape(f"?{urlencode(asked)}" if asked else "")
        self.interval = escape(gettext("95%% interval:") % {})
        self.best = gettext("best of these")
        self.how = gettext("%(figure)s: how the figure came about, %(about)s")

    def row(self, row: Row, among: Among | None) -> str:
        href = f"{wording.indicator_address(row.version.id)}{self.query}"
        title = wording.title(row.one)
        name = f'<a class="link" href="{href}">{escape(title)}</a>'
        start = (
            f'<tr><th scope="row">{name}<small>{escape(wording.direction(row.one))}{self._fairness(row)}</small></th>'
        )
        cells = [
            self._cell(row, title, i, standing, among) if standing else self._gap(lacking)
            for i, (standing, lacking) in enumerate(zip(row.standings, row.lacking, strict=True))
        ]
        told = zip(self.names, cells, strict=True)
        return start + "".join(f'<td class="number" data-label="{place}">{cell}</td>' for place, cell in told) + "</tr>"

    @staticmethod
    def _fairness(row: Row) -> str:
        """Why none of the places is called best, where that is not plain to see."""
        if not row.same_period:
            words, mark = gettext("different years: cannot be compared directly"), "em"
        elif not row.one.quantity.is_size_free:
            words, mark = gettext("depends on how large the place is"), ""
        elif not row.is_fair or row.best is not None:
            return ""
        elif row.order.basis:
            words, mark = gettext("cannot be told apart"), "em"
        else:
            words, mark = gettext("no error can be stated, so none is called best"), "em"
        return f" · <{mark}>{escape(words)}</{mark}>" if mark else f" · {escape(words)}"

    def _cell(self, row: Row, title: str, position: int, standing: Standing, among: Among | None) -> str:
        latest, period = standing.latest, standing.latest.period.label(self.lang)
        assert latest.value is not None
        figure, href = wording.figure(standing, latest.value), wording.explained_at(standing)
        said = [f"<b>{wording.explained_as(self.how, figure, href, f'{title}, {period}')}</b>"]
        if interval := row.interval(position):
            low = format_number(interval[0], standing.quantity.decimals, self.lang)
            span = escape(f"{low}–{wording.figure(standing, interval[1])}")
            said.append(f"<small>{self.interval} {span}</small>")
        note, status = latest.release.period_note, wording.status(standing, self.published)
        said.append(f"<small>{escape(period)}")
        said.append(f" ({escape(note)})" if note else "")
        said.append(f" · <em>{escape(status)}</em></small>" if status else "</small>")
        said.append(f"<small>{wording.course_badge(standing)}</small>")
        if standing.trend.leads_on and (ahead := wording.ahead(standing)):
            said.append(f"<small>{escape(ahead)}</small>")
        said += [f"<small>{escape(words)}</small>" for words in self._where(among, self.codes[position])]
        if position == row.best:
            said.append(wording.badge("better", self.best))
        return "".join(said)

    @staticmethod
    def _where(among: Among | None, code: str) -> list[str]:
        """Where the place lies among all of the group."""
        placing = among.order.placings.get(code) if among is not None and among.group.codes else None
        if among is None or placing is None:
            return []
        words = [ordering.short(placing, among.n), ordering.outside_words(placing)]
        return [word for word in [*words, ordering.small_words() if placing.is_small else ""] if word]

    @staticmethod
    def _gap(lacking: Lacking | None) -> str:
        why = lacking.missing if lacking else None
        sign = REASONS[why][0] if why else ".."
        return f'<span class="missing-mark">{escape(sign)}</span><small>{escape(wording.why_missing(why))}</small>'
