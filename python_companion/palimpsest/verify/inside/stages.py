"""Observe the stages of a script: what it leaves in variables and files, or in the contract's functions."""

from __future__ import annotations

import ast
import csv
import io
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from palimpsest.verify.checks.byhand import keeps, result_of
from palimpsest.verify.checks.models import model_parts, run_in
from palimpsest.verify.inputs import jsonrows
from palimpsest.verify.inside.observation import Contract, file_table
from palimpsest.verify.sandbox.jobs import Access, Job
from palimpsest.verify.values import (
    Array,
    NotObservable,
    Parts,
    Stages,
    Table,
    array_of,
    plain,
    table_of,
)

Namespace = dict[str, Any]

_CONTRACT = {
    "prepare": "prepare",
    "encode": "encode_features",
    "label": "extract_label",
    "train": "make_model",
}

_SEPARATORS = {".csv": ",", ".tsv": "\t", ".psv": "|"}

_CHANGING = frozenset(
    {
        "append",
        "extend",
        "insert",
        "add",
        "update",
        "sort",
        "reverse",
        "pop",
        "remove",
        "setdefault",
    }
    | {"fit", "partial_fit", "clear", "fill", "put", "writelines", "write", "writerow", "writerows"}
    | {"close", "drop", "rename", "reset_index", "fillna", "sort_values"}
)


def observe_stages(
    job: Job, namespace: Namespace, accesses: Sequence[Access], failed: int | None = None
) -> Stages:
    """Observe every stage that a job names.

    Parameters
    ----------
    job
        The job, whose last cell has run, or failed.
    namespace
        The globals it left.
    accesses
        The files it opened.
    failed
        Line of the statement at which it failed: only stages finished before are observed.
    """
    found = Stages()
    observer = _Observer(job, namespace, accesses)
    for stage in job.stages:
        role, output = stage["role"], stage["output"]
        if failed is not None and not _is_finished(job.cells[-1], output, failed):
            found.missing[role] = "the script fails before"
            continue
        try:
            found.results[role] = observer.observe(role, output, stage["columns"])
        except NotObservable as error:
            found.missing[role] = str(error)
    return found


def failed_statement(frames: traceback.StackSummary) -> int | None:
    """Return the line of the script's own statement in a traceback."""
    lines = [frame.lineno for frame in frames if frame.filename.startswith("<cell ")]
    return lines[0] if lines else None


class _Observer:
    """Looks for the results of stages in what a script left."""

    def __init__(self, job: Job, namespace: Namespace, accesses: Sequence[Access]) -> None:
        self._job = job
        self._namespace = namespace
        self._written = {access.path for access in accesses if access.write}
        self._contract = Contract(namespace)
        self._run = run_in(namespace)

    def observe(self, role: str, output: str, columns: list[str]) -> Table | Array | Parts:
        """Return the result of a stage.

        Raises
        ------
        NotObservable
            When the script does not leave it.
        """
        value = self._value(role, output)
        if role == "prepare":
            table = value if isinstance(value, Table) else table_of(value)
            if self._job.ordered is not None:
                table.ordered = self._job.ordered
            return _with_columns(table, columns)
        if role == "train":
            kept = keeps(value, output)  # a training by hand, in an estimator
            return model_parts(result_of(value, output) if kept else value, self._matrix())
        return value if isinstance(value, (Table, Array)) else array_of(value)

    def _value(self, role: str, output: str) -> Any:
        makes = callable(self._namespace.get(_CONTRACT[role]))
        if role == "train" and makes and self._run is not None:
            return self._of_contract(role)  # the run's own model was carried on to its optimum
        if not output.isidentifier():
            path = str(Path(output))
            if path in self._written:
                return _read(path)
        elif output in self._namespace:
            return self._namespace[output]
        if makes:
            return self._of_contract(role)
        raise NotObservable(f"the script leaves no '{output}'")

    def _of_contract(self, role: str) -> Any:
        """Return what the functions of the pipeline contract make, or what a run of them made."""
        if role == "prepare":
            return plain(self._contract.prepare())
        if role == "label":
            return self._run.y if self._run is not None else self._contract.label()
        if role == "encode":
            return self._run.X if self._run is not None else self._contract.encode()
        if self._run is None:
            raise NotObservable("the script defines make_model() and trains nothing with it")
        model = self._contract.function("make_model")(self._run.X.shape[1])
        return model.fit(self._run.X[self._run.train], self._run.y[self._run.train])

    def _matrix(self) -> Any:
        """Return the script's own matrix, for a model to predict from; None when there is none."""
        for stage in self._job.stages:
            if stage["role"] == "encode":
                try:
                    value = self._value("encode", stage["output"])
                except NotObservable:
                    return None
                return value.data if isinstance(value, Array) else plain(value)
        return None


