"""The columns that an imputer adds to say what was missing: nothing of them is stored.

They are told by the marks alone. In X a marked cell is the `base` of its column, and the raw value
of any other is zero: ``base + (0 - shift) * scale``.
"""

from __future__ import annotations

import numpy as np

from ...matrix import Floats, Ints
from ..statistic import Outputs
from .extremes import Extremes
from .moments import empty_moments
from .quantiles import Range


def indicators(
    absent: Ints, known: Ints, names: tuple[str, ...], scaled: tuple[Floats, Floats]
) -> Outputs:
    """Return one column for each input column with a gap in the fitted rows.

    Parameters
    ----------
    absent, known : (p,) int64
        Fitted rows in which each input column is missing, and those in which it is not.
    names : tuple of str
    scaled : pair of (p,) float64
        Shift and scale of the scaler behind the imputer, see the functions below.
    """
    width = len(names)
    columns = np.arange(width)
    shift, scale = scaled
    titles = tuple(f"missingindicator_{name}" for name in names)
    base = (1.0 - shift) * scale
    whole = Outputs(columns, columns + width, np.ones(width), scale, base, titles)
    return whole.take(np.flatnonzero(absent > 0))


def unscaled(absent: Ints, known: Ints) -> tuple[Floats, Floats]:
    """Return shift and scale of indicators that no scaler follows."""
    return np.zeros(len(absent)), np.ones(len(absent))


def standardised(
    absent: Ints, known: Ints, *, with_mean: bool, with_std: bool
) -> tuple[Floats, Floats]:
    """Return shift and scale of a StandardScaler."""
    names, gaps = ("",) * len(absent), absent.astype(np.float64)
    moments = empty_moments(np.zeros(len(absent)), names, with_mean=with_mean, with_std=with_std)
    sums = (gaps, np.zeros(len(absent)))
    counted = type(moments)(with_mean, with_std, names, moments.pivot, absent + known, sums, sums)
    outputs = counted.outputs()
    return outputs.shift, outputs.scale


def ranged(absent: Ints, known: Ints, target: tuple[float, float] | None) -> tuple[Floats, Floats]:
    """Return shift and scale of a MinMaxScaler, or with no target of a MaxAbsScaler."""
    smallest, largest = (known == 0).astype(np.float64), (absent > 0).astype(np.float64)
    outputs = Extremes(target, ("",) * len(absent), smallest, largest).outputs()
    return outputs.shift, outputs.scale


def centred(absent: Ints, known: Ints, scale: Range) -> tuple[Floats, Floats]:
    """Return shift and scale of a RobustScaler."""
    counts = zip(known.tolist(), absent.tolist(), strict=True)
    found = [scale.of_values(np.repeat([0.0, 1.0], count)) for count in counts]
    centres, widths = np.array(found).reshape(-1, 2).T
    outputs = scale.outputs(centres, widths, ("",) * len(absent))
    return outputs.shift, outputs.scale
