"""What people have set for the runs of a pipeline: settings of checks, the model card, assertions.

One JSON file beside the run files, so that the next run of the pipeline has it, too. It holds what users wrote
and no value of a record.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
from pathlib import Path
from typing import Any

from palimpsest.errors import StoreError

FILE_NAME = "compliance.json"

_LOCK = threading.Lock()


def read_section(folder: Path, pipeline: str, section: str) -> dict[str, Any]:
    """Return a section of what is set for a pipeline; empty when nothing is.

    Raises
    ------
    StoreError
        When the file is damaged.
    """
    found: dict[str, Any] = _read(folder / FILE_NAME).get(pipeline, {}).get(section, {})
    return found


def write_section(folder: Path, pipeline: str, section: str, content: dict[str, Any]) -> None:
    """Set a section for a pipeline; the file is replaced as a whole."""
    path = folder / FILE_NAME
    with _LOCK:
        whole = _read(path)
        whole.setdefault(pipeline, {})[section] = content
        written = path.with_name(f".{FILE_NAME}-{os.getpid()}-{secrets.token_hex(4)}")
        written.write_text(json.dumps(whole, indent=2, sort_keys=True), encoding="utf-8")
        written.replace(path)


def _read(path: Path) -> dict[str, dict[str, dict[str, Any]]]:
    try:
        whole = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise _damaged(path) from error
    if not isinstance(whole, dict) or not all(isinstance(part, dict) for part in whole.values()):
        raise _damaged(path)
    return whole


def _damaged(path: Path) -> StoreError:
    return StoreError(
        f"'{path}' is damaged.",
        hint="Delete it: settings of checks, model cards and accepted assertions are then lost.",
        file=str(path),
    )
