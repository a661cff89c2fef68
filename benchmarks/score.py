"""Job C, scores: 1.785 million values (20 years, 357 places, 250 indicators) to scores, goals, index and ranks.

Both start from the dense cube a worker keeps, a tenth of it missing, and follow the rules of the SDG Index: clipped
goalposts, goal means, a missing goal filled by the mean of its group in the index, nobody above 20 % missing ranked.
The peer is pandas on the same numbers as a wide frame. The limit is the arithmetic alone, on a cube where nothing is
missing: one pass that clips, one product with the weights, no gaps, no groups, no ranks.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from benchmarks import Contender

PEER = "pandas 3.1.1"

YEARS, PLACES, INDICATORS, GOALS, GROUPS = 20, 357, 250, 17, 15
GOAL_OF = np.arange(INDICATORS) * GOALS // INDICATORS


def cube() -> np.ndarray:
    """Rows are places in years; values from a little below the lower bound (0) to a little above the upper (10)."""
    chance = np.random.default_rng(20)
    values = chance.uniform(-0.5, 10.5, (YEARS * PLACES, INDICATORS))
    values[chance.random(values.shape) < 0.1] = np.nan
    for goal in (0, 13):  # whole goals missing here and there
        rows = chance.random(len(values)) < 0.05
        values[np.ix_(rows, goal == GOAL_OF)] = np.nan
    return values


def _prepare_ours() -> Any:
    from dugnad.status.methods.model import GoalRule, Indicator, Method
    from dugnad.status.methods.steps import Groups

    text = {"nb": "-"}
    method = Method(
        name="bench", version="1", title=text, description={}, source="", fill_index=True, max_missing=0.2,
        goals=tuple(GoalRule(str(goal), text) for goal in range(GOALS)),
        indicators=tuple(
            Indicator(f"i{n}", text, str(GOAL_OF[n]), 1, 0.0, 10.0) for n in range(INDICATORS)
        ),
    )  # fmt: skip
    return cube(), method, Groups.of([f"g{place % GROUPS}" for place in range(PLACES)])


def _ours(prepared: Any) -> Any:
    from dugnad.status.methods import steps
    from dugnad.status.methods.scoring import scored

    values, method, groups = prepared
    found = scored(values, method, groups, PLACES)
    ranks = np.concatenate([steps.ranks(found.index[at : at + PLACES]) for at in range(0, len(values), PLACES)])
    return found.goals, found.index, ranks


def _prepare_pandas() -> Any:
    import pandas as pd

    years = np.repeat(np.arange(YEARS), PLACES)
    places = np.tile(np.arange(PLACES), YEARS)
    return pd.DataFrame(cube(), index=pd.MultiIndex.from_arrays([years, places % GROUPS, places]))


def _pandas(values: Any) -> Any:
    scores = ((values - 0.0) / 10.0 * 100).clip(0, 100)
    goals = scores.T.groupby(GOAL_OF).mean().T
    filled = goals.fillna(goals.groupby(level=[0, 1]).transform("mean"))
    index = filled.mean(axis=1).where(values.isna().mean(axis=1) <= 0.2 + 1e-12)
    ranks = index.round(9).groupby(level=0).rank(method="min", ascending=False).fillna(0).astype(int)
    return goals.to_numpy(), index.to_numpy(), ranks.to_numpy()


def _answer(found: Any) -> Any:
    goals, index, ranks = found
    digests = [
        hashlib.sha256(np.nan_to_num(np.round(part, 6), nan=-1).tobytes()).hexdigest() for part in (goals, index)
    ]
    return [*digests, hashlib.sha256(np.asarray(ranks, dtype=np.int64).tobytes()).hexdigest()]


def _prepare_limit() -> Any:
    return np.nan_to_num(cube()), np.eye(GOALS)[GOAL_OF] / np.bincount(GOAL_OF)


def _limit(prepared: Any) -> Any:
    values, weights = prepared
    return np.clip(values, 0.0, 10.0) @ weights


@contextmanager
def ground() -> Iterator[dict[str, str]]:
    """One thread of linear algebra for all: on a busy machine its threads wait for each other, the peer's most."""
    yield {"OPENBLAS_NUM_THREADS": "1"}


def contenders() -> dict[str, Contender]:
    return {
        "ours": Contender(_prepare_ours, _ours, _answer, repeats=5),
        "peer": Contender(_prepare_pandas, _pandas, _answer, repeats=3),
        "limit": Contender(_prepare_limit, _limit, repeats=5),
    }
