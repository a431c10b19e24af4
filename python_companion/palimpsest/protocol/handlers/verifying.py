"""verify.run, verify.scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from palimpsest.protocol.messages import Progress, Verdict, VerifyRequest, VerifyScriptsRequest

if TYPE_CHECKING:
    from palimpsest.protocol.call import Call
    from palimpsest.protocol.service import Service


def verify(service: Service, params: VerifyRequest, call: Call) -> Verdict:
    """Run original and rewrite side by side in sandboxed processes and compare."""
    from palimpsest.verify import verify as run_both

    return run_both(params, on_progress=_teller(call), cancelled=call.cancelled_event)


def verify_scripts(service: Service, params: VerifyScriptsRequest, call: Call) -> Verdict:
    """Run two versions of a script side by side in sandboxed processes and compare."""
    from palimpsest.verify import verify_scripts as run_both

    return run_both(params, on_progress=_teller(call), cancelled=call.cancelled_event)


def _teller(call: Call) -> Callable[[Progress], None]:
    def tell(step: Progress) -> None:
        # It looks at the event itself, where its processes can be ended.
        call.report(step.stage, step.done, step.total, step.detail)

    return tell
