"""Two versions of a script: what is compared, what is left out, and what cannot be decided."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from palimpsest.protocol.messages import Verdict, VerifyScriptsRequest
from palimpsest.verify import verify_scripts

ORIGINAL = """
import numpy as np
rows = []
for line in open("a.csv"):
    name, n = line.strip().split(",")
    rows.append((name, int(n)))
X = np.array([[n, n % 3] for _, n in rows], dtype=float)
y = np.array([int(n > 20) for _, n in rows])
"""

SORTED = ORIGINAL.replace("X = ", "rows.sort(key=lambda r: -r[1])\nX = ")

CONTRACT = """
import pandas as pd
from sklearn.preprocessing import FunctionTransformer

def prepare(a="a.csv"):
    raw = pd.read_csv(a, names=["name", "n"], dtype=str, quoting=3, keep_default_na=False)
    return raw.assign(name=raw["name"].str.lstrip(), n=raw["n"].map(int))

def encode_features():
    return FunctionTransformer(lambda frame: frame[["n"]].assign(m=frame["n"] % 3).to_numpy(float))

def extract_label(frame):
    return (frame["n"] > 20).astype(int)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lines = [f"name{i},{(i * 7) % 43}\n" for i in range(60)]
    (tmp_path / "a.csv").write_text("".join(lines), encoding="utf-8")
    return tmp_path


def compare(
    folder: Path,
    original: str,
    other: str,
    stages: tuple[str, ...] = ("prepare", "encode", "label"),
    **options: Any,
) -> Verdict:
    outputs = {"prepare": "rows", "encode": "X", "label": "y", "train": "model"}
    request = {
        "original": original,
        "other": other,
        "stages": [{"role": role, "output": outputs[role]} for role in stages],
        "working_directory": str(folder),
        "mutations": 4,
        "localise": False,
        **options,
    }
    return verify_scripts(VerifyScriptsRequest.model_validate(request))


def told(verdict: Verdict) -> str:
    return " | ".join(evidence.detail for evidence in verdict.evidence)


def test_rows_in_another_order_take_their_results_with_them(folder: Path) -> None:
    assert compare(folder, ORIGINAL, SORTED).status == "different"

    verdict = compare(folder, ORIGINAL, SORTED, row_order_matters=False)
    wrong = SORTED.replace("y = np.array([", "y = np.array([0, *[").replace(
        "in rows])\n", "in rows][:-1]])\n"
    )
    swapped = compare(folder, ORIGINAL, wrong, row_order_matters=False)

    assert verdict.status == "equivalent", verdict
    assert "another order" in told(verdict)
    assert swapped.status == "different", swapped


def test_the_functions_of_the_contract_stand_for_what_is_not_left(folder: Path) -> None:
    verdict = compare(folder, ORIGINAL, CONTRACT)

    assert verdict.status == "equivalent", verdict


def test_what_is_left_to_chance_is_left_out_and_said(folder: Path) -> None:
    chance = ORIGINAL.replace("import numpy", "import random\nimport numpy")
    chance = chance.replace("[n, n % 3]", "[n, random.random()]")

    verdict = compare(folder, chance, chance)

    assert verdict.status == "equivalent", verdict
    assert "left out" in verdict.summary
    assert "column 1" in verdict.summary


def test_a_stage_that_the_original_does_not_leave_decides_nothing(folder: Path) -> None:
    verdict = compare(folder, ORIGINAL, ORIGINAL, ("prepare", "train"))

    assert verdict.status == "inconclusive"
    assert "'train'" in verdict.summary


def test_a_stage_that_the_other_does_not_leave_is_a_difference(folder: Path) -> None:
    verdict = compare(folder, ORIGINAL, ORIGINAL.replace("y = ", "labels = "))

    assert verdict.status == "different"
    assert verdict.difference is not None
    assert verdict.difference.stage == "label"


def test_stages_that_were_finished_before_both_stop_are_compared(folder: Path) -> None:
    stops = "\nif any(name.startswith(' ') or not name for name, _ in rows):\n    raise ValueError('name')\n"
    right = ORIGINAL.replace("X = ", f"{stops}X = ", 1)
    wrong = right.replace("rows.append((name, int(n)))", "rows.append((name or '?', int(n)))")

    verdict = compare(folder, right, wrong, mutations=20)

    assert verdict.status == "different", verdict
    assert verdict.difference is not None
    assert verdict.difference.stage == "prepare"


def test_a_missing_source_is_said_before_anything_runs(folder: Path) -> None:
    verdict = compare(folder, ORIGINAL, ORIGINAL, sources={"b": "b.csv"})

    assert verdict.status == "inconclusive"
    assert "b.csv" in verdict.summary


def test_weights_of_a_loop_are_compared_with_an_estimator(folder: Path) -> None:
    loop = ORIGINAL + "model = (np.linalg.lstsq(X, y, rcond=None)[0], 0.0)\n"
    fitted = ORIGINAL + (
        "from sklearn.linear_model import LinearRegression\n"
        "model = LinearRegression(fit_intercept=False).fit(X, y)\n"
    )

    equal = compare(folder, loop, fitted, ("encode", "train"), mutations=0)
    other = compare(
        folder, loop, fitted.replace("fit(X, y)", "fit(X[5:], y[5:])"), ("train",), mutations=0
    )

    assert equal.status == "equivalent", equal
    assert other.status == "different"
