"""Solve normal equations, and know how far the answer can be trusted."""

from __future__ import annotations

import numpy as np

from ..matrix import Floats

_EPS = float(np.finfo(np.float64).eps)


def solve(
    gram: Floats, target: Floats, alpha: Floats, growth: float, limit: float
) -> Floats | None:
    """Solve ``(gram + alpha I) w = target`` for every target.

    Parameters
    ----------
    gram : (d, d) float64
    target : (d, k) float64
    alpha : (k,) float64
        Penalty of each target.
    growth : float
        Relative rounding error of `gram`, in units of float64's.
    limit : float
        Largest relative error that is acceptable.

    Returns
    -------
    (k, d) array or None
        None when the equations are too ill-conditioned to be solved within the limit.
        Singular equations without a penalty get the solution of least norm.
    """
    weights = np.empty(target.T.shape)
    for penalty in np.unique(alpha):
        mine = alpha == penalty
        solution = _by_cholesky(gram, target[:, mine], float(penalty), limit / (growth * _EPS))
        if solution is None and penalty == 0.0:
            solution = _of_least_norm(gram, target[:, mine], limit / (growth * _EPS))
        if solution is None:
            return None
        weights[mine] = solution.T
    return weights


def _by_cholesky(gram: Floats, target: Floats, alpha: float, condition: float) -> Floats | None:
    """Solve with columns brought to the same size first; rounding does not depend on that."""
    from scipy.linalg import lapack

    diagonal = gram.diagonal() + alpha
    if not (diagonal > 0.0).all():
        return None
    size = 1.0 / np.sqrt(diagonal)
    scaled = gram * size * size[:, None]
    scaled.flat[:: len(gram) + 1] = 1.0
    norm = float(np.abs(scaled).sum(axis=0).max())
    factor, failed = lapack.dpotrf(scaled.T, lower=1, overwrite_a=1)
    if failed:
        return None
    reciprocal, _ = lapack.dpocon(factor, norm, uplo="L")
    if reciprocal * condition < 1.0:
        return None
    solution, _ = lapack.dpotrs(factor, target * size[:, None], lower=1)
    scaled_back: Floats = solution * size[:, None]
    return scaled_back


def _of_least_norm(gram: Floats, target: Floats, condition: float) -> Floats | None:
    """Solve singular equations, if what is zero can be told apart from what is small."""
    from scipy.linalg import eigh

    values, vectors = eigh(gram)
    largest = float(values[-1]) if len(values) else 0.0
    if largest <= 0.0:
        return np.zeros(target.shape)
    noise = largest * _EPS * len(gram) * 8.0
    kept = values > noise
    if values[kept].min() < max(largest / condition, noise * 1e3):
        return None
    basis = vectors[:, kept]
    solution: Floats = basis @ ((basis.T @ target) / values[kept, None])
    return solution
