"""Test the verifier with wrong versions that nobody wrote: every small change to every case.

    python bench/rewrite/mutants.py [CASE ...] [--limit N]

Each case's script is changed in one place at a time: a comparison, a constant, a method that is left
out, the first for the last of a key. Each changed script is verified against the original. Those found
equivalent are printed: some are (a seed nobody uses, a limit no value reaches), and each other one is a
gap in the verifier. It takes a while; it is meant for the night.
"""

from __future__ import annotations

import argparse
import ast
import copy
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

from palimpsest.protocol.messages import Verdict, VerifyScriptsRequest
from palimpsest.verify import verify_scripts
from palimpsest.verify.memo import Memo

CASES = Path(__file__).parent / "cases"

Change = tuple[str, Callable[[], None]]

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
_LEFT_OUT = ("strip", "rstrip", "lower", "upper", "title", "replace", "split")
_OTHER_FUNCTION = {
    "max": "min",
    "min": "max",
    "mean": "median",
    "log1p": "log",
    "sorted": "list",
    "any": "all",
    "all": "any",
    "floor": "ceil",
    "nanmedian": "nanmean",
    "argmax": "argmin",
}


def main() -> None:
    """Try the changes of all cases, or of those named."""
    parser = argparse.ArgumentParser(description="Test the verifier with changed scripts.")
    parser.add_argument("cases", nargs="*", help="names of cases; all by default")
    parser.add_argument("--limit", type=int, default=0, help="changes a case; 0 for all")
    arguments = parser.parse_args()
    tried = survived = 0
    for folder in sorted(CASES.iterdir()):
        if folder.is_dir() and (not arguments.cases or folder.name in arguments.cases):
            found = survivors(folder, arguments.limit)
            print(f"{folder.name}: {found[0]} changes, {len(found[1])} found equivalent")
            for change in found[1]:
                print(f"    {change}", flush=True)
            tried += found[0]
            survived += len(found[1])
    print(f"\n{tried} changed scripts, {survived} found equivalent")


def survivors(folder: Path, limit: int) -> tuple[int, list[str]]:
    """Return how many changes of a case were tried, and those found equivalent."""
    original = (folder / "messy.py").read_text(encoding="utf-8")
    case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    versions = list(changed(original))
    if limit:
        versions = random.Random(0).sample(versions, min(limit, len(versions)))
    memo = Memo()
    found = []
    for told, code in versions:
        verdict = _verify(folder, case, original, code, memo)
        if verdict.status in ("equivalent", "inconclusive"):
            found.append(f"{told} ({verdict.summary})")
    return len(versions), found


def _verify(
    folder: Path, case: dict[str, object], original: str, other: str, memo: Memo
) -> Verdict:
    stages = case["stages"]
    assert isinstance(stages, dict)
    request = {
        "original": original,
        "other": other,
        "stages": [{"role": role, **stage} for role, stage in stages.items()],
        "row_order_matters": case["row_order_matters"],
        "working_directory": str(folder),
        "localise": False,
    }
    return verify_scripts(VerifyScriptsRequest.model_validate(request), memo=memo)


def changed(source: str) -> Iterator[tuple[str, str]]:
    """Yield what was changed, and the script with that one change."""
    count = len(_changes(ast.parse(source)))
    for place in range(count):
        tree = ast.parse(source)
        told, change = _changes(tree)[place]
        change()
        yield told, ast.unparse(ast.fix_missing_locations(tree))


def _changes(tree: ast.Module) -> list[Change]:
    """Return all changes that can be made to a tree, each of which changes it in place."""
    found: list[Change] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print":
            continue
        before = ast.unparse(node) if isinstance(node, (ast.expr, ast.stmt)) else ""
        for told, change in _of_node(node):
            found.append((f"line {getattr(node, 'lineno', 0)}: {told} in {before[:70]!r}", change))
    return found


def _of_node(node: ast.AST) -> list[Change]:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARISONS:
        other = _COMPARISONS[type(node.ops[0])]
        return [("the limit itself", lambda: node.ops.__setitem__(0, other()))]
    if isinstance(node, ast.BoolOp):
        operator = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        return [("and for or", lambda: setattr(node, "op", operator))]
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Div, ast.FloorDiv)):
        division = ast.FloorDiv() if isinstance(node.op, ast.Div) else ast.Div()
        return [("the other division", lambda: setattr(node, "op", division))]
    if isinstance(node, ast.Constant):
        return _of_constant(node)
    if isinstance(node, ast.Call):
        return _of_call(node)
    if isinstance(node, ast.If) and not node.orelse:
        return [("a condition that is never met", lambda: setattr(node, "test", _constant(False)))]
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
        return _of_assignment(node)
    return []


def _of_constant(node: ast.Constant) -> list[Change]:
    value = node.value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return []
    other = value + 1 if isinstance(value, int) else value * 1.1 + 0.01
    return [(f"{other} for {value}", lambda: setattr(node, "value", other))]


def _of_call(node: ast.Call) -> list[Change]:
    function = node.func
    name = getattr(function, "attr", getattr(function, "id", ""))
    found: list[Change] = []
    if isinstance(function, ast.Attribute) and name in _LEFT_OUT and name != "split":
        receiver = copy.deepcopy(function.value)
        found.append((f"without {name}()", lambda: _become(node, receiver)))
    if name in ("std", "var") and not node.keywords:
        ddof = ast.keyword("ddof", _constant(1))
        found.append(("of the sample", lambda: node.keywords.append(ddof)))
    if name in _OTHER_FUNCTION:
        field = "attr" if isinstance(function, ast.Attribute) else "id"
        other = _OTHER_FUNCTION[name]
        found.append((f"{other} for {name}", lambda: setattr(function, field, other)))
    return found


def _of_assignment(node: ast.Assign) -> list[Change]:
    target = node.targets[0]
    assert isinstance(target, ast.Subscript)
    if isinstance(target.slice, (ast.Tuple, ast.Slice)) or not isinstance(target.value, ast.Name):
        return []
    keep = ast.Call(
        ast.Attribute(target.value, "setdefault", ast.Load()), [target.slice, node.value], []
    )
    return [("the first of a key", lambda: _become(node, ast.Expr(keep)))]


def _become(node: ast.AST, other: ast.AST) -> None:
    """Turn a node into another one where it stands."""
    node.__class__ = other.__class__
    node.__dict__.clear()
    node.__dict__.update(other.__dict__)


def _constant(value: object) -> ast.Constant:
    return ast.Constant(value)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
