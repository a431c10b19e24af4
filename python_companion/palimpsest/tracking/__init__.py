"""Tracked frames, the recorded plan, row and column provenance, and exact maintenance."""

from .capture import Captured, SourceScan, attach_columns, capture, track_frame
from .change import Cells, Records, SourceChange
from .delta import Consequence, SourceReader, TableDelta
from .errors import (
    FullRerun,
    NeedsFunction,
    TrackingError,
    TrackingWarning,
    UnsupportedError,
    UntraceableError,
)
from .functions import Memo, MemoryMemo
from .lineage import ColumnDeps, column_lineage, forward, forward_from, lineage
from .maintain import maintain
from .plan import Node, Plan
from .polynomial import BOOLEAN, COUNTING, MIN_COST, Polynomial, Semiring, polynomial
from .rows import RowState
from .source_errors import SourceError
from .sources import SourceInput

__all__ = [
    "BOOLEAN",
    "COUNTING",
    "MIN_COST",
    "Captured",
    "Cells",
    "ColumnDeps",
    "Consequence",
    "FullRerun",
    "Memo",
    "MemoryMemo",
    "NeedsFunction",
    "Node",
    "Plan",
    "Polynomial",
    "Records",
    "RowState",
    "Semiring",
    "SourceChange",
    "SourceError",
    "SourceInput",
    "SourceReader",
    "SourceScan",
    "TableDelta",
    "TrackingError",
    "TrackingWarning",
    "UnsupportedError",
    "UntraceableError",
    "attach_columns",
    "capture",
    "column_lineage",
    "forward",
    "forward_from",
    "lineage",
    "maintain",
    "polynomial",
    "track_frame",
]
