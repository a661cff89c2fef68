"""An explanation in words: the same sections for the page, the file and the terminal."""

from datetime import datetime
from typing import NamedTuple

import yaml
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from dugnad.shared.charts.points import REASONS, STATUSES
from dugnad.shared.numbers import format_date, format_number
from dugnad.shared.text import language_of, translate
from dugnad.standards.models import Direction
from dugnad.status import ordering, rules, wording
from dugnad.status.borders.steps import BorderStep
from dugnad.status.models import Release
from dugnad.status.queries.explanations import SMALL_DENOMINATOR, Explanation, NothingToExplain
from dugnad.status.queries.vintages import Vintage
from dugnad.status.templatetags.publishing import RELEASE_KINDS, part_name, written_day
from dugnad.status.wording import lang

# U4SSC's six levels, in our own words.
QUALITIES = {
    1: _("measured accurately"),
    2: _("worked out from a survey of the inhabitants"),
    3: _("worked out from figures for a larger area"),
    4: _("estimated from stated assumptions"),
    5: _("somebody's own estimate"),
    6: _("nobody knows how it was made"),
}
UNSURE_FROM = 4
# Who can do something about a missing figure, by its reason; "" where nothing was ever published.
MENDERS = {
    "": _("Nobody has published it here. The secretariat can, if the source has it."),
    "not_available": _("Only the source, %(publisher)s, can make it available."),
    "not_applicable": _("There is nothing to mend: it cannot be measured here."),
    "suppressed": _("It is hidden by %(publisher)s so that no person can be recognised, and will not be shown."),
    "not_reported": _("%(place)s can report it to %(publisher)s."),
    "border_change": _(
        "Nobody: the area of this number did not exist then, and dividing by a guess would be invention."
    ),
    "not_collected": _("The owner of the indicator, %(owner)s, must begin to collect it."),
}


class Fact(NamedTuple):
    """One thing to know: what it is, what it says, and where more of it stands."""

    label: str
    text: str
    href: str = ""
    is_code: bool = False
    lang: str = ""


class Section(NamedTuple):
    """A part of an explanation: sentences first, then facts."""

    key: str
    title: str
    sentences: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    plan: str = ""


def name(e: Explanation) -> str:
    """What is explained: "Unemployment, Skien, 2024"."""
    title = translate(e.version.title)
    if e.breakdown:
        title = f"{title}: {part_name(e.breakdown, e.version)}"
    return f"{title}, {e.place.name_in(lang())}, {e.period.label(lang())}"


def figure(e: Explanation) -> str:
    """The number as pages write it, or the sign of a missing one."""
    if e.value is None:
        return REASONS[e.missing or "not_available"][0]
    return _written(e, e.value)


def _written(e: Explanation, value: float) -> str:
    return wording.number(value, e.quantity.unit, e.quantity.decimals)


def _exact(value: float) -> str:
    """A number with the digits it was published with, and no more than six of them after the comma."""
    digits = len(f"{value:.6f}".rstrip("0").partition(".")[2])
    return format_number(value, digits, lang())


def sections(e: Explanation) -> list[Section]:
    """Everything there is to say of a number, the answer first."""
    told = [_answer(e), _definition(e), _doubts(e)]
    if e.release:
        told += [_source(e, e.release), _import(e, e.release), _release(e, e.release)]
    told += [_borders(e), _judgement(e), _vintages(e)]
    return [section for section in told if section.sentences or section.facts]


def _answer(e: Explanation) -> Section:
    if e.value is None:
        return Section("answer", gettext("Why there is no figure"), tuple(_why(e)))
    assert e.release
    cited = e.release.cited(e.version.id)
    words = {
        "publisher": cited.publisher,
        "title": cited.title,
        "day": _date(e.release.published_at),
        "number": e.release.number,
    }
    said = [
        gettext("It comes from %(publisher)s, “%(title)s”, and was published here on %(day)s as release %(number)s.")
        % words,
    ]
    computed = _formula(e)
    return Section("answer", gettext("The figure"), (*said, computed) if computed else tuple(said))


