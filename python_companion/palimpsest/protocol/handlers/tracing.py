"""trace.forward and trace.back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from palimpsest.protocol.messages import (
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
