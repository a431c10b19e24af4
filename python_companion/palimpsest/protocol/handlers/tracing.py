"""trace.forward, trace.back, trace.column and trace.neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from palimpsest.protocol.messages import (
    ColumnTrace,
    ColumnTraceRequest,
    Neighbours,
    NeighboursRequest,
    TraceBack,
    TraceBackRequest,
    TraceForward,
    TraceForwardRequest,
)
from palimpsest.protocol.opening import open_run

if TYPE_CHECKING:
    from palimpsest.protocol.call import Call
    from palimpsest.protocol.service import Service


def forward(service: Service, params: TraceForwardRequest, call: Call) -> TraceForward:
    """Tell what source records reached."""
    with open_run(service.folder, params.run) as run:
        return run.trace_forward(params.source, params.selector, limit=params.limit)


def back(service: Service, params: TraceBackRequest, call: Call) -> TraceBack:
    """Tell why a training row is there."""
    with open_run(service.folder, params.run) as run:
        return run.trace_back(params.row)


def column(service: Service, params: ColumnTraceRequest, call: Call) -> ColumnTrace:
    """Tell where source columns go."""
    with open_run(service.folder, params.run) as run:
        return run.trace_column(params.columns)


def neighbours(service: Service, params: NeighboursRequest, call: Call) -> Neighbours:
    """Tell which rows the model is trained on that are most like a row."""

    def step(done: int, total: int) -> None:
        call.progress("comparing rows", done, total, None)

    with open_run(service.folder, params.run) as run:
        return run.neighbours(params.row, params.count, step)
