"""The consequences that a shortcut gets wrong, one test each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas
import pytest

import palimpsest.pandas as pd
from palimpsest.tracking import (
    FullRerun,
    NeedsFunction,
    SourceChange,
    SourceInput,
    TrackingWarning,
    capture,
    maintain,
)

from .oracle import ERASED, Maintained, assert_equals_rerun

LEFT = pandas.DataFrame({"k": ["a", "a", "b", "c"], "x": [1, 2, 3, 4]})
RIGHT = pandas.DataFrame({"k": ["a", "b", "b"], "y": [10, 20, 30]})


def maintained(prepare: Callable[..., Any], **sources: pandas.DataFrame) -> Maintained:
    return Maintained(capture(prepare, sources))


def check(table: Maintained, prepare: Callable[..., Any], **sources: pandas.DataFrame) -> None:
    assert_equals_rerun(table, capture(prepare, table.sources.inputs(sources)))


def test_deleting_the_last_match_of_a_left_join_brings_back_a_padded_row() -> None:
    def prepare(left: Any, right: Any) -> Any:
        return left.merge(right, on="k", how="left")

    table = maintained(prepare, left=LEFT, right=RIGHT)
    delta = table.apply({"right": SourceChange(deleted=[0])})
    assert delta.removed.tolist() == [0, 1]
    assert delta.added_frame["y"].isna().tolist() == [True, True]
    assert [one.kind for one in delta.consequences] == ["join-padded"]
    check(table, prepare, left=LEFT, right=RIGHT)


def test_deleting_one_of_two_matches_pads_nothing() -> None:
    def prepare(left: Any, right: Any) -> Any:
        return left.merge(right, on="k", how="left")

    table = maintained(prepare, left=LEFT, right=RIGHT)
    delta = table.apply({"right": SourceChange(deleted=[1])})
    assert (len(delta.removed), len(delta.added), len(delta.updated)) == (1, 0, 0)
    check(table, prepare, left=LEFT, right=RIGHT)


def test_deleting_the_kept_duplicate_promotes_the_next() -> None:
    def prepare(left: Any) -> Any:
        return left.drop_duplicates("k", keep="last")

    table = maintained(prepare, left=LEFT)
    delta = table.apply({"left": SourceChange(deleted=[1])})
    assert delta.added_frame["x"].tolist() == [1]
    assert [one.kind for one in delta.consequences] == ["duplicate-promoted"]
    check(table, prepare, left=LEFT)


def test_a_promoted_duplicate_keeps_its_place_in_the_order() -> None:
    frame = pandas.DataFrame({"k": list("aabba"), "x": [1, 2, 3, 4, 5]})

    def prepare(left: Any) -> Any:
        return left.drop_duplicates(["k"], keep="first").head(1)

    table = maintained(prepare, left=frame)
    table.apply({"left": SourceChange(deleted=[0])})
    check(table, prepare, left=frame)
    assert list(table.rows.values()) == [("a", 2)]


def test_deleting_a_member_changes_the_aggregate_and_the_last_member_removes_the_group() -> None:
    def prepare(left: Any) -> Any:
        return left.groupby("k").agg(total=("x", "sum"), n=("x", "count")).reset_index()

    table = maintained(prepare, left=LEFT)
    delta = table.apply({"left": SourceChange(deleted=[0, 3])})
    assert delta.updated_frame.to_numpy().tolist() == [["a", 2, 1]]
    assert delta.removed.tolist() == [2]
    check(table, prepare, left=LEFT)


def test_head_admits_the_runner_up_and_says_that_it_looks_at_all_rows() -> None:
    def prepare(left: Any) -> Any:
        return left.sort_values("x", ascending=False).head(2)

    table = maintained(prepare, left=LEFT)
    delta = table.apply({"left": SourceChange(deleted=[3])})
    assert delta.added_frame["x"].tolist() == [2]
    assert len(delta.not_local) == 1
    assert [one.kind for one in delta.consequences] == ["row-admitted"]
    check(table, prepare, left=LEFT)


def test_nlargest_admits_the_runner_up() -> None:
    def prepare(left: Any) -> Any:
        return left.nlargest(2, "x")

    table = maintained(prepare, left=LEFT)
    delta = table.apply({"left": SourceChange(deleted=[3])})
    assert delta.added_frame["x"].tolist() == [2]
    assert delta.not_local == [f"2 greatest x (line {_line_of(prepare) + 1}) looks at all rows."]
    assert [one.kind for one in delta.consequences] == ["row-admitted"]
    check(table, prepare, left=LEFT)


def _line_of(function: Callable[..., Any]) -> int:
    return function.__code__.co_firstlineno


def test_quantiles_look_at_all_rows_and_say_so() -> None:
    def prepare(left: Any) -> Any:
        return left.assign(half=pd.qcut(left["x"], 2, labels=False))

    table = maintained(prepare, left=LEFT)
    assert not table.apply({"left": SourceChange(erased={"k": [0]})}).not_local
    assert len(table.apply({"left": SourceChange(deleted=[3])}).not_local) == 1
    check(table, prepare, left=LEFT)


def test_how_intervals_are_written_depends_on_missing_values_elsewhere() -> None:
    frame = pandas.DataFrame({"x": [0.5, None, 2.0]})

    def prepare(left: Any) -> Any:
        return left.assign(band=pd.cut(left["x"], [0, 1, 3]).astype(str))

    table = maintained(prepare, left=frame)
    assert table.rows[0] == (0.5, "(0.0, 1.0]")
    table.apply({"left": SourceChange(deleted=[1])})
    assert table.rows[0] == (0.5, "(0, 1]")
    check(table, prepare, left=frame)


def test_a_share_of_a_group_changes_for_all_its_rows_and_for_no_other() -> None:
    def prepare(left: Any) -> Any:
        return left.assign(total=left.groupby("k")["x"].transform("sum"))

    table = maintained(prepare, left=LEFT)
    delta = table.apply({"left": SourceChange(deleted=[0])})
    assert delta.updated_frame.to_numpy().tolist() == [["a", 2, 2]]
    assert [one.kind for one in delta.consequences] == ["group-value-changed"]
    assert not delta.not_local
    check(table, prepare, left=LEFT)


def test_a_value_that_is_looked_up_goes_with_its_record() -> None:
    def prepare(left: Any, right: Any) -> Any:
        known = right.drop_duplicates("k").set_index("k")["y"]
        return left.assign(y=left["k"].map(known))

    table = maintained(prepare, left=LEFT, right=RIGHT)
    delta = table.apply({"right": SourceChange(deleted=[1], erased={"y": [0]})})
    assert sorted(table.rows.values()) == [
        ("a", 1, ERASED), ("a", 2, ERASED), ("b", 3, 30), ("c", 4, None)
    ]  # fmt: skip
    assert len(delta.updated) == 3
    check(table, prepare, left=LEFT, right=RIGHT)


def test_erasing_a_filtered_value_removes_the_row() -> None:
    def prepare(left: Any) -> Any:
        return left[left["x"] > 1][["k"]]

    table = maintained(prepare, left=LEFT)
    delta = table.apply({"left": SourceChange(erased={"x": [1]})})
    assert delta.removed.tolist() == [0]
    assert [one.kind for one in delta.consequences] == ["filter-leaves"]
    check(table, prepare, left=LEFT)


def test_erasing_a_value_can_add_rows() -> None:
    def prepare(left: Any) -> Any:
        return left.drop_duplicates("k", keep=False)

    table = maintained(prepare, left=LEFT)
    delta = table.apply({"left": SourceChange(erased={"k": [0]})})
    assert len(delta.added) == 2
    check(table, prepare, left=LEFT)


def test_an_erased_join_key_matches_nothing_not_even_missing_keys() -> None:
    left = pandas.DataFrame({"k": ["a", None], "x": [1, 2]})
    right = pandas.DataFrame({"k": ["a", None], "y": [10, 20]})

    def prepare(left: Any, right: Any) -> Any:
        return left.merge(right, on="k", how="left")

    table = maintained(prepare, left=left, right=right)
    table.apply({"left": SourceChange(erased={"k": [0]})})
    check(table, prepare, left=left, right=right)
    assert sorted(table.rows.values(), key=str) == [(ERASED, 1, None), (None, 2, 20.0)]


def test_a_row_with_an_erased_group_key_leaves_its_group() -> None:
    def prepare(left: Any) -> Any:
        return left.groupby("k", as_index=False).agg({"x": "sum"})

    table = maintained(prepare, left=LEFT)
    table.apply({"left": SourceChange(erased={"k": [0, 2]})})
    check(table, prepare, left=LEFT)
    assert sorted(table.rows.values()) == [("a", 2), ("c", 4)]


def test_erased_values_are_left_out_of_aggregates() -> None:
    def prepare(left: Any) -> Any:
        return left.groupby("k", as_index=False).agg({"x": "sum"})

    table = maintained(prepare, left=LEFT)
    table.apply({"left": SourceChange(erased={"x": [0, 2]})})
    check(table, prepare, left=LEFT)
    assert sorted(table.rows.values(), key=str) == [("a", 2), ("b", ERASED), ("c", 4)]


def test_an_erased_operand_makes_the_result_missing_and_erased() -> None:
    def prepare(left: Any) -> Any:
        return left.assign(
            a=left["x"] + 1, b=left["x"].isna(), c=left["x"].fillna(0), d=left["k"].map(str.upper)
        )

    masks = {"x": np.array([True, False, False, False])}
    captured = capture(prepare, {"left": SourceInput("left", LEFT, erase=lambda _: masks)})
    assert {name: mask.tolist()[:2] for name, mask in captured.erased.items()} == {
        name: [True, False] for name in "xabc"
    }
    assert captured.frame["d"].tolist() == ["A", "A", "B", "C"]
    assert captured.frame["a"].dtype == np.int64


def test_one_erased_cell_does_not_change_the_text_of_the_others() -> None:
    def prepare(left: Any) -> Any:
        return pd.DataFrame({"text": left["x"].astype(str)})

    masks = {"x": np.array([True, False, False, False])}
    captured = capture(prepare, {"left": SourceInput("left", LEFT, erase=lambda _: masks)})
    assert captured.frame["text"].tolist()[1:] == ["2", "3", "4"]


def test_a_change_of_dtype_that_something_can_see_asks_for_a_full_rerun() -> None:
    def prepare(left: Any, right: Any) -> Any:
        joined = left.merge(right, on="k", how="left")
        return joined.assign(text=joined["y"].astype(str))

    captured = capture(prepare, {"left": LEFT, "right": RIGHT})
    with pytest.raises(FullRerun, match="dtype"):
        Maintained(captured).apply({"left": SourceChange(deleted=[3])})
    with pytest.raises(FullRerun, match="dtype"):
        Maintained(capture(prepare, {"left": LEFT[:3], "right": RIGHT})).apply(
            {"right": SourceChange(deleted=[0])}
        )


def test_a_padded_column_is_maintained_while_padded_rows_remain() -> None:
    left = pandas.concat([LEFT, LEFT[3:]], ignore_index=True)

    def prepare(left: Any, right: Any) -> Any:
        joined = left.merge(right, on="k", how="left")
        return joined.assign(text=joined["y"].astype(str))

    table = maintained(prepare, left=left, right=RIGHT)
    table.apply({"left": SourceChange(deleted=[3])})
    check(table, prepare, left=left, right=RIGHT)


def test_numbers_inferred_from_text_with_gaps_ask_for_a_full_rerun() -> None:
    frame = pandas.DataFrame({"k": ["a", None, "bc"]})

    def prepare(left: Any) -> Any:
        return left.assign(n=left["k"].str.len().astype(str))

    with pytest.raises(FullRerun, match="astype"):
        maintained(prepare, left=frame).apply({"left": SourceChange(deleted=[1])})


def test_survivors_keep_their_ids_over_a_sequence_of_requests() -> None:
    def prepare(left: Any, right: Any) -> Any:
        return left.merge(right.drop_duplicates("k"), on="k")

    table = maintained(prepare, left=LEFT, right=RIGHT)
    before = dict(table.rows)
    table.apply({"left": SourceChange(deleted=[0])})
    table.apply({"right": SourceChange(deleted=[1])})
    assert {row: table.rows[row] for row in table.rows if row in before} == {1: before[1]}
    check(table, prepare, left=LEFT, right=RIGHT)


def test_a_dry_run_changes_nothing() -> None:
    def prepare(left: Any, right: Any) -> Any:
        joined = left.merge(right, on="k", how="left")
        return joined.assign(big=joined["k"].map(str.upper))

    captured = capture(prepare, {"left": LEFT, "right": RIGHT})
    captured.rows.build()
    before = captured.rows.to_arrays()
    entries = len(captured.memo)  # type: ignore[arg-type]
    delta = maintain(
        captured.plan,
        captured.output,
        captured.rows,
        Maintained(captured).sources,
        captured.memo,
        {"right": SourceChange(deleted=[0])},
        dry_run=True,
    )
    assert len(delta.removed) == 2
    after = captured.rows.to_arrays()
    assert all(np.array_equal(before[name], after[name]) for name in before)
    assert len(captured.memo) == entries  # type: ignore[arg-type]


def test_a_new_value_needs_the_function() -> None:
    frame = pandas.DataFrame({"k": ["a", "a"], "x": ["p", "q"]})

    def prepare(left: Any) -> Any:
        kept = left.drop_duplicates("k", keep="last")
        return kept.assign(big=kept["x"].map(shout))

    table = maintained(prepare, left=frame)
    with pytest.raises(NeedsFunction, match="shout"):
        table.apply({"left": SourceChange(deleted=[1])}, functions={})
    table.apply({"left": SourceChange(deleted=[1])}, functions={"shout": shout})
    assert list(table.rows.values()) == [("a", "p", "P!")]


def shout(value: str) -> str:
    return value.upper() + "!"


def test_text_methods_work_on_rows_without_text_of_a_mixed_column() -> None:
    frame = pandas.DataFrame({"k": list("aab"), "v": pandas.Series(["x", 1, 2.5], dtype=object)})

    def prepare(left: Any) -> Any:
        return left.drop_duplicates("k").assign(u=left["v"].str.upper())

    def other(left: Any) -> Any:
        kept = left.drop_duplicates("k")
        return kept.assign(u=kept["v"].str.upper())

    table = maintained(other, left=frame)
    table.apply({"left": SourceChange(deleted=[0])})
    assert sorted(table.rows.values(), key=str) == [("a", 1, None), ("b", 2.5, None)]
    with pytest.warns(TrackingWarning):
        capture(prepare, {"left": frame})


def test_keys_of_mixed_kinds_join_on_some_rows_as_on_all() -> None:
    left = pandas.DataFrame({"k": pandas.Series(["x", 1, "y"], dtype=object)})
    right = pandas.DataFrame({"k": [1, 2], "y": [10, 20]})

    def prepare(left: Any, right: Any) -> Any:
        return left.merge(right, on="k", how="left").assign(z=1)

    table = maintained(prepare, left=left, right=right)
    table.apply({"right": SourceChange(deleted=[0])})
    table.apply({"left": SourceChange(deleted=[0])})
    check(table, prepare, left=left, right=right)


def test_untracked_results_ask_for_a_full_rerun() -> None:
    def prepare(left: Any) -> Any:
        return left.assign(m=left["x"].rolling(2).sum())

    with pytest.warns(TrackingWarning, match="rolling"):
        captured = capture(prepare, {"left": LEFT})
    with pytest.raises(FullRerun, match="rolling"):
        Maintained(captured).apply({"left": SourceChange(deleted=[0])})


def test_an_escape_asks_for_a_full_rerun() -> None:
    def prepare(left: Any) -> Any:
        return left[left["x"] > float(left["x"].mean())]

    captured = capture(prepare, {"left": LEFT})
    assert "mean" in captured.escapes[0].message
    with pytest.raises(FullRerun, match="mean"):
        Maintained(captured).apply({"left": SourceChange(deleted=[0])})


def test_a_forgotten_key_leaves_no_hash_behind() -> None:
    def prepare(left: Any, right: Any) -> Any:
        return left.merge(right.drop_duplicates("k"), on="k")

    captured = capture(prepare, {"left": LEFT, "right": RIGHT})
    table = Maintained(captured)
    hashes = [name for name, _ in captured.rows.items() if name.startswith("keyhash/")]
    hashes = [name for name in hashes if name.count("/") == 1]
    before = {name: set(captured.rows.array(name).all().tolist()) for name in hashes}
    table.apply({"left": SourceChange(deleted=[2]), "right": SourceChange(erased={"k": [1, 2]})})
    for name in hashes:
        assert len(before[name] - set(captured.rows.array(name).all().tolist())) == 1


def test_a_semi_join_follows_the_other_table() -> None:
    def prepare(left: Any, right: Any) -> Any:
        return left[left["k"].isin(right[right["y"] > 10]["k"])]

    table = maintained(prepare, left=LEFT, right=RIGHT)
    assert table.apply({"right": SourceChange(deleted=[1])}).removed.tolist() == []
    assert table.apply({"right": SourceChange(erased={"y": [2]})}).removed.tolist() == [0]
    check(table, prepare, left=LEFT, right=RIGHT)


def test_a_function_of_rows_depends_on_what_it_reads() -> None:
    calls = []

    def total(row: Any) -> float:
        calls.append(row["x"])
        return row["x"] + row["y"]

    def prepare(left: Any, right: Any) -> Any:
        joined = left.merge(right, on="k").assign(z="unread")
        return joined.assign(total=joined.apply(total, axis=1))

    captured = capture(prepare, {"left": LEFT, "right": RIGHT})
    expected = LEFT.merge(RIGHT, on="k")
    assert captured.frame["total"].tolist() == (expected["x"] + expected["y"]).tolist()
    table = Maintained(captured)
    calls.clear()
    delta = table.apply({"left": SourceChange(erased={"x": [0]})})
    assert delta.updated_erased["total"].tolist() == [True]
    assert not calls
    check(table, prepare, left=LEFT, right=RIGHT)