def _why(e: Explanation) -> list[str]:
    """Why a number is missing, since when, and who can mend it."""
    said = []
    if e.missing:
        sign, reason = REASONS[e.missing]
        said.append(gettext("%(sign)s means: %(reason)s.") % {"sign": sign, "reason": gettext(reason)})
    else:
        said.append(
            gettext("No row for %(place)s in %(period)s is published here.")
            % {"place": e.place.name_in(lang()), "period": e.period.label(lang())}
        )
    if e.before is not None and e.before.value is not None:
        words = {"figure": _written(e, e.before.value), "period": e.before.period.label(lang())}
        said.append(gettext("The last figure before it is %(figure)s for %(period)s.") % words)
    else:
        said.append(gettext("There is no earlier figure either."))
    gone = next((v for v in e.vintages if v.value is not None), None)
    if gone is not None and gone.value is not None:
        words = {"figure": _written(e, gone.value), "number": str(gone.release.number)}
        said.append(gettext("Release %(number)s had a figure: %(figure)s. It has been taken out since.") % words)
    release = e.release or (e.releases[0] if e.releases else None)
    words = {
        "publisher": release.cited(e.version.id).publisher if release else e.version.edition.set.owner,
        "place": e.place.name_in(lang()),
        "owner": e.version.edition.set.owner,
    }
    said.append(str(MENDERS[e.missing or ""]) % words)
    return said


def _formula(e: Explanation) -> str:
    """The formula with its numbers: "value = 12 / 345 × 100 = 3.48, published as 3.5 %"."""
    point = e.point
    if point is None or point.value is None or point.numerator is None or point.denominator is None:
        return ""
    words = {
        "numerator": _exact(point.numerator),
        "denominator": _exact(point.denominator),
        "multiplier": _exact(e.version.multiplier) if e.version.multiplier is not None else "",
        "computed": _exact(round(e.computed, e.quantity.decimals + 2)) if e.computed is not None else "",
        "figure": figure(e),
    }
    if e.computed is None:
        return gettext("The source says %(numerator)s of %(denominator)s; the definition gives no formula.") % words
    if e.is_as_computed:
        return (
            gettext("Worked out: %(numerator)s / %(denominator)s × %(multiplier)s = %(computed)s, written %(figure)s.")
            % words
        )
    return (
        gettext(
            "The formula gives %(numerator)s / %(denominator)s × %(multiplier)s = %(computed)s, which is not the"
            " %(figure)s that was published."
        )
        % words
    )


def _definition(e: Explanation) -> Section:
    version = e.version
    facts = [Fact(gettext("Definition"), translate(version.definition), lang=_other(version.definition))]
    if version.numerator or version.denominator:
        formula = f"{translate(version.numerator)} / {translate(version.denominator)}"
        if version.multiplier is not None:
            formula = f"{formula} × {_exact(version.multiplier)}"
        facts.append(Fact(gettext("Formula"), formula, lang=_other(version.numerator)))
    facts += [
        Fact(gettext("Unit"), translate(e.quantity.unit.title)),
        Fact(gettext("Direction"), _direction(e)),
        Fact(
            gettext("Edition"),
            f"{translate(version.edition.set.title)}, {translate(version.edition.title)}",
            reverse("status:method", args=[version.id]),
        ),
        Fact(gettext("Id"), version.id, is_code=True),
    ]
    said: tuple[str, ...] = ()
    if version.id != e.asked.id:
        words = {"edition": translate(version.edition.title), "now": translate(e.asked.edition.title)}
        said = (gettext("This period was measured by an earlier edition, %(edition)s, not by %(now)s.") % words,)
    return Section("definition", gettext("What it measures"), said, tuple(f for f in facts if f.text))


def _other(text: dict[str, str]) -> str:
    """The language of a text that has none in the reader's; "" where it is in the reader's own."""
    found = language_of(text)
    return "" if found == lang() else found


def _direction(e: Explanation) -> str:
    label = str(Direction(e.quantity.direction).label)
    reason = translate(e.version.direction_reason)
    return f"{label}: {reason}" if reason else label


