"""Values of another dtype than their column was read with: converted where they stay equal."""

from __future__ import annotations

from typing import Any

import pandas as pd

from palimpsest.store.dtypes import Codec


def dtype_of(codec: Codec) -> Any:
    """Return the dtype of a codec's columns."""
    return codec.series([]).dtype


def converted_to(values: pd.Series, codec: Codec) -> pd.Series | None:
    """Return the values in the codec's dtype, None when they would not stay equal."""
    try:
        converted = values.astype(dtype_of(codec))
        missing = converted.isna() & values.isna()
        if bool(((converted == values).fillna(False) | missing).all()):
            return converted
    except (TypeError, ValueError):
        pass
    return None
