/**
 * The Python that a script gets when DVC takes over its binary files.
 */

/** What the helpers import. */
export const DVC_IMPORTS: readonly string[] = [
  'import logging',
  'import os',
  'from pathlib import Path',
  'import dvc.api',
  'import dvc.repo'
];

/** The helpers by name, in the order of their use; `start_dvc` comes with all others. */
export const DVC_HELPERS: Readonly<Record<string, readonly string[]>> = {
  start_dvc: [
    'def start_dvc(repo):',
    '    """Let DVC keep the binary files of a repository; its remote is a folder beside it."""',
    '    logging.getLogger("dvc").setLevel(logging.WARNING)',
    '    root = Path(repo.working_dir)',
    '    if not (root / ".dvc").is_dir():',
    '        with dvc.repo.Repo.init(str(root)) as files, files.config.edit("repo") as config:',
    '            storage = os.path.relpath(root.parent / "dvc-storage")',
    '            config.setdefault("remote", {})["storage"] = {"url": storage}',
    '            config["core"]["remote"] = "storage"',
    '        repo.index.add([".dvc/config"])'
  ],
  add_files: [
    'def add_files(repo, paths=None):',
    '    """Stage files, by default all that changed; of binary ones Git gets what DVC points to them with."""',
    '    root = Path(repo.working_dir)',
    '    with dvc.repo.Repo(str(root)) as files:',
    '        if paths is None:',
    '            kept = [str(out.fs_path) for out in files.index.outs]',
    '            paths = [*repo.untracked_files, *(one.a_path for one in repo.index.diff(None)), *kept]',
    '        found = [root / one for one in ([paths] if isinstance(paths, (str, Path)) else paths)]',
    '        found += [one for folder in found if folder.is_dir() for one in folder.rglob("*") if one.is_file()]',
    '        for path in sorted(set(found)):',
    '            name, pointer = path.relative_to(root).as_posix(), Path(f"{path}.dvc")',
    '            if path.is_dir() or {".git", ".dvc"} & set(path.relative_to(root).parts):',
    '                continue',
    '            if not path.exists():',
    '                gone = pointer if pointer.exists() else path',
    '                repo.index.remove([str(gone)], working_tree=gone.exists())',
    '            elif b"\\0" in path.read_bytes()[:8000]:',
    '                if (name, 0) in repo.index.entries:',
    '                    repo.index.remove([name])',
    '                files.add(str(path))',
    '                repo.index.add([str(pointer), str(path.parent / ".gitignore")])',
    '            else:',
    '                repo.index.add([str(path)])'
  ],
  push_files: [
    'def push_files(repo):',
    '    """Copy what DVC keeps of this revision to its remote."""',
    '    with dvc.repo.Repo(repo.working_dir) as files:',
    '        files.push()'
  ],
  checkout_files: [
    'def checkout_files(repo):',
    '    """Bring the binary files to the revision that Git is at."""',
    '    with dvc.repo.Repo(repo.working_dir) as files:',
    '        files.checkout(force=True)'
  ],
  pull_files: [
    'def pull_files(repo):',
    '    """Fetch the binary files of a clone."""',
    '    with dvc.repo.Repo(repo.working_dir) as files:',
    '        files.pull()'
  ],
  read_file: [
    'def read_file(repo, commit, path):',
    '    """Return the bytes of a file as they were at a commit."""',
    '    return dvc.api.read(str(path), repo=repo.working_dir, rev=commit.hexsha, mode="rb")'
  ],
  pointers: [
    'def pointers(repo, paths):',
    '    """Name what Git has of files: of those that DVC keeps, what points to them."""',
    '    root = Path(repo.working_dir)',
    '    return [f"{one}.dvc" if (root / f"{one}.dvc").exists() else str(one) for one in paths]'
  ]
};
