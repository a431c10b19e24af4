"""The protocol over standard input and output, for Node and for tests.

``python -m palimpsest.protocol.stdio --workspace DIR`` reads one JSON request a line and writes
one JSON message a line; binary buffers are base64 strings in the field ``buffers``. With
``--notebook FILE`` the code cells of a notebook are run first: as in a kernel, its functions are
then there for what needs them.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO

from palimpsest.protocol.methods import Method
from palimpsest.protocol.notebook import NotebookError, run_notebook
from palimpsest.protocol.service import MAXIMUM_REQUEST_BYTES, Connection, Service

QUERY_WORKERS = 4


class Workers:
    """Queries on a few threads, commands one after the other on another.

    The thread that reads stays free, so that a cancellation arrives while work is under way.
    """

    def __init__(self) -> None:
        self._queries = ThreadPoolExecutor(QUERY_WORKERS, "palimpsest query")
        self._commands = ThreadPoolExecutor(1, "palimpsest command")

    def schedule(self, method: Method, work: Callable[[], None]) -> None:
        """Put the work of one call where it belongs."""
        if method.name == "cancel":
            work()  # must not queue behind the calls it is to stop
        else:
            (self._queries if method.channel == "query" else self._commands).submit(work)

    def finish(self) -> None:
        """Wait until everything that was accepted is answered."""
        self._queries.shutdown()
        self._commands.shutdown()


class LineWriter:
    """Writes one message a line; safe to call from any thread."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def __call__(self, message: dict[str, Any], buffers: list[bytes]) -> None:
        """Write a message with its buffers."""
        if buffers:
            encoded = [base64.b64encode(buffer).decode("ascii") for buffer in buffers]
            message = {**message, "buffers": encoded}
        line = json.dumps(message).encode() + b"\n"
        with self._lock:
            self._stream.write(line)
            self._stream.flush()


def serve(workspace: Path, requests: BinaryIO, responses: BinaryIO) -> None:
    """Answer the requests of a stream until it ends."""
    workers = Workers()
    service = Service(workspace, workers.schedule)
    connection = service.connect(LineWriter(responses))
    while line := requests.readline(MAXIMUM_REQUEST_BYTES + 2):
        if len(line) > MAXIMUM_REQUEST_BYTES and not line.endswith(b"\n"):
            size = len(line) + _skip_line(requests)
            connection.refuse(
                f"The request has {size:,} bytes; at most {MAXIMUM_REQUEST_BYTES:,} are allowed."
            )
        elif line.strip():
            _receive(connection, line)
    service.cancel_queries(connection)
    workers.finish()


def _receive(connection: Connection, line: bytes) -> None:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        connection.refuse(f"The line is not JSON: {error}.")
        return
    connection.receive(message, size=len(line.rstrip(b"\r\n")))


def _skip_line(stream: BinaryIO) -> int:
    """Read to the end of an overlong line in small pieces; return how long the rest was."""
    skipped = 0
    while piece := stream.readline(65_536):
        skipped += len(piece)
        if piece.endswith(b"\n"):
            break
    return skipped


def _private_stdout() -> BinaryIO:
    """Keep standard output for messages; what user code prints goes to standard error."""
    sys.stdout.flush()
    stream = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return stream


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(description="Answer protocol requests on standard input.")
    parser.add_argument("--workspace", type=Path, default=Path(), help="folder of the notebooks")
    parser.add_argument("--notebook", type=Path, help="notebook to run in this process first")
    options = parser.parse_args(arguments)
    workspace = options.workspace.resolve()
    notebook = None if options.notebook is None else options.notebook.resolve()
    if not workspace.is_dir():
        parser.error(f"--workspace: there is no folder '{workspace}'")
    responses = _private_stdout()
    # As in the kernel of a notebook in that folder.
    os.chdir(workspace)
    sys.path.insert(0, str(workspace))
    if notebook is not None:
        try:
            run_notebook(notebook)
        except NotebookError as error:
            print(error, file=sys.stderr)
            return 1
    serve(workspace, sys.stdin.buffer, responses)
    return 0


if __name__ == "__main__":
    sys.exit(main())
