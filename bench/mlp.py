"""The example with a torch MLP 1540-64-1: what forgetting five customers costs, and how near it is."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import Any

import complaints
import numpy as np
import palimpsest.pandas
import pandas
from measure import fresh_folder, say
from palimpsest import Pipeline, TorchModel
from palimpsest.models import strategy_for
from palimpsest.pipeline.state import training_data
from palimpsest.protocol.messages import ForgetRequest, RowIds
from sklearn.metrics import roc_auc_score

FIVE = 5
EPOCHS = 10
SOURCES = {"customers": "customers.csv", "mails": "mails.csv"}


@dataclass
class Forgotten:
    """One forget of five customers, beside training again on what remains."""

    who: str
    rows: int
    guarantee: str
    model: float
    apply: float
    epoch: float
    refit: float
    accuracy: float
    rerun: float
    auc: float
    rerun_auc: float

    @property
    def gap(self) -> float:
        """Difference in test accuracy, in points."""
        return 100.0 * abs(self.accuracy - self.rerun)

    @property
    def auc_gap(self) -> float:
        """Difference in the area under the curve, in points: rare labels count as much."""
        return 100.0 * abs(self.auc - self.rerun_auc)


def make_model(width: int) -> TorchModel:
    """Return the unfitted network."""
    from torch import nn

    def net() -> Any:
        return nn.Sequential(nn.Linear(width, 64), nn.ReLU(), nn.Linear(64, 1))

    return TorchModel(net, epochs=EPOCHS, learning_rate=2e-3)


def measure_mlp(mails: int, repeats: int) -> tuple[list[Forgotten], float]:
    """Forget customers of the example, the first time those with most positive labels.

    Returns
    -------
    forgets : list of Forgotten
    positives : float
        Share of the test rows that are positive: what guessing "no" gets wrong.
    """
    with fresh_folder() as folder:
        complaints.make_data(mails, folder)
        pipeline = Pipeline(
            "complaints",
            complaints.prepare_with(palimpsest.pandas, complaints.sentiment),
            complaints.encode_features,
            complaints.extract_label,
            make_model,
            split=complaints.in_training,
            fit_encoders_on="all",
        )
        say(f"{mails:,} mails: a run with a torch MLP")
        with pipeline.run(**SOURCES) as run:
            groups = [("positive", premium) for premium in grouped(customers("premium"), 2)]
            groups += [("any", others) for others in grouped(customers("standard"), repeats - 2)]
            forgets = [_forget(run, who, rows) for who, rows in groups]
            return forgets, float(run.y[~run.train].mean())


def grouped(rows: list[int], count: int) -> list[list[int]]:
    """Return the first groups of five."""
    return [rows[start : start + FIVE] for start in range(0, FIVE * max(1, count), FIVE)]


def customers(level: str) -> list[int]:
    """Return target customers of a level; all complaints of premium ones are positive."""
    names = ["cid", "email", "bank", "country", "level"]
    table = pandas.read_csv("customers.csv", names=names, **complaints.RAW)
    premium = table["level"].str.strip() == "premium"
    chosen = table["country"].isin(complaints.TARGETS) & (premium == (level == "premium"))
    return [int(row) for row in table.index[chosen]]


def _forget(run: Any, who: str, rows: list[int]) -> Forgotten:
    request = ForgetRequest(
        run=run.id, source="customers", selector=RowIds(rows=rows), action="delete"
    )
    token = run.preview(request).token
    started = time.perf_counter()
    receipt = run.apply(token)
    took = time.perf_counter() - started
    artifact = next(part for part in receipt.artifacts if part.artifact == "model")
    estimator = make_model(len(run.features))
    with run.reading() as stored:
        data = training_data(stored.encoding, stored.model.rows, stored.training_set)
        started = time.perf_counter()
        fresh = strategy_for(estimator).fit(estimator, data).to_estimator()
        refit = time.perf_counter() - started
    X, y = run.X[~run.train], run.y[~run.train]
    modelled = sum(timing.seconds for timing in receipt.timings if timing.stage == "model")
    return Forgotten(
        who,
        artifact.rows,
        artifact.guarantee,
        modelled,
        took,
        fresh.epoch_seconds_,
        refit,
        run.model.score(X, y),
        fresh.score(X, y),
        roc_auc_score(y, run.model.predict_proba(X)[:, 1]),
        roc_auc_score(y, fresh.predict_proba(X)[:, 1]),
    )


def report_mlp(forgets: list[Forgotten], positives: float) -> float:
    """Print what was measured; return the worst gap in points."""
    print(f"\nTorch MLP on the example ({positives:.2%} of the test rows are positive)")
    print(
        f"{'five customers':16}{'rows':>6}{'model ms':>10}{'apply ms':>10}{'epoch ms':>10}"
        f"{'refit ms':>10}{'accuracy':>10}{'re-run':>9}{'gap':>7}{'AUC':>8}{'re-run':>9}{'gap':>7}"
    )
    for one in forgets:
        times = (one.model, one.apply, one.epoch, one.refit)
        print(
            f"{one.who:16}{one.rows:>6}"
            + "".join(f"{1000 * seconds:>10.0f}" for seconds in times)
            + f"{one.accuracy:>10.4f}{one.rerun:>9.4f}{one.gap:>7.2f}"
            + f"{one.auc:>8.4f}{one.rerun_auc:>9.4f}{one.auc_gap:>7.2f}"
        )
        print(f"    {one.guarantee}")
    share = statistics.median(one.model / one.epoch for one in forgets)
    print(
        f"a forget of the model takes {share:.2f} epochs (median); the worst gap of the AUC is "
        f"{max(one.auc_gap for one in forgets):.2f} points"
    )
    return float(np.max([one.gap for one in forgets]))
