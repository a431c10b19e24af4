"""What every maintained encoder offers: fitted state that follows rows as they come and go."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from ..matrix import Floats, Ints, Lens, Marks
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
    read : callable or None
        Gives what the step's last transformer was given, for one that keeps less than it reads.
    """

    values: Floats
    erased: Marks
    fit: Marks
    read: Callable[[], Cells] | None = None

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
class Entries:
    """Values that codes of a raw column stand for: matrix column, code and value of each."""

    column: Ints
    code: Floats
    value: Floats


@dataclass(frozen=True, eq=False)
class Outputs:
    """The matrix columns that a statistic makes of its raw columns.

    Attributes
    ----------
    source : (d,) int64
        Raw column of each matrix column.
    ids : (d,) int64
        Identities within the step.
    shift, scale, base : (d,) float64
        See `palimpsest.matrix.Coordinates`.
    names : tuple of str
    entries : Entries or None
        When given, the raw columns hold codes, and these say what they stand for; a code that is
        not listed stands for zero.
    lens : Lens or None
        When given, it makes the columns of the raw ones.
    blank : int
        So many columns at the end hold nothing but the marks of their raw column: they are as if
        it were zero everywhere.
    """

    source: Ints
    ids: Ints
    shift: Floats
    scale: Floats
    base: Floats
    names: tuple[str, ...]
    entries: Entries | None = None
    lens: Lens | None = None
    blank: int = 0

    @classmethod
    def scaled(
        cls, shift: Floats, scale: Floats, names: tuple[str, ...], first: int = 0
    ) -> Outputs:
        """Return one output a raw column, shifted and scaled, with identities from `first` on."""
        source = np.arange(len(shift))
        return cls(source, source + first, shift, scale, np.zeros(len(shift)), names)

    @classmethod
    def through(cls, lens: Lens, source: Ints, ids: Ints, names: tuple[str, ...]) -> Outputs:
        """Return outputs that a lens makes."""
        width = len(source)
        nothing = np.zeros(width)
        return cls(source, ids, nothing, nothing + 1.0, nothing, names, lens=lens)

    @classmethod
    def coded(cls, source: Ints, ids: Ints, names: tuple[str, ...], entries: Entries) -> Outputs:
        """Return outputs that codes decide."""
        width = len(source)
        return cls(source, ids, np.zeros(width), np.ones(width), np.zeros(width), names, entries)

    def take(self, columns: Ints) -> Outputs:
        """Return some columns of outputs that neither codes nor a lens decide."""
        return Outputs(
            self.source[columns],
            self.ids[columns],
            self.shift[columns],
            self.scale[columns],
            self.base[columns],
            tuple(self.names[column] for column in columns.tolist()),
        )

    def joined(self, blank: Outputs) -> Outputs:
        """Return these columns and then some that hold nothing but marks."""
        return Outputs(
            np.concatenate([self.source, blank.source]),
            np.concatenate([self.ids, blank.ids]),
            np.concatenate([self.shift, blank.shift]),
            np.concatenate([self.scale, blank.scale]),
            np.concatenate([self.base, blank.base]),
            (*self.names, *blank.names),
            blank=len(blank.names),
        )


class Plain:
    """What most statistics have in common: missing values stay, and columns mean what they meant."""

    fills: ClassVar[bool] = False
    mends: ClassVar[bool] = False
    freezable: ClassVar[bool] = True
    outgrown: ClassVar[bool] = False

    def regrouped(self, before: Any) -> bool:
        """Return False: rows that did not change look as before."""
        return False


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

    @property
    def fills(self) -> bool:
        """Whether a missing raw value is filled, and so is an erased one.

        Both are then marked as erased, and X has `Outputs.base` there.
        """
        ...

    @property
    def mends(self) -> bool:
        """Whether an erased value is given to it as missing, and comes out as a value."""
        ...

    @property
    def freezable(self) -> bool:
        """Whether all parameters are in `outputs`, apart from the rows."""
        ...

    @property
    def outgrown(self) -> bool:
        """Whether new rows hold what only a refit can take in."""
        ...

    def regrouped(self, before: Any) -> bool:
        """Tell whether rows that did not change look different in X, beyond shift and scale.

        Parameters
        ----------
        before : Statistic
            Of the same kind.
        """
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
