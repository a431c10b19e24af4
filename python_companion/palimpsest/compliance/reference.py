"""The table of checks in docs/compliance.md.

``python -m palimpsest.compliance.reference docs/compliance.md`` writes it between its markers.
"""

from __future__ import annotations

import sys
from pathlib import Path

from palimpsest.compliance.check import Check, Threshold
from palimpsest.compliance.registry import CHECKS

BEGIN, END = "<!-- checks: generated -->", "<!-- end of checks -->"


def table() -> str:
    """Return the table of checks, laid out as prettier would."""
    lines = [["check", "topic", "question", "settings", "quick", "needs"]]
    lines += [_line(check) for check in CHECKS.values()]
    widths = [max(len(line[k]) for line in lines) for k in range(len(lines[0]))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in lines
    )


def _line(check: Check) -> list[str]:
    settings = [
        f"`{one.name}` {one.default:g}" if isinstance(one, Threshold) else f"`{one.name}`"
        for one in check.settings
    ]
    return [
        f"`{check.id}`",
        check.topic,
        check.question,
        ", ".join(settings) or "none",
        "yes" if check.quick else "no",
        ", ".join(check.packages.values()) or "nothing more",
    ]


def written_into(page: str) -> str:
    """Return a page with the table between its markers."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(written_into(path.read_text("utf-8")), "utf-8")
