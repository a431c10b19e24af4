"""What an MLflow store holds."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from palimpsest.adapt.fingerprint import fingerprint
from palimpsest.adapt.stores.models import facts_of


def read(folder: Path) -> dict[str, Any]:
    """Return runs with status, parameters, metric histories, artifacts, models and versions.

    Raises
    ------
    FileNotFoundError
        When there is no store.
    """
    import mlflow  # type: ignore[import-not-found,unused-ignore]

    store = folder / "mlflow.db"
    if not store.exists():
        raise FileNotFoundError("There is no mlflow.db.")
    mlflow.set_tracking_uri(f"sqlite:///{store}")
    client = mlflow.MlflowClient()
    experiments = [one.experiment_id for one in client.search_experiments()]
    runs = [run for one in experiments for run in client.search_runs([one])]
    expected = facts_of(folder)["logged"]
    return {
        "runs": [_run(client, run) for run in runs],
        "models": [
            {
                "name": model.name,
                "id": model.model_id,
                "problem": _problem(mlflow, model, expected.get(model.model_id)),
            }
            for model in mlflow.search_logged_models(
                experiment_ids=experiments, output_format="list"
            )
            if model.model_id in expected
        ],
        "versions": [
            _version(mlflow, client, one.name, version.version)
            for one in client.search_registered_models()
            for version in client.search_model_versions(f"name='{one.name}'")
        ],
    }


def _run(client: Any, run: Any) -> dict[str, Any]:
    name = run.info.run_id
    return {
        "status": run.info.status,
        "parameters": dict(run.data.params),
        "tags": dict(run.data.tags),
        "metrics": {
            key: [[point.step, point.value] for point in client.get_metric_history(name, key)]
            for key in run.data.metrics
        },
        "artifacts": [one.path for one in client.list_artifacts(name)],
    }


def _version(mlflow: Any, client: Any, name: str, number: str) -> dict[str, Any]:
    version = client.get_model_version(name, number)
    info = mlflow.models.get_model_info(f"models:/{name}/{number}")
    return {
        "name": name,
        "version": int(number),
        "status": version.status,
        "aliases": list(version.aliases),
        "tags": dict(version.tags),
        "model": version.model_id or str(version.source).removeprefix("models:/"),
        "signature": info.signature is not None,
        "example": info.saved_input_example_info is not None,
        "problem": _predicts(mlflow, info),
    }


def _predicts(mlflow: Any, info: Any) -> str | None:
    """Return why a registered model does not predict for its own example, or None."""
    try:
        model = mlflow.pyfunc.load_model(info.model_uri)
        model.predict(model.input_example)
    except Exception as error:  # noqa: BLE001 (whatever it is, it is the finding)
        return f"{type(error).__name__}: {error}"
    return None


def _problem(mlflow: Any, model: Any, expected: str) -> str | None:
    """Load a logged model; return what is wrong with it, or None."""
    try:
        flavors = mlflow.models.get_model_info(model.model_uri).flavors
        name = next(flavor for flavor in flavors if flavor != "python_function")
        flavor = getattr(mlflow, name)
        digest = fingerprint(flavor.load_model(model.model_uri))
    except Exception as error:  # noqa: BLE001 (whatever it is, it is the finding)
        return f"{type(error).__name__}: {error}"
    return None if digest == expected else "it is not the model that was trained"


if __name__ == "__main__":
    print(json.dumps(read(Path(sys.argv[1]))))
