"""Which input columns reach which matrix columns: told as narrowly as transformers permit, and true.

The oracle is scikit-learn: with everything fitted, one input column at a time is given other
values, and what moves in the result must be declared to come from it.
"""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.impute import SimpleImputer
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
    TargetEncoder,
)

from palimpsest.encoding import Labels, encode

N = 60
NUMBERS, TEXTS, TITLES = ["size", "age", "gaps"], ["country", "bank", "holes"], ["title", "notes"]
FIT = np.arange(N) % 4 > 0
LABELS = Labels(np.arange(N) % 2, np.ones(N, bool))


def table(seed):
    rng = np.random.default_rng(seed)
    words = ["fee", "card", "late", "loan", "iban"]
    return pd.DataFrame(
        {
            "size": rng.normal(50.0, 9.0, N),
            "age": rng.integers(18, 90, N).astype(float),
            "gaps": np.where(rng.random(N) < 0.2, np.nan, rng.normal(5.0, 2.0, N)),
            "country": rng.choice(["UK", "DE", "FR", "IT"], N, p=[0.5, 0.3, 0.15, 0.05]),
            "bank": rng.choice(["north", "south"], N),
            "holes": rng.choice(np.array(["a", "b", "c", np.nan], dtype=object), N),
            "title": [" ".join(rng.choice(words, 3)) for _ in range(N)],
            "notes": [" ".join(rng.choice(words, 2)) for _ in range(N)],
        }
    )


def lengths(frame):
    return frame.apply(lambda column: column.str.len()).to_numpy(dtype=float)


def imputed(*rest, **options):
    return make_pipeline(SimpleImputer(**options), *rest)


BY_COLUMN = [
    (imputed(), NUMBERS),
    (imputed(StandardScaler(), add_indicator=True), NUMBERS),
    (imputed(KBinsDiscretizer(3, quantile_method="linear"), add_indicator=True), NUMBERS),
    (imputed(FunctionTransformer(np.arctan), PowerTransformer(), add_indicator=True), NUMBERS),
    (imputed(QuantileTransformer(n_quantiles=9), strategy="median"), NUMBERS),
    (make_pipeline(StandardScaler(), RobustScaler()), ["size", "age"]),
    (SplineTransformer(n_knots=3), ["size", "age"]),
    (SplineTransformer(n_knots=3, knots="quantile", sparse_output=True), ["size", "age"]),
    (KBinsDiscretizer(3, strategy="uniform"), ["size", "age"]),
    (OneHotEncoder(handle_unknown="ignore"), TEXTS),
    (OneHotEncoder(handle_unknown="ignore", drop="first", sparse_output=False), TEXTS),
    (OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=0.2), TEXTS),
    (OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), TEXTS),
    (imputed(OneHotEncoder(handle_unknown="ignore"), strategy="most_frequent"), TEXTS),
    (imputed(OneHotEncoder(max_categories=2), strategy="constant", add_indicator=True), ["holes"]),
    (imputed(TargetEncoder(), strategy="most_frequent"), TEXTS),
    ("passthrough", NUMBERS),
]
AS_A_WHOLE = [
    (PolynomialFeatures(2, include_bias=False), ["size", "age"]),
    (Normalizer(), ["size", "age"]),
    (make_pipeline(PCA(1), StandardScaler()), ["size", "age"]),
    (make_pipeline(FunctionTransformer(lengths), StandardScaler()), TITLES),
    (make_pipeline(StandardScaler(), SelectKBest(f_classif, k="all")), ["size", "age"]),
    (TfidfVectorizer(), "title"),
    (HashingVectorizer(n_features=16), "notes"),
]


@st.composite
def parts(draw):
    """Draw a transformer, some columns for it, and whether it keeps them apart."""
    narrow = draw(st.booleans())
    transformer, columns = draw(st.sampled_from(BY_COLUMN if narrow else AS_A_WHOLE))
    if narrow:
        columns = draw(st.permutations(columns))[: draw(st.integers(1, len(columns)))]
    return transformer, columns, narrow


