"""What a forget of the model costs, and how near it comes, for every strategy.

    npm run bench:models [-- --rows 100000 --columns 100 --repeats 5 --mails 100000]

Real data: scikit-learn's bundled sets as they are, and one of them (handwritten digits) drawn
again with replacement and mixed to the size that is asked for. Each line forgets fifty records.
*Forget* is the update of encoder statistics and model; *refit* makes X of the stored matrix with
the statistics of the rows that remain, and trains again; *re-run* encodes these rows and trains
again. Times of forgets are medians. The torch MLP is trained on the example (see mlp.py).
"""

from __future__ import annotations

import argparse
import statistics
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from measure import say
from mlp import measure_mlp, report_mlp
from palimpsest import Sharded
from palimpsest.encoding import RawRows, encode
from palimpsest.models import retrained, strategy_for
from palimpsest.models.metrics import parameter_distance, prediction_disagreement
from palimpsest.pipeline.state import TrainingRows, training_data
from sklearn import datasets
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.discriminant_analysis import (
    LinearDiscriminantAnalysis,
    QuadraticDiscriminantAnalysis,
)
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import (
    GammaRegressor,
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    Ridge,
    SGDClassifier,
)
from sklearn.naive_bayes import BernoulliNB, CategoricalNB, ComplementNB, GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

FORGOTTEN = 50
OWN_WAY = {"newton", "forest", "shards"}
"""Strategies whose models are not scikit-learn's: it stops short of the optimum, and draws samples
by position."""


@dataclass
class Table:
    """A training table: scaled numbers or plain counts, with labels."""

    name: str
    frame: pd.DataFrame
    y: Any
    scaled: bool

    def transformer(self) -> ColumnTransformer:
        """Return unfitted encoders."""
        how = StandardScaler() if self.scaled else "passthrough"
        return ColumnTransformer([("x", how, list(self.frame.columns))])


@dataclass
class Line:
    """One measurement."""

    model: str
    table: str
    strategy: str
    kind: str
    forget: float
    refit: float
    rerun: float
    distance: float
    disagreement: float
    rows: int


def tables(rows: int, columns: int) -> dict[str, Table]:
    """Return the data: small as it is, and large."""
    digits, labels = datasets.load_digits(return_X_y=True)
    rng = np.random.default_rng(0)
    chosen = rng.integers(0, len(digits), rows)
    mixed = digits[chosen] @ rng.normal(size=(digits.shape[1], columns))
    mixed += rng.normal(size=mixed.shape) * mixed.std(axis=0)
    counted = np.tile(digits, 2)[chosen][:, :columns]
    counted = np.minimum(counted + rng.poisson(0.3, counted.shape), 16.0)
    target = labels[chosen]
    diabetes, progress = datasets.load_diabetes(return_X_y=True, scaled=False)
    cancer, malign = datasets.load_breast_cancer(return_X_y=True)

    def table(name: str, values: Any, y: Any, *, scaled: bool = True) -> Table:
        names = [f"x{column}" for column in range(values.shape[1])]
        return Table(name, pd.DataFrame(values, columns=names), y, scaled)

    slopes = rng.normal(size=columns) / np.sqrt(columns)
    signal = (mixed - mixed.mean(axis=0)) / mixed.std(axis=0) @ slopes
    return {
        "numbers": table("digits, mixed", mixed, signal + rng.normal(size=rows)),
        "events": table("digits, mixed", mixed, rng.poisson(np.exp(0.3 * signal)) + 1.0),
        "two": table("digits, mixed", mixed, (target > 4).astype(int)),
        "two, as they are": table(
            "digits, mixed", mixed / mixed.std(axis=0), (target > 4).astype(int), scaled=False
        ),
        "ten": table("digits, mixed", mixed, target),
        "counts": table("digits, drawn", counted, target, scaled=False),
        "diabetes": table("diabetes", diabetes, progress),
        "cancer": table("breast cancer", cancer, malign),
        "digits": table("digits", digits, labels, scaled=False),
        "digits, scaled": table("digits", digits, labels),
    }