def _doubts(e: Explanation) -> Section:
    """What is not final or not sure about the number; says so plainly where nothing is known against it."""
    said: list[str] = []
    point, chance = e.point, _chance(e)
    if point is not None:
        if note := point.release.period_note:
            said.append(gettext("About the period, the source says: %(note)s.") % {"note": note})
        if point.status in STATUSES:
            status = "; ".join(wording.settled(point, e.published))
            said.append(gettext("The figure is %(status)s.") % {"status": status})
        if point.is_break:
            said.append(gettext("There is a break in the series here: it is not comparable with the values before it."))
        if point.quality:
            words = {"level": point.quality, "words": QUALITIES[point.quality]}
            said.append(gettext("Quality level %(level)s of 6: %(words)s.") % words)
        if point.denominator is not None and 0 < point.denominator < SMALL_DENOMINATOR and e.quantity.is_size_free:
            words = {"count": _exact(point.denominator)}
            said.append(gettext("It is a share of only %(count)s: one more or less moves it much.") % words)
        if e.computed is not None and e.value is not None and not e.is_as_computed:
            said.append(gettext("The published numerator and denominator do not give the published value."))
    if any(other.period != e.period and other.period.overlaps(e.period) for other in e.series):
        said.append(gettext("Its period overlaps others of the series: they share data and are not independent."))
    said += [translate(text) for field, text in e.version.edition.uncertain.items() if field in e.version.uncertain]
    if e.version.note:
        said.append(translate(e.version.note))
    if e.value is not None and not said:
        said.append(
            gettext("Nothing else is known that makes it uncertain. The source states no interval.")
            if chance
            else gettext("Nothing is known that makes it uncertain. The source states no interval.")
        )
    return Section("doubts", gettext("How sure it is"), (*chance, *said))


def _chance(e: Explanation) -> list[str]:
    """The interval that comparisons print under the figure, how it was found and what it means; or why there is none.

    Nothing of an amount: it follows the size of its place and is never compared.
    """
    if e.value is None or not e.quantity.is_size_free:
        return []
    order = e.interval
    if not order.basis:
        return [ordering.why_no_interval()]
    span = ordering.span_words(order.placings[e.code], e.quantity.unit, e.quantity.decimals)
    return [" ".join([gettext("95%% interval: %(span)s.") % {"span": span}, *ordering.interval_words(order.basis)])]


def _source(e: Explanation, release: Release) -> Section:
    raw, cited = release.staged.raw, release.cited(e.version.id)
    asked = release.staged.origin.get("asked") or release.staged.origin.get("url") or ""
    facts = (
        Fact(gettext("Publisher"), cited.publisher),
        Fact(gettext("Title"), cited.title, cited.url),
        Fact(gettext("Licence"), release.dataset.licence_name),
        Fact(gettext("Address"), asked or gettext("none: the file was handed over"), asked),
        Fact(gettext("Got from the source"), _got(release)),
        Fact(gettext("File"), gettext("%(name)s, %(size)s bytes") % {"name": raw.name, "size": _exact(raw.size)}),
        Fact(gettext("Received"), _moment(raw.received_at)),
        Fact("SHA-256", raw.sha256, is_code=True),
    )
    return Section("source", gettext("Where it comes from"), (), facts)


def _import(e: Explanation, release: Release) -> Section:
    staged = release.staged
    said = [str(finding.translated(gettext)) for finding in e.findings]
    if not said:
        said.append(gettext("Nothing was found at the import that concerns this number alone."))
    facts = [
        Fact(gettext("Read by"), staged.origin.get("read_by", "")),
        Fact(gettext("Read on"), _moment(staged.staged_at)),
        Fact(gettext("Entry of the import plan"), release.dataset_id, is_code=True),
    ]
    if e.other_findings:
        count = e.other_findings
        text = ngettext("%(count)s about the file", "%(count)s about the file", count) % {"count": count}
        facts.append(Fact(gettext("Other findings"), text, f"{_release_href(release)}#findings"))
    plan = yaml.safe_dump(staged.mapping, allow_unicode=True, sort_keys=False)
    return Section("import", gettext("How the file was read"), tuple(said), tuple(facts), plan)


def _release(e: Explanation, release: Release) -> Section:
    words = {"number": release.number, "kind": release.get_kind_display(), "day": _moment(release.published_at)}
    facts = [
        Fact(gettext("Release"), f"{translate(release.dataset.title)}, {release.number}", _release_href(release)),
        Fact(gettext("Kind of release"), f"{capfirst(release.get_kind_display())}. {RELEASE_KINDS[release.kind]}"),
        Fact(gettext("Published"), gettext("%(day)s by %(by)s") % {**words, "by": release.published_by}),
    ]
    if release.replaces:
        facts.append(Fact(gettext("Replaces"), str(release.replaces.number), _release_href(release.replaces)))
    if release.reason:
        label = gettext("Why it was published anew") if release.replaces else gettext("Note on the release")
        facts.append(Fact(label, translate(release.reason), lang=_other(release.reason)))
    facts.append(Fact(gettext("SHA-256 of the release"), release.by_series, is_code=True))
    return Section("release", gettext("How it was published"), (), tuple(facts))


