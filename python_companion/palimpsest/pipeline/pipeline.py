"""The pipeline of a notebook: composed of its functions, run with capture into a run file."""

from __future__ import annotations

import datetime
import inspect
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import pandas as pd

from palimpsest.errors import InvalidArgumentError
from palimpsest.openlineage.stories import LINEAGE_RUN, about, run_story
from palimpsest.pipeline.cache import CACHE, LABELS, RAW
from palimpsest.pipeline.execution import Outcome, Progress, Recipe, execute, ignore_progress
from palimpsest.pipeline.live import LivePipeline, functions_named, remember_live
from palimpsest.pipeline.run import Run
from palimpsest.pipeline.split import SplitRule
from palimpsest.pipeline.writing import SourceEntry, write_outcome, write_sources
from palimpsest.store.arrays import ArrayStore
from palimpsest.store.catalog import Catalog
from palimpsest.store.identity import identify, identity_scheme
from palimpsest.store.kept import tell_catalog
from palimpsest.store.labels import as_read
from palimpsest.store.runfile import SUFFIX, RunFile, remove_abandoned, set_meta
from palimpsest.store.secret import Secret
from palimpsest.store.summary import SourceFact, fingerprint, write_facts
from palimpsest.store.suppression import SourceFilter, remember
from palimpsest.tracking.addresses import address_of
from palimpsest.tracking.sources import SourceInput

Source: TypeAlias = "str | os.PathLike[str] | pd.DataFrame"


