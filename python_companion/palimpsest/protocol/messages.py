"""Message schemas: the one source of truth for what travels between browser and kernel.

JSON Schema and the TypeScript types in ``src/companion/protocol.generated.ts`` are generated
from these models (``python -m palimpsest.protocol.generate``). No message carries code or an
expression to evaluate, except `VerifyRequest`, whose cells run in a sandboxed process only.

Row ids are int32 positions in a table of a run and never change while the run lives.
Counts may exceed int32 and are plain JSON numbers.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

PROTOCOL_VERSION: Literal[1] = 1
"""Version of the message schemas; a peer with another version is refused."""


class Message(BaseModel):
    """Base of all messages: unknown fields are malformed, values immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# --- envelope ---------------------------------------------------------------------------------


class Request(Message):
    """A call of one method; `id` is chosen by the caller and unique per connection."""

    version: int
    id: str = Field(max_length=64)
    method: str = Field(max_length=64)
    params: dict[str, Any] = Field(default_factory=dict)


ErrorCode = Literal[
    "malformed",
    "unknown-method",
    "version",
    "not-found",
    "invalid-argument",
    "invalid-source",
    "stale-token",
    "empty-selection",
    "busy",
    "cancelled",
    "needs-kernel",
    "store",
    "internal",
]


class ErrorInfo(Message):
    """A typed error: what went wrong, where, and what to do."""

    code: ErrorCode
    message: str
    hint: str | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None


class Response(Message):
    """The answer to one request: exactly one of `result` and `error`."""

    version: int
    id: str
    result: Any = None
    error: ErrorInfo | None = None


class Progress(Message):
    """How far long work is: `done` of `total` steps of the stage named `stage`."""

    stage: str
    done: int
    total: int
    detail: str | None = None


class Event(Message):
    """A message that belongs to a request still under way."""

    version: int
    id: str
    event: Literal["progress"] = "progress"
    data: Progress


# --- hello, runs, plan ------------------------------------------------------------------------


class Hello(Message):
    """What the companion is."""

    protocol: int
    companion: str
    python: str
    pandas: str
    sklearn: str | None
    working_directory: str


class Empty(Message):
    """No parameters."""


class RunRef(Message):
    """Names one run."""

    run: str


class RunSummary(Message):
    """One run, as lists show it."""

    run: str
    name: str
    path: str
    created: str
    sources: list[str]
    training_rows: int
    feature_columns: int
    model: str | None
    forgets: int
    changed_sources: list[str] = Field(
        default_factory=list,
        description="sources whose files are not what they were when they were read",
    )


class RunList(Message):
    """The runs of the workspace, newest first."""

    runs: list[RunSummary]


Dependency = Literal["value", "control"]


class ColumnRef(Message):
    """A column of a source."""

    source: str
    column: str


class ColumnLineage(Message):
    """Where one column of the training table comes from."""

    column: str
    value: list[ColumnRef]
    control: list[ColumnRef]


class FeatureSlice(Message):
    """Matrix columns `start` to `stop` (exclusive), made by one transformer."""

    transformer: str
    start: int
    stop: int
    columns: list[str]
    value: list[ColumnRef]
    control: list[ColumnRef]
    maintenance: Literal["local", "shift-scale", "refit"]


class Location(Message):
    """A place in user code; `line` is 1-based."""

    file: str
    line: int


class ColumnInfo(Message):
    """A column and its dtype, as pandas names it."""

    name: str
    dtype: str


class PlanNode(Message):
    """One recorded operation."""

    id: int
    operation: str
    label: str
    stage: Literal["source", "prepare", "encode", "label", "model"]
    inputs: list[int]
    rows: int
    columns: list[ColumnInfo]
    table: str | None = Field(description="name of the table to page through")
    location: Location | None
    seconds: float
    warnings: list[str]


class PlanGraph(Message):
    """The whole recorded plan of a run, with the lineage of its result."""

    run: str
    nodes: list[PlanNode]
    columns: list[ColumnLineage]
    features: list[FeatureSlice]
    warnings: list[str]


# --- tables -----------------------------------------------------------------------------------


class Condition(Message):
    """One comparison of a filter; all conditions of a filter hold together."""

    column: str
    comparison: Literal[
        "==", "!=", "<", "<=", ">", ">=", "contains", "starts-with", "is-missing", "is-erased"
    ]
    value: str | float | bool | None = None


class Sort(Message):
    """The order of a table's rows; missing and erased cells come last."""

    column: str
    descending: bool = False


