"""What every maintained encoder offers: fitted state that follows rows as they come and go."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from ..matrix import Floats, Ints, Marks
from .cells import Cells

Maintenance: TypeAlias = Literal["local", "shift-scale", "refit"]
Arrays: TypeAlias = dict[str, npt.NDArray[Any]]
RemainingColumn: TypeAlias = Callable[[int], Floats]
"""Gives the values of one raw column in the fitted rows that remain and are not erased there."""


@dataclass(frozen=True, eq=False)
class StepRows:
    """Raw rows of one step, before or after a change.

    Attributes
    ----------
    values : (n, p) float64
    erased : (n, p) bool
    fit : (n,) bool
        Whether the row is one of those that encoders are fitted on.
    """

    values: Floats
    erased: Marks
    fit: Marks

    @property
    def counted(self) -> Marks:
        """The cells that count in fitted statistics, (n, p)."""
        return ~self.erased & self.fit[:, None]

    @classmethod
    def concatenated(cls, parts: Sequence[StepRows]) -> StepRows:
        """Return the rows of all parts, of which there must be one."""
        return cls(
            np.concatenate([part.values for part in parts]),
            np.concatenate([part.erased for part in parts]),
            np.concatenate([part.fit for part in parts]),
        )


@dataclass(frozen=True, eq=False)
class Outputs:
    """The matrix columns that a statistic makes of its raw columns.

    Attributes
    ----------
    source : (d,) int64
        Raw column of each matrix column.
    code : (d,) float64
        The column says whether the raw value equals this code; NaN: it is the raw value.
    ids : (d,) int64
        Identities within the step.
    shift, scale : (d,) float64
    names : tuple of str
    """

    source: Ints
    code: Floats
    ids: Ints
    shift: Floats
    scale: Floats
    names: tuple[str, ...]

    @classmethod
    def scaled(
        cls, shift: Floats, scale: Floats, names: tuple[str, ...], first: int = 0
    ) -> Outputs:
        """Return one output a raw column, shifted and scaled, with identities from `first` on."""
        source = np.arange(len(shift))
        return cls(source, np.full(len(shift), np.nan), source + first, shift, scale, names)


class Statistic(Protocol):
    """Fitted state of the last transformer of a step. A value: changes make a new one."""

    kind: ClassVar[str]
    """Names the statistic in descriptions; unique."""

    @property
    def maintenance(self) -> Maintenance:
        """How the slice is kept right."""
        ...

    @property
    def width(self) -> int:
        """Number of raw columns."""
        ...

    def read(self, cells: Cells, step: str) -> tuple[Statistic, Floats]:
        """Return the raw values of new rows, and a statistic that knows what it met in them."""
        ...

    def updated(self, removed: StepRows, added: StepRows, remaining: RemainingColumn) -> Statistic:
        """Return the statistic after some rows left and others came."""
        ...

    def check(self, step: str) -> None:
        """Raise `EncodingError` when the rows cannot be encoded with these statistics."""
        ...

    def outputs(self) -> Outputs:
        """Return the matrix columns as they are now."""
        ...

    def describe(self) -> dict[str, Any]:
        """Return what is not personal data, as JSON."""
        ...

    def arrays(self) -> Arrays:
        """Return everything that was computed from rows."""
        ...

    @classmethod
    def load(cls, description: Mapping[str, Any], arrays: Mapping[str, Any]) -> Statistic:
        """Undo `describe` and `arrays`."""
        ...


def json_array(value: Any) -> npt.NDArray[np.uint8]:
    """Pack JSON into bytes, so that values that are personal data can be stored and erased."""
    return np.frombuffer(json.dumps(value).encode(), dtype=np.uint8)


def from_json_array(packed: npt.NDArray[np.uint8]) -> Any:
    """Undo `json_array`."""
    return json.loads(packed.tobytes().decode())
