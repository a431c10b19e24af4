"""Verify two versions of a whole script: any two, stage by stage."""

from __future__ import annotations

import threading
from pathlib import Path

from palimpsest.protocol.messages import Verdict, VerifyScriptsRequest
from palimpsest.verify.checks import Mask
from palimpsest.verify.checks.script import ScriptCheck
from palimpsest.verify.judge import Judge
from palimpsest.verify.ladder import Code, Effort, Ladder, OnProgress, Steps
from palimpsest.verify.memo import Memo
from palimpsest.verify.record import Record
from palimpsest.verify.sandbox.jobs import Job, SideName
from palimpsest.verify.sandbox.scratch import FolderTooLarge
from palimpsest.verify.sides import Sides
from palimpsest.verify.static import syntax_error, without_magics


class ScriptVerification:
    """One climb up the ladder, for two versions of a script.

    Parameters
    ----------
    request
        What is verified.
    on_progress
        Told after each step.
    cancelled
        When set, the climb ends with `Cancelled`.
    memo
        What the original did before on the same inputs.
    """

    def __init__(
        self,
        request: VerifyScriptsRequest,
        on_progress: OnProgress | None,
        cancelled: threading.Event,
        memo: Memo | None = None,
    ) -> None:
        self._request = request
        self._cancelled = cancelled
        self._memo = memo
        self._record = Record()
        self._steps = Steps(on_progress, request.mutations)

    def climb(self) -> Verdict:
        """Climb as far as it goes and return the verdict."""
        request = self._request
        cells: dict[SideName, list[str]] = {
            "original": [self._plain(request.original)],
            "rewritten": [self._plain(request.other)],
        }
        for side, sources in cells.items():
            error = syntax_error(sources)
            if error is not None:
                self._record.add("parses", False, f"{side}: {error.message}")
                return self._record.failed(side, error.message, error.line)
        self._record.add("parses", True, "both versions parse")
        if missing := self._missing_sources():
            return self._record.inconclusive(f"there is no file {', '.join(missing)}")
        jobs = {side: self._job(side, sources) for side, sources in cells.items()}
        try:
            sides = Sides(request.working_directory, jobs, None, self._cancelled, self._memo)
        except (FolderTooLarge, NotADirectoryError) as error:
            return self._record.inconclusive(str(error))
        effort = Effort(request.mutations, request.sample_rows, request.seed, request.localise)
        judge = Judge(sides, None, ScriptCheck(), Mask())
        try:
            return Ladder(judge, self._record, self._steps, effort, Code(cells, _place)).climb()
        finally:
            sides.close()

    def _plain(self, source: str) -> str:
        plain, dropped = without_magics(source)
        if dropped:
            self._record.note(True, "lines for IPython only (magics) were left out")
        return plain

    def _missing_sources(self) -> list[str]:
        folder = Path(self._request.working_directory)
        return [path for path in self._request.sources.values() if not (folder / path).exists()]

    def _job(self, side: SideName, cells: list[str]) -> Job:
        request = self._request
        return Job(
            side=side,
            cells=cells,
            roles=[None],
            rewritten=[False],
            role="script",
            source_folder=request.working_directory,
            time_limit=request.time_limit,
            memory_limit=request.memory_limit,
            ordered=request.row_order_matters,
            stages=[stage.model_dump() for stage in request.stages],
        )


def _place(message: str, _cell: int | None, line: int | None) -> tuple[str, int | None]:
    return message, line
