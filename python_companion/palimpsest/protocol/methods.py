"""The registry of methods: one line each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from palimpsest.protocol import checkmessages as c
from palimpsest.protocol import messages as m
from palimpsest.protocol import runmessages as r
from palimpsest.protocol.handlers import (
    comparing,
    compliance,
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
    Method("trace.column", "query", "Where source columns go.", m.ColumnTraceRequest, m.ColumnTrace, tracing.column),
    Method("trace.neighbours", "query", "Which training rows are most like a row.", m.NeighboursRequest, m.Neighbours, tracing.neighbours, long=True),
    Method("forget.preview", "query", "What a forget would do.", m.ForgetRequest, m.Preview, forgetting.preview),
    Method("forget.updates", "query", "How far a forget has come in other runs.", m.RunRef, m.RunUpdates, forgetting.updates),
    Method("receipts.list", "query", "The audit chain of a run.", m.RunRef, m.ReceiptList, forgetting.receipts),
    Method("verify.run", "query", "Run original and rewrite side by side and compare.", m.VerifyRequest, m.Verdict, verifying.verify, long=True),
    Method("sources.describe", "query", "What the sources look like that a cell reads.", m.DescribeRequest, m.SourceDescriptions, sources.describe, long=True),
    Method("verify.scripts", "query", "Run two versions of a script side by side and compare.", m.VerifyScriptsRequest, m.Verdict, verifying.verify_scripts, long=True),
    Method("compliance.checks", "query", "The checks, with the settings of a run's pipeline.", m.RunRef, c.CheckList, compliance.checks),
    Method("compliance.results", "query", "What checks found in the present state of a run, and before.", m.RunRef, c.CheckResults, compliance.results),
    Method("compliance.check", "query", "Run checks on the present state of a run.", c.CheckRequest, c.CheckResults, compliance.check, long=True),
    Method("compliance.configure", "command", "Change the settings of a check for all runs of a pipeline.", c.ConfigureRequest, c.CheckInfo, compliance.configure),
    Method("usage.get", "query", "Which records of each source trained the model.", m.RunRef, c.Usage, compliance.usage, long=True),
    Method("rights.access", "query", "Everything that records reached, in all runs.", c.AccessRequest, c.AccessReport, compliance.access, long=True),
    Method("column.profile", "query", "What columns of a table look like.", c.ProfileRequest, c.ColumnProfiles, compliance.profile, long=True),
    Method("card.get", "query", "The model card of a run's pipeline.", m.RunRef, c.ModelCard, compliance.card),
    Method("card.set", "command", "Keep the model card of a run's pipeline.", c.CardRequest, c.ModelCard, compliance.write_card),
    Method("report.export", "query", "The report of a run as one HTML page.", c.ReportRequest, c.Report, compliance.export, long=True),
    Method("runs.overview", "query", "The runs of the workspace: how they are, and which share records.", m.Empty, r.RunsOverview, comparing.overview, long=True),
    Method("runs.compare", "query", "What is different between two runs.", r.CompareRequest, r.RunComparison, comparing.compare, long=True),
    Method("runs.graphlets", "query", "Trainers with what fed them and what they led to.", m.Empty, r.Graphlets, comparing.graphlets, long=True),
    Method("runs.mark", "command", "Mark a run as one that is used, or not.", r.MarkRequest, m.Empty, comparing.mark),
    Method("cancel", "query", "Stop a request under way.", m.CancelRequest, m.Cancelled, general.cancel),
    Method("forget.apply", "command", "Apply a previewed forget.", m.ApplyRequest, m.Receipt, forgetting.apply),
    Method("forget.resume", "command", "Do what forgets have still to do in other runs.", m.RunRef, m.RunUpdates, forgetting.resume),
    Method("forget.prove", "command", "Compare the maintained state with a re-run.", m.ProveRequest, m.Proof, forgetting.prove),
)
# fmt: on

METHODS: dict[str, Method] = {method.name: method for method in _ALL}