class PageRequest(Message):
    """A page of a table: `source:<name>`, `training`, `matrix`, `predictions` or `node:<id>`."""

    run: str
    table: str
    offset: int = Field(default=0, ge=0)
    limit: int = Field(default=100, ge=1, le=10_000)
    columns: list[str] | None = None
    filter: list[Condition] = Field(default_factory=list)
    sort: Sort | None = Field(default=None, description="by row id when there is none")
    rows: list[int] | None = Field(
        default=None, description="only these row ids", max_length=100_000
    )


class Page(Message):
    """A page; the rows are one Arrow IPC stream in the first buffer.

    The first column of the stream, ``__row``, holds the row ids (int32). When a cell of the page is
    erased there is a last column, ``__erased``: the positions in `columns` of a row's erased cells.
    """

    table: str
    total: int
    offset: int
    columns: list[ColumnInfo]


# --- selecting, tracing -----------------------------------------------------------------------


class RowIds(Message):
    """Select by row id."""

    kind: Literal["rows"] = "rows"
    rows: list[int] = Field(max_length=100_000)


class Filter(Message):
    """Select by conditions that all hold."""

    kind: Literal["filter"] = "filter"
    conditions: list[Condition] = Field(min_length=1)


class Keys(Message):
    """Select by the values of one column."""

    kind: Literal["keys"] = "keys"
    column: str
    values: list[str | float] = Field(max_length=100_000)


Selector = Annotated[RowIds | Filter | Keys, Field(discriminator="kind")]


class TraceForwardRequest(Message):
    """Ask what source records reached."""

    run: str
    source: str
    selector: Selector
    limit: int = Field(default=100, ge=0, le=100_000, description="how many row ids to return")


class TraceForward(Message):
    """What source records reached."""

    records: int
    training_rows: int
    rows: list[int]
    cells: int
    feature_columns: list[FeatureSlice]
    in_training_split: int
    models: list[str]
    other_runs: list[RunSummary]
    untraced: list[str] = Field(
        description="places where values were read out of the tracking: what they decided is not told",
    )


class TraceBackRequest(Message):
    """Ask why a training row is there."""

    run: str
    row: int


class Contribution(Message):
    """One source record in the derivation of a row."""

    source: str
    row: int
    occurrence: int
    values: dict[str, Any]


class TraceBack(Message):
    """The derivation of one training row."""

    row: int
    polynomial: str
    sentence: str
    records: list[Contribution]
    untraced: list[str] = Field(
        description="places where values were read out of the tracking: what they decided is not told",
    )


class ColumnTraceRequest(Message):
    """Ask where source columns go."""

    run: str
    columns: list[ColumnRef] = Field(min_length=1, max_length=200)


class NodeDependents(Message):
    """What of an operation depends on source columns.

    `value` are the columns computed from them, `control` those into which they only decide what is
    taken; `rows` tells whether they decide which rows there are.
    """

    node: int
    value: list[str]
    control: list[str]
    rows: bool


class ColumnTrace(Message):
    """Where source columns go: operations that depend on them, and columns of the matrix."""

    nodes: list[NodeDependents]
    features: list[FeatureSlice]


class NeighboursRequest(Message):
    """Ask which training rows are nearest to a row in the feature matrix."""

    run: str
    row: int
    count: int = Field(default=5, ge=1, le=50)


class Neighbour(Message):
    """A row that the model is trained on, near to another in the feature matrix."""

    row: int
    distance: float
    label: str
    sentence: str


class Neighbours(Message):
    """What the model says of a row, and the rows it is trained on that are nearest to it.

    Distances are Euclidean, between rows as the model sees them. `agreeing` counts the neighbours
    whose label is what the model predicts.
    """

    row: int
    prediction: str
    label: str | None
    in_training_split: bool
    neighbours: list[Neighbour]
    agreeing: int


# --- forgetting -------------------------------------------------------------------------------


CellValue = str | int | float | bool | None
"""A value of a cell; null is a missing value, a date is text."""

Action = Literal["delete", "erase", "rectify", "insert"]


class ForgetRequest(Message):
    """Delete, erase, rectify or insert records of one source."""

    run: str
    source: str
    selector: Selector | None = Field(default=None, description="which records; an insert has none")
    action: Action
    columns: list[str] = Field(default_factory=list, description="columns to erase")
    values: dict[str, CellValue] = Field(
        default_factory=dict, description="rectify: column to its right value"
    )
    records: list[dict[str, CellValue]] = Field(
        default_factory=list,
        max_length=10_000,
        description="insert: the new records; a column left out is missing",
    )
    keep_rows: bool = Field(
        default=False, description="erase: keep rows that passed a filter by an erased value"
    )
    everywhere: bool = Field(
        default=False, description="also in the other runs of the folder that hold the records"
    )
    model_seconds: float | None = Field(
        default=None,
        ge=0.0,
        description="time granted for the model: of the ways that fit, the one with the strongest "
        "guarantee is taken; by default the model's own strategy",
    )
    keep_until_proof: bool = Field(
        default=False,
        description="keep the training rows that leave in the kernel's memory until a proof, which "
        "then tells whether a re-run, too, gives them away",
    )


