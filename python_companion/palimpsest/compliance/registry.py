"""The registry of checks: one file a check, one line here."""

from __future__ import annotations

from palimpsest.compliance.check import Check
from palimpsest.compliance.checks import (
    fairness,
    features,
    fitted_on_test,
    group_change,
    joins,
    label_errors,
    missing,
    personal_data,
    score,
    shared_records,
    shift,
    target_leakage,
    temporal,
    usage,
    valuation,
)

_ALL: tuple[Check, ...] = (
    usage.CHECK,
    personal_data.CHECK,
    fairness.CHECK,
    group_change.CHECK,
    missing.CHECK,
    shared_records.CHECK,
    target_leakage.CHECK,
    fitted_on_test.CHECK,
    temporal.CHECK,
    shift.CHECK,
    shift.SINCE_LAST,
    score.CHECK,
    joins.CHECK,
    features.CHECK,
    label_errors.CHECK,
    valuation.CHECK,
)

CHECKS: dict[str, Check] = {check.id: check for check in _ALL}
"""Id -> check, in the order in which they are shown."""
