"""What a request would do; nothing happens yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from palimpsest.encoding import Drift
from palimpsest.errors import InvalidArgumentError
from palimpsest.forget.calls import functions_of
from palimpsest.forget.change import TableChange, table_change
from palimpsest.forget.edit import SourceEdit, edit_of
from palimpsest.forget.identities import new_identities
from palimpsest.forget.impact import (
    matrix_cells,
    matrix_impact,
    statistics_impact,
    table_cells,
    table_impact,
)
from palimpsest.forget.matrixchange import MatrixChange, matrix_change
from palimpsest.forget.modelling import changed_training_rows, model_ways
from palimpsest.forget.tokens import TOKENS, Ticket
from palimpsest.models.policy import Way, chosen
from palimpsest.pipeline.cache import CACHE, WORKED_OUT
from palimpsest.pipeline.graph import feature_slices
from palimpsest.pipeline.live import LivePipeline
from palimpsest.pipeline.state import StoredRun
from palimpsest.pipeline.tracing import check_source
from palimpsest.protocol.messages import (
    ArtifactImpact,
    FeatureSlice,
    ForgetRequest,
    ModelWay,
    Preview,
    RunSummary,
)
from palimpsest.store.summary import changed_source
from palimpsest.tracking.errors import FullRerun
from palimpsest.tracking.keeping import keyed_by
from palimpsest.tracking.lineage import column_lineage

if TYPE_CHECKING:
    from palimpsest.pipeline.run import Run

_FIXED_SECONDS, _ROW_SECONDS = 5e-3, 1e-4


@dataclass(frozen=True)
class _Asked:
    """What every preview repeats."""

    request: ForgetRequest
    records: int
    token: str
    others: list[RunSummary]
    about_source: list[str]


def preview(run: Run, request: ForgetRequest) -> Preview:
    """Work a request out without doing it; see `Run.preview`."""
    if request.run != run.id:
        raise InvalidArgumentError(f"The request is for run '{request.run}', this is '{run.id}'.")
    with run.reading() as stored:
        edit = requested_edit(stored, request)
        if edit.action in ("rectify", "insert"):
            new_identities(stored, edit, run.secret)  # refuses what was forgotten before
        others = run.holders(stored, request.source, edit.known)
        ticket = Ticket(run.id, stored.version, request, edit.known)
        token = TOKENS.issue(ticket)
        asked = _Asked(request, len(edit.records), token, others, _about_source(stored, edit))
        try:
            functions = functions_of(run.live, ticket.results)
            change = table_change(stored, functions, edit, dry_run=True)
        except FullRerun as reason:
            if edit.keep_rows:
                raise InvalidArgumentError(
                    f"Rows cannot be kept, because the preparation would have to run again: {reason}",
                    hint="Erase without keep_rows.",
                ) from reason
            return _of_rerun(stored, asked, reason)
        told = _of_change(stored, run.live, asked, change)
        stored.lend()  # what apply is going to read again
        if change.delta.pending is not None and not len(change.delta.added):
            CACHE.put(run.id, stored.version, WORKED_OUT, (ticket, change))
        return told


def requested_edit(stored: StoredRun, request: ForgetRequest) -> SourceEdit:
    """Find the records and cells that a request means, and refuse what cannot be done soundly."""
    check_source(stored, request.source)
    if not stored.sources[request.source].parameter:
        raise InvalidArgumentError(
            f"Records of '{request.source}' cannot be forgotten: prepare() reads it by itself, so "
            "that a re-run would bring them back.",
            hint="Make it a parameter of prepare(), and run the pipeline again.",
        )
    edit = edit_of(stored, request)
    if request.keep_rows:
        _check_keep_rows(stored, request)
    return edit


def _about_source(stored: StoredRun, edit: SourceEdit) -> list[str]:
    """Say what a request leaves to do where the source comes from."""
    fact = stored.sources[edit.source]
    told = []
    if fact.has_changed:
        told.append(changed_source(fact))
    where = "where the source comes from" if fact.path is None else f"in {fact.path}"
    if edit.action == "rectify":
        told.append(
            f"Correct the values {where} too: a new run that still finds the old ones there reads "
            "them as erased."
        )
    if edit.keep_rows:
        told.append("The next run of the pipeline does not keep these rows: it cannot know them.")
    if edit.action == "insert":
        told.append(f"Add the records {where} too: a new run knows only what it reads there.")
    return told


def _check_keep_rows(stored: StoredRun, request: ForgetRequest) -> None:
    deciding = keyed_by(stored.plan, request.source, request.columns)
    if deciding:
        named = ", ".join(f"{node.label} ({node.location})" for node in deciding)
        raise InvalidArgumentError(
            f"Rows can be kept where a filter read the erased value, but {named} goes by it too: a "
            "row that is kept there would tell what the value was.",
            hint="Erase without keep_rows; the preview says which rows leave.",
        )


def _of_change(
    stored: StoredRun,
    live: LivePipeline | None,
    asked: _Asked,
    change: TableChange,
) -> Preview:
    delta = change.delta
    touched = len(delta.removed) + len(delta.updated) + len(delta.added)
    consequences = [*asked.about_source, *(found.message for found in delta.consequences)]
    consequences += [f"{reason}: all its rows are looked at again." for reason in delta.not_local]
    consequences += _unlabelled(change)
    refitted = stored.encoding.refitted_steps if touched else ()
    matrix: MatrixChange | None = None
    if refitted:
        consequences += [
            f"The transformer {step} is fitted again on the remaining rows." for step in refitted
        ]
    else:
        matrix = matrix_change(stored, live, change)
        consequences += matrix.encoding.consequences
    cells = matrix_cells(stored.encoding, change)
    among = model_ways(stored.model, change, matrix)
    way = chosen(among, asked.request.model_seconds)
    artifacts = [
        _timed(table_impact(touched, table_cells(change))),
        _timed(matrix_impact(touched, cells)),
        statistics_impact(touched, refitted, None if matrix is None else _drift(matrix)),
        _model_impact(stored, change, matrix, way),
    ]
    return Preview(
        token=asked.token,
        request=asked.request,
        records=asked.records,
        training_rows_removed=len(delta.removed),
        training_rows_changed=len(delta.updated),
        training_rows_added=len(delta.added),
        matrix_cells=cells,
        feature_columns=_reached_slices(stored, change),
        artifacts=artifacts,
        model_ways=[
            ModelWay(
                strategy=one.strategy,
                guarantee=one.estimate.text,
                seconds=one.estimate.seconds,
                chosen=one is way,
            )
            for one in among
        ],
        consequences=consequences,
        other_runs=asked.others,
        seconds=_FIXED_SECONDS + sum(artifact.seconds for artifact in artifacts),
    )


def _of_rerun(
    stored: StoredRun,
    asked: _Asked,
    reason: FullRerun,
) -> Preview:
    seconds = {str(name): float(took) for name, took in stored.details["seconds"].items()}
    rows = len(stored.training_rows)
    stages = {
        "training table": "prepare",
        "feature matrix": "encode",
        "encoder statistics": "encode",
        "model": "train",
    }
    artifacts = [
        ArtifactImpact(
            artifact=artifact,
            strategy="run again",
            guarantee="exact: it is a re-run on the changed sources",
            rows=rows,
            cells=0,
            seconds=seconds.get(stage, 0.0),
        )
        for artifact, stage in stages.items()
    ]
    return Preview(
        token=asked.token,
        request=asked.request,
        records=asked.records,
        training_rows_removed=0,
        training_rows_changed=0,
        training_rows_added=0,
        matrix_cells=0,
        feature_columns=feature_slices(
            stored.encoding, column_lineage(stored.plan, stored.plan.output)
        ),
        artifacts=artifacts,
        consequences=[
            *asked.about_source,
            str(reason),
            "How many rows change is known afterwards; the notebook's functions are needed.",
        ],
        other_runs=asked.others,
        seconds=sum(seconds.values()),
    )


def _drift(matrix: MatrixChange) -> Drift | None:
    return matrix.encoding.encoding.drift


def _unlabelled(change: TableChange) -> list[str]:
    updated = len(change.delta.updated)
    was = change.before.unlabelled[len(change.delta.removed) :]
    leaving = int((change.after.unlabelled[:updated] & ~was).sum())
    if not leaving:
        return []
    return [f"{leaving} rows lose their label: they leave the training set and stay in the table."]


def _model_impact(
    stored: StoredRun, change: TableChange, matrix: MatrixChange | None, way: Way
) -> ArtifactImpact:
    if matrix is None:
        rows = int(change.before.trained.sum())
    else:
        was, now = changed_training_rows(change, matrix)
        rows = max(int(was.sum()), int(now.sum()))
    return ArtifactImpact(
        artifact="model",
        strategy=way.strategy,
        guarantee=way.estimate.text,
        rows=rows,
        cells=0,
        seconds=way.estimate.seconds,
    )


def _timed(artifact: ArtifactImpact) -> ArtifactImpact:
    return artifact.model_copy(update={"seconds": _ROW_SECONDS * artifact.rows})


def _reached_slices(stored: StoredRun, change: TableChange) -> list[FeatureSlice]:
    """Return the slices of the matrix whose raw values change."""
    delta = change.delta
    slices = feature_slices(stored.encoding, column_lineage(stored.plan, stored.plan.output))
    if len(delta.removed) or len(delta.added):
        return slices
    changed = {name for name, mask in delta.changed.items() if mask.any()}
    return [part for part in slices if changed & set(part.columns)]
