"""What the original did on inputs it was run on before: for several rewrites of one original."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping

from palimpsest.verify.sandbox.jobs import Job
from palimpsest.verify.sandbox.process import Outcome

_MOST_OUTCOMES = 400


class Memo:
    """Outcomes of the original by the content of its input; the oldest are forgotten first."""

    def __init__(self) -> None:
        self._outcomes: dict[str, Outcome] = {}
        self._lock = threading.Lock()

    def key(
        self, box: str, job: Job, replaced: Mapping[str, bytes], options: Mapping[str, bool]
    ) -> str:
        """Return what tells one run of the original from all others."""
        digest = hashlib.sha256()
        said = [box, job.cells, job.stages, job.role, job.source_folder, job.ordered, dict(options)]
        digest.update(json.dumps(said, sort_keys=True).encode())
        for path in sorted(replaced):
            digest.update(f"\0{path}\0{len(replaced[path])}\0".encode())
            digest.update(replaced[path])
        return digest.hexdigest()

    def find(self, key: str) -> Outcome | None:
        """Return what came of a run, if it is known."""
        with self._lock:
            return self._outcomes.get(key)

    def keep(self, key: str, outcome: Outcome) -> None:
        """Remember what came of a run."""
        with self._lock:
            self._outcomes[key] = outcome
            while len(self._outcomes) > _MOST_OUTCOMES:
                del self._outcomes[next(iter(self._outcomes))]
