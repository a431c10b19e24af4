"""What an MLflow store holds."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from palimpsest.adapt.stores.models import reloads


def read(folder: Path) -> dict[str, Any]:
    """Return runs with status, parameters, metric histories, artifacts and models.

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
    runs = []
    for experiment in client.search_experiments():
        for run in client.search_runs([experiment.experiment_id]):
            name = run.info.run_id
            runs.append(
                {
                    "status": run.info.status,
                    "parameters": dict(run.data.params),
                    "metrics": {
                        key: [
                            [point.step, point.value]
                            for point in client.get_metric_history(name, key)
                        ]
                        for key in run.data.metrics
                    },
                    "artifacts": [one.path for one in client.list_artifacts(name)],
                }
            )
    models = [
        {"name": model.name, "problem": reloads(mlflow, model)}
        for model in mlflow.search_logged_models(
            experiment_ids=[one.experiment_id for one in client.search_experiments()],
            output_format="list",
        )
    ]
    return {"runs": runs, "models": models}


if __name__ == "__main__":
    print(json.dumps(read(Path(sys.argv[1]))))
