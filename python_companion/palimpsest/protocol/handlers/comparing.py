"""runs.overview, runs.compare, runs.graphlets and runs.mark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from palimpsest.protocol.messages import Empty
from palimpsest.protocol.opening import open_run
from palimpsest.protocol.runmessages import (
    CompareRequest,
    Graphlets,
    MarkRequest,
    RunComparison,
    RunsOverview,
)

if TYPE_CHECKING:
    from palimpsest.protocol.call import Call
    from palimpsest.protocol.service import Service


def overview(service: Service, params: Empty, call: Call) -> RunsOverview:
    """Describe the runs of the workspace."""
    from palimpsest.compliance.overview import overview as describe

    return describe(service.folder)


def compare(service: Service, params: CompareRequest, call: Call) -> RunComparison:
    """Compare two runs."""
    from palimpsest.compliance.comparing import compare_runs

    with (
        open_run(service.folder, params.run) as run,
        open_run(service.folder, params.other) as other,
    ):
        return compare_runs(run, other)


def graphlets(service: Service, params: Empty, call: Call) -> Graphlets:
    """Describe the trainers of the workspace, and the time that led to nothing."""
    from palimpsest.compliance.graphlets import graphlets as describe

    return describe(service.folder)


def mark(service: Service, params: MarkRequest, call: Call) -> Empty:
    """Mark a run as one that is used, or not."""
    from palimpsest.compliance.marks import mark as keep

    with open_run(service.folder, params.run) as run:
        keep(run, params.marked, params.note)
    return Empty()
