"""The table of transformers and models in the user guide, generated from the registries.

``python -m palimpsest.encoding.reference docs/features.md`` writes it between its markers.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from .registry import HANDLERS
from .stage import STATELESS

BEGIN, END = "<!-- transformers: generated -->", "<!-- end of transformers -->"

_WHOLE = "zero in all columns of the step"
_COLUMN = "zero in its column"
_UNSEEN = "no category: zero in its columns"

_KEPT: Mapping[str, tuple[str, str]] = {
    "sklearn.preprocessing.MaxAbsScaler": ("shift and scale beside the matrix", _COLUMN),
    "sklearn.preprocessing.MinMaxScaler": ("shift and scale beside the matrix", _COLUMN),
    "sklearn.preprocessing.OneHotEncoder": ("local: categories are counted", _UNSEEN),
    "sklearn.preprocessing.StandardScaler": ("shift and scale beside the matrix", _COLUMN),
}

_LIMITS: Mapping[str, str] = {
    "sklearn.impute.SimpleImputer": '`strategy="constant"` and `keep_empty_features=True`',
    "sklearn.preprocessing.FunctionTransformer": "if a row's result depends on that row alone",
    "sklearn.preprocessing.MaxAbsScaler": "unless it clips",
    "sklearn.preprocessing.MinMaxScaler": "unless it clips",
    "sklearn.preprocessing.OneHotEncoder": "without `drop`, `min_frequency` and `max_categories`",
}


def table() -> str:
    """Return the table as Markdown, with aligned columns."""
    rows = [
        ("transformer", "how it is kept right", "when", "an erased cell is"),
        ("`passthrough`", "local", "always", _COLUMN),
    ]
    for path in sorted([*HANDLERS, *STATELESS], key=lambda path: path.rpartition(".")[2]):
        how, erased = _KEPT.get(path) or _stateless(path)
        rows.append((f"`{path.rpartition('.')[2]}`", how, _LIMITS.get(path, "always"), erased))
    own = "if `fit` learns nothing and a row's result depends on that row alone"
    rows.append(("your own class", "local", own, _WHOLE))
    rest = f"{_WHOLE}; imputers get a missing value"
    rows.append(("anything else", "refit on the remaining rows", "always", rest))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, ("-" * widths[0], "-" * widths[1], "-" * widths[2], "-" * widths[3]))
    return "\n".join(
        "| " + " | ".join(map(str.ljust, row, widths)) + " |"  # as the formatter aligns them
        for row in rows
    )


def _stateless(path: str) -> tuple[str, str]:
    traits = STATELESS[path]
    if "mends" in traits:
        return "local", "a missing value, which is filled"
    return "local", _COLUMN if "columnwise" in traits else _WHOLE


def written_into(text: str) -> str:
    """Return a page with the table between its markers brought up to date."""
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n{table()}\n\n{END}{tail}"


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(written_into(page.read_text("utf-8")), "utf-8")
