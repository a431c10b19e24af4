"""Write observed results into a folder, and read them again, without pickles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from palimpsest.verify.values import Array, Observed, Parts, Stages, Table


def save(observed: Observed, folder: Path) -> None:
    """Write a result into a folder."""
    index: list[dict[str, Any]] = []
    for stage, result in _stages(observed).items():
        parts = result.parts if isinstance(result, Parts) else {"": result}
        rows = result.rows if isinstance(result, Parts) else None
        entries: list[dict[str, Any]] = []
        for name, part in parts.items():
            if isinstance(part, Array):
                file = f"{len(index)}-{len(entries)}.npy"
                np.save(folder / file, part.data, allow_pickle=False)
                entries.append({"name": name, "names": part.names, "file": file})
            else:
                entries.append({"name": name, "table": vars(part)})
        index.append({"stage": stage, "rows": rows, "parts": entries})
    missing = observed.missing if isinstance(observed, Stages) else None
    content = {"missing": missing, "index": index}
    (folder / "observed.json").write_text(json.dumps(content), encoding="ascii")


def load(folder: Path) -> Observed:
    """Read what `save` wrote.

    Raises
    ------
    ValueError, OSError, KeyError, TypeError
        When the files are damaged or missing.
    """
    content = json.loads((folder / "observed.json").read_text(encoding="ascii"))
    found = {entry["stage"]: _result(entry, folder) for entry in content["index"]}
    return found[""] if content["missing"] is None else Stages(found, content["missing"])


def _stages(observed: Observed) -> dict[str, Table | Array | Parts]:
    return observed.results if isinstance(observed, Stages) else {"": observed}


def _result(entry: dict[str, Any], folder: Path) -> Table | Array | Parts:
    parts: dict[str, Table | Array] = {}
    for part in entry["parts"]:
        if "table" in part:
            parts[part["name"]] = Table(**part["table"])
        else:
            data = np.load(folder / part["file"], allow_pickle=False)
            parts[part["name"]] = Array(data, part["names"])
    return parts[""] if entry["rows"] is None else Parts(parts, entry["rows"])
