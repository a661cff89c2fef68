"""What an address asks for and is not shown, in one sentence each: a page says it beside the rest, data refuse it."""

from collections.abc import Sequence

from django.utils.translation import get_language, gettext

from dugnad.places.queries import Group, PlaceNotFound
from dugnad.shared.numbers import format_date
from dugnad.shared.published import NotShown
from dugnad.status.queries.borders import Borders
from dugnad.status.queries.comparisons import MOST, MOST_OWN
from dugnad.status.queries.indicators import IndicatorOverview
from dugnad.status.wording import listed


def refuse_as_data(form: str, *said: tuple[str, str]) -> None:
    """NotShown where data are asked for, with the first of some (parameter, sentence) that has a sentence."""
    for name, sentence in said if form != "html" else ():
        if sentence:
            raise NotShown(sentence, without=name)


def group_said(wanted: str, unknown: Sequence[str], groups: Sequence[Group]) -> str:
    """That an address asks for a group that is none; "" where nothing is `unknown`."""
    if len(wanted.split(",")) > MOST_OWN:
        return gettext("A list of one’s own holds at most %(most)s places.") % {"most": MOST_OWN}
    if not unknown:
        return ""
    said = gettext(
        "Not found among the places of today: %(words)s. Write municipality numbers or names with commas between."
    ) % {"words": ", ".join(unknown)}
    named = ", ".join(f"{group.key} ({group.title})" for group in groups)
    there_are = gettext("Or one of these groups: %(groups)s.") % {"groups": named}
    return f"{said} {there_are}" if named else said


def group_alone(wanted: str) -> str:
    """That a group needs a place to be around."""
    return gettext(
        "The group “%(words)s” is not shown: point out a municipality to see a group around it, or write municipality "
        "numbers or names with commas between."
    ) % {"words": wanted}


def group_of_amounts() -> str:
    return gettext("An amount depends on how large the place is, so it is not laid beside those of other places.")


def group_then(borders: Borders) -> str:
    """That groups are those of today."""
    told = {"day": format_date(borders.day, get_language() or "nb")}
    return gettext("The groups are those of today, so places are not compared on the borders of %(day)s.") % told


def places_said(unclear: Sequence[PlaceNotFound]) -> str:
    """Which words mean no place, or several."""
    return " ".join(map(str, unclear))


def left_out_said(names: Sequence[str]) -> str:
    """Which places are too many."""
    if not names:
        return ""
    told = {"most": MOST, "names": listed(names)}
    return gettext("Only %(most)s places fit beside each other. Left out: %(names)s.") % told


def others_said(names: Sequence[str]) -> str:
    """Which places are no municipalities, where only these can be pointed out."""
    if not names:
        return ""
    return gettext("Only municipalities can be pointed out here, not %(names)s.") % {"names": listed(names)}


def no_period(written: str) -> NotShown:
    said = gettext("“%(written)s” is no period. Write it as 2024, 2024-03, 2024-Q1, 2024-01-01 or 2018-01-01/P7Y.")
    return NotShown(said % {"written": written}, 404, without="periode")


def no_part(written: str, overview: IndicatorOverview) -> NotShown:
    """That an indicator has no such part, and which it has."""
    known = [text for text in overview.breakdowns if text]
    said = gettext("“%(written)s” is no part of this indicator.") % {"written": written}
    if known:
        said += " " + gettext("Its parts are: %(parts)s.") % {"parts": ", ".join(known)}
    return NotShown(said, 404, without="del")


def no_side(written: str) -> NotShown:
    said = gettext("There is no page %(written)s of this. All periods are asked for with periode=alle.")
    return NotShown(said % {"written": written}, 404, without="side")
