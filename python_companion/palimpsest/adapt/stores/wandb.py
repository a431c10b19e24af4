"""What the logs of offline runs of Weights & Biases hold."""

from __future__ import annotations

import json
import struct
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from palimpsest.adapt.stores.models import facts_of, file_problem, is_model_file

_BLOCK = 32768
_HEADER = struct.Struct("<IHB")
_IDENTIFIER = b":W&B"
_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4


def read(folder: Path) -> dict[str, Any]:
    """Return runs with status, parameters, metric histories, and models.

    Raises
    ------
    FileNotFoundError
        When there is no log.
    """
    logs = sorted(folder.glob("wandb/offline-run-*/run-*.wandb"))
    if not logs:
        raise FileNotFoundError("There is no log of an offline run.")
    expected = facts_of(folder)["files"]
    models = [
        {"name": path.name, "problem": file_problem(path, expected.get(path.name))}
        for log in logs
        for path in sorted((log.parent / "files").rglob("*"))
        if is_model_file(path)
    ]
    return {"runs": [_run(log) for log in logs], "models": models}


def _run(log: Path) -> dict[str, Any]:
    from wandb.proto import wandb_internal_pb2  # type: ignore[import-not-found,unused-ignore]

    parameters: dict[str, str] = {}
    metrics: dict[str, list[list[Any]]] = {}
    status = "RUNNING"
    artifacts = []
    for payload in records(log):
        record = wandb_internal_pb2.Record()
        record.ParseFromString(payload)
        kind = record.WhichOneof("record_type")
        if kind in ("run", "config"):
            config = record.run.config if kind == "run" else record.config
            for item in config.update:
                if item.key != "_wandb":
                    parameters[item.key or ".".join(item.nested_key)] = _text(item.value_json)
        elif kind == "history":
            step = record.history.step.num
            for item in record.history.item:
                key = item.key or ".".join(item.nested_key)
                if not key.startswith("_"):
                    metrics.setdefault(key, []).append([step, json.loads(item.value_json)])
        elif kind == "exit":
            status = "FINISHED" if record.exit.exit_code == 0 else "FAILED"
        elif kind == "artifact":
            artifacts.append(record.artifact.name)
    return {
        "status": status,
        "parameters": parameters,
        "metrics": metrics,
        "artifacts": artifacts,
    }


def _text(value_json: str) -> str:
    return str(json.loads(value_json))


def records(log: Path) -> Iterator[bytes]:
    """Yield the records of a log, which has the format of LevelDB's logs.

    Raises
    ------
    ValueError
        When the file is not such a log, or damaged.
    """
    data = log.read_bytes()
    if data[:4] != _IDENTIFIER:
        raise ValueError(f"{log.name} is not a log of Weights & Biases.")
    at = 7
    parts: list[bytes] = []
    while at + _HEADER.size <= len(data):
        left = _BLOCK - at % _BLOCK
        if left < _HEADER.size:
            at += left
            continue
        checksum, length, kind = _HEADER.unpack_from(data, at)
        at += _HEADER.size
        part = data[at : at + length]
        at += length
        if kind not in (_FULL, _FIRST, _MIDDLE, _LAST) or _checksum(kind, part) != checksum:
            raise ValueError(f"{log.name} is damaged at byte {at}.")
        parts.append(part)
        if kind in (_FULL, _LAST):
            yield b"".join(parts)
            parts = []


def _checksum(kind: int, part: bytes) -> int:
    """Return the checksum of a part, which covers its kind, too."""
    return zlib.crc32(part, zlib.crc32(bytes([kind])))


if __name__ == "__main__":
    print(json.dumps(read(Path(sys.argv[1]))))
