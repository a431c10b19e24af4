"""What an Optuna storage holds."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def read(folder: Path) -> dict[str, Any]:
    """Return the studies with their trials.

    Raises
    ------
    FileNotFoundError
        When there is no storage.
    """
    import optuna  # type: ignore[import-not-found,unused-ignore]

    found = sorted(folder.glob("*.db"))
    storages = [f"sqlite:///{path}" for path in found if _has_studies(path)]
    if not storages:
        raise FileNotFoundError("There is no study in a file.")
    studies = []
    for storage in storages:
        for name in optuna.get_all_study_names(storage):
            study = optuna.load_study(study_name=name, storage=storage)
            studies.append(
                {"name": name, "trials": [_trial(one) for one in study.get_trials(deepcopy=False)]}
            )
    return {"studies": studies}


def _has_studies(path: Path) -> bool:
    import sqlite3

    with sqlite3.connect(path) as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    return {"studies", "trials"} <= tables


def _trial(trial: Any) -> dict[str, Any]:
    return {
        "state": trial.state.name,
        "params": dict(trial.params),
        "fixed": dict(trial.system_attrs.get("fixed_params", {})),
        "value": trial.value if trial.values else None,
        "choices": {
            key: len(one.choices) if hasattr(one, "choices") else int(one.low < one.high) + 1
            for key, one in trial.distributions.items()
        },
    }


if __name__ == "__main__":
    print(json.dumps(read(Path(sys.argv[1]))))
