"""Run original and rewrite side by side in sandboxed processes, compare, mutate, localise."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from palimpsest.protocol.messages import Progress, Verdict, VerifyRequest, VerifyScriptsRequest
    from palimpsest.verify.memo import Memo

__all__ = ["VerificationCancelled", "verify", "verify_scripts"]


class VerificationCancelled(Exception):
    """The caller asked to stop; all processes have ended."""

    protocol_code = "cancelled"


def verify(
    request: VerifyRequest,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: threading.Event | None = None,
) -> Verdict:
    """Verify that a rewritten cell does what the original does.

    Parameters
    ----------
    request
        The code cells of both versions, their roles, and where the original shows its result.
    on_progress
        Called after each step, from the calling thread.
    cancelled
        Set it to stop; the processes end at once.

    Returns
    -------
    Verdict
        *Equivalent* only when something was compared and nothing differed; else the first
        difference, the failure, or why it could not be decided, each with evidence.

    Raises
    ------
    VerificationCancelled
        When `cancelled` was set.
    OSError
        On systems without ``fork``.
    """
    from palimpsest.verify.verifier import Verification

    return _climb(lambda: Verification(request, on_progress, cancelled or threading.Event()))


def verify_scripts(
    request: VerifyScriptsRequest,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: threading.Event | None = None,
    memo: Memo | None = None,
) -> Verdict:
    """Verify that two versions of a script leave the same results.

    Parameters
    ----------
    request
        Both versions, and where each stage leaves its result.
    on_progress
        Called after each step, from the calling thread.
    cancelled
        Set it to stop; the processes end at once.
    memo
        For several versions beside one original: what the original did before.

    Returns
    -------
    Verdict
        As `verify` returns it, over all stages.

    Raises
    ------
    VerificationCancelled
        When `cancelled` was set.
    OSError
        On systems without ``fork``.
    """
    from palimpsest.verify.scripts import ScriptVerification

    event = cancelled or threading.Event()
    return _climb(lambda: ScriptVerification(request, on_progress, event, memo))


class _Climb(Protocol):
    def climb(self) -> Verdict:
        """Return the verdict."""


def _climb(start: Callable[[], _Climb]) -> Verdict:
    if sys.platform == "win32":
        raise OSError(
            "Rewrites cannot be verified on Windows itself; use the Windows Subsystem for Linux."
        )
    from palimpsest.verify.sandbox.process import Cancelled

    try:
        return start().climb()
    except Cancelled as error:
        raise VerificationCancelled("The verification was stopped.") from error