class Pipeline:
    """A notebook's four functions.

    Parameters
    ----------
    name : str
        Names the run files: ``<folder>/<name>-<n>.palimpsest``.
    prepare : callable
        Takes the sources by name and returns one frame: the training table.
    encode_features : callable
        Returns an unfitted ColumnTransformer.
    extract_label : callable
        Takes the training table, returns a series (or an array) of labels.
    make_model : callable
        Takes the number of features, returns an unfitted estimator.
    split : callable, float or None
        A function that gets the training table and says which rows are for training; or the
        share of rows kept for testing; or None to train on all rows.
    fit_encoders_on : {"train", "all"}
        Which rows the encoders are fitted on.
    encoders : {"exact", "frozen"}
        What a forget does to fitted encoders: they become what the remaining rows give, or they
        keep their parameters, and how far off these are is measured and shown.
    keys : dict of source to list of column, optional
        Columns that identify a record. A source without is identified by the content of its rows.
    seed : int
        Of the split, when it is a share.
    folder : path
        Where run files go.

    Examples
    --------
    >>> pipeline = Pipeline("demo", prepare, encode_features, extract_label,
    ...                     make_model)                                      # doctest: +SKIP
    >>> run = pipeline.run(mails="mails.csv")                                # doctest: +SKIP
    """

    def __init__(
        self,
        name: str,
        prepare: Callable[..., Any],
        encode_features: Callable[[], Any],
        extract_label: Callable[[Any], Any],
        make_model: Callable[[int], Any],
        *,
        split: Callable[[Any], Any] | float | None = None,
        fit_encoders_on: Literal["train", "all"] = "train",
        encoders: Literal["exact", "frozen"] = "exact",
        keys: Mapping[str, Sequence[str]] | None = None,
        seed: int = 0,
        folder: str | os.PathLike[str] = ".palimpsest",
    ) -> None:
        if not name or name.startswith(".") or any(sign in name for sign in "/\\\0"):
            raise InvalidArgumentError(
                f"'name' becomes part of a file name, got {name!r}.",
                hint="Use letters, digits and dashes.",
            )
        if fit_encoders_on not in ("train", "all"):
            raise InvalidArgumentError(
                f"'fit_encoders_on' must be 'train' or 'all', got {fit_encoders_on!r}."
            )
        if encoders not in ("exact", "frozen"):
            raise InvalidArgumentError(f"'encoders' must be 'exact' or 'frozen', got {encoders!r}.")
        self.name = name
        self.folder = Path(folder)
        self.keys = {source: tuple(columns) for source, columns in (keys or {}).items()}
        self.recipe = Recipe(
            prepare,
            encode_features,
            extract_label,
            make_model,
            SplitRule.of(split, seed),
            fit_encoders_on,
            encoders,
        )

    def run(self, /, *, progress: Progress = ignore_progress, **arguments: Any) -> Run:
        """Run the pipeline with capture and write its run file.

        Parameters
        ----------
        progress : callable, optional
            Called as ``progress(stage, done, total, detail)``.
        **arguments
            The sources (paths or frames) and other arguments of `prepare`. A path that `prepare`
            has as a default need not be given.

        Returns
        -------
        Run

        Raises
        ------
        PalimpsestError
            Nothing is left behind.
        """
        folder = self.folder.absolute()
        file = RunFile.create(folder)  # first: a folder that cannot be written is soon told
        try:
            sources, _ = self._arguments(arguments)
            paths = {name: _address(value) for name, value in sources.items()}
            with run_story(folder, self.name, paths) as story:
                run = self._run_into(file, arguments, story.id, progress)
                with run.reading() as stored:
                    story.about = about(stored)
                    story.complete(run.path, stored.row_count)
        except BaseException:
            file.discard()
            raise
        return run

    def _run_into(
        self, file: RunFile, arguments: Mapping[str, Any], story: str, progress: Progress
    ) -> Run:
        """Run, write the outcome into a file, and publish it."""
        folder = file.path.parent
        remove_abandoned(folder)
        secret = Secret.of_folder(folder)
        with Catalog.open(folder) as catalog:
            catalog.reconcile()
            if catalog.waiting():
                from palimpsest.forget.spanning import resume  # which itself opens runs

                resume(folder, progress=progress)
            reading = self._reading(arguments, secret, catalog)
        outcome = execute(self.recipe, reading.inputs, reading.parameters, progress)
        progress("write", 0, 1, None)
        with file.building() as connection:
            run = self._write(file, outcome, reading, secret)
            set_meta(connection, **{LINEAGE_RUN: story})
        path = file.publish(lambda number: folder / f"{self.name}-{number}{SUFFIX}")
        live = LivePipeline(self.recipe, reading.parameters, outcome.captured.functions)
        remember_live(run, live)
        CACHE.put(run, 1, RAW, outcome.raw)
        CACHE.put(run, 1, LABELS, as_read(outcome.labels))
        CACHE.put(run, 1, "model", outcome.model)
        with RunFile.open(path) as published:
            tell_catalog(folder, lambda catalog: catalog.register(published, path))
        progress("write", 1, 1, path.name)
        return Run.open(path)

    def rerun_reference(self, /, **arguments: Any) -> Outcome:
        """Run the pipeline on sources as they are now, in memory, as if nothing were known.

        This is what a forget is measured against: no suppression, no memo, nothing written.
        """
        sources, parameters = self._arguments(arguments)
        inputs = {name: SourceInput(name, value) for name, value in sources.items()}
        return execute(self.recipe, inputs, parameters, ignore_progress)

    def attach(self, run: Run, /, **parameters: Any) -> None:
        """Lend this pipeline's functions to a run that an earlier kernel made.

        Parameters
        ----------
        run : Run
        **parameters
            Arguments of `prepare` that are no sources, as they were.

        Raises
        ------
        PalimpsestError
            When the run is of another pipeline.
        """
        if run.name != self.name:
            raise InvalidArgumentError(
                f"The run is of the pipeline '{run.name}', this one is '{self.name}'."
            )
        with run.reading() as stored:
            functions = functions_named(self.recipe, stored.plan)
        remember_live(run.id, LivePipeline(self.recipe, parameters, functions))

    def unsuppress(self, receipt: str, *, user: str | None = None) -> int:
        """Let what one forget removed come back with the next run; this is audited.

        Parameters
        ----------
        receipt : str
            Id of the forget.

        Returns
        -------
        int
            How many records that concerns.
        """
        from palimpsest.forget.suppressing import lift

        return lift(self.folder.absolute(), receipt, user)

    def _reading(self, arguments: Mapping[str, Any], secret: Secret, catalog: Catalog) -> Reading:
        sources, parameters = self._arguments(arguments)
        unknown = set(self.keys) - set(sources)
        if unknown:
            raise InvalidArgumentError(
                f"'keys' names {', '.join(sorted(unknown))}, which is no source of this run.",
                hint=f"The sources are: {', '.join(sources)}.",
            )
        inputs: dict[str, SourceInput] = {}
        filters: dict[str, SourceFilter] = {}
        for name, value in sources.items():
            _check_labels(name, value)
            path = _address(value)
            entries = catalog.suppressed(name, path)
            filters[name] = SourceFilter(name, self.keys.get(name), secret, entries)
            inputs[name] = SourceInput(name, value)
            if entries:
                source = filters[name]
                inputs[name] = SourceInput(name, value, source.dropped, source.erased)
        return Reading(inputs, parameters, filters, self.keys)

    def _arguments(self, arguments: Mapping[str, Any]) -> tuple[dict[str, Source], dict[str, Any]]:
        """Divide the arguments of `prepare` into sources and others."""
        given = dict(arguments)
        signature = inspect.signature(self.recipe.prepare).parameters
        for name, parameter in signature.items():
            if name not in given and isinstance(parameter.default, str | os.PathLike):
                given[name] = parameter.default
        several = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in signature.values())
        unknown = [name for name in given if name not in signature and not several]
        if unknown:
            raise InvalidArgumentError(
                f"prepare() has no parameter {', '.join(map(repr, unknown))}.",
                hint=f"It has: {', '.join(signature)}.",
            )
        absent = [
            name
            for name, parameter in signature.items()
            if name not in given
            and parameter.default is inspect.Parameter.empty
            and parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        ]
        if absent:
            raise InvalidArgumentError(
                f"prepare() needs {', '.join(map(repr, absent))}.",
                hint="Give each source by name: pipeline.run(mails='mails.csv').",
            )
        kinds = (str, os.PathLike, pd.DataFrame)
        sources = {name: value for name, value in given.items() if isinstance(value, kinds)}
        return sources, {name: value for name, value in given.items() if name not in sources}

    def _write(self, file: RunFile, outcome: Outcome, reading: Reading, secret: Secret) -> str:
        connection = file.connection
        arrays = ArrayStore(connection)
        run = secrets.token_hex(8)
        created = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="microseconds")
        set_meta(
            connection,
            run=run,
            name=self.name,
            created=created,
            model=outcome.model.label,
            hash_key=secret.seal(outcome.captured.plan.hash_key, run),
        )
        write_sources(connection, arrays, outcome, reading.entries(outcome, secret))
        details = {
            "opaque": outcome.opaque,
            "split": self.recipe.split.describe(),
            "fit_encoders_on": self.recipe.fit_encoders_on,
            "warnings": [
                *(str(warning) for warning in outcome.captured.warnings),
                *reading.outdated(),
            ],
            "seconds": outcome.seconds,
            "unread": reading.unread(outcome),
        }
        write_outcome(connection, arrays, outcome, details)
        remember(connection, [e for source in reading.filters.values() for e in source.applied])
        write_facts(
            connection,
            training_rows=len(outcome.frame),
            feature_columns=outcome.encoding.width,
        )
        return run


