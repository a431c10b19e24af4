"""Each rung says no for its own reason, and equivalent is never said of nothing."""

from __future__ import annotations

import pytest

from tests.verify.conftest import PREPARE, REWRITTEN_PREPARE, SETUP, Project, swap

ROWS = "rows = [(1, 'a'), (2, 'b')]\n"
RIGHT = """
import pandas as pd

def prepare():
    return pd.DataFrame({"i": [1, 2], "k": ["a", "b"]})
"""


def test_syntax_errors_name_side_and_line(project: Project) -> None:
    verdict = project.verify_code(ROWS, "def prepare(:\n    pass\n")

    assert verdict.status == "failed"
    assert verdict.error is not None
    assert (verdict.error.side, verdict.error.line) == ("rewritten", 1)
    assert [e.step for e in verdict.evidence] == ["parses"]


def test_undefined_names_are_found_before_running(project: Project) -> None:
    verdict = project.verify_code(ROWS, swap(RIGHT, ("return", "return nowhere or")))

    assert verdict.error is not None
    assert verdict.error.message == "NameError: name 'nowhere' is not defined"
    assert verdict.error.line == 5
    assert [e.step for e in verdict.evidence if not e.ok] == ["names"]


def test_a_missing_function_of_the_contract_is_told(project: Project) -> None:
    verdict = project.verify_code(ROWS, swap(RIGHT, ("def prepare", "def prepared")))

    assert verdict.error is not None
    assert "define no function prepare()" in verdict.error.message


def test_something_else_than_a_frame_is_told(project: Project) -> None:
    verdict = project.verify_code(ROWS, "def prepare():\n    return 7\n")

    assert verdict.error is not None
    assert "returned int, not a data frame" in verdict.error.message


def test_no_rows_on_the_real_inputs_decide_nothing(project: Project) -> None:
    empty = swap(RIGHT, ("[1, 2]", "[]"), ('["a", "b"]', "[]"))

    verdict = project.verify_code("rows = []\n", empty)

    assert verdict.status == "inconclusive"
    assert "no rows" in verdict.summary


@pytest.mark.parametrize("observation", [None, {"kind": "variable", "name": "nothing"}])
def test_nothing_observable_decides_nothing(
    project: Project, observation: dict[str, str] | None
) -> None:
    verdict = project.verify_code("x = 1\n", RIGHT, observation=observation)

    assert verdict.status == "inconclusive"
    assert "nothing to compare" in verdict.summary


def test_a_file_from_an_earlier_run_does_not_count(project: Project) -> None:
    (project.folder / "train.tsv").write_text("1\ta\n2\tb\n", encoding="utf-8")
    observation = {"kind": "file", "path": "train.tsv", "separator": "\t", "columns": ["i", "k"]}

    verdict = project.verify_code("x = 1\n", RIGHT, observation=observation)

    assert verdict.status == "inconclusive"
    assert "did not write" in verdict.summary


def test_a_file_outside_is_not_observed(project: Project) -> None:
    observation = {"kind": "file", "path": "../x", "separator": "\t", "columns": []}

    verdict = project.verify_code(ROWS, RIGHT, observation=observation)

    assert verdict.status == "inconclusive"


def test_a_cell_without_a_role_decides_nothing(project: Project) -> None:
    verdict = project.verify([ROWS], [RIGHT], [None], None)

    assert verdict.status == "inconclusive"
    assert "no role" in verdict.summary


def test_cells_that_do_not_pair_decide_nothing(project: Project) -> None:
    verdict = project.verify([ROWS], [RIGHT, RIGHT], ["prepare"], None)

    assert verdict.status == "inconclusive"


def test_magics_are_left_out_and_said(project: Project) -> None:
    verdict = project.verify_code(f"%matplotlib inline\n{ROWS}", RIGHT)

    assert verdict.status == "equivalent"
    assert any("magics" in e.detail for e in verdict.evidence)


def test_missing_mutations_are_said(project: Project) -> None:
    verdict = project.verify_code(ROWS, RIGHT)

    assert verdict.status == "equivalent"
    assert verdict.mutated_inputs == 0
    assert any("could be mutated" in e.detail and not e.ok for e in verdict.evidence)


def test_files_read_by_absolute_path_are_said(project: Project) -> None:
    path = project.folder / "customers.csv"
    original = f"rows = [line.split(',') for line in open({str(path)!r})]\n"
    rewritten = f"import pandas as pd\n\ndef prepare():\n    return pd.DataFrame([line.split(',') for line in open({str(path)!r})])\n"

    verdict = project.verify_code(original, rewritten)

    assert verdict.status == "equivalent"
    assert any("absolute path" in e.detail and not e.ok for e in verdict.evidence)


