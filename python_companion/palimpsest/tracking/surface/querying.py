"""``frame.query("...")``: the text is read as the expression over columns that it stands for."""

from __future__ import annotations

import ast
import io
import operator
import tokenize
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

from ..frame import DataFrame
from ..location import user_frame
from ..series import Series
from ..untracked import call_untracked
from .filtering import filter_frame, is_predicate

_LOCAL = "__local_"
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


class NotReadable(Exception):
    """A text says something that is left to pandas."""


def query(frame: DataFrame, expr: str, **keywords: Any) -> Any:
    """``frame.query(text)``: a filter."""
    scope = dict(keywords)
    if "local_dict" not in scope and "global_dict" not in scope:
        caller = user_frame()
        if caller is not None:
            scope |= {"local_dict": dict(caller.f_locals), "global_dict": dict(caller.f_globals)}
    variables = {**(scope.get("global_dict") or {}), **(scope.get("local_dict") or {})}
    try:
        predicate = _Reader(frame, variables).read(expr) if not set(keywords) - _SCOPE else None
    except (NotReadable, SyntaxError, tokenize.TokenError):
        predicate = None
    if isinstance(predicate, Series) and is_predicate(predicate):
        return filter_frame(frame, predicate)
    return call_untracked("this query", frame._held.query, (expr,), scope, [frame._step])


_SCOPE = frozenset({"local_dict", "global_dict"})


class _Reader:
    """Reads the text of a query over a frame and the variables of its caller."""

    def __init__(self, frame: DataFrame, variables: Mapping[str, Any]) -> None:
        self._frame = frame
        self._variables = variables
        self._quoted: list[str] = []

    def read(self, text: str) -> Any:
        tree = ast.parse(self._prepared(text.strip()), mode="eval")
        return self._value(tree.body)

    def _prepared(self, text: str) -> str:
        """Write ``@name``, names in backticks, ``&`` and ``|`` as Python can parse them."""
        pieces = text.split("`")
        if len(pieces) % 2 == 0:
            raise NotReadable(text)
        self._quoted = pieces[1::2]
        for place in range(1, len(pieces), 2):
            pieces[place] = f"__quoted_{place // 2}"
        tokens = list(tokenize.generate_tokens(io.StringIO("".join(pieces)).readline))
        words: list[str] = []
        for place, token in enumerate(tokens):
            if token.string == "@" and tokens[place + 1].type == tokenize.NAME:
                continue
            local = place > 0 and tokens[place - 1].string == "@"
            replaced = {"&": "and", "|": "or", "~": "not"}.get(token.string, token.string)
            words.append(f"{_LOCAL}{token.string}" if local else replaced)
        return " ".join(words).strip()

    def _value(self, node: ast.expr) -> Any:
        read = getattr(self, f"_{type(node).__name__.lower()}", None)
        if read is None:
            raise NotReadable(ast.dump(node))
        return read(node)

    def _constant(self, node: ast.Constant) -> Any:
        return node.value

    def _list(self, node: ast.List | ast.Tuple) -> Any:
        return [self._value(one) for one in node.elts]

    _tuple = _list

    def _name(self, node: ast.Name) -> Any:
        if node.id.startswith(_LOCAL):
            name = node.id[len(_LOCAL) :]
            if name not in self._variables:
                raise NotReadable(name)
            return self._variables[name]
        quoted = node.id.removeprefix("__quoted_")
        name = self._quoted[int(quoted)] if quoted != node.id else node.id
        if name not in self._frame._held.columns:
            raise NotReadable(name)
        return self._frame._column(name)

    def _attribute(self, node: ast.Attribute) -> Any:
        return getattr(self._value(node.value), node.attr)

    def _call(self, node: ast.Call) -> Any:
        if not isinstance(node.func, ast.Attribute):
            raise NotReadable(ast.dump(node))
        keywords = {one.arg: self._value(one.value) for one in node.keywords if one.arg}
        return self._value(node.func)(*map(self._value, node.args), **keywords)

    def _binop(self, node: ast.BinOp) -> Any:
        if type(node.op) not in _BINARY:
            raise NotReadable(ast.dump(node))
        return _BINARY[type(node.op)](self._value(node.left), self._value(node.right))

    def _boolop(self, node: ast.BoolOp) -> Any:
        both = operator.and_ if isinstance(node.op, ast.And) else operator.or_
        return reduce(both, map(self._value, node.values))

    def _unaryop(self, node: ast.UnaryOp) -> Any:
        value = self._value(node.operand)
        if isinstance(node.op, ast.USub):
            return -value
        if not isinstance(node.op, (ast.Not, ast.Invert)) or not isinstance(value, Series):
            raise NotReadable(ast.dump(node))
        return ~value

    def _compare(self, node: ast.Compare) -> Any:
        values = [self._value(one) for one in [node.left, *node.comparators]]
        pairs = zip(values, node.ops, values[1:], strict=False)
        return reduce(operator.and_, [_compared(a, op, b) for a, op, b in pairs])


def _compared(left: Any, op: ast.cmpop, right: Any) -> Any:
    positive, negative = isinstance(op, (ast.In, ast.Eq)), isinstance(op, (ast.NotIn, ast.NotEq))
    if isinstance(op, (ast.Eq, ast.NotEq)):
        # pandas reads equality with a text as membership, by which a missing value is unequal
        left, right = (right, left) if isinstance(left, str) else (left, right)
        right = [right] if isinstance(right, str) else right
    listed = isinstance(right, (list, tuple, set, frozenset))
    if isinstance(left, Series) and listed and (positive or negative):
        found = left.isin(list(right))
        return found if positive else ~found
    if type(op) not in _COMPARE or listed or isinstance(left, (list, tuple, set)):
        raise NotReadable(type(op).__name__)
    return _COMPARE[type(op)](left, right)


FRAME: dict[str, Callable[..., Any]] = {"query": query}
