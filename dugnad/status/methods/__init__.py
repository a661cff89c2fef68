"""Methods: how values become scores, colours, arrows and ranks, as documents anyone can read and run.

A *method* is a versioned document (`definitions/methods/*.yaml`, or a file of your own; docs/methods.md has the form).
A *score* says how far a value has come, by the method; a *goal score* and the *index* are made of scores; a *rank* is
never given without the interval it keeps when the choices nobody can prove right are drawn anew.

    VALUES.csv -> values.read_values -> Arrow table -> scoring.score(values, method) -> Scores -> outputs.write

Begin in `model.py` (what a method may say; `documents.py` reads it, `form.py` and `words.py` know its spellings), then
`scoring.py` (the steps in order). `steps.py` holds each step as arithmetic on arrays, `colours.py` colours and arrows,
`ranks.py` intervals; `benchmark.py` and `progress.py` judge one value or one series at a time. `explained.py` is what a
method's page says, `formulas.py` how its formulas are set, `answers.py` every answer in words. Nothing here reads the
database.
"""

from dugnad.status.methods.documents import published_methods, read_method
from dugnad.status.methods.model import Method
from dugnad.status.methods.scoring import Scores, score

__all__ = ["Method", "Scores", "published_methods", "read_method", "score"]
