"""Message schemas of the Runs panel: all runs of a workspace, two of them compared, model graphlets.

They belong to `palimpsest.protocol.messages`, which has the rules for all of them.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from palimpsest.protocol.checkmessages import CheckStatus
from palimpsest.protocol.messages import CellValue, Message, RunSummary

# --- overview ---------------------------------------------------------------------------------


class RunFacts(Message):
    """One run, as the Runs panel lists it."""

    summary: RunSummary
    is_there: bool = Field(description="whether the run file is where it was")
    state: int
    seconds: dict[str, float] = Field(description="stage to how long it took")
    score: float | None = Field(description="on held-out rows, when the check was run")
    checks: dict[str, CheckStatus] = Field(description="as last found")
    checked_state: int | None = Field(description="the state that they were found in")
    waiting: int = Field(description="forgets that have still to reach this run")
    marked: bool = Field(description="whether the user marked it as one that is used")
    note: str
    shares_with: list[str] = Field(description="other runs that hold records of this one")


class RunsOverview(Message):
    """The runs of the workspace, newest first."""

    runs: list[RunFacts]


class MarkRequest(Message):
    """Mark a run as one that is used (registered, deployed, published), or not."""

    run: str
    marked: bool
    note: str = Field(default="", max_length=1_000)


# --- comparing --------------------------------------------------------------------------------


class CompareRequest(Message):
    """Compare two runs."""

    run: str
    other: str


class PlanChange(Message):
    """An operation that only one of two plans has, or that they have with other arguments."""

    kind: Literal["only-here", "only-there", "changed"]
    node: int | None
    other_node: int | None
    label: str | None
    other_label: str | None


class Compared(Message):
    """Something that both runs have, side by side."""

    name: str
    value: CellValue
    other: CellValue
    equal: bool


class SourceChange(Message):
    """Records of a source in both runs, by identity; None where they cannot be told apart."""

    source: str
    records: int
    other_records: int
    both: int | None
    only_here: int | None
    only_there: int | None


class RunComparison(Message):
    """What is different between two runs."""

    run: RunSummary
    other: RunSummary
    plan: list[PlanChange]
    parameters: list[Compared]
    metrics: list[Compared]
    data: list[SourceChange]
    features_only_here: list[str]
    features_only_there: list[str]


# --- graphlets --------------------------------------------------------------------------------


class Graphlet(Message):
    """A trainer with what fed it and what it led to."""

    run: str
    name: str
    created: str
    trainer: str
    sources: list[str]
    records: int
    training_rows: int
    features: int
    seconds: float
    led_to: list[str] = Field(description="marks of the run; empty when it led to nothing")
    repeats: str | None = Field(description="an earlier run with equal inputs, plan and model")
    skippable: str | None = Field(description="why the run looks as if it could be left out")


class Graphlets(Message):
    """All graphlets, newest first, and the share of time that led to no marked model."""

    graphlets: list[Graphlet]
    seconds: float
    seconds_without_outcome: float
    share_without_outcome: float
    seconds_skippable: float
