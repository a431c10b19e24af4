"""Every subtly wrong version of a script is told from the original, and the right one is not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from palimpsest.protocol.messages import Verdict, VerifyScriptsRequest
from palimpsest.verify import verify_scripts
from palimpsest.verify.memo import Memo
from tests.verify.pipelines import PIPELINES
from tests.verify.pipelines.base import Pipeline

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"

WRONG = [
    (pipeline, name)
    for pipeline in PIPELINES
    for name in list(pipeline.wrong)[:: 1 if NIGHTLY else 2]
]
"""Every second one by day, which is quick enough; all of them in the nightly profile."""


class Workshop:
    """Pipelines on disk, and what their originals did so far: shared by all tests of a run."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._memo = Memo()

    def verify(self, pipeline: Pipeline, other: str, **options: object) -> Verdict:
        """Verify a version of a pipeline."""
        folder = self._root / pipeline.name
        if not folder.exists():
            folder.mkdir()
            for path, content in pipeline.files.items():
                (folder / path).write_text(content, encoding="utf-8")
        request = VerifyScriptsRequest.model_validate(
            {
                "original": pipeline.original,
                "other": other,
                "stages": [
                    {"role": role, "output": output, "columns": pipeline.columns if role == "prepare" else []}
                    for role, output in pipeline.stages.items()
                ],
                "row_order_matters": pipeline.ordered,
                "working_directory": str(folder),
                "localise": False,
                **options,
            }
        )  # fmt: skip
        return verify_scripts(request, memo=self._memo)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("pipelines"))


@pytest.mark.parametrize("pipeline", PIPELINES, ids=lambda pipeline: pipeline.name)
def test_the_right_rewrite_is_equivalent(workshop: Workshop, pipeline: Pipeline) -> None:
    verdict = workshop.verify(pipeline, pipeline.right)

    assert verdict.status == "equivalent", verdict
    assert verdict.mutated_inputs >= 20


@pytest.mark.parametrize(
    ("pipeline", "name"), WRONG, ids=[f"{pipeline.name}: {name}" for pipeline, name in WRONG]
)
def test_a_wrong_rewrite_is_different(workshop: Workshop, pipeline: Pipeline, name: str) -> None:
    verdict = workshop.verify(pipeline, pipeline.wronged(name))

    assert verdict.status == "different" or _fails(verdict), verdict


def _fails(verdict: Verdict) -> bool:
    """Tell whether the wrong version cannot even be run."""
    return verdict.error is not None and verdict.error.side == "rewritten"


def test_there_are_enough_wrong_rewrites() -> None:
    assert len(PIPELINES) >= 12
    assert len(WRONG) >= 60
