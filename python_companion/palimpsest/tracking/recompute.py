"""Rows of any node of a plan as they are now, for people to look at."""

from __future__ import annotations

from .arrays import IntArray
from .delta import SourceReader
from .functions import Memo
from .memoised import MemoisedCalls
from .plan import NodeId, Plan
from .rows import RowState
from .soundness import check_recomputable
from .table import Table
from .values import Values


class Intermediate:
    """The table of a node, of which no row is stored.

    No user function is called: their results are in the memo. Nothing is written.

    Parameters
    ----------
    plan : Plan
    node : int
    rows : RowState
    reader : SourceReader
    memo : Memo

    Raises
    ------
    FullRerun
        When something that the node is made of is not tracked, or depends on rows that its own rows
        are not made of.
    """

    def __init__(
        self, plan: Plan, node: NodeId, rows: RowState, reader: SourceReader, memo: Memo
    ) -> None:
        check_recomputable(plan, node)
        self._node = node
        state = rows.overlay()
        calls = MemoisedCalls(state, memo, {}, plan.hash_key)
        self._values = Values(plan, state, reader, {}, calls)

    def take(self, ids: IntArray) -> Table:
        """Recompute existing rows, in the order asked for.

        Raises
        ------
        FullRerun
            When they would have other dtypes on their own, and something can tell.
        NeedsFunction
            When a user function gives results that cannot be kept.
        """
        return self._values.rows(self._node, ids)
