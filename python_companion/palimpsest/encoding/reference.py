"""The table of transformers and models in the user guide, generated from the registries.

``python -m palimpsest.encoding.reference docs/features.md`` writes it between its markers.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from .registry import HANDLERS, IMPUTER
from .stage import STATELESS

BEGIN, END = "<!-- transformers: generated -->", "<!-- end of transformers -->"

_WHOLE = "zero in all columns of the step"
_COLUMN = "zero in its columns"
_UNSEEN = "no category: zero in its columns"

_BESIDE = "shift and scale beside the matrix"
_COUNTED = "local: categories are counted"
_REFIT = "refit on the remaining rows"

_KEPT: Mapping[str, tuple[str, str]] = {
    "sklearn.feature_extraction.text.CountVectorizer": ("local: terms are counted", _WHOLE),
    "sklearn.feature_extraction.text.TfidfVectorizer": (
        "local: terms are counted; weights and lengths beside the matrix",
        _WHOLE,
    ),
    "sklearn.preprocessing.MaxAbsScaler": (_BESIDE, _COLUMN),
    "sklearn.preprocessing.MinMaxScaler": (_BESIDE, _COLUMN),
    "sklearn.preprocessing.OneHotEncoder": (_COUNTED, _UNSEEN),
    "sklearn.preprocessing.OrdinalEncoder": (_COUNTED, _COLUMN),
    "sklearn.preprocessing.RobustScaler": (_BESIDE, _COLUMN),
    "sklearn.preprocessing.KBinsDiscretizer": ("local: smallest and largest value", _COLUMN),
    "sklearn.preprocessing.SplineTransformer": ("local: smallest and largest value", _COLUMN),
    "sklearn.preprocessing.StandardScaler": (_BESIDE, _COLUMN),
}

_LIMITS: Mapping[str, str] = {
    "sklearn.feature_extraction.text.CountVectorizer": "unless it reads files (`input`)",
    "sklearn.feature_extraction.text.TfidfVectorizer": (
        "unless it reads files (`input`) or has a `vocabulary` and `smooth_idf=False`"
    ),
    "sklearn.preprocessing.FunctionTransformer": "if a row's result depends on that row alone",
    "sklearn.preprocessing.KBinsDiscretizer": '`strategy="uniform"`',
    "sklearn.preprocessing.SplineTransformer": '`knots="uniform"`, without `extrapolation="error"`',
    "sklearn.preprocessing.MaxAbsScaler": "unless it clips",
    "sklearn.preprocessing.MinMaxScaler": "unless it clips",
    "sklearn.preprocessing.OneHotEncoder": "unless `drop` lists categories",
    "sklearn.preprocessing.OrdinalEncoder": "without grouping; numbers of its own below 0",
}

_REFITTED: Mapping[str, str] = {
    "IterativeImputer": "a missing value, which is filled",
    "KNNImputer": "a missing value, which is filled",
    "PCA": _WHOLE,
    "PowerTransformer": _COLUMN,
    "QuantileTransformer": _COLUMN,
    "SelectKBest": _WHOLE,
    "TargetEncoder": _COLUMN,
    "TruncatedSVD": _WHOLE,
}
"""Well-known transformers of which every row changes with every other, and an erased cell there."""


def table() -> str:
    """Return the table as Markdown, with aligned columns."""
    rows = [
        ("transformer", "how it is kept right", "when", "an erased cell is"),
        ("`passthrough`", "local", "always", _COLUMN),
    ]
    mends = "a missing value, which is filled"
    alone = "numbers; alone or before a scaler that does not clip"
    before = "texts, by the most frequent or a constant; before an encoder of categories"
    listed = [
        ("SimpleImputer", _BESIDE, alone, mends),
        ("SimpleImputer", _COUNTED, before, mends),
    ]
    for path in sorted([*HANDLERS, *(set(STATELESS) - {IMPUTER})]):
        how, erased = _KEPT.get(path) or _stateless(path)
        name = path.rpartition(".")[2]
        listed.append((name, how, _LIMITS.get(path, "always"), erased))
    listed += [(name, _REFIT, "always", erased) for name, erased in _REFITTED.items()]
    listed.sort(key=lambda row: row[0])
    rows += [(f"`{name}`", how, when, erased) for name, how, when, erased in listed]
    own = "if `fit` learns nothing and a row's result depends on that row alone"
    rows.append(("your own class", "local", own, _WHOLE))
    rest = f"{_WHOLE}; imputers get a missing value"
    rows.append(("anything else", _REFIT, "always", rest))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, ("-" * widths[0], "-" * widths[1], "-" * widths[2], "-" * widths[3]))
    return "\n".join(
        "| " + " | ".join(map(str.ljust, row, widths)) + " |"  # as the formatter aligns them
        for row in rows
    )


def _stateless(path: str) -> tuple[str, str]:
    return "local", _COLUMN if "columnwise" in STATELESS[path] else _WHOLE


def written_into(text: str) -> str:
    """Return a page with the table between its markers brought up to date."""
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n{table()}\n\n{END}{tail}"


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(written_into(page.read_text("utf-8")), "utf-8")
