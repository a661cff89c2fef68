"""Figures on other borders: history on those of today, the figures of today on those of 2019, counties from parts.

    panel.py     a release as one dense block of numbers, place by period by series: what is kept on disk
    rules.py     how a value is put together from those of its parts, and when that cannot be done
    carrying.py  the rules on whole blocks: every place, period and series at once

`places/areas.py` says what a place consists of on another day; `status/queries/borders.py` asks both and answers pages;
docs/borders.md says the rules in words. `tests/oracles/borders.py` does the same slowly, value by value.
"""
