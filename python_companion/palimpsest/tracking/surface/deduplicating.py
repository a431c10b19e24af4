"""``drop_duplicates``."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas

from ..frame import DataFrame
from ..operations.base import Output
from ..operations.drop_duplicates import duplicated
from ..steps import draft, finish
from ..table import Table, take_masks
from ..untracked import call_untracked


def drop_duplicates(frame: DataFrame, subset: Any = None, **keywords: Any) -> Any:
    """``frame.drop_duplicates(subset, keep=, ignore_index=)``."""
    started = time.perf_counter()
    held = frame._held
    if keywords.get("inplace"):
        return call_untracked(
            "drop_duplicates in place",
            held.copy().drop_duplicates,
            (subset,),
            keywords,
            [frame._step],
        )
    names = _names(held, subset)
    node = draft(
        "drop_duplicates", {"subset": names, "keep": keywords.get("keep", "first")}, [frame._step]
    )
    kept = ~duplicated(node, frame._table)
    positions = np.flatnonzero(kept).astype(np.int32)
    result = held[kept]
    if keywords.get("ignore_index"):
        result = result.set_axis(pandas.RangeIndex(len(result)))
    erased = take_masks(frame._erased, positions)
    step = finish(
        node,
        [frame._step],
        Output(Table(result, erased), (positions,)),
        {},
        label=f"{node.arguments['keep']} of each {', '.join(map(str, names or ['row']))}",
        started=started,
        labels=None if keywords.get("ignore_index") else frame._step.node.labels,
        tables=[frame._table],
    )
    return DataFrame._make(result, erased, step)


def _names(held: pandas.DataFrame, subset: Any) -> list[Any] | None:
    if subset is None:
        return None
    single = pandas.api.types.is_hashable(subset) and subset in held.columns
    names = [subset] if single or pandas.api.types.is_scalar(subset) else list(subset)
    missing = [name for name in names if name not in held.columns]
    if missing:
        raise KeyError(pandas.Index(missing))
    return names


FRAME: dict[str, Callable[..., Any]] = {"drop_duplicates": drop_duplicates}
