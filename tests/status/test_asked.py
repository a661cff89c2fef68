"""Nothing that a reader asks for is passed over in silence: a page says what it does not show, data refuse it."""

import html

import pytest
from django.test import Client

from dugnad.people.policy import ANYONE, can, policy
from tests.status.conftest import EMISSIONS, UNEMPLOYMENT
from tests.status.test_indicator_page import page

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.usefixtures("small_site")]
INDICATOR = f"indikator/{UNEMPLOYMENT}"
SEVEN = "&".join(f"sted={code}" for code in (4001, 4003, 4005, 4010, 4012, 4014, 4018))


def refused(client: Client, address: str, status: int = 400) -> str:
    """The one sentence that JSON and CSV are refused with, the same of both."""
    path, _, query = address.partition("?")
    as_json, as_csv = client.get(f"{path}.json?{query}"), client.get(f"{path}.csv?{query}")
    assert (as_json.status_code, as_csv.status_code) == (status, status), as_json.content[:200]
    assert as_json.json()["error"] == as_csv.content.decode().strip()
    return as_json.json()["error"]


@pytest.mark.parametrize("place", [f"{INDICATOR}?sted=4003&", "kommune/4003/mal/8?", "sammenlign?sted=4003&sted=4001&"])
@pytest.mark.parametrize(
    ("lang", "begins", "names"),
    [
        ("nb", "Ikke funnet blant dagens steder: tull.", "Eller en av disse gruppene: county (Kommuner i Telemark), "),
        ("nn", "Ikkje funne blant stadene i dag: tull.", "Eller ei av desse gruppene: county (Kommunar i Telemark), "),
        ("en", "Not found among the places of today: tull.", "Or one of these groups: county (Municipalities in Tele"),
    ],
)
def test_a_group_that_is_none_is_refused_and_the_groups_are_named(
    client: Client, place: str, lang: str, begins: str, names: str
) -> None:
    said = refused(client, f"/{lang}/{place}gruppe=tull")
    assert said.startswith(begins) and names in said and "neighbours (" in said
    assert said in html.unescape(page(client, f"/{lang}/{place}gruppe=tull"))  # the page says the same


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        (f"{INDICATOR}?sted=4003&gruppe=4001,Atlantis", 400, "Not found among the places of today: Atlantis."),
        (f"{INDICATOR}?sted=4003&gruppe=4003", 400, "“4003” names nobody else to compare with. Write municipality"),
        ("kommune/4003/mal/8?gruppe=,,", 400, "“,,” names nobody else to compare with."),
        ("sammenlign?sted=4003&gruppe=Skien", 400, "“Skien” names nobody else to compare with."),
        (f"{INDICATOR}?gruppe=county", 400, "The group “county” is not shown: point out a municipality"),
        (f"indikator/{EMISSIONS}?sted=4003&gruppe=county", 400, "An amount depends on how large the place is"),
        (f"{INDICATOR}?gruppe=" + ",".join(f"{n}" for n in range(61)), 400, "holds at most 60 places"),
        (f"{INDICATOR}?sted=Atlantis", 400, "No place is called Atlantis on "),
        (f"{INDICATOR}?sted=Telemark", 400, "Only municipalities can be pointed out here, not Telemark."),
        (f"{INDICATOR}?periode=1999", 404, "No place has a figure for 1999. There are figures from 20"),
        (f"{INDICATOR}?periode=i+fjor", 404, "“i fjor” is no period. Write it as 2024, 2024-03"),
        (f"{INDICATOR}?del=part%3Dx", 404, "“part=x” is no part of this indicator."),
        (f"{INDICATOR}?side=2", 404, "There is no page 2 of this."),
        (f"{INDICATOR}?periode=alle&side=9", 404, "There is no page 9 of this."),
        (f"{INDICATOR}?sorter=verdi", 400, "“sorter” cannot be chosen here. What can: del, grenser, gruppe, per, per"),
        (f"{INDICATOR}?year=2020", 400, "“year” cannot be chosen here."),
        ("sammenlign?sted=4003&sted=Atlantis", 400, "No place is called Atlantis on "),
        ("sammenlign?gruppe=county", 400, "The group “county” is not shown"),
        (f"sammenlign?{SEVEN}", 400, "Only 6 places fit beside each other. Left out: Nome."),
        ("kommune/4003?gruppe=county", 400, "“gruppe” cannot be chosen here. What can: per."),
        ("kommune/4003?periode=2020", 400, "“periode” cannot be chosen here."),
        (f"kommune/4003/historikk/{UNEMPLOYMENT}?periode=tull", 404, "“tull” is no period."),
        ("publisering/now/1?sted=4003", 400, "“sted” cannot be chosen here."),
        (f"{INDICATOR}/metode?del=x", 400, "“del” cannot be chosen here."),
        (f"{INDICATOR}?periode=2024&periode=2025", 400, "“periode” is asked for more than once."),
        ("indikatorsett/norge?utgave=1999", 404, "There is no edition 1999 of this set. Its editions are: 2026."),
        (f"kommune/4003/historikk/{UNEMPLOYMENT}?periode=1999", 404, "Nothing has been published for 1999 here."),
        (f"kommune/4003/historikk/{UNEMPLOYMENT}?del=part%3Dx", 404, "“part=x” is no part of this indicator."),
        (f"forklar/{UNEMPLOYMENT}/4003/1999", 404, "There is no period 1999 for this indicator. Nearest: 20"),
        (f"forklar/{UNEMPLOYMENT}/4003?del=x", 404, "This indicator is not divided by x here."),
        ("kommune/4012/mal/8?grenser=1900", 400, "The borders 1900 are not known."),
    ],
)
def test_data_refuse_what_they_do_not_show(client: Client, address: str, status: int, words: str) -> None:
    assert words in refused(client, f"/en/{address}", status)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("kommune/skein", "Did you mean 4003 Skien, 5006 Steinkjer? Look it up: http://localhost:8000/en/sok?q=skein"),
        ("kommune/xqzw/mal/8", "No place is called “xqzw” today. Look it up: http"),
        ("fylke/xqzw", "Look it up: http://localhost:8000/en/sok?q=xqzw"),
        ("kommune/xqzw/lignende", "No place is called “xqzw” today. Look it up: http"),
        ("kommune/1507/mal/8", "Did you mean 1508 Ålesund, 1580 Haram? Look it up: http"),
        ("kommune/4003/mal/18", "There is no goal 18. The goals are 1 to 17."),
        ("kommune/4003/sett/tull", "The indicator set tull is not used at this place. Sets are: "),
        (f"kommune/xqzw/historikk/{UNEMPLOYMENT}", "No place is called “xqzw” today. Look it up: http"),
        ("kommune/4003/historikk/norge.2026.tull", "There is no indicator norge.2026.tull. Look it up: http"),
        ("mal/18", "There is no goal 18."),
        ("indikator/norge.tull", "There is no indicator norge.tull. Look it up: http"),
        ("indikator/norge.tull/metode", "There is no indicator norge.tull."),
        ("indikatorsett/tull", "There is no indicator set tull. The sets are: "),
        ("publisering/now/9", "There is no release now/9. All releases: http://localhost:8000/en/publisering/"),
        ("forklar/norge.2026.tull/4003", "There is no indicator norge.2026.tull. "),
        ("tull", "There is nothing at this address. How data are asked for: http://localhost:8000/en/om/data"),
        ("kommune/4003/tull", "There is nothing at this address."),
    ],
)
def test_data_that_are_not_there_are_answered_as_data(client: Client, address: str, words: str) -> None:
    assert words in refused(client, f"/en/{address}", 404)
    for form, kind in (("json", "application/json"), ("csv", "text/plain; charset=utf-8")):
        answer = client.get(f"/nb/{address}.{form}")
        said = answer.content.decode()
        assert answer["Content-Type"] == kind and said.count("\n") <= 1 and words[:40] not in said  # but in Norwegian
        assert answer["X-Robots-Tag"] == "noindex" and answer["Cache-Control"] == "no-cache"
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert answer["X-Content-Type-Options"] == "nosniff"
    assert "<h1>" in page(client, f"/en/{address}", 404)


