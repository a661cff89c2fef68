"""The matrix role x route x own/other: complete, and what the running product does is what it says."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.resolvers import RoutePattern

from dugnad.people import changes
from dugnad.people.middleware import PolicyMiddleware
from dugnad.people.policy import Grant, Policy, can, needs_second_factor, policy
from tests.clients import OTHER, OWN, TEST, organisation, person, person_with, signed_in

# What to put into an address, by the name of the parameter; the pages are never asked for what they find there.
SAMPLES: dict[str, Any] = {
    "place_code": OWN,
    "key": "abc-def",
    "form": "csv",
    "set_id": "sdg",
    "version": "sdg.2017.1.1",
    "version_id": "sdg.2017.1.1",
    "format": "csv",
    "file_form": "json",
}


def routes(patterns: list[Any], namespace: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every address of the product: its name and an example of its parameters."""
    for entry in patterns:
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from routes(entry.url_patterns, inner)
        elif isinstance(entry, URLPattern):
            pattern = entry.pattern
            names = pattern.converters if isinstance(pattern, RoutePattern) else pattern.regex.groupindex
            sample = {name: SAMPLES.get(name, 1) for name in names}
            yield f"{namespace}{entry.name or ''}", sample


ROUTES = dict(routes(get_resolver().url_patterns))


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    rows = {action.split()[1] for action in policy().actions}
    assert sorted(set(ROUTES) - rows) == [], "routes that policy.yaml does not mention: they are refused to everybody"
    assert sorted(rows - set(ROUTES)) == [], "rows in policy.yaml without a route"


def test_own_is_only_asked_where_the_address_says_whose() -> None:
    for action, grants in policy().actions.items():
        if any(grant.own for grant in grants):
            assert "place_code" in ROUTES[action.split()[1]], action


@pytest.mark.django_db
def test_every_cell_holds_for_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each role asks for each page by each method, for its own place and another's; the pages are not run."""
    decide = PolicyMiddleware.process_view

    def stop_after_the_decision(self: Any, request: HttpRequest, *rest: Any) -> HttpResponse:
        return decide(self, request, *rest) or HttpResponse("allowed")

    monkeypatch.setattr(PolicyMiddleware, "process_view", stop_after_the_decision)
    clients = {"anyone": Client()} | {role: signed_in(person_with(role)) for role in policy().roles[1:]}
    checked, wrong = 0, []
    for cell in policy().cells():
        sample = dict(ROUTES[cell.route])
        if "place_code" in sample:
            sample["place_code"] = OWN if cell.own else OTHER
        elif not cell.own:
            continue  # nobody's in particular: asked once
        response = clients[cell.role].generic(cell.method, reverse(cell.route, kwargs=sample))
        allowed = response.content == b"allowed"
        checked += 1
        if allowed != cell.allowed:
            wrong.append((cell, response.status_code))
        elif not allowed:
            to_sign_in = cell.role == "anyone" and cell.method == "GET"
            assert response.status_code == (302 if to_sign_in else 403), cell
    assert wrong == []
    assert checked >= len(policy().actions) * len(policy().roles)


@pytest.mark.django_db
def test_the_check_of_cells_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: with a policy that lets everybody in, the test above is red."""
    monkeypatch.setattr("dugnad.people.middleware.can", lambda *_: True)
    with pytest.raises(AssertionError):
        test_every_cell_holds_for_requests(monkeypatch)


@pytest.mark.django_db
def test_a_route_without_a_row_is_refused_to_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "dugnad.people.middleware.policy", lambda: Policy(policy().roles, policy().second_factor, actions={})
    )
    monkeypatch.setattr("dugnad.people.middleware.can", lambda *_: False)
    assert Client().get(reverse("people:me")).status_code == 403
    assert signed_in(person_with("operator")).get(reverse("people:me")).status_code == 403


@pytest.mark.django_db
def test_head_follows_get_and_other_methods_are_named() -> None:
    client = signed_in(person_with("signed_in"))
    assert client.head(reverse("people:me")).status_code == 200
    answer = client.delete(reverse("people:me"))
    assert (answer.status_code, answer["Allow"]) == (405, "GET, POST")


class TestOffices:
    """Rights are computed from the offices held on the day."""

    PAGE = f"/nb/organisasjon/{OWN}/"

    @pytest.mark.django_db
    def test_an_office_counts_from_its_first_day_and_not_on_the_day_it_ends(self) -> None:
        somebody = person()
        changes.give_office(
            person=somebody,
            organisation=organisation(OWN),
            role="adviser",
            valid_from=date(2026, 1, 1),
            valid_to=date(2028, 1, 1),
            by=TEST,
        )
        answers = {}
        # Half an hour before and after midnight in Norway, which is an hour ahead of UTC in winter.
        for instant in ("2025-12-31T22:30Z", "2025-12-31T23:30Z", "2027-12-31T22:30Z", "2027-12-31T23:30Z"):
            with time_machine.travel(instant, tick=False):
                answers[instant] = can(somebody, "GET people:organisation", OWN)
        assert list(answers.values()) == [False, True, True, False]

    @pytest.mark.django_db
    def test_an_adviser_has_a_right_only_to_her_own(self) -> None:
        adviser = person_with("adviser")
        assert can(adviser, "GET people:organisation", OWN)
        assert not can(adviser, "GET people:organisation", OTHER)
        assert can(adviser, "GET people:organisation", organisation(OWN))  # a thing that knows its place
        assert not can(adviser, "GET people:organisation")  # nothing said: not hers
        assert not can(adviser, "GET people:organisation", "")

    @pytest.mark.django_db
    def test_what_is_not_written_is_refused_even_to_the_operator(self) -> None:
        operator = person_with("operator")
        assert not can(operator, "DELETE people:organisation", OWN)
        assert not can(operator, "GET people:unknown")

    @pytest.mark.django_db
    def test_the_second_factor_is_needed_for_what_only_strong_offices_give(self) -> None:
        adviser, operator = person_with("adviser"), person_with("operator")
        assert not needs_second_factor(adviser, "GET people:organisation", OWN)
        assert needs_second_factor(operator, "GET people:organisation", OWN)
        assert not needs_second_factor(operator, "GET people:me")


def test_a_grant_that_says_something_else_is_refused() -> None:
    with pytest.raises(AssertionError, match="neither a role"):
        Grant.parse("adviser mostly")
