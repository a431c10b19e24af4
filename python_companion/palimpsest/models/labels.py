"""The labels of the training rows, and what must not become of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import ClassForgotten, ModelError, NoTrainingRows
from .state import Arrays, ModelState

_TYPES = (bool, int, float, str)

CLASSES, COUNTS = "labels/classes", "labels/counts"
_NAMES = (CLASSES, COUNTS)


def normalised(y: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return labels in an array type that can be stored: objects become text, numbers or booleans.

    Raises
    ------
    ModelError
        When labels are of several types, or of one that has no such form.
    """
    labels = np.asarray(y)
    if labels.dtype.kind in "biufU":
        return labels
    for kind in _TYPES:
        if all(type(item) is kind for item in labels.ravel()):
            return labels.astype(kind)
    kinds = ", ".join(sorted({type(item).__name__ for item in labels.ravel()}))
    raise ModelError(
        f"the label holds values of the types {kinds}; expected all text, all numbers or all "
        "booleans. Let extract_label return one type, and no missing values."
    )


def counted(y: npt.NDArray[Any], *, classifier: bool) -> tuple[dict[str, Any], Arrays]:
    """Return the number of rows as facts, and the classes with their numbers of rows."""
    facts = {"rows": len(y)}
    if not classifier or y.ndim > 1:
        return facts, {}
    classes, counts = np.unique(y, return_counts=True)
    return facts, {CLASSES: classes, COUNTS: counts.astype(np.int64)}


def of_state(state: ModelState) -> Arrays:
    """Return the classes and their numbers of rows as a state has them; nothing of regressors."""
    return {name: state.arrays[name] for name in _NAMES if name in state.arrays}


def same_classes(state: ModelState, after: Arrays) -> bool:
    """Tell whether the classes are those of a state; regressors have none on either side."""
    before, now = state.arrays.get(CLASSES), after.get(CLASSES)
    if before is None or now is None:
        return before is now
    return np.array_equal(before, now)


def check_remaining(
    state: ModelState, removed_y: npt.NDArray[Any], added_y: npt.NDArray[Any]
) -> tuple[dict[str, Any], Arrays]:
    """Return facts and counts after a change, or refuse the change.

    Raises
    ------
    NoTrainingRows
        When all training rows would go.
    ClassForgotten
        When a class would lose its last training row.
    """
    rows = state.rows - len(removed_y) + len(added_y)
    if rows <= 0:
        raise NoTrainingRows("no training row would be left for the model: delete the run instead")
    if CLASSES not in state.arrays:
        return {"rows": rows}, {}
    classes, counts = state.arrays[CLASSES], state.arrays[COUNTS]
    gone, fewer = np.unique(normalised(removed_y), return_counts=True)
    came, more = np.unique(normalised(added_y), return_counts=True)
    after = dict(zip(classes.tolist(), counts.tolist(), strict=True))
    for labels, numbers, sign in ((gone, fewer, -1), (came, more, 1)):
        for label, number in zip(labels.tolist(), numbers.tolist(), strict=True):
            after[label] = after.get(label, 0) + sign * number
    lost = [label for label, number in after.items() if number <= 0]
    if lost:
        raise ClassForgotten(
            f"no training row of class {lost[0]!r} would be left, and the model cannot predict "
            "what it was never shown. Keep a row of the class, or delete the run."
        )
    labels_after = np.array(
        sorted(after), dtype=np.result_type(classes, came) if len(came) else classes.dtype
    )
    counts_after = np.array([after[label] for label in labels_after.tolist()], dtype=np.int64)
    return {"rows": rows}, {CLASSES: labels_after, COUNTS: counts_after}
