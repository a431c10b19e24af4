"""One check a role: how its result is observed on either side, and compared."""

from palimpsest.verify.checks.base import Check, Comparer, Comparison, Mask, Mismatch
from palimpsest.verify.checks.encode import EncodeCheck
from palimpsest.verify.checks.label import LabelCheck
from palimpsest.verify.checks.prepare import PrepareCheck
from palimpsest.verify.checks.train import TrainCheck

__all__ = ["CHECKS", "Check", "Comparer", "Comparison", "Mask", "Mismatch"]

CHECKS: dict[str, Check] = {
    check.role: check for check in (PrepareCheck(), EncodeCheck(), LabelCheck(), TrainCheck())
}
