"""After a forget, no file of the folder holds a byte of what was forgotten."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, RobustScaler, StandardScaler

import palimpsest.pandas as pd
from palimpsest.pipeline import Run
from palimpsest.protocol.messages import ForgetRequest, RowIds

from ..pipeline.complaints import make_pipeline_of, make_ridge, write

ROWS = 150


def code(row: int) -> str:
    return f"Sentinel{row:05d}x"


def amount(row: int) -> float:
    # Not evenly spaced: the mean of two neighbours, a median, must not be a third one's.
    return 1000.0 + row * 7.0 + row * row * 0.0078125 + 0.123456789


def shout(text: str) -> str:
    return text.upper()


def prepare(people: Any) -> Any:
    people = pd.read_csv(people)
    people = people.drop_duplicates("code")
    people["loud"] = people["code"].map(shout)
    people["kind"] = people["code"].astype("category")
    return people


def encode_features() -> Any:
    return ColumnTransformer(
        [
            ("plain", "passthrough", ["amount"]),
            ("standard", StandardScaler(), ["amount"]),
            ("smallest", MinMaxScaler(), ["amount"]),
            ("robust", RobustScaler(), ["amount"]),
            ("category", OneHotEncoder(handle_unknown="ignore"), ["code"]),
            ("kind", OneHotEncoder(handle_unknown="ignore"), ["kind"]),
            ("words", CountVectorizer(), "loud"),
        ]
    )


def extract_label(frame: Any) -> Any:
    return frame["target"]


def frame() -> pandas.DataFrame:
    rng = np.random.default_rng(0)
    return pandas.DataFrame(
        {
            "code": [code(row) for row in range(ROWS)],
            "amount": [amount(row) for row in range(ROWS)],
            "target": rng.normal(size=ROWS),
        }
    )


def leftovers(folder: Path, rows: list[int], *, numbers: bool) -> list[str]:
    """Say which sentinels are still in which file, in any encoding that something here writes."""
    found = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        data = path.read_bytes()
        for row in rows:
            texts = [code(row), code(row).upper(), code(row).lower()]
            forms = [t.encode(kind) for t in texts for kind in ("utf-8", "utf-16-le", "utf-32-le")]
            if numbers:
                forms += [struct.pack("<d", amount(row)), struct.pack(">d", amount(row))]
                forms += [repr(amount(row)).encode()]
            found += [f"{path.name}: {form!r}" for form in forms if form in data]
    return found


@pytest.mark.parametrize("action", ["delete", "erase"])
def test_no_byte_stays(tmp_path: Path, action: str) -> None:
    folder = tmp_path / "runs"
    pipeline = make_pipeline_of(
        folder,
        prepare=prepare,
        encode_features=encode_features,
        extract_label=extract_label,
        make_model=make_ridge,
        split=None,
    )
    with pipeline.run(**write(tmp_path / "data", {"people": frame()})) as run:
        assert len(leftovers(folder, [0, 149], numbers=True)) > 4
        gone: list[int] = []
        for rows in ([0, 149], [20, 21, 77], list(range(100, 130))):
            gone += rows
            asked = ForgetRequest(
                run=run.id,
                source="people",
                selector=RowIds(rows=rows),
                action=action,  # type: ignore[arg-type]
                columns=["code", "amount"] if action == "erase" else [],
            )
            run.apply(run.preview(asked).token)
            assert leftovers(folder, gone, numbers=True) == []
        assert leftovers(folder, [50], numbers=True) != []
        check_side_files(run)
        assert run.prove().equal
    assert leftovers(folder, gone, numbers=True) == []


def test_no_byte_of_what_was_corrected_stays(tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    pipeline = make_pipeline_of(
        folder,
        prepare=prepare,
        encode_features=encode_features,
        extract_label=extract_label,
        make_model=make_ridge,
        split=None,
    )

    def do(action: str, **parts: Any) -> None:
        asked = ForgetRequest(run=run.id, source="people", action=action, **parts)  # type: ignore[arg-type]
        run.apply(run.preview(asked).token)

    with pipeline.run(**write(tmp_path / "data", {"people": frame()})) as run:
        gone = [0, 20, 77]
        for row in gone:
            values = {"code": code(row + 500), "amount": amount(row + 500)}
            do("rectify", selector=RowIds(rows=[row]), values=values)
        assert leftovers(folder, gone, numbers=True) == []
        assert leftovers(folder, [500], numbers=True) != []
        do("insert", records=[{"code": code(900), "amount": amount(900), "target": 0.5}])
        assert leftovers(folder, [900], numbers=True) != []
        do("delete", selector=RowIds(rows=[0, ROWS]))
        assert leftovers(folder, [*gone, 500, 900], numbers=True) == []
        assert leftovers(folder, [520], numbers=True) != []
        check_side_files(run)
        assert run.prove().equal
    assert leftovers(folder, [*gone, 500, 900], numbers=True) == []


def check_side_files(run: Run) -> None:
    log = run.path.with_name(run.path.name + "-wal")
    assert not log.exists() or log.stat().st_size == 0
    names = {path.name for path in run.path.parent.iterdir()}
    assert not any(name.startswith(".building") for name in names)
