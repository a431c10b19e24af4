"""The check list of tuning, as far as it needs no tool."""

from __future__ import annotations

import random

import numpy as np
import pytest

from palimpsest.adapt.checks.tune_optuna import CHECK, _study_points
from palimpsest.adapt.studyprobe import odd_value, shuffle

ORIGINAL = (
    "model = Ridge(alpha=1.0)\nmodel.fit(X_train, y_train)\nprint(model.score(X_test, y_test))\n"
)

SEARCH = """
tuned = {"alpha": 1.0}
def objective(trial):
    tuned["alpha"] = trial.suggest_float("alpha", 0.1, 10.0)
    model = Ridge(alpha=tuned["alpha"])
    model.fit(X_fit, y_fit)
    return model.score(X_valid, y_valid)
study.optimize(objective, n_trials=20)
"""

FINAL = ORIGINAL.replace("alpha=1.0", 'alpha=tuned["alpha"]')


def _trials(**more: object) -> list[dict[str, object]]:
    one = {"state": "COMPLETE", "params": {"alpha": 1.0}, "fixed": {"alpha": 1.0}}
    other = {**one, "fixed": {}, "params": {"alpha": 2.0}}
    last = {**one, "fixed": {}, "params": {"alpha": 3.0}}
    return [{**each, "value": index / 7, **more} for index, each in enumerate((one, other, last))]


def _failed(trials: list[dict[str, object]]) -> set[str]:
    return {point.name for point in _study_points([{"trials": trials}]) if not point.ok}


class TestSource:
    """What is seen of a search in the source."""

    def test_a_literal_that_is_tuned_is_not_lost(self) -> None:
        assert CHECK.lost(ORIGINAL, SEARCH + FINAL) == []
        assert CHECK.lost(ORIGINAL, SEARCH + FINAL.replace("fit", "fit_transform")) != []

    def test_another_literal_is_lost(self) -> None:
        wrong = SEARCH.replace('"alpha": 1.0', '"alpha": 2.0')
        assert CHECK.lost(ORIGINAL, wrong + FINAL) == ["model = Ridge(alpha=1.0)"]

    def test_an_argument_that_was_not_given_may_be_tuned(self) -> None:
        original = ORIGINAL.replace("alpha=1.0", "")
        assert CHECK.lost(original, SEARCH + FINAL) == []

    def test_an_honest_search_hides_nothing(self) -> None:
        assert CHECK.hidden(ORIGINAL, SEARCH + FINAL) == []

    @pytest.mark.parametrize(
        ("before", "after", "objection"),
        [
            ("n_trials=20", "n_trials=1", "a search of 1 trial"),
            ("n_trials=20", "n_trials=20, catch=(ValueError,)", "errors of trials are swallowed"),
            ("X_valid, y_valid", "X_test, y_valid", "test data in the objective: X_test"),
            ("model.score(X_valid, y_valid)", "0.9", "an objective that returns a constant"),
            (
                "    model.fit(X_fit, y_fit)\n",
                "    try:\n        model.fit(X_fit, y_fit)\n    except ValueError:\n        return score\n",
                "errors of trials are swallowed",
            ),
        ],
    )
    def test_a_search_in_name_only_is_told(self, before: str, after: str, objection: str) -> None:
        assert CHECK.hidden(ORIGINAL, SEARCH.replace(before, after) + FINAL) == [objection]


class TestStudy:
    """What the storage has to hold."""

    def test_a_study_with_different_trials_is_fine(self) -> None:
        assert _failed(_trials()) == set()

    def test_one_trial_is_not_a_search(self) -> None:
        assert "trials" in _failed(_trials()[:1])

    def test_failed_trials_are_told(self) -> None:
        assert "trials" in _failed(_trials(state="FAIL"))

    def test_the_first_trial_has_the_original_values(self) -> None:
        assert _failed(_trials(fixed={})) == {"first trial given"}

    def test_values_that_stay_the_same_are_told(self) -> None:
        same = {"alpha": 1.0}
        assert "values vary" in _failed(_trials(params=same, fixed=same))

    def test_a_constant_objective_is_told(self) -> None:
        assert _failed(_trials(value=0.5)) == {"objective varies"}


class TestProbe:
    """What is asked of a search while it runs."""

    @pytest.mark.parametrize("whole", [True, False])
    def test_an_odd_value_is_in_range_and_not_the_original(self, whole: bool) -> None:
        class Range:
            low, high, log = (1, 9, False) if whole else (0.1, 9.0, True)

        value = odd_value(Range, 5)
        assert Range.low <= value <= Range.high
        assert value != 5
        assert isinstance(value, int) == whole

    def test_shuffled_data_comes_back(self) -> None:
        rows = np.arange(50)
        back = shuffle(rows, random.Random(0))
        assert back is not None
        assert rows.tolist() != list(range(50))
        assert sorted(rows) == list(range(50))
        back()
        assert rows.tolist() == list(range(50))

    def test_examples_in_a_list_get_other_labels(self) -> None:
        pairs = [(f"word {index}", index) for index in range(20)]
        before = list(pairs)
        back = shuffle(pairs, random.Random(1))
        assert back is not None
        assert [word for word, _ in pairs] == [word for word, _ in before]
        assert pairs != before
        back()
        assert pairs == before

    def test_what_is_no_data_is_left_alone(self) -> None:
        assert shuffle("test", random.Random(0)) is None
