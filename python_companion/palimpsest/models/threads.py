"""How many threads linear algebra may use while somebody waits for an answer."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any


def one_thread() -> AbstractContextManager[Any]:
    """Keep linear algebra on one thread within a ``with`` block.

    The matrices of an update are small. On a machine whose cores are all busy, threads that wait
    for each other made a factorisation of 40 ms take 2 s.
    """
    limiter: AbstractContextManager[Any] = _controller().limit(limits=1, user_api="blas")
    return limiter


@cache
def _controller() -> Any:
    import scipy.linalg  # noqa: F401 - its library must be loaded to be found
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
