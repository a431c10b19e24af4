"""Looking after run files from a shell: ``python -m palimpsest COMMAND``.

No kernel is needed and no code of a notebook is run.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from palimpsest.errors import PalimpsestError
from palimpsest.pipeline.holding import Holding, holds
from palimpsest.protocol.messages import RunSummary
from palimpsest.store.audit import find_tampering, read_chain
from palimpsest.store.catalog import FILE_NAME, Catalog
from palimpsest.store.integrity import find_damage
from palimpsest.store.runfile import RunFile, get_meta

FOUND_SOMETHING, CANNOT = 1, 2
"""Exit statuses: something is wrong with a file; the question could not be answered."""


def list_runs(options: argparse.Namespace) -> int:
    """List the runs of the folder, also those whose files are gone."""
    with Catalog.open(_folder(options)) as catalog:
        catalog.reconcile()
        there, missing = catalog.runs(), catalog.runs(there=False)
        waiting = catalog.waiting()
    if options.json:
        return _print_json(
            [
                {
                    **summary.model_dump(),
                    "is_there": summary in there,
                    "waits_for": [one.receipt for one in waiting if one.run == summary.run],
                }
                for summary in [*there, *missing]
            ]
        )
    for summary in there:
        print(_run_line(summary))
    for summary in missing:
        print(f"{_run_line(summary)}  FILE NOT THERE: {summary.path}")
    for one in waiting:
        print(f"The forget {one.receipt} of run {one.origin} has still to reach run {one.run}.")
    return 0


def show_holders(options: argparse.Namespace) -> int:
    """Tell which runs, tables, matrices and models hold a record."""
    where = dict(_condition(text) for text in options.where)
    found = holds(options.source, where, _folder(options))
    if options.json:
        return _print_json(
            [{**dataclasses.asdict(one), "run": one.run.model_dump()} for one in found]
        )
    for one in found:
        print(_holding_lines(one))
    if not found:
        print("No run holds such a record.")
    return 0


def verify_audit(options: argparse.Namespace) -> int:
    """Verify the audit chain of a run file, against the catalog beside it too."""
    with RunFile.open(options.file.absolute()) as file, file.snapshot() as connection:
        entries, _ = read_chain(connection)
        problems = find_tampering(connection, _known_head(options.file, connection))
    if options.json:
        listed = [dataclasses.asdict(entry) for entry in entries]
        _print_json({"entries": listed, "problems": problems})
        return FOUND_SOMETHING if problems else 0
    for number, entry in enumerate(entries, start=1):
        print(f"{number:4}  {entry.kind:10}  {entry.content.get('time', '')}  {entry.hash[:16]}")
    return _tell(problems, f"The audit chain holds: {len(entries)} entries.")


def check_file(options: argparse.Namespace) -> int:
    """Look through a whole run file for damage."""
    with RunFile.open(options.file.absolute()) as file, file.snapshot() as connection:
        problems = find_damage(connection)
    if options.json:
        _print_json({"problems": problems})
        return FOUND_SOMETHING if problems else 0
    return _tell(problems, f"'{options.file.name}' is sound.")


def finish_forgets(options: argparse.Namespace) -> int:
    """Do what forgets have still to do in other runs, as far as no notebook is needed for it."""
    from palimpsest.forget.spanning import resume

    left = resume(_folder(options))
    if options.json:
        _print_json([dataclasses.asdict(one) for one in left])
        return FOUND_SOMETHING if left else 0
    return _tell(
        [f"Run {one.run} waits with forget {one.receipt}: {one.reason}" for one in left],
        "Nothing waits.",
    )


def lift_suppression(options: argparse.Namespace) -> int:
    """Let what one forget removed come back with the next run; this is audited."""
    from palimpsest.forget.suppressing import lift

    count = lift(_folder(options), options.receipt, options.user)
    if options.json:
        return _print_json({"records": count})
    print(f"{count} records may come back with the next run of their pipelines.")
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except PalimpsestError as error:
        print(error, file=sys.stderr)
        return CANNOT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m palimpsest", description="Look after the run files of a workspace."
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, command: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        text = (command.__doc__ or "").strip()
        added = commands.add_parser(name, help=text, description=text)
        added.add_argument("--json", action="store_true", help="print JSON")
        added.set_defaults(command=command)
        return added

    def in_folder(added: argparse.ArgumentParser) -> argparse.ArgumentParser:
        added.add_argument(
            "--folder",
            type=Path,
            default=Path(".palimpsest"),
            help="of the run files (%(default)s)",
        )
        return added

    in_folder(add("runs", list_runs))
    in_folder(add("resume", finish_forgets))
    asked = in_folder(add("holds", show_holders))
    asked.add_argument("source", help="name of a source, or path of its file")
    asked.add_argument(
        "where", nargs="+", metavar="COLUMN=VALUE", help="describes the record, e.g. mid=17"
    )
    for name, command in (("audit", verify_audit), ("check", check_file)):
        add(name, command).add_argument("file", type=Path, help="a run file")
    lifted = in_folder(add("unsuppress", lift_suppression))
    lifted.add_argument("receipt", help="id of the forget, from its receipt")
    lifted.add_argument("--user", help="who decides this (default: the user of the process)")
    return parser


def _folder(options: argparse.Namespace) -> Path:
    folder: Path = options.folder.absolute()
    if not folder.is_dir():
        raise PalimpsestError(
            "not-found",
            f"There is no folder '{folder}'.",
            hint="Name the folder of the run files with --folder.",
        )
    return folder


def _condition(text: str) -> tuple[str, str]:
    column, equals, value = text.partition("=")
    if not equals or not column:
        raise PalimpsestError(
            "invalid-argument",
            f"'{text}' does not describe a record.",
            hint="Write COLUMN=VALUE, for example mid=17.",
        )
    return column, value


def _known_head(file: Path, connection: Any) -> str | None:
    folder = file.absolute().parent
    if not (folder / FILE_NAME).is_file():
        return None
    with Catalog.open(folder) as catalog:
        return catalog.audit_head(str(get_meta(connection, "run")))


def _run_line(summary: RunSummary) -> str:
    return (
        f"{summary.run}  {summary.name}  {summary.created[:19]}  {summary.training_rows} rows x "
        f"{summary.feature_columns} features  {summary.model}  {summary.forgets} forgets  "
        f"from {', '.join(summary.sources)}"
    )


def _holding_lines(holding: Holding) -> str:
    summary = holding.run
    title = f"{summary.name} ({summary.run}), {summary.path}"
    if not holding.is_there:
        return f"{title}\n  FILE NOT THERE; when last seen, its source '{holding.source}' held one."
    models = f"trained: {', '.join(holding.models)}" if holding.models else "in no model"
    return (
        f"{title}\n  source '{holding.source}': {holding.records} records\n"
        f"  training table: {holding.training_rows} rows\n"
        f"  feature matrix: {holding.cells} cells\n  {models}"
    )


def _tell(problems: Sequence[str], otherwise: str) -> int:
    for problem in problems:
        print(problem)
    if problems:
        return FOUND_SOMETHING
    print(otherwise)
    return 0


def _print_json(content: object) -> int:
    print(json.dumps(content, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
