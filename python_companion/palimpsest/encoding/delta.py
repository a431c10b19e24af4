"""What an encoding looks like from outside, and how two of them differ."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ..matrix import Floats
from .statistic import Maintenance

if TYPE_CHECKING:
    from .encoding import Encoding


@dataclass(frozen=True)
class Slice:
    """Matrix columns `start` to `stop` (exclusive), which one transformer makes of `columns`."""

    transformer: str
    start: int
    stop: int
    columns: tuple[str, ...]
    names: tuple[str, ...]
    maintenance: Maintenance


@dataclass(frozen=True, eq=False)
class Replacement:
    """Raw columns `start` to `stop` (exclusive, before the change) get new values in every row."""

    step: str
    start: int
    stop: int
    values: Floats


@dataclass(frozen=True, eq=False)
class EncodingDelta:
    """What a change of rows did to the encoding.

    Attributes
    ----------
    before : Encoding
    encoding : Encoding
        The encoding from now on.
    replaced : tuple of Replacement
        Refitted slices, in the order of the table's rows.
    regrouped : bool
        Whether stored values stand for something else now: a category was grouped with others,
        dropped, or got another number.
    """

    before: Encoding
    encoding: Encoding
    replaced: tuple[Replacement, ...]
    regrouped: bool = False

    @property
    def rewritten(self) -> bool:
        """Whether X changed in rows that did not, beyond shift and scale: models start anew."""
        return bool(self.replaced) or self.regrouped

    @cached_property
    def columns_removed(self) -> tuple[str, ...]:
        """Names of matrix columns that went."""
        return _names_only_in(self.before, self.encoding)

    @cached_property
    def columns_added(self) -> tuple[str, ...]:
        """Names of matrix columns that came."""
        return _names_only_in(self.encoding, self.before)

    @cached_property
    def rescaled(self) -> tuple[str, ...]:
        """Names of matrix columns whose shift or scale moved."""
        return tuple(self.encoding.feature_names[position] for position in self._moved)

    @property
    def is_rescaled(self) -> bool:
        """Whether the shift or scale of a matrix column moved."""
        return bool(self._moved)

    @cached_property
    def _moved(self) -> list[int]:
        was, now = self.before.coordinates, self.encoding.coordinates
        if np.array_equal(was.ids, now.ids):
            same = (was.shift == now.shift) & (was.scale == now.scale) & (was.base == now.base)
            return np.flatnonzero(~same).tolist()
        known = _scales(self.before)
        scales = enumerate(_scales(self.encoding).items())
        return [position for position, (key, own) in scales if known.get(key, own) != own]

    @property
    def consequences(self) -> list[str]:
        """Sentences for a preview."""
        sentences = [f"The feature column {name} disappears." for name in self.columns_removed]
        sentences += [f"The feature column {name} is new." for name in self.columns_added]
        sentences += [
            f"The transformer {part.step} is fitted again on the remaining rows."
            for part in self.replaced
        ]
        if self.regrouped:
            sentences.append("Categories are grouped or numbered anew: models are trained again.")
        if self.encoding.drift is not None:
            sentences.append(
                "The encoders are frozen and keep their parameters. They are off those of the "
                f"remaining rows by {self.encoding.drift}."
            )
        return sentences


def _names_only_in(one: Encoding, other: Encoding) -> tuple[str, ...]:
    if np.array_equal(one.coordinates.ids, other.coordinates.ids):
        return ()
    names = set(other.feature_names)
    return tuple(name for name in one.feature_names if name not in names)


def _scales(encoding: Encoding) -> dict[int, tuple[float, float, float]]:
    at = encoding.coordinates
    scales = zip(at.shift.tolist(), at.scale.tolist(), at.base.tolist(), strict=True)
    return dict(zip(at.ids.tolist(), scales, strict=True))
