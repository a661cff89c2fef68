"""The rows of a table of places, written directly: hundreds of them through a template cost more than all the rest."""

from collections.abc import Collection, Iterable
from html import escape

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from dugnad.places.models import Place, PlaceKind
from dugnad.shared.charts.points import REASONS
from dugnad.shared.numbers import format_number, with_unit
from dugnad.shared.text import translate
from dugnad.status import ordering, rules, wording
from dugnad.status.methods.order import Order
from dugnad.status.queries.indicators import IndicatorOverview, PlaceValue


def place_rows(
    values: Iterable[PlaceValue],
    overview: IndicatorOverview,
    marked: Collection[str] = (),
    order: Order | None = None,
) -> SafeString:
    """A row for each place: name, value, change, and where it lies when an `order` is given. `marked` are codes."""
    table = _Table(overview, order)
    rows = (table.row(value, value.place.code in marked) for value in values)
    return mark_safe("\n".join(rows))  # noqa: S308  (every text is escaped where it is put in)


class _Table:
    """What is the same in all rows, told once."""

    def __init__(self, overview: IndicatorOverview, order: Order | None) -> None:
        self.overview, self.order = overview, order
        self.lang = wording.lang()
        self.symbol = translate(overview.quantity.unit.symbol)
        self.period = overview.period.text if overview.period else ""
        self.signs = {name: (sign, escape(gettext(words))) for name, (sign, words) in REASONS.items()}
        self.changes = {name: escape(str(words)) for name, words in wording.CHANGES.items()}
        self.labels: dict[str, str] = {}
        self.explained = wording.explaining(overview.version.id, self.period, overview.breakdown)
        self.how = gettext("%(figure)s: how the figure came about, %(about)s")
        self.sign = self.symbol if len(self.symbol) <= 2 else ""  # the heading names the unit: only a sign is repeated
        self.unit = gettext("pp") if overview.quantity.is_percent else self.sign

    def row(self, value: PlaceValue, is_marked: bool) -> str:
        marked = ' class="marked"' if is_marked else ""
        start = f'<tr{marked}><th scope="row">{self._name(value.place)}</th>'
        figure = wording.explained_as(self.how, *self._figure(value))
        if value.value is None:
            missing = (value.point and value.point.missing) or ""
            why = self.signs[missing][1] if missing else escape(gettext("nothing published"))
            steps = self._steps(value)
            rest = "" if self.order is None else ' colspan="2"'
            return (
                f'{start}<td class="number"><span class="missing-mark">{figure}</span></td>'
                f'<td class="quiet"{rest}>{why}{steps}</td></tr>'
            )
        assert value.point is not None
        star = "" if value.point.status == "normal" else "*"
        where = "" if self.order is None else f"<td>{self._where(self.order, value.place.code)}</td>"
        return f'{start}<td class="number">{figure}{star}</td><td>{self._change(value)}</td>{where}</tr>'

    def _name(self, place: Place) -> str:
        if place.kind == PlaceKind.COUNTRY or place.valid_to:
            code = f" ({place.code})" if place.valid_to else ""
            return escape(place.name_in(self.lang)) + code
        return f'<a class="link" href="{wording.place_address(place, self.lang)}">{escape(place.name)}</a>'

    def _figure(self, value: PlaceValue) -> tuple[str, str, str]:
        """The figure or the sign that there is none, where it is explained, and whose it is."""
        point = value.point
        code = point.place if point else value.place.code
        href = code.join(self.explained)
        if point is None or point.value is None:
            return self.signs[(point and point.missing) or "not_available"][0], href, value.place.name_in(self.lang)
        text = format_number(point.value, self.overview.quantity.decimals, self.lang)
        return with_unit(text, self.sign, self.lang), href, value.place.name_in(self.lang)

    def _change(self, value: PlaceValue) -> str:
        assert value.point is not None
        said = ['<span class="quiet">–</span>']
        if value.earlier is not None:
            said = [escape(self._moved(value))]
            if value.change != "changed":
                said.append(f'<span class="change change-{value.change}">{self.changes[value.change]}</span>')
            period = value.earlier.period
            label = self.labels.get(period.text) or self.labels.setdefault(period.text, escape(period.label(self.lang)))
            said.append(f'<small class="quiet">{label}</small>')
        said += [f"<small>{escape(flag)}</small>" for flag in wording.flags(value.point)]
        said += [self._steps(value)]
        if value.point.quality:
            level = gettext("quality %(level)s of 6") % {"level": value.point.quality}
            said.append(f'<small class="quiet">{escape(level)}</small>')
        return " ".join(said)

    @staticmethod
    def _steps(value: PlaceValue) -> str:
        """How a value was put together, or why it could not be; nothing of one that is as published."""
        if value.point is None or value.point.steps is None:
            return ""
        words = " ".join(wording.border_sentences(value.point.steps, value.value))
        return f' <small class="quiet">{escape(words)}</small>'

    def _moved(self, value: PlaceValue) -> str:
        """The change with its sign: "+0,8 percentage points" of a share, "+3,4 %" of what is counted."""
        overview = self.overview
        if value.value is None or value.earlier is None or value.earlier.value is None:
            return ""
        if overview.quantity.follows_size and value.growth is not None:
            return ordering.signed(value.growth, 1, "%", self.lang)
        decimals = overview.quantity.decimals
        difference = rules.written_difference(value.earlier.value, value.value, decimals)
        return ordering.signed(difference, decimals, self.unit, self.lang)

    def _where(self, order: Order, code: str) -> str:
        placing = order.placings.get(code)
        if placing is None:
            return ""
        notes = [ordering.outside_words(placing), ordering.small_words() if placing.is_small else ""]
        told = "".join(f"<br><small>{escape(note)}</small>" for note in notes if note)
        return escape(ordering.short(placing, order.n)) + told
