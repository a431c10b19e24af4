"""Run the cells of one version and write down what they left."""

from __future__ import annotations

import gc
import io
import json
import linecache
import os
import re
import sys
import tempfile
import traceback
import types
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np

from palimpsest.verify.inside.observation import observe, observe_rows
from palimpsest.verify.inside.stages import failed_statement, observe_stages
from palimpsest.verify.sandbox.guard import Guard
from palimpsest.verify.sandbox.jobs import Failure, Job, Report
from palimpsest.verify.storing import save
from palimpsest.verify.values import Array, NotObservable, Parts, Table

PRINT_LIMIT = 20_000
_FILES = (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom)
_CELL_FILE = re.compile(r"<cell (\d+)>")

T = TypeVar("T")


class CodeFailed(Exception):
    """The code raised; the failure says what and where."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


def execute(job: Job, confined: bool) -> None:
    """Run a job and write ``report.json`` and the observed result into its result folder."""
    folder, result = Path(job.folder), Path(job.result)
    temporary = folder.parent / "tmp"
    os.environ["TMPDIR"] = tempfile.tempdir = str(temporary)
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    guard = Guard(folder, Path(job.pristine), Path(job.source_folder), [temporary], confined)
    guard.install()
    printed = _Capped()
    sys.stdout = sys.stderr = printed
    warnings.simplefilter("ignore")
    run = _Run(job, guard, printed)
    failure = None
    try:
        run.cells()
        run.observe(result)
    except CodeFailed as error:
        failure = error.failure
        run.observe_finished(result, failure)
    except NotObservable as error:
        failure = Failure("unobservable", str(error))
    report = Report(
        failure=failure,
        observation=run.observation,
        accesses=guard.accesses,
        outside=sorted(set(guard.outside)),
        notes=run.notes,
        lines=sorted(run.lines, key=run.lines.__getitem__),
        widths=_widths(run.namespace),
        printed=printed.getvalue(),
    )
    (result / "report.json").write_text(json.dumps(report.to_json()), encoding="ascii")


class _Run:
    """One execution of the cells in a fresh ``__main__``."""

    def __init__(self, job: Job, guard: Guard, printed: _Capped) -> None:
        self.job = job
        self.printed = printed
        self.guard = guard
        self.notes: list[str] = []
        self.lines: dict[int, int] = {}
        self._steps = 0
        self.observation: dict[str, Any] | None = None
        module = types.ModuleType("__main__")
        sys.modules["__main__"] = module
        self.namespace = module.__dict__
        self.namespace["display"] = lambda *_: None

    def cells(self) -> None:
        """Run all cells; an unchanged cell may fail after a rewritten one."""
        last = len(self.job.cells) - 1
        for index, source in enumerate(self.job.cells):
            self.guard.cell = index
            self.printed.clear()
            try:
                self._user(partial(self._execute, index, source, self.job.trace and index == last))
            except CodeFailed as error:
                if index == last or not self._may_fail(index):
                    raise
                self.notes.append(
                    f"code cell {index + 1} is not rewritten and fails after the rewrite: {error.failure.message}"
                )

    def observe(self, result: Path) -> None:
        """Observe the result, and write it down."""
        _flush_files()
        accesses = self.guard.accesses
        if self.job.stages:
            save(self._user(lambda: observe_stages(self.job, self.namespace, accesses)), result)
            return
        observed, self.observation = self._user(lambda: observe(self.job, self.namespace, accesses))
        if self.job.with_rows:
            rows = self._user(lambda: observe_rows(self.job, self.namespace, accesses))
            if rows is not None and isinstance(observed, (Table, Array)):
                observed = Parts({"result": observed, "rows": rows})
        save(observed, result)

    def observe_finished(self, result: Path, failure: Failure) -> None:
        """Observe the stages of a script that were finished when it failed."""
        if not self.job.stages or failure.kind != "raised" or failure.statement is None:
            return
        _flush_files()
        statement = failure.statement
        with suppress(CodeFailed):
            finished = self._user(
                lambda: observe_stages(self.job, self.namespace, self.guard.accesses, statement)
            )
            save(finished, result)

    def _may_fail(self, index: int) -> bool:
        changed = self.job.rewritten
        return self.job.side == "rewritten" and not changed[index] and any(changed[:index])

    def _execute(self, index: int, source: str, trace: bool) -> None:
        name = f"<cell {index}>"
        linecache.cache[name] = (len(source), None, source.splitlines(True), name)
        code = compile(source, name, "exec", dont_inherit=True)
        if trace:
            sys.settrace(self._tracer(name))
        try:
            exec(code, self.namespace)  # noqa: S102 - running the cells is the purpose
        finally:
            sys.settrace(None)

    def _tracer(self, name: str) -> Callable[..., Any]:
        def local(frame: types.FrameType, event: str, _: Any) -> Any:
            if event == "line":
                self._steps += 1
                self.lines[frame.f_lineno] = self._steps
            return local

        def entered(frame: types.FrameType, event: str, _: Any) -> Any:
            return local if frame.f_code.co_filename == name else None

        return entered

    def _user(self, action: Callable[[], T]) -> T:
        """Run something of the user's under the guard."""
        self.guard.armed = True
        try:
            return action()
        except NotObservable:
            raise
        except BaseException as error:
            raise CodeFailed(_failure(error)) from error
        finally:
            self.guard.armed = False


def _failure(error: BaseException) -> Failure:
    frames = traceback.extract_tb(error.__traceback__)
    places = [(match, frame) for frame in frames if (match := _CELL_FILE.fullmatch(frame.filename))]
    cell, line = (int(places[-1][0].group(1)), places[-1][1].lineno) if places else (None, None)
    if (
        isinstance(error, SyntaxError)
        and error.filename
        and (match := _CELL_FILE.fullmatch(error.filename))
    ):
        cell, line = int(match.group(1)), error.lineno
    kept = [frame for frame in frames if not _ours(frame.filename)]
    text = "".join(traceback.format_list(kept[-8:]) + traceback.format_exception_only(error))
    if isinstance(error, SystemExit):
        message = "The code calls sys.exit()."
    else:
        message = f"{type(error).__name__}: {error}".rstrip(": ")
    bases = [base.__name__ for base in type(error).__mro__]
    statement = failed_statement(frames)
    kind: Literal["limit", "raised"] = "limit" if isinstance(error, MemoryError) else "raised"
    return Failure(
        kind, message[:1000], type(error).__name__, bases, cell, line, text[-4000:], statement
    )


def _ours(filename: str) -> bool:
    return filename.startswith(str(Path(__file__).parents[1]))


def _flush_files() -> None:
    """Write out what open files still hold, as the end of the notebook would."""
    for item in gc.get_objects():
        if type(item) in _FILES and not item.closed and item.writable():
            with suppress(OSError):
                item.flush()


def _widths(namespace: dict[str, Any]) -> dict[str, int]:
    arrays = {name: item for name, item in namespace.items() if isinstance(item, np.ndarray)}
    return {
        name: int(item.shape[1]) if item.ndim == 2 else 1
        for name, item in arrays.items()
        if item.ndim in (1, 2)
    }


class _Capped(io.StringIO):
    """Keeps the first characters that are printed."""

    def clear(self) -> None:
        """Forget what was printed so far."""
        self.seek(0)
        self.truncate()

    def write(self, text: str) -> int:
        room = PRINT_LIMIT - self.tell()
        if room > 0:
            super().write(text[:room])
        return len(text)
