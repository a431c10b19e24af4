"""What a sandboxed process is asked to do, and what it answers: JSON lines either way."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

SideName = Literal["original", "rewritten"]


@dataclass(frozen=True)
class Job:
    """Run these cells in this folder and observe.

    Attributes
    ----------
    side
        Which of the two versions the cells are.
    cells
        Python source of each code cell.
    roles
        The role of each cell in the rewritten version, or None.
    rewritten
        Whether each cell differs from the original.
    role
        The role of the last cell: what is observed.
    observation
        Where the original shows its result, or None to look for it.
    folder
        The scratch copy of the working folder; the cells run there.
    pristine
        The read-only copy that the scratch folder's links lead to.
    result
        An empty folder for the answer.
    source_folder
        The user's own working folder, to notice code that reads it by absolute path.
    time_limit, memory_limit
        Seconds of wall time and bytes.
    ordered
        Whether the order of the prepared rows is part of the result; None: as they are shown.
    stages
        For a script, the stages to observe: role, output, and names of columns.
    with_rows
        Also observe the prepared rows, to pair a matrix or labels with them.
    trace
        Also note which lines of the last cell ran.
    """

    side: SideName
    cells: list[str]
    roles: list[str | None]
    rewritten: list[bool]
    role: str
    source_folder: str
    time_limit: float
    memory_limit: int
    observation: dict[str, Any] | None = None
    folder: str = ""
    pristine: str = ""
    result: str = ""
    ordered: bool | None = None
    stages: list[dict[str, Any]] = field(default_factory=list)
    with_rows: bool = False
    trace: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the job as JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class Access:
    """One file the code opened: path relative to the scratch folder, how, and in which cell."""

    path: str
    write: bool
    cell: int


@dataclass(frozen=True)
class Failure:
    """Why there is no result.

    Attributes
    ----------
    kind
        ``raised`` an exception, ``limit`` exceeded, ``crashed``, or ``unobservable``.
    type, bases
        Class of the exception and the classes it derives from.
    message
        One line for people.
    cell, line
        The innermost line of user code, cells counted from 0 and lines from 1.
    traceback
        The traceback, cut to user code.
    statement
        Line of the last cell's own statement, outside of functions, that failed.
    """

    kind: Literal["raised", "limit", "crashed", "unobservable"]
    message: str
    type: str = ""
    bases: list[str] = field(default_factory=list)
    cell: int | None = None
    line: int | None = None
    traceback: str = ""
    statement: int | None = None


@dataclass(frozen=True)
class Report:
    """What is known after a job beside its result.

    Attributes
    ----------
    failure
        None when there is a result.
    observation
        The observation used, given or found.
    accesses
        Files opened, in order.
    outside
        Files of the user's own folder that were read by absolute path.
    notes
        Remarks for the evidence.
    lines
        Lines of the last cell that ran, in the order in which each ran last.
    widths
        Number of columns of each array the last cell made, by variable.
    printed
        What the last cell printed, cut.
    """

    failure: Failure | None = None
    observation: dict[str, Any] | None = None
    accesses: list[Access] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    widths: dict[str, int] = field(default_factory=dict)
    printed: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Report:
        """Read a report; raises TypeError or KeyError when it is malformed."""
        failure = Failure(**data["failure"]) if data.get("failure") else None
        accesses = [Access(**entry) for entry in data.get("accesses", [])]
        return cls(**{**data, "failure": failure, "accesses": accesses})
