"""Feature encoding that is maintained: the raw matrix, its slices and its statistics.

`encode` fits an unfitted ColumnTransformer. The `Encoding` it returns turns raw rows into X,
follows rows that leave, come or change (`Encoding.update`), and loads without user code.
"""

from .delta import EncodingDelta, Replacement, Slice
from .encoding import Encoding
from .errors import EncodingError, NeedsTable, NeedsTransformer, NoRowsLeft, UnknownCategory
from .fitting import encode
from .freezing import Drift
from .rows import RawRows
from .training import Labels, Table

__all__ = [
    "Drift",
    "Encoding",
    "EncodingDelta",
    "EncodingError",
    "Labels",
    "NeedsTable",
    "NeedsTransformer",
    "NoRowsLeft",
    "RawRows",
    "Replacement",
    "Slice",
    "Table",
    "UnknownCategory",
    "encode",
]
