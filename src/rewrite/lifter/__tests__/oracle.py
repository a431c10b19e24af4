"""Run original and lifted cells side by side and say where they differ.

Reads a JSON list of cases from stdin, writes a JSON list of results. All cases run in this one
process, each in a folder of its own. `import palimpsest.pandas` means plain pandas here.
"""

import contextlib
import io
import json
import math
import os
import sys
import tempfile
import types
import warnings

import numpy as np
import pandas as pd


class Run:
    """What a pipeline's run offers to the cell that makes it."""

    def __init__(self, frame, X, y, *, train, model):
        self.frame, self.X, self.y, self.train, self.model = frame, X, y, train, model


class Pipeline:
    """The pipeline contract with plain pandas: prepare, encode, label, fit."""

    def __init__(self, name, *steps, split=None, fit_encoders_on="train"):
        self.name, self.steps = name, steps
        self.split, self.fit_on = split, fit_encoders_on

    def run(self, **sources):
        prepare, encode, label, model = self.steps
        frame = prepare(**sources)
        y = np.asarray(label(frame))
        train = np.ones(len(frame), bool) if self.split is None else np.asarray(self.split(frame))
        encoder = encode()
        encoder.fit(frame if self.fit_on == "all" else frame[train])
        X = encoder.transform(frame)
        fitted = model(X.shape[1]).fit(X[train], y[train])
        return Run(frame, X, y, train=train, model=fitted)


def install():
    package = types.ModuleType("palimpsest")
    package.pandas, package.Pipeline = pd, Pipeline
    sys.modules["palimpsest"], sys.modules["palimpsest.pandas"] = package, pd


def execute(cells):
    """Return the globals after running cells in the current folder, or the error."""
    scope = {"__name__": "__main__"}
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            for cell in cells:
                exec(compile(cell, "<cell>", "exec"), scope)  # noqa: S102 - that is the job
            # Files that nobody closed must be on disk before they are compared.
            for value in list(scope.values()):
                if hasattr(value, "flush") and hasattr(value, "closed") and not value.closed:
                    value.flush()
    except Exception as error:  # noqa: BLE001 - any failure is a result
        return None, f"{type(error).__name__}: {error}", printed.getvalue()
    return scope, None, printed.getvalue()


def original_result(scope, observation):
    if observation["kind"] == "file":
        with open(observation["path"]) as lines:
            rows = [line.rstrip("\n").split(observation["separator"]) for line in lines]
        return rows[1:] if rows and rows[0] == observation["columns"] else rows
    value = scope[observation["name"]]
    if isinstance(value, pd.DataFrame):
        return [tuple(row) for row in value.itertuples(index=False)]
    if isinstance(value, dict) and all(isinstance(each, list) for each in value.values()):
        return list(zip(*value.values(), strict=True))
    return value


def lifted_result(scope, observation, role):
    if role == "prepare":
        frame = scope["prepare"]()
        if observation["kind"] == "file":
            return [[str(value) for value in row] for row in frame.itertuples(index=False)]
        return [tuple(row) for row in frame.itertuples(index=False)]
    frame = scope["prepare"]()
    if role == "encode":
        return scope["encode_features"]().fit_transform(frame)
    if role == "label":
        return np.asarray(scope["extract_label"](frame))
    return scope[observation["name"]]


def difference(expected, got):
    """Tell the first difference in words; None when there is none."""
    if isinstance(expected, dict):
        expected, got = [list(each.items()) for each in (expected, got)]
        return None if repr(expected) == repr(got) else f"{expected!r} against {got!r}"
    if hasattr(expected, "predict") and not hasattr(expected, "coef_"):
        expected, got = vars(expected), vars(got)
        return None if repr(expected) == repr(got) else f"{expected!r} against {got!r}"
    if hasattr(expected, "predict"):
        for name in ("coef_", "intercept_"):
            if not np.allclose(getattr(expected, name), getattr(got, name)):
                return f"{name} differs"
        return None
    if isinstance(expected, np.ndarray) or isinstance(got, np.ndarray):
        expected, got = np.asarray(expected), np.asarray(got)
        if expected.shape != got.shape:
            return f"shape {expected.shape} against {got.shape}"
        if expected.dtype.kind in "fiub" and got.dtype.kind in "fiub":
            same = np.allclose(expected, got, equal_nan=True)
        else:
            same = (expected.astype(object) == got.astype(object)).all()
        return None if same else f"arrays differ: {expected!r} against {got!r}"
    expected, got = [plain(row) for row in expected], [plain(row) for row in got]
    if len(expected) != len(got):
        return f"{len(expected)} rows against {len(got)}: {expected[:3]} against {got[:3]}"
    for at, (one, other) in enumerate(zip(expected, got, strict=True)):
        if len(one) != len(other) or not all(map(same_value, one, other)):
            return f"row {at}: {one} against {other}"
    return None


def same_value(one, other):
    """Missing values are equal; sums may differ in the last digit."""
    if missing(one) or missing(other):
        return missing(one) and missing(other)
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9)
    return bool(one == other)


def missing(value):
    return value is None or (isinstance(value, float) and math.isnan(value))


def plain(row):
    if isinstance(row, dict):
        row = list(row.values())
    values = row if isinstance(row, (list, tuple)) else [row]
    return [value.item() if isinstance(value, np.generic) else value for value in values]


def compare(case):
    original, error, printed = execute(case["original"])
    expected = None
    if error is None:
        expected = original_result(original, case["observation"])
    lifted, lifted_error, lifted_printed = execute(case["lifted"])
    got = None
    if lifted_error is None:
        try:
            got = lifted_result(lifted, case["observation"], case["role"])
        except Exception as problem:  # noqa: BLE001 - any failure is a result
            lifted_error = f"{type(problem).__name__}: {problem}"
    if error is not None or lifted_error is not None:
        both = error is not None and lifted_error is not None
        return {"same": both, "failed": both, "detail": f"{error} against {lifted_error}"}
    found = difference(expected, got)
    if found is None and case.get("printed") and printed != lifted_printed:
        found = f"printed {printed!r} against {lifted_printed!r}"
    return {"same": found is None, "failed": False, "detail": found}


def main():
    install()
    warnings.simplefilter("ignore")
    results = []
    start = os.getcwd()
    known = set(sys.modules)
    for case in json.load(sys.stdin):
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            sys.path.insert(0, folder)
            for name, text in case["files"].items():
                with open(name, "w", newline="") as file:
                    file.write(text)
            results.append(compare(case))
            sys.path.remove(folder)
            for name in set(sys.modules) - known:
                if getattr(sys.modules[name], "__file__", None) in (None, ""):
                    continue
                if sys.modules[name].__file__.startswith(folder):
                    del sys.modules[name]
            os.chdir(start)
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    main()
