"""What every answer carries, which cookies there are, and what an installation refuses to start with."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from dugnad.config.security import HEADERS, refuse_unsafe
from tests.clients import PASSWORD, person, signed_in

PUBLIC = ["/", "/nb/", "/nn/om/", "/en/sok?q=skien", "/nb/no-such-page", "/robots.txt", "/healthz"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", [*PUBLIC, "/nb/logg-inn/", "/nb/min-side/", "/static/no-such-file.css"])
def test_every_answer_carries_the_headers(path: str) -> None:
    answer = Client().get(path)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


def test_the_policy_of_contents_allows_nothing_inline_or_from_elsewhere() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy and "http" not in policy and "*" not in policy
    assert policy.startswith("default-src 'none';")


@pytest.mark.django_db
@pytest.mark.parametrize("path", PUBLIC)
def test_reading_sets_no_cookie_and_depends_on_none(path: str) -> None:
    answer = Client().get(path)
    assert not answer.cookies
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert "private" not in answer.headers.get("Cache-Control", "")


@pytest.mark.django_db
def test_signing_in_sets_the_two_that_it_needs() -> None:
    client = Client()
    assert set(client.get("/nb/logg-inn/").cookies) == {"csrf"}
    person()
    client.post("/nb/logg-inn/", {"login": "kari@example.org", "password": PASSWORD})
    assert set(client.cookies) == {"csrf", "session"}
    for cookie in client.cookies.values():
        assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")


@pytest.mark.django_db
def test_pages_made_for_a_person_are_kept_by_nobody() -> None:
    client = signed_in(person(), second_factor=False)
    assert client.get("/nb/min-side/")["Cache-Control"] == "private, no-store"


def settings_with(tmp_path: Path, **environment: str) -> dict[str, Any]:
    """The settings of an installation with this environment, read in a process of its own."""
    code = (
        "import json; from dugnad.config import settings as s; "
        "print(json.dumps({n: getattr(s, n) for n in dir(s) if n.isupper() and n.startswith("
        "('SESSION_', 'CSRF_', 'SECURE_', 'ALLAUTH_', 'PASSWORD_HASHERS', 'DEBUG'))}))"
    )
    clean = {k: v for k, v in os.environ.items() if not k.startswith("DUGNAD_")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**clean, "DUGNAD_DATA_DIR": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def test_behind_https_cookies_are_bound_to_this_address(tmp_path: Path) -> None:
    found = settings_with(tmp_path, DUGNAD_PUBLIC_URL="https://dugnad.example")
    assert found["SESSION_COOKIE_NAME"] == "__Host-session" and found["CSRF_COOKIE_NAME"] == "__Host-csrf"
    assert found["SESSION_COOKIE_SECURE"] and found["CSRF_COOKIE_SECURE"]
    assert found["SECURE_HSTS_SECONDS"] >= 365 * 24 * 60 * 60
    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://dugnad.example"]
    assert found["SECURE_PROXY_SSL_HEADER"] is None and found["ALLAUTH_TRUSTED_PROXY_COUNT"] == 0


def test_a_proxy_is_believed_when_we_are_told_of_it(tmp_path: Path) -> None:
    found = settings_with(tmp_path, DUGNAD_PUBLIC_URL="https://dugnad.example", DUGNAD_PROXIES="1")
    assert found["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]
    assert found["ALLAUTH_TRUSTED_PROXY_COUNT"] == 1


@pytest.mark.parametrize("unsafe", [{"DUGNAD_DEBUG": "true"}, {"DUGNAD_SECRET_KEY": "secret"}])
def test_an_installation_others_can_reach_does_not_start_unsafe(tmp_path: Path, unsafe: dict[str, str]) -> None:
    with pytest.raises(RuntimeError, match=f"ImproperlyConfigured.*{next(iter(unsafe))}"):
        settings_with(tmp_path, DUGNAD_PUBLIC_URL="https://dugnad.example", **unsafe)
    assert settings_with(tmp_path, **unsafe)  # on one's own machine it does


@pytest.mark.parametrize("key", ["", "short", "a" * 64, "django-insecure-" + "abcdefghijklmnop" * 4])
def test_keys_that_can_be_guessed(key: str) -> None:
    with pytest.raises(ImproperlyConfigured):
        refuse_unsafe(public_url="https://dugnad.example", debug=False, secret_key=key)


def test_each_installation_makes_a_key_of_its_own(tmp_path: Path) -> None:
    for name in ("a", "b"):
        settings_with(tmp_path / name)
    keys = [(tmp_path / name / "secret-key").read_text() for name in ("a", "b")]
    assert keys[0] != keys[1] and min(map(len, keys)) >= 64
    assert (tmp_path / "a" / "secret-key").stat().st_mode & 0o077 == 0


def test_passwords_are_hashed_dearly(tmp_path: Path) -> None:
    """Argon2id with at least what OWASP asks for (19 MiB, two rounds)."""
    assert settings_with(tmp_path)["PASSWORD_HASHERS"] == ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    assert Argon2PasswordHasher.memory_cost >= 19 * 1024 and Argon2PasswordHasher.time_cost >= 2
