"""Observe what the cells left: a file, a variable, or what the functions of the contract return."""

from __future__ import annotations

import csv
import inspect
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from palimpsest.verify.checks import CHECKS
from palimpsest.verify.inside.cutpoints import find_cut_point
from palimpsest.verify.sandbox.jobs import Access, Job
from palimpsest.verify.values import (
    Array,
    NotObservable,
    Observed,
    Table,
    array_of,
    plain,
    table_of,
)

Namespace = dict[str, Any]


def observe(
    job: Job, namespace: Namespace, accesses: Sequence[Access]
) -> tuple[Observed, dict[str, Any] | None]:
    """Observe the result of a job's last cell, and say where it was found."""
    check = CHECKS[job.role]
    if job.side == "rewritten":
        output = job.observation.get("name") if job.observation else None
        return check.observe_rewritten(Contract(namespace, output, job.cells[-1])), None
    observation = job.observation or find_cut_point(
        job.role, job.cells, len(job.cells) - 1, namespace, accesses
    )
    observed = _observe_original(job.role, observation, namespace, accesses, job.cells[-1])
    if job.ordered is not None and job.role == "prepare" and isinstance(observed, Table):
        observed.ordered = job.ordered
    return observed, observation


def observe_rows(job: Job, namespace: Namespace, accesses: Sequence[Access]) -> Table | None:
    """Observe the prepared rows, which a matrix or labels belong to; None when not found."""
    if job.side == "rewritten":
        return table_of(Contract(namespace).prepare())
    if "prepare" not in job.roles:
        return None
    try:
        observation = find_cut_point(
            "prepare", job.cells, job.roles.index("prepare"), namespace, accesses
        )
        rows = _observe_original("prepare", observation, namespace, accesses, "")
    except NotObservable:
        return None
    return rows if isinstance(rows, Table) else None


def _observe_original(
    role: str,
    observation: dict[str, Any],
    namespace: Namespace,
    accesses: Sequence[Access],
    source: str,
) -> Observed:
    if observation["kind"] == "variable":
        name = observation["name"]
        if name not in namespace:
            raise NotObservable(f"the original defines no variable '{name}'")
        return CHECKS[role].observe_original(namespace[name], namespace, source, name)
    path = observation["path"]
    if Path(path).is_absolute() or ".." in Path(path).parts:
        raise NotObservable(f"the file '{path}' is not inside the working folder")
    if not any(access.write and access.path == str(Path(path)) for access in accesses):
        raise NotObservable(f"the original did not write the file '{path}' in this run")
    text = Path(path).read_text(encoding="utf-8", errors="surrogateescape")
    return file_table(text, observation["separator"], observation["columns"])


def file_table(text: str, separator: str, columns: list[str]) -> Table:
    """Return the lines of a text file as rows of text.

    Quotes are taken as quoting only when that gives rows of equal length and plain splitting does
    not. A first line that repeats the column names is a header.
    """
    lines = text.split("\n")
    if lines and lines[-1] == "":
        lines.pop()
    rows = [line.removesuffix("\r").split(separator) for line in lines]
    if '"' in text and len({len(row) for row in rows}) > 1:
        quoted = [row for row in csv.reader(io.StringIO(text), delimiter=separator) if row]
        if len({len(row) for row in quoted}) == 1:
            rows = quoted
    if columns and rows and rows[0] == columns:
        rows = rows[1:]
    width = max((len(row) for row in rows), default=len(columns))
    names = list(columns) if columns else [str(i) for i in range(width)]
    return Table(
        names, [list(row) for row in rows], named=bool(columns), ordered=False, separator=separator
    )


class Contract:
    """The functions of the pipeline contract that the rewritten cells define.

    Parameters
    ----------
    namespace
        The globals the cells left.
    output
        The variable that holds the original's result, where that is known.
    source
        The rewritten cell.
    """

    def __init__(self, namespace: Namespace, output: str | None = None, source: str = "") -> None:
        self.namespace = namespace
        self.output = output
        self.source = source
        self._frame: Any = None

    def function(self, name: str) -> Any:
        """Return a function of the contract."""
        found = self.namespace.get(name)
        if not callable(found):
            raise NotObservable(f"the rewritten cells define no function {name}()")
        return found

    def prepare(self) -> Any:
        """Return the training table, prepared once."""
        if self._frame is None:
            function = self.function("prepare")
            self._frame = function(**_source_arguments(function))
        return self._frame

    def label(self) -> Any:
        """Return the labels of the training table."""
        return self.function("extract_label")(self.prepare())

    def encode(self) -> Array | Table:
        """Return the feature matrix of the training table."""
        transformer = self.function("encode_features")()
        encoded = array_of(transformer.fit_transform(plain(self.prepare())))
        if isinstance(encoded, Array) and encoded.names is None:
            encoded.names = _feature_names(transformer, encoded)
        return encoded


def _feature_names(transformer: Any, encoded: Array) -> list[str] | None:
    try:
        names = [str(name) for name in transformer.get_feature_names_out()]
    except Exception:  # noqa: BLE001 - user-written transformers fail in any way; numbers do then
        return None
    return names if encoded.data.ndim == 2 and len(names) == encoded.data.shape[1] else None


def _source_arguments(function: Any) -> dict[str, str]:
    """Return files of the working folder for parameters of `prepare` that have no default."""
    arguments = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.default is parameter.empty and parameter.kind in (
            parameter.POSITIONAL_OR_KEYWORD,
            parameter.KEYWORD_ONLY,
        ):
            files = [
                path
                for path in Path().iterdir()
                if path.stem == name and path.suffix not in (".py", ".ipynb")
            ]
            if len(files) != 1:
                raise NotObservable(
                    f"prepare() needs an argument '{name}', and {len(files)} files of the working folder have that name"
                )
            arguments[name] = str(files[0])
    return arguments
