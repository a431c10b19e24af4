"""Several stages of a script, compared one after the other."""

from __future__ import annotations

from dataclasses import dataclass, replace

from palimpsest.verify.checks.aligned import compare_aligned, unstable_aligned
from palimpsest.verify.checks.arrays import compare_arrays, unstable_part
from palimpsest.verify.checks.base import Comparison, Mask, Mismatch
from palimpsest.verify.checks.label import LabelCheck
from palimpsest.verify.checks.models import ANSWERS
from palimpsest.verify.checks.rows import compare_tables, unstable_columns
from palimpsest.verify.values import Array, Observed, Parts, Stages, Table, row_count

STAGES = ("prepare", "encode", "label", "train")

REAL_TOLERANCE = 1e-6
"""Tolerance for what a model learns: solvers stop within about that of each other."""

MUTATED_TOLERANCE = 1e-3
"""The same on mutated inputs, where solvers may stop far from their optimum."""

Result = Table | Array | Parts


class ScriptCheck:
    """Prepared rows, matrix, labels and model of two versions of a script.

    Where the order of the prepared rows does not matter and differs, each row of the other results is
    compared beside its prepared row.
    """

    mutates = True

    def unstable(self, first: Observed, second: Observed) -> Mask | str:
        """Return what differs between two runs of the original, stage by stage."""
        assert isinstance(first, Stages)
        assert isinstance(second, Stages)
        mask = Mask()
        for role in STAGES:
            left, right = first.results.get(role), second.results.get(role)
            if left is None or right is None:
                continue
            found = _unstable(role, left, right)
            if found:
                mask.stages[role] = found
                names = [found] if isinstance(found, str) else found.names
                mask.names += [f"{role}: {name}" for name in names]
        return mask

    def compare(
        self, original: Observed, rewritten: Observed, mask: Mask, mutated: bool
    ) -> Comparison:
        """Compare the stages in order, up to the first difference."""
        assert isinstance(original, Stages)
        assert isinstance(rewritten, Stages)
        notes: list[str] = []
        beside: tuple[Table, Table] | None = None
        for role in STAGES:
            left, right = original.results.get(role), rewritten.results.get(role)
            own = mask.stages.get(role, Mask())
            if left is None or isinstance(own, str):
                continue
            if right is None:
                reason = rewritten.missing.get(role, "it is not there")
                mismatch = Mismatch("type", "there is a result", reason, stage=role)
                return Comparison(mismatch, notes)
            found = _Stage(own, mutated, beside).compare(role, left, right)
            notes += found.notes
            if found.mismatch is not None:
                return Comparison(replace(found.mismatch, stage=role), notes)
            if role == "prepare" and (found.reordered or own.order):
                assert isinstance(left, Table)
                assert isinstance(right, Table)
                beside = left, right
        return Comparison(None, notes)


def _unstable(role: str, left: Result, right: Result) -> Mask | str:
    if role == "train":
        assert isinstance(left, Parts)
        assert isinstance(right, Parts)
        return _unstable_model(left, right)
    if isinstance(left, Table) and isinstance(right, Table):
        return unstable_columns(left, right)
    return unstable_aligned(left, right)


def _unstable_model(first: Parts, second: Parts) -> Mask | str:
    """Leave out all that a model learned by chance: where one part differs, any may."""
    arrays = {name: part for name, part in first.parts.items() if isinstance(part, Array)}
    moving = [
        name
        for name, part in arrays.items()
        if not isinstance(other := second.parts.get(name), Array)
        or unstable_part(part, other, name) != Mask()
    ]
    if not moving:
        return Mask()
    columns = {name: set(range(_width(part))) for name, part in arrays.items()}
    return Mask(columns, names=["what the model learns, which is left to chance"])


def _width(part: Array) -> int:
    return int(part.data.shape[1]) if part.data.ndim == 2 else 1


