"""Differences between versions of pandas."""

from __future__ import annotations

import pandas

COPY_ON_WRITE = int(pandas.__version__.split(".")[0]) >= 3
"""Whether two frames that share their data can be changed without changing each other."""


def lazy_copy(frame: pandas.DataFrame) -> pandas.DataFrame:
    """Copy a frame so that changes of one are not seen in the other, as cheaply as can be."""
    return frame.copy(deep=not COPY_ON_WRITE)


OBSERVED = COPY_ON_WRITE
"""Whether a group-by of categoricals leaves out categories without rows unless told otherwise."""
