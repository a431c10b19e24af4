"""verify.run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from palimpsest.protocol.messages import Progress, Verdict, VerifyRequest

if TYPE_CHECKING:
    from palimpsest.protocol.call import Call
    from palimpsest.protocol.service import Service


def verify(service: Service, params: VerifyRequest, call: Call) -> Verdict:
    """Run original and rewrite side by side in sandboxed processes and compare."""
    from palimpsest.verify import verify as run_both

    def tell(step: Progress) -> None:
        # It looks at the event itself, where its processes can be ended.
        call.report(step.stage, step.done, step.total, step.detail)

    return run_both(params, on_progress=tell, cancelled=call.cancelled_event)
