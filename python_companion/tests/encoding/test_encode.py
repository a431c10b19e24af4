"""What is encoded equals what scikit-learn encodes, with slices that say where it came from."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)

from palimpsest.encoding import EncodingError, NoRowsLeft, UnknownCategory, encode

N = 50


class Lengths(TransformerMixin, BaseEstimator):
    """A user's transformer that learns nothing."""

    def fit(self, frame, y=None):
        return self

    def transform(self, frame):
        return np.array([[len(text)] for text in frame.iloc[:, 0]], dtype=float)


class Centred(TransformerMixin, BaseEstimator):
    """A user's transformer that learns a mean."""

    def fit(self, frame, y=None):
        self.mean_ = frame.to_numpy().mean(axis=0)
        return self

    def transform(self, frame):
        return frame.to_numpy() - self.mean_


def first_letter(frame):
    return frame.apply(lambda column: column.str[0])


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "title": [" ".join(rng.choice(["fee", "card", "late"], 3)) for _ in range(N)],
            "country": rng.choice(["UK", "DE", "FR"], N),
            "bank": rng.choice(["north", "south"], N),
            "amount": rng.normal(50.0, 9.0, N),
            "age": rng.integers(18, 90, N),
            "premium": rng.random(N) < 0.3,
        }
    )


@pytest.fixture
def fit():
    return np.arange(N) % 5 > 0


def dense(matrix):
    return matrix.toarray() if hasattr(matrix, "toarray") else np.asarray(matrix, dtype=float)


def step(transformer, columns):
    return ColumnTransformer([("step", transformer, columns)])


TRANSFORMERS = {
    "standard": (step(StandardScaler(), ["amount", "age"]), "shift-scale"),
    "standard-without-mean": (step(StandardScaler(with_mean=False), ["amount"]), "shift-scale"),
    "min-max": (step(MinMaxScaler((-2, 5)), ["amount", "age"]), "shift-scale"),
    "min-max-clipped": (step(MinMaxScaler(clip=True), ["amount"]), "refit"),
    "max-abs": (step(MaxAbsScaler(), ["amount", "age"]), "shift-scale"),
    "one-hot": (step(OneHotEncoder(handle_unknown="ignore"), ["country", "bank", "age"]), "local"),
    "one-hot-booleans": (step(OneHotEncoder(), ["premium"]), "local"),
    "one-hot-declared": (
        step(OneHotEncoder(categories=[["UK", "FR", "XX"]], handle_unknown="ignore"), ["country"]),
        "local",
    ),
    "one-hot-dropped": (step(OneHotEncoder(drop="first"), ["country"]), "local"),
    "one-hot-infrequent": (step(OneHotEncoder(max_categories=2), ["country"]), "local"),
    "passthrough": (step("passthrough", ["amount", "premium"]), "local"),
    "ufunc": (step(FunctionTransformer(np.log1p), ["amount", "age"]), "local"),
    "user-class": (step(Lengths(), ["title"]), "local"),
    "user-class-that-learns": (step(Centred(), ["amount", "age"]), "refit"),
    "normalizer": (step(Normalizer(), ["amount", "age"]), "local"),
    "binarizer": (step(Binarizer(threshold=40), ["amount", "age"]), "local"),
    "polynomial": (step(PolynomialFeatures(2), ["amount", "age"]), "local"),
    "hashing": (step(HashingVectorizer(n_features=16), "title"), "local"),
    "counts": (step(CountVectorizer(), "title"), "local"),
    "counts-limited": (step(CountVectorizer(max_features=2), "title"), "local"),
    "tfidf": (step(TfidfVectorizer(norm=None, sublinear_tf=True), "title"), "shift-scale"),
    "tfidf-normed": (step(TfidfVectorizer(), "title"), "shift-scale"),
    "tfidf-svd": (step(Pipeline([("t", TfidfVectorizer()), ("s", TruncatedSVD(2))]), "title"),
                  "refit"),
    "robust": (step(RobustScaler(), ["amount", "age"]), "shift-scale"),
    "ordinal": (step(OrdinalEncoder(), ["country", "bank"]), "local"),
    "bins": (step(KBinsDiscretizer(3, quantile_method="linear"), ["amount"]), "refit"),
    "quantiles": (step(QuantileTransformer(n_quantiles=10), ["amount"]), "refit"),
    "chain": (step(Pipeline([("f", FunctionTransformer(first_letter)), ("o", OneHotEncoder())]),
                   ["country", "bank"]), "local"),
    "chain-that-learns-early": (step(Pipeline([("z", StandardScaler()), ("p", PCA(1))]),
                                     ["amount", "age"]), "refit"),
    "function-of-all-rows": (step(FunctionTransformer(lambda f: f - f.mean()), ["amount"]),
                             "refit"),
    "imputed": (step(SimpleImputer(strategy="constant", keep_empty_features=True), ["amount"]),
                "local"),
}  # fmt: skip