def _with_columns(table: Table, columns: list[str]) -> Table:
    """Give rows without names those of the case; of rows with names keep those columns, in order."""
    if not columns:
        return table
    if not table.named:
        if len(columns) == len(table.columns):
            table.columns, table.named = list(columns), True
        return table
    if set(columns) <= set(table.columns) and len(set(table.columns)) == len(table.columns):
        places = [table.columns.index(name) for name in columns]
        rows = [[row[place] for place in places] for row in table.rows]
        return Table(list(columns), rows, True, table.ordered, table.separator)
    return table


def _read(path: str) -> Table:
    """Return the rows of a text file that the script wrote."""
    text = Path(path).read_text(encoding="utf-8", errors="surrogateescape")
    found = jsonrows.objects_of(text)
    if found is not None:
        return table_of(found[0])
    separator = _SEPARATORS.get(Path(path).suffix) or _sniffed(text)
    table = file_table(text, separator, [])
    if table.rows and _names(table):
        table.columns = [str(cell) for cell in table.rows.pop(0)]
        table.named = True
    return table


def _names(table: Table) -> bool:
    """Tell whether the first of a file's rows names its columns."""
    first = [str(cell) for cell in table.rows[0]]
    return len(set(first)) == len(first) and all(name.isidentifier() for name in first)


def _sniffed(text: str) -> str:
    lines = [line for line in text.split("\n")[:100] if line]
    for sign in ("\t", ",", ";", "|"):
        counts = {len(next(csv.reader(io.StringIO(line), delimiter=sign))) for line in lines}
        if len(counts) == 1 and counts != {1}:
            return sign
    return "\t"


def _is_finished(source: str, output: str, failed: int) -> bool:
    """Tell whether a script had finished an output before the statement at a line."""
    tree = ast.parse(source)
    functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    lines = [
        statement.end_lineno or statement.lineno
        for statement in tree.body
        if any(_touches(node, output, functions) for node in ast.walk(statement))
    ]
    if not lines:
        return False
    running = next((s for s in tree.body if s.lineno <= failed <= (s.end_lineno or failed)), None)
    return running is not None and max(lines) < running.lineno


def _touches(node: ast.AST, output: str, functions: set[str]) -> bool:
    """Tell whether a node may change an output."""
    if not output.isidentifier():
        written = isinstance(node, ast.Call) and _method(node) in _CHANGING
        return written or (isinstance(node, ast.Constant) and node.value == output)
    if isinstance(node, ast.Call):
        if _method(node) in _CHANGING and _root(node.func) == output:
            return True
        called = node.func.id if isinstance(node.func, ast.Name) else ""
        return called in functions and output in _names_in(node.args)
    if isinstance(node, (ast.Name, ast.Subscript, ast.Attribute)):
        return isinstance(node.ctx, (ast.Store, ast.Del)) and _root(node) == output
    return False


def _method(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def _names_in(nodes: list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Name):
            yield node.id


def _root(node: ast.AST) -> str | None:
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None