EXACT = [
    (LinearRegression(), "numbers"),
    (Ridge(), "numbers"),
    (GaussianNB(), "ten"),
    (NearestCentroid(), "ten"),
    (LinearDiscriminantAnalysis(), "ten"),
    (LinearDiscriminantAnalysis(solver="eigen", shrinkage=0.1), "ten"),
    (QuadraticDiscriminantAnalysis(), "ten"),
    (MultinomialNB(), "counts"),
    (ComplementNB(), "counts"),
    (BernoulliNB(binarize=0.5), "counts"),
    (CategoricalNB(), "counts"),
    (KNeighborsClassifier(), "ten"),
]
SMALL = [
    (Ridge(), "diabetes"),
    (GaussianNB(), "cancer"),
    (LinearDiscriminantAnalysis(), "cancer"),
    (MultinomialNB(), "digits"),
]
OPTIMA = [
    (LogisticRegression(max_iter=1000), "two"),
    (LogisticRegression(max_iter=1000), "cancer"),
    (LogisticRegression(C=0.01, max_iter=1000), "digits, scaled"),
    (LinearSVC(dual=False), "two"),
    (SGDClassifier(loss="log_loss", alpha=1e-3, random_state=0), "two"),
    (PoissonRegressor(alpha=0.1, max_iter=1000), "events"),
    (GammaRegressor(alpha=0.1, max_iter=1000), "events"),
]
SAMPLES = [
    (RandomForestClassifier(40, max_samples=0.002, random_state=0), "two, as they are"),
    (RandomForestClassifier(40, max_samples=0.02, random_state=0), "digits"),
    (RandomForestClassifier(40, random_state=0), "digits"),
]
SHARDS = [
    (Sharded(LogisticRegression(max_iter=1000), shards=200), "two, as they are"),
    (Sharded(DecisionTreeClassifier(max_depth=8), shards=20), "digits"),
    (Sharded(MLPClassifier((64,)), shards=20, slices=5, epochs=5), "digits"),
]
AGAIN = [
    (ExtraTreesClassifier(20, random_state=0), "cancer"),
    (HistGradientBoostingClassifier(max_iter=20, random_state=0), "cancer"),
]