class ModelWay(Message):
    """A way to carry the model over to the remaining rows."""

    strategy: str
    guarantee: str
    seconds: float = Field(description="as expected")
    chosen: bool


class ArtifactImpact(Message):
    """What happens to one artifact, how, and what is guaranteed."""

    artifact: str
    strategy: str
    guarantee: str
    rows: int
    cells: int
    seconds: float


class Preview(Message):
    """What a request would do; nothing has happened yet."""

    token: str
    request: ForgetRequest
    records: int
    training_rows_removed: int
    training_rows_changed: int
    training_rows_added: int
    matrix_cells: int
    feature_columns: list[FeatureSlice]
    artifacts: list[ArtifactImpact]
    model_ways: list[ModelWay] = Field(
        default_factory=list, description="how the model can be updated; empty before a re-run"
    )
    consequences: list[str]
    other_runs: list[RunSummary]
    seconds: float


class ApplyRequest(Message):
    """Apply a previewed request; the token works once."""

    run: str
    token: str


class StageTiming(Message):
    """How long one stage of a forget took."""

    stage: str
    seconds: float


class Receipt(Message):
    """What was done, when, with which guarantee. Holds no values of the records."""

    receipt: str
    run: str
    time: str
    user: str
    source: str
    action: Action
    columns: list[str]
    keep_rows: bool = False
    selector_hash: str
    records: int
    training_rows_removed: int
    training_rows_changed: int
    training_rows_added: int
    matrix_cells: int
    artifacts: list[ArtifactImpact]
    timings: list[StageTiming]
    seconds: float
    part_of: str | None = Field(
        default=None, description="receipt of the forget in another run that this one follows"
    )
    proof: Proof | None
    previous_hash: str
    hash: str


class ReceiptList(Message):
    """The audit chain of a run, oldest first, and whether its hashes hold."""

    receipts: list[Receipt]
    intact: bool


class RunUpdate(Message):
    """How far a forget that was asked of one run has come in another."""

    receipt: str = Field(description="of the forget that was asked for")
    run: str
    name: str
    state: Literal["done", "waiting"]
    followed_by: str | None = Field(description="its own receipt, when it is done")
    reason: str | None = Field(description="what it waits for, when that was tried")


class RunUpdates(Message):
    """The other runs that the forgets of a run reach."""

    updates: list[RunUpdate]


class ProveRequest(Message):
    """Compare the maintained state with a re-run on the changed sources."""

    run: str
    receipt: str | None = None


class Proof(Message):
    """Distances between the maintained state and a re-run.

    `parameter_distance` is relative, `parameter_difference` absolute. `metric` names the score of
    the model on the held-out rows (on all when there are none), `gradient` is the largest component
    of the gradient of the mean objective, for models that measure it. `membership` (a threshold of
    the loss) and `likelihood` (a likelihood ratio) are areas under the curve of attacks on the
    forgotten rows; 0.5 is guessing.
    """

    equal: bool
    rows_missing: int
    rows_extra: int
    matrix_distance: float
    statistics_distance: float
    parameter_distance: float
    parameter_difference: float | None = None
    prediction_disagreement: float
    held_out_rows: int = 0
    held_out_disagreement: float | None = None
    metric: str | None = None
    metric_maintained: float | None = None
    metric_rerun: float | None = None
    gradient_maintained: float | None = None
    gradient_rerun: float | None = None
    membership_before: float | None
    membership_after: float | None
    membership_rerun: float | None = None
    likelihood_before: float | None = None
    likelihood_after: float | None = None
    likelihood_rerun: float | None = None
    rerun_seconds: float


# --- verifying --------------------------------------------------------------------------------

Role = Literal["prepare", "encode", "label", "train"]


class FileObservation(Message):
    """The original writes its result as a text file, a row a line."""

    kind: Literal["file"] = "file"
    path: str
    separator: str
    columns: list[str]


class VariableObservation(Message):
    """The original leaves its result in a global variable."""

    kind: Literal["variable"] = "variable"
    name: str


Observation = Annotated[FileObservation | VariableObservation, Field(discriminator="kind")]