@pytest.mark.parametrize("name", TRANSFORMERS)
def test_equals_sklearn(name, frame, fit):
    transformer, maintenance = TRANSFORMERS[name]
    if name == "function-of-all-rows":
        fit = np.ones(N, bool)
    encoding, raw = encode(transformer, frame, {}, fit)
    fitted = transformer.fit(frame[fit])
    np.testing.assert_allclose(
        encoding.materialise(raw), dense(fitted.transform(frame)), rtol=1e-9, atol=1e-9
    )
    assert {part.maintenance for part in encoding.slices} == {maintenance}
    assert encoding.slices[0].start == 0
    assert encoding.slices[-1].stop == encoding.width == len(encoding.feature_names)


NAMED = ["standard", "min-max", "one-hot", "one-hot-declared", "passthrough", "polynomial",
         "counts", "tfidf-svd", "robust", "one-hot-infrequent"]  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("verbose", [True, False])
def test_names_are_those_of_sklearn(name, verbose, frame, fit):
    transformer = TRANSFORMERS[name][0].set_params(verbose_feature_names_out=verbose)
    encoding, _ = encode(transformer, frame, {}, fit)
    assert list(encoding.feature_names) == list(transformer.fit(frame[fit]).get_feature_names_out())
    transformer.set_params(verbose_feature_names_out=True)


def test_steps_remainder_unions_and_weights_stand_where_sklearn_puts_them(frame, fit):
    transformer = ColumnTransformer(
        [
            ("country", OneHotEncoder(), [1]),
            ("gone", "drop", ["title"]),
            ("both", FeatureUnion([("z", StandardScaler()), ("id", "passthrough")],
                                  transformer_weights={"z": 3.0}), slice("amount", "age")),
            ("none", StandardScaler(), []),
        ],
        remainder=OneHotEncoder(),
        transformer_weights={"country": 2.0},
    )  # fmt: skip
    encoding, raw = encode(transformer, frame, {}, fit)
    expected = dense(transformer.fit(frame[fit]).transform(frame))
    np.testing.assert_allclose(encoding.materialise(raw), expected, rtol=1e-12)
    columns = [(part.transformer, part.columns) for part in encoding.slices]
    assert columns == [
        ("country", ("country",)),
        ("both__z", ("amount",)),
        ("both__z", ("age",)),
        ("both__id", ("amount",)),
        ("both__id", ("age",)),
        ("remainder", ("bank",)),
        ("remainder", ("premium",)),
    ]


def test_callable_and_mask_selectors(frame, fit):
    transformer = ColumnTransformer(
        [
            ("texts", OneHotEncoder(handle_unknown="ignore"), make_column_selector("^b")),
            ("numbers", StandardScaler(), [False, False, False, True, True, False]),
        ]
    )
    encoding, raw = encode(transformer, frame, {}, fit)
    expected = dense(transformer.fit(frame[fit]).transform(frame))
    np.testing.assert_allclose(encoding.materialise(raw), expected, rtol=1e-12)


