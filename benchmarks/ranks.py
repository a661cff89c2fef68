"""Job C, ranks: intervals from 10 000 draws over weights, normalisation and mean, for 342 places and 250 indicators.

The peer is the same work in numpy as one writes it: batches of draws, double precision, a rank by sorting twice. It is
given the weights of our draws, so the intervals can be compared; single precision turns two nearly equal places in a
draw now and then, so they agree when no end of an interval is more than one rank apart. The limit is one product of
weights and scores and one sort of what comes out, in single precision: no goals, no gaps, no ranks.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from benchmarks import Contender

PEER = "numpy in batches"

PLACES, INDICATORS, GOALS, DRAWS, SEED = 342, 250, 17, 10_000, 7
GOAL_OF = np.arange(INDICATORS) * GOALS // INDICATORS


def scores() -> list[np.ndarray]:
    """By fixed bounds and by the values' own; places differ somewhat throughout, and one value in thirty is missing."""
    chance = np.random.default_rng(4)
    fixed = np.clip(chance.normal(55, 18, (PLACES, INDICATORS)) + chance.normal(0, 6, (PLACES, 1)), 0, 100)
    fixed[chance.random(fixed.shape) < 1 / 30] = np.nan
    low, high = np.nanmin(fixed, axis=0), np.nanmax(fixed, axis=0)
    return [fixed, 100 * (fixed - low) / (high - low)]


def _prepare() -> Any:
    from dugnad.status.methods.model import Uncertainty
    from dugnad.status.methods.steps import Shape

    membership = np.eye(GOALS)[GOAL_OF]
    shape = Shape(membership, membership.sum(axis=1), np.ones(GOALS), membership, np.array([], dtype=np.intp))
    return scores(), shape, Uncertainty()


def _ours(prepared: Any) -> Any:
    from dugnad.status.methods.ranks import rank_intervals

    variants, shape, uncertainty = prepared
    everyone = np.ones(PLACES, dtype=bool)
    found = rank_intervals(variants, shape, uncertainty, ranked=everyone, draws=DRAWS, seed=SEED)
    return np.array([found.low, found.middle, found.high])


def _numpy(prepared: Any) -> Any:
    from dugnad.status.methods.ranks import BLOCK, FLOOR, _weights

    variants, _shape, uncertainty = prepared
    plans = [(variant, kind) for variant in variants for kind in uncertainty.aggregation]
    streams = np.random.SeedSequence(SEED).spawn(DRAWS // BLOCK)
    drawn = []
    for number, stream in enumerate(streams):
        chance = np.random.Generator(np.random.SFC64(stream))
        variant, kind = plans[number % len(plans)]
        known = ~np.isnan(variant)
        goal_weights = _weights(chance, BLOCK, np.ones(GOALS, dtype=np.float32), uncertainty).astype(float)
        index = np.zeros((BLOCK, PLACES))
        for goal in range(GOALS):
            own = np.flatnonzero(goal == GOAL_OF)
            weights = _weights(chance, BLOCK, np.ones(len(own), dtype=np.float32), uncertainty).astype(float)
            score = weights @ np.where(known, variant, 0.0)[:, own].T / (weights @ known[:, own].T.astype(float))
            if kind == "geometric":
                score = np.log(np.maximum(score, FLOOR))
            index += goal_weights[:, goal, None] * score
        drawn.append(np.argsort(np.argsort(-index, axis=1), axis=1) + 1)
    ordered = np.sort(np.concatenate(drawn), axis=0)
    return ordered[[DRAWS // 20 - 1, DRAWS // 2 - 1, DRAWS - DRAWS // 20 - 1]]


def _digest(intervals: Any) -> str:
    return hashlib.sha256(np.asarray(intervals, dtype=np.int64).tobytes()).hexdigest()


def _theirs(intervals: Any) -> str:
    ours = _ours(_prepare())
    return _digest(ours if np.abs(ours - intervals).max() <= 1 else intervals)


def _prepare_limit() -> Any:
    chance = np.random.default_rng(1)
    return chance.random((DRAWS, INDICATORS), dtype=np.float32), np.nan_to_num(scores()[0]).T.astype(np.float32)


def _limit(prepared: Any) -> Any:
    weights, places = prepared
    return np.sort(weights @ places, axis=1)


@contextmanager
def ground() -> Iterator[dict[str, str]]:
    """One thread of linear algebra for all: on a busy machine its threads wait for each other, the peer's most."""
    yield {"OPENBLAS_NUM_THREADS": "1"}


def contenders() -> dict[str, Contender]:
    return {
        "ours": Contender(_prepare, _ours, _digest, repeats=3),
        "peer": Contender(_prepare, _numpy, _theirs),
        "limit": Contender(_prepare_limit, _limit, repeats=3),
    }
