"""What can go wrong between the browser and the model's endpoint, in one place."""

from __future__ import annotations

from typing import Any, Final, Literal

ErrorCode = Literal[
    "unconfigured",
    "malformed",
    "unknown-model",
    "unauthorized",
    "unreachable",
    "timeout",
    "nonsense",
    "too-large",
    "rate-limited",
    "rejected",
    "upstream",
    "not-found",
    "unsupported",
]

STATUS: Final[dict[ErrorCode, int]] = {
    "unconfigured": 503,
    "malformed": 400,
    "unknown-model": 404,
    # Not 401: the browser would take that for its own session with Jupyter.
    "unauthorized": 502,
    "unreachable": 502,
    "timeout": 504,
    "nonsense": 502,
    "too-large": 413,
    "rate-limited": 429,
    "rejected": 400,
    "upstream": 502,
    "not-found": 404,
    "unsupported": 501,
}
"""The HTTP status each error is answered with, while no byte has been sent."""


class RelayError(Exception):
    """A request that could not be relayed.

    Parameters
    ----------
    code : str
        Stable name of what happened.
    message : str
        One sentence for the user.
    hint : str, optional
        What to do about it.
    """

    def __init__(self, code: ErrorCode, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.code: ErrorCode = code
        self.message = message
        self.hint = hint

    @property
    def status(self) -> int:
        """The HTTP status of the answer."""
        return STATUS[self.code]

    def to_json(self) -> dict[str, Any]:
        """Give the body of the answer, in the envelope OpenAI clients understand."""
        return {"error": {"code": self.code, "message": self.message, "hint": self.hint}}
