"""True rewrites are judged equivalent, with evidence for each rung."""

from __future__ import annotations

from typing import Any

import pytest

from tests.verify.conftest import ORIGINAL, REWRITTEN_PREPARE, Project, swap


@pytest.mark.parametrize(
    ("cell", "mutated"), [(1, True), (2, True), (3, True), (4, False)], ids=str
)
def test_right_rewrites_of_each_role_are_equivalent(
    project: Project, cell: int, mutated: bool
) -> None:
    verdict = project.verify_cell(cell)

    assert verdict.status == "equivalent", verdict
    assert verdict.real_rows > 0
    assert (verdict.mutated_inputs >= 15) is mutated
    assert verdict.difference is None
    assert verdict.error is None
    steps = [evidence.step for evidence in verdict.evidence if evidence.ok]
    assert {"parses", "names", "runs", "nondeterminism", "real"} <= set(steps)


def test_progress_is_told_step_by_step_up_to_the_total(project: Project) -> None:
    steps: list[Any] = []

    verdict = project.verify_cell(1, on_progress=steps.append)

    assert verdict.status == "equivalent"
    assert [step.done for step in steps] == list(range(1, len(steps) + 1))
    assert steps[-1].done == steps[-1].total


def test_the_same_request_gives_the_same_verdict(project: Project) -> None:
    def told() -> list[str]:
        verdict = project.verify_cell(1, mutations=8)
        return [e.detail for e in verdict.evidence if e.step != "runs"] + [verdict.summary]

    assert told() == told()


def test_the_users_folder_is_untouched(project: Project) -> None:
    (project.folder / "train.tsv").write_text("from an earlier run\n", encoding="utf-8")
    before = {path.name: path.read_bytes() for path in project.folder.iterdir()}

    assert project.verify_cell(1, mutations=2).status == "equivalent"

    assert {path.name: path.read_bytes() for path in project.folder.iterdir()} == before


def test_rows_in_another_order_are_equal_for_a_file_and_said(project: Project) -> None:
    rewritten = swap(
        REWRITTEN_PREPARE, ('on="email")\n', 'on="email").sort_values("subject", kind="stable")\n')
    )

    verdict = project.verify_cell(1, rewritten, mutations=3)

    assert verdict.status == "equivalent"
    assert any("another order" in evidence.detail for evidence in verdict.evidence)


def test_labels_are_paired_with_their_rows_when_those_are_reordered(project: Project) -> None:
    reordered = swap(
        REWRITTEN_PREPARE, ('on="email")\n', 'on="email").sort_values("subject", kind="stable")\n')
    )
    from tests.verify.conftest import OBSERVATIONS, REWRITTEN, ROLES

    cells = [REWRITTEN[0], reordered, REWRITTEN[2], REWRITTEN[3]]
    verdict = project.verify(ORIGINAL[:4], cells, ROLES[:4], OBSERVATIONS[3], mutations=3)

    assert verdict.status == "equivalent", verdict
    assert any("same result" in evidence.detail for evidence in verdict.evidence)


@pytest.mark.parametrize("cell", [1, 2, 3, 4])
def test_the_observation_is_found_when_nobody_said(project: Project, cell: int) -> None:
    verdict = project.verify_cell(cell, observation=None, mutations=2)

    assert verdict.status == "equivalent", verdict
    found = {1: "'train.tsv'", 2: "'X'", 3: "'y'", 4: "'model'"}[cell]
    assert any(found in e.detail for e in verdict.evidence if "taken to be" in e.detail)


@pytest.mark.parametrize(
    "original",
    [
        pytest.param("rows.append((int(i), k, float(v)))", id="tuples"),
        pytest.param('rows.append({"i": int(i), "k": k, "v": float(v)})', id="dicts"),
        pytest.param("rows.append([int(i), k, float(v)])", id="lists"),
    ],
)
def test_rows_in_a_variable(project: Project, original: str) -> None:
    text = "".join(f"{i},x{i % 3},{i * 1.5}\n" for i in range(50))
    (project.folder / "a.csv").write_text(text, encoding="utf-8")
    before = f"""
rows = []
for line in open("a.csv"):
    i, k, v = line.rstrip("\\n").split(",")
    {original}
"""
    after = """
import pandas as pd

def prepare(a="a.csv"):
    raw = pd.read_csv(a, names=["i", "k", "v"], dtype=str, quoting=3, keep_default_na=False)
    return raw.assign(i=raw["i"].map(int), v=raw["v"].map(float))
"""
    verdict = project.verify_code(before, after)

    assert verdict.status == "equivalent", verdict


def test_a_frame_without_defaults_gets_the_files_of_its_parameters(project: Project) -> None:
    rewritten = swap(
        REWRITTEN_PREPARE,
        ('customers="customers.csv", mails="mails.csv"', "customers, mails"),
    )

    assert project.verify_cell(1, rewritten, mutations=1).status == "equivalent"


def test_floats_may_be_written_and_kept_as_numbers(project: Project) -> None:
    (project.folder / "a.csv").write_text("1.10,007\n2.25,12\nnan,3\n", encoding="utf-8")
    before = """
out = open("o.txt", "w")
for line in open("a.csv"):
    a, b = line.strip().split(",")
    out.write(f"{float(a)};{b};{float(a) > 2}\\n")
out.close()
"""
    after = """
import pandas as pd

def prepare():
    raw = pd.read_csv("a.csv", names=["a", "b"], dtype=str)
    a = raw["a"].astype(float)
    return pd.DataFrame({"a": a, "b": raw["b"], "big": a > 2})
"""
    observation = {"kind": "file", "path": "o.txt", "separator": ";", "columns": ["a", "b", "big"]}

    verdict = project.verify_code(before, after, observation=observation, mutations=0)
    wrong = project.verify_code(
        before,
        swap(after, ('"b": raw["b"]', '"b": raw["b"].astype(int)')),
        observation=observation,
        mutations=0,
    )

    assert verdict.status == "equivalent", verdict
    assert wrong.status == "different"
    assert wrong.difference is not None
    assert (wrong.difference.original, wrong.difference.rewritten) == ("'007'", "7")
