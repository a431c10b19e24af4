"""Tracked frames, the recorded plan, row and column provenance, and exact maintenance."""

from .capture import Captured, SourceScan, attach_columns, capture, track_frame
from .delta import Consequence, SourceChange, SourceReader, TableDelta
from .errors import FullRerun, NeedsFunction, TrackingError, TrackingWarning, UnsupportedError
from .functions import Memo, MemoryMemo
from .maintain import maintain
from .plan import Node, Plan
from .rows import RowState
from .source_errors import SourceError
from .sources import SourceInput

__all__ = [
    "Captured",
    "Consequence",
    "FullRerun",
    "Memo",
    "MemoryMemo",
    "NeedsFunction",
    "Node",
    "Plan",
    "RowState",
    "SourceChange",
    "SourceError",
    "SourceInput",
    "SourceReader",
    "SourceScan",
    "TableDelta",
    "TrackingError",
    "TrackingWarning",
    "UnsupportedError",
    "attach_columns",
    "capture",
    "maintain",
    "track_frame",
]
