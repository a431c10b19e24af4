"""The same program gives the same frame with `palimpsest.pandas` as with pandas."""

from __future__ import annotations

import warnings

import pandas
from hypothesis import given, settings
from pandas.testing import assert_frame_equal

import palimpsest.pandas as tracked_pandas
from palimpsest.tracking import TrackingWarning, capture

from .programs import LIKE_PANDAS, Program, programs


@given(programs(most=12, only=LIKE_PANDAS))
@settings(max_examples=5 * settings().max_examples)
def test_programs_give_equal_frames(program: Program) -> None:
    expected = program.run(pandas, {name: frame.copy() for name, frame in program.sources.items()})
    with warnings.catch_warnings():
        warnings.simplefilter("error", TrackingWarning)
        captured = capture(program.prepare(tracked_pandas), program.sources)
    assert_frame_equal(captured.frame, expected)
    assert captured.escapes == ()
    assert not captured.erased