@pytest.mark.parametrize("values", [["a", None, "b"], ["a", np.nan, "b"], [1.0, np.nan, 2.0]])
def test_missing_values_are_a_category_as_in_sklearn(values):
    frame = pd.DataFrame({"x": pd.Series(values * 2, dtype=object)})
    transformer = step(OneHotEncoder(), ["x"])
    encoding, raw = encode(transformer, frame, {}, np.ones(6, bool))
    fitted = transformer.fit(frame)
    np.testing.assert_array_equal(encoding.materialise(raw), dense(fitted.transform(frame)))
    assert list(encoding.feature_names) == list(fitted.get_feature_names_out())


@pytest.mark.parametrize("name", ["one-hot", "standard", "passthrough", "ufunc", "normalizer",
                                  "polynomial", "chain", "counts", "min-max"])  # fmt: skip
def test_perturbing_an_input_moves_only_its_slices(name, frame, fit):
    transformer = TRANSFORMERS[name][0]
    encoding, _ = encode(transformer, frame, {}, fit)
    fitted = transformer.fit(frame[fit])
    before = dense(fitted.transform(frame))
    for column in frame.columns:
        perturbed = frame.copy()
        perturbed[column] = np.roll(frame[column].to_numpy(), 1)
        moved = np.flatnonzero((dense(fitted.transform(perturbed)) != before).any(axis=0))
        declared = [
            range(part.start, part.stop) for part in encoding.slices if column in part.columns
        ]
        assert set(moved) <= {position for part in declared for position in part}
        assert bool(len(moved)) == bool(declared)


@pytest.mark.parametrize(
    ("transformer", "message"),
    [
        (step(StandardScaler(), ["amuont"]), "selects column 'amuont', but .* has 'title'"),
        (step(StandardScaler(), [9]), "column number 9"),
        (step("passthrough", ["title"]), "not numbers .*'title'"),
        (step("pass-through", ["title"]), "expected a transformer"),
        (step(FunctionTransformer(len), ["title"]), "int"),
        (step(FunctionTransformer(lambda f: f.iloc[:, 0]), ["age"]), "1 dimension"),
        (step(TargetEncoder(), ["country"]), "learns from the label, which was not given"),
        (step(HashingVectorizer(n_features=2**30), "title"), "max_features"),
        (step("drop", ["title"]), "no feature column"),
    ],
)
def test_what_cannot_be_encoded_is_named(transformer, message, frame, fit):
    with pytest.raises((EncodingError, AttributeError, TypeError), match=message):
        encode(transformer, frame, {}, fit)


def test_a_category_outside_the_training_rows_is_refused_or_ignored(frame, fit):
    frame.loc[0, "country"] = "XX"
    assert not fit[0]
    with pytest.raises(UnknownCategory, match=r"'country'.*handle_unknown='ignore'"):
        encode(step(OneHotEncoder(), ["country"]), frame, {}, fit)
    encoding, raw = encode(
        step(OneHotEncoder(handle_unknown="ignore"), ["country"]), frame, {}, fit
    )
    assert encoding.width == 3
    assert (encoding.materialise(raw)[0] == 0.0).all()


def test_declared_categories_refuse_other_values(frame, fit):
    transformer = step(OneHotEncoder(categories=[["UK", "DE"]]), ["country"])
    with pytest.raises(UnknownCategory, match="declared"):
        encode(transformer, frame, {}, fit)


def test_no_training_row(frame):
    with pytest.raises(NoRowsLeft):
        encode(step(StandardScaler(), ["age"]), frame, {}, np.zeros(N, bool))


def test_the_transformer_stays_unfitted(frame, fit):
    transformer = TRANSFORMERS["standard"][0]
    before = transformer.get_params()
    encode(transformer, frame, {}, fit)
    assert transformer.get_params().keys() == before.keys()
    assert not hasattr(step(StandardScaler(), ["age"]).transformers[0][1], "mean_")
