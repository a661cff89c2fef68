"""A13. Imitates DHIS2 CVE-2023-32060: a rule that holds on pages but not in files. A hidden number is hidden in all.

The hidden number is one that nothing else could be: 2.718281, a yearly mean of persons. It is looked for in every page,
file and row that anyone but the operator can get, and in all that is made ready for them.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client

from dugnad.status.models import Release
from dugnad.status.queries import snapshots
from tests.clients import person_with, signed_in
from tests.examples.conftest import installation  # noqa: F401  (a fixture)
from tests.status.publishing import Row, publish_rows, staged_rows

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.usefixtures("site")]
JOBS = "norge.2026.jobs"
WELFARE = "norge.2026.child_welfare"
MARKER = 2.718281
SIGNS = (b"2.718", b"2,718")
PAGES = [
    f"/nb/indikator/{JOBS}", f"/nb/indikator/{JOBS}.json", f"/nb/indikator/{JOBS}.csv",
    f"/en/indikator/{JOBS}?periode=2024", "/nb/om/smaa-tall",
    "/nb/kommune/4003", "/nn/kommune/4003.json", "/nb/kommune/4003.csv", "/nb/kommune/4003/mal/8", "/nb/fylke/40",
    "/nb/sammenlign?sted=4003&sted=4001", "/nb/sammenlign.csv?sted=4003&sted=4001", "/nb/publisering/",
    f"/nb/forklar/{JOBS}/4003/2024", f"/nb/forklar/{WELFARE}/4003/2024",
]  # fmt: skip


@pytest.fixture
def site(installation: Any) -> Iterator[None]:  # noqa: F811
    with installation():
        yield


def rows(small: float = MARKER) -> list[Row]:
    """A series that falls to almost nothing: without protection the finding of a jump would tell the number."""
    found: list[Row] = [("3807", str(year), JOBS, 300 + year - 2020) for year in (2020, 2021, 2022, 2023)]
    found += [
        ("4003", "2024", JOBS, small),
        ("4001", "2024", JOBS, 40),
        ("4005", "2024", JOBS, 7),
        ("40", "2024", JOBS, 47 + small),
    ]
    return [*found, ("4003", "2024", WELFARE, 0.9, "", small, 302)]


def told(folder: Path, dataset: str, **protection: Any) -> str:
    """Everything that can be read of a dataset once it is published, and while it waits."""
    release = publish_rows(folder, dataset, rows(), **protection)
    waiting = staged_rows(folder, dataset, [*rows(), ("4001", "2025", JOBS, 41)], **protection)
    snapshots.forget()
    public, secretary = Client(), signed_in(person_with("secretariat"))
    found = []
    here = f"/nb/publisering/{dataset}/{release.number}"
    for client, address in [
        *((public, page) for page in [*PAGES, here, f"{here}.json", f"{here}.csv"]),
        (secretary, f"/nb/arbeid/import/{waiting.pk}"),
        (secretary, f"/nb/arbeid/import/{release.staged_id}"),
    ]:
        answer = client.get(address, follow=True)
        assert answer.status_code == 200, address
        found += [f"{address} has {sign!r}" for sign in SIGNS if sign in answer.content]
    assert public.get(f"/nb/arbeid/import/{waiting.pk}").status_code != 200
    for folder_ in ("staged", "releases"):
        for file in sorted((Path(settings.DATA_DIR) / folder_).glob("*.parquet")):
            if "2.718" in str(pq.read_table(file).to_pylist()):
                found.append(f"{folder_}/{file.name}")
    for model in apps.get_models():
        if "2.718" in str(list(model.objects.values())):
            found.append(f"rows of {model.__name__}")
    return "\n".join(found)


def test_a_hidden_number_is_nowhere(tmp_path: Path) -> None:
    assert told(tmp_path, "marked") == ""
    # Nor is it told that a number is hidden because it is small: who publishes may know, a reader may not.
    release = Release.objects.get(dataset="marked")
    assert "små og skjult" not in Client().get("/nb/publisering/marked/1").content.decode()
    answer = signed_in(person_with("operator")).get(f"/nb/arbeid/import/{release.staged_id}")
    assert "små og skjult" in answer.content.decode()


def test_control_without_protection_it_is_found(tmp_path: Path) -> None:
    found = told(tmp_path, "open", threshold=0)
    assert f"/nb/indikator/{JOBS}.csv has" in found and "releases/" in found and "staged/" in found
