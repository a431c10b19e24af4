"""Runs one script in a process of its own: ``python -m palimpsest.adapt.child JOB.json``.

The script is run as it is. Around it: no network, writes only below its folder, stand-ins for
functions that would download data, and a note of what it parsed and which models it logged.
"""

from __future__ import annotations

import importlib
import json
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from palimpsest.adapt.studyprobe import StudyProbe
from palimpsest.adapt.watching import Watch
from palimpsest.verify.sandbox.isolation import isolate


def main() -> None:
    """Run the job that the first argument names."""
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    script = Path(job["script"]).resolve()
    sources = "".join(one.read_text("utf-8") for one in script.parent.rglob("*.py"))
    # wandb talks to a service that it starts; there is no network for that one either.
    isolate(Path(job["writable"]), may_connect="wandb" in sources)
    for name, target in job["stand_ins"].items():
        _replace(name, target)
    sys.argv = [str(job["script"]), *job["args"]]
    sys.path[0] = str(script.parent)
    watch = Watch(Path(job["facts"]), prune_nothing=job["prune_nothing"])
    watch.begin(sources)
    if job.get("probe"):
        watch.probe(StudyProbe(script.parent, **job["probe"]))
    runpy.run_path(str(script), run_name="__main__")


def _replace(name: str, target: str) -> None:
    """Put the function `file.py:function` in the place of a dotted name."""
    file, _, function = target.partition(":")
    stand_in: Callable[..., Any] = runpy.run_path(file)[function]
    holder, _, attribute = name.rpartition(".")
    parts = holder.split(".")
    module = importlib.import_module(parts[0])
    for depth in range(1, len(parts)):
        try:
            module = importlib.import_module(".".join(parts[: depth + 1]))
        except ImportError:
            module = getattr(module, parts[depth])
    setattr(module, attribute, stand_in)


if __name__ == "__main__":
    main()
