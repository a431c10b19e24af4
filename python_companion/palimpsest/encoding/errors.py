"""What can go wrong while features are encoded or their encoding is maintained."""

from __future__ import annotations


class EncodingError(ValueError):
    """The training table cannot be encoded as asked; nothing was changed."""

    protocol_code = "invalid-argument"


class NoRowsLeft(EncodingError):
    """No row is left to fit the encoders on."""


class UnknownCategory(EncodingError):
    """A row holds a category that no fitted row holds, and the encoder refuses those."""


class NeedsTransformer(EncodingError):
    """New rows must be transformed by user code that is not at hand."""

    protocol_code = "needs-kernel"


class NeedsTable(EncodingError):
    """A transformer must be refitted, and the training table was not given."""
