"""What each training row is worth to a nearest-neighbour classifier: its exact Shapley value.

For a classifier that votes among the K nearest rows, the Shapley value of every training row can be had by one
sort a test row, without training anything (R. Jia et al.: Efficient Task-Specific Data Valuation for Nearest
Neighbor Algorithms, PVLDB 12(11), 2019, doi:10.14778/3342263.3342637, theorem 1).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def neighbour_shapley(
    X: Floats, y: npt.NDArray[Any], tested: Floats, labels: npt.NDArray[Any], k: int
) -> Floats:
    """Return the Shapley value of each training row, averaged over test rows.

    Parameters
    ----------
    X : (n, d) float64
    y : (n,)
    tested : (m, d) float64
    labels : (m,)
    k : int
        Number of neighbours.

    Returns
    -------
    (n,) float64
        They add up to the mean utility: the share of the K nearest neighbours that have the right label.

    Examples
    --------
    >>> X = np.array([[0.0], [1.0], [9.0]])
    >>> neighbour_shapley(X, np.array([1, 0, 1]), np.array([[0.1]]), np.array([1]), 1).round(3).tolist()
    [0.833, -0.167, 0.333]
    """
    n = len(X)
    values = np.zeros(n)
    ranks = np.arange(1, n, dtype=np.float64)
    factors = np.minimum(k, ranks) / (k * ranks)
    squares = (X**2).sum(axis=1)
    for row, label in zip(tested, labels, strict=True):
        order = np.argsort(squares - 2.0 * (X @ row), kind="stable")
        right = (y[order] == label).astype(np.float64)
        steps = (right[:-1] - right[1:]) * factors
        last = right[-1] * min(k, n) / (k * n)
        worth = np.append(last + np.cumsum(steps[::-1])[::-1], last)
        values[order] += worth
    return values / max(1, len(tested))
