"""Tell how alike two errors are, by what code around could make of them.

An error that left the code was caught by no handler in it. What can still tell errors apart is
code around: a handler that names a class. So an error is *equal* when every handler that catches
the original's catches the rewrite's too. It is *akin* when both are known to come of one cause,
which plain loops and libraries report with other classes: both stop, there is no wrong result, and
the verdict says so. Anything else is another error.
"""

from __future__ import annotations

import re
from typing import Literal

from palimpsest.verify.sandbox.jobs import Failure

Likeness = Literal["equal", "akin", "other"]

_ONE_CAUSE: tuple[frozenset[str], ...] = (
    # A value that is not accepted: KeyError in a dict, ValueError in an encoder or an unpacking.
    frozenset({"ValueError", "LookupError"}),
    # A value of another type: AttributeError in one expression, TypeError in another.
    frozenset({"TypeError", "AttributeError"}),
    # A number that cannot be computed.
    frozenset({"ArithmeticError"}),
)
_UNREADABLE = frozenset({"ParserError", "EmptyDataError", "JSONDecodeError", "UnicodeError"})
"""What libraries raise for a file that is no table; a loop stops at the first line it cannot use."""

_ABOUT_MISSING = re.compile(r"NoneType|\bNaN\b|\bnan\b|\bNaT\b|\bNA\b|: ''$|: b''$")
_TOO_BROAD = frozenset({"Exception", "BaseException", "object"})


def likeness(original: Failure, rewritten: Failure) -> Likeness:
    """Tell how alike the errors are with which both versions stopped.

    Parameters
    ----------
    original, rewritten
        The failures.

    Returns
    -------
    Likeness
        ``equal``, ``akin`` or ``other``.
    """
    if original.kind != "raised" or rewritten.kind != "raised":
        return "equal" if original.kind == rewritten.kind else "other"
    if original.type in rewritten.bases:
        return "equal"
    ours, theirs = (frozenset(f.bases) - _TOO_BROAD for f in (original, rewritten))
    if ours & theirs or any(ours & cause and theirs & cause for cause in _ONE_CAUSE):
        return "akin"
    if (ours | theirs) & _UNREADABLE:
        return "akin"
    missing = all(_ABOUT_MISSING.search(f.message) for f in (original, rewritten))
    return "akin" if missing else "other"
