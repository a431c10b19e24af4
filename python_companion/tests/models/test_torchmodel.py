"""A torch module with its recipe: like an estimator, in an order of rows that survives."""

import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone, is_classifier, is_regressor

from palimpsest import TorchModel
from palimpsest.estimators import NotPortable, describe, restore
from palimpsest.models import ModelError, ModelState, NeedsEstimator, retrained, strategy_for
from palimpsest.models.torchlayers import LAYERS, built, described_layers
from palimpsest.models.torchtraining import epoch_order, row_keys

torch = pytest.importorskip("torch")


def net(width=6, outputs=1):
    return torch.nn.Sequential(
        torch.nn.Linear(width, 8), torch.nn.Tanh(), torch.nn.Linear(8, outputs)
    )


class Net(torch.nn.Module):  # type: ignore[name-defined]
    """A module of a notebook."""

    def __init__(self):
        super().__init__()
        self.first = torch.nn.Linear(6, 4)
        self.last = torch.nn.Linear(4, 1)

    def forward(self, x):
        return self.last(torch.relu(self.first(x)))


class Changed(Net):
    """The same parameters, other code."""

    def forward(self, x):
        return self.last(torch.sigmoid(self.first(x)))


Changed.__qualname__ = Changed.__name__ = "Net"


def stored(state):
    assert all(array.dtype.kind != "O" for array in state.to_arrays().values())
    return ModelState.from_parts(json.loads(json.dumps(state.to_json())), state.to_arrays())


def test_torch_is_imported_only_when_a_torch_model_is_met():
    code = (
        "import sys, palimpsest, palimpsest.pandas, palimpsest.pipeline; palimpsest.Pipeline; "
        "from sklearn.linear_model import Ridge; from palimpsest.models import strategy_for; "
        "strategy_for(Ridge()); palimpsest.TorchModel(None); sys.exit('torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("classes", "outputs", "options"),
    [
        (["no", "yes"], 1, {}),
        ([1, 5, 7], 3, {}),
        (None, 1, {"loss": "squared_error"}),
        (None, 1, {"loss": torch.nn.HuberLoss() if torch else None}),
        (["no", "yes"], 1, {"loss": torch.nn.BCEWithLogitsLoss(), "classifier": True}),
    ],
    ids=["two", "three", "squares", "huber", "own"],
)
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_it_learns_and_comes_back_from_arrays(classes, outputs, options, optimizer, matrices):
    matrix = matrices.random(200, classes=classes)
    matrix.y = matrix.y if classes else (matrix.y - matrix.y.mean()) / matrix.y.std()
    model = TorchModel(
        lambda: net(outputs=outputs), epochs=20, batch_size=32,
        learning_rate=0.03 if optimizer == "adam" else 0.3, optimizer=optimizer, **options,
    )  # fmt: skip
    assert (is_classifier(model), is_regressor(model)) == (bool(classes), not classes)
    strategy = strategy_for(model)
    assert strategy.name == "gradient"
    state = strategy.fit(model, matrix.data())
    X, y = matrix.encoded()
    assert state.to_estimator().score(X, y) > (0.7 if classes else 0.3)
    if "loss" in options and options["loss"] != "squared_error":
        assert not state.portable  # the loss is code
        with pytest.raises(NeedsEstimator):
            stored(state).to_estimator()
        again = retrained(stored(state), matrix.data(), model).to_estimator()
    else:
        again = stored(state).to_estimator()
    np.testing.assert_array_equal(again.predict(X), state.to_estimator().predict(X))
    if classes:
        assert again.predict_proba(X).sum(axis=1) == pytest.approx(1.0)


def test_training_is_a_function_of_the_rows_whatever_their_places(matrices):
    matrix = matrices.random(150, classes=["no", "yes"])
    model = TorchModel(net, epochs=3, batch_size=16)
    strategy = strategy_for(model)
    one = strategy.fit(model, matrix.data()).to_estimator()
    shuffled = matrix.take(np.random.default_rng(0).permutation(150))
    other = strategy.fit(model, shuffled.data()).to_estimator()
    for a, b in zip(one.weights_, other.weights_, strict=True):
        np.testing.assert_allclose(a, b, atol=2e-6)


