"""The one policy: may this person do this?

`can(user, "GET status:place", thing)` answers for web, API, export, feed and mail alike. An action is a method and the
name of a route; `policy.yaml` says for each which roles may, and whether only with what is their own. What is not
written there is refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, reduce
from operator import or_
from pathlib import Path
from typing import Any

import rules
import yaml
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from dugnad.people.models import Office

ANYONE = AnonymousUser()


@dataclass(frozen=True)
class Grant:
    """One role that may; `own` when only with what belongs to the place it is held for."""

    role: str
    own: bool = False

    @classmethod
    def parse(cls, text: str) -> "Grant":
        """
        >>> Grant.parse("adviser own"), Grant.parse("operator")
        (Grant(role='adviser', own=True), Grant(role='operator', own=False))
        """
        role, _, own = text.partition(" ")
        assert own in ("", "own"), f"policy.yaml: {text!r} is neither a role nor a role and 'own'"
        return cls(role, own == "own")


@dataclass(frozen=True)
class Cell:
    """One square of the matrix: may this role use this method on this route, with its own or with another's?"""

    route: str
    method: str
    role: str
    own: bool
    allowed: bool


@dataclass(frozen=True)
class Policy:
    roles: tuple[str, ...]
    second_factor: frozenset[str]
    actions: dict[str, tuple[Grant, ...]]

    def methods(self, route: str) -> list[str]:
        return [method for method, name in map(str.split, self.actions) if name == route]

    def cells(self) -> Iterator[Cell]:
        """The whole matrix, for the documentation and the test of it."""
        for action, grants in self.actions.items():
            method, route = action.split()
            for role in self.roles:
                implied = {"anyone"} if role == "anyone" else {"anyone", "signed_in", role}
                mine = [grant for grant in grants if grant.role in implied]
                for own in (True, False):
                    yield Cell(route, method, role, own, any(own or not grant.own for grant in mine))


@cache
def policy() -> Policy:
    """The matrix as written in `policy.yaml`."""
    stated = yaml.safe_load((Path(__file__).parent / "policy.yaml").read_text())
    actions: dict[str, tuple[Grant, ...]] = {}
    for route, methods in stated["routes"].items():
        for method, who in methods.items():
            grants = tuple(Grant.parse(text) for text in ([who] if isinstance(who, str) else who))
            assert all(grant.role in stated["roles"] for grant in grants), f"policy.yaml: unknown role at {route}"
            actions[f"{method} {route}"] = grants
    return Policy(tuple(stated["roles"]), frozenset(stated["second_factor"]), actions)


def can(user: Any, action: str, thing: Any = None) -> bool:
    """May the user do this, to this thing? Computed from the offices they hold today.

    `thing` is what is acted on: a place code, or anything with a `place_code`. Without it, a right to one's own does
    not count.
    """
    return _rules().test_rule(action.replace("HEAD ", "GET ", 1), user, thing)


def needs_second_factor(user: Any, action: str, thing: Any = None) -> bool:
    """Does the right to this come only from offices that must prove themselves twice?"""
    strong = policy().second_factor
    grants = policy().actions[action.replace("HEAD ", "GET ", 1)]
    weaker = [_predicate(grant) for grant in grants if grant.role not in strong]
    return not any(predicate.test(user, thing) for predicate in weaker)


def place_code_of(thing: Any) -> str:
    return thing if isinstance(thing, str) else getattr(thing, "place_code", "")


@cache
def _rules() -> rules.RuleSet:
    """`policy.yaml` as predicates, one for each action."""
    ruleset = rules.RuleSet()
    for action, grants in policy().actions.items():
        ruleset.add_rule(action, reduce(or_, map(_predicate, grants)))
    return ruleset


def _predicate(grant: Grant) -> rules.Predicate:
    if grant.role == "anyone":
        return rules.always_true
    if grant.role == "signed_in":
        return rules.is_authenticated
    return rules.predicate(name=f"{grant.role}{' own' if grant.own else ''}")(
        lambda user, thing: _holds(user, grant, thing)
    )


def _holds(user: Any, grant: Grant, thing: Any) -> bool:
    """Asked of the database each time: an office that ended yesterday counts for nothing in an older session."""
    if not (user.is_authenticated and user.is_active):
        return False
    offices = Office.objects.held_on(timezone.localdate()).filter(person=user.pk, role=grant.role)
    if grant.own:
        code = place_code_of(thing)
        offices = offices.filter(organisation__place_code=code) if code else offices.none()
    return offices.exists()
