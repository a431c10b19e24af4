"""One-use tokens: an apply does what a preview showed, to the state it was shown of."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from palimpsest.errors import PalimpsestError
from palimpsest.forget.calls import Results
from palimpsest.protocol.messages import ForgetRequest

MOST = 256
"""How many previews are remembered."""


@dataclass(frozen=True)
class Ticket:
    """What a token stands for.

    Attributes
    ----------
    run : str
    version : int
        State of the run that was previewed.
    request : ForgetRequest
    rows : (n,) int32
        The records it selected.
    results : dict
        What functions of the notebook gave for the preview.
    """

    run: str
    version: int
    request: ForgetRequest
    rows: npt.NDArray[np.int32]
    results: Results = field(default_factory=dict)


class TokenBook:
    """The tokens of this process; a request's values never leave its memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tickets: OrderedDict[str, Ticket] = OrderedDict()

    def issue(self, ticket: Ticket) -> str:
        """Return a new token for a ticket."""
        token = secrets.token_urlsafe(24)
        with self._lock:
            self._tickets[token] = ticket
            while len(self._tickets) > MOST:
                self._tickets.popitem(last=False)
        return token

    def redeem(self, token: str, run: str) -> Ticket:
        """Take the ticket of a token; it works once.

        Raises
        ------
        PalimpsestError
            ``stale-token`` when it is unknown, used, or of another run.
        """
        with self._lock:
            ticket = self._tickets.get(token)
            if ticket is not None and ticket.run == run:
                return self._tickets.pop(token)
        raise PalimpsestError(
            "stale-token",
            "This token is unknown, or was used already.",
            hint="Preview again: a token works once and ends with its kernel.",
        )

    def restore(self, token: str, ticket: Ticket) -> None:
        """Give a token back whose apply has changed nothing."""
        with self._lock:
            self._tickets[token] = ticket


TOKENS = TokenBook()


def check_version(ticket: Ticket, version: int) -> None:
    """Refuse a ticket whose run has changed since the preview."""
    if ticket.version != version:
        raise PalimpsestError(
            "stale-token",
            "The run has changed since this preview was made.",
            hint="Preview again and look at what would happen now.",
        )