def _borders(e: Explanation) -> Section:
    """Which area the number speaks of, and what was done to make it speak of that area."""
    said = []
    here = e.place.name_in(lang())
    borders_on = e.release.staged.borders_on if e.release else None
    if borders_on is not None and e.reunited:
        listed = wording.listed([f"{part.name_in(lang())} ({part.code})" for part in e.reunited])
        words = {"parts": listed, "day": format_date(borders_on, lang()), "place": here, "code": e.code}
        said.append(gettext("The source writes it for %(parts)s on the borders of %(day)s.") % words)
        said.append(
            gettext("They are what %(place)s (%(code)s) was divided into; their figures were added at the import.")
            % words
        )
        return Section("borders", gettext("Which area it is for"), tuple(said))
    if borders_on is not None:
        words = {"place": here, "code": e.code, "day": format_date(borders_on, lang())}
        said.append(gettext("The source writes it for %(place)s (%(code)s) on the borders of %(day)s.") % words)
    else:
        words = {"place": here, "code": e.code}
        said.append(gettext("It is for %(place)s (%(code)s) on the borders of the period itself.") % words)
    if e.point is not None and e.point.steps:
        said = [gettext("It is for %(place)s (%(code)s), put together by Dugnad.") % {"place": here, "code": e.code}]
        said += wording.border_sentences(e.point.steps, e.value)
        steps = tuple(_step(e, step) for step in e.point.steps.parts[: wording.SOME])
        return Section("borders", gettext("Which area it is for"), tuple(said), steps)
    if e.origins:
        parts = [f"{origin.place.name_in(lang())} ({origin.place.code})" for origin in e.origins if origin.share == 1.0]
        some = [f"{origin.place.name_in(lang())} ({origin.place.code})" for origin in e.origins if origin.share != 1.0]
        if parts:
            said.append(gettext("The area was then %(parts)s.") % {"parts": wording.listed(parts)})
        if some:
            said.append(gettext("It was then a part of %(parts)s.") % {"parts": wording.listed(some)})
    if e.point is not None and e.value is not None:
        said.append(gettext("Nothing was added, divided or estimated on the way from the source to this page."))
    return Section("borders", gettext("Which area it is for"), tuple(said))


def _step(e: Explanation, step: BorderStep) -> Fact:
    """A part of a value that was put together, with the denominator it counts with."""
    written = REASONS[step.missing or "not_available"][0] if step.value is None else _written(e, step.value)
    if step.weight is not None:
        words = {"value": written, "denominator": _exact(step.weight)}
        written = gettext("%(value)s of %(denominator)s") % words
    return Fact(f"{step.name} ({step.code})" if step.code else gettext("The rest of the area"), written)


def _judgement(e: Explanation) -> Section:
    """What pages make of the number: from what it came, the status of its course, and where it lies among others."""
    said, facts = [], []
    if e.standing is not None and e.standing.latest.period == e.period:
        words = {"status": wording.trend_status(e.standing), "year": str(e.standing.trend.target_year)}
        said.append(gettext("Pages say “%(status)s” of the trend to %(year)s.") % words)
    if e.earlier is not None and e.earlier.value is not None and e.value is not None:
        words = {
            "before": _written(e, e.earlier.value),
            "after": figure(e),
            "period": e.earlier.period.label(lang()),
            "direction": str(Direction(e.quantity.direction).label),
        }
        said.append(gettext("From %(before)s in %(period)s to %(after)s (%(direction)s).") % words)
        facts.append(
            Fact(
                gettext("Compared with"),
                f"{_written(e, e.earlier.value)}, {words['period']}",
                wording.explain_address(e.version.id, e.earlier.place, e.earlier.period.text, e.breakdown),
            )
        )
        facts.append(Fact(gettext("Method"), gettext("change over time, as the page of data and method tells"),
                          f"{reverse('status:method', args=[e.version.id])}#change"))  # fmt: skip
    if e.spread is not None and e.value is not None and e.quantity.is_size_free and e.spread.n >= rules.FEWEST:
        words = {
            "count": str(e.spread.n),
            "low": _written(e, e.spread.lower_quartile),
            "median": _written(e, e.spread.median),
            "high": _written(e, e.spread.upper_quartile),
        }
        facts.append(
            Fact(
                gettext("Municipalities with a figure"),
                gettext("%(count)s; the middle half lies from %(low)s to %(high)s, the median is %(median)s") % words,
                f"{reverse('status:indicator', args=[e.version.id])}?periode={e.period.text}",
            )
        )
    return Section("judgement", gettext("What pages make of it"), tuple(said), tuple(facts))


