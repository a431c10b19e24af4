"""Frozen encoders: parameters stay what they were when the run was made, and drift is measured.

A forget then changes the rows that it concerns and nothing else: no mean moves, no column comes or
goes. The price is that the parameters remember forgotten rows, a little, as do names of categories
that nobody holds any more. So the statistics are maintained all the same, and what the parameters
would be by now is told as *drift*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .errors import EncodingError, UnknownCategory
from .handlers.categories import Categories
from .handlers.grouping import INFREQUENT
from .statistic import Arrays, Entries, Outputs, StepRows, from_json_array, json_array
from .step import Step

_GONE = 1 << 31
"""Identities of the columns of categories that no row holds any more."""


@dataclass(frozen=True)
class Drift:
    """How far frozen parameters are from those of the remaining rows.

    Attributes
    ----------
    largest : float
        Largest move of a column: of its zero or of a category's number, in units of X, or of its
        scale, as a share.
    column : str
        The column of the largest move; empty when nothing moved.
    outdated : tuple of str
        Columns that would be gone by now.
    lacking : tuple of str
        Columns that would have come.
    """

    largest: float
    column: str
    outdated: tuple[str, ...]
    lacking: tuple[str, ...]

    def __str__(self) -> str:
        parts = [f"at most {self.largest:.2g}"]
        if self.column:
            parts[0] += f" (column {self.column})"
        if self.outdated:
            parts.append(f"{len(self.outdated)} column(s) that no row fills any more")
        if self.lacking:
            parts.append(f"{len(self.lacking)} column(s) that are missing")
        return ", ".join(parts)


def frozen_outputs(steps: Sequence[Step]) -> tuple[Outputs, ...]:
    """Return the parameters of all steps as they are now.

    Raises
    ------
    EncodingError
        When a step has parameters that are not kept apart from the rows.
    """
    for step in steps:
        if not step.statistic.freezable:
            raise EncodingError(
                f"step {step.name!r} cannot be frozen: its transformer is fitted again when rows "
                "change, or its parameters are not shift, scale and categories alone. Use "
                "encoders='exact', or another transformer."
            )
    return tuple(step.outputs for step in steps)


def carried_over(
    frozen: Sequence[Outputs], before: Sequence[Step], steps: Sequence[Step]
) -> tuple[Outputs, ...]:
    """Return frozen parameters for steps that were fitted anew and number categories otherwise."""
    return tuple(
        _recoded(outputs, old.statistic, new.statistic)
        if isinstance(old.statistic, Categories) and isinstance(new.statistic, Categories)
        else outputs
        for outputs, old, new in zip(frozen, before, steps, strict=True)
    )


def _recoded(outputs: Outputs, before: Categories, after: Categories) -> Outputs:
    entries = outputs.entries
    assert entries is not None
    codes = {
        float(entry.code): float(new[value].code)
        for old, new in zip(before.tables, after.tables, strict=True)
        for value, entry in old.items()
        if value in new
    }
    known = np.array([code < 0.0 or code in codes for code in entries.code.tolist()], dtype=bool)
    again = [codes.get(code, code) for code in entries.code[known].tolist()]
    recoded = Entries(entries.column[known], np.array(again), entries.value[known])
    if before.rules.ordinal:
        return replace(outputs, entries=recoded)
    ids = [  # the column of a category is known by its code
        identity if identity >= INFREQUENT else int(codes.get(float(identity), _GONE + place))
        for place, identity in enumerate(outputs.ids.tolist())
    ]
    return replace(outputs, entries=recoded, ids=np.array(ids, dtype=np.int64))


def check_known(step: Step, outputs: Outputs, added: StepRows) -> None:
    """Refuse rows with a category that the frozen encoder does not know, where it refuses them."""
    statistic = step.statistic
    if not isinstance(statistic, Categories) or not statistic.refuses or outputs.entries is None:
        return
    codes = added.values[~added.erased]
    strangers = ~np.isin(codes, outputs.entries.code)
    if strangers.any() and statistic.rules.drop is None:
        raise UnknownCategory(
            f"step {step.name!r}: {int(strangers.sum())} cell(s) hold a category that the frozen "
            f"encoder does not know, and handle_unknown='error' refuses it: use "
            f"{statistic.rules.lenient}, or run the pipeline again."
        )


def drift_of(
    frozen: Sequence[Outputs], steps: Sequence[Step], name_of: Mapping[tuple[int, int], str]
) -> Drift:
    """Compare frozen parameters with those that the remaining rows give.

    Parameters
    ----------
    frozen, steps : sequences
    name_of : mapping
        Names of frozen columns by step and column.
    """
    largest, column = 0.0, ""
    outdated: list[str] = []
    lacking: list[str] = []
    for index, (was, step) in enumerate(zip(frozen, steps, strict=True)):
        now = step.outputs
        places = {identity: place for place, identity in enumerate(now.ids.tolist())}
        for place, identity in enumerate(was.ids.tolist()):
            other = places.pop(identity, None)
            if other is None:
                outdated.append(name_of[index, place])
                continue
            zero = was.base[place] - now.base[other]
            zero += (now.shift[other] - was.shift[place]) * was.scale[place]
            ratio = now.scale[other] / was.scale[place] - 1.0 if was.scale[place] else 0.0
            moved = max(abs(float(zero)), abs(float(ratio)), _renumbered(was, now, place, other))
            if moved > largest:
                largest, column = moved, name_of[index, place]
        lacking += [now.names[place] for place in places.values()]
    return Drift(largest, column, tuple(outdated), tuple(lacking))


def _renumbered(was: Outputs, now: Outputs, place: int, other: int) -> float:
    """Return how far the values move that codes stand for in a column."""
    if was.entries is None or now.entries is None:
        return 0.0
    before, after = (
        dict(
            zip(
                entries.code[entries.column == column].tolist(),
                entries.value[entries.column == column].tolist(),
                strict=True,
            )
        )
        for entries, column in ((was.entries, place), (now.entries, other))
    )
    moves = [abs(before[code] - after[code]) for code in before.keys() & after.keys()]
    return max([move for move in moves if move == move], default=0.0)  # a missing one is none


def to_arrays(frozen: Sequence[Outputs]) -> Arrays:
    """Return frozen parameters as arrays: personal data, if only of a mean."""
    arrays: Arrays = {}
    for index, outputs in enumerate(frozen):
        kept: dict[str, Any] = {
            name: getattr(outputs, name) for name in ("source", "ids", "shift", "scale", "base")
        }
        kept["names"] = json_array(list(outputs.names))
        kept["blank"] = np.array([outputs.blank])
        if outputs.entries is not None:
            kept |= {f"entry_{name}": array for name, array in vars(outputs.entries).items()}
        arrays |= {f"frozen/{index}/{name}": array for name, array in kept.items()}
    return arrays


def from_arrays(arrays: Mapping[str, Any], count: int) -> tuple[Outputs, ...]:
    """Undo `to_arrays`."""
    loaded = []
    for index in range(count):
        prefix = f"frozen/{index}/"
        kept = {
            name.removeprefix(prefix): array
            for name, array in arrays.items()
            if name.startswith(prefix)
        }
        entries = None
        if "entry_code" in kept:
            entries = Entries(kept["entry_column"], kept["entry_code"], kept["entry_value"])
        loaded.append(
            Outputs(
                kept["source"],
                kept["ids"],
                kept["shift"],
                kept["scale"],
                kept["base"],
                tuple(from_json_array(kept["names"])),
                entries,
                blank=int(kept["blank"][0]),
            )
        )
    return tuple(loaded)
