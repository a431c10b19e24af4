"""The check lists, one module a task; a new task is one module and one line here."""

from palimpsest.adapt.checks import (
    prune,
    register_mlflow,
    track_mlflow,
    track_trackio,
    track_wandb,
    translate_dvc,
    tune_optuna,
)
from palimpsest.adapt.checks.base import Point, TaskCheck, Trial

CHECKS: dict[str, TaskCheck] = {
    "track-mlflow": track_mlflow.CHECK,
    "track-wandb": track_wandb.CHECK,
    "track-trackio": track_trackio.CHECK,
    "register-mlflow": register_mlflow.CHECK,
    "tune-optuna": tune_optuna.CHECK,
    "prune-torch": prune.CHECK,
    "prune-nncf": prune.CHECK,
    "translate-dvc": translate_dvc.CHECK,
}

__all__ = ["CHECKS", "Point", "TaskCheck", "Trial"]
