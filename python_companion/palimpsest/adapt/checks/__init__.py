"""The check lists, one module a task; a new task is one module and one line here."""

from palimpsest.adapt.checks import track_mlflow, tune_optuna
from palimpsest.adapt.checks.base import Point, TaskCheck, Trial

CHECKS: dict[str, TaskCheck] = {
    "track-mlflow": track_mlflow.CHECK,
    "tune-optuna": tune_optuna.CHECK,
}

__all__ = ["CHECKS", "Point", "TaskCheck", "Trial"]
