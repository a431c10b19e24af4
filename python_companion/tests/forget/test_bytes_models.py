"""Trees, shards and networks are stored, too: nothing of what was forgotten stays in them."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor
from sklearn.neighbors import KNeighborsRegressor
from sklearn.tree import DecisionTreeRegressor

from palimpsest import Run, Sharded, TorchModel
from palimpsest.pipeline.cache import CACHE
from palimpsest.protocol.messages import ForgetRequest, RowIds

from ..pipeline.complaints import make_pipeline_of, write
from .test_bytes import ROWS, amount, check_side_files, code, leftovers, prepare

DEEP = DecisionTreeRegressor(random_state=0)
"""Its leaves are the targets of single rows."""


def target(row: int) -> float:
    return 0.001 * amount(row) + row * 0.37 % 1.0


def frame() -> pandas.DataFrame:
    rows = range(ROWS)
    return pandas.DataFrame(
        {
            "code": [code(row) for row in rows],
            "amount": [amount(row) for row in rows],
            "other": np.random.default_rng(0).normal(size=ROWS),
            "target": [target(row) for row in rows],
        }
    )


def encode_features() -> Any:
    return ColumnTransformer([("plain", "passthrough", ["amount", "other"])])


def network() -> Any:
    torch = pytest.importorskip("torch")

    def net() -> Any:
        return torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))

    return TorchModel(net, loss="squared_error", epochs=2)


MODELS: dict[str, Any] = {
    "forest": lambda: RandomForestRegressor(6, max_samples=0.3, random_state=0),
    "boosting": lambda: GradientBoostingRegressor(n_estimators=3, max_depth=8, random_state=0),
    "tree": lambda: DEEP,
    "shards of trees": lambda: Sharded(DEEP, shards=4),
    "shards of neighbours": lambda: Sharded(KNeighborsRegressor(2), shards=4),
    "network": network,
}


def numbers_left(folder: Path, rows: list[int]) -> list[str]:
    """Say which amounts and targets are still in which file, in either precision."""
    found = leftovers(folder, rows, numbers=True)
    for path in sorted(folder.rglob("*")):
        data = path.read_bytes() if path.is_file() else b""
        for row in rows:
            numbers = {struct.pack("<d", target(row)), struct.pack("<f", target(row))}
            numbers.add(struct.pack("<f", amount(row)))
            found += [f"{path.name}: row {row}" for number in numbers if number in data]
    return found


def held_by_model(run: Run, rows: list[int]) -> set[int]:
    """Return the rows whose target is in an array of the stored model."""
    with run.reading() as stored:
        held = b"".join(array.tobytes() for array in stored.model.arrays.values())
    return {row for row in rows if struct.pack("<d", target(row)) in held}


@pytest.mark.parametrize("name", MODELS)
def test_models_let_go(tmp_path: Path, name: str) -> None:
    folder, gone = tmp_path / "runs", [0, 20, 21, 77, 100, ROWS - 1]
    pipeline = make_pipeline_of(
        folder,
        prepare=prepare,
        encode_features=encode_features,
        extract_label=lambda table: table["target"],
        make_model=lambda width: MODELS[name](),
        split=None,
    )
    with pipeline.run(**write(tmp_path / "data", {"people": frame()})) as run:
        assert numbers_left(folder, gone)
        if "tree" in name or name == "forest":
            assert held_by_model(run, gone)
        asked = ForgetRequest(
            run=run.id, source="people", selector=RowIds(rows=gone), action="delete"
        )
        run.apply(run.preview(asked).token)
        assert not held_by_model(run, gone)
        assert numbers_left(folder, gone) == []
        check_side_files(run)
        path = run.path
        CACHE.drop(run.id)
    with Run.open(path) as run:
        assert len(run.model.predict(run.X)) == ROWS - len(gone)
    assert numbers_left(folder, gone) == []
