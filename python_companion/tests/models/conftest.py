"""A feature matrix that changes, as encoders would hand it to models."""

from dataclasses import dataclass

import numpy as np
import pytest

from palimpsest.matrix import Batch, Coordinates, TrainingData


@dataclass
class Matrix:
    """Raw rows of which the first columns are scaled, with labels; rows can be taken out."""

    values: np.ndarray
    erased: np.ndarray
    y: np.ndarray
    scaled: int = 2
    ids: np.ndarray | None = None
    block: int = 64
    rows: np.ndarray | None = None
    fills: bool = False

    @classmethod
    def random(cls, n=300, d=6, *, seed=0, offset=40.0, erased=0.0, classes=None, targets=1):
        rng = np.random.default_rng(seed)
        values = rng.normal(size=(n, d))
        values[:, :2] = values[:, :2] * 7.0 + offset
        values[:, -1] = rng.random(n) < 0.3
        marks = rng.random((n, d)) < erased
        values[marks] = 0.0
        signal = (values - values.mean(axis=0)) / values.std(axis=0)
        weights = rng.normal(size=(d, targets))
        y = signal @ weights + rng.normal(size=(n, targets))
        if classes is not None:
            places = np.searchsorted([-1.0, 1.0][: len(classes) - 1], y[:, 0])
            return cls(values, marks, np.array(classes)[places])
        return cls(values, marks, y if targets > 1 else y[:, 0] + 1e3)

    def __len__(self):
        return len(self.values)

    @property
    def column_ids(self):
        return np.arange(self.values.shape[1]) if self.ids is None else self.ids

    @property
    def coordinates(self):
        shift, scale = np.zeros(len(self.column_ids)), np.ones(len(self.column_ids))
        for column in range(self.scaled):
            known = self.values[~self.erased[:, column], column]
            shift[column], scale[column] = known.mean(), 1.0 / known.std()
        unit = np.arange(len(self.column_ids))
        base = np.linspace(-1.0, 2.0, len(unit)) if self.fills else None
        return Coordinates(self.column_ids, shift, scale, unit, base)

    @property
    def row_ids(self):
        return np.arange(len(self.values)) if self.rows is None else self.rows

    def batch(self, rows):
        values, erased, y = self.values[rows], self.erased[rows], self.y[rows]
        return Batch(values, erased, self.column_ids, y, rows=self.row_ids[rows])

    def take(self, rows):
        return Matrix(
            self.values[rows],
            self.erased[rows],
            self.y[rows],
            self.scaled,
            self.ids,
            self.block,
            self.row_ids[rows],
            self.fills,
        )

    def data(self, **facts):
        def blocks():
            for start in range(0, len(self), self.block):
                yield self.batch(slice(start, start + self.block))

        return TrainingData(self.coordinates, len(self), blocks, **facts)

    def encoded(self):
        return self.data().encoded()

    def forgetting(self, strategy, state, gone, **options):
        """Take rows out; return what remains, the new state and its guarantee."""
        kept = self.take(~gone)
        nothing = kept.batch(slice(0, 0))
        updated, guarantee = strategy.update(
            state, self.batch(gone), nothing, kept.data(), **options
        )
        return kept, updated, guarantee


@pytest.fixture(scope="session")
def matrices():
    return Matrix


@pytest.fixture
def gone():
    return lambda n, count, seed=1: np.isin(
        np.arange(n), np.random.default_rng(seed).choice(n, count, replace=False)
    )
