"""forget.preview, forget.apply, forget.prove, forget.updates, forget.resume and receipts.list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from palimpsest.protocol.messages import (
    ApplyRequest,
    ForgetRequest,
    Preview,
    Proof,
    ProveRequest,
    Receipt,
    ReceiptList,
    RunRef,
    RunUpdates,
)
from palimpsest.protocol.opening import open_run

if TYPE_CHECKING:
    from palimpsest.protocol.call import Call
    from palimpsest.protocol.service import Service


def preview(service: Service, params: ForgetRequest, call: Call) -> Preview:
    """Tell what a forget would do."""
    with open_run(service.folder, params.run) as run:
        return run.preview(params)


def apply(service: Service, params: ApplyRequest, call: Call) -> Receipt:
    """Apply a previewed forget; stopped before it commits, it changes nothing and the token stays good."""
    committed = False

    def progress(stage: str, done: int, total: int, detail: str | None) -> None:
        nonlocal committed  # what follows in other runs has to be done then
        committed = committed or done == total
        if not committed:
            call.check()
        call.report(stage, done, total, detail)

    with open_run(service.folder, params.run) as run:
        return run.apply(params.token, progress=progress)


def prove(service: Service, params: ProveRequest, call: Call) -> Proof:
    """Compare the maintained state with a re-run on the changed sources."""
    with open_run(service.folder, params.run) as run:
        return run.prove(params.receipt, progress=call.progress)


def receipts(service: Service, params: RunRef, call: Call) -> ReceiptList:
    """Return the audit chain of a run."""
    with open_run(service.folder, params.run) as run:
        return run.receipts()


def updates(service: Service, params: RunRef, call: Call) -> RunUpdates:
    """Tell how far the forgets of a run have come in the other runs that hold the records."""
    with open_run(service.folder, params.run) as run:
        return run.updates()


def resume(service: Service, params: RunRef, call: Call) -> RunUpdates:
    """Do what forgets have still to do in other runs; each run is changed as a whole or not at all."""
    from palimpsest.forget.spanning import resume as go_on

    def progress(stage: str, done: int, total: int, detail: str | None) -> None:
        call.report(stage, done, total, detail)

    go_on(service.folder, progress=progress)
    with open_run(service.folder, params.run) as run:
        return run.updates()
