"""Running checks on a run, and what is known of its present state."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from palimpsest.compliance.check import Check, Finding, Settings, not_applicable
from palimpsest.compliance.configured import read_section, write_section
from palimpsest.compliance.history import read_history, remember
from palimpsest.compliance.registry import CHECKS
from palimpsest.compliance.view import RunView
from palimpsest.errors import InvalidArgumentError
from palimpsest.pipeline.cache import CACHE
from palimpsest.pipeline.run import Run
from palimpsest.pipeline.tracing import untraced
from palimpsest.protocol.checkmessages import (
    CheckInfo,
    CheckResult,
    CheckResults,
    CheckTopic,
    SettingValue,
)
from palimpsest.tracking.errors import UntraceableError

logger = logging.getLogger(__name__)

Values: TypeAlias = "Mapping[str, Mapping[str, SettingValue]]"
"""Check -> setting -> value."""

Progress: TypeAlias = "Callable[[str, int, int, str | None], None]"
"""Called as ``progress(stage, done, total, detail)``; may raise to stop."""

TRACED: frozenset[CheckTopic] = frozenset({"usage", "leakage", "personal-data"})
"""Topics whose checks know only what the provenance tells: where it has a hole they pass nothing."""

SETTINGS = "settings"
_CACHED = "compliance"


def check_run(
    run: Run,
    checks: Sequence[str] | None = None,
    settings: Values | None = None,
    *,
    quick: bool = False,
    progress: Progress | None = None,
) -> CheckResults:
    """Run checks on the present state of a run.

    Parameters
    ----------
    run : Run
    checks : sequence of str, optional
        Which ones; all by default.
    settings : mapping of check to settings, optional
        For this time; others are as configured. With settings of one's own nothing is entered in the history.
    quick : bool
        Only those that cost little.
    progress : callable, optional

    Returns
    -------
    CheckResults

    Raises
    ------
    StateChanged
        When the run is changed meanwhile.
    """
    chosen = [check for check in _named(checks) if check.quick or not quick]
    values = settings or {}
    used = {check.id: _configured(run, check, values.get(check.id, {})) for check in chosen}
    view = RunView(run)
    results = []
    for done, check in enumerate(chosen):
        if progress is not None:
            progress("check", done, len(chosen), check.title)
        results.append(_result(check, view, used[check.id]))
    if progress is not None:
        progress("check", len(chosen), len(chosen), None)
    if not values and results:
        remember(view, results)
        known = dict(_known(run, view.version))
        known.update({result.id: result for result in results})
        CACHE.put(run.id, view.version, _CACHED, known)
    return _results(run, view.version, results)


def known_results(run: Run) -> CheckResults:
    """Return the results that this process has for the present state of a run, and the history."""
    with run.reading() as stored:
        version = stored.version
    known = _known(run, version)
    return _results(run, version, [known[name] for name in CHECKS if name in known])


def list_checks(run: Run | None = None) -> list[CheckInfo]:
    """Return all checks, with the settings of a run's pipeline."""
    return [
        check.info({} if run is None else _kept_settings(run).get(check.id, {}))
        for check in CHECKS.values()
    ]


def configure(run: Run, check: str, settings: Mapping[str, SettingValue]) -> CheckInfo:
    """Keep settings of a check for all runs of a pipeline.

    Raises
    ------
    PalimpsestError
        ``invalid-argument`` for an unknown check or setting, or a value out of range.
    """
    (found,) = _named([check])
    used = found.configured(settings)  # refuses what makes no sense
    kept = {**_kept_settings(run), check: dict(settings)}
    document = {
        name: {
            key: value if isinstance(value, float | int) else [ref.model_dump() for ref in value]
            for key, value in values.items()
        }
        for name, values in kept.items()
        if values
    }
    write_section(run.path.parent, run.name, SETTINGS, document)
    CACHE.put(run.id, _version(run), _CACHED, {})
    return found.info({setting.name: setting.value for setting in used.used})


def _version(run: Run) -> int:
    with run.reading() as stored:
        return stored.version


def _known(run: Run, version: int) -> Mapping[str, CheckResult]:
    known: Mapping[str, CheckResult] = CACHE.get(run.id, version, _CACHED, dict)
    return known


def _results(run: Run, version: int, results: list[CheckResult]) -> CheckResults:
    with run.reading() as stored:
        history = read_history(stored)
    found = {result.id for result in results}
    here = [entry for entry in history if entry.state == version]
    return CheckResults(
        run=run.id,
        state=version,
        time=here[-1].time if here else None,
        results=results,
        missing=[name for name in CHECKS if name not in found],
        history=history,
    )


def _result(check: Check, view: RunView, settings: Settings) -> CheckResult:
    started = time.perf_counter()
    missing = check.install
    if missing is None:
        finding = _finding(check, view, settings)
    else:
        finding = not_applicable(f"This check needs a package that is not installed: {missing}")
    return CheckResult(
        id=check.id,
        title=check.title,
        topic=check.topic,
        status=finding.status,
        summary=finding.summary,
        measure=finding.measure,
        measured=check.measured,
        evidence=finding.evidence,
        settings=settings.used,
        seconds=time.perf_counter() - started,
        install=missing,
    )


def _finding(check: Check, view: RunView, settings: Settings) -> Finding:
    try:
        finding = check.look(view, settings)
    except UntraceableError as error:
        return not_applicable(f"The provenance does not reach the sources: {error}")
    places = untraced(view.plan)
    if check.topic in TRACED and places and finding.status != "not-applicable":
        told = f"{finding.summary} What was decided by values read out of the tracking is not seen: {'; '.join(places)}"
        status = "warn" if finding.status == "pass" else finding.status
        return replace(finding, status=status, summary=told)
    return finding


def _named(checks: Sequence[str] | None) -> list[Check]:
    if checks is None:
        return list(CHECKS.values())
    unknown = [name for name in checks if name not in CHECKS]
    if unknown:
        raise InvalidArgumentError(
            f"There is no check '{unknown[0]}'.", hint=f"There are: {', '.join(CHECKS)}."
        )
    return [CHECKS[name] for name in dict.fromkeys(checks)]


def _kept_settings(run: Run) -> dict[str, dict[str, SettingValue]]:
    from pydantic import TypeAdapter

    kept = read_section(run.path.parent, run.name, SETTINGS)
    return TypeAdapter(dict[str, dict[str, SettingValue]]).validate_python(kept)


def _configured(run: Run, check: Check, values: Mapping[str, SettingValue]) -> Settings:
    return check.configured({**_kept_settings(run).get(check.id, {}), **values})
