"""Which transformers are maintained, and how: one line a transformer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from ..matrix import Floats, Marks
from .cells import Cells
from .handlers import (
    categories,
    extremes,
    filled,
    identity,
    imputed,
    moments,
    quantiles,
    refitted,
    spans,
    terms,
)
from .statistic import Statistic

Handler: TypeAlias = Callable[[Any, Cells, Marks, str], "tuple[Statistic, Floats] | None"]
"""Takes a transformer, its input, the rows to fit on and the step's name; returns the fitted
statistic and the raw values of all rows, or None when it does not maintain these parameters."""

HANDLERS: Mapping[str, Handler] = {
    "sklearn.feature_extraction.text.CountVectorizer": terms.fit,
    "sklearn.feature_extraction.text.TfidfVectorizer": terms.fit,
    "sklearn.preprocessing.KBinsDiscretizer": spans.fit_bins,
    "sklearn.preprocessing.MaxAbsScaler": extremes.fit_max_abs,
    "sklearn.preprocessing.MinMaxScaler": extremes.fit_min_max,
    "sklearn.preprocessing.OneHotEncoder": categories.fit,
    "sklearn.preprocessing.OrdinalEncoder": categories.fit,
    "sklearn.preprocessing.RobustScaler": quantiles.fit,
    "sklearn.preprocessing.SplineTransformer": spans.fit_splines,
    "sklearn.preprocessing.StandardScaler": moments.fit,
}
"""Transformers whose fitted state is maintained. What learns nothing is in `stage.STATELESS`;
everything else is refitted."""

IMPUTER = "sklearn.impute.SimpleImputer"
"""Maintained alone, or before one of the scalers."""

STATISTICS: Mapping[str, type[Statistic]] = {
    statistic.kind: statistic
    for statistic in (
        categories.Categories,
        extremes.Extremes,
        filled.Filled,
        identity.Identity,
        imputed.Imputed,
        moments.Moments,
        quantiles.Quantiles,
        refitted.Refitted,
        spans.Spans,
        terms.Terms,
    )
}
"""Statistics by the kind that descriptions name."""
