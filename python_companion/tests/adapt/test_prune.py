"""The check list of pruning, in PyTorch: what it lets pass, and what it finds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from palimpsest.adapt.check import Original, check
from palimpsest.adapt.running import Case

pytest.importorskip("torch")

ORIGINAL = """\
import torch
torch.manual_seed(0)
model = torch.nn.Linear(8, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x = torch.rand(16, 8)
for epoch in range(6):
    optimizer.zero_grad()
    loss = (model(x) - x.sum(1, keepdim=True)).square().mean()
    loss.backward()
    optimizer.step()
print("loss", loss.item())
torch.save(model.state_dict(), "model.pt")
"""

PRUNE = """\
    if epoch == {epoch}:
        torch.nn.utils.prune.global_unstructured(
            [(model, "weight")], pruning_method=torch.nn.utils.prune.L1Unstructured, amount=0.5
        )
"""
REMOVE = 'torch.nn.utils.prune.remove(model, "weight")\n'


def adapted(epoch: int, *, removed: bool) -> str:
    """The script, pruned before a pass."""
    head, loop = ORIGINAL.split("    optimizer.zero_grad()\n")
    body, end = loop.split('print("loss"')
    pruned = f"{PRUNE.format(epoch=epoch)}    optimizer.zero_grad()\n"
    head = head.replace("import torch\n", "import torch\nimport torch.nn.utils.prune\n")
    return f'{head}{pruned}{body}{REMOVE if removed else ""}print("loss"{end}'


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Original]:
    folder = tmp_path_factory.mktemp("pruned")
    (folder / "train.py").write_text(ORIGINAL, encoding="utf-8")
    (folder / "case.json").write_text(json.dumps({"script": "train.py"}), encoding="utf-8")
    once = Original(Case.read(folder))
    yield once
    once.discard()


def problems(original: Original, folder: Path, script: str) -> list[str]:
    """Return the points that are not met."""
    (folder / "train.py").write_text(script, encoding="utf-8")
    return [point.name for point in check(original, folder, "prune-torch") if not point.ok]


def test_a_pruned_script_is_let_pass(original: Original, tmp_path: Path) -> None:
    assert problems(original, tmp_path, adapted(3, removed=True)) == []


def test_masks_that_stay_are_found(original: Original, tmp_path: Path) -> None:
    found = problems(original, tmp_path, adapted(3, removed=False))
    assert found == ["no masks left", "saved file"]


def test_a_script_that_prunes_nothing_is_found(original: Original, tmp_path: Path) -> None:
    assert problems(original, tmp_path, adapted(99, removed=False)) == ["pruned"]
