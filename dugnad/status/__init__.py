"""What the numbers say: providers, imports, releases, observations, and the pages that show them.

    source -> raw answer kept -> read(): observations -> checks, difference report -> release -> snapshot -> pages

A `Release` is immutable Parquet; a `Snapshot` is the set of current releases, and publishing is one new snapshot.
Begin in `observations.py` (what a number is), then `changes.py` (how it is published), `queries/` (how it is read).
"""
