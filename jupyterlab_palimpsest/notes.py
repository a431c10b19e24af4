"""What is noted of rewriting with a model, beside the notebooks: exchanges and strategies.

Plain files in the folder ``.palimpsest``, for their owner to read, copy and delete. Knows files,
but nothing of HTTP.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from .errors import RelayError

FOLDER: Final = ".palimpsest"
"""Where the run files of the same notebooks lie."""

EXCHANGES: Final = "model-exchanges.jsonl"
STRATEGIES: Final = "model-strategies.json"

MAXIMUM_BYTES: Final = 20_000_000
"""When the exchanges are longer, the older half of them goes."""

MAXIMUM_STRATEGIES: Final = 300
"""Strategies that were not seen for longest go when there are more."""

_writing = threading.Lock()


class Notes:
    """The notes of one folder of notebooks.

    Parameters
    ----------
    root
        The folder that the server shows.
    folder
        Path of the notebooks' folder relative to it, with slashes.

    Raises
    ------
    RelayError
        When there is no such folder below `root`.
    """

    def __init__(self, root: Path, folder: str) -> None:
        if not _is_below(root, root / folder.strip("/")):
            raise RelayError(
                "not-found",
                f"There is no folder {folder!r} on this server.",
                "Save the notebook first.",
            )
        self._folder = (root / folder.strip("/")).resolve() / FOLDER

    # --- exchanges ----------------------------------------------------------------------------

    def exchanges(self) -> list[dict[str, Any]]:
        """Give the exchanges with the model, oldest first; a torn line is left out."""
        found = []
        for line in _lines(self._folder / EXCHANGES):
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
        return found

    def add_exchange(self, exchange: dict[str, Any]) -> None:
        """Note one exchange; the older ones go when they are too long together."""
        with self._changing(EXCHANGES) as path:
            _append(path, json.dumps(exchange, ensure_ascii=False))
            if path.stat().st_size > MAXIMUM_BYTES:
                _replace(path, "".join(f"{line}\n" for line in _latest(_lines(path))))

    def delete_exchanges(self, identifier: str | None) -> None:
        """Delete one exchange, or all of them."""
        with self._changing(EXCHANGES) as path:
            kept = [] if identifier is None else self.exchanges()
            lines = [
                json.dumps(other, ensure_ascii=False)
                for other in kept
                if other.get("id") != identifier
            ]
            if lines:
                _replace(path, "".join(f"{line}\n" for line in lines))
            else:
                path.unlink(missing_ok=True)

    # --- strategies ---------------------------------------------------------------------------

    def strategies(self) -> list[dict[str, Any]]:
        """Give what was tried and how it went, the latest last."""
        text = _read(self._folder / STRATEGIES)
        if text == "":
            return []
        try:
            found = json.loads(text)["strategies"]
        except (ValueError, LookupError, TypeError):
            raise RelayError(
                "malformed",
                f"The file {FOLDER}/{STRATEGIES} is not what it was written as.",
                "Delete it; it is written anew.",
            ) from None
        return list(found)

    def add_strategy(self, strategy: dict[str, Any]) -> None:
        """Note one strategy; one with the same key is counted again and moves to the end."""
        with self._changing(STRATEGIES) as path:
            known = self.strategies()
            same = [other for other in known if other.get("key") == strategy["key"]]
            times = sum(int(other.get("times", 1)) for other in same) + 1
            kept = [other for other in known if other.get("key") != strategy["key"]]
            kept.append({**strategy, "times": times})
            content = {"version": 1, "strategies": kept[-MAXIMUM_STRATEGIES:]}
            _replace(path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")

    def delete_strategies(self) -> None:
        """Forget what was tried."""
        with self._changing(STRATEGIES) as path:
            path.unlink(missing_ok=True)

    @contextmanager
    def _changing(self, name: str) -> Iterator[Path]:
        """Change one file at a time."""
        with _writing:
            yield self._folder / name


def parse_note(body: bytes, wanted: str, limit: int) -> dict[str, Any]:
    """Check a note before it is written.

    Parameters
    ----------
    body
        As the browser sent it.
    wanted
        The field that identifies it, a text.
    limit
        Its largest length in bytes.

    Raises
    ------
    RelayError
        When it is too long, or not an object with that field.
    """
    if len(body) > limit:
        raise RelayError(
            "too-large", f"The note has {len(body):,} bytes; at most {limit:,} are kept."
        )
    try:
        note = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RelayError("malformed", f"The note is not JSON: {error}.") from None
    if not isinstance(note, dict) or not isinstance(note.get(wanted), str):
        raise RelayError("malformed", f"The note must be an object with a text {wanted!r}.")
    return note


def _append(path: Path, line: str) -> None:
    path.parent.mkdir(exist_ok=True)
    text = f"{line}\n".encode()
    # Only for their owner: an exchange may hold rows that were allowed to be sent.
    with open(path, "a+b", opener=_private) as stream:
        end = stream.seek(0, os.SEEK_END)
        if end > 0:
            stream.seek(end - 1)
            # A line that was torn by a crash shall not tear this one.
            text = text if stream.read(1) == b"\n" else b"\n" + text
        stream.write(text)


def _latest(lines: list[str]) -> list[str]:
    """Keep the last lines, at least one, that take half of the room."""
    kept: list[str] = []
    size = 0
    for line in reversed(lines):
        size += len(line.encode()) + 1
        if kept and size > MAXIMUM_BYTES // 2:
            break
        kept.append(line)
    return kept[::-1]


def _lines(path: Path) -> list[str]:
    # Not `splitlines`: JSON may hold other line separators as they are.
    return [line for line in _read(path).split("\n") if line]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def _replace(path: Path, text: str) -> None:
    """Write a file so that it is the old one or the new one at any moment."""
    path.parent.mkdir(exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.part")
    with open(fresh, "w", encoding="utf-8", opener=_private) as stream:
        stream.write(text)
    os.replace(fresh, path)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _is_below(root: Path, place: Path) -> bool:
    """Tell whether there is such a folder, links followed to their end."""
    try:
        return place.resolve().is_relative_to(root.resolve()) and place.is_dir()
    except (OSError, ValueError):  # a name that no file can have
        return False
