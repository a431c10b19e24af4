"""The events of one run or one forget: START, then COMPLETE or FAIL."""

from __future__ import annotations

import uuid
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from palimpsest import __version__
from palimpsest.openlineage import events
from palimpsest.openlineage.describing import (
    Described,
    describe,
    inputs_of,
    outputs_of,
    place_of,
)
from palimpsest.openlineage.emitting import emit
from palimpsest.openlineage.events import EventType, Json, Place

if TYPE_CHECKING:
    from palimpsest.pipeline.run import Run
    from palimpsest.pipeline.state import StoredRun

PRODUCER = f"urn:palimpsest:{__version__}"

LINEAGE_RUN = "lineage_run"
"""Key in the run file of the id that the run has in OpenLineage."""

_MOST = 16
_DESCRIBED: OrderedDict[tuple[str, object], Described] = OrderedDict()
"""What was read of runs: a forget changes neither columns nor where they come from."""


@dataclass(frozen=True)
class About:
    """What is told of a run when something ends.

    Attributes
    ----------
    described : Described
        Its columns, and where they come from.
    places : dict of source to Place
    """

    described: Described
    places: dict[str, Place]


@dataclass
class Story:
    """Tells the events of one job.

    Attributes
    ----------
    folder : Path
        Of the run files.
    pipeline : str
    job : str
        ``run`` or ``forget``.
    id : str
        Of the job's run, in OpenLineage.
    parent : str or None
        Of the run that a forget changes.
    about : About or None
        Known before the end.
    """

    folder: Path
    pipeline: str
    job: str
    id: str
    parent: str | None = None
    about: About | None = None

    def start(self, inputs: Sequence[Json]) -> None:
        """Tell that it begins."""
        self._tell("START", inputs, [])

    def complete(self, path: Path, rows: int) -> None:
        """Tell what was read and made.

        Parameters
        ----------
        path : Path
            The run file.
        rows : int
            Of the training table.
        """
        assert self.about is not None
        described, places = self.about.described, self.about.places
        self._tell(
            "COMPLETE",
            inputs_of(described, places, PRODUCER),
            outputs_of(described, places, path, rows, PRODUCER),
        )

    def fail(self, error: BaseException, inputs: Sequence[Json]) -> None:
        """Tell that it ended with an error; not which words, which may quote a value."""
        code = getattr(error, "protocol_code", None)
        message = type(error).__name__ if code is None else f"{type(error).__name__} ({code})"
        told = {"message": message, "programmingLanguage": "Python"}
        self._tell("FAIL", inputs, [], events.facet("errorMessage", PRODUCER, told))

    def _tell(
        self, kind: EventType, inputs: Sequence[Json], outputs: Sequence[Json], *facets: Json
    ) -> None:
        engine = {"version": __version__, "name": "palimpsest"}
        of_run = events.facet("processing_engine", PRODUCER, engine)
        if self.parent is not None:
            parent = {"run": {"runId": self.parent}, "job": self._job_of("run")}
            of_run |= events.facet("parent", PRODUCER, parent)
        for one in facets:
            of_run |= one
        kinds = {"processingType": "BATCH", "integration": "PALIMPSEST", "jobType": "JOB"}
        job = {**self._job_of(self.job), "facets": events.facet("jobType", PRODUCER, kinds)}
        run = {"runId": self.id, "facets": of_run}
        told = events.event(kind, run, job, inputs=inputs, outputs=outputs, producer=PRODUCER)
        emit(self.folder, told)

    def _job_of(self, kind: str) -> Json:
        return {"namespace": events.NAMESPACE, "name": f"{self.pipeline}.{kind}"}


@contextmanager
def run_story(folder: Path, pipeline: str, paths: Mapping[str, str | None]) -> Iterator[Story]:
    """Tell START now, and FAIL when the block fails; the block tells COMPLETE.

    Parameters
    ----------
    folder : Path
    pipeline : str
    paths : mapping of source to path
    """
    story = Story(folder, pipeline, "run", str(uuid.uuid4()))
    places = [place_of(name, path, pipeline) for name, path in paths.items()]
    with _failing(story, [events.dataset(place) for place in places]):
        yield story


@contextmanager
def forget_story(run: Run) -> Iterator[Story]:
    """Tell START of a forget now, and FAIL when the block fails; the block tells COMPLETE."""
    with run.reading() as stored:
        parent = stored.meta.get(LINEAGE_RUN)
        known = about(stored)
    story = Story(
        run.path.parent,
        run.name,
        "forget",
        str(uuid.uuid4()),
        parent if isinstance(parent, str) else None,
        known,
    )
    with _failing(story, [events.dataset(place) for place in known.places.values()]):
        yield story


@contextmanager
def _failing(story: Story, inputs: Sequence[Json]) -> Iterator[None]:
    story.start(inputs)
    try:
        yield
    except BaseException as error:
        story.fail(error, inputs)
        raise


def about(stored: StoredRun) -> About:
    """Find what is told of a run; a forget changes nothing of it, unless the code runs again."""
    name = str(stored.meta.get("name"))
    places = {source: place_of(source, fact.path, name) for source, fact in stored.sources.items()}
    return About(_described(stored), places)


def _described(stored: StoredRun) -> Described:
    # Sealed anew with every plan: a plan that was recorded again is another one.
    key = (stored.run, stored.meta.get("hash_key"))
    if key not in _DESCRIBED:
        _DESCRIBED[key] = describe(stored)
        while len(_DESCRIBED) > _MOST:
            _DESCRIBED.popitem(last=False)
    return _DESCRIBED[key]
