"""The registry of operations: one file an operation, one line here."""

from __future__ import annotations

from .aggregate import Aggregate
from .base import Operation
from .concat import Concat
from .draw import Draw
from .drop_duplicates import DropDuplicates, Duplicated
from .explode import Explode
from .filter import Filter
from .head import Head, Largest
from .isin import IsIn, LookUp
from .merge import Merge
from .project import Project
from .reset_index import ResetIndex, SetIndex
from .scan import Scan
from .sort_values import SortValues
from .transform import Transform
from .untracked import Untracked
from .whole import REDUCING, WHOLE, Reduction, WholeColumn

_ALL: tuple[Operation, ...] = (
    Scan(),
    Project("select"),
    Project("assign"),
    Project("rename"),
    Project("construct"),
    Filter(),
    DropDuplicates(),
    Duplicated(),
    Merge(),
    IsIn(),
    LookUp(),
    Concat(),
    Explode(),
    SortValues(),
    Head("head"),
    Head("tail"),
    Head("slice"),
    Largest("nlargest"),
    Largest("nsmallest"),
    Draw(),
    Aggregate(),
    Transform(),
    ResetIndex(),
    SetIndex(),
    *(WholeColumn(name) for name in WHOLE),
    *(Reduction(name) for name in REDUCING),
    Untracked(),
)

OPERATIONS: dict[str, Operation] = {operation.name: operation for operation in _ALL}
"""Name -> operation."""