def test_a_page_under_a_place_that_became_several_leads_to_them(client: Client) -> None:
    shown = page(client, "/nb/kommune/1507/mal/8", 404)
    assert 'href="/nb/kommune/1508"' in shown and 'href="/nb/kommune/1580"' in shown


def test_other_forms_of_data_are_answered_in_a_line_of_text(client: Client) -> None:
    for address in ("metode/tull.yaml", "publisering/now/9.parquet", "tull.atom", "problemer.ics"):
        answer = client.get(f"/nb/{address}")
        assert (answer.status_code, answer["Content-Type"]) == (404, "text/plain; charset=utf-8"), address
        assert answer.content.count(b"\n") == 1


# Every page and file that anyone can read, each by an address of the small site; with what it is as data.
ROUTES = {
    "standards:goals": "mal/",
    "standards:goal": "mal/8",
    "standards:sets": "indikatorsett/",
    "standards:set": "indikatorsett/norge",
    "status:place": "kommune/4003",
    "status:place_goal": "kommune/4003/mal/8",
    "status:place_set": "kommune/4003/sett/norge",
    "status:alike": "kommune/4003/lignende",
    "status:county": "fylke/40",
    "status:county_goal": "fylke/40/mal/8",
    "status:county_set": "fylke/40/sett/norge",
    "status:indicator": INDICATOR,
    "status:method": f"{INDICATOR}/metode",
    "status:methods": "metode/",
    "status:method_document": "metode/sdg-index",
    "status:try_method": "metode/prov",
    "status:compare": "sammenlign",
    "status:explain": f"forklar/{UNEMPLOYMENT}/4003/2025",
    "status:problems": "problemer",
    "status:place_vintages": f"kommune/4003/historikk/{UNEMPLOYMENT}",
    "status:county_vintages": f"fylke/40/historikk/{UNEMPLOYMENT}",
    "status:calendar": "kalender",
    "status:releases": "publisering/",
    "status:release": "publisering/now/1",
    "status:release_parquet": "publisering/now/1.parquet",
    "site:front": "",
    "site:search": "sok",
    "site:about": "om/",
    "site:numbers": "om/tallene",
    "site:small_numbers": "om/smaa-tall",
    "site:data": "om/data",
    "site:accessibility": "om/tilgjengelighet",
    "site:privacy": "om/personvern",
    "site:feedback": "om/meld-fra",
    "site:feed": "publisering.atom",
    "site:revisions_feed": "revisjoner.atom",
}
# What they have as data; the others as JSON and CSV.
FORMS = {
    "status:method_document": ["json", "yaml"],
    "status:calendar": ["json", "csv", "ics"],
    **{name: [] for name in ROUTES if name.startswith("site:") or name == "status:try_method"},
}
FILES = ("status:release_parquet", "site:feed", "site:revisions_feed")
# Their addresses and contents are others' to say, and they are no data; health is asked by monitors in their own way.
FIXED = {"choose_language", "health", "robots", "sitemap", "sitemap-part", "security"}


