"""An encoding loads from JSON and arrays, without user code and without pickle."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, OneHotEncoder, StandardScaler

from palimpsest.encoding import Encoding, EncodingError, NeedsTransformer, Table, encode


def lengths(frame):
    return frame.apply(lambda column: column.str.len()).to_numpy(dtype=float)


def transformer(function=lengths):
    return ColumnTransformer(
        [
            ("length", Pipeline([("n", FunctionTransformer(function)), ("z", StandardScaler())]),
             ["title"]),
            ("root", FunctionTransformer(np.sqrt), ["age"]),
            ("range", MinMaxScaler(), ["age"]),
            ("country", OneHotEncoder(), ["country"]),
            ("words", CountVectorizer(), "title"),
        ]
    )  # fmt: skip


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "title": [" ".join(rng.choice(["fee", "card", "late"], 3)) for _ in range(20)],
            "country": rng.choice(np.array(["UK", "DE", None], dtype=object), 20),
            "age": rng.integers(18, 90, 20),
        }
    )


ALL = np.ones(20, bool)


def reopened(encoding):
    description = json.loads(json.dumps(encoding.describe()))
    arrays = {name: array.copy() for name, array in encoding.to_arrays().items()}
    assert all(array.dtype.kind != "O" for array in arrays.values())
    return Encoding.from_arrays(description, arrays)


def test_a_reopened_encoding_is_the_same(frame):
    encoding, raw = encode(transformer(), frame, {}, ALL)
    again = reopened(encoding)
    assert again.feature_names == encoding.feature_names
    assert again.slices == encoding.slices
    np.testing.assert_array_equal(again.materialise(raw), encoding.materialise(raw))
    np.testing.assert_array_equal(again.coordinates.shift, encoding.coordinates.shift)
    np.testing.assert_array_equal(again.coordinates.scale, encoding.coordinates.scale)


def test_descriptions_hold_nothing_computed_from_rows(frame):
    text = json.dumps(encode(transformer(), frame, {}, ALL)[0].describe())
    assert not any(value in text for value in ("UK", "DE", "card", "late"))


def test_a_reopened_encoding_follows_deletions_without_the_notebook(frame):
    encoding, raw = encode(transformer(), frame, {}, ALL)
    again = reopened(encoding)
    kept = np.arange(20) >= 3
    nothing, none = raw.take(np.zeros(20, bool)), np.zeros(0, bool)
    delta = again.update(
        raw.take(~kept), ALL[~kept], nothing, none,
        remaining=lambda: iter([(raw.take(kept), ALL[kept])]),
        table=lambda: Table(frame[kept], {}, ALL[kept]),
    )  # fmt: skip
    fresh, _ = encode(transformer(), frame[kept], {}, ALL[kept])
    assert delta.encoding.feature_names == fresh.feature_names
    ours, theirs = delta.encoding.coordinates, fresh.coordinates
    np.testing.assert_allclose(ours.shift, theirs.shift, rtol=1e-12)
    np.testing.assert_allclose(ours.scale, theirs.scale, rtol=1e-12)


def test_new_rows_need_the_notebooks_function_until_it_is_bound(frame):
    encoding, raw = encode(transformer(), frame, {}, ALL)
    again = reopened(encoding)
    with pytest.raises(NeedsTransformer, match=r"'length'.*lengths.*open the notebook"):
        again.transform_rows(frame[:2], {})
    _, rows = again.bind(transformer(), frame[:2]).transform_rows(frame[:2], {})
    untouched = [part.name for part in encoding.steps].index("words")
    assert untouched == 4
    np.testing.assert_array_equal(rows.values[:, :4], raw.values[:2, :4])


def test_binding_another_transformer_is_refused(frame):
    encoding, _ = encode(transformer(), frame, {}, ALL)
    other = ColumnTransformer([("length", StandardScaler(), ["age"])])
    with pytest.raises(EncodingError, match="run the pipeline again"):
        encoding.bind(other, frame)


def test_unchanged_columns_keep_their_values_without_user_code(frame):
    encoding, raw = encode(transformer(), frame, {}, ALL)
    again = reopened(encoding)
    changed = frame[:2].assign(age=[30, 40])
    _, rows = again.transform_rows(
        changed, {}, previous=raw.take(slice(0, 2)), changed={"age": np.ones(2, bool)}
    )
    np.testing.assert_array_equal(rows.values[:, 0], raw.values[:2, 0])
    np.testing.assert_allclose(rows.values[:, 1], np.sqrt([30.0, 40.0]))
    np.testing.assert_array_equal(rows.values[:, 2], [30.0, 40.0])
