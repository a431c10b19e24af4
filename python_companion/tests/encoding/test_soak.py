"""A thousand requests one after another lose no digit, far from zero and however they are mixed."""

import numpy as np
from sklearn.compose import ColumnTransformer

from palimpsest.encoding import encode
from palimpsest.encoding.handlers.identity import Identity
from palimpsest.encoding.handlers.refitted import Refitted
from palimpsest.encoding.registry import STATISTICS

from .worlds import COLUMNS, KINDS, World, some_rows

SOAKED = [
    "standard", "ranged", "sized", "robust", "mean", "mean-scaled", "mean-ranged", "mean-robust",
    "constant-sized", "mode-scaled", "indicated-scaled", "rare-share", "ordinal", "filled-told",
    "few-pairs", "tfidf-normed", "bins", "splines",
]  # fmt: skip
"""Of each maintained statistic the parameters that use the most of it."""
FAR = 1e8
REQUESTS, ROWS = 1000, 60


def far_rows(n, rng):
    frame = some_rows(n, rng)
    return frame.assign(age=frame["age"] + FAR, gaps=frame["gaps"] - FAR)


def one(n, rng, share):
    """Choose at most one row, in a share of the requests; the first few are never touched."""
    rows = np.zeros(n, bool)
    rows[rng.integers(8, n)] = rng.random() < share
    return rows


def request(world, rng):
    """Delete, erase, correct, insert, move to the other side of the split: some of it."""
    n = len(world.frame)
    gone = one(n, rng, 0.5 if n >= ROWS else 0.1)
    marks = {column: one(n, rng, 0.03) for column in COLUMNS}
    fresh = far_rows(int(rng.random() < 0.25), rng)
    sides = (one(n, rng, 0.05), np.zeros(n, bool), np.zeros(n, bool))
    return gone, marks, one(n, rng, 0.1), (fresh, rng.random(len(fresh)) < 0.8), sides


def test_a_thousand_requests_to_everything_that_is_maintained():
    rng = np.random.default_rng(5)
    transformer = ColumnTransformer([(name, *KINDS[name]) for name in SOAKED])
    world = World.around(transformer, far_rows(ROWS, rng), 5)
    kinds = {type(step.statistic) for step in world.encoding.steps}
    assert kinds == set(STATISTICS.values()) - {Refitted, Identity}
    for _ in range(REQUESTS):
        world.change(*request(world, rng))
    fresh, raw = encode(transformer, world.frame, world.erased, world.fit, labels=world.labels)
    assert world.encoding.feature_names == fresh.feature_names
    for name in ("shift", "scale", "base"):
        ours, theirs = (getattr(made.coordinates, name) for made in (world.encoding, fresh))
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)
    ours, theirs = world.encoding.materialise(world.raw), fresh.materialise(raw)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)
