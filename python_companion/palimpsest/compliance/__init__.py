"""Compliance: what regulation and good practice ask of a run, answered from its provenance.

A check is one file in `checks` and one line in `registry`. It looks at a `RunView` (one state of a
run, in memory) and returns a `Finding`; no code of the notebook runs. Evidence is computed when it is asked for
and never stored: a run file keeps statuses and counts only (`history`).
"""

from palimpsest.compliance.check import Check, Finding
from palimpsest.compliance.checking import check_run
from palimpsest.compliance.view import RunView, StateChanged

__all__ = ["Check", "Finding", "RunView", "StateChanged", "check_run"]
