"""Rows of the matrix can be used without spreading them out."""

import numpy as np
import pytest

from palimpsest.matrix import Batch, Coordinates, Layout, TrainingData

LAYOUT = Layout(6, ((0, 2, 1), (5, 6, 4)), ((2, 0, 0.0, 1.0), (3, 0, 2.0, 1.0), (4, 3, 1.0, 5.0)))


@pytest.fixture
def batch():
    rng = np.random.default_rng(0)
    stored = rng.normal(size=(20, 5))
    stored[:, 0], stored[:, 3] = rng.integers(-1, 3, 20), rng.integers(0, 2, 20)
    marks = np.zeros((20, 1), bool)
    return Batch(stored, marks, np.arange(6), np.arange(20.0), LAYOUT)


def test_values_are_copied_or_compared(batch):
    np.testing.assert_array_equal(batch.values[:, :2], batch.stored[:, 1:3])
    np.testing.assert_array_equal(batch.values[:, 3], batch.stored[:, 0] == 2)
    np.testing.assert_array_equal(batch.values[:, 5], batch.stored[:, 4])


def test_products_need_no_values(batch):
    rng = np.random.default_rng(1)
    weights, factors = rng.normal(size=6), rng.normal(size=20)
    dense = Batch(batch.values, batch.erased, batch.ids, batch.y)
    np.testing.assert_allclose(batch.dot(weights), dense.dot(weights), rtol=1e-12)
    np.testing.assert_allclose(batch.sums(factors), dense.sums(factors), rtol=1e-12, atol=1e-12)
    some = batch.y > 10
    np.testing.assert_array_equal(batch.take(some).values, batch.values[some])


def test_the_number_of_rows_is_checked(batch):
    at = Coordinates(batch.ids, np.zeros(6), np.ones(6), np.zeros(6, int))
    data = TrainingData(at, 21, lambda: iter([batch]))
    with pytest.raises(ValueError, match="expected 21 training rows, but the blocks hold 20"):
        data.encoded()
    matrix, y = TrainingData(at, 20, lambda: iter([batch])).encoded()
    np.testing.assert_array_equal(matrix, batch.values)
    np.testing.assert_array_equal(y, batch.y)


def test_more_rows_than_announced_are_refused(batch):
    at = Coordinates(batch.ids, np.zeros(6), np.ones(6), np.zeros(6, int))
    with pytest.raises(ValueError, match="expected 19 training rows"):
        TrainingData(at, 19, lambda: iter([batch])).encoded()
