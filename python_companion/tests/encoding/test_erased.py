"""Erased cells: never shown, never counted, zero in the matrix."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    PolynomialFeatures,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)

from palimpsest.encoding import EncodingError, Labels, encode

SECRET = "4929 1234"


@pytest.fixture
def frame():
    return pd.DataFrame({"x": [1.0, 2.0, 999.0, 4.0], "y": [5.0, 6.0, 7.0, 8.0],
                         "c": ["a", "b", SECRET, "a"]})  # fmt: skip


ERASED = np.array([False, False, True, False])
ALL = np.ones(4, bool)


def step(transformer, columns):
    return ColumnTransformer([("step", transformer, columns)])


@pytest.mark.parametrize("scaler", [StandardScaler(), MinMaxScaler(), RobustScaler()])
def test_scalers_count_only_what_is_left(scaler, frame):
    encoding, raw = encode(step(scaler, ["x"]), frame, {"x": ERASED}, ALL)
    matrix = encoding.materialise(raw)
    expected = scaler.fit(frame.loc[~ERASED, ["x"]]).transform(frame[["x"]])
    np.testing.assert_allclose(matrix[~ERASED], expected[~ERASED], rtol=1e-12)
    assert matrix[2, 0] == 0.0


def test_scalers_lose_only_the_erased_column_of_a_row(frame):
    encoding, raw = encode(step(StandardScaler(), ["x", "y"]), frame, {"x": ERASED}, ALL)
    matrix = encoding.materialise(raw)
    assert matrix[2, 0] == 0.0
    assert matrix[2, 1] == pytest.approx((7.0 - 6.5) / frame["y"].std(ddof=0))


def test_an_erased_category_is_none(frame):
    encoding, raw = encode(step(OneHotEncoder(), ["c"]), frame, {"c": ERASED}, ALL)
    assert encoding.feature_names == ("step__c_a", "step__c_b")
    assert (encoding.materialise(raw)[2] == 0.0).all()
    assert all(SECRET.encode() not in array.tobytes() for array in encoding.to_arrays().values())


def test_a_function_is_not_called_with_an_erased_cell(frame):
    seen = []

    def remember(part):
        seen.extend(part["c"])
        return np.array([[len(text), 1.0] for text in part["c"]])

    encoding, raw = encode(step(FunctionTransformer(remember), ["c"]), frame, {"c": ERASED}, ALL)
    assert SECRET not in seen
    np.testing.assert_array_equal(
        encoding.materialise(raw), [[1.0, 1.0], [1.0, 1.0], [0.0, 0.0], [1.0, 1.0]]
    )


def test_what_mixes_columns_is_erased_as_a_whole(frame):
    encoding, raw = encode(step(PolynomialFeatures(2), ["x", "y"]), frame, {"x": ERASED}, ALL)
    assert (encoding.materialise(raw)[2] == 0.0).all()
    assert encoding.slices[0].columns == ("x", "y")


def test_ufuncs_are_erased_column_by_column(frame):
    transformer = step(FunctionTransformer(np.sqrt), ["x", "y"])
    encoding, raw = encode(transformer, frame, {"x": ERASED}, ALL)
    assert encoding.materialise(raw)[2].tolist() == [0.0, np.sqrt(7.0)]


@pytest.mark.parametrize("strategy", ["constant", "mean"])
def test_an_imputer_receives_a_missing_value(strategy, frame):
    imputer = SimpleImputer(strategy=strategy, fill_value=-3.0, keep_empty_features=True)
    encoding, raw = encode(step(imputer, ["x"]), frame, {"x": ERASED}, ALL)
    missing = frame[["x"]].mask(ERASED[:, None])
    expected = imputer.fit(missing).transform(missing)
    np.testing.assert_allclose(encoding.materialise(raw), expected)


def test_what_an_imputer_filled_is_counted(frame):
    imputer = SimpleImputer(strategy="constant", fill_value="none", keep_empty_features=True)
    transformer = step(Pipeline([("i", imputer), ("o", OneHotEncoder())]), ["c"])
    encoding, raw = encode(transformer, frame, {"c": ERASED}, ALL)
    assert encoding.feature_names == ("step__c_a", "step__c_b", "step__c_none")
    assert encoding.materialise(raw)[2].tolist() == [0.0, 0.0, 1.0]


def test_a_chain_passes_the_mark_on(frame):
    lengths = FunctionTransformer(lambda part: part.apply(lambda c: c.str.len()).to_numpy(float))
    transformer = step(Pipeline([("n", lengths), ("z", StandardScaler())]), ["c"])
    frame.loc[1, "c"] = "bbb"
    encoding, raw = encode(transformer, frame, {"c": ERASED}, ALL)
    matrix = encoding.materialise(raw)[:, 0]
    kept = np.array([1.0, 3.0, 1.0])
    np.testing.assert_allclose(matrix[~ERASED], (kept - kept.mean()) / kept.std(), rtol=1e-12)
    assert matrix[2] == 0.0


@pytest.mark.parametrize("scaler", [StandardScaler(), MinMaxScaler()])
def test_a_column_erased_everywhere_is_zero(scaler, frame):
    encoding, raw = encode(step(scaler, ["x", "y"]), frame, {"x": ALL}, ALL)
    assert (encoding.materialise(raw)[:, 0] == 0.0).all()


def test_a_function_whose_input_is_erased_everywhere_needs_an_earlier_run(frame):
    transformer = step(FunctionTransformer(lambda part: np.ones((len(part), 3))), ["c"])
    before, _ = encode(transformer, frame, {}, ALL)
    with pytest.raises(EncodingError, match="every row"):
        encode(transformer, frame, {"c": ALL}, ALL)
    encoding, raw = encode(transformer, frame, {"c": ALL}, ALL, like=before)
    assert encoding.materialise(raw).tolist() == [[0.0] * 3] * 4


def test_an_erased_label_does_not_count():
    frame = pd.DataFrame({"c": ["a", "b"] * 10})
    known = np.arange(20) != 4
    every, values = np.ones(20, bool), (np.arange(20) % 3 == 0).astype(float)
    transformer = step(TargetEncoder(target_type="continuous"), ["c"])
    labels = Labels(values, known)
    encoding, raw = encode(transformer, frame, {}, every, labels=labels)
    spoiled = Labels(np.where(known, values, 1e9), known)
    again, raw_again = encode(transformer, frame, {}, every, labels=spoiled)
    np.testing.assert_array_equal(encoding.materialise(raw), again.materialise(raw_again))
    fitted = transformer.fit(frame[known], values[known])
    expected = fitted.transform(frame[~known])
    np.testing.assert_allclose(encoding.materialise(raw)[~known], expected, rtol=1e-12)


def test_where_a_row_stands_does_not_decide_what_is_drawn():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"c": rng.choice(["a", "b"], 40), "id": np.arange(40.0)})
    every, values = np.ones(40, bool), rng.normal(size=40)
    transformer = step(TargetEncoder(), ["c"])
    encoding, raw = encode(transformer, frame, {}, every, labels=Labels(values, every))
    order = rng.permutation(40)
    shuffled = frame.iloc[order].reset_index(drop=True)
    labels = Labels(values[order], every)
    again, raw_again = encode(transformer, shuffled, {}, every, labels=labels)
    np.testing.assert_array_equal(encoding.materialise(raw)[order], again.materialise(raw_again))
