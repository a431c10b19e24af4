"""Features that learn from the label, from documents and from distributions equal a re-run's."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    OneHotEncoder,
    SplineTransformer,
    TargetEncoder,
)

from ..pipeline.complaints import (
    embed,
    length,
    make_logistic,
    make_pipeline_of,
    make_ridge,
    prepare,
    prepare_left,
    tables,
    write,
)
from .test_equal_to_rerun import STEPS, Step, check_proof, check_row_identity, choose, forget


def encode_learning() -> Any:
    lengths = FunctionTransformer(length)
    return ColumnTransformer(
        [
            ("target", TargetEncoder(cv=3), ["country"]),
            ("best", make_pipeline(FunctionTransformer(embed), SelectKBest(k=1)), ["title"]),
            ("words", TfidfVectorizer(token_pattern=r"x+"), "title"),
            ("letters", CountVectorizer(analyzer="char", max_features=5, min_df=2), "title"),
            ("bank", make_pipeline(SimpleImputer(strategy="most_frequent"),
                                   OneHotEncoder(handle_unknown="ignore", max_categories=4)),
             ["bank"]),
            ("bins", make_pipeline(lengths, KBinsDiscretizer(3, strategy="uniform")), ["title"]),
            ("curve", make_pipeline(lengths, SplineTransformer(n_knots=3)), ["title"]),
        ]
    )  # fmt: skip


@settings(
    max_examples=settings().max_examples // 5,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    seed=st.integers(0, 1000),
    steps=st.lists(STEPS, min_size=1, max_size=3),
    preparing=st.sampled_from([prepare, prepare_left]),
    model=st.sampled_from([make_ridge, make_logistic]),
    encoders=st.sampled_from(["train", "all"]),
)
@pytest.mark.filterwarnings("ignore")
def test_any_sequence_of_forgets_equals_a_rerun(  # noqa: PLR0917 - drawn by hypothesis
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    steps: list[Step],
    preparing: Any,
    model: Any,
    encoders: str,
) -> None:
    pipeline = make_pipeline_of(
        tmp_path_factory.mktemp("forget") / ".palimpsest",
        prepare=preparing,
        encode_features=encode_learning,
        make_model=model,
        fit_encoders_on=encoders,
    )
    paths = write(tmp_path_factory.mktemp("sources"), tables(seed))
    with pipeline.run(**paths) as run:
        for step in steps:
            if forget(run, choose(run, step)):
                check_proof(run.prove())
                check_row_identity(run)
