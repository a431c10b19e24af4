"""Values for each row from its group: ``groupby(...).transform``, ``cumcount``, ``head``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..literals import NotPlannable, to_json
from ..operations.transform import SEQUENCES, TRANSFORMS
from ..series import Series
from .arranging import run_operation
from .filtering import filter_frame
from .projecting import select

ROW_METHODS = (SEQUENCES | {"pct_change", "rank"}) - {"cumcount"}
"""Methods of groups that give a value a row, besides `transform`."""


def transformed(groups: Any, function: str, columns: list[Any], options: Mapping[str, Any]) -> Any:
    """Frame of a function of columns in their groups; None when it cannot be recorded."""
    options = {key: value for key, value in options.items() if value is not None}
    try:
        to_json(dict(options))
    except NotPlannable:
        return None
    known = set(options) <= {"periods", "ascending", "method", "pct", "na_option", "min_count"}
    if not known or function not in TRANSFORMS or set(columns) & set(groups._names):
        return None
    return _run(groups, [(name, name, function, dict(options)) for name in columns])


def cumcount(groups: Any, ascending: bool = True) -> Series:
    """Count the rows of each group from 0."""
    made = _run(groups, [("cumcount", None, "cumcount", {"ascending": bool(ascending)})])
    result: Series = made._column("cumcount")
    result._held = result._held.rename(None)
    return result


def first_rows(groups: Any, n: int, *, last: bool) -> Any:
    """Rows whose number in their group is below `n`: ``head`` and ``tail``."""
    frame = groups._frame
    kept: Any = cumcount(groups, ascending=not last)._elementwise("lt", n)
    if groups._options.get("dropna", True):
        for name in groups._names:
            kept &= frame._column(name).notna()
    found = filter_frame(frame, kept)
    if groups._chosen is None:
        return found
    if isinstance(groups._chosen, list):
        return select(found, groups._chosen)
    return found._column(groups._chosen)


def _run(groups: Any, outputs: list[tuple[Any, Any, str, dict[str, Any]]]) -> Any:
    frame = groups._frame
    needed = list(dict.fromkeys([*groups._names, *(c for _, c, *_ in outputs if c is not None)]))
    part = frame if needed == list(frame._held.columns) else select(frame, needed)
    arguments = {
        "by": groups._names,
        "outputs": outputs,
        "dropna": bool(groups._options.get("dropna", True)),
    }
    functions = ", ".join(dict.fromkeys(function for _, _, function, _ in outputs))
    label = f"{functions} in groups of {', '.join(groups._names)}"
    labels = part._step.node.labels
    return run_operation("transform", [part], arguments, label, labels=labels)
