"""What code does with each column of its sources, read from its syntax tree.

Nothing here decides a verdict: it decides which values are worth trying in which column. So names
are followed without regard to scope or order, and a column may be said to be used in more ways than
it is.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

Way = Literal[
    "number", "text", "trimmed", "case", "words", "length", "date", "key", "order", "statistic", "missing", "compared"
]  # fmt: skip

Constant = str | int | float
Reference = tuple[str | int, int | None]
"""A column by name, or by position with the number of columns when that is known."""

_CALLS: dict[str, tuple[Way, ...]] = {
    "int": ("number",), "float": ("number",), "Decimal": ("number",), "to_numeric": ("number",),
    "round": ("number",), "abs": ("number",), "astype": ("number",),
    "strip": ("text", "trimmed"), "rstrip": ("text", "trimmed"), "lstrip": ("text", "trimmed"),
    "lower": ("text", "case"), "upper": ("text", "case"), "title": ("text", "case"),
    "capitalize": ("text", "case"), "casefold": ("text", "case"), "swapcase": ("text", "case"),
    "split": ("text", "words"), "rsplit": ("text", "words"), "partition": ("text", "words"),
    "replace": ("text",), "startswith": ("text",), "endswith": ("text",), "find": ("text",),
    "count": ("text", "key"), "contains": ("text",), "match": ("text",), "search": ("text",),
    "findall": ("text",), "sub": ("text",), "len": ("length",),
    "strptime": ("date",), "fromisoformat": ("date",), "to_datetime": ("date",), "strftime": ("date",),
    "sorted": ("order",), "sort": ("order",), "sort_values": ("order",), "nlargest": ("order",),
    "nsmallest": ("order",), "max": ("order", "statistic"), "min": ("order", "statistic"),
    "argsort": ("order",), "rank": ("order",), "cummax": ("order",),
    "mean": ("statistic",), "std": ("statistic",), "sum": ("statistic",), "var": ("statistic",),
    "median": ("statistic",), "nanmean": ("statistic",), "nanmedian": ("statistic",),
    "get": ("key",), "setdefault": ("key",), "add": ("key",), "isin": ("key", "compared"), "merge": ("key",),
    "groupby": ("key",), "set_index": ("key",), "drop_duplicates": ("key",), "duplicated": ("key",),
    "Counter": ("key",), "index": ("key",), "join": ("key",), "unique": ("key",), "value_counts": ("key",),
    "isna": ("missing",), "notna": ("missing",), "isnull": ("missing",), "dropna": ("missing",),
    "fillna": ("missing",), "isnan": ("missing",), "notnull": ("missing",),
}  # fmt: skip

_PASSES = 3
"""How often assignments are followed: chains of that many names."""


@dataclass
class Use:
    """What is done with one column.

    Attributes
    ----------
    ways
        Kinds of operations.
    constants
        What its values are compared with or looked up in.
    """

    ways: set[Way] = field(default_factory=set)
    constants: set[Constant] = field(default_factory=set)


class Uses:
    """What code does with the columns of its sources.

    Parameters
    ----------
    cells
        The code.
    """

    def __init__(self, cells: Sequence[str]) -> None:
        self._trees = [ast.parse(source) for source in cells]
        self._constants: dict[str, set[Constant]] = {}
        self._names: dict[str, set[Reference]] = {}
        self._keys: dict[str, set[Reference]] = {}
        self._positions: dict[str, tuple[int, int]] = {}
        self._found: dict[Reference, Use] = {}
        for _ in range(_PASSES):
            for node in self._nodes():
                self._bind(node)
        for node in self._nodes():
            self._note(node)

    def of(self, label: str | None, index: int, width: int) -> Use:
        """Return what is done with a column, given its name, position, and the number of columns."""
        use = Use()
        for (column, columns), found in self._found.items():
            if isinstance(column, str):
                named = label is not None and column in (label, label.rpartition(".")[2])
                named = named or self._positions.get(column) == (index, width)
            else:
                named = column in (index, index - width) and columns in (None, width)
            if named:
                use.ways |= found.ways
                use.constants |= found.constants
        return use

    def _nodes(self) -> Iterator[ast.AST]:
        for tree in self._trees:
            yield from ast.walk(tree)

    # --- where columns go ------------------------------------------------------------------------

    def _bind(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._assign(target, node.value)
        elif isinstance(node, (ast.AnnAssign, ast.AugAssign, ast.NamedExpr)) and node.value:
            self._assign(node.target, node.value)
        elif isinstance(node, (ast.For, ast.comprehension)):
            self._assign(node.target, node.iter)
        elif isinstance(node, ast.Call):
            self._pass(node)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    self._keys.setdefault(key.value, set()).update(self._columns(value))

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self._names.setdefault(target.id, set()).update(self._columns(value))
            self._constants.setdefault(target.id, set()).update(_literals(value))
        elif isinstance(target, (ast.Tuple, ast.List)):
            self._unpack(target, value)
        elif isinstance(target, (ast.Subscript, ast.Attribute)):
            root = _root(target)
            if root is not None:
                self._names.setdefault(root, set()).update(self._columns(value))
            for key in _texts(target.slice) if isinstance(target, ast.Subscript) else []:
                if isinstance(key, str):
                    self._keys.setdefault(key, set()).update(self._columns(value))

    def _unpack(self, target: ast.Tuple | ast.List, value: ast.expr) -> None:
        if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts):
            for one, part in zip(target.elts, value.elts, strict=True):
                self._assign(one, part)
            return
        known = self._columns(value)
        starred = any(isinstance(one, ast.Starred) for one in target.elts)
        for i, one in enumerate(target.elts):
            if isinstance(one, ast.Name):
                position: Reference = (i, None if starred else len(target.elts))
                self._names.setdefault(one.id, set()).update(known or {position})
            elif isinstance(one, (ast.Tuple, ast.List)):
                self._unpack(one, value)

    def _pass(self, call: ast.Call) -> None:
        """Follow arguments into functions of the code, and what is added to a collection."""
        if isinstance(call.func, ast.Attribute):
            root = _root(call.func.value)
            if root is not None and call.func.attr in ("append", "add", "extend", "insert"):
                for argument in call.args:
                    self._names.setdefault(root, set()).update(self._columns(argument))
            if call.func.attr in ("map", "apply", "transform") and call.args:
                self._enter(call.args[0], [self._columns(call.func.value)])
        for keyword in call.keywords:
            if keyword.arg is not None:
                self._keys.setdefault(keyword.arg, set()).update(self._columns(keyword.value))
            if keyword.arg == "names":
                names = [text for text in _texts(keyword.value) if isinstance(text, str)]
                self._positions.update({name: (i, len(names)) for i, name in enumerate(names)})
        self._enter(call.func, [self._columns(argument) for argument in call.args])

    def _enter(self, function: ast.expr, arguments: list[set[Reference]]) -> None:
        parameters: list[ast.arg] = []
        if isinstance(function, ast.Lambda):
            parameters = function.args.args
        elif isinstance(function, ast.Name):
            for node in self._nodes():
                if isinstance(node, ast.FunctionDef) and node.name == function.id:
                    parameters = node.args.args
        for parameter, columns in zip(parameters, arguments, strict=False):
            self._names.setdefault(parameter.arg, set()).update(columns)

    def _columns(self, node: ast.AST | None) -> set[Reference]:
        """Return the columns an expression is made of."""
        if isinstance(node, ast.Name):
            return set(self._names.get(node.id, ()))
        if isinstance(node, ast.Subscript):
            return self._subscript(node)
        if isinstance(node, ast.Attribute):
            return self._columns(node.value) | {(node.attr, None)}
        if isinstance(node, ast.Call):
            found = (
                self._columns(node.func.value) if isinstance(node.func, ast.Attribute) else set()
            )
            names = _CALLS.get(_called(node), ())
            for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
                found |= self._columns(argument)
                if {"key", "order", "missing"} & set(names):
                    found |= {(text, None) for text in _texts(argument)}
            return found
        if node is None or isinstance(node, ast.Constant):
            return set()
        found = set()
        for child in ast.iter_child_nodes(node):
            found |= self._columns(child)
        return found

    def _subscript(self, node: ast.Subscript) -> set[Reference]:
        keys = _texts(node.slice)
        named = {key for key in keys if isinstance(key, str)}
        if named:
            found: set[Reference] = {(key, None) for key in named}
            return found.union(*(self._keys.get(key, set()) for key in named))
        found = self._columns(node.value)
        for key in keys:
            if isinstance(key, int) and not isinstance(key, bool) and not found:
                found = {(key, None)}
        return found

    # --- what is done with them ------------------------------------------------------------------

    def _note(self, node: ast.AST) -> None:
        if isinstance(node, ast.Compare):
            self._compare(node)
        elif isinstance(node, ast.Call):
            self._call(node)
        elif isinstance(node, ast.Subscript):
            way: Way = "text" if isinstance(node.slice, ast.Slice) else "key"
            looked_up = node.value if isinstance(node.slice, ast.Slice) else node.slice
            if not isinstance(looked_up, ast.Constant):
                self._use(self._columns(looked_up), (way,))
        elif isinstance(node, ast.BinOp):
            self._use(self._columns(node), ("number",), _literals(node))
        elif isinstance(node, (ast.BoolOp, ast.UnaryOp)):
            for operand in ast.iter_child_nodes(node):
                if isinstance(operand, (ast.Name, ast.Subscript, ast.Attribute, ast.Call)):
                    self._use(self._columns(operand), ("missing",))

    def _compare(self, node: ast.Compare) -> None:
        sides = [node.left, *node.comparators]
        columns: set[Reference] = set()
        constants: set[Constant] = set()
        for side in sides:
            columns |= self._columns(side)
            constants |= self._literals_of(side)
        ways: set[Way] = {"compared"}
        if any(isinstance(operator, (ast.In, ast.NotIn)) for operator in node.ops):
            ways.add("key")
        if any(isinstance(operator, (ast.Lt, ast.LtE, ast.Gt, ast.GtE)) for operator in node.ops):
            ways.add("order")
        if constants & {"", "NA", "nan", "NULL", "None"} or any(_is_none(side) for side in sides):
            ways.add("missing")
        self._use(columns, ways, constants)

    def _call(self, node: ast.Call) -> None:
        name = _called(node)
        ways = _CALLS.get(name)
        if ways is None:
            return
        columns = self._columns(node)
        constants = set[Constant]()
        for argument in node.args:
            constants |= self._literals_of(argument)
        if name in ("split", "strptime", "to_datetime", "strftime"):
            constants = set()
        self._use(columns, ways, constants)

    def _literals_of(self, node: ast.expr) -> set[Constant]:
        """Return the constants in an expression, and those of the names in it that hold no column."""
        found = _literals(node)
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name):
                found |= self._constants.get(inner.id, set())
        return found

    def _use(
        self, columns: set[Reference], ways: Iterable[Way], constants: Iterable[Constant] = ()
    ) -> None:
        for column in columns:
            use = self._found.setdefault(column, Use())
            use.ways.update(ways)
            use.constants.update(constants)


def _called(node: ast.Call) -> str:
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _literals(node: ast.AST) -> set[Constant]:
    """Return the texts and numbers in a display of constants, or a constant itself."""
    found: set[Constant] = {
        inner.value
        for inner in ast.walk(node)
        if isinstance(inner, ast.Constant)
        and isinstance(inner.value, (str, int, float))
        and not isinstance(inner.value, bool)
    }
    days = (_day(inner) for inner in ast.walk(node) if isinstance(inner, ast.Call))
    return found | {day for day in days if day is not None}


def _day(call: ast.Call) -> str | None:
    """Return the day that a call such as ``datetime(2020, 1, 31)`` makes, as text."""
    name = _called(call)
    parts = [text for argument in call.args for text in _texts(argument)]
    numbers = [part for part in parts if isinstance(part, int)]
    if name not in ("datetime", "date", "Timestamp") or len(numbers) < 3:
        return None
    year, month, day = numbers[:3]
    return f"{year:04d}-{month:02d}-{day:02d}"


def _texts(node: ast.AST) -> list[str | int]:
    """Return the texts and whole numbers of a constant or of a list of such, in order."""
    if isinstance(node, ast.Constant) and isinstance(node.value, (str, int)):
        return [node.value]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return [-value for value in _texts(node.operand) if isinstance(value, int)]
    if isinstance(node, (ast.List, ast.Tuple)):
        return [text for element in node.elts for text in _texts(element)]
    return []


def _root(node: ast.AST) -> str | None:
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
