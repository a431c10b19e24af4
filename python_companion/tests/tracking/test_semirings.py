"""Polynomials in N[X]: one derivation, evaluated in the semirings that ask different things of it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import palimpsest.pandas as pd
from palimpsest.tracking import (
    BOOLEAN,
    COUNTING,
    MIN_COST,
    Captured,
    Polynomial,
    Semiring,
    capture,
    polynomial,
)

from .oracle import cells
from .programs import REFUSED, Program, programs
from .test_lineage import MORE, SPJU, by_rows_alone

VARIABLES = [("one", 0), ("one", 1), ("two", 0)]

polynomials = st.dictionaries(
    st.lists(st.sampled_from(VARIABLES), max_size=3).map(lambda term: tuple(sorted(term))),
    st.integers(1, 3),
    max_size=3,
).map(Polynomial)


@given(polynomials, polynomials, polynomials)
def test_polynomials_are_a_commutative_semiring(
    p: Polynomial, q: Polynomial, r: Polynomial
) -> None:
    one, zero = Polynomial.one(), Polynomial.zero()
    assert (p + q) + r == p + (q + r)
    assert (p * q) * r == p * (q * r)
    assert p + q == q + p
    assert p * q == q * p
    assert p * (q + r) == p * q + p * r
    assert p + zero == p * one == p
    assert p * zero == zero


SEMIRINGS: list[tuple[Semiring[Any], st.SearchStrategy[Any]]] = [
    (BOOLEAN, st.booleans()),
    (COUNTING, st.integers(0, 3)),
    (MIN_COST, st.sampled_from([0.0, 1.0, 2.5, float("inf")])),
]


@pytest.mark.parametrize(("semiring", "values"), SEMIRINGS, ids=["boolean", "counting", "cost"])
@given(p=polynomials, q=polynomials, data=st.data())
def test_evaluation_keeps_sums_and_products(
    semiring: Semiring[Any],
    values: st.SearchStrategy[Any],
    p: Polynomial,
    q: Polynomial,
    data: st.DataObject,
) -> None:
    value = {variable: data.draw(values) for variable in VARIABLES}.__getitem__

    def at(polynomial_: Polynomial) -> Any:
        return polynomial_.evaluate(semiring, value)

    assert at(p + q) == semiring.add(at(p), at(q))
    assert at(p * q) == semiring.multiply(at(p), at(q))
    assert at(Polynomial.one()) == semiring.one
    assert at(Polynomial.zero()) == semiring.zero


def derivations(captured: Captured) -> list[Polynomial]:
    return [
        polynomial(captured.plan, captured.rows, captured.output, row)
        for row in range(len(captured.frame))
    ]


@given(programs(only=SPJU, rows=4), st.data())
@MORE
def test_the_boolean_semiring_tells_which_rows_some_records_give(
    program: Program, data: st.DataObject
) -> None:
    captured = capture(program.prepare(pd), program.sources)
    assume(by_rows_alone(captured))
    kept = {
        (name, row): data.draw(st.booleans())
        for name, frame in program.sources.items()
        for row in range(len(frame))
    }
    fewer = {
        name: frame[[kept[name, row] for row in range(len(frame))]].reset_index(drop=True)
        if len(frame)
        else frame
        for name, frame in program.sources.items()
    }
    try:
        rerun = capture(program.prepare(pd), fewer)
    except REFUSED:
        return
    there = [one.evaluate(BOOLEAN, kept.__getitem__) for one in derivations(captured)]
    rows = [row for row, stays in zip(cells(captured.frame, {}), there, strict=True) if stays]
    assert Counter(rows) == Counter(cells(rerun.frame, {}))


@given(programs(only=SPJU, rows=3), st.data())
@MORE
def test_the_counting_semiring_counts_copies(program: Program, data: st.DataObject) -> None:
    captured = capture(program.prepare(pd), program.sources)
    assume(by_rows_alone(captured))
    copies = {
        (name, row): data.draw(st.integers(1, 2))
        for name, frame in program.sources.items()
        for row in range(len(frame))
    }
    repeated = {
        name: frame.loc[
            np.repeat(frame.index, [copies[name, row] for row in range(len(frame))])
        ].reset_index(drop=True)
        for name, frame in program.sources.items()
    }
    try:
        rerun = capture(program.prepare(pd), repeated)
    except REFUSED:
        return
    counted = [one.evaluate(COUNTING, copies.__getitem__) for one in derivations(captured)]
    expected: Counter[Any] = Counter()
    for row, count in zip(cells(captured.frame, {}), counted, strict=True):
        expected[row] += count
    assert expected == Counter(cells(rerun.frame, {}))


def test_the_cheapest_derivation_of_a_group() -> None:
    prices = {("mails", 0): 5.0, ("mails", 1): 1.0, ("customers", 0): 2.0, ("customers", 1): 7.0}
    mails = pandas.DataFrame({"email": ["a", "b"], "topic": ["x", "x"]})
    customers = pandas.DataFrame({"email": ["a", "b"], "bank": ["p", "q"]})

    def prepare(mails: Any, customers: Any) -> Any:
        return mails.merge(customers, on="email").groupby("topic", as_index=False).size()

    (derivation,) = derivations(capture(prepare, {"mails": mails, "customers": customers}))
    assert str(derivation) == "customers[0]·mails[0] + customers[1]·mails[1]"
    assert derivation.evaluate(MIN_COST, prices.__getitem__) == 7.0
    assert derivation.evaluate(COUNTING, lambda _: 1) == 2
    assert derivation.evaluate(BOOLEAN, lambda variable: variable != ("mails", 0))
