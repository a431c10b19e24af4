"""The two versions as things that can be run on an input."""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from palimpsest.protocol.messages import VerifyRequest
from palimpsest.verify.inputs.sources import Sources
from palimpsest.verify.sandbox.isolation import Walls
from palimpsest.verify.sandbox.jobs import Job, SideName
from palimpsest.verify.sandbox.process import Outcome, Sandbox
from palimpsest.verify.sandbox.scratch import Scratch
from palimpsest.verify.static import imported_modules

_ALWAYS = ["numpy", "pandas"]


class Sides:
    """Sandboxed processes for the original, its repetition, and the rewrite.

    Parameters
    ----------
    request
        What is verified.
    original, rewritten
        The cells, as plain Python.
    cancelled
        When set, whoever waits for a run gets `Cancelled`.
    """

    def __init__(
        self,
        request: VerifyRequest,
        original: list[str],
        rewritten: list[str],
        cancelled: threading.Event,
    ) -> None:
        self._request = request
        self.target = request.target
        self._cells: dict[SideName, list[str]] = {"original": original, "rewritten": rewritten}
        self._cancelled = cancelled
        self._sandboxes: dict[str, Sandbox] = {}
        self.observation: dict[str, Any] | None = (
            request.observation.model_dump() if request.observation is not None else None
        )
        self._root = Path(tempfile.mkdtemp(prefix="palimpsest-verify-"))
        try:
            self.scratch = Scratch(Path(request.working_directory), self._root)
            self._start()
        except BaseException:
            self.close()
            raise
        self._threads = ThreadPoolExecutor(max_workers=3)

    def _start(self) -> None:
        modules = imported_modules([*self._cells["original"], *self._cells["rewritten"]])
        preload = [*_ALWAYS, *(m for m in modules if self._is_installed(m))]
        for name, seed in (("original", 0), ("rewritten", 0), ("repeat", 1)):
            self._sandboxes[name] = Sandbox(self._root / name, preload, seed, self._cancelled)

    def _is_installed(self, module: str) -> bool:
        """Tell whether a module comes from the environment, not from the working folder."""
        top = module.partition(".")[0]
        if any(path.split("/")[0] in (top, f"{top}.py") for path in self.scratch.files):
            return False
        return importlib.util.find_spec(top) is not None

    def walls(self) -> Walls:
        """Return which walls the kernel keeps."""
        return self._sandboxes["original"].walls()

    def both(self, sources: Sources | None = None, **options: bool) -> tuple[Outcome, Outcome]:
        """Run both versions at once, on the real inputs or on others."""
        original = self._threads.submit(self._run, "original", "original", sources, options)
        rewritten = self._threads.submit(self._run, "rewritten", "rewritten", sources, options)
        return original.result(), rewritten.result()

    def thrice(self) -> tuple[Outcome, Outcome, Outcome]:
        """Run the original twice and the rewrite once, on the real inputs."""
        runs = (("original", "original"), ("repeat", "original"), ("rewritten", "rewritten"))
        futures = [self._threads.submit(self._run, box, side, None, {}) for box, side in runs]  # type: ignore[arg-type]
        first, second, rewritten = (future.result() for future in futures)
        return first, second, rewritten

    def original(self, sources: Sources | None = None, **options: bool) -> Outcome:
        """Run the original."""
        return self._run("original", "original", sources, options)

    def rewritten(self, sources: Sources | None = None, **options: bool) -> Outcome:
        """Run the rewrite."""
        return self._run("rewritten", "rewritten", sources, options)

    def _run(
        self, box: str, side: SideName, sources: Sources | None, options: dict[str, bool]
    ) -> Outcome:
        sandbox = self._sandboxes[box]
        replaced = {path: source.to_bytes() for path, source in (sources or {}).items()}
        # What the original wrote in an earlier run of the notebook must not be found by the rewrite.
        stale = (
            {self.observation["path"]} if self.observation and "path" in self.observation else set()
        )
        folder = self.scratch.folder(
            sandbox.folder, replaced, frozenset(stale if side == "rewritten" else ())
        )
        return sandbox.run(self._job(side, folder, options))

    def _job(self, side: SideName, folder: Path, options: dict[str, bool]) -> Job:
        request = self._request
        role = request.roles[request.target]
        assert role is not None
        pairs: Sequence[tuple[str, str]] = list(
            zip(request.original, request.rewritten, strict=True)
        )
        return Job(
            side=side,
            cells=self._cells[side],
            roles=list(request.roles[: request.target + 1]),
            rewritten=[before != after for before, after in pairs],
            role=role,
            observation=self.observation,
            folder=str(folder),
            pristine=str(self.scratch.pristine),
            result=str(folder.parent / "result"),
            source_folder=request.working_directory,
            time_limit=request.time_limit,
            memory_limit=request.memory_limit,
            ordered=request.row_order_matters,
            **options,
        )

    def close(self) -> None:
        """End the processes and delete everything they wrote."""
        for sandbox in self._sandboxes.values():
            sandbox.close()
        if hasattr(self, "_threads"):
            self._threads.shutdown(wait=True)
        shutil.rmtree(self._root, ignore_errors=True)
