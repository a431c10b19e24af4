"""The recorded plan: data only, loadable without the code that made it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVar

from .expressions import Expr, MapCall, expression_from_json, expression_to_json, walk
from .literals import Json, dtype_name, from_json, to_json
from .location import Location
from .table import Schema

NodeId = int


@dataclass(frozen=True)
class Node:
    """One recorded operation.

    Attributes
    ----------
    id : int
        Position in the plan; inputs come before.
    operation : str
        Name in the registry of `palimpsest.tracking.operations`.
    arguments : dict
        Plain values (see `palimpsest.tracking.literals`).
    expressions : dict of str to Expr
        By the name that the operation gives them.
    inputs : tuple of int
    space : int
        The node that made the rows.
    schema : tuple of (name, dtype)
    labels : tuple of str or None, optional
        Names of the index levels when the index holds data; None when it is positions.
    location : Location or None
        Place in user code.
    label : str
        One line for people.
    rows : int
        Number of rows when captured.
    seconds : float
        Time it took.
    warnings : tuple of str
    """

    id: NodeId
    operation: str
    arguments: Mapping[str, Any]
    expressions: Mapping[str, Expr]
    inputs: tuple[NodeId, ...]
    space: NodeId
    schema: Schema = ()
    labels: tuple[str | None, ...] | None = None
    location: Location | None = None
    label: str = ""
    rows: int = 0
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return [name for name, _ in self.schema]

    @property
    def dtypes(self) -> dict[str, str]:
        """Column -> name of its dtype."""
        return {name: dtype_name(dtype) for name, dtype in self.schema}

    def calls(self) -> Iterator[MapCall]:
        """Iterate over the calls of user functions in the expressions, innermost last."""
        for expression in self.expressions.values():
            for part in walk(expression):
                if isinstance(part, MapCall):
                    yield part


@dataclass(frozen=True)
class Escape:
    """A place where values left the tracking and may have steered the program."""

    message: str
    location: Location | None


@dataclass(frozen=True)
class Plan:
    """All operations that lead to one result.

    Attributes
    ----------
    nodes : tuple of Node
        Inputs before what uses them; a node's id is its position.
    output : int
    hash_key : str
        Key of key hashes and digests.
    escapes : tuple of Escape
    """

    nodes: tuple[Node, ...]
    output: NodeId
    hash_key: str
    escapes: tuple[Escape, ...] = field(default=())

    def __getitem__(self, node: NodeId) -> Node:
        return self.nodes[node]

    def scans(self) -> list[Node]:
        """Nodes that read a source, one for each occurrence."""
        return [node for node in self.nodes if node.operation == "scan"]

    def to_json(self) -> Json:
        """Encode the plan for `json.dumps`."""
        return {
            "version": 1,
            "nodes": [_node_to_json(node) for node in self.nodes],
            "output": self.output,
            "hash_key": self.hash_key,
            "escapes": [
                {"message": escape.message, "location": _location_to_json(escape.location)}
                for escape in self.escapes
            ],
        }

    @classmethod
    def from_json(cls, encoded: Json) -> Plan:
        """Decode what `to_json` made.

        Raises
        ------
        ValueError
            For a version that this code does not know.
        """
        if encoded["version"] != 1:
            raise ValueError(
                f"The plan has version {encoded['version']}; this code reads version 1."
            )
        return cls(
            tuple(_node_from_json(node) for node in encoded["nodes"]),
            encoded["output"],
            encoded["hash_key"],
            tuple(
                Escape(escape["message"], _location_from_json(escape["location"]))
                for escape in encoded["escapes"]
            ),
        )


Found = TypeVar("Found")


def once_per_plan(function: Callable[[Plan], Found]) -> Callable[[Plan], Found]:
    """Remember with a plan, which never changes, what a function of it returns."""
    name = f"{function.__module__}.{function.__qualname__}"

    @wraps(function)
    def remembered(plan: Plan) -> Found:
        kept: dict[str, Found] = vars(plan)
        if name not in kept:
            kept[name] = function(plan)
        return kept[name]

    return remembered


def _location_to_json(location: Location | None) -> Json:
    return None if location is None else {"file": location.file, "line": location.line}


def _location_from_json(encoded: Json) -> Location | None:
    return None if encoded is None else Location(encoded["file"], encoded["line"])


def _node_to_json(node: Node) -> Json:
    return {
        "id": node.id,
        "operation": node.operation,
        "arguments": {key: to_json(value) for key, value in node.arguments.items()},
        "expressions": [
            [name, expression_to_json(expression)] for name, expression in node.expressions.items()
        ],
        "inputs": list(node.inputs),
        "space": node.space,
        "schema": [[name, dtype] for name, dtype in node.schema],
        "labels": None if node.labels is None else list(node.labels),
        "location": _location_to_json(node.location),
        "label": node.label,
        "rows": node.rows,
        "seconds": node.seconds,
        "warnings": list(node.warnings),
    }


def _node_from_json(encoded: Json) -> Node:
    return Node(
        id=encoded["id"],
        operation=encoded["operation"],
        arguments={key: from_json(value) for key, value in encoded["arguments"].items()},
        expressions={
            name: expression_from_json(expression) for name, expression in encoded["expressions"]
        },
        inputs=tuple(encoded["inputs"]),
        space=encoded["space"],
        schema=tuple((name, dtype) for name, dtype in encoded["schema"]),
        labels=None if encoded["labels"] is None else tuple(encoded["labels"]),
        location=_location_from_json(encoded["location"]),
        label=encoded["label"],
        rows=encoded["rows"],
        seconds=encoded["seconds"],
        warnings=tuple(encoded["warnings"]),
    )
