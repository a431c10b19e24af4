"""The state of all row spaces: which rows are alive, and which rows each one is made of.

Arrays have names, so that a run file can hold each of them in blocks of its own:

=====================  ====================================================================
``alive/<space>``      bool, a row: does it exist?
``origin/<node>/<k>``  int32, a row: the row of input `k` it is made of, -1 for none
``ordinal/<node>``     int32, a row: which of several rows made of the same input rows it is
``member/<node>``      int32, a row of input 0: the group (row of the node) it belongs to, or -1
``group/<node>``       int32, a row: code of its group's key
``key/<node>/<k>``     int32, a row of input `k`: code of its key, -1 when the key is erased
``keyhash/<node>``     uint64, a code: keyed hash of the key
``entry/<call>``       int32, a row: memo entry of a user function's result, -1 for none
``kept/<filter>``      uint64, keys of rows that pass though their predicate is erased, see `keeping`
``record/<scan>``      int32, a row: position of the record at first read, when it is not the row id
=====================  ====================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import numpy.typing as npt

from .arrays import AnyArray, Array, ArrayFactory, IntArray, Overlay, memory_arrays
from .inverted import Inverted

NONE = np.int32(-1)


class RowState:
    """All arrays of a run's row spaces.

    Parameters
    ----------
    factory : ArrayFactory, optional
        Opens an array by name; by default arrays are in memory.
    """

    def __init__(self, factory: ArrayFactory = memory_arrays) -> None:
        self._factory = factory
        self._arrays: dict[str, Array] = {}
        self._deferred: list[Callable[[], None]] = []
        self._inverted: dict[str, Inverted] = {}

    def array(self, name: str, dtype: npt.DTypeLike = np.int32) -> Array:
        """Open the array `name`; a new one is empty and has `dtype`."""
        if self._deferred and not name.startswith(("alive/", "origin/")):
            self.settle()
        if name not in self._arrays:
            self._arrays[name] = self._factory(name, dtype)
        return self._arrays[name]

    def defer(self, work: Callable[[], None]) -> None:
        """Put off work that fills arrays until something looks at more than edges."""
        self._deferred.append(work)

    def settle(self) -> None:
        """Do the work that was put off."""
        while self._deferred:
            waiting, self._deferred = self._deferred, []
            for work in waiting:
                work()

    def alive(self, space: int) -> Array:
        """Which rows of a space exist."""
        return self.array(f"alive/{space}", np.bool_)

    def origin(self, node: int, k: int) -> Array:
        """Say the row of input `k` that each row is made of."""
        return self.array(f"origin/{node}/{k}")

    def ordinal(self, node: int) -> Array:
        """Which of several rows made of the same input rows each row is."""
        return self.array(f"ordinal/{node}")

    def member(self, node: int) -> Array:
        """Say the group of each row of the input."""
        return self.array(f"member/{node}")

    def group(self, node: int) -> Array:
        """Code of the key of each group."""
        return self.array(f"group/{node}")

    def key(self, node: int, k: int) -> Array:
        """Say the code of the key of each row of input `k`."""
        return self.array(f"key/{node}/{k}")

    def keyhash(self, node: int) -> Array:
        """Say the keyed hash behind each key code."""
        return self.array(f"keyhash/{node}", np.uint64)

    def entry(self, call: int) -> Array:
        """Say the memo entry of each row for one call of a user function."""
        return self.array(f"entry/{call}")

    def kept(self, node: int) -> Array:
        """Say which rows a filter keeps."""
        return self.array(f"kept/{node}", np.uint64)

    def record(self, scan: int) -> Array:
        """Say the position at first read of each record of a scan; empty when that is the row id."""
        return self.array(f"record/{scan}")

    def key_order(self, node: int) -> Array:
        """Key codes in the order of their hashes, as far as they were there when this was built."""
        order = self.array(f"keyhash/{node}/order")
        keyhash = self.keyhash(node)
        if not len(order) and len(keyhash):
            order.append(np.argsort(keyhash.all(), kind="stable").astype(np.int32))
        return order

    def rows(self, space: int) -> IntArray:
        """Ids of the rows of a space that exist, ascending."""
        return np.flatnonzero(self.alive(space).all()).astype(np.int32)

    def only_alive(self, space: int, ids: npt.ArrayLike) -> IntArray:
        """Those of `ids` that exist."""
        wanted = np.asarray(ids, dtype=np.int32)
        return wanted[self.alive(space).take(wanted)]

    def inverted(self, name: str) -> Inverted:
        """Index of the array `name` by its values."""
        if name not in self._inverted:
            self._inverted[name] = Inverted(name, self.array)
        return self._inverted[name]

    def children(self, node: int, space: int, k: int, parents: npt.ArrayLike) -> IntArray:
        """Existing rows of `node` (in `space`) made of rows `parents` of input `k`, ascending."""
        found = self.inverted(f"origin/{node}/{k}").find(np.asarray(parents, dtype=np.int32))
        return self.only_alive(space, np.unique(found))

    def build(self) -> None:
        """Build the indexes of all edges, keys and groups, so that later look-ups are instant."""
        self.settle()
        for name in list(self._arrays):
            if name.startswith(("origin/", "key/", "member/", "group/")) and name.count("/") < 3:
                self.inverted(name).build()
            elif name.startswith("keyhash/") and name.count("/") == 1:
                self.key_order(int(name.split("/")[1]))

    def items(self) -> Iterator[tuple[str, Array]]:
        """Iterate over the arrays opened so far, by name."""
        self.settle()
        return iter(list(self._arrays.items()))

    def to_arrays(self) -> dict[str, AnyArray]:
        """Return the contents of all arrays by name."""
        return {name: np.array(array.all()) for name, array in self.items()}

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, npt.ArrayLike], factory: ArrayFactory = memory_arrays
    ) -> RowState:
        """Make a state holding `arrays`; the factory's arrays of these names must be empty."""
        state = cls(factory)
        for name, values in arrays.items():
            content = np.asarray(values)
            state.array(name, content.dtype).append(content)
        return state

    def overlay(self) -> RowOverlay:
        """Open a state over this one that holds its changes back until it is committed."""
        self.settle()
        return RowOverlay(self)


class RowOverlay(RowState):
    """Pending changes over a state."""

    def __init__(self, base: RowState) -> None:
        self._base = base
        super().__init__(self._open)

    def _open(self, name: str, dtype: npt.DTypeLike) -> Array:
        return Overlay(self._base.array(name, dtype))

    def commit(self, base: RowState | None = None) -> None:
        """Write all pending changes to the state below, or to another that holds the same."""
        for name, array in self._arrays.items():
            if isinstance(array, Overlay):
                array.commit(None if base is None else base.array(name, array.dtype))
