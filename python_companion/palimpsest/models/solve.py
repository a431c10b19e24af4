"""Solve normal equations, and know how far the answer can be trusted."""

from __future__ import annotations

import numpy as np

from ..matrix import Floats
from .normal import Moments

_EPS = float(np.finfo(np.float64).eps)


def solve(moments: Moments, alpha: Floats, limit: float) -> Floats | None:
    """Solve ``(X'X + alpha I) w = X'y`` for every target.

    Parameters
    ----------
    moments : Moments
    alpha : (k,) float64
        Penalty of each target.
    limit : float
        Largest relative error that is acceptable.

    Returns
    -------
    (k, d) array or None
        None when the equations are too ill-conditioned to be solved within the limit.
        Singular equations without a penalty get the solution of least norm.
    """
    weights = np.empty(moments.target.T.shape)
    for penalty in np.unique(alpha):
        worst = limit / (moments.growth(float(penalty)) * _EPS)
        mine = alpha == penalty
        target = moments.target[:, mine]
        solution = _by_cholesky(moments, target, float(penalty), worst)
        if solution is None and penalty == 0.0:
            solution = _of_least_norm(moments, target, worst)
        if solution is None:
            return None
        weights[mine] = solution.T
    return weights


def _by_cholesky(moments: Moments, target: Floats, alpha: float, worst: float) -> Floats | None:
    """Solve with columns brought to the same size first; rounding does not depend on that."""
    from scipy.linalg import lapack

    diagonal = moments.gram.diagonal() * moments.scale**2 + alpha
    if not (diagonal > 0.0).all():
        return None
    size = 1.0 / np.sqrt(diagonal)
    scaled = moments.gram * (moments.scale * size)
    scaled *= (moments.scale * size)[:, None]
    np.fill_diagonal(scaled, 1.0)
    norm = _norm(scaled)
    factor, failed = lapack.dpotrf(scaled, lower=1, clean=0, overwrite_a=1)
    if failed:
        return None
    reciprocal, _ = lapack.dpocon(factor, norm, uplo="L")
    if reciprocal * worst < 1.0:
        return None
    solution, _ = lapack.dpotrs(factor, target * size[:, None], lower=1)
    scaled_back: Floats = solution * size[:, None]
    return scaled_back


def _norm(lower: Floats) -> float:
    """Return the 1-norm of the symmetric matrix with this lower triangle and a unit diagonal."""
    size = np.abs(lower)
    return float((size.sum(axis=0) + size.sum(axis=1)).max()) - 1.0


def _of_least_norm(moments: Moments, target: Floats, worst: float) -> Floats | None:
    """Solve singular equations, if what is zero can be told apart from what is small."""
    from scipy.linalg import eigh

    gram = moments.gram * moments.scale * moments.scale[:, None]
    values, vectors = eigh(gram, lower=True)
    largest = float(values[-1]) if len(values) else 0.0
    if largest <= 0.0:
        return np.zeros(target.shape)
    noise = largest * _EPS * len(gram) * 8.0
    kept = values > noise
    if values[kept].min() < max(largest / worst, noise * 1e3):
        return None
    basis = vectors[:, kept]
    solution: Floats = basis @ ((basis.T @ target) / values[kept, None])
    return solution
