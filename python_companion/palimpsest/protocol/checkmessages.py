"""Message schemas of compliance: checks and their settings, usage, access, reports, column profiles.

They belong to `palimpsest.protocol.messages`, which has the rules for all of them. What travels here is
shown to whoever may run code in the kernel; of it, a run file keeps statuses and counts only.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from palimpsest.protocol.messages import (
    CellValue,
    ColumnRef,
    Condition,
    Contribution,
    FeatureSlice,
    Message,
    RunSummary,
    Selector,
)

CheckStatus = Literal["pass", "warn", "fail", "not-applicable"]
"""What a check found; a check that could not look says `not-applicable`, never `pass`."""

CheckTopic = Literal[
    "usage", "fairness", "leakage", "personal-data", "distribution", "quality", "assertions"
]

SettingValue = float | list[ColumnRef]
"""A threshold, or the columns that a check is asked to look at."""


class Setting(Message):
    """Something of a check that the user may change.

    `kind` says what `value` is: a number, a number between 0 and 1, or columns of sources.
    """

    name: str
    label: str
    kind: Literal["number", "share", "columns"]
    value: SettingValue
    default: SettingValue
    minimum: float | None = None
    maximum: float | None = None


class CheckInfo(Message):
    """A check that there is."""

    id: str
    title: str
    topic: CheckTopic
    question: str = Field(description="what it answers, in one sentence")
    quick: bool = Field(
        description="whether it costs little; the panel runs these again after a forget"
    )
    settings: list[Setting]
    install: str | None = Field(
        default=None, description="the command that installs what it needs and is not there"
    )


class CheckList(Message):
    """All checks, in the order in which they are shown."""

    checks: list[CheckInfo]


class Target(Message):
    """Where a line of evidence leads: a table of the run (see `PageRequest`), rows of it, a column."""

    table: str
    rows: list[int] = Field(default_factory=list, description="some of the rows, at most 1000")
    column: str | None = None
    node: int | None = Field(default=None, description="node of the plan")


class EvidenceColumn(Message):
    """A column of an evidence table, and how its cells are written."""

    name: str
    kind: Literal["text", "count", "number", "share", "seconds"]


class EvidenceTable(Message):
    """A small table of what was found; `targets` has one entry a row. `total` counts rows left out, too."""

    title: str
    columns: list[EvidenceColumn]
    rows: list[list[CellValue]]
    targets: list[Target | None]
    total: int


class CheckResult(Message):
    """What one check found in one state of a run."""

    id: str
    title: str
    topic: CheckTopic
    status: CheckStatus
    summary: str
    measure: float | None = Field(description="the number that decided, when there is one")
    measured: str | None = Field(description="what that number is")
    evidence: list[EvidenceTable]
    settings: list[Setting] = Field(description="as they were used")
    seconds: float
    install: str | None = None


class CheckRequest(Message):
    """Run checks: all of them unless some are named."""

    run: str
    checks: list[str] | None = Field(default=None, max_length=100)
    settings: dict[str, dict[str, SettingValue]] = Field(
        default_factory=dict,
        description="check to setting to value, for this time; others are as configured",
    )
    quick: bool = Field(default=False, description="only those that cost little")


class HistoryEntry(Message):
    """Statuses and measures of checks at an earlier time. Holds no values of records."""

    time: str
    state: int
    forgets: int
    statuses: dict[str, CheckStatus]
    measures: dict[str, float | None]


class CheckResults(Message):
    """Results for one state of a run, and what was found before, oldest first.

    `missing` names checks without a result for the present state.
    """

    run: str
    state: int
    time: str | None
    results: list[CheckResult]
    missing: list[str]
    history: list[HistoryEntry]


class ConfigureRequest(Message):
    """Change settings of a check for all runs of a pipeline; an empty `settings` resets them."""

    run: str
    check: str
    settings: dict[str, SettingValue]


# --- usage, access ----------------------------------------------------------------------------


class SourceUsage(Message):
    """What became of the records of a source; every record counts once, in the first that holds.

    The buffer of the same place has one byte a row id: 3 trained the model, 2 reached the training
    table (held out, or without label), 1 reached no row of it, 0 no such record.
    """

    source: str
    records: int
    trained: int
    reached: int
    unused: int
    traced: bool = Field(description="whether the provenance tells; if not, nothing is claimed")
    indirect: list[str] = Field(
        description="operations by which records decide over rows that are not made of them"
    )


class Usage(Message):
    """Usage of all sources; one buffer a source."""

    sources: list[SourceUsage]


class AccessRequest(Message):
    """Ask for everything that records reached, in all runs of the workspace."""

    run: str
    source: str
    selector: Selector
    values: bool = Field(default=True, description="also return the cells of the records")


class AccessedRun(Message):
    """What one run holds of the records, and what became of them there."""

    run: RunSummary
    source: str
    is_there: bool = Field(description="whether the run file is where it was")
    records: list[Contribution]
    training_rows: int
    rows: list[int]
    in_training_split: int
    cells: int
    features: list[FeatureSlice]
    models: list[str]
    operations: list[str] = Field(description="the operations that the records went through")
    receipts: int = Field(description="forgets that this run has seen")
    untraced: list[str]


class AccessReport(Message):
    """The answer to a request for access, newest run first."""

    time: str
    source: str
    records: int
    runs: list[AccessedRun]


# --- column profile ---------------------------------------------------------------------------


class ProfileRequest(Message):
    """Ask what a column of a table of a run looks like; tables are named as in `PageRequest`."""

    run: str
    table: str
    columns: list[str] = Field(min_length=1, max_length=50)
    filter: list[Condition] = Field(default_factory=list)
    bins: int = Field(default=20, ge=1, le=200)
    top: int = Field(default=10, ge=0, le=100)


class Bin(Message):
    """A bar of a histogram: values from `low` (inclusive) to `high` (exclusive, but for the last)."""

    low: float
    high: float
    count: int


class Frequency(Message):
    """How often a value occurs."""

    value: CellValue
    count: int


class ColumnProfile(Message):
    """Distribution of one column. `bins` are for numbers and times (seconds since 1970), `top` for all."""

    name: str
    dtype: str
    rows: int
    missing: int
    erased: int
    distinct: int
    minimum: CellValue
    maximum: CellValue
    mean: float | None
    deviation: float | None
    median: float | None
    bins: list[Bin]
    top: list[Frequency]


class ColumnProfiles(Message):
    """Profiles in the order asked for."""

    columns: list[ColumnProfile]


# --- report -----------------------------------------------------------------------------------


class ModelCard(Message):
    """What only people know of a model; shown in reports."""

    purpose: str = Field(default="", max_length=10_000)
    intended_use: str = Field(default="", max_length=10_000)
    limitations: str = Field(default="", max_length=10_000)
    legal_basis: str = Field(default="", max_length=10_000)
    responsible: str = Field(default="", max_length=1_000)
    contact: str = Field(default="", max_length=1_000)


class CardRequest(Message):
    """Keep the model card for all runs of a pipeline."""

    run: str
    card: ModelCard


class ReportRequest(Message):
    """Write the report of a run, with the results of the checks that there are for its present state."""

    run: str
    evidence: bool = Field(default=True, description="with the tables of evidence")


class Report(Message):
    """A self-contained HTML page, as UTF-8 in the first buffer."""

    name: str = Field(description="a name for the file")
    size: int
