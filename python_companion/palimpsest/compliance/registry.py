"""The registry of checks: one file a check, one line here."""

from __future__ import annotations

from palimpsest.compliance.check import Check
from palimpsest.compliance.checks import score, usage

_ALL: tuple[Check, ...] = (usage.CHECK, score.CHECK)

CHECKS: dict[str, Check] = {check.id: check for check in _ALL}
"""Id -> check, in the order in which they are shown."""
