"""How-provenance: polynomials in N[X] whose variables are source rows.

A monomial is one way in which a row comes about: the product of the source rows that take part. A polynomial is the
most general annotation of this kind: with a value for each source row it can be evaluated in any commutative semiring,
and each semiring answers a question of its own (T. J. Green, G. Karvounarakis, V. Tannen: Provenance Semirings,
PODS 2007, doi:10.1145/1265530.1265535).

Joins multiply, alternatives (the members of a group) add. What decides rows without taking part in them (the rows
that a left join, a de-duplication, ``nlargest`` or an anti-join looks at) is no factor: it is told as control
dependencies of columns, see `palimpsest.tracking.lineage`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Generic, TypeVar

import numpy as np

from .errors import UntraceableError
from .operations import OPERATIONS
from .operations.base import Family
from .plan import NodeId, Plan
from .rows import RowState

T = TypeVar("T")
Variable = tuple[str, int]
"""Source and row id."""

Monomial = tuple[Variable, ...]
"""Variables in order, repeated as often as their exponent says."""


@dataclass(frozen=True)
class Semiring(Generic[T]):
    """Where a polynomial can be evaluated.

    Both operations are commutative and associative, `multiply` distributes over `add`, and `zero` times anything is
    `zero`: then it does not matter in which order a pipeline did its work (Green et al., 2007, section 3).

    Attributes
    ----------
    zero : object
        Of a row that does not exist.
    one : object
        Of a row that needs nothing.
    add : callable
        Combines two ways in which a row comes about.
    multiply : callable
        Combines two rows that are both needed.

    Examples
    --------
    Of which of two sources, public and secret, may a row be shown? The clearance it needs:

    >>> levels = Semiring(zero=9, one=0, add=min, multiply=max)
    >>> a, b = Polynomial.variable("public", 0), Polynomial.variable("secret", 3)
    >>> (a * b + a * a).evaluate(levels, lambda variable: {"public": 1, "secret": 5}[variable[0]])
    1
    """

    zero: T
    one: T
    add: Callable[[T, T], T]
    multiply: Callable[[T, T], T]


BOOLEAN: Semiring[bool] = Semiring(False, True, lambda a, b: a or b, lambda a, b: a and b)
"""Does the row exist when only some source rows do? The answer of a deletion, without running anything."""

COUNTING: Semiring[int] = Semiring(0, 1, lambda a, b: a + b, lambda a, b: a * b)
"""How often is it derived, when each source row occurs so many times?"""

MIN_COST: Semiring[float] = Semiring(float("inf"), 0.0, min, lambda a, b: a + b)
"""What does the cheapest derivation cost, when each source row has a price? (The tropical semiring.)"""


class Polynomial:
    """A polynomial in N[X].

    Parameters
    ----------
    terms : mapping of monomial to coefficient

    Examples
    --------
    >>> a, b = Polynomial.variable("a", 0), Polynomial.variable("b", 3)
    >>> str(a * b + a * a + a * b)
    'a[0]² + 2·a[0]·b[3]'
    """

    def __init__(self, terms: Mapping[Monomial, int]) -> None:
        self.terms = {term: count for term, count in sorted(terms.items()) if count}

    @classmethod
    def variable(cls, source: str, row: int) -> Polynomial:
        """Make the polynomial of one source row."""
        return cls({((source, row),): 1})

    @classmethod
    def one(cls) -> Polynomial:
        """Make the polynomial of what depends on nothing."""
        return cls({(): 1})

    @classmethod
    def zero(cls) -> Polynomial:
        """Make the polynomial of what does not exist."""
        return cls({})

    def __add__(self, other: Polynomial) -> Polynomial:
        return Polynomial(Counter(self.terms) + Counter(other.terms))

    def __mul__(self, other: Polynomial) -> Polynomial:
        product: Counter[Monomial] = Counter()
        for left, count in self.terms.items():
            for right, times in other.terms.items():
                product[tuple(sorted(left + right))] += count * times
        return Polynomial(product)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Polynomial) and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(tuple(self.terms.items()))

    def __str__(self) -> str:
        return " + ".join(_term(term, count) for term, count in self.terms.items()) or "0"

    def __repr__(self) -> str:
        return f"Polynomial({self})"

    def variables(self) -> set[Variable]:
        """Source rows that occur."""
        return {variable for term in self.terms for variable in term}

    def evaluate(self, semiring: Semiring[T], value: Callable[[Variable], T]) -> T:
        """Evaluate in a semiring, given the value of each source row.

        Examples
        --------
        >>> both = Polynomial.variable("a", 0) * Polynomial.variable("b", 3)
        >>> both.evaluate(BOOLEAN, lambda variable: variable != ("b", 3))
        False
        """
        total = semiring.zero
        for term, count in self.terms.items():
            product = reduce(semiring.multiply, map(value, term), semiring.one)
            for _ in range(count):
                total = semiring.add(total, product)
        return total


def _term(term: Monomial, count: int) -> str:
    factors = [
        f"{source}[{row}]" + (str(power).translate(_SUPERSCRIPT) if power > 1 else "")
        for (source, row), power in Counter(term).items()
    ]
    if count > 1 or not factors:
        factors.insert(0, str(count))
    return "·".join(factors)


_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def polynomial(plan: Plan, state: RowState, node: NodeId, row: int) -> Polynomial:
    """Find the derivations of one row.

    Parameters
    ----------
    plan : Plan
    state : RowState
    node : int
    row : int

    Returns
    -------
    Polynomial

    Raises
    ------
    UntraceableError
        When something untracked lies between.
    """
    at = plan[node]
    operation = OPERATIONS[at.operation]
    if at.operation == "scan":
        return Polynomial.variable(at.arguments["source"], row)
    if operation.family is Family.OPAQUE:
        raise UntraceableError(at.label, at.location)
    if operation.keeps_rows:
        return polynomial(plan, state, at.inputs[0], row)
    if operation.groups_rows:
        members = state.inverted(f"member/{node}").find(np.array([row]))
        alive = state.only_alive(plan[at.inputs[0]].space, members)
        parts = [polynomial(plan, state, at.inputs[0], int(one)) for one in alive]
        return reduce(Polynomial.__add__, parts, Polynomial.zero())
    product = Polynomial.one()
    for k in range(operation.makers(at)):
        origin = int(state.origin(node, k).take([row])[0])
        if origin >= 0:
            product *= polynomial(plan, state, at.inputs[k], origin)
    return product
