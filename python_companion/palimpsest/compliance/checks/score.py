"""How much worse the model is on rows that it has not seen."""

from __future__ import annotations

from palimpsest.compliance.check import (
    Check,
    Finding,
    Settings,
    Threshold,
    graded,
    not_applicable,
)
from palimpsest.compliance.evidence import evidence, to_rows
from palimpsest.compliance.scoring import kind_of, metric_of, score_on
from palimpsest.compliance.view import RunView


def look(view: RunView, settings: Settings) -> Finding:
    """Compare the score on held-out rows with that on training rows."""
    kind = kind_of(view.estimator)
    held_out = score_on(view, view.held_out)
    trained = score_on(view, view.trained)
    if kind is None or held_out is None or trained is None:
        return not_applicable("There are no labelled rows that the model was not trained on.")
    metric, gap = metric_of(kind), trained - held_out
    sides = (("training", view.trained, trained), ("held out", view.held_out, held_out))
    table = evidence(
        "Score",
        [("rows", "text"), ("count", "count"), (metric, "number")],
        [
            ((name, int(rows.sum()), score), to_rows("training", view.rows[rows]))
            for name, rows, score in sides
        ],
    )
    return Finding(
        graded(gap, settings.number("warn"), settings.number("fail")),
        f"{metric} is {held_out:.3f} on held-out rows and {trained:.3f} on training rows.",
        [table],
        held_out,
    )


CHECK = Check(
    "score",
    "Score on unseen rows",
    "quality",
    "How much worse is the model on rows that it was not trained on?",
    look,
    (
        Threshold("warn", "Warn when it is worse by more than", 0.1),
        Threshold("fail", "Fail when it is worse by more than", 0.25),
    ),
    "score on held-out rows",
)
