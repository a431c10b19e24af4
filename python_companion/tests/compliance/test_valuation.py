"""Shapley values of neighbours, against their definition."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from palimpsest.compliance.valuation import neighbour_shapley


def utility(distances: np.ndarray, right: np.ndarray, chosen: tuple[int, ...], k: int) -> float:
    nearest = sorted(chosen, key=lambda row: (distances[row], row))[:k]
    return float(sum(right[row] for row in nearest)) / k


def by_definition(distances: np.ndarray, right: np.ndarray, k: int) -> list[float]:
    n = len(distances)
    values = []
    for row in range(n):
        others = [other for other in range(n) if other != row]
        total = 0.0
        for size in range(n):
            for chosen in combinations(others, size):
                gain = utility(distances, right, (*chosen, row), k) - utility(
                    distances, right, chosen, k
                )
                total += gain / (n * comb(n - 1, size))
        values.append(total)
    return values


@given(
    st.lists(st.tuples(st.integers(-50, 50), st.booleans()), min_size=2, max_size=6, unique=True),
    st.integers(1, 3),
)
def test_equals_the_definition(rows: list[tuple[int, bool]], k: int) -> None:
    X = np.array([[float(place)] for place, _ in rows])
    y = np.array([label for _, label in rows])
    found = neighbour_shapley(X, y, np.array([[0.25]]), np.array([True]), k)
    distances = ((X - 0.25) ** 2).sum(axis=1)
    assert found == pytest.approx(by_definition(distances, y, k))
