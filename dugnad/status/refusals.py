"""What an address asks for and is not shown, in one sentence each: a page says it beside the rest, data refuse it."""

from collections.abc import Collection, Iterable, Sequence
from urllib.parse import quote

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language, gettext

from dugnad.places.models import Place
from dugnad.places.queries import Group, PlaceNotFound
from dugnad.shared.asked import SHOWN, NoSuchPage, NotShown
from dugnad.shared.numbers import format_date
from dugnad.status.queries.borders import Borders
from dugnad.status.queries.comparisons import MOST, MOST_OWN
from dugnad.status.wording import listed


def group_said(wanted: str, group: Group | None, unknown: Sequence[str], groups: Sequence[Group]) -> str:
    """That an address asks for a group that is none, or a list of nobody else; "" where the `group` is the wanted."""
    if len(wanted.split(",")) > MOST_OWN:
        return gettext("A list of one’s own holds at most %(most)s places.") % {"most": MOST_OWN}
    is_instead = group is None or (group.key != wanted and group in groups)
    if not wanted or not (unknown or is_instead):
        return ""
    if unknown:
        said = gettext(
            "Not found among the places of today: %(words)s. Write municipality numbers or names with commas between."
        ) % {"words": ", ".join(unknown)}
    else:
        said = gettext(
            "“%(words)s” names nobody else to compare with. Write municipality numbers or names with commas between."
        ) % {"words": wanted[:SHOWN]}
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


def no_part(written: str, breakdowns: Iterable[str]) -> NotShown:
    """That an indicator has no such part, and which it has."""
    known = [text for text in breakdowns if text]
    said = gettext("“%(written)s” is no part of this indicator.") % {"written": written}
    if known:
        said += " " + gettext("Its parts are: %(parts)s.") % {"parts": ", ".join(known)}
    return NotShown(said, 404, without="del")


def nothing_in(period: str) -> NotShown:
    """That there is nothing of a period."""
    said = gettext("Nothing has been published for %(period)s here. Leave the period out to see every one.")
    return NotShown(said % {"period": period}, 404, without="periode")


def no_side(written: str) -> NotShown:
    said = gettext("There is no page %(written)s of this. All periods are asked for with periode=alle.")
    return NotShown(said % {"written": written}, 404, without="side")


def side_said(written: str, last: int) -> str:
    """That a list has no such page; it has `last` of them."""
    if not written or (written.isascii() and written.isdecimal() and 1 <= int(written[:9]) <= last):
        return ""
    return gettext("The list has no page %(written)s. The last is %(last)s.") % {
        "written": written[:SHOWN],
        "last": last,
    }


def word_said(name: str, written: str, known: Collection[str]) -> str:
    """That a choice has no such word, and which it has; "" where it has."""
    if not written or written in known:
        return ""
    told = {"name": name, "written": written[:SHOWN], "known": ", ".join(known)}
    return gettext("“%(name)s” cannot be “%(written)s”. It can be: %(known)s.") % told


def place_then(place: Place, then: Iterable[Place]) -> NotShown:
    """That a place had other borders, and where its area was."""
    told = {"name": place.name, "code": place.code}
    said = gettext("%(name)s (%(code)s) did not have these borders then. Its area was in:") % told
    names = listed([f"{one.name} ({one.code})" for one in then])
    return NotShown(f"{said} {names}.", 404, without="grenser")


def check_said(written: str, known: Collection[str], form: str) -> str:
    """That there is no such check, and where those that there are stand."""
    if not written or written in known:
        return ""
    told: dict[str, object] = {"written": written[:SHOWN], "count": len(known)}
    if form == "html":
        return gettext("There is no check “%(written)s”. All %(count)s are listed at the end of this page.") % told
    told["address"] = f"{settings.PUBLIC_URL}{reverse('status:problems')}#checks"
    return gettext("There is no check “%(written)s”. All %(count)s: %(address)s") % told


# What is at no address: a page says it with a search below it, data alone.


def look_up(words: str) -> str:
    address = f"{settings.PUBLIC_URL}{reverse('site:search')}?q={quote(words[:SHOWN])}"
    return gettext("Look it up: %(address)s") % {"address": address}


def no_place(error: PlaceNotFound) -> NoSuchPage:
    said = gettext("No place is called “%(words)s” today") % {"words": error.text[:SHOWN]} + "."
    return NoSuchPage(str(error) if error.suggestions else said, look_up(error.text))


def no_indicator(said: str, written: str) -> NoSuchPage:
    return NoSuchPage(said, look_up(written))


def no_set_here(written: str, known: Iterable[str]) -> NoSuchPage:
    said = gettext("The indicator set %(written)s is not used at this place. Sets are: %(known)s.")
    return NoSuchPage(said % {"written": written, "known": ", ".join(known)})


def no_release(dataset: str, number: str) -> NoSuchPage:
    said = gettext("There is no release %(written)s.") % {"written": f"{dataset}/{number}"}
    address = f"{settings.PUBLIC_URL}{reverse('status:releases')}"
    return NoSuchPage(said, gettext("All releases: %(address)s") % {"address": address})


def no_method(written: str, known: Iterable[str]) -> NoSuchPage:
    said = gettext("There is no method %(written)s. The methods are: %(known)s.")
    return NoSuchPage(said % {"written": written, "known": ", ".join(known)})
