"""Scratch copies of the working folder.

The folder is copied once. Each run then gets a folder of links into that copy, so that 20 inputs
cost no 20 copies; a file the code writes becomes a real one first (see `guard`).
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

MAX_BYTES = 2_000_000_000
MAX_FILES = 20_000
IGNORED = frozenset(
    {".git", ".palimpsest", ".ipynb_checkpoints", "__pycache__", "node_modules", ".venv", "venv"}
    | {".tox", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hg", ".svn"}
)


class FolderTooLarge(Exception):
    """The working folder is too large to copy."""


class Scratch:
    """The copy of a working folder, and the folders of links made from it.

    Parameters
    ----------
    source
        The working folder.
    root
        An empty folder to put everything into.

    Raises
    ------
    FolderTooLarge
        When the folder holds too many files or bytes.
    NotADirectoryError
        When there is no such folder.
    """

    def __init__(self, source: Path, root: Path) -> None:
        if not source.is_dir():
            raise NotADirectoryError(f"The working folder '{source}' does not exist.")
        self.pristine = root / "pristine"
        self._root = root
        self._lock = threading.Lock()
        self._made = 0
        self.files = list(_files(source))
        self._check_size(source)
        self.pristine.mkdir()
        for name in self.files:
            target = self.pristine / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / name, target)

    def _check_size(self, source: Path) -> None:
        if len(self.files) > MAX_FILES:
            raise FolderTooLarge(
                f"The working folder '{source}' holds {len(self.files)} files; at most {MAX_FILES} can be"
                " copied to verify a rewrite. Move the notebook and its data to a folder of their own."
            )
        size = sum((source / name).stat().st_size for name in self.files)
        if size > MAX_BYTES:
            raise FolderTooLarge(
                f"The working folder '{source}' holds {size / 1e9:.1f} GB; at most {MAX_BYTES / 1e9:.0f} GB"
                " can be copied to verify a rewrite. Move the notebook and its data to a folder of their own."
            )

    def folder(
        self,
        side: Path,
        replaced: Mapping[str, bytes] | None = None,
        without: frozenset[str] = frozenset(),
    ) -> Path:
        """Make a folder for one run below `side`, with some files replaced and some left out."""
        with self._lock:
            self._made += 1
            folder = side / f"run{self._made}" / "work"
        replaced = replaced or {}
        folder.mkdir(parents=True)
        (folder.parent / "tmp").mkdir()
        (folder.parent / "result").mkdir()
        for name in self.files:
            if name in without:
                continue
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if name in replaced:
                target.write_bytes(replaced[name])
            else:
                os.symlink(self.pristine / name, target)
        return folder


def _files(source: Path) -> Iterator[str]:
    """Yield the paths of the regular files below a folder, relative to it, sorted."""
    for folder, folders, names in os.walk(source):
        folders[:] = sorted(name for name in folders if name not in IGNORED)
        for name in sorted(names):
            path = Path(folder) / name
            if path.is_file():
                yield str(path.relative_to(source))
