"""compliance.*, rights.access, usage.get, column.profile, card.* and report.export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from palimpsest.protocol.checkmessages import (
    AccessReport,
    AccessRequest,
    CardRequest,
    CheckInfo,
    CheckList,
    CheckRequest,
    CheckResults,
    ColumnProfiles,
    ConfigureRequest,
    ModelCard,
    ProfileRequest,
    Report,
    ReportRequest,
    SourceUsage,
    Usage,
)
from palimpsest.protocol.messages import RunRef
from palimpsest.protocol.opening import open_run

if TYPE_CHECKING:
    from palimpsest.protocol.call import Call
    from palimpsest.protocol.service import Service


def checks(service: Service, params: RunRef, call: Call) -> CheckList:
    """List the checks, with the settings of the run's pipeline."""
    from palimpsest.compliance.checking import list_checks

    with open_run(service.folder, params.run) as run:
        return CheckList(checks=list_checks(run))


def check(service: Service, params: CheckRequest, call: Call) -> CheckResults:
    """Run checks."""
    from palimpsest.compliance.checking import check_run

    with open_run(service.folder, params.run) as run:
        return check_run(
            run, params.checks, params.settings, quick=params.quick, progress=call.progress
        )


def results(service: Service, params: RunRef, call: Call) -> CheckResults:
    """Return what is known of the present state, and the history."""
    from palimpsest.compliance.checking import known_results

    with open_run(service.folder, params.run) as run:
        return known_results(run)


def configure(service: Service, params: ConfigureRequest, call: Call) -> CheckInfo:
    """Keep settings of a check."""
    from palimpsest.compliance.checking import configure as keep

    with open_run(service.folder, params.run) as run:
        return keep(run, params.check, params.settings)


def usage(service: Service, params: RunRef, call: Call) -> Usage:
    """Tell which records of each source trained the model; one buffer a source."""
    from palimpsest.compliance.usage import REACHED, TRAINED, UNUSED, used_records
    from palimpsest.compliance.view import RunView

    with open_run(service.folder, params.run) as run:
        used = used_records(RunView(run))
    call.buffers.extend(one.by_id().tobytes() for one in used)
    return Usage(
        sources=[
            SourceUsage(
                source=one.source,
                records=len(one.ids),
                trained=one.count(TRAINED),
                reached=one.count(REACHED),
                unused=one.count(UNUSED),
                traced=one.traced,
                indirect=list(one.indirect),
            )
            for one in used
        ]
    )


def access(service: Service, params: AccessRequest, call: Call) -> AccessReport:
    """Tell everything that records reached, in all runs."""
    from palimpsest.compliance.access import access_report

    with open_run(service.folder, params.run) as run:
        return access_report(
            run, params.source, params.selector, values=params.values, progress=call.progress
        )


def profile(service: Service, params: ProfileRequest, call: Call) -> ColumnProfiles:
    """Tell what columns of a table look like."""
    from palimpsest.compliance.profile import profile_columns

    with open_run(service.folder, params.run) as run:
        return profile_columns(run, params)


def card(service: Service, params: RunRef, call: Call) -> ModelCard:
    """Return the model card of a run's pipeline."""
    from palimpsest.compliance.report import read_card

    with open_run(service.folder, params.run) as run:
        return read_card(run)


def write_card(service: Service, params: CardRequest, call: Call) -> ModelCard:
    """Keep the model card of a run's pipeline."""
    from palimpsest.compliance.report import keep_card

    with open_run(service.folder, params.run) as run:
        return keep_card(run, params.card)


def export(service: Service, params: ReportRequest, call: Call) -> Report:
    """Write the report of a run; the page is the first buffer."""
    from palimpsest.compliance.report import html_report

    with open_run(service.folder, params.run) as run:
        page = html_report(run, evidence=params.evidence).encode("utf-8", "replace")
        name = f"{run.path.stem}-report.html"
    call.buffers.append(page)
    return Report(name=name, size=len(page))
