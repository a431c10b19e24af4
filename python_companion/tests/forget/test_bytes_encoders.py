"""Whatever a transformer keeps of values, nothing of what was forgotten stays in any file."""

from __future__ import annotations

import os
import struct
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

import palimpsest.pandas as pd
from palimpsest.pipeline import Pipeline, Run
from palimpsest.protocol.messages import Action, Condition, Filter, ForgetRequest, Keys, RowIds

from ..pipeline.complaints import make_pipeline_of, make_ridge, write
from .test_bytes import ROWS, amount, check_side_files, code, leftovers, prepare, shout

EXTREMES, MIDDLE = [0, ROWS - 1], [ROWS // 2 - 1, ROWS // 2]
"""Rows whose amounts are the smallest, the largest and the median: statistics hold their values."""

ENCODERS: dict[str, tuple[Any, Any]] = {
    "min and max": (MinMaxScaler(), ["amount"]),
    "largest": (MaxAbsScaler(), ["amount"]),
    "clipped": (MinMaxScaler(clip=True), ["amount"]),
    "median": (RobustScaler(), ["amount"]),
    "imputed median": (SimpleImputer(strategy="median"), ["amount"]),
    "imputed mode": (SimpleImputer(strategy="most_frequent"), ["amount"]),
    "bins": (KBinsDiscretizer(4, encode="ordinal", strategy="quantile"), ["amount"]),
    "quantiles": (QuantileTransformer(n_quantiles=ROWS), ["amount"]),
    "power": (PowerTransformer(), ["amount"]),
    "chain": (make_pipeline(StandardScaler(), MinMaxScaler()), ["amount"]),
    "categories": (OneHotEncoder(handle_unknown="ignore"), ["code"]),
    "dropped category": (OneHotEncoder(drop="first", handle_unknown="ignore"), ["code"]),
    "rare categories": (
        OneHotEncoder(min_frequency=2, handle_unknown="infrequent_if_exist"),
        ["code"],
    ),
    "ordinal": (OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), ["code"]),
    "vocabulary": (CountVectorizer(), "loud"),
    "weighted vocabulary": (TfidfVectorizer(), "loud"),
    "letters": (CountVectorizer(analyzer="char_wb", ngram_range=(10, 11)), "loud"),
}


def frame() -> pandas.DataFrame:
    rng = np.random.default_rng(0)
    return pandas.DataFrame(
        {
            "code": [code(row) for row in range(ROWS)],
            "amount": [amount(row) for row in range(ROWS)],
            "target": rng.normal(size=ROWS),
        }
    )


def pipeline_with(folder: Path, transformer: Any, columns: Any, **more: Any) -> Pipeline:
    def encode_features() -> Any:
        return ColumnTransformer([("step", transformer, columns)])

    chosen = {
        "prepare": prepare,
        "encode_features": encode_features,
        "extract_label": lambda table: table["target"],
        "make_model": make_ridge,
        "split": None,
        **more,
    }
    return make_pipeline_of(folder, **chosen)


def do(run: Run, action: Action, selector: Any, columns: list[str]) -> None:
    asked = ForgetRequest(
        run=run.id, source="people", selector=selector, action=action, columns=columns
    )
    run.apply(run.preview(asked).token)


@pytest.mark.parametrize("name", ENCODERS)
def test_statistics_let_go(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "runs"
    pipeline = pipeline_with(folder, *ENCODERS[name])
    with pipeline.run(**write(tmp_path / "data", {"people": frame()})) as run:
        do(run, "delete", RowIds(rows=[*EXTREMES, *MIDDLE]), [])
        gone = [*EXTREMES, *MIDDLE]
        assert leftovers(folder, gone, numbers=True) == []
        do(run, "erase", RowIds(rows=[1, ROWS - 2, 40]), ["code", "amount"])
        gone += [1, ROWS - 2, 40]
        assert leftovers(folder, gone, numbers=True) == []
        check_side_files(run)
        assert run.prove().equal
    assert leftovers(folder, gone, numbers=True) == []


def test_a_request_that_names_values_leaves_none(tmp_path: Path) -> None:
    """The selector of a request holds values itself: in receipts, events and the catalog, too."""
    folder = tmp_path / "runs"
    pipeline = pipeline_with(folder, StandardScaler(), ["amount"])
    with pipeline.run(**write(tmp_path / "data", {"people": frame()})) as run:
        do(run, "delete", Keys(column="code", values=[code(3), code(4)]), [])
        by_value = Filter(conditions=[Condition(column="amount", comparison="==", value=amount(5))])
        do(run, "erase", by_value, ["code", "amount"])
        by_text = Filter(
            conditions=[Condition(column="code", comparison="contains", value=code(6)[4:])]
        )
        do(run, "delete", by_text, [])
        assert leftovers(folder, [3, 4, 5, 6], numbers=True) == []
        # also a request that was only previewed, and one that fails
        run.preview(
            ForgetRequest(
                run=run.id,
                source="people",
                selector=Keys(column="code", values=[code(7)]),
                action="delete",
            )
        )
        data = b"".join(
            path.read_bytes() for path in folder.iterdir() if path.suffix != ".palimpsest"
        )
        assert code(7).encode() not in data
        assert len(run.receipts().receipts) == 3


def test_labels_and_results_of_functions_let_go(tmp_path: Path) -> None:
    folder = tmp_path / "runs"

    def prepare_labelled(people: Any) -> Any:
        people = pd.read_csv(people)
        people["loud"] = people["code"].map(shout)
        people["twice"] = people["amount"].map(double)
        return people

    pipeline = pipeline_with(
        folder,
        StandardScaler(),
        ["twice"],
        prepare=prepare_labelled,
        extract_label=lambda table: table["loud"],
        make_model=lambda n: LogisticRegression(max_iter=50),
    )
    labels = frame().assign(code=[code(row // 3) for row in range(ROWS)])[: ROWS // 3]
    with pipeline.run(**write(tmp_path / "data", {"people": labels})) as run:
        assert code(0).upper().encode() in run.path.read_bytes()
        with pytest.raises(Exception, match="class"):
            do(run, "delete", RowIds(rows=[0, 1, 2]), [])
        do(run, "erase", RowIds(rows=[3, 4]), ["amount"])
        assert leftovers(folder, [], numbers=True) == []
        data = b"".join(path.read_bytes() for path in folder.iterdir())
        for row in (3, 4):
            for value in (amount(row), double(amount(row))):
                forms = [struct.pack("<d", value), struct.pack(">d", value), repr(value).encode()]
                assert [form for form in forms if form in data] == []


def double(value: float) -> float:
    return value * 2 + 0.0625


def test_nothing_is_written_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite may spill a transaction to a temporary file; here it must not."""
    spilled = tmp_path / "temporary"
    spilled.mkdir()
    for variable in ("TMPDIR", "SQLITE_TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(variable, str(spilled))
    monkeypatch.setattr(tempfile, "tempdir", None)
    folder = tmp_path / "runs"
    pipeline = pipeline_with(folder, OneHotEncoder(handle_unknown="ignore"), ["code"])
    with pipeline.run(**write(tmp_path / "data", {"people": frame()})) as run:
        opened = os.listdir("/proc/self/fd") if Path("/proc/self/fd").exists() else []
        targets = [os.path.realpath(f"/proc/self/fd/{one}") for one in opened]
        assert not any(target.startswith(str(spilled)) for target in targets)
        do(run, "delete", RowIds(rows=list(range(0, ROWS, 2))), [])
    assert list(spilled.iterdir()) == []
