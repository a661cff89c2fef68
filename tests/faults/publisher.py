"""The process that is killed: it looks at what the last one left behind, then imports and publishes until it dies.

    python -m tests.faults.publisher [--rows-first]

For each line it is sent it starts such a process, a copy of itself that has opened nothing yet; the copies spare the
time to load the program. Each publication holds one number in all its rows, so a mixture of two would show. A process
says, a line of JSON each: which one it is, what it found at the start, and every publication once it is done; after its
death that is said. `--rows-first` is the negative control: the row of the release is committed before its files are
written, which is the order that must never be.
"""

import json
import os
import sys
from datetime import date
from pathlib import Path

import django

PLACES = ["4001", "4003", "4005", "4010", "4012", "4014", "4016", "4018"]
YEARS = range(1990, 2025)
SMALLEST = 1000  # counts of a few persons would be hidden


def say(**what: object) -> None:
    print(json.dumps(what), flush=True)


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "dugnad.config.settings"
    django.setup()
    from dugnad.site.management.commands import doctor  # noqa: F401  (with what it asks, all that is needed below)
    from dugnad.status import plans  # noqa: F401

    if "--rows-first" in sys.argv:
        write_rows_before_files()
    for _line in sys.stdin:
        if process := os.fork():
            os.waitpid(process, 0)
            say(ended=process)
        else:
            say(process=os.getpid())
            say(found=look())
            publish_until_killed()


def look() -> dict[str, object]:
    """What a reader sees, and whether everything that must hold does."""
    from dugnad.shared.writing import verify_chain
    from dugnad.site.management.commands.doctor import examine
    from dugnad.status.models import Release, Snapshot
    from dugnad.status.queries import snapshots
    from dugnad.status.queries.series import series_of

    faults = [answer.about for answer in examine(deep=True) if answer.remedy]
    now = snapshots.current()
    try:
        values = sorted({p.value for points in series_of(now, "norge.2026.jobs").values() for p in points})
    except Exception as error:
        values, faults = [], [*faults, f"reading: {type(error).__name__}"]
    return {
        "values": values,
        "releases": list(Release.objects.order_by("number").values_list("number", flat=True)),
        "snapshots": Snapshot.objects.count(),
        "chain": verify_chain() is None,
        "faults": faults,
    }


def publish_until_killed() -> None:
    from dugnad.shared.writing import Actor
    from dugnad.status.changes import publish_release, stage_plan
    from dugnad.status.models import Release
    from dugnad.status.plans import PlannedImport

    by = Actor.system("fault test")
    file = Path(os.environ["DUGNAD_DATA_DIR"]) / "jobs.csv"
    while True:
        number = Release.objects.count() + 1
        rows = [f"{place},{year},{SMALLEST + number}" for place in PLACES for year in YEARS]
        file.write_text("\n".join(["code,year,value", *rows]))
        entry = PlannedImport(
            id="jobs",
            title={"nb": "Arbeidsplasser"},
            provider="test",
            provider_name={"nb": "Test"},
            provider_url="",
            reader="tabular",
            file=file,
            origin={"title": "test"},
            licence="CC0-1.0",
            kind="final",
            borders_on=date(2024, 1, 1),
            mapping={
                "columns": {"place": "code", "period": "year", "value": "value"},
                "constants": {"indicator": "norge.2026.jobs"},
            },
        )
        staged = stage_plan(entry=entry, by=by)
        assert staged is not None
        say(staged=number)
        publish_release(staged=staged, reason={"nb": "ny verdi"}, by=by)
        say(published=number)


def write_rows_before_files() -> None:
    """The fault to be found: the files of a release are renamed to their names only after the row is committed."""
    import time

    from dugnad.status import changes, store

    def without_name(table):
        files = kept(table)
        store.path_of("releases", files.by_series).rename(store.path_of("releases", "later"))
        return files

    def publish(**asked):
        release = published(**asked)
        say(committed=release.number)
        time.sleep(2)
        store.path_of("releases", "later").rename(store.path_of("releases", release.by_series))
        return release

    kept, published = store.write_release_files, changes.publish_release
    store.write_release_files = without_name
    changes.publish_release = publish


if __name__ == "__main__":
    main()
