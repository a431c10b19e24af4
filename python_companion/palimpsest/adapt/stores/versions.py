"""What Git and DVC hold below a folder: ``python -m palimpsest.adapt.stores.versions FOLDER``.

For each repository its revisions, oldest first, with the digest of every file, whoever keeps it; and whether
a fresh clone gets the same bytes from the remote of DVC.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

_OWN = (".dvc/", ".dvcignore")


class Repository:
    """One repository, read after the process that made it has ended."""

    def __init__(self, folder: Path) -> None:
        import git  # type: ignore[import-not-found,unused-ignore]

        self._folder = folder
        self._repo = git.Repo(folder)
        self._problems: list[str] = []

    def read(self) -> dict[str, Any]:
        """Return revisions, names of branches and tags, and what is wrong."""
        commits = list(self._repo.iter_commits(all=True, topo_order=True)) if self._heads() else []
        read = [self._revision(commit) for commit in reversed(commits)]
        kept = sum(one["kept"] for one in read)
        if kept:
            self._fetch()
        return {
            "revisions": read,
            "names": sorted(ref.name for ref in self._repo.refs if "origin" not in ref.name),
            "kept": kept,
            "problems": self._problems,
        }

    def _heads(self) -> bool:
        return bool(self._repo.refs)

    def _revision(self, commit: Any) -> dict[str, Any]:
        blobs = {one.path: one for one in commit.tree.traverse() if one.type == "blob"}
        files, kept = {}, 0
        for path, blob in blobs.items():
            data = blob.data_stream.read()
            if path.startswith(_OWN) or path.endswith(".gitignore"):
                continue
            if path.endswith(".dvc"):
                kept += 1
                files[path.removesuffix(".dvc")] = _digest(self._kept(path, data))
                continue
            files[path] = _digest(data)
            if b"\0" in data[:8000]:
                self._problems.append(f"{path} is binary, and in Git")
        return {"message": str(commit.message).strip(), "files": files, "kept": kept}

    def _kept(self, path: str, pointer: bytes) -> bytes:
        """Return what a pointer points to, which has to be in cache and remote."""
        import yaml  # type: ignore[import-untyped,unused-ignore]

        (out,) = yaml.safe_load(pointer)["outs"]
        place = Path("files", "md5", out["md5"][:2], out["md5"][2:])
        found = b""
        for name, store in (("cache", self._folder / ".dvc" / "cache"), ("remote", self._remote())):
            if store is None or not (store / place).is_file():
                self._problems.append(f"{path} is not in the {name} of DVC")
            else:
                found = (store / place).read_bytes()
        return found

    def _remote(self) -> Path | None:
        from dvc.repo import Repo  # type: ignore[import-not-found,unused-ignore]

        with Repo(str(self._folder)) as repo:
            remotes = repo.config["remote"]
            name = repo.config["core"].get("remote")
            return Path(remotes[name]["url"]) if name in remotes else None

    def _fetch(self) -> None:
        """Clone and pull: every file that DVC keeps has to come out with the same bytes."""
        from dvc.repo import Repo  # type: ignore[import-not-found,unused-ignore]

        with tempfile.TemporaryDirectory(dir=self._folder.parent) as place:
            clone = self._repo.clone(place)
            with Repo(clone.working_dir) as files:
                files.pull()
            for pointer in Path(clone.working_dir).rglob("*.dvc"):
                if pointer.is_dir():
                    continue
                path = pointer.with_suffix("")
                ours = self._kept(str(pointer), pointer.read_bytes())
                if not path.is_file() or path.read_bytes() != ours:
                    self._problems.append(f"{path.name} does not come from a pull as it was")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def main() -> None:
    """Print what is found as one line of JSON."""
    root = Path(sys.argv[1])
    found = {}
    for git_folder in sorted(root.rglob(".git")):
        folder = git_folder.parent
        found[folder.relative_to(root).as_posix()] = Repository(folder).read()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