def test_mutations_on_which_both_raise_are_counted_and_told(project: Project) -> None:
    verdict = project.verify(
        [SETUP, PREPARE], [SETUP, REWRITTEN_PREPARE], [None, "prepare"],
        {"kind": "file", "path": "train.tsv", "separator": "\t", "columns": []},
    )  # fmt: skip

    assert verdict.status == "equivalent", verdict
    told = next(e.detail for e in verdict.evidence if e.step == "mutated" and e.ok)
    assert "raise an equal error (ValueError" in told


def test_an_unchanged_cell_that_breaks_after_the_rewrite_is_told(project: Project) -> None:
    between = "count = len(open('train.tsv').readlines())\n"
    label = "y = []\nfor line in open('train.tsv'):\n    y.append(len(line.split('\\t')[1]))\n"
    rewritten = "def extract_label(frame):\n    return frame['title'].str.len()\n"

    verdict = project.verify(
        [SETUP, PREPARE, between, label],
        [SETUP, REWRITTEN_PREPARE, between, rewritten],
        [None, "prepare", None, "label"],
        {"kind": "variable", "name": "y"},
        mutations=3,
    )

    assert verdict.status == "equivalent", verdict
    assert any("code cell 3 is not rewritten and fails" in e.detail for e in verdict.evidence)


# --- what differs between two runs of the original ---


def test_columns_that_never_repeat_are_masked_and_said(project: Project) -> None:
    original = "import uuid\nrows = [(1, str(uuid.uuid4())), (2, str(uuid.uuid4()))]\n"

    right = project.verify_code(original, RIGHT)
    wrong = project.verify_code(original, swap(RIGHT, ("[1, 2]", "[1, 3]")))

    assert right.status == "equivalent"
    assert "left out: column '1'" in right.summary
    assert any(e.step == "nondeterminism" and not e.ok for e in right.evidence)
    assert wrong.status == "different"


def test_the_order_of_sets_is_masked_and_said(project: Project) -> None:
    original = "rows = [(k,) for k in set('the quick brown fox jumps over it'.split())]\n"
    rewritten = """
import pandas as pd

def prepare():
    return pd.DataFrame({"k": sorted("the quick brown fox jumps over it".split())})
"""
    verdict = project.verify_code(original, rewritten)

    assert verdict.status == "equivalent", verdict
    assert "left out: the order of rows" in verdict.summary


@pytest.mark.parametrize(
    "original",
    [
        "import random\nrows = [(random.random(), random.random()) for _ in range(3)]\n",
        "import random\nrows = [(1, 2)] * random.randrange(1, 10**6)\n",
        "import numpy as np\nrows = [(np.random.rand(),) for _ in range(3)]\n",
    ],
)
def test_an_original_that_is_all_chance_decides_nothing(project: Project, original: str) -> None:
    verdict = project.verify_code(original, RIGHT)

    assert verdict.status == "inconclusive", verdict
    assert "not deterministic" in verdict.summary


def test_unstable_columns_of_a_matrix_are_masked(project: Project) -> None:
    original = """
import numpy as np
rows = [(1,), (2,), (3,)]
X = np.column_stack([np.arange(3.0), np.random.default_rng().random(3)])
"""
    rewritten = """
import numpy as np
import pandas as pd
from sklearn.preprocessing import FunctionTransformer

def prepare():
    return pd.DataFrame({"i": [0.0, 1.0, 2.0], "j": [0.0, 0.0, 0.0]})

def encode_features():
    return FunctionTransformer()
"""
    verdict = project.verify_code(
        original, rewritten, role="encode", observation={"kind": "variable", "name": "X"}
    )

    assert verdict.status == "equivalent", verdict
    assert "left out: 1 columns from column 1 on" in verdict.summary


def test_an_unseeded_model_is_compared_by_its_parameters(project: Project) -> None:
    original = """
import numpy as np
from sklearn.ensemble import RandomForestClassifier
X, y = np.arange(40.0).reshape(20, 2), np.arange(20) % 2
model = RandomForestClassifier(n_estimators=5)
model.fit(X, y)
"""
    rewritten = """
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.preprocessing import FunctionTransformer

def prepare():
    return pd.DataFrame({"a": [0.0, 1.0], "b": [0.0, 1.0]})

def encode_features():
    return FunctionTransformer()

def make_model(n_features):
    return RandomForestClassifier(n_estimators=5)
"""
    observation = {"kind": "variable", "name": "model"}

    right = project.verify_code(original, rewritten, role="train", observation=observation)
    wrong = project.verify_code(
        original, swap(rewritten, ("=5)", "=6)")), role="train", observation=observation
    )

    assert right.status == "equivalent", right
    assert right.real_rows == 20
    assert "left to chance" in right.summary
    assert wrong.status == "different"
