import datetime
import decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from palimpsest.errors import PalimpsestError
from palimpsest.protocol.messages import Condition
from palimpsest.store.runfile import RunFile
from palimpsest.store.tables import RowTable

FRAME = pd.DataFrame(
    {
        "text": pd.array(["anna", None, "Änne", ""], dtype="str"),
        "string": pd.array(["a", pd.NA, "b", "c"], dtype="string"),
        "object": np.array(["x", None, np.nan, ("a", 1)], dtype=object),
        "mixed": np.array([True, 3, 2.5, 2**80], dtype=object),
        "more": np.array([pd.NA, pd.NaT, [1, {"k": None}], b"raw"], dtype=object),
        "moments": np.array(
            [
                pd.Timestamp("2024-01-31", tz="Europe/Paris"),
                datetime.date(2024, 1, 31),
                pd.Interval(0, 1.5, closed="left"),
                decimal.Decimal("1.10"),
            ],
            dtype=object,
        ),
        "float": [1.0, np.nan, -0.0, np.inf],
        "float32": np.array([0.1, 2, np.nan, 3], dtype=np.float32),
        "int": [1, -(2**62), 3, 4],
        "small": np.array([1, 2, 3, 255], dtype=np.uint8),
        "bool": [True, False, True, True],
        "Int64": pd.array([1, None, 3, 2**60], dtype="Int64"),
        "Float64": pd.array([1.5, None, 3, 4], dtype="Float64"),
        "boolean": pd.array([True, None, False, True], dtype="boolean"),
        "when": pd.to_datetime(["2024-01-31", None, "1900-01-01", "2100-05-05"]),
        "zoned": pd.to_datetime(
            ["2024-01-31T10:00", None, "1950-01-01T00:00", "2030-05-05T12:30"]
        ).tz_localize("Europe/Berlin"),
        "lasted": pd.to_timedelta(["1h", None, "3D", "0s"]),
        "category": pd.Categorical(["b", None, "a", "b"], categories=["b", "a", "unused"]),
        "level": pd.Categorical([3, 1, 2, None], categories=[1, 2, 3], ordered=True),
        "bin": pd.cut([0.5, 1.5, np.nan, 2.5], [0, 1, 2, 3]),
    }
)


def test_every_dtype_reads_back_equal(file: RunFile) -> None:
    with file.transaction() as connection:
        RowTable.create(connection, "t", FRAME)
    with RunFile.open(file.path) as reader, reader.snapshot() as connection:
        table = RowTable.load(connection, "t")
        assert table is not None
        part = table.read()
    pd.testing.assert_frame_equal(part.frame, FRAME)
    assert part.frame["mixed"].map(type).tolist() == [bool, int, float, int]
    assert [part.frame["object"][i] is None for i in range(3)] == [False, True, False]
    assert np.signbit(part.frame["float"][2])
    assert part.erased == {}
    np.testing.assert_array_equal(part.rows, [0, 1, 2, 3])