class World:
    """An encoded table with a model, in memory."""

    def __init__(self, table: Table, estimator: Any) -> None:
        self.table, self.estimator = table, estimator
        everywhere = np.ones(len(table.frame), dtype=bool)
        self.encoding, self.raw = encode(table.transformer(), table.frame, {}, everywhere)
        self.rows = np.arange(len(table.frame), dtype=np.int32)
        self.strategy = strategy_for(estimator)
        self.state = self.strategy.fit(estimator, self.data())

    def data(self) -> Any:
        """Return what remains, as training data."""
        found = TrainingRows(self.raw, self.table.y, self.rows)
        return training_data(self.encoding, len(self.rows), lambda: found)

    def forget(self, gone: Any) -> tuple[float, Any]:
        """Forget some rows; return the seconds and the guarantee."""
        nothing = RawRows.zeros(0, self.encoding.raw_width, self.encoding.units)
        left, none = self.raw.take(gone), np.zeros(0, dtype=bool)
        stays = np.setdiff1d(self.rows, gone).astype(np.int32)
        start = time.perf_counter()
        delta = self.encoding.update(left, np.ones(len(gone), dtype=bool), nothing, none)
        removed = self.encoding.batch(left, self.table.y[gone], gone)
        self.encoding, self.rows = delta.encoding, stays
        added = self.encoding.batch(nothing, self.table.y[:0], gone[:0])
        self.state, guarantee = self.strategy.update(self.state, removed, added, self.data())
        return time.perf_counter() - start, guarantee

    def matrix(self) -> tuple[Any, Any]:
        """Return X and y of what remains."""
        return self.encoding.materialise(self.raw.take(self.rows)), self.table.y[self.rows]


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds that `work` takes, and its result."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def measure(estimator: Any, table: Table, repeats: int) -> Line:
    """Forget again and again; compare the last state with training afresh."""
    say(f"{type(estimator).__name__} on {table.name}")
    world = World(table, estimator)
    rng = np.random.default_rng(1)
    forgets = []
    count = min(FORGOTTEN, len(world.rows) // 20)
    for _ in range(repeats):
        gone = np.sort(rng.choice(world.rows, count, replace=False)).astype(np.int32)
        seconds, guarantee = world.forget(gone)
        forgets.append(seconds)
    reading, (X, y) = timed(world.matrix)
    training, fresh = timed(lambda: clone(estimator).fit(X, y))
    frame = table.frame.iloc[world.rows]
    encoding, _ = timed(lambda: table.transformer().fit_transform(frame))
    model = retrained(world.state, world.data(), estimator).to_estimator()
    if world.strategy.name in OWN_WAY:
        fresh = world.strategy.fit(estimator, world.data()).to_estimator()
    part = slice(0, 2000)
    return Line(
        type(estimator).__name__,
        table.name,
        world.state.strategy,
        guarantee.kind,
        statistics.median(forgets),
        reading + training,
        encoding + training,
        parameter_distance(model, fresh),
        prediction_disagreement(model.predict(X[part]), fresh.predict(X[part]), 1e-6),
        len(world.rows),
    )


def residual_gain(table: Table) -> float:
    """Return how much larger the gradient is after the best first-order step.

    The step follows the gradient of the forgotten rows' loss, as first-order unlearning does; its
    length is the one, of a hundred, that leaves the smallest gradient.
    """
    estimator = LogisticRegression(max_iter=1000)
    world = World(table, estimator)
    old = world.state.to_estimator()
    gone = np.random.default_rng(2).choice(world.rows, FORGOTTEN, replace=False)
    gone = np.sort(gone).astype(np.int32)
    _, guarantee = world.forget(gone)
    X, y = world.matrix()
    whole = np.column_stack([X, np.ones(len(X))])
    point = np.append(old.coef_[0], old.intercept_[0])

    def gradient(at: Any) -> Any:
        slopes = 1.0 / (1.0 + np.exp(-(whole @ at))) - y
        pull = np.append(at[:-1] / estimator.C, 0.0)
        return (whole.T @ slopes + pull) / len(y)

    direction = gradient(point)
    reach = np.geomspace(1e-3, 1e3, 100)
    first = min(float(np.abs(gradient(point - step * direction)).max()) for step in reach)
    return first / max(guarantee.residual, 1e-16)


def report(title: str, lines: list[Line]) -> None:
    """Print a table of measurements."""
    print(f"\n{title}")
    print(
        f"{'model':28}{'data':16}{'rows':>8}  {'strategy':14}{'forget ms':>10}{'refit ms':>10}"
        f"{'re-run ms':>10}{'refit/f.':>9}{'distance':>10}{'differ':>8}"
    )
    for line in lines:
        times = (line.forget, line.refit, line.rerun)
        print(
            f"{line.model:28}{line.table:16}{line.rows:>8}  {line.strategy:14}"
            + "".join(f"{1000 * seconds:>10.2f}" for seconds in times)
            + f"{line.refit / line.forget:>9.1f}{line.distance:>10.1e}{line.disagreement:>8.1%}"
        )


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--columns", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--mails", type=int, default=100_000, help="of the example, for the MLP")
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    data = tables(options.rows, options.columns)
    sections = {}
    for title, pairs in (
        ("Exact, at size", EXACT),
        ("Exact, as they come", SMALL),
        ("To the optimum", OPTIMA),
        ("Only trees with an affected row", SAMPLES),
        ("Only shards with an affected row", SHARDS),
        ("Trained again", AGAIN),
    ):
        lines = [measure(model, data[name], options.repeats) for model, name in pairs]
        report(title, lines)
        sections[title] = lines
    exact = [*sections["Exact, at size"], *sections["Exact, as they come"]]
    distance = max(line.distance for line in exact)
    speed = min(line.refit / line.forget for line in sections["Exact, at size"])
    gap = report_mlp(*measure_mlp(options.mails, options.repeats))
    gain = min(residual_gain(data[name]) for name in ("two", "cancer"))
    print(
        f"\nexact distance {distance:.1e}, speed-up {speed:.1f} x, "
        f"newton residual gain {gain:.1e} x, mlp accuracy gap {gap:.2f} points"
    )


if __name__ == "__main__":
    main()
