"""Group fairness of a model, for groups by any source column, also one that no feature shows.

The provenance says which records a row is made of, so that a column that was projected out long before
training still tells the group of each row. The measures are fairlearn's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from palimpsest.compliance.check import install_line
from palimpsest.compliance.groups import Grouping, grouping, members
from palimpsest.compliance.scoring import kind_of
from palimpsest.compliance.view import RunView
from palimpsest.errors import PalimpsestError

PACKAGES = {"fairlearn": "fairlearn"}
EXTRA = "compliance"

EQUAL_OPPORTUNITY = "equal opportunity difference"
EQUALISED_ODDS = "equalised odds difference"
DEMOGRAPHIC_PARITY = "demographic parity difference"

_RATES = {
    "count": "rows",
    "selection_rate": "selection rate",
    "true_positive_rate": "true positive rate",
    "false_positive_rate": "false positive rate",
    "accuracy": "accuracy",
}


@dataclass(frozen=True)
class GroupFairness:
    """How differently a model treats groups.

    Attributes
    ----------
    source, column : str
    favourable : object
        The label that is counted as the good outcome.
    on : {"held out", "all labelled"}
        Which rows were predicted.
    groups : DataFrame
        A line a group: rows, selection rate, true and false positive rate, accuracy. Index: the group.
    compared : list of str
        Groups that are large enough to be compared.
    demographic_parity_difference, equal_opportunity_difference, equalised_odds_difference : float
        Largest difference between compared groups; 0 is equal treatment. NaN where it cannot be told: fewer than two
        groups, or a group without positive (or negative) labels.
    demographic_parity_ratio, equalised_odds_ratio : float
        Smallest ratio between compared groups; 1 is equal treatment.
    """

    source: str
    column: str
    favourable: Any
    on: str
    groups: pd.DataFrame
    compared: list[str]
    demographic_parity_difference: float
    equal_opportunity_difference: float
    equalised_odds_difference: float
    demographic_parity_ratio: float
    equalised_odds_ratio: float

    def differences(self) -> dict[str, float]:
        """Return the differences by name."""
        return {
            EQUAL_OPPORTUNITY: self.equal_opportunity_difference,
            DEMOGRAPHIC_PARITY: self.demographic_parity_difference,
            EQUALISED_ODDS: self.equalised_odds_difference,
        }


def fairness(
    view: RunView, source: str, column: str, *, favourable: Any = None, smallest: int = 1
) -> GroupFairness:
    """Measure how differently the model treats groups by a source column.

    Parameters
    ----------
    view : RunView
    source, column : str
    favourable : object, optional
        The label that is the good outcome; by default the larger of two labels (1, True). Needed when there are more.
    smallest : int
        Groups with fewer rows are shown, but not compared.

    Raises
    ------
    PalimpsestError
        ``not-found`` for an unknown column, ``invalid-argument`` when the model does not classify, labels are more
        than two and none is named, or fairlearn is not installed.
    UntraceableError
        When the training table cannot be traced to the source.
    """
    install = install_line(PACKAGES, EXTRA)
    if install is not None:
        raise PalimpsestError(
            "invalid-argument", "Group fairness needs the package fairlearn.", hint=install
        )
    of = grouping(view, source, column)
    good = favourable_label(view, favourable)
    rows = view.held_out if view.held_out.any() else view.labelled
    on = "held out" if view.held_out.any() else "all labelled"
    member = members(view, of)
    member = member[rows[member["row"].to_numpy()]]
    places = member["row"].to_numpy()
    groups = _rates_of(
        truth=(view.labels[places] == good).astype(np.int64),
        predicted=(view.predictions[places] == good).astype(np.int64),
        names=np.array([*of.names, ""], dtype=object)[member["group"].to_numpy()],
    )
    compared = [str(name) for name in groups.index[groups["rows"] >= smallest]]
    return _compared(groups, compared, of, good, on)


def favourable_label(view: RunView, favourable: Any = None) -> Any:
    """Return the label that is the good outcome.

    Raises
    ------
    PalimpsestError
        When it cannot be told.
    """
    if kind_of(view.estimator) != "classifier" or view.labels.ndim > 1:
        raise PalimpsestError(
            "invalid-argument",
            f"Group fairness compares classes, but {view.model.label} does not predict one class a row.",
        )
    labels = np.unique(view.labels[view.labelled])
    if favourable is not None:
        if not (labels == favourable).any():
            raise PalimpsestError("invalid-argument", "No row has the favourable label.")
        return favourable
    if len(labels) != 2:
        raise PalimpsestError(
            "invalid-argument",
            f"There are {len(labels)} labels; which of them is the good outcome?",
            hint="Name it: run.fairness(source, column, favourable=...).",
        )
    return labels[1]


def _rates_of(
    *,
    truth: npt.NDArray[np.int64],
    predicted: npt.NDArray[np.int64],
    names: npt.NDArray[np.object_],
) -> pd.DataFrame:
    """Return the rates of each group."""
    from fairlearn import metrics
    from sklearn.metrics import accuracy_score

    if not len(names):
        return pd.DataFrame(columns=list(_RATES.values()), dtype=float)
    rates = {
        "count": metrics.count,
        "selection_rate": metrics.selection_rate,
        "true_positive_rate": metrics.true_positive_rate,
        "false_positive_rate": metrics.false_positive_rate,
        "accuracy": accuracy_score,
    }
    frame = metrics.MetricFrame(
        metrics=rates, y_true=truth, y_pred=predicted, sensitive_features=pd.Series(names)
    )
    groups: pd.DataFrame = frame.by_group.rename(columns=_RATES).rename_axis("group")
    _unknown_rates(groups, truth, names)
    return groups


def _compared(
    groups: pd.DataFrame, compared: list[str], of: Grouping, good: Any, on: str
) -> GroupFairness:
    among = groups.loc[compared]
    selected, true, false = (
        among[rate] for rate in ("selection rate", "true positive rate", "false positive rate")
    )
    return GroupFairness(
        of.source,
        of.column,
        good,
        on,
        groups,
        compared,
        demographic_parity_difference=_difference(selected),
        equal_opportunity_difference=_difference(true),
        equalised_odds_difference=float(np.maximum(_difference(true), _difference(false))),
        demographic_parity_ratio=_ratio(selected),
        equalised_odds_ratio=float(np.minimum(_ratio(true), _ratio(false))),
    )


def _unknown_rates(groups: pd.DataFrame, truth: npt.NDArray[np.int64], names: Any) -> None:
    """Replace rates of groups in which no row could count: fairlearn calls them 0."""
    positives = pd.Series(truth).groupby(names).agg(["sum", "count"]).reindex(groups.index)
    groups.loc[positives["sum"] == 0, "true positive rate"] = np.nan
    groups.loc[positives["sum"] == positives["count"], "false positive rate"] = np.nan


def _difference(rates: pd.Series) -> float:
    if len(rates) < 2 or rates.isna().any():
        return float("nan")
    return float(rates.max() - rates.min())


def _ratio(rates: pd.Series) -> float:
    if len(rates) < 2 or rates.isna().any():
        return float("nan")
    return float(rates.min() / rates.max()) if rates.max() > 0 else 1.0
