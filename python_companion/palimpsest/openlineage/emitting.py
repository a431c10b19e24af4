"""Where events go: a file beside the run files and, when it is configured, an HTTP endpoint.

An event that cannot be told is logged and dropped: nothing is undone because of it.
"""

from __future__ import annotations

import json
import logging
import os
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from palimpsest.openlineage.events import Json

logger = logging.getLogger(__name__)

FILE_NAME = "openlineage.jsonl"

URL, KEY = "PALIMPSEST_OPENLINEAGE_URL", "PALIMPSEST_OPENLINEAGE_API_KEY"
"""Environment variables: the address that events are posted to, and a bearer token for it."""

SECONDS = 5.0
"""How long to wait for the endpoint."""


def emit(folder: Path, event: Json) -> None:
    """Tell an event: append it to the folder's file, and post it where that is wanted."""
    line = json.dumps(event, separators=(",", ":")).encode() + b"\n"
    try:
        # One write to a file that is open for appending: lines of several processes do not mix.
        descriptor = os.open(folder / FILE_NAME, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.write(descriptor, line)
        finally:
            os.close(descriptor)
    except OSError as error:
        logger.warning("An OpenLineage event could not be written to '%s': %s", folder, error)
    url = os.environ.get(URL)
    if url:
        _poster().submit(_post, url, os.environ.get(KEY), line)


def wait_for_posts() -> None:
    """Wait until what was handed over so far is posted."""
    _poster().submit(lambda: None).result()


@cache
def _poster() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, "palimpsest openlineage")  # one: in the order of events


def _post(url: str, key: str | None, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    try:
        request = urllib.request.Request(url, data=body, headers=headers, method="POST")
        with urllib.request.urlopen(request, timeout=SECONDS) as response:
            response.read()
    except (OSError, ValueError) as error:
        # The address may hold a password; the kind of error is enough.
        logger.warning("An OpenLineage event could not be posted: %s", type(error).__name__)