@dataclass(frozen=True)
class Reading:
    """How the sources of one run are read.

    Attributes
    ----------
    inputs : dict of name to SourceInput
    parameters : dict
        Other arguments of `prepare`.
    filters : dict of name to SourceFilter
    keys : dict of name to columns
    """

    inputs: dict[str, SourceInput]
    parameters: dict[str, Any]
    filters: dict[str, SourceFilter]
    keys: Mapping[str, tuple[str, ...]]

    def unread(self, outcome: Outcome) -> dict[str, str | None]:
        """Return the paths of sources that `prepare` was given and did not read."""
        absent = set(self.inputs) - set(outcome.captured.sources)
        return {name: _address(self.inputs[name].value) for name in sorted(absent)}

    def outdated(self) -> list[str]:
        """Say which sources still hold what was corrected in an earlier run."""
        return [
            f"The source '{name}' still holds values of {source.outdated} records that were "
            "corrected in an earlier run; they are erased here. Correct them in the source."
            for name, source in self.filters.items()
            if source.outdated
        ]

    def entries(self, outcome: Outcome, secret: Secret) -> dict[str, SourceEntry]:
        """Return what is written of each source that was read."""
        entries = {}
        for name, scan in outcome.captured.sources.items():
            source = self.filters.get(name)
            keys = self.keys.get(name)
            if source is not None and source.entries:
                identities, scheme = source.identities, source.scheme
            else:
                identities = identify(scan.frame, keys, secret, name)
                scheme = identity_scheme(scan.frame, keys)
            given = self.inputs.get(name)
            path = None if given is None else _address(given.value)
            fact = SourceFact(
                name,
                path,
                keys,
                scheme,
                len(scan.frame),
                parameter=given is not None,
                fingerprint=None if path is None else fingerprint(path),
            )
            entries[name] = SourceEntry(fact, identities)
        return entries


def _check_labels(name: str, value: Source) -> None:
    if isinstance(value, pd.DataFrame) and not value.index.equals(pd.RangeIndex(len(value))):
        raise InvalidArgumentError(
            f"The frame for '{name}' has row labels of its own, which a run does not keep.",
            hint="Give it with .reset_index(): the labels become a column.",
        )


def _address(value: Source) -> str | None:
    if isinstance(value, pd.DataFrame):
        return None
    return address_of(value)
