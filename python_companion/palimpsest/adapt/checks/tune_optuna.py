"""Tuning with Optuna: what the study holds, and that the final training follows its result.

A tuned script trains with other settings than the original, so its output is other, too. What has to be
equal is the output with the *original* settings: the script is run once more with a study whose best
trial is the first, and then prints what the original prints.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from palimpsest.adapt.checks.base import Point, TaskCheck, Trial
from palimpsest.adapt.output import first_difference
from palimpsest.adapt.running import Outcome, discard, run
from palimpsest.adapt.statements import lost_statements

_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|\binf\b|\bnan\b")
_TEST_NAME = re.compile(
    r"(^|_)test(_|$|\d)|[Tt]est(set|loader|data|_)|hold_?out|(^|_)te$|^[xyXY]te$"
)
_FEWEST = 3


def _points(trial: Trial) -> Iterator[Point]:
    try:
        studies = trial.read_store("optuna")["studies"]
    except LookupError as error:
        yield Point("study", False, str(error))
        return
    yield from _study_points(studies)
    probes = [
        _probed(trial, best="original", only=None, shuffled=True),
        _probed(trial, best="odd", only=None, shuffled=False),
    ]
    try:
        for probe, name in zip(probes, ("original", "other"), strict=True):
            if probe.failure:
                yield Point("follows the study", False, f"with {name} values: {probe.failure}")
                return
        original, odd = probes
        yield Point.of("equal at original values", _difference(trial, original))
        yield _followed(trial, original, odd)
        yield from _independent(trial, studies, original, odd)
    finally:
        for probe in probes:
            discard(probe)


def _probed(trial: Trial, *, best: str, only: str | None, shuffled: bool) -> Outcome:
    probe = {"best": best, "only": only, "shuffled": shuffled}
    return run(trial.case, overlay=trial.overlay, probe=probe)


def _study_points(studies: list[dict[str, Any]]) -> Iterator[Point]:
    for study in studies:
        trials = study["trials"]
        odd = [one["state"] for one in trials if one["state"] not in ("COMPLETE", "PRUNED")]
        done = [one for one in trials if one["state"] == "COMPLETE"]
        few = f"only {len(trials)}" if len(trials) < _FEWEST else None
        failed = f"{len(odd)} are {odd[0]}" if odd else None
        yield Point.of("trials", few or failed, f"{len(trials)}, {len(trials) - len(done)} pruned")
        first = trials[0] if trials else {"fixed": {}, "params": {}}
        is_given = bool(first["fixed"]) and first["fixed"] == first["params"]
        yield Point("first trial given", is_given, "yes" if is_given else "it is drawn like others")
        still = [
            name
            for name in first["params"]
            if len({str(one["params"].get(name)) for one in trials}) < 2
        ]
        problem = f"always the same: {', '.join(still)}" if still else None
        if not first["params"]:
            problem = "nothing is varied"
        yield Point.of("values vary", problem, ", ".join(first["params"]))
        values = {str(one["value"]) for one in done}
        is_perfect = values <= {"1.0", "0.0"}
        is_constant = len(values) < 2 and not is_perfect
        yield Point.of("objective varies", "it is always the same" if is_constant else None)


def _difference(trial: Trial, outcome: Outcome) -> str | None:
    difference = first_difference(
        trial.first.stdout, trial.second.stdout, outcome.stdout, trial.case.volatile
    )
    return None if difference is None else "line {}: {!r} became {!r}".format(*difference)


def _followed(trial: Trial, original: Outcome, odd: Outcome) -> Point:
    """Whether the final training uses what the study says, asked with values it would never say."""
    wanted, before = odd.probed["best"], original.probed["best"]
    if not wanted or set(wanted) != set(before):
        return Point("follows the study", False, "its result is never read")
    unseen = [name for name in wanted if not _is_seen(wanted[name], original, odd)]
    for name in unseen:
        alone = _probed(trial, best="odd", only=name, shuffled=False)
        discard(alone)
        if alone.failure or alone.stdout == original.stdout:
            return Point("follows the study", False, f"not {name}")
    return Point("follows the study", True, f"{len(wanted)} of {len(wanted)}")


def _is_seen(value: Any, original: Outcome, odd: Outcome) -> bool:
    """Whether some library function got a value that it did not get with original settings."""
    before = original.probed["calls"]
    return any(
        value in values and value not in before.get(key, [])
        for key, values in odd.probed["calls"].items()
    )


def _independent(
    trial: Trial, studies: list[dict[str, Any]], original: Outcome, odd: Outcome
) -> Iterator[Point]:
    """Whether two runs search alike, and alike when test data is another meanwhile."""
    is_stable = trial.first.stdout == trial.second.stdout
    with_other_end = trial.read_store("optuna", odd.folder)["studies"]
    with_other_tests = trial.read_store("optuna", original.folder)["studies"]
    mine = _history(studies, is_stable)
    yield Point.of(
        "seeded", None if mine == _history(with_other_end, is_stable) else "trials differ"
    )
    names = ", ".join(original.probed["shuffled"])
    yield Point.of(
        "test data apart",
        None if mine == _history(with_other_tests, is_stable) else "other test data, other trials",
        f"with {names} shuffled" if names else "none is in sight",
    )


def _history(studies: list[dict[str, Any]], with_values: bool) -> list[Any]:
    return [
        [one["params"], *([one["state"], one["value"]] if with_values else [])]
        for study in studies
        for one in study["trials"]
    ]


def _lost(original: str, adapted: str) -> list[str]:
    """Return lost statements; a literal may have become an entry of what is tuned."""
    tree = ast.parse(adapted)
    entries = _entries(tree, ast.parse(original))
    written = ast.unparse(_Literals(entries, drop=False).visit(ast.parse(adapted)))
    without = ast.unparse(_Literals(entries, drop=True).visit(ast.parse(adapted)))
    lost = set(lost_statements(original, without))
    return [one for one in lost_statements(original, written) if one in lost]


def _entries(adapted: ast.Module, original: ast.Module) -> dict[tuple[str, str], ast.expr]:
    """Return the entries of dictionaries that only the adapted script has at its top."""
    known = {ast.unparse(one) for one in original.body}
    return {
        (target.id, key.value): value
        for one in adapted.body
        if isinstance(one, ast.Assign) and ast.unparse(one) not in known
        for target in one.targets
        if isinstance(target, ast.Name) and isinstance(one.value, ast.Dict)
        for key, value in zip(one.value.keys, one.value.values, strict=True)
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    }


class _Literals(ast.NodeTransformer):
    """Puts literals back in the place of entries, or leaves out arguments that are entries."""

    def __init__(self, entries: dict[tuple[str, str], ast.expr], *, drop: bool) -> None:
        self._entries = entries
        self._drop = drop

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        return self._entry(node) or self.generic_visit(node)  # type: ignore[return-value]

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if self._drop:
            node.keywords = [one for one in node.keywords if self._entry(one.value) is None]
        return self.generic_visit(node)

    def _entry(self, node: ast.expr) -> ast.expr | None:
        match node:
            case ast.Subscript(
                value=ast.Name(id=name), slice=ast.Constant(value=str(key)), ctx=ast.Load()
            ):
                return self._entries.get((name, key))
        return None


def _hidden(original: str, adapted: str) -> list[str]:
    """Return what makes a search one in name only."""
    tree = ast.parse(adapted)
    functions = {one.name: one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)}
    known = {ast.unparse(one) for one in ast.walk(ast.parse(original)) if isinstance(one, ast.Try)}
    found = []
    for call in ast.walk(tree):
        match call:
            case ast.Call(func=ast.Attribute(attr="optimize"), args=[ast.Name(id=name), *_]):
                found += _objections_to(functions.get(name), call, known)
    return found


def _objections_to(objective: ast.FunctionDef | None, call: ast.Call, known: set[str]) -> list[str]:
    found = []
    for keyword in call.keywords:
        match keyword:
            case ast.keyword(arg="n_trials", value=ast.Constant(value=int(count))) if (
                count < _FEWEST
            ):
                found.append(f"a search of {count} trial")
            case ast.keyword(arg="catch"):
                found.append("errors of trials are swallowed")
    if objective is None:
        return found
    free = _free_names(objective)
    found += [
        f"test data in the objective: {name}" for name in sorted(free) if _TEST_NAME.search(name)
    ]
    for node in ast.walk(objective):
        match node:
            case ast.Return(value=ast.Constant()):
                found.append("an objective that returns a constant")
            case ast.Try() if ast.unparse(node) not in known:
                found.append("errors of trials are swallowed")
    return found


def _free_names(function: ast.FunctionDef) -> set[str]:
    """Return the names that a function reads and neither assigns nor calls."""
    own = {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    called = {
        node.func.id
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    return {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    } - (own | called)


def _last_line(trial: Trial) -> str | None:
    """Return how the last line differs, numbers aside: they are those of other settings."""
    expected, got = (_shape(one.stdout) for one in (trial.first, trial.adapted))
    return None if expected == got else f"it ends with {got!r} instead of {expected!r}"


def _shape(stdout: str) -> str:
    lines = [line for line in stdout.splitlines() if line.strip()]
    return " ".join(_NUMBER.sub("#", lines[-1]).split()) if lines else ""


CHECK = TaskCheck(points=_points, lost=_lost, hidden=_hidden, output_problem=_last_line)
