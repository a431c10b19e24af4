"""An estimator in shards, each of which sees its own rows only (SISA training).

After Bourtoule et al., Machine Unlearning (2021): rows are divided into shards and these into slices;
every shard trains a learner of its own, slice by slice, and their predictions are put together.
Forgetting a row concerns one learner, from the row's slice on.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy, deepcopy
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, clone
from sklearn.dummy import DummyClassifier
from sklearn.utils.metaestimators import available_if

from ..matrix import Floats, Ints, Marks
from .identified import RowIds, drawn

Labels = npt.NDArray[Any]
Read: TypeAlias = "Callable[[Callable[[RowIds], Marks]], tuple[Any, Labels, RowIds]]"
"""Gives X, y and identities, in ascending order, of the rows that a function of identities wants."""


class Sharded(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Train an estimator in shards, so that a row can be forgotten by one of them.

    It can be used like any estimator of scikit-learn. In a pipeline of `palimpsest`, a forget
    trains only the shards again that hold an affected row.

    Parameters
    ----------
    estimator : object
        What every shard trains: anything with `fit` and `predict`. Classifiers with
        `predict_proba` are averaged, others vote; regressors are averaged.
    shards : int
        How many learners there are.
    slices : int
        With more than one, an estimator that has `partial_fit` learns a shard slice by slice, and
        what it was before each is kept. Others learn a shard as a whole.
    epochs : int
        How many times each slice is given to `partial_fit`.
    replay : bool
        Whether the earlier slices are given again together with each new one, as in the paper.
        For learners that go along gradients; those that count would count twice.
    random_state : int
        Of the assignment of rows, and of every `random_state` of the learners.

    Attributes
    ----------
    learners_ : list of estimators
        Of the shards that have rows.
    shards_ : (k,) int64
        Their shards.
    checkpoints_ : list of estimators
        Learners as they were before a slice.
    checkpoint_places_ : (c, 2) int64
        The shard and the slice of each.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> model = Sharded(DecisionTreeClassifier(max_depth=3), shards=4).fit(X, y)
    >>> len(model.learners_), bool(model.score(X, y) > 0.9)
    (4, True)
    """

    def __init__(
        self,
        estimator: Any,
        *,
        shards: int = 8,
        slices: int = 1,
        epochs: int = 1,
        replay: bool = False,
        random_state: int = 0,
    ) -> None:
        self.estimator = estimator
        self.shards = shards
        self.slices = slices
        self.epochs = epochs
        self.replay = replay
        self.random_state = random_state

    @property
    def _estimator_type(self) -> str:
        return "classifier" if self._classifies else "regressor"

    def portable_params(self) -> dict[str, Any]:
        """Return what describes it: its estimator stays unfitted, every shard trains a copy."""
        params: dict[str, Any] = self.get_params(deep=False)
        return params

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.estimator_type, tags.target_tags.required = self._estimator_type, True
        if hasattr(self.estimator, "__sklearn_tags__"):
            own = self.estimator.__sklearn_tags__()
            tags.classifier_tags, tags.regressor_tags = own.classifier_tags, own.regressor_tags
            tags.input_tags = own.input_tags
        elif self._classifies:
            from sklearn.utils import ClassifierTags

            tags.classifier_tags = ClassifierTags()
        return tags

    @property
    def _classifies(self) -> bool:
        kind = getattr(self.estimator, "_estimator_type", None)
        if kind is None and hasattr(self.estimator, "__sklearn_tags__"):
            kind = self.estimator.__sklearn_tags__().estimator_type
        if kind is None:
            return hasattr(self.estimator, "predict_proba")
        return bool(kind == "classifier")

    @property
    def is_sliced(self) -> bool:
        """Whether learners learn slice by slice."""
        return self.slices > 1 and hasattr(self.estimator, "partial_fit")

    def assigned(self, rows: RowIds) -> tuple[Ints, Ints]:
        """Return the shard and the slice of rows, by their identities alone."""
        shard = np.floor(drawn(rows, self.random_state, 0) * self.shards).astype(np.int64)
        slice_ = np.floor(drawn(rows, self.random_state, 1) * self.slices).astype(np.int64)
        return shard, slice_

    def fit(self, X: Any, y: Any, rows: RowIds | None = None) -> Sharded:
        """Train all shards.

        Parameters
        ----------
        X : (n, d)
        y : (n,) or (n, k)
        rows : (n,) int, optional
            Identities of the rows, by which they are assigned; their positions by default.
        """
        self._check()
        X, y = _plain(X), np.asarray(y)
        known = np.arange(X.shape[0]) if rows is None else np.asarray(rows)
        order = np.argsort(known, kind="stable")
        self.n_features_in_ = int(X.shape[1])
        if self._classifies:
            self.classes_ = np.unique(y)
        read: Read = lambda wanted: (X[order], y[order], known[order])
        learners, checkpoints = self._taught(dict.fromkeys(range(self.shards), 0), read, {})
        self._set(learners, checkpoints)
        return self

    def relearned(self, affected: RowIds, read: Read) -> Sharded:
        """Return the model after rows left or came: the shards they belong to are trained again.

        The classes must be what they were.

        Parameters
        ----------
        affected : (m,) int
            Identities of the rows.
        read : callable
            Gives the rows after the change.
        """
        starts = self.starts(affected)
        learners = dict(zip(self.shards_.tolist(), self.learners_, strict=True))
        places = map(tuple, self.checkpoint_places_.tolist())
        checkpoints = dict(zip(places, self.checkpoints_, strict=True))
        for shard, first in starts.items():
            learners.pop(shard, None)
            for place in [place for place in checkpoints if place[0] == shard and place[1] > first]:
                del checkpoints[place]
        fresh, more = self._taught(starts, read, checkpoints)
        after = copy(self)
        after._set({**learners, **fresh}, {**checkpoints, **more})
        return after

    def starts(self, affected: RowIds) -> dict[int, int]:
        """Return the shards that hold rows, and the slices from which each learns again."""
        starts: dict[int, int] = {}
        for shard, slice_ in zip(*(part.tolist() for part in self.assigned(affected)), strict=True):
            first = slice_ if self.is_sliced else 0
            starts[shard] = min(first, starts.get(shard, first))
        return dict(sorted(starts.items()))

    def _taught(
        self, starts: dict[int, int], read: Read, checkpoints: dict[Any, Any]
    ) -> tuple[dict[int, Any], dict[Any, Any]]:
        """Train shards from slices on; return their learners, and checkpoints."""
        X, y, rows = read(lambda ids: np.isin(self.assigned(ids)[0], list(starts)))
        shards, slices = self.assigned(rows)
        learners: dict[int, Any] = {}
        made: dict[Any, Any] = {}
        for shard, first in starts.items():
            mine = np.flatnonzero(shards == shard)
            if not len(mine):
                continue
            if not self.is_sliced:
                learners[shard] = self._whole(shard, X[mine], y[mine])
                continue
            learner = deepcopy(checkpoints.get((shard, first)))
            for place in range(first, self.slices):
                if learner is not None and place > first:
                    made[shard, place] = deepcopy(learner)
                own = mine[slices[mine] <= place if self.replay else slices[mine] == place]
                learner = self._slice(shard, learner, X[own], y[own])
            learners[shard] = learner
        return learners, made

    def _whole(self, shard: int, X: Any, y: Labels) -> Any:
        if self._classifies and y.ndim == 1 and (y == y[0]).all():
            return DummyClassifier(strategy="prior").fit(X, y)  # most classifiers want two classes
        return self._unfitted(shard).fit(X, y)

    def _slice(self, shard: int, learner: Any, X: Any, y: Labels) -> Any:
        if not len(y):
            return learner
        learner = self._unfitted(shard) if learner is None else learner
        options = {"classes": self.classes_} if self._classifies else {}
        for _ in range(self.epochs):
            learner.partial_fit(X, y, **options)
        return learner

    def _unfitted(self, shard: int) -> Any:
        if not hasattr(self.estimator, "get_params"):
            return deepcopy(self.estimator)
        learner = clone(self.estimator)
        seeds = drawn(np.array([shard]), self.random_state, 2) * np.iinfo(np.int32).max
        names = [
            name
            for name in learner.get_params(deep=True)
            if name == "random_state" or name.endswith("__random_state")
        ]
        return learner.set_params(**dict.fromkeys(names, int(seeds[0])))

    def _set(self, learners: dict[int, Any], checkpoints: dict[Any, Any]) -> None:
        self.shards_ = np.array(sorted(learners), dtype=np.int64)
        self.learners_ = [learners[shard] for shard in sorted(learners)]
        places = sorted(checkpoints)
        self.checkpoint_places_ = np.array(places, dtype=np.int64).reshape(-1, 2)
        self.checkpoints_ = [checkpoints[place] for place in places]

    def _check(self) -> None:
        for name in ("shards", "slices", "epochs"):
            value = getattr(self, name)
            if not isinstance(value, int | np.integer) or value < 1:
                raise ValueError(f"{name!r} must be a whole number above 0, got {value!r}.")
        if not isinstance(self.random_state, int | np.integer):
            raise TypeError(
                f"'random_state' must be an int, got {self.random_state!r}: rows keep their shard "
                "only if it can be found again."
            )

    def predict(self, X: Any) -> Labels:
        """Predict by all shards together."""
        X = _plain(X)
        predictions = [learner.predict(X) for learner in self.learners_]
        if not self._classifies:
            means: Labels = np.mean(predictions, axis=0)
            return means
        if hasattr(self.estimator, "predict_proba"):
            scores = self.predict_proba(X)
        else:
            votes = [np.asarray(part)[:, None] == self.classes_ for part in predictions]
            scores = np.sum(votes, axis=0)
        chosen: Labels = self.classes_[scores.argmax(axis=1)]
        return chosen

    @available_if(lambda self: hasattr(self.estimator, "predict_proba"))  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> Floats:
        """Return the mean of the shards' probabilities, one column a class."""
        X = _plain(X)
        whole = np.zeros((X.shape[0], len(self.classes_)))
        for learner in self.learners_:
            known = getattr(learner, "classes_", self.classes_)
            whole[:, np.searchsorted(self.classes_, known)] += learner.predict_proba(X)
        return whole / len(self.learners_)

    def score(self, X: Any, y: Any) -> float:
        """Return the accuracy of a classifier, the coefficient of determination of a regressor."""
        from sklearn.metrics import accuracy_score, r2_score

        measure = accuracy_score if self._classifies else r2_score
        return float(measure(y, self.predict(X)))


def _plain(X: Any) -> Any:
    """Return rows as a matrix, sparse where it is."""
    return X.tocsr() if hasattr(X, "tocsr") else np.asarray(X)
