"""What we measure: the 17 goals, their targets, indicator sets with editions, indicators and their versions.

An `Indicator` is what is measured and lasts; an `IndicatorVersion` is how one edition of the set defines it, and is
what every number names: `u4ssc.2017.EC:ICT:ICT:1C` is `<set>.<edition>.<code>`. A published edition is never rewritten.

All of it is text under review in `definitions/` (see definitions/README.md), brought in by `changes.load_definitions`:
`documents` reads a file and knows its lines, `checks` sees what a schema cannot, `changes` stores all or nothing,
`queries` answers from memory.
Begin in `models.py`.
"""
