"""What may be wrong with published data and definitions: checks as documents, run over everything readers see.

    definitions/checks/*.yaml -> Check -> SQL over the release files -> Hit -> a run that pages show

Begin in `model.py` (what a check and a hit are), then `tables.py` (what its SQL may ask), `running.py` (how it is run).
A check only points: what is done about a hit is for a person (docs/checks.md).
"""
