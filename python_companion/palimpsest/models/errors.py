"""What can go wrong while a model is trained or updated."""

from __future__ import annotations


class ModelError(ValueError):
    """The model cannot be trained or updated as asked; nothing was changed."""

    protocol_code = "invalid-argument"


class NoTrainingRows(ModelError):
    """No training row would be left."""


class ClassForgotten(ModelError):
    """The last training row of a class would go."""


class NeedsEstimator(ModelError):
    """The model must be trained again with code of the notebook that is not at hand."""

    protocol_code = "needs-kernel"
