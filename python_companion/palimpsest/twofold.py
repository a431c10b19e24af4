"""Sums that do not forget digits: numbers as unevaluated pairs of float64.

A pair ``(high, low)`` stands for ``high + low`` and carries about 32 decimal digits. Moments are
kept in pairs because rows are taken out of them again: after a thousand deletions, or when every
row near the mean leaves, what remains must still be right to the last float64 digit.
All operations are elementwise on arrays.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from .matrix import Floats, Ints

Pair: TypeAlias = tuple[Floats, Floats]

_SPLITTER = 134217729.0  # 2**27 + 1: halves a float64 mantissa
_CHUNK = 8192
_MANY = 32


def exact_sum(a: Floats, b: Floats) -> Pair:
    """Return the rounded sum and its exact error."""
    high = a + b
    shadow = high - a
    return high, (a - (high - shadow)) + (b - shadow)


def exact_product(a: Floats, b: Floats) -> Pair:
    """Return the rounded product and its exact error (for magnitudes below 1e150)."""
    high = a * b
    a_high, a_low = _split(a)
    b_high, b_low = _split(b)
    low = ((a_high * b_high - high) + a_high * b_low + a_low * b_high) + a_low * b_low
    return high, low


def _split(a: Floats) -> Pair:
    shifted = _SPLITTER * a
    high = shifted - (shifted - a)
    return high, a - high


def add(x: Pair, y: Pair) -> Pair:
    """Return x + y."""
    high, error = exact_sum(x[0], y[0])
    low, rest = exact_sum(x[1], y[1])
    high, error = exact_sum(high, error + low)
    return exact_sum(high, error + rest)


def negative(x: Pair) -> Pair:
    """Return -x."""
    return -x[0], -x[1]


def multiply(x: Pair, y: Pair) -> Pair:
    """Return x * y."""
    high, low = exact_product(x[0], y[0])
    return exact_sum(high, low + (x[0] * y[1] + x[1] * y[0]))


def divide(x: Pair, y: Floats) -> Pair:
    """Return x / y for a plain divisor."""
    first = x[0] / y
    rest = add(x, negative(exact_product(first, y)))
    return exact_sum(first, rest[0] / y)


def total(x: Pair) -> Pair:
    """Return the sum over the first axis."""
    high, low = np.zeros(x[0].shape[1:]), np.zeros(x[0].shape[1:])
    for start in range(0, len(x[0]), _CHUNK):
        part = _tree(x[0][start : start + _CHUNK], x[1][start : start + _CHUNK])
        high, low = add((high, low), part)
    return high, low


def _tree(high: Floats, low: Floats) -> Pair:
    while len(high) > 1:
        half = len(high) // 2
        odd = (high[2 * half :], low[2 * half :])
        high, low = add((high[:half], low[:half]), (high[half : 2 * half], low[half : 2 * half]))
        if len(odd[0]):
            first = add((high[:1], low[:1]), odd)
            high[0], low[0] = first[0][0], first[1][0]
    return high[0], low[0]


def totals(x: Pair, groups: Ints, count: int) -> Pair:
    """Return the sum over the rows of each group, (count, ...).

    Parameters
    ----------
    x : pair of (n, ...)
    groups : (n,) int64
        From zero to below `count`.
    """
    if len(groups) > _MANY * count:  # groups one after another are quicker then
        parts = [total((x[0][own], x[1][own])) for own in (groups == np.arange(count)[:, None])]
        return np.stack([part[0] for part in parts]), np.stack([part[1] for part in parts])
    order = np.argsort(groups, kind="stable")
    high, low, of = x[0][order], x[1][order], groups[order]
    place = np.arange(len(of)) - np.searchsorted(of, of)  # in its group
    while place.any():
        odd = np.flatnonzero(place % 2)
        first, second = (high[odd - 1], low[odd - 1]), (high[odd], low[odd])
        high[odd - 1], low[odd - 1] = add(first, second)
        even = place % 2 == 0
        high, low, of, place = high[even], low[even], of[even], place[even] // 2
    sums = np.zeros((count, *high.shape[1:])), np.zeros((count, *low.shape[1:]))
    sums[0][of], sums[1][of] = high, low
    return sums
