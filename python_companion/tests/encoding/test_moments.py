"""Moments are right to the last digits, however far the data are from zero or move."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import StandardScaler

from palimpsest import twofold
from palimpsest.encoding import RawRows, encode

finite = st.floats(-1e12, 1e12, allow_nan=False).filter(lambda x: x == 0.0 or abs(x) > 1e-140)


def scaler(**params):
    return ColumnTransformer([("z", StandardScaler(**params), ["x"])])


def statistics(values):
    """Mean and deviation in exact arithmetic."""
    exact = [Fraction(value) for value in values.tolist()]
    mean = sum(exact) / len(exact)
    variance = sum((value - mean) ** 2 for value in exact) / len(exact)
    return float(mean), float(variance) ** 0.5


def encoded(values):
    frame = pd.DataFrame({"x": values})
    return encode(scaler(), frame, {}, np.ones(len(values), bool))


def without(encoding, raw, gone):
    nothing = RawRows.zeros(0, 1, 1)
    left = raw.take(gone)
    delta = encoding.update(left, np.ones(len(left), bool), nothing, np.zeros(0, bool))
    return delta.encoding


@given(st.lists(finite, min_size=1, max_size=30), st.lists(finite, min_size=1, max_size=30))
def test_sums_of_pairs_carry_thirty_digits(a, b):
    x = (np.array(a), np.zeros(len(a)))
    high, low = twofold.total(twofold.multiply(x, x))
    exact = sum(Fraction(value) ** 2 for value in a)
    assert abs(Fraction(float(high)) + Fraction(float(low)) - exact) <= exact * Fraction(1, 10**28)


@given(st.lists(st.tuples(finite, st.integers(0, 3)), max_size=40))
def test_sums_of_groups_do_as_well(rows):
    values, groups = (np.array(column) for column in zip(*rows, strict=True)) if rows else ([], [])
    values, groups = np.array(values, dtype=float)[:, None], np.array(groups, dtype=np.int64)
    x = twofold.multiply((values, np.zeros_like(values)), (values, np.zeros_like(values)))
    high, low = twofold.totals(x, groups, 5)
    several = [np.tile(part, (60, 1)) for part in x]
    many = twofold.totals((several[0], several[1]), np.tile(groups, 60), 5)
    assert high.shape == low.shape == many[0].shape == (5, 1)
    np.testing.assert_allclose(many[0], 60.0 * high, rtol=1e-15)
    for group in range(5):
        exact = sum((Fraction(value) ** 2 for value, own in rows if own == group), Fraction(0))
        found = Fraction(float(high[group, 0])) + Fraction(float(low[group, 0]))
        assert abs(found - exact) <= exact * Fraction(1, 10**28)


@pytest.mark.parametrize("offset", [0.0, 1e8, -1e8, 1e10])
def test_offsets_do_not_hurt(offset):
    values = np.random.default_rng(0).normal(offset, 1.0, 2000)
    encoding, raw = encoded(values)
    gone = np.arange(2000) % 3 > 0
    after = without(encoding, raw, gone)
    mean, deviation = statistics(values[~gone])
    assert after.coordinates.shift[0] == pytest.approx(mean, rel=1e-15)
    assert after.coordinates.scale[0] == pytest.approx(1.0 / deviation, rel=1e-12)


def test_what_remains_may_be_far_from_what_left():
    values = np.concatenate([np.zeros(500), np.random.default_rng(0).normal(1e8, 1.0, 500)])
    encoding, raw = encoded(values)
    after = without(encoding, raw, np.arange(1000) < 500)
    mean, deviation = statistics(values[500:])
    assert after.coordinates.shift[0] == pytest.approx(mean, rel=1e-15)
    assert after.coordinates.scale[0] == pytest.approx(1.0 / deviation, rel=1e-12)


@pytest.mark.parametrize("constant", [0.0, 5.1, 1e8 + 0.1])
def test_a_column_that_becomes_constant_keeps_its_scale(constant):
    values = np.full(50, constant)
    values[:5] += np.arange(5.0)
    encoding, raw = encoded(values)
    after = without(encoding, raw, np.arange(50) < 5)
    assert after.coordinates.scale[0] == 1.0
    expected = StandardScaler().fit(values[5:, None])
    assert after.coordinates.shift[0] == pytest.approx(expected.mean_[0], rel=1e-15)


@pytest.mark.parametrize("params", [{"with_mean": False}, {"with_std": False}, {}])
def test_parameters_mean_what_they_mean_in_sklearn(params):
    frame = pd.DataFrame({"x": [3.0, np.nan, 8.0, 1.0, 2.5]})
    fit = np.array([True, True, True, False, True])
    encoding, raw = encode(scaler(**params), frame, {}, fit)
    expected = scaler(**params).fit(frame[fit]).transform(frame)
    np.testing.assert_allclose(encoding.materialise(raw), expected, rtol=1e-12)


def test_the_pivot_does_not_tell_a_deleted_value():
    values = np.random.default_rng(0).normal(40.0, 5.0, 1000)
    pivot = encoded(values)[0].steps[0].statistic.pivot
    values[17] += 100.0
    assert encoded(values)[0].steps[0].statistic.pivot == pivot


def test_a_column_that_becomes_constant_is_not_blown_up():
    """What rounding leaves of a variance must not be taken for one."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        values = np.where(rng.random(300) < 0.03, rng.integers(1, 17, 300), 0).astype(float)
        encoding, raw = encoded(values)
        after = without(encoding, raw, values != 0.0)
        assert after.coordinates.scale[0] == 1.0
        assert abs(after.coordinates.shift[0]) < 1e-12
