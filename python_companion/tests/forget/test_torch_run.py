"""A torch model in a run: forgotten, stored, opened without the notebook, proved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from palimpsest import Pipeline, Run, TorchModel
from palimpsest.forget.membership import _ASIDE
from palimpsest.models.gradient import Gradient
from palimpsest.pipeline.cache import CACHE
from palimpsest.pipeline.live import _LIVE
from palimpsest.protocol.messages import ForgetRequest, Receipt, RowIds

torch = pytest.importorskip("torch")


class Net(torch.nn.Module):  # type: ignore[name-defined]
    """A class of the notebook."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.inner = torch.nn.Linear(width, 6)
        self.last = torch.nn.Linear(6, 1)

    def forward(self, x: Any) -> Any:
        """Predict."""
        return self.last(torch.tanh(self.inner(x)))


def prepare(people: Any) -> Any:
    import palimpsest.pandas as pd

    return pd.read_csv(people)


def encode_features() -> Any:
    return ColumnTransformer(
        [("z", StandardScaler(), ["amount", "age"]), ("kind", OneHotEncoder(), ["kind"])],
        sparse_threshold=0,
    )


def layers(width: int) -> TorchModel:
    def net() -> Any:
        return torch.nn.Sequential(
            torch.nn.Linear(width, 6), torch.nn.Tanh(), torch.nn.Linear(6, 1)
        )

    return TorchModel(net, epochs=6, learning_rate=0.02, batch_size=32)


def own_class(width: int) -> TorchModel:
    return TorchModel(lambda: Net(width), epochs=4, learning_rate=0.02, batch_size=32)


def run_of(folder: Path, make_model: Any) -> Run:
    rng = np.random.default_rng(0)
    amount, age = rng.normal(50.0, 9.0, 400), rng.normal(40.0, 12.0, 400)
    target = (amount + 0.3 * age + rng.normal(0.0, 6.0, 400) > 66.0).astype(int)
    kind = rng.choice(["a", "b"], 400)
    kind[7] = "rare"
    columns = {"amount": amount, "age": age, "kind": kind, "target": target}
    people = folder / "people.csv"
    pandas.DataFrame(columns).to_csv(people, index=False)
    pipeline = Pipeline(
        "torch",
        prepare,
        encode_features,
        lambda table: table["target"],
        make_model,
        split=0.3,
        fit_encoders_on="all",
        folder=folder / "runs",
    )
    return pipeline.run(people=people)


def forget(run: Run, rows: list[int], action: Any = "delete", **more: Any) -> Receipt:
    request = ForgetRequest(
        run=run.id, source="people", selector=RowIds(rows=rows), action=action, **more
    )
    preview = run.preview(request)
    assert next(a for a in preview.artifacts if a.artifact == "model").strategy == "gradient"
    return run.apply(preview.token)


def model_part(receipt: Receipt) -> str:
    return next(a.guarantee for a in receipt.artifacts if a.artifact == "model")


@pytest.mark.parametrize("make_model", [layers, own_class], ids=["layers", "class"])
def test_a_run_with_a_torch_model(make_model: Any, tmp_path: Path) -> None:
    with run_of(tmp_path, make_model) as run:
        path, identity = run.path, run.id
        first = run.score()
        told = model_part(forget(run, [0, 1, 2, 3]))
        assert told.startswith(("approximate: the gradient of the remaining", "refit"))
        predicted, X = run.model.predict_proba(run.X), run.X
        assert run.score() >= first - 0.03
    CACHE.drop(identity)
    with Run.open(path) as run:
        np.testing.assert_array_equal(run.X, X)
        np.testing.assert_array_equal(run.model.predict_proba(run.X), predicted)
        assert model_part(forget(run, [10, 11])).startswith(("approximate", "refit"))
        # An erased cell changes features of a row that stays.
        assert model_part(forget(run, [20, 21], "erase", columns=["age"])).startswith(
            ("appr", "refit")
        )


def test_without_the_notebook(tmp_path: Path) -> None:
    with run_of(tmp_path, layers) as run:
        path, identity = run.path, run.id
    CACHE.drop(identity)
    del _LIVE[identity]
    with Run.open(path) as run:
        assert 0.7 < run.score() <= 1.0
        assert model_part(forget(run, [0, 1])).startswith(("approximate", "refit"))
        from palimpsest.errors import NeedsKernelError
        from palimpsest.models import NeedsEstimator

        before = run.X, run.model.weights_
        with pytest.raises((NeedsKernelError, NeedsEstimator), match="feature columns"):
            forget(run, [7])  # the last row of a category: a column of the module goes
        np.testing.assert_array_equal(run.X, before[0])
        for a, b in zip(run.model.weights_, before[1], strict=True):
            np.testing.assert_array_equal(a, b)


def test_a_column_that_goes_trains_another_module(tmp_path: Path) -> None:
    with run_of(tmp_path, layers) as run:
        told = model_part(forget(run, [7]))
        assert told.startswith("refit")
        assert "feature columns came or went" in told
        proof = run.prove()
        assert proof.matrix_distance < 1e-9
        assert proof.parameter_distance < 0.01  # a refit in the same order, but for rounding
        assert proof.held_out_disagreement == 0.0


def test_a_proof_tells_how_far_the_model_is(tmp_path: Path) -> None:
    with run_of(tmp_path, layers) as run:
        told = model_part(forget(run, list(range(12)), keep_until_proof=True))
        proof = run.prove()
        assert proof.equal == told.startswith("refit")
        assert proof.rows_missing == proof.rows_extra == 0
        assert 0.0 <= proof.parameter_distance < 2.0
        assert proof.parameter_difference is not None
        assert (proof.parameter_difference < 1e-6) == proof.equal
        assert proof.metric == "accuracy"
        assert proof.metric_maintained == pytest.approx(run.score())
        assert proof.metric_maintained == pytest.approx(proof.metric_rerun, abs=0.05)
        assert proof.held_out_rows == int((~run.train).sum())
        assert proof.held_out_disagreement is not None
        assert 0.0 <= proof.held_out_disagreement < 0.1
        X, y = run.X[run.train], run.y[run.train]
        assert proof.gradient_maintained == pytest.approx(Gradient().residual(run.model, X, y))
        assert proof.gradient_rerun is not None
        for attack in ("membership", "likelihood"):
            for when in ("before", "after", "rerun"):
                assert 0.2 < getattr(proof, f"{attack}_{when}") < 0.8
        receipt = run.receipts().receipts[-1]
        assert receipt.proof == proof
        again = run.prove()
        assert again.membership_rerun is None  # the rows are kept for one proof only
        assert again.membership_after == proof.membership_after
        forget(run, [12])
        assert run.id not in _ASIDE  # and not unless it is asked for