@dataclass(frozen=True)
class _Stage:
    """How the results of one stage are compared.

    Attributes
    ----------
    mask
        What is left out.
    mutated
        Whether the input is a mutated one.
    beside
        The prepared rows of either side, when they come in another order.
    """

    mask: Mask
    mutated: bool
    beside: tuple[Table, Table] | None

    def compare(self, role: str, left: Result, right: Result) -> Comparison:
        """Compare the results."""
        if role == "prepare":
            assert isinstance(left, Table)
            assert isinstance(right, Table)
            return compare_tables(left, right, self.mask)
        if isinstance(left, Parts) or isinstance(right, Parts):
            if not isinstance(left, Parts) or not isinstance(right, Parts):
                raise TypeError("only a model has parts, and it has them on both sides")
            return self._models(left, right)
        if row_count(left) == 0 == row_count(right):
            return Comparison()
        pair = None if self.mask.columns else self._paired(left, right)
        if pair is not None:
            return compare_aligned(*pair, self.mask, self.mutated)
        if role == "label":
            return LabelCheck().compare(left, right, self.mask, self.mutated)
        return compare_aligned(left, right, self.mask, self.mutated)

    def _paired(self, left: Table | Array, right: Table | Array) -> tuple[Parts, Parts] | None:
        """Return each result beside its prepared rows, when these are reordered."""
        if self.beside is None:
            return None
        ours, theirs = self.beside
        if len({row_count(result) for result in (ours, theirs, left, right)}) > 1:
            return None
        return (
            Parts({"rows": ours, "result": left}, row_count(left)),
            Parts({"rows": theirs, "result": right}, row_count(right)),
        )

    def _models(self, left: Parts, right: Parts) -> Comparison:
        """Compare the parts that both models have; their parameters only when they are of one class."""
        notes: list[str] = []
        ours, theirs = left.parts.get("parameter"), right.parts.get("parameter")
        if isinstance(ours, Table) and isinstance(theirs, Table):
            if ours.rows[0] == theirs.rows[0]:
                found = compare_tables(ours, theirs, Mask())
                if found.mismatch is not None:
                    return found
            else:
                notes.append(f"the models are a {ours.rows[0][1]} and a {theirs.rows[0][1]}")
        common = [name for name in left.parts if name in right.parts and name != "parameter"]
        if not common:
            return _compare_weights(left, right, self._tolerance)
        for name in common:
            found = self._part(name, left.parts[name], right.parts[name])
            if found.mismatch is not None:
                return Comparison(found.mismatch, notes)
        return Comparison(None, notes)

    @property
    def _tolerance(self) -> float:
        return MUTATED_TOLERANCE if self.mutated else REAL_TOLERANCE

    def _part(self, name: str, one: Table | Array, other: Table | Array) -> Comparison:
        pair = self._paired(one, other) if name in ANSWERS else None
        if pair is not None:
            return Comparison() if self.mask.of(name) else compare_aligned(*pair, Mask(), False)
        if isinstance(one, Array) and isinstance(other, Array):
            return compare_arrays(one, other, self.mask, part=name, tolerance=self._tolerance)
        if isinstance(one, Table) and isinstance(other, Table):
            return compare_tables(one, other, Mask())
        return Comparison(Mismatch("type", _form(one), _form(other), column=name))


def _compare_weights(left: Parts, right: Parts, tolerance: float) -> Comparison:
    """Compare the weights of a loop with what an estimator learned, number by number."""
    sides = []
    for model in (left, right):
        weights = [part for name, part in model.parts.items() if _is_weight(name)]
        sides.append([Array(part.data.reshape(-1)) for part in weights if isinstance(part, Array)])
    if len(sides[0]) != len(sides[1]) or not sides[0]:
        told = [", ".join(model.parts) for model in (left, right)]
        return Comparison(Mismatch("type", told[0], told[1], detail="the models have other parts"))
    for one, other in zip(*sides, strict=True):
        found = compare_arrays(one, other, Mask(), part="weights", tolerance=tolerance)
        if found.mismatch is not None:
            return found
    return Comparison()


def _is_weight(name: str) -> bool:
    return name in ("coef_", "intercept_") or name.startswith("weights")


def _form(part: Table | Array) -> str:
    return "numbers" if isinstance(part, Array) else "texts"
