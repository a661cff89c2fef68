"""A2. Imitates PyPI TOB-26-11 and Decidim CVE-2026-40869: municipality A asks with the ids of municipality B."""

import re

import pytest

from tests.clients import OTHER, OWN, organisation, person_with, signed_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
def test_what_exists_and_what_does_not_are_refused_alike(method: str) -> None:
    client = signed_in(person_with("adviser"))
    organisation(OTHER)
    existing = client.generic(method, f"/nb/organisasjon/{OTHER}/")
    missing = client.generic(method, "/nb/organisasjon/9999/")
    assert existing.status_code == missing.status_code in (403, 405)

    def without_the_address(body: bytes) -> str:
        return re.sub(rf"{OTHER}|9999|[0-9a-f]{{32}}", "", body.decode())

    assert without_the_address(existing.content) == without_the_address(missing.content)


@pytest.mark.parametrize("code", [f"{OWN} ", f" {OWN}", f"{OWN}/../{OTHER}", f"{OTHER}%00", f"{OWN},{OTHER}", "%"])
def test_a_code_written_oddly_is_nobodys(code: str) -> None:
    organisation(OTHER, name="Den andre kommunen")
    answer = signed_in(person_with("adviser")).get(f"/nb/organisasjon/{code}/")
    assert answer.status_code in (400, 403, 404)
    assert "Den andre kommunen" not in answer.content.decode()


def test_control_her_own_is_shown() -> None:
    client = signed_in(person_with("adviser"))
    assert client.get(f"/nb/organisasjon/{OWN}/").status_code == 200
