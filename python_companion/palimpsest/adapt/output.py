"""Comparing what two runs printed, where some of it differs from run to run."""

from __future__ import annotations

import re
from collections.abc import Sequence

NUMBER = re.compile(r"\b(?=[a-f]*\d)[0-9a-f]{7,40}\b|[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
"""Numbers, and names of revisions."""

# What tracking tools print about themselves.
_CHATTER = re.compile(
    r"^\s*(\x1b\[[\d;]*m)*(wandb:|🏃|🧪|trackio show|"
    r"\* (Trackio|View|Created|Found|Launch|Run |Resumed|psutil|NVIDIA|[Oo]r by running))"
)


def first_difference(
    first: str, second: str, adapted: str, volatile: Sequence[str]
) -> tuple[int, str, str] | None:
    """Return the first line in which the adapted run differs, or None.

    Parameters
    ----------
    first, second
        What two runs of the original printed: where they differ, numbers do not count.
    adapted
        What the adapted script printed.
    volatile
        Regular expressions of what never counts.

    Returns
    -------
    tuple of int, str and str, or None
        The line (1-based), what the original printed there, and what the adapted script did.
    """
    ours = [_masked(line, volatile) for line in first.splitlines()]
    again = [_masked(line, volatile) for line in second.splitlines()]
    theirs = [_masked(line, volatile) for line in adapted.splitlines() if not _CHATTER.match(line)]
    stable = len(ours) == len(again)
    for index in range(max(len(ours), len(theirs))):
        expected = ours[index] if index < len(ours) else ""
        got = theirs[index] if index < len(theirs) else ""
        if stable and index < len(again) and expected != again[index]:
            expected, got = NUMBER.sub("#", expected), NUMBER.sub("#", got)
        if expected != got:
            return index + 1, expected, got
    return None


def _masked(line: str, volatile: Sequence[str]) -> str:
    for pattern in volatile:
        line = re.sub(pattern, "…", line)
    return line.rstrip()
