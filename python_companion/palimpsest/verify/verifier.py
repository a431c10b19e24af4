"""Verify a rewritten cell: what can be said before anything runs, then the ladder."""

from __future__ import annotations

import threading

from palimpsest.protocol.messages import Role, Verdict, VerifyRequest
from palimpsest.verify.checks import CHECKS, Mask
from palimpsest.verify.judge import Judge
from palimpsest.verify.ladder import Code, Effort, Ladder, OnProgress, Steps
from palimpsest.verify.record import Record
from palimpsest.verify.sandbox.jobs import Job, SideName
from palimpsest.verify.sandbox.scratch import FolderTooLarge
from palimpsest.verify.sides import Sides
from palimpsest.verify.static import (
    StaticError,
    global_bindings,
    syntax_error,
    undefined_name,
    without_magics,
)


class Verification:
    """One climb up the ladder, for one cell.

    Parameters
    ----------
    request
        What is verified.
    on_progress
        Told after each step.
    cancelled
        When set, the climb ends with `Cancelled`.
    """

    def __init__(
        self, request: VerifyRequest, on_progress: OnProgress | None, cancelled: threading.Event
    ) -> None:
        self._request = request
        self._cancelled = cancelled
        self._record = Record()
        self._steps = Steps(on_progress, request.mutations)

    def climb(self) -> Verdict:
        """Climb as far as it goes and return the verdict."""
        request = self._request
        lengths = {len(request.original), len(request.rewritten), len(request.roles)}
        if len(lengths) > 1 or not 0 <= request.target < len(request.original):
            return self._record.inconclusive(
                "the original, the rewrite and the roles do not have the same code cells"
            )
        role = request.roles[request.target]
        if role is None:
            return self._record.inconclusive(
                f"code cell {request.target + 1} has no role: nothing says what to compare"
            )
        cells: dict[SideName, list[str]] = {
            "original": self._plain_cells(request.original),
            "rewritten": self._plain_cells(request.rewritten),
        }
        verdict = self._check_statically(cells["original"], cells["rewritten"], role)
        if verdict is not None:
            return verdict
        jobs = {side: self._job(side, cells[side], role) for side in cells}
        observation = request.observation.model_dump() if request.observation else None
        try:
            sides = Sides(request.working_directory, jobs, observation, self._cancelled)
        except (FolderTooLarge, NotADirectoryError) as error:
            return self._record.inconclusive(str(error))
        effort = Effort(request.mutations, request.sample_rows, request.seed)
        judge = Judge(sides, role, CHECKS[role], Mask())
        try:
            code = Code(cells, self._place)
            return Ladder(judge, self._record, self._steps, effort, code).climb()
        finally:
            sides.close()

    def _job(self, side: SideName, cells: list[str], role: Role) -> Job:
        request = self._request
        pairs = zip(request.original, request.rewritten, strict=True)
        return Job(
            side=side,
            cells=cells,
            roles=list(request.roles[: request.target + 1]),
            rewritten=[before != after for before, after in pairs],
            role=role,
            source_folder=request.working_directory,
            time_limit=request.time_limit,
            memory_limit=request.memory_limit,
            ordered=request.row_order_matters,
        )

    def _plain_cells(self, cells: list[str]) -> list[str]:
        pairs = [without_magics(source) for source in cells[: self._request.target + 1]]
        if any(dropped for _, dropped in pairs):
            self._record.note(True, "lines for IPython only (magics) were left out")
        return [source for source, _ in pairs]

    def _check_statically(
        self, original: list[str], rewritten: list[str], role: Role
    ) -> Verdict | None:
        versions: tuple[tuple[SideName, list[str]], ...] = (
            ("original", original),
            ("rewritten", rewritten),
        )
        for side, cells in versions:
            error = syntax_error(cells)
            if error is not None:
                message, line = self._place(error.message, error.cell, error.line)
                self._record.add("parses", False, f"{side}: {message}")
                return self._record.failed(side, message, line)
        self._record.add("parses", True, "both versions parse")
        name = CHECKS[role].contract
        error = undefined_name(rewritten)
        if error is None and not any(name in global_bindings(source) for source in rewritten):
            message = f"the rewritten cells define no function {name}()"
            error = StaticError(message, self._request.target, None)
        if error is not None:
            self._record.add("names", False, f"rewritten: {error.message}")
            return self._record.failed("rewritten", error.message, error.line)
        self._record.add("names", True, f"every name is defined, {name}() among them")
        return None

    def _place(self, message: str, cell: int | None, line: int | None) -> tuple[str, int | None]:
        """Return a message and a line of the target cell; name the cell when it is another."""
        if cell is None or cell == self._request.target:
            return message, line
        return f"{message} (code cell {cell + 1}, line {line})", None
