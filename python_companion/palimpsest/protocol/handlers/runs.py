"""runs.list and plan.get."""

from __future__ import annotations

from typing import TYPE_CHECKING

from palimpsest.protocol.messages import Empty, PlanGraph, RunList, RunRef
from palimpsest.protocol.opening import list_summaries, open_run

if TYPE_CHECKING:
    from palimpsest.protocol.call import Call
    from palimpsest.protocol.service import Service


def list_runs(service: Service, params: Empty, call: Call) -> RunList:
    """List the runs of the workspace, newest first."""
    return RunList(runs=list_summaries(service.folder))


def plan(service: Service, params: RunRef, call: Call) -> PlanGraph:
    """Return the recorded plan of a run."""
    with open_run(service.folder, params.run) as run:
        return run.plan_graph()
