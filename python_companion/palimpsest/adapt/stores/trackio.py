"""What Trackio's SQLite files hold."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from palimpsest.adapt.stores.models import facts_of, file_problem, is_model_file


def read(folder: Path) -> dict[str, Any]:
    """Return runs with status, parameters, metric histories, and models.

    Raises
    ------
    FileNotFoundError
        When there is no store.
    """
    root = folder / "trackio"
    stores = sorted(root.rglob("*.db"))
    if not stores:
        raise FileNotFoundError("There is no store of Trackio.")
    runs: list[dict[str, Any]] = []
    models: list[dict[str, Any]] = []
    expected = facts_of(folder)["files"]
    for store in stores:
        with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as database:
            runs += _runs(database)
            models += _models(database, root, expected)
    return {"runs": runs, "models": models}


def _runs(database: sqlite3.Connection) -> Iterator[dict[str, Any]]:
    configs = {
        run: json.loads(config)
        for run, config in database.execute("SELECT run_id, config FROM configs")
    }
    histories: dict[str, dict[str, list[list[Any]]]] = {run: {} for run in configs}
    rows = database.execute("SELECT run_id, step, metrics FROM metrics ORDER BY id")
    for run, step, metrics in rows:
        history = histories.setdefault(run, {})
        for key, value in json.loads(metrics).items():
            history.setdefault(key, []).append([step, value])
    for run, history in histories.items():
        config = {
            key: str(value)
            for key, value in configs.get(run, {}).items()
            if not key.startswith("_")
        }
        yield {
            # Trackio has no status: what a run logged is there when its process has ended.
            "status": "FINISHED" if run in configs or history else "EMPTY",
            "parameters": config,
            "metrics": history,
        }


def _models(
    database: sqlite3.Connection, root: Path, expected: dict[str, str]
) -> Iterator[dict[str, Any]]:
    rows = database.execute(
        "SELECT name, manifest FROM artifacts JOIN artifact_versions v ON v.artifact_id = artifacts.id"
        " WHERE type = 'model'"
    )
    blobs = {path.name: path for path in root.rglob("*") if path.is_file()}
    for name, manifest in rows:
        for file, digest in _entries(json.loads(manifest)):
            if is_model_file(file):
                blob = blobs.get(digest.removeprefix("sha256:"))
                problem = (
                    "its file is not in the store"
                    if blob is None
                    else _copy_problem(blob, file, expected)
                )
                yield {"name": name, "problem": problem}


def _copy_problem(blob: Path, file: str, expected: dict[str, str]) -> str | None:
    """Look at a blob under the name it had: how it is read follows from that."""
    named = blob.with_name(f"{blob.name[:8]}-{Path(file).name}")
    named.write_bytes(blob.read_bytes())
    return file_problem(named, expected.get(Path(file).name))


def _entries(manifest: Any) -> Iterator[tuple[str, str]]:
    """Yield path and digest of the files of an artifact."""
    for entry in manifest if isinstance(manifest, list) else manifest.get("entries", []):
        yield entry["path"], str(entry["digest"])


if __name__ == "__main__":
    print(json.dumps(read(Path(sys.argv[1]))))