def test_rows_come_in_the_order_asked_for(file: RunFile) -> None:
    with file.transaction() as connection:
        table = RowTable.create(connection, "t", FRAME)
        part = table.read([2, 0], ["int", "text"])
    assert part.frame.to_dict("list") == {"int": [3, 1], "text": ["Änne", "anna"]}
    with pytest.raises(KeyError):
        table.read([17])


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (pd.array([1, 2], dtype="int64[pyarrow]"), "int64.pyarrow"),
        (pd.period_range("2024", periods=2, freq="D"), "period"),
        (np.array([object(), 1], dtype=object), "builtins.object"),
        (np.array([1 + 2j, 0]), "complex128"),
        (np.array([2**63, 0], dtype=np.uint64), "unsigned"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_name(file: RunFile, values: object, told: str) -> None:
    with (
        pytest.raises(PalimpsestError, match=f"'odd'.*{told}"),
        file.transaction() as connection,
    ):
        RowTable.create(connection, "t", pd.DataFrame({"fine": [1, 2], "odd": values}))
    with file.snapshot() as connection:
        assert RowTable.load(connection, "t") is None


def test_column_names_must_be_text(file: RunFile) -> None:
    with file.transaction() as connection, pytest.raises(PalimpsestError, match="column 0"):
        RowTable.create(connection, "t", pd.DataFrame([[1, 2]]))


def test_erased_cells_are_missing_and_marked(file: RunFile) -> None:
    with file.transaction() as connection:
        table = RowTable.create(connection, "t", FRAME, {"int": np.array([True, 0, 0, 0]) == 1})
        table.erase({column: [3] for column in FRAME.columns})
        part = table.read()
    assert part.erased["int"].tolist() == [True, False, False, True]
    assert all(part.erased[column][3] for column in FRAME.columns)
    whole = ["int", "small", "bool"]
    assert part.frame.iloc[3].drop(whole).isna().all()
    assert part.frame[whole].iloc[3].tolist() == [0, 0, False]
    assert part.frame.dtypes.astype(str).tolist() == FRAME.dtypes.astype(str).tolist()
    assert part.frame["int"].tolist()[:3] == [0, -(2**62), 3]
    assert part.frame["category"].cat.categories.tolist() == ["b", "a", "unused"]
    assert part.frame["level"].tolist()[:3] == [3, 1, 2]


def test_a_category_goes_with_its_last_cell(file: RunFile) -> None:
    frame = FRAME[["category", "level"]]
    with file.transaction() as connection:
        table = RowTable.create(connection, "t", frame)
        table.erase({"category": [2]})
        table.blank([0])
        assert table.read().frame["category"].cat.categories.tolist() == ["b", "unused"]
        assert table.read().frame["level"].cat.categories.tolist() == [1, 2]
        later = pd.DataFrame(
            {
                "category": pd.Categorical(["new", "b"]),
                "level": pd.Categorical([2, 1], categories=[1, 2], ordered=True),
            }
        )
        table.update(np.array([1, 3], dtype=np.int32), later)
        part = RowTable.load(connection, "t").read()  # type: ignore[union-attr]
    assert part.frame["category"].tolist() == ["new", np.nan, "b"]
    assert part.frame["level"].cat.categories.tolist() == [1, 2]
    assert part.frame["level"].cat.ordered


def test_more_columns_than_bits(file: RunFile) -> None:
    frame = pd.DataFrame({f"c{i}": [i, i + 1] for i in range(200)})
    with file.transaction() as connection:
        table = RowTable.create(connection, "t", frame)
        table.erase({"c61": [0], "c62": [1], "c199": [0, 1]})
        part = table.read()
    assert {name: mask.tolist() for name, mask in part.erased.items()} == {
        "c61": [True, False],
        "c62": [False, True],
        "c199": [True, True],
    }


def test_updates_convert_or_widen(file: RunFile) -> None:
    frame = pd.DataFrame({"n": [1, 2, 3], "b": [True, False, True], "t": ["a", "b", "c"]})
    with file.transaction() as connection:
        table = RowTable.create(connection, "t", frame)
        table.erase({"n": [2]})
        rows = np.array([0], dtype=np.int32)
        table.update(rows, pd.DataFrame({"n": [5.0], "b": [1], "t": np.array(["x"], object)}))
        assert table.codecs["n"].dtype == "int64"
        table.append(
            np.array([7], dtype=np.int32),
            pd.DataFrame({"n": [np.nan], "b": np.array([None], object), "t": [None]}),
        )
        part = RowTable.load(connection, "t").read()  # type: ignore[union-attr]
    assert part.frame["n"].tolist()[:3] == [5.0, 2.0, 0.0] or part.frame["n"].isna()[2]
    assert np.isnan(part.frame["n"][3])
    assert part.frame["b"].tolist() == [True, False, True, None]
    assert part.frame["t"].tolist() == ["x", "b", "c", None] or part.frame["t"].isna()[3]
    assert part.erased["n"].tolist() == [False, False, True, False]


CONDITIONS = [
    (("text", "==", "anna"), [0]),
    (("text", "!=", "anna"), [2, 3]),
    (("text", "contains", "nn"), [0, 2]),
    (("text", "starts-with", "Ä"), [2]),
    (("text", "starts-with", ""), [0, 2, 3]),
    (("text", "is-missing", None), [1]),
    (("object", "is-missing", None), [1, 2]),
    (("object", "==", "x"), [0]),
    (("mixed", "==", True), [0]),
    (("mixed", ">", 2), [1, 2]),
    (("float", ">=", 0), [0, 2, 3]),
    (("int", "==", "3"), [2]),
    (("int", "contains", "4"), [1, 3]),
    (("small", ">", 2.5), [2, 3]),
    (("bool", "==", "false"), [1]),
    (("boolean", "==", True), [0, 3]),
    (("Int64", ">", 1), [2, 3]),
    (("when", ">=", "2024-01-01"), [0, 3]),
    (("zoned", "<", "2024-01-31T10:00"), [2]),
    (("zoned", "==", "2024-01-31T09:00Z"), [0]),
    (("lasted", ">", "2h"), [2]),
    (("category", "==", "b"), [0, 3]),
    (("category", "is-missing", None), [1]),
]


@pytest.mark.parametrize(("condition", "expected"), CONDITIONS)
def test_filters(file: RunFile, condition: tuple[str, str, object], expected: list[int]) -> None:
    column, comparison, value = condition
    with file.transaction() as connection:
        table = RowTable.create(connection, "t", FRAME)
        wanted = Condition.model_validate(
            {"column": column, "comparison": comparison, "value": value}
        )
        assert table.select([wanted]).tolist() == expected


def test_erased_cells_satisfy_only_their_own_conditions(file: RunFile) -> None:
    with file.transaction() as connection:
        table = RowTable.create(connection, "t", FRAME)
        table.erase({"int": [2]})
        for comparison, expected in [("is-erased", [2]), ("is-missing", [2]), (">", [0, 3])]:
            wanted = Condition.model_validate(
                {"column": "int", "comparison": comparison, "value": 0}
            )
            assert table.select([wanted]).tolist() == expected


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        (("nowhere", "==", 1), "no column 'nowhere'.*It has: text"),
        (("int", "==", "many"), "expected a number, got 'many'"),
        (("int", "==", None), "needs a value"),
        (("when", "==", "soon"), "'soon' is none"),
        (("when", "contains", "2024"), "compares text"),
        (('"; DROP TABLE t; --', "==", 1), "no column"),
    ],
)
def test_filters_that_make_no_sense(
    file: RunFile, condition: tuple[str, str, object], told: str
) -> None:
    column, comparison, value = condition
    with file.transaction() as connection:
        table = RowTable.create(connection, "t", FRAME)
        wanted = Condition.model_validate(
            {"column": column, "comparison": comparison, "value": value}
        )
        with pytest.raises(PalimpsestError, match=told):
            table.select([wanted])


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=8),
    st.binary(max_size=8),
    st.lists(st.one_of(st.none(), st.integers(), st.text(max_size=3)), max_size=3),
)


