"""What a script did that its output does not tell: arguments it parsed, models it stored.

Functions of libraries are wrapped once they are imported; what they do stays as it is.
"""

from __future__ import annotations

import argparse
import atexit
import functools
import importlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from palimpsest.adapt.fingerprint import fingerprint
from palimpsest.adapt.pruneprobe import PruneProbe
from palimpsest.adapt.studyprobe import StudyProbe

# Functions that write a model to a file: module, owner, name, position of model and of path.
_WRITERS = (
    ("torch", "", "save", 0, 1),
    ("joblib", "", "dump", 0, 1),
    ("keras", "Model", "save", 0, 1),
    ("xgboost", "Booster", "save_model", 0, 1),
    ("xgboost", "XGBModel", "save_model", 0, 1),
    ("lightgbm", "Booster", "save_model", 0, 1),
)

_MODEL_ARGUMENTS = ("sk_model", "pytorch_model", "xgb_model", "lgb_model", "model")


class Watch:
    """Notes of one process, written when it ends."""

    def __init__(self, path: Path, *, prune_nothing: bool = False) -> None:
        self._path = path
        self._arguments: dict[str, str] = {}
        self._files: dict[str, str] = {}
        self._logged: dict[str, str] = {}
        self._last: dict[str, tuple[str, Any]] = {}
        self._probe: StudyProbe | None = None
        self._pruning = PruneProbe(nothing=prune_nothing)

    def begin(self, sources: str) -> None:
        """Wrap functions of the libraries that the sources name."""
        atexit.register(self._write)
        self._watch_arguments()
        for module, owner, name, model, path in _WRITERS:
            if module in sources:
                holder = _holder(module, owner)
                if holder is not None:
                    setattr(holder, name, self._noting_file(getattr(holder, name), model, path))
        self._pruning.install(sources)
        if "mlflow" in sources:
            self._watch_mlflow()

    def probe(self, probe: StudyProbe) -> None:
        """Let a probe look at studies; what it finds is noted, too."""
        self._probe = probe
        probe.install()

    def _watch_arguments(self) -> None:
        parse = argparse.ArgumentParser.parse_known_args

        def parse_known_args(parser: Any, *args: Any, **kwargs: Any) -> Any:
            namespace, rest = parse(parser, *args, **kwargs)
            self._arguments.update({key: str(value) for key, value in vars(namespace).items()})
            return namespace, rest

        argparse.ArgumentParser.parse_known_args = parse_known_args  # type: ignore[method-assign,assignment]

    def _noting_file(self, write: Callable[..., Any], model: int, path: int) -> Callable[..., Any]:
        @functools.wraps(write)
        def writing(*args: Any, **kwargs: Any) -> Any:
            result = write(*args, **kwargs)
            if len(args) > max(model, path) and isinstance(args[path], str | os.PathLike):
                digest = fingerprint(args[model])
                if digest is not None:
                    self._files[Path(args[path]).name] = digest
            return result

        return writing

    def _watch_mlflow(self) -> None:
        import mlflow.models  # type: ignore[import-not-found,unused-ignore]

        # Which packages a model needs is not checked, and to find out starts a process a model.
        mlflow.models.infer_pip_requirements = lambda _uri, _flavor, fallback=None, **_: fallback
        log = mlflow.models.Model.log

        @functools.wraps(log)
        def logging(*args: Any, **kwargs: Any) -> Any:
            info = log(*args, **kwargs)
            model = next((kwargs[key] for key in _MODEL_ARGUMENTS if key in kwargs), None)
            digest = fingerprint(model)
            if digest is not None:
                self._logged[info.model_id] = digest
                self._last[str(kwargs.get("name"))] = (info.model_id, model)
            return info

        mlflow.models.Model.log = logging

    def _write(self) -> None:
        sys.setprofile(None)
        untrained = [
            name
            for name, (model_id, model) in self._last.items()
            if fingerprint(model) != self._logged[model_id]
        ]
        facts = {
            "arguments": self._arguments,
            "probed": self._probe.facts if self._probe else {},
            "pruned": self._pruning.facts(),
            "files": self._files,
            "logged": self._logged,
            "changed_later": untrained,
        }
        self._path.write_text(json.dumps(facts), encoding="utf-8")


def _holder(module: str, owner: str) -> Any:
    """Return what has a function, or None where the library is not installed."""
    try:
        found = importlib.import_module(module)
    except ImportError:
        return None
    return getattr(found, owner) if owner else found
