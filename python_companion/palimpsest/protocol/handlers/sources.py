"""sources.describe."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from palimpsest.protocol.messages import (
    DescribeRequest,
    SkippedSource,
    SourceDescription,
    SourceDescriptions,
)

if TYPE_CHECKING:
    from palimpsest.protocol.call import Call
    from palimpsest.protocol.service import Service


def describe(service: Service, params: DescribeRequest, call: Call) -> SourceDescriptions:
    """Describe files below the workspace and frames of the notebook, as they are now."""
    # Late, so that the companion starts without loading pandas.
    from palimpsest.schemas import NotASource, describe_file, describe_frame, frame_named

    sources: list[SourceDescription] = []
    skipped: list[SkippedSource] = []
    total = len(params.files) + len(params.frames)
    for path in params.files:
        call.progress("describing sources", len(sources) + len(skipped), total, path)
        try:
            sources.append(describe_file(service.workspace, path, params.sample_rows))
        except NotASource as error:
            skipped.append(SkippedSource(name=path, reason=str(error)))
    # Where a kernel and `run_notebook` alike keep the variables of the notebook.
    variables = vars(sys.modules["__main__"])
    for name in params.frames:
        call.check()
        frame = frame_named(variables, name)
        if frame is not None:
            sources.append(describe_frame(name, frame, params.sample_rows))
    return SourceDescriptions(sources=sources, skipped=skipped)
