"""Whether a logged model can be loaded again and predicts."""

from __future__ import annotations

from typing import Any

import numpy as np


def reloads(mlflow: Any, model: Any) -> str | None:
    """Load a logged model in this process; return what is wrong with it, or None.

    This process did not train it: what loads here is in the store, not in memory.
    """
    flavors = set(mlflow.models.get_model_info(model.model_uri).flavors)
    try:
        if "pytorch" in flavors:
            loaded = mlflow.pytorch.load_model(model.model_uri)
            finite = all(bool(one.isfinite().all()) for one in loaded.parameters())
            return None if finite else "its parameters are not finite"
        if "sklearn" in flavors:
            loaded = mlflow.sklearn.load_model(model.model_uri)
            features = getattr(loaded, "n_features_in_", None)
            if features is not None and hasattr(loaded, "predict"):
                loaded.predict(np.zeros((2, features)))
            return None
        mlflow.pyfunc.load_model(model.model_uri)
    except Exception as error:  # noqa: BLE001 (whatever it is, it is the finding)
        return f"{type(error).__name__}: {error}"
    return None
