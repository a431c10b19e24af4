"""Samples and splits: drawn by what a row is made of, so that nobody moves when others go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas
import pytest
from sklearn.model_selection import train_test_split

import palimpsest.pandas as pd
from palimpsest.tracking import SourceChange, SourceInput, TrackingWarning, capture

from .oracle import Maintained, assert_equals_rerun

FRAME = pandas.DataFrame({"id": range(400), "g": [i % 7 for i in range(400)]})
OTHER = pandas.DataFrame({"g": [0, 1, 1, 2], "h": list("abcd")})

Prepare = Callable[[Any], Any]


def half(frame: Any) -> Any:
    return frame.sample(frac=0.5, random_state=1)


def some(frame: Any) -> Any:
    return frame.sample(40, random_state=1)


def first_part(frame: Any) -> Any:
    return train_test_split(frame, test_size=0.25, random_state=1)[0]


def second_part(frame: Any) -> Any:
    return train_test_split(frame, test_size=0.25, random_state=1, stratify=frame["g"])[1]


def joined(frame: Any) -> Any:
    return frame.merge(pd.DataFrame(OTHER), on="g").sample(frac=0.5, random_state=1)


ALL = [half, some, first_part, second_part, joined]


@pytest.mark.parametrize("prepare", ALL)
def test_survivors_do_not_move(prepare: Prepare) -> None:
    before = set(capture(prepare, {"frame": FRAME}).frame["id"])
    gone = FRAME["id"] % 3 == 0
    source = SourceInput("frame", FRAME, delete=lambda frame: gone.to_numpy())
    after = set(capture(prepare, {"frame": source}).frame["id"])
    stayed = {one for one in before if one % 3}
    assert stayed <= after
    if prepare is not some:  # a fixed number of rows admits the next
        assert stayed == after


@pytest.mark.parametrize("prepare", ALL)
def test_maintenance_draws_as_a_fresh_run_does(prepare: Prepare) -> None:
    table = Maintained(capture(prepare, {"frame": FRAME}))
    for gone in ([0, 5, 17], list(range(100, 200))):
        table.apply({"frame": SourceChange(deleted=gone, erased={"g": [300, 301]})})
        rerun = capture(prepare, table.sources.inputs({"frame": FRAME}))
        assert_equals_rerun(table, rerun)


def test_a_run_after_a_forget_goes_on_with_the_same_numbers() -> None:
    gone = (FRAME["id"] < 50).to_numpy()
    first = capture(half, {"frame": SourceInput("frame", FRAME, delete=lambda _: gone)})
    table = Maintained(first)
    table.apply({"frame": SourceChange(deleted=[3, 4])})
    more = gone.copy()
    more[[53, 54]] = True
    again = capture(half, {"frame": SourceInput("frame", FRAME, delete=lambda _: more)})
    assert_equals_rerun(table, again)


def test_sizes_are_as_asked_for() -> None:
    assert len(capture(some, {"frame": FRAME}).frame) == 40
    assert len(capture(half, {"frame": FRAME}).frame) == pytest.approx(200, abs=40)
    everything = capture(lambda frame: frame.sample(frac=1, random_state=2), {"frame": FRAME}).frame
    assert sorted(everything["id"]) == list(FRAME["id"])
    assert everything["id"].tolist() != list(FRAME["id"])


def test_both_parts_of_a_split_are_everything() -> None:
    train, test = (
        set(capture(part, {"frame": FRAME}).frame["id"]) for part in (first_part, second_part)
    )
    assert not train & test
    assert train | test == set(FRAME["id"])


def test_a_split_of_several_tables_keeps_them_in_step() -> None:
    frame = pd.DataFrame(FRAME)
    rows, _, ids, _ = train_test_split(frame, frame["id"], test_size=0.25, random_state=1)
    assert rows["id"].tolist() == ids.tolist()


def test_a_split_without_shuffling_takes_rows_by_place() -> None:
    def prepare(frame: Any) -> Any:
        return train_test_split(frame, test_size=0.25, shuffle=False)[1]

    expected = train_test_split(FRAME, test_size=0.25, shuffle=False)[1]
    pandas.testing.assert_frame_equal(capture(prepare, {"frame": FRAME}).frame, expected)


UNTRACKED: list[Prepare] = [
    lambda frame: frame.sample(3),
    lambda frame: frame.sample(3, random_state=0, replace=True),
    lambda frame: frame.groupby("g", as_index=False).size().sample(2, random_state=0),
    lambda frame: train_test_split(frame, test_size=0.25)[0],
    lambda frame: train_test_split(frame, test_size=100, random_state=0)[0],
    lambda frame: train_test_split(frame, np.arange(400), test_size=0.25, random_state=0)[0],
    lambda frame: frame.take([0, 1]),
]


@pytest.mark.parametrize("prepare", UNTRACKED)
def test_what_cannot_be_drawn_by_identity_is_untracked(prepare: Prepare) -> None:
    with pytest.warns(TrackingWarning, match="not tracked"):
        prepare(pd.DataFrame(FRAME))


def test_plain_arrays_beside_a_frame_are_split_as_scikit_learn_does() -> None:
    with pytest.warns(TrackingWarning):
        rows, _, ids, _ = train_test_split(
            pd.DataFrame(FRAME), FRAME["id"].to_numpy(), test_size=0.25, random_state=0
        )
    assert rows._held["id"].tolist() == ids.tolist()