@given(
    values=st.lists(st.tuples(CELLS, st.text(st.characters(codec="utf-8")), st.floats())),
    seed=st.integers(0, 2**31),
)
def test_any_table_under_any_change_equals_pandas(
    tmp_path_factory: pytest.TempPathFactory, values: list[tuple[object, str, float]], seed: int
) -> None:
    file = RunFile.create(tmp_path_factory.mktemp("tables"))
    frame = _frame(values)
    table = RowTable.create(file.connection, "t", frame)
    expected = frame
    rng = np.random.default_rng(seed)
    for _ in range(3):
        rows = expected.index.to_numpy(dtype=np.int32)
        gone = rows[rng.random(len(rows)) < 0.3]
        table.blank(gone)
        expected = expected.drop(index=gone)
        rows = expected.index.to_numpy(dtype=np.int32)
        changed = rows[rng.random(len(rows)) < 0.5]
        other = expected.loc[rng.permutation(changed)].set_axis(changed)
        table.update(changed, other.reset_index(drop=True))
        expected.loc[changed] = other
        first = int(rng.integers(1000, 10**6))
        added = frame.iloc[: rng.integers(0, 3)]
        added = added.set_axis(range(first, first + len(added)))
        table.append(added.index.to_numpy(dtype=np.int32), added.reset_index(drop=True))
        expected = pd.concat([expected, added]).sort_index()
        expected = expected[~expected.index.duplicated()]
        part = table.read()
        assert part.rows.tolist() == expected.index.tolist()
        pd.testing.assert_frame_equal(part.frame, expected.reset_index(drop=True))
    file.discard()


def _frame(values: list[tuple[object, str, float]]) -> pd.DataFrame:
    objects = np.empty(len(values), dtype=object)
    for position, (value, _, _) in enumerate(values):
        objects[position] = value
    return pd.DataFrame(
        {
            "object": objects,
            "text": pd.array([text for _, text, _ in values], dtype="str"),
            "float": np.array([number for _, _, number in values], dtype=float),
        }
    )