@given(seed=st.integers(0, 10_000), epoch=st.integers(0, 50), count=st.integers(1, 30))
def test_survivors_keep_their_order(seed, epoch, count):
    rng = np.random.default_rng(seed)
    values, y = rng.integers(0, 9, (60, 3)).astype(float), rng.integers(0, 2, 60)
    keys = row_keys(values, y)
    gone = rng.choice(60, count, replace=False)
    order = epoch_order(keys, seed, epoch)
    stays = np.setdiff1d(np.arange(60), gone)
    assert sorted(order) == list(range(60))
    np.testing.assert_array_equal(
        keys[order[np.isin(order, stays)]], keys[stays][epoch_order(keys[stays], seed, epoch)]
    )
    assert len(np.unique(keys)) == len(
        {(*row, label) for row, label in zip(values, y, strict=True)}
    )
    assert not np.array_equal(order, epoch_order(keys, seed, epoch + 1))


def test_going_on_is_training_for_longer(matrices):
    X, y = matrices.random(120, classes=[0, 1]).encoded()
    whole = TorchModel(net, epochs=6, batch_size=20).fit(X, y)
    half = TorchModel(net, epochs=3, batch_size=20).fit(X, y)
    assert half.optimizer_state_
    more = TorchModel(net, epochs=3, batch_size=20).fit(X, y, start=half)
    assert more.n_iter_ == 6
    for a, b in zip(whole.weights_, more.weights_, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_layers_can_be_described():
    made = [
        torch.nn.LayerNorm(6), torch.nn.Linear(6, 6, bias=False), torch.nn.LeakyReLU(0.3),
        torch.nn.Dropout(0.2), torch.nn.GELU("tanh"), torch.nn.Softplus(2.0), torch.nn.ELU(0.5),
        torch.nn.Flatten(), *(getattr(torch.nn, name)() for name in ("ReLU", "SiLU", "Tanh")),
        torch.nn.Sigmoid(), torch.nn.Identity(),
    ]  # fmt: skip
    assert {type(layer).__name__ for layer in made} == set(LAYERS)
    module = torch.nn.Sequential(*made, torch.nn.Sequential(torch.nn.Linear(6, 1)))
    again = built(json.loads(json.dumps(described_layers(module))))
    assert repr(again) == repr(module)
    again.load_state_dict(module.state_dict())
    X = torch.randn(5, 6)
    assert torch.equal(again.eval()(X), module.eval()(X))
    with pytest.raises(NotPortable):
        described_layers(Net())
    with pytest.raises(NotPortable):
        built({"layer": "Module", "arguments": {}})


def test_initial_weights_of_a_module_are_described_too():
    given_one = TorchModel(net(), epochs=2)
    again = restore(json.loads(json.dumps(describe(given_one)))).build()
    ours, theirs = given_one.build().state_dict(), again.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    drawn = TorchModel(net)
    assert "weights" not in drawn.portable_params()["module"]


def test_changed_code_is_told(matrices):
    matrix = matrices.random(80, classes=["no", "yes"])
    X, _ = matrix.encoded()
    model = TorchModel(Net, epochs=1)
    state = stored(strategy_for(model).fit(model, matrix.data()))
    assert state.description is None
    same = retrained(state, matrix.data(), clone(model)).to_estimator()
    assert len(same.predict(X)) == 80
    with pytest.raises(ModelError, match="of its loss has changed since this run"):
        retrained(state, matrix.data(), TorchModel(Changed, epochs=1))
    nothing, gone = matrix.batch(slice(0, 0)), matrix.batch(slice(0, 3))
    rest = matrix.take(slice(3, None)).data()
    with pytest.raises(ModelError, match="has changed"):
        strategy_for(model).update(state, gone, nothing, rest, estimator=TorchModel(Changed))
    with pytest.raises(NeedsEstimator, match="open the notebook"):
        strategy_for(model).update(state, gone, nothing, rest)


def test_bad_recipes_are_told(matrices):
    X, y = matrices.random(50, classes=[0, 1]).encoded()
    bad: list[tuple[dict[str, Any], str]] = [
        ({"module": 3}, "must be a torch.nn.Module or a function"),
        ({"loss": "hinge"}, "loss must be one of"),
        ({"optimizer": "newton"}, "optimizer must be one of"),
        ({"loss": lambda outputs, targets: outputs.mean()}, "one loss a row"),
        ({"optimizer": "sgd", "learning_rate": 1e30, "epochs": 3}, "not a number in epoch"),
    ]
    for options, message in bad:
        with pytest.raises(ModelError, match=message):
            TorchModel(**{"module": net, "classifier": True, **options}).fit(X, y)
    with pytest.raises(ModelError, match=r"returned Linear.*palimpsest.TorchModel"):
        strategy_for(torch.nn.Linear(6, 1))
    X[3, 1] = np.nan
    with pytest.raises(ModelError, match="missing or infinite"):
        TorchModel(net).fit(X, y)