def test_every_route_that_anyone_can_read_is_here() -> None:
    public = {action.partition(" ")[2] for action in policy().actions if action[:4] == "GET " and can(ANYONE, action)}
    assert {route for route in public if not route.startswith(("account_", "mfa_"))} - FIXED == ROUTES.keys()


@pytest.mark.parametrize("route", ROUTES)
def test_a_parameter_that_is_none_is_refused_in_data_and_told_on_the_page(client: Client, route: str) -> None:
    address = f"/en/{ROUTES[route]}"
    said, told = "“tull” cannot be chosen here.", "The page does not show this, which its address asks for: tull."
    for form in [] if route in FILES else FORMS.get(route, ["json", "csv"]):
        answer = client.get(f"{address}.{form}?tull=1")
        assert answer.status_code == 400 and said in answer.content.decode(), form
    if route in FILES:
        answer = client.get(f"{address}?tull=1")
        assert answer.status_code == 400 and answer.content.decode().startswith(said)
    else:
        assert told in page(client, f"{address}?tull=1")
        assert "The page does not show" not in page(client, f"{address}?utm_source=letter&fbclid=x&tull=")


def test_the_same_is_said_on_the_page(client: Client) -> None:
    for address, words in (
        (f"indikator/{EMISSIONS}?sted=4003&gruppe=county", "En mengde avhenger av hvor stort stedet er"),
        (f"{INDICATOR}?sted=Telemark", "Bare kommuner kan pekes ut her, ikke Telemark."),
        (f"{INDICATOR}?{SEVEN}", "Utelatt: Nome."),
    ):
        assert words in page(client, f"/nb/{address}")
    assert "kan ikke velges her" in page(client, "/nb/kommune/4003?periode=2020", 400)
    for address, words in (
        (f"{INDICATOR}?sorter=tull", "«sorter» kan ikke være «tull». Det kan være: navn, verdi"),
        (f"{INDICATOR}?kart=tull", "«kart» kan ikke være «tull». Det kan være: "),
        ("kommune/4003?gruppe=tull", "Ikke funnet blant dagens steder: tull."),
    ):
        shown = html.unescape(page(client, f"/nb/{address}"))
        assert words in shown
        assert f'href="/nb/{address.partition("?")[0]}">Se siden uten det valget' in shown
    assert "Siden har ikke noe bilde «tull»." in html.unescape(page(client, f"/nb/{INDICATOR}?bilde=tull", 404))
    assert "Skien" in page(client, "/nb/kommune/4003?utm_source=nyhetsbrev")  # a link from a newsletter


