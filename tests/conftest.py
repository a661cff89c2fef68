"""What every test may ask for."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_django
from django.conf import settings
from django.db import connection
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

SHARED_DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


# The same examples in every run, however slow the machine: a gate that says one thing. `--hypothesis-profile=default`
# looks for others.
hypothesis_settings.register_profile(
    "dugnad", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("dugnad")


def pytest_configure() -> None:
    """Static files go by plain names, not collected; password hashes are quick to make, and what was read is not read
    again."""
    from dugnad.status import changes  # Django is set up by now; for who imports this file it need not be
    from tests import once

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    logging.getLogger().handlers.clear()  # pytest keeps what is logged and shows it when a test fails
    changes.read_in_child = once.reading  # type: ignore[assignment]
    settings.PASSWORD_HASHERS = ["tests.clients.QuickHasher"]
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--only-database", action="store_true", help="only tests that use the database: for a second one")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test that never meets the database says the same on every one, and so do walks through pages and attacks that
    meet it by ways that others have tried on each: once will do. `any_database` marks these.
    """
    if not config.getoption("--only-database"):
        return
    fixtures = {"db", "transactional_db", "django_db_setup"}

    def meets_it(item: pytest.Item) -> bool:
        asks = item.get_closest_marker("django_db") or fixtures & set(item.fixturenames)  # type: ignore[attr-defined]
        return bool(asks) and not item.get_closest_marker("any_database")

    apart = [item for item in items if not meets_it(item)]
    gone = set(apart)
    items[:] = [item for item in items if item not in gone]
    config.hook.pytest_deselected(items=apart)


@pytest.fixture(autouse=True)
def usual_language() -> None:
    """A request leaves its language behind in the process: the next test begins in the usual one."""
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the repository; the test is skipped, in plain words, where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"real data is absent: {SHARED_DATA} does not exist")
    return SHARED_DATA


@pytest.fixture(scope="session", autouse=True)
def no_collected_files(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Pages are asked for without `collectstatic`: the folder of collected files is there, and empty."""
    settings.STATIC_ROOT = tmp_path_factory.mktemp("static")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    """SQLite in a file, as in production: in memory, threads do not wait for each other's transactions."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> None:
    """After a test with real transactions the tables are emptied; on SQLite the audit log's trigger would refuse it.

    Only in a database made for the tests: without a test that asks for one, the connection leads to the installation's.
    """
    if connection.vendor != "sqlite" or connection.settings_dict["NAME"] != connection.settings_dict["TEST"]["NAME"]:
        return
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER audit_event_no_delete")
