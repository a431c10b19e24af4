"""The registry of operations: one file an operation, one line here."""

from __future__ import annotations

from .base import Operation
from .drop_duplicates import DropDuplicates
from .filter import Filter
from .merge import Merge
from .project import Project
from .scan import Scan
from .untracked import Untracked

_ALL: tuple[Operation, ...] = (
    Scan(),
    Project("select"),
    Project("assign"),
    Project("rename"),
    Project("construct"),
    Filter(),
    DropDuplicates(),
    Merge(),
    Untracked(),
)

OPERATIONS: dict[str, Operation] = {operation.name: operation for operation in _ALL}
"""Name -> operation."""