def test_the_links_to_the_data_of_a_page_ask_what_data_answer_to(client: Client) -> None:
    shown = page(client, f"/nb/{INDICATOR}?sted=4003&gruppe=county&sorter=verdi&kart=flate&utm_source=x&periode=")
    assert f'href="/nb/{INDICATOR}.json?sted=4003&amp;gruppe=county"' in shown
    assert client.get(f"/nb/{INDICATOR}.json?sted=4003&gruppe=county").json()["pointed_out"] == ["4003"]
    amounts = page(client, f"/nb/indikator/{EMISSIONS}?sted=4003&gruppe=county")
    assert f'href="/nb/indikator/{EMISSIONS}.csv?sted=4003"' in amounts
    assert 'href="/nb/kommune/4003.csv"' in page(client, "/nb/kommune/4003?gruppe=county")


def test_pages_of_counties_lead_to_indicators_without_asking_what_these_refuse(client: Client) -> None:
    for address in ("fylke/40/mal/8?gruppe=municipalities", "sammenlign?sted=40&sted=39&gruppe=municipalities"):
        assert f'href="/nb/{INDICATOR}"' in page(client, f"/nb/{address}")
        assert f"/nb/{INDICATOR}?" not in page(client, f"/nb/{address}")
    assert f'href="/nb/{INDICATOR}?sted=4003"' in page(client, "/nb/sammenlign?sted=4003&sted=40")


def test_a_page_that_is_asked_for_all_periods_says_which_it_shows_and_where_all_are(client: Client) -> None:
    shown = page(client, f"/nb/{INDICATOR}?periode=alle&sted=4003")
    assert "Siden viser én periode om gangen, nå 2025. Alle periodene er i dataene:" in shown
    data = f'href="/nb/{INDICATOR}.csv?periode=alle&amp;sted=4003"'
    assert shown.count(data) == 2  # there, and with the other files of the page
    assert "én periode om gangen" not in page(client, f"/nb/{INDICATOR}?periode=2025")
    assert "Det finnes ingen side 2 av dette." in page(client, f"/nb/{INDICATOR}?side=2", 404)


@pytest.mark.parametrize(
    ("asked", "leads_to"),
    [
        ("kommune/3807?gruppe=county", "kommune/4003?gruppe=county"),
        ("kommune/3807/mal/8.json?gruppe=county", "kommune/4003/mal/8.json?gruppe=county"),
        (f"kommune/skien/historikk/{UNEMPLOYMENT}.csv?periode=2025", f"kommune/4003/historikk/{UNEMPLOYMENT}.csv?peri"),
        (f"forklar/{UNEMPLOYMENT}/skien/2025?del=", f"forklar/{UNEMPLOYMENT}/4003/2025?del="),
    ],
)
def test_what_was_asked_for_is_kept_on_the_way(client: Client, asked: str, leads_to: str) -> None:
    assert client.get(f"/nb/{asked}")["Location"].startswith(f"/nb/{leads_to}")


@pytest.mark.parametrize(
    ("other", "one"),
    [
        (f"forklar/{UNEMPLOYMENT}/4003/٢٠٢٥", None),  # digits of another script
        (f"forklar/{UNEMPLOYMENT}/4003/2025-01-01/P0012M", f"forklar/{UNEMPLOYMENT}/4003/2025"),
        (f"forklar/{UNEMPLOYMENT}/--skien--/2025", f"forklar/{UNEMPLOYMENT}/4003/2025"),
        ("forklar/norge.x9.unemployment/4003/2025", f"forklar/{UNEMPLOYMENT}/4003/2025"),
        ("publisering/now/0001", None),
        ("kommune/--snillfjord", "kommune/5012"),
        (f"kommune/{'x' * 101}", None),
    ],
)
def test_no_page_has_endlessly_many_addresses(client: Client, other: str, one: str | None) -> None:
    """Or whoever asks for them fills the disk with ready pages."""
    answer = client.get(f"/nb/{other}")
    if one is None:
        assert answer.status_code == 404
    else:
        assert answer["Location"] == f"/nb/{one}"
