"""Generate what is derived from the messages, or check that it is up to date.

``python -m palimpsest.protocol.generate [--check] [--root DIR]`` writes

* ``docs/protocol.schema.json``: JSON Schema of all messages,
* ``docs/protocol.md``: the methods and error codes,
* ``src/companion/protocol.generated.ts``: the TypeScript types.
"""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from pathlib import Path
from typing import Any

from palimpsest.protocol.reference import reference
from palimpsest.protocol.schema import protocol_schema
from palimpsest.protocol.service import MAXIMUM_REQUEST_BYTES
from palimpsest.protocol.typescript import WIDTH, typescript


def render() -> dict[str, str]:
    """Return the generated files: path relative to the repository, and text."""
    schema = protocol_schema()
    return {
        "docs/protocol.schema.json": layout_json(schema) + "\n",
        "docs/protocol.md": reference(schema, MAXIMUM_REQUEST_BYTES),
        "src/companion/protocol.generated.ts": typescript(schema, MAXIMUM_REQUEST_BYTES),
    }


def layout_json(value: Any, indent: int = 0, before: int = 0) -> str:
    """Lay out JSON as prettier does: objects broken, arrays on one line when they fit.

    Parameters
    ----------
    value
        Any JSON value.
    indent
        Columns that the line holding `value` is indented by.
    before
        Columns that stand before `value` on its line, with a comma after it.
    """
    pad = " " * (indent + 2)
    if isinstance(value, dict) and value:
        members = []
        for key, item in value.items():
            head = f"{pad}{json.dumps(key)}: "
            members.append(head + layout_json(item, indent + 2, len(head) + 1))
        return "{\n" + ",\n".join(members) + "\n" + " " * indent + "}"
    if isinstance(value, list) and value:
        line = json.dumps(value, ensure_ascii=False)
        if before + len(line) <= WIDTH and not any(isinstance(item, dict) for item in value):
            return line
        items = [pad + layout_json(item, indent + 2, indent + 3) for item in value]
        return "[\n" + ",\n".join(items) + "\n" + " " * indent + "]"
    return json.dumps(value, ensure_ascii=False)


def stale(root: Path, files: dict[str, str]) -> list[str]:
    """Return a diff for each file that is not what it should be."""
    diffs = []
    for name, text in files.items():
        path = root / name
        current = path.read_text(encoding="utf-8") if path.exists() else ""
        if current != text:
            lines = difflib.unified_diff(
                current.splitlines(),
                text.splitlines(),
                f"{name} (is)",
                f"{name} (should be)",
                n=1,
                lineterm="",
            )
            diffs.append("\n".join(lines))
    return diffs


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="only check; exit 1 on drift")
    parser.add_argument(
        "--root",
        type=Path,
        default=Path(__file__).resolve().parents[3],
        help="the repository (default: the one this module lies in)",
    )
    options = parser.parse_args(arguments)
    files = render()
    if not options.check:
        for name, text in files.items():
            path = options.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return 0
    diffs = stale(options.root, files)
    for diff in diffs:
        print(diff, file=sys.stderr)
    if diffs:
        print("Run: python -m palimpsest.protocol.generate", file=sys.stderr)
    return 1 if diffs else 0


if __name__ == "__main__":
    sys.exit(main())
