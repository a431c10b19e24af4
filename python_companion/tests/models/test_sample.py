"""The rows that a forget of a torch model measures on: what they stand for, and who leaves them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from palimpsest import TorchModel
from palimpsest.models import sample as sampling
from palimpsest.models import strategy_for
from palimpsest.models.sample import Sample, as_rows, drawn

torch = pytest.importorskip("torch")

from palimpsest.models.differentiable import Differentiable


def net(width=6):
    return torch.nn.Sequential(torch.nn.Linear(width, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))


@pytest.fixture
def small(monkeypatch):
    """Let samples be small beside the tables of these tests."""
    monkeypatch.setattr(sampling, "MOST", 300)
    monkeypatch.setattr(sampling, "PART", 100)
    monkeypatch.setattr(sampling, "FEWEST", 50)


def rare(matrices, n=1500):
    """Return a table in which one row of twenty has the other label."""
    matrix = matrices.random(n, classes=["no", "yes"], offset=0.0)
    value = matrix.values[:, 2] + 0.5 * matrix.values[:, 3]
    matrix.y = np.where(value > np.quantile(value, 0.95), "yes", "no")
    return matrix


@given(sizes=st.lists(st.integers(0, 60), min_size=1, max_size=5), count=st.integers(1, 120))
def test_every_class_is_drawn_from(sizes, count):
    codes = np.random.default_rng(0).permutation(np.repeat(np.arange(len(sizes)), sizes))
    places = drawn(codes, count)
    assert len(places) == len(np.unique(places)) == min(count, len(codes))
    held = np.bincount(codes[places], minlength=len(sizes))
    fair = count // len(sizes)
    assert all(some == size or some >= fair for some, size in zip(held, sizes, strict=True))


def test_a_sample_stands_for_all_rows(small, matrices):
    matrix = rare(matrices)
    model = TorchModel(net, epochs=6, learning_rate=0.02).fit(*matrix.encoded())
    problem, data = Differentiable(model), matrix.data()
    sample = Sample.of(data, model)
    assert len(sample) == 300
    assert not sample.complete
    everything = matrix.batch(slice(None))
    seen = sample.seen(data.coordinates, model, problem.dtype)
    for rows, off in zip(seen, (0.35, 0.6), strict=True):
        assert float(rows.weights.sum()) == pytest.approx(1500)
        whole = as_rows(everything, data.coordinates, model, problem.dtype)
        ours, theirs = problem.sums(problem.start, rows), problem.sums(problem.start, whole)
        np.testing.assert_allclose(ours.counts, theirs.counts, rtol=1e-6)
        assert ours.balanced_accuracy == pytest.approx(theirs.balanced_accuracy, abs=0.15)
        away = np.random.default_rng(0).normal(size=len(problem.start)) * 0.05 + problem.start
        change = problem.sums(away, whole).gradient - theirs.gradient
        guess = problem.sums(away, rows).gradient - ours.gradient
        assert np.linalg.norm(guess - change) < off * np.linalg.norm(change)


def test_forgotten_rows_leave_the_sample(small, matrices):
    matrix = rare(matrices)
    model = TorchModel(net, epochs=1).fit(*matrix.encoded())
    sample = Sample.of(matrix.data(), model)
    assert sample.rows is not None
    values, leaves = sample.values, np.isin(np.arange(1500), sample.rows[::3])
    stays = matrix.values[np.delete(sample.rows, np.s_[::3])]
    after = matrix.take(slice(None))
    after.values = after.values + 1.0
    corrected = np.isin(np.arange(1500), sample.rows[[0, 3]])
    assert sample.change(matrix.batch(leaves), after.batch(corrected))
    assert not np.isin(values[::3], matrix.values[leaves][:, :2]).any()  # wiped where they were
    np.testing.assert_array_equal(sample.values[: len(stays)], stays)
    np.testing.assert_array_equal(sample.values[-2:], after.values[corrected])
    assert sample.population == 1500 - 100 + 2
    assert not sample.worn
    assert sample.change(matrix.batch(sample.rows[:180]), matrix.batch(slice(0, 0)))
    assert sample.worn


def test_measured_on_a_sample_the_model_forgets_as_well(small, matrices, gone):
    """The residual that is told is near the one over all rows, also after several forgets."""
    matrix = rare(matrices)
    estimator = TorchModel(net, epochs=12, learning_rate=0.02)
    strategy = strategy_for(estimator)
    state = strategy.fit(estimator, matrix.data())
    measured = 0
    for seed in range(4):
        matrix, state, guarantee = matrix.forgetting(strategy, state, gone(len(matrix), 12, seed))
        if guarantee.kind == "refit":
            continue
        measured += 1
        assert "of the rows)" in guarantee.text
        model = state.to_estimator()
        problem, at = Differentiable(model), matrix.coordinates
        rows = as_rows(matrix.batch(slice(None)), at, model, problem.dtype)
        true = problem.gradient(problem.start, problem.sums(problem.start, rows))
        assert guarantee.residual == pytest.approx(np.abs(true).max(), rel=0.05)
    assert measured >= 2


def test_weights_follow_columns_that_move(matrices):
    """The module gives in other coordinates what it gave."""
    matrix = matrices.random(80, classes=["no", "yes"], erased=0.1)
    model = TorchModel(net, epochs=2).fit(*matrix.encoded())
    problem, old = Differentiable(model), matrix.coordinates
    at = matrix.take(slice(10, None)).coordinates
    assert (at.shift != old.shift).any()
    rows = matrix.take(~matrix.erased.any(axis=1)).batch(slice(None))

    def losses(point, seen):
        found = problem.sums(point, as_rows(rows, seen, model, problem.dtype))
        return found.loss, found.hits

    before, after = losses(problem.start, old), losses(problem.moved(old, at), at)
    assert after[0] == pytest.approx(before[0], rel=1e-5)
    np.testing.assert_array_equal(after[1], before[1])
    assert losses(problem.start, at)[0] != pytest.approx(before[0], rel=1e-5)


def test_a_negligible_contribution_is_told_and_is_no_reason_to_train_again(matrices, gone):
    matrix = rare(matrices, 1000)
    estimator = TorchModel(net, epochs=1, learning_rate=1e-4, order=1, trials=1)
    strategy = strategy_for(estimator)
    state = strategy.fit(estimator, matrix.data())
    _, _, guarantee = matrix.forgetting(strategy, state, gone(1000, 1))
    assert guarantee.kind == "approximate"
    assert "which is little beside that" in guarantee.text