def _vintages(e: Explanation) -> Section:
    facts = [Fact(_release_name(v), _vintage(e, v), _release_href(v.release)) for v in e.vintages]
    said = []
    values = {(v.value, v.missing) for v in e.vintages}
    if len(e.vintages) == 1:
        said.append(gettext("It has been published once, and not changed since."))
    elif len(values) == 1:
        said.append(gettext("It has been the same in every release."))
    elif values:
        said.append(gettext("It has been changed since it was first published. Nothing published is overwritten."))
    return Section("vintages", gettext("What has been published before"), tuple(said), tuple(facts))


def _release_name(vintage: Vintage) -> str:
    words = {"number": vintage.release.number, "day": _date(vintage.release.published_at)}
    return gettext("Release %(number)s of %(day)s") % words


def _vintage(e: Explanation, vintage: Vintage) -> str:
    if vintage.value is not None:
        said = _written(e, vintage.value)
    elif vintage.missing:
        said = f"{REASONS[vintage.missing][0]} {gettext(REASONS[vintage.missing][1])}"
    else:
        said = gettext("no row")
    status = gettext(STATUSES[vintage.point.status]) if vintage.point and vintage.point.status in STATUSES else ""
    now = gettext("what readers see now") if e.is_current(vintage) else ""
    kind = gettext("release: %(kind)s") % {"kind": vintage.release.get_kind_display()}
    return " · ".join(filter(None, [said, status, kind, now]))


def _release_href(release: Release) -> str:
    return reverse("status:release", args=[release.dataset_id, release.number])


def _got(release: Release) -> str:
    if day := release.staged.origin.get("retrieved_on"):
        return written_day(day)
    return gettext("not stated; kept here since %(day)s") % {"day": _date(release.staged.raw.received_at)}


def _date(at: datetime) -> str:
    return format_date(timezone.localtime(at).date(), lang())


def _moment(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{format_date(local.date(), lang())} {local:%H:%M}"


MISSED = {
    "indicator": _("There is no indicator %(written)s."),
    "place": _("There is no place %(written)s."),
    "places": _("Several places are called %(written)s."),
    "period": _("There is no period %(written)s for this indicator."),
    "breakdown": _("This indicator is not divided by %(written)s here."),
    "figures": _("Nothing has been published of %(written)s yet."),
}


def missed(error: NothingToExplain) -> str:
    """What cannot be explained, in one sentence."""
    return str(MISSED[error.kind]) % {"written": error.written}


# What to do now, where nothing comes near.
REMEDIES = {
    "indicator": _("Search for it on the site: its page has the id."),
    "place": _("Write its number, such as 4003, or its name."),
    "period": _("Leave the period out for the latest."),
    "breakdown": _("Leave the part out for the whole."),
    "figures": _("Choose another indicator, or publish figures of this one first."),
}


def remedy(error: NothingToExplain) -> str:
    """What to do now: what comes nearest, or else where to look."""
    names = ", ".join(near.text for near in error.nearest)
    if error.kind == "places":
        return gettext("Write the number of one of them: %(names)s.") % {"names": names}
    return gettext("Nearest: %(names)s.") % {"names": names} if names else str(REMEDIES[error.kind])


def as_text(e: Explanation) -> str:
    """For the terminal: the sections under each other."""
    lines = [f"{name(e)}: {figure(e)}"]
    for section in sections(e):
        lines += ["", section.title]
        lines += [f"  {sentence}" for sentence in section.sentences]
        lines += [f"  {fact.label}: {fact.text}" for fact in section.facts]
    return "\n".join(lines)


COLUMNS = ("part", "what", "value", "address")


def rows(e: Explanation) -> list[dict[str, str]]:
    """As CSV: one line for each sentence and each fact."""
    found = []
    for section in sections(e):
        found += [{"part": section.key, "what": "", "value": said, "address": ""} for said in section.sentences]
        found += [
            {"part": section.key, "what": fact.label, "value": fact.text, "address": fact.href}
            for fact in section.facts
        ]
    return found
