"""The two versions as things that can be run on an input."""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from palimpsest.verify.inputs.sources import Sources
from palimpsest.verify.memo import Memo
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
    working_directory
        The folder the versions run in; a copy of it.
    jobs
        What either side is to run.
    observation
        Where the original's last cell shows its result, or None to look for it.
    cancelled
        When set, whoever waits for a run gets `Cancelled`.
    memo
        What the original did before on the same inputs.
    """

    def __init__(
        self,
        working_directory: str,
        jobs: Mapping[SideName, Job],
        observation: dict[str, Any] | None,
        cancelled: threading.Event,
        memo: Memo | None = None,
    ) -> None:
        self._jobs = jobs
        self.target = len(jobs["original"].cells) - 1
        self._cancelled = cancelled
        self._memo = memo
        self._sandboxes: dict[str, Sandbox] = {}
        self.observation = observation
        self._root = Path(tempfile.mkdtemp(prefix="palimpsest-verify-"))
        try:
            self.scratch = Scratch(Path(working_directory), self._root)
            self._start()
        except BaseException:
            self.close()
            raise
        self._threads = ThreadPoolExecutor(max_workers=3)

    def _start(self) -> None:
        modules = imported_modules([cell for job in self._jobs.values() for cell in job.cells])
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
        replaced = {path: source.to_bytes() for path, source in (sources or {}).items()}
        if self._memo is None or side != "original":
            return self._run_afresh(box, side, replaced, options)
        key = self._memo.key(box, self._jobs[side], replaced, options)
        known = self._memo.find(key)
        if known is None:
            known = self._run_afresh(box, side, replaced, options)
            self._memo.keep(key, known)
        return known

    def _run_afresh(
        self, box: str, side: SideName, replaced: dict[str, bytes], options: dict[str, bool]
    ) -> Outcome:
        sandbox = self._sandboxes[box]
        # What the original wrote in an earlier run of the notebook must not be found by the rewrite.
        stale = self._written() if side == "rewritten" else frozenset[str]()
        folder = self.scratch.folder(sandbox.folder, replaced, stale)
        job = replace(
            self._jobs[side],
            observation=self.observation,
            folder=str(folder),
            pristine=str(self.scratch.pristine),
            result=str(folder.parent / "result"),
            with_rows=options.get("with_rows", False),
            trace=options.get("trace", False),
        )
        return sandbox.run(job)

    def _written(self) -> frozenset[str]:
        """Return the files in which the original shows its results."""
        shown = {stage["output"] for stage in self._jobs["original"].stages}
        if self.observation is not None and "path" in self.observation:
            shown.add(self.observation["path"])
        return frozenset(shown)

    def observation_of(self, role: str) -> dict[str, Any]:
        """Return where the original shows the result of a role."""
        for stage in self._jobs["original"].stages:
            if stage["role"] == role:
                return {"name": stage["output"], "separator": ","}
        return self.observation or {}

    def close(self) -> None:
        """End the processes and delete everything they wrote."""
        for sandbox in self._sandboxes.values():
            sandbox.close()
        if hasattr(self, "_threads"):
            self._threads.shutdown(wait=True)
        shutil.rmtree(self._root, ignore_errors=True)