@st.composite
def transformers(draw, depth=0):
    """Draw a ColumnTransformer, perhaps with unions and other ColumnTransformers inside.

    Names of parts that mix columns begin with "whole".
    """
    chosen = []
    for place in range(draw(st.integers(1, 3))):
        transformer, columns, narrow = draw(parts())
        name = f"{'own' if narrow else 'whole'}{place}"
        if narrow and transformer != "passthrough" and draw(st.integers(0, 3)) == 0:
            again = [("one", transformer), ("two", transformer)]
            transformer = FeatureUnion(again, transformer_weights={"two": 2.0})
        chosen.append((name, transformer, columns))
    if depth == 0 and draw(st.booleans()):
        inner = draw(transformers(depth=1))
        chosen.append(("inner", inner, [*NUMBERS, *TEXTS, *TITLES]))
    rest = [c for c in NUMBERS if all(c not in columns for _, _, columns in chosen)]
    chosen.append(("texts", "drop", [*TEXTS, *TITLES]))
    remainder = draw(st.sampled_from(["drop", "passthrough", SimpleImputer()])) if rest else "drop"
    weights = {chosen[0][0]: 3.0} if draw(st.booleans()) else None
    return ColumnTransformer(chosen, remainder=remainder, transformer_weights=weights)


def dense(matrix):
    return matrix.toarray() if hasattr(matrix, "toarray") else np.asarray(matrix, dtype=float)


def other_values(frame, column):
    """Yield the table with other values in one column."""
    for by in (1, 7, 23):
        yield frame.assign(**{column: np.roll(frame[column].to_numpy(), by)})


def moved_by(fitted, frame, column):
    before = dense(fitted.transform(frame))
    moved = np.zeros(before.shape[1], bool)
    for perturbed in other_values(frame, column):
        after = dense(fitted.transform(perturbed))
        same = (after == before) | (np.isnan(after) & np.isnan(before))
        moved |= ~same.all(axis=0)
    return moved


@settings(max_examples=settings().max_examples // 4)
@given(transformer=transformers(), seed=st.integers(0, 9))
def test_only_the_declared_columns_move_and_all_of_them_do(transformer, seed):
    frame = table(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        encoding, raw = encode(transformer, frame, {}, FIT, labels=LABELS)
        fitted = transformer.fit(frame[FIT], LABELS.values[FIT])
        others = ~FIT  # rows that were fitted on look otherwise to a TargetEncoder
        np.testing.assert_allclose(
            encoding.materialise(raw)[others],
            dense(fitted.transform(frame[others])),
            rtol=1e-9,
            atol=1e-9,
        )
        moved = {column: moved_by(fitted, frame, column) for column in frame.columns}
    for part in encoding.slices:
        if "whole" not in part.transformer:
            assert len(part.columns) == 1
        for column in frame.columns:
            reached = moved[column][part.start : part.stop]
            if column not in part.columns:
                assert not reached.any(), (part, column)
            elif part.names[0].rpartition("__")[2].startswith("missingindicator"):
                continue  # what is missing moves with the rows of this column alone
            elif part.stop - part.start > 1 or frame[column].nunique() > 2:
                assert reached.any(), (part, column)


def test_indicators_come_from_the_column_they_tell_of():
    frame = table(0)
    imputer = imputed(StandardScaler(), add_indicator=True)
    encoding, _ = encode(ColumnTransformer([("i", imputer, NUMBERS)]), frame, {}, FIT)
    told = {name: part.columns for part in encoding.slices for name in part.names}
    assert told["i__missingindicator_gaps"] == ("gaps",)


@pytest.mark.parametrize("transformer", [QuantileTransformer(n_quantiles=9), TargetEncoder()])
def test_an_erased_cell_takes_nothing_from_its_row(transformer):
    frame = table(0)
    columns = NUMBERS[:2] if isinstance(transformer, QuantileTransformer) else TEXTS[:2]
    step = ColumnTransformer([("step", transformer, columns)])
    marks = np.zeros(N, bool)
    marks[[1, 5, 8]] = True
    whole, raw = encode(step, frame, {}, FIT, labels=LABELS)
    erased, raw_erased = encode(step, frame, {columns[0]: marks}, FIT, labels=LABELS)
    ours, theirs = erased.materialise(raw_erased), whole.materialise(raw)
    assert (ours[marks, 0] == 0.0).all()
    if isinstance(transformer, QuantileTransformer):
        np.testing.assert_array_equal(ours[:, 1], theirs[:, 1])
        fresh = transformer.fit(frame.loc[FIT & ~marks, columns[:1]])
        expected = fresh.transform(frame.loc[~marks, columns[:1]])
        np.testing.assert_allclose(ours[~marks, :1], expected, rtol=1e-12)