class VerifyRequest(Message):
    """Run original and rewrite side by side and compare.

    `original` and `rewritten` are the code cells up to and including `target`, of equal length;
    cells that are not rewritten are equal in both. `roles` has, for each cell of `rewritten`,
    the role it defines, or None.
    """

    original: list[str]
    rewritten: list[str]
    roles: list[Role | None]
    target: int
    observation: Observation | None
    row_order_matters: bool | None = Field(
        default=None, description="by default as the original shows it: yes for a variable"
    )
    working_directory: str
    mutations: int = Field(default=20, ge=0, le=100)
    sample_rows: int = Field(default=200, ge=1)
    seed: int = 0
    time_limit: float = Field(
        default=120.0, gt=0, description="seconds, for each side and input set"
    )
    memory_limit: int = Field(default=4_000_000_000, gt=0, description="bytes, for each process")


class StageOutput(Message):
    """Where a script leaves the result of a stage: a global variable, or a file."""

    role: Role
    output: str
    columns: list[str] = Field(
        default_factory=list, description="names, where the result itself has none"
    )


class VerifyScriptsRequest(Message):
    """Run two versions of a script side by side and compare what their stages leave.

    Neither need be declarative. Where a version leaves no such variable or file, the function of the
    pipeline contract that it defines for the stage is called instead.
    """

    original: str
    other: str
    stages: list[StageOutput] = Field(min_length=1)
    sources: dict[str, str] = Field(
        default_factory=dict, description="name to path of what is read; checked to exist"
    )
    row_order_matters: bool = True
    working_directory: str
    mutations: int = Field(default=32, ge=0, le=200)
    sample_rows: int = Field(default=400, ge=1)
    seed: int = 0
    localise: bool = Field(
        default=True, description="look for the rows and statements behind a difference"
    )
    time_limit: float = Field(
        default=120.0, gt=0, description="seconds, for each side and input set"
    )
    memory_limit: int = Field(default=4_000_000_000, gt=0, description="bytes, for each process")


class Evidence(Message):
    """One rung of the equivalence ladder, as far as it was climbed."""

    step: Literal["parses", "names", "runs", "real", "mutated", "nondeterminism", "note"]
    ok: bool
    detail: str


class DifferenceTable(Message):
    """The first difference as a small table: a row of the original beside the rewrite's."""

    columns: list[str]
    expected: list[str] | None
    got: list[str] | None


class Difference(Message):
    """The first difference, traced to source rows (0-based) and the original's line (1-based)."""

    input: str
    row: int | None
    column: str | None
    original: str
    rewritten: str
    source_rows: dict[str, list[int]]
    line: int | None
    rewritten_line: int | None = None
    stage: Role | None = None
    cause: str | None = Field(default=None, description="the likely cause, in plain words")
    table: DifferenceTable | None = None
    source_lines: dict[str, list[str]] = Field(
        default_factory=dict, description="the smallest input found with the difference"
    )


class SideError(Message):
    """One side could not be run."""

    side: Literal["original", "rewritten"]
    message: str
    line: int | None


class Verdict(Message):
    """The outcome of a verification."""

    status: Literal["equivalent", "different", "failed", "inconclusive"]
    summary: str
    real_rows: int
    mutated_inputs: int
    evidence: list[Evidence]
    difference: Difference | None
    error: SideError | None
    remarks: list[str] = Field(
        default_factory=list,
        description="what has to be told with an equivalence: where errors change their kind, and"
        " differences that were not taken to decide",
    )
    seconds: float


# --- describing sources -----------------------------------------------------------------------


class DescribeRequest(Message):
    """Describe what a cell reads: files, and frames in the kernel.

    Frames are named, never computed: a name is looked up among the variables of the notebook.
    """

    files: list[str] = Field(
        default_factory=list, max_length=50, description="paths as the code names them"
    )
    frames: list[Annotated[str, Field(pattern=r"^[^\W\d]\w*$", max_length=200)]] = Field(
        default_factory=list, max_length=200, description="names of variables"
    )
    sample_rows: int = Field(
        default=0, ge=0, le=20, description="how many rows to return; none unless asked for"
    )


class SourceColumn(Message):
    """A column of a source; the counts are those of the rows that were looked at."""

    name: str
    dtype: str
    nulls: int
    distinct: int


class SourceDescription(Message):
    """What a source looks like."""

    name: str
    kind: Literal["file", "frame"]
    rows: int
    complete: bool = Field(description="whether all rows were looked at, or only the first ones")
    named: bool = Field(description="whether the names of the columns stand in the source")
    columns: list[SourceColumn]
    samples: list[list[str]] = Field(description="the first rows as text, when asked for")


class SkippedSource(Message):
    """A source that could not be described, and why."""

    name: str
    reason: str


class SourceDescriptions(Message):
    """The sources that are there; names that are no source are left out."""

    sources: list[SourceDescription]
    skipped: list[SkippedSource]


class CancelRequest(Message):
    """Stop the request with this id."""

    request: str


class Cancelled(Message):
    """Whether there was anything to stop."""

    cancelled: bool


Receipt.model_rebuild()
