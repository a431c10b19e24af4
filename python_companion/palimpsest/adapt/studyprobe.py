"""Questions to a search while it runs: does what follows it follow its result, does it see test data.

Installed into the process of a script before that begins. The result of every study becomes another
one, known beforehand; test data is shuffled while a study runs; and afterwards it is noted with
which values the script calls libraries.
"""

from __future__ import annotations

import copy
import random
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

_TEST_NAME = re.compile(
    r"test|hold_?out|held_?out|(^|_)te($|_)|^[xyXYd]s?te$|(^|_)tst", re.IGNORECASE
)
_MOST_VALUES = 200


class StudyProbe:
    """Changes how the studies of this process end, and notes what is made of it."""

    def __init__(self, folder: Path, best: str, only: str | None, shuffled: bool) -> None:
        self._folder = str(folder)
        self._best = best
        self._only = only
        self._shuffled = shuffled
        self._searches = False
        self.facts: dict[str, Any] = {"calls": {}, "shuffled": [], "best": {}, "original": {}}

    def install(self) -> None:
        """Put the probe into Optuna."""
        import optuna  # type: ignore[import-not-found,unused-ignore]

        study = optuna.Study
        optimize, best_trial = study.optimize, study.best_trial.fget

        def probed_optimize(this: Any, *args: Any, **kwargs: Any) -> None:
            sys.setprofile(None)
            self._searches = True
            restore = self._shuffle(sys._getframe(1)) if self._shuffled else []
            try:
                optimize(this, *args, **kwargs)
            finally:
                for back in restore:
                    back()
            self._searches = False
            sys.setprofile(self._note)

        def probed_best(this: Any) -> Any:
            found = best_trial(this)
            if self._searches:
                return found
            found = copy.copy(found)
            found.params = self._instead(this, found)
            self.facts["best"] = found.params
            return found

        study.optimize = probed_optimize
        study.best_trial = property(probed_best)
        study.best_params = property(lambda this: this.best_trial.params)

    def _instead(self, study: Any, found: Any) -> dict[str, Any]:
        original = dict(study.trials[0].params)
        self.facts["original"] = original
        if self._best == "original":
            return original
        return {
            name: odd_value(found.distributions[name], original.get(name))
            if self._only in (None, name)
            else original.get(name, value)
            for name, value in found.params.items()
        }

    def _note(self, frame: FrameType, event: str, _argument: Any) -> None:
        """Note the plain arguments of a library's function that the script calls."""
        if event != "call" or frame.f_back is None:
            return
        code, caller = frame.f_code, frame.f_back.f_code
        if not caller.co_filename.startswith(self._folder) or code.co_filename.startswith(
            self._folder
        ):
            return
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + 2]
        for name in names:
            for value in _plain(frame.f_locals.get(name), 2):
                key = f"{code.co_qualname if sys.version_info >= (3, 11) else code.co_name}({name})"
                seen = self.facts["calls"].setdefault(key, [])
                if value not in seen and len(seen) < _MOST_VALUES:
                    seen.append(value)

    def _shuffle(self, frame: FrameType | None) -> list[Callable[[], None]]:
        restore: list[Callable[[], None]] = []
        while frame is not None and frame.f_code.co_filename.startswith(self._folder):
            for name, value in {**frame.f_globals, **frame.f_locals}.items():
                if _TEST_NAME.search(name) and name not in self.facts["shuffled"]:
                    back = shuffle(value, random.Random(name))
                    if back is not None:
                        self.facts["shuffled"].append(name)
                        restore.insert(0, back)
            frame = frame.f_back
        return restore


def odd_value(distribution: Any, original: Any) -> Any:
    """Return a value of a distribution that is not the original one, nor a likely one."""
    if hasattr(distribution, "choices"):
        return next(one for one in distribution.choices if one != original)
    low, high = distribution.low, distribution.high
    if isinstance(low, int):
        inside = [one for one in range(low, high + 1) if one != original]
        return inside[(len(inside) * 2) // 3]
    if distribution.log:
        return float(low * (high / low) ** 0.4142135)
    return float(low + (high - low) * 0.4142135)


def _plain(value: Any, depth: int) -> Iterator[Any]:
    if isinstance(value, (bool, int, float, str)):
        yield value
    elif depth > 0 and isinstance(value, dict):
        for one in list(value.values()):
            yield from _plain(one, depth - 1)
    elif depth > 0 and isinstance(value, (tuple, list)) and len(value) < 20:
        for one in value:
            yield from _plain(one, depth - 1)


def shuffle(value: Any, rng: random.Random) -> Callable[[], None] | None:
    """Shuffle the rows of data in place; return what undoes it, or None when it is no data."""
    kind = type(value).__module__.partition(".")[0]
    inner = getattr(value, "dataset", None)
    if kind == "torch" and inner is not None and not hasattr(value, "indices"):
        return shuffle(inner, rng)
    if kind == "torch" and inner is not None:
        return _shuffle_rows(getattr(inner, "tensors", ()), list(value.indices), rng)
    if hasattr(value, "tensors"):
        return _shuffle_rows(value.tensors, range(len(value)), rng)
    if kind == "torch" and hasattr(value, "numel") and getattr(value, "ndim", 0) > 0:
        return _shuffle_rows([value], range(len(value)), rng)
    if kind == "numpy" and getattr(value, "ndim", 0) > 0 and value.flags.writeable:
        return _shuffle_rows([value], range(len(value)), rng)
    if kind == "pandas" and hasattr(value, "iloc"):
        return _shuffle_frame(value, rng)
    if kind == "xgboost" and hasattr(value, "set_label"):
        labels = value.get_label()
        if not len(labels):
            return None
        value.set_label(labels[_order(len(labels), rng)])
        return lambda: value.set_label(labels)
    if isinstance(value, list) and len(value) > 1:
        return _shuffle_list(value, rng)
    return None


def _order(length: int, rng: random.Random) -> list[int]:
    order = list(range(length))
    rng.shuffle(order)
    return order


def _shuffle_rows(arrays: Any, rows: Any, rng: random.Random) -> Callable[[], None] | None:
    rows = [int(row) for row in rows]
    kept = [
        (array, array[rows].clone() if hasattr(array, "clone") else array[rows].copy())
        for array in arrays
    ]
    for array, before in kept:
        array[rows] = before[_order(len(rows), rng)]

    def back() -> None:
        for array, before in kept:
            array[rows] = before

    return back if kept else None


def _shuffle_frame(frame: Any, rng: random.Random) -> Callable[[], None]:
    before = frame.copy()
    after = before.iloc[_order(len(frame), rng)]
    if getattr(frame, "ndim", 1) == 1:
        frame.iloc[:] = after.to_numpy()
        return lambda: frame.iloc.__setitem__(slice(None), before.to_numpy())
    for index in range(frame.shape[1]):
        frame.isetitem(index, after.iloc[:, index].to_numpy())

    def back() -> None:
        for index in range(frame.shape[1]):
            frame.isetitem(index, before.iloc[:, index].to_numpy())

    return back


def _shuffle_list(values: list[Any], rng: random.Random) -> Callable[[], None]:
    before = list(values)
    order = _order(len(values), rng)
    if all(isinstance(one, tuple) and len(one) > 1 for one in values):
        # Pairs of an example and its label: another label for each.
        values[:] = [
            (*one[:-1], before[other][-1]) for one, other in zip(before, order, strict=True)
        ]
    else:
        values[:] = [before[other] for other in order]
    return lambda: values.__setitem__(slice(None), before)
