"""A pipeline of any number of prepared rows with 64 features each, and what is asked of its run."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas
from measure import median, seconds
from palimpsest import Pipeline
from palimpsest.protocol.messages import ForgetRequest, RowIds

WIDTH = 64
FIRST = 5_000
"""So many rows are forgotten from at any size, to compare the sizes."""


_RANDOM = np.random.default_rng(3)
_WAVES = _RANDOM.normal(scale=4, size=(2, WIDTH)).astype(np.float32)
_PHASES = _RANDOM.random(WIDTH, dtype=np.float32)


def make_data(rows: int, seed: int = 7) -> pandas.DataFrame:
    """Make records of which every one is prepared into one row."""
    rng = np.random.default_rng(seed)
    return pandas.DataFrame(
        {"a": rng.normal(size=rows), "b": rng.random(rows), "target": rng.normal(size=rows)}
    )


def prepare(records: Any) -> Any:
    """Filter and compute, so that there is something to trace."""
    kept = records[records["b"] >= 0]
    return kept.assign(c=kept["a"] * kept["b"])


def features(frame: Any) -> Any:
    """Make 64 float32 features of a row."""
    return np.sin(frame.to_numpy(dtype=np.float32) @ _WAVES + _PHASES)


def encode_features() -> Any:
    """Return the unfitted encoder."""
    from sklearn.compose import ColumnTransformer
    from sklearn.preprocessing import FunctionTransformer

    return ColumnTransformer([("features", FunctionTransformer(features), ["a", "c"])])


def extract_label(frame: Any) -> Any:
    """Return a number to learn."""
    return frame["target"]


def make_model(n_features: int) -> Any:
    """Return the cheapest model to maintain; its time is told apart."""
    from sklearn.linear_model import Ridge

    return Ridge()


def make_run(rows: int, folder: Path) -> Any:
    """Run the pipeline over `rows` records."""
    functions = (prepare, encode_features, extract_label, make_model)
    return Pipeline("prepared", *functions, folder=folder).run(records=make_data(rows))


class Forgets:
    """Forgets records of a run, different ones every time.

    Parameters
    ----------
    run : Run
    among : range
        Records are drawn from these.
    """

    def __init__(self, run: Any, among: range) -> None:
        self.run = run
        self._order = iter(np.random.default_rng(1).permutation(among).tolist())

    def measure(self, records: int, repeats: int) -> dict[str, float]:
        """Return medians in seconds: of previews, of forgets, of forgets without the model."""
        found: dict[str, list[float]] = {"preview": [], "forget": [], "without model": []}
        for _ in range(repeats + 1):  # the first is a warm-up
            self._one(records, found)
        return {name: median(values[1:]) for name, values in found.items()}

    def _one(self, records: int, found: dict[str, list[float]]) -> None:
        request = ForgetRequest(
            run=self.run.id,
            source="records",
            selector=RowIds(rows=list(islice(self._order, records))),
            action="delete",
        )
        told: list[Any] = []
        found["preview"].append(seconds(lambda: told.append(self.run.preview(request))))
        found["forget"].append(seconds(lambda: told.append(self.run.apply(told[0].token))))
        trained = sum(t.seconds for t in told[1].timings if t.stage == "model")
        found["without model"].append(found["forget"][-1] - trained)


def measure_traces(run: Any, rows: int, repeats: int) -> dict[str, float]:
    """Return medians in seconds: of tracing a record forward, and a row back."""
    chosen = np.random.default_rng(2).integers(0, rows, repeats + 1)
    found: dict[str, list[float]] = {"forward": [], "back": []}
    for row in chosen.tolist():  # the first is a warm-up
        found["forward"].append(
            seconds(lambda row=row: run.trace_forward("records", RowIds(rows=[row])))
        )
        found["back"].append(seconds(lambda row=row: run.trace_back(row)))
    return {name: median(values[1:]) for name, values in found.items()}
