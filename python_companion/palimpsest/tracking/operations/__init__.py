"""The registry of operations: one file an operation, one line here."""

from __future__ import annotations

from .aggregate import Aggregate
from .base import Operation
from .concat import Concat
from .drop_duplicates import DropDuplicates
from .explode import Explode
from .filter import Filter
from .head import Head
from .isin import IsIn
from .merge import Merge
from .project import Project
from .reset_index import ResetIndex
from .scan import Scan
from .sort_values import SortValues
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
    IsIn(),
    Concat(),
    Explode(),
    SortValues(),
    Head("head"),
    Head("tail"),
    Aggregate(),
    ResetIndex(),
    Untracked(),
)

OPERATIONS: dict[str, Operation] = {operation.name: operation for operation in _ALL}
"""Name -> operation."""
