"""Frozen encoders keep their parameters, change no other row, and say how far off they are."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, RobustScaler, StandardScaler

from palimpsest.encoding import Encoding, EncodingError, RawRows, UnknownCategory, encode


def transformer():
    ordinal = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    return ColumnTransformer(
        [
            ("z", StandardScaler(), ["x"]),
            ("filled", make_pipeline(SimpleImputer(), RobustScaler()), ["gaps"]),
            ("hot", OneHotEncoder(), ["c"]),
            ("number", ordinal, ["c"]),
        ]
    )


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    gaps = rng.normal(5.0, 2.0, 40)
    gaps[::7] = np.nan
    return pd.DataFrame(
        {"x": rng.normal(50.0, 9.0, 40), "gaps": gaps, "c": ["a", *rng.choice(["b", "c"], 39)]}
    )


def without(encoding, raw, gone, remaining):
    nothing = RawRows.zeros(0, encoding.raw_width, encoding.units)
    fit = np.ones(int(gone.sum()), bool)
    return encoding.update(
        raw.take(gone),
        fit,
        nothing,
        np.zeros(0, bool),
        remaining=lambda: iter([(remaining, np.ones(len(remaining), bool))]),
    )


def frozen_world(frame):
    encoding, raw = encode(transformer(), frame, {}, np.ones(40, bool))
    frozen = encoding.freeze()
    gone = np.arange(40) < 8
    return frozen, raw, gone, without(frozen, raw, gone, raw.take(~gone))


def test_no_other_row_changes(frame):
    frozen, raw, gone, delta = frozen_world(frame)
    before = frozen.materialise(raw)[~gone]
    after = delta.encoding.materialise(raw.take(~gone))
    np.testing.assert_array_equal(after, before)
    expected = transformer().fit(frame).transform(frame)[~gone]
    np.testing.assert_allclose(after, expected, rtol=1e-9, atol=1e-9)
    assert delta.rescaled == ()
    assert delta.columns_removed == ()
    assert not delta.rewritten


def test_drift_is_that_of_a_fresh_fit(frame):
    frozen, _, gone, delta = frozen_world(frame)
    assert frozen.drift.largest == 0.0
    drift = delta.encoding.drift
    assert drift.outdated == ("hot__c_a",)
    assert drift.lacking == ()
    fresh, _ = encode(transformer(), frame[~gone], {}, np.ones(32, bool))
    ours = delta.encoding.coordinates
    moved = abs(fresh.coordinates.shift[0] - ours.shift[0]) * ours.scale[0]
    assert drift.largest >= moved > 0.0
    assert drift.largest >= 1.0  # the numbers of the other categories are one too high
    assert drift.column == "number__c"
    assert any("frozen" in sentence for sentence in delta.consequences)
    assert "1 column(s) that no row fills any more" in str(drift)


def test_it_is_stored_and_a_re_run_uses_its_parameters(frame):
    _, raw, gone, delta = frozen_world(frame)
    stored = delta.encoding
    loaded = Encoding.from_arrays(stored.describe(), stored.to_arrays())
    ours = loaded.materialise(raw.take(~gone))
    again, fresh = encode(transformer(), frame[~gone], {}, np.ones(32, bool), like=loaded)
    assert again.feature_names == loaded.feature_names
    np.testing.assert_allclose(again.materialise(fresh), ours, rtol=1e-12)
    assert again.drift == loaded.drift


def test_a_new_category_is_refused_as_the_frozen_encoder_does(frame):
    delta = frozen_world(frame)[3]
    fresh = pd.DataFrame({"x": [1.0], "gaps": [1.0], "c": ["new"]})
    known, added = delta.encoding.transform_rows(fresh, {})
    none = RawRows.zeros(0, known.raw_width, known.units)
    with pytest.raises(UnknownCategory, match="frozen encoder"):
        known.update(none, np.zeros(0, bool), added, np.ones(1, bool))


@pytest.mark.parametrize(
    ("step", "columns"), [(PCA(1), ["x", "y"]), (CountVectorizer(), "c")], ids=["pca", "words"]
)
def test_what_keeps_no_parameters_apart_cannot_be_frozen(step, columns):
    table = pd.DataFrame({"x": [1.0, 2.0, 4.0], "y": [0.0, 1.0, 1.0], "c": ["fee", "card", "fee"]})
    encoding, _ = encode(ColumnTransformer([("s", step, columns)]), table, {}, np.ones(3, bool))
    with pytest.raises(EncodingError, match="cannot be frozen"):
        encoding.freeze()
