"""The registry of methods: one line each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from palimpsest.protocol import messages as m
from palimpsest.protocol.handlers import (
    forgetting,
    general,
    runs,
    sources,
    tables,
    tracing,
    verifying,
)

if TYPE_CHECKING:
    from palimpsest.protocol.call import Call
    from palimpsest.protocol.service import Service

Channel = Literal["query", "command"]


@dataclass(frozen=True)
class Method:
    """One method of the protocol.

    Attributes
    ----------
    name
        As the envelope names it.
    channel
        ``query`` reads and may run beside a cell; ``command`` changes and runs serially.
    summary
        One sentence for the reference.
    params, result
        The message models.
    handler
        ``handler(service, params, call) -> result``.
    long
        Runs in a thread of its own, so that the channel can still take its cancellation.
    """

    name: str
    channel: Channel
    summary: str
    params: type[m.Message]
    result: type[m.Message]
    handler: Callable[[Service, Any, Call], m.Message]
    long: bool = False


# fmt: off
_ALL = (
    Method("hello", "query", "What the companion is.", m.Empty, m.Hello, general.hello),
    Method("runs.list", "query", "The runs of the workspace.", m.Empty, m.RunList, runs.list_runs),
    Method("plan.get", "query", "The recorded plan of a run.", m.RunRef, m.PlanGraph, runs.plan),
    Method("table.page", "query", "A page of a table of a run.", m.PageRequest, m.Page, tables.page),
    Method("trace.forward", "query", "What source records reached.", m.TraceForwardRequest, m.TraceForward, tracing.forward),
    Method("trace.back", "query", "Why a training row is there.", m.TraceBackRequest, m.TraceBack, tracing.back),
    Method("forget.preview", "query", "What a forget would do.", m.ForgetRequest, m.Preview, forgetting.preview),
    Method("receipts.list", "query", "The audit chain of a run.", m.RunRef, m.ReceiptList, forgetting.receipts),
    Method("verify.run", "query", "Run original and rewrite side by side and compare.", m.VerifyRequest, m.Verdict, verifying.verify, long=True),
    Method("sources.describe", "query", "What the sources look like that a cell reads.", m.DescribeRequest, m.SourceDescriptions, sources.describe, long=True),
    Method("verify.scripts", "query", "Run two versions of a script side by side and compare.", m.VerifyScriptsRequest, m.Verdict, verifying.verify_scripts, long=True),
    Method("cancel", "query", "Stop a request under way.", m.CancelRequest, m.Cancelled, general.cancel),
    Method("forget.apply", "command", "Apply a previewed forget.", m.ApplyRequest, m.Receipt, forgetting.apply),
    Method("forget.prove", "command", "Compare the maintained state with a re-run.", m.ProveRequest, m.Proof, forgetting.prove),
)
# fmt: on

METHODS: dict[str, Method] = {method.name: method for method in _ALL}
