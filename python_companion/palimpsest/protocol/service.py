"""From a message to its answer, the same for every transport.

A transport gives each peer a `Connection` and hands it decoded messages. Whatever arrives, the
connection answers with a `Response` and raises nothing.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from palimpsest.protocol.call import Call
from palimpsest.protocol.errors import ProtocolError, describe, malformed
from palimpsest.protocol.messages import (
    PROTOCOL_VERSION,
    ErrorInfo,
    Event,
    Message,
    Progress,
    Request,
    Response,
)
from palimpsest.protocol.methods import METHODS, Channel, Method

logger = logging.getLogger(__name__)

MAXIMUM_REQUEST_BYTES = 1_000_000
"""Longer requests are refused."""

Send = Callable[[dict[str, Any], list[bytes]], None]
"""Sends one JSON object with its buffers to the peer, from any thread."""

Schedule = Callable[[Method, Callable[[], None]], None]
"""Decides where the work for a call of a method is done."""


def inline_unless_long(method: Method, work: Callable[[], None]) -> None:
    """Work on the thread that received the message, except for long calls."""
    if method.long:
        threading.Thread(target=work, name=f"palimpsest {method.name}", daemon=True).start()
    else:
        work()


@dataclass(frozen=True)
class _Running:
    call: Call
    channel: Channel
    connection: Connection


class Service:
    """The methods of the protocol over one workspace.

    Parameters
    ----------
    workspace
        The folder of the notebooks; run files lie in its ``.palimpsest``. A callable is asked
        at each request, because a notebook may change its working directory.
    schedule
        Where calls are worked on.
    """

    def __init__(
        self,
        workspace: Path | Callable[[], Path],
        schedule: Schedule = inline_unless_long,
    ) -> None:
        self._workspace = workspace
        self._schedule = schedule
        self._running: dict[str, _Running] = {}
        self._lock = threading.Lock()
        self._commands = threading.Lock()

    @property
    def workspace(self) -> Path:
        """The folder of the notebooks."""
        return self._workspace if isinstance(self._workspace, Path) else self._workspace()

    @property
    def folder(self) -> Path:
        """The folder of the run files and the catalog."""
        return self.workspace / ".palimpsest"

    def connect(self, send: Send, channel: Channel | None = None) -> Connection:
        """Take up a peer; with a channel, only methods of that channel are answered."""
        return Connection(self, send, channel)

    def cancel(self, request: str) -> bool:
        """Ask the call with this id to stop; tell whether there was one."""
        with self._lock:
            running = self._running.get(request)
        if running is None:
            return False
        running.call.cancel()
        return True

    def cancel_queries(self, connection: Connection) -> None:
        """Stop the queries of a peer that is gone; commands run to their end."""
        with self._lock:
            calls = [
                running.call
                for running in self._running.values()
                if running.connection is connection and running.channel == "query"
            ]
        for call in calls:
            call.cancel()

    def submit(
        self, request: Request, method: Method, params: Message, connection: Connection
    ) -> None:
        """Work on a valid request and answer it over the connection."""
        call = Call(lambda progress: connection.progress(request.id, progress))
        with self._lock:
            if request.id in self._running:
                raise ProtocolError(
                    "busy",
                    f"A request with the id '{request.id}' is still under way.",
                    "Give every request an id of its own.",
                )
            self._running[request.id] = _Running(call, method.channel, connection)
        try:
            self._schedule(method, lambda: self._work(request, method, params, call, connection))
        except RuntimeError:  # no thread could be started
            self._forget(request.id)
            raise

    def _work(
        self, request: Request, method: Method, params: Message, call: Call, connection: Connection
    ) -> None:
        try:
            result = to_json(self._handle(method, params, call))
        except BaseException as error:  # noqa: BLE001 - nothing may reach the kernel
            call.finish()
            self._forget(request.id)
            connection.fail(request.id, describe(error, method.name))
            return
        call.finish()
        self._forget(request.id)
        connection.answer(request.id, result, call.buffers)

    def _handle(self, method: Method, params: Message, call: Call) -> Message:
        if method.channel == "query":
            call.check()
            return method.handler(self, params, call)
        with self._commands:
            call.check()
            return method.handler(self, params, call)

    def _forget(self, request: str) -> None:
        # Before the answer is sent: the peer may use the id again as soon as it has it.
        with self._lock:
            self._running.pop(request, None)


class Connection:
    """One peer."""

    def __init__(self, service: Service, send: Send, channel: Channel | None) -> None:
        self._service = service
        self._send = send
        self._channel = channel
        self._closed = False

    def receive(self, message: object, size: int | None = None) -> None:
        """Answer one decoded message, now or later; never raises.

        Parameters
        ----------
        message
            Whatever the peer sent, decoded from JSON.
        size
            Its length in bytes, when the transport knows it.
        """
        identifier = _identifier(message)
        try:
            request, method, params = self._parse(message, size)
            self._service.submit(request, method, params, self)
        except ValidationError as error:
            self.fail(identifier, malformed(error, "The message"))
        except Exception as error:  # noqa: BLE001 - nothing may reach the kernel
            self.fail(identifier, describe(error, "receive"))

    def refuse(self, message: str) -> None:
        """Answer something that could not even be decoded."""
        self.fail("", ErrorInfo(code="malformed", message=message))

    def close(self) -> None:
        """Say that the peer is gone."""
        self._closed = True
        self._service.cancel_queries(self)

    def answer(self, identifier: str, result: object, buffers: list[bytes]) -> None:
        """Send a result."""
        response = {"version": PROTOCOL_VERSION, "id": identifier, "result": result, "error": None}
        self._deliver(response, buffers)

    def fail(self, identifier: str, error: ErrorInfo) -> None:
        """Send an error."""
        self._deliver(to_json(Response(version=PROTOCOL_VERSION, id=identifier, error=error)), [])

    def progress(self, identifier: str, progress: Progress) -> None:
        """Send progress."""
        self._deliver(to_json(Event(version=PROTOCOL_VERSION, id=identifier, data=progress)), [])

    def _parse(self, message: object, size: int | None) -> tuple[Request, Method, Message]:
        _check_size(message, size)
        _check_version(message)
        request = Request.model_validate(message)
        method = METHODS.get(request.method)
        if method is None:
            raise ProtocolError(
                "unknown-method",
                f"There is no method '{request.method}'. There are: {', '.join(METHODS)}.",
            )
        if self._channel is not None and method.channel != self._channel:
            raise ProtocolError(
                "unknown-method",
                f"'{method.name}' is a {method.channel}, but it came over the {self._channel} "
                "channel.",
                f"Send it to the comm target 'palimpsest.{method.channel}'.",
            )
        try:
            return request, method, method.params.model_validate(request.params)
        except ValidationError as error:
            info = malformed(error, f"The parameters of '{method.name}'")
            raise ProtocolError(info.code, info.message, info.hint) from error

    def _deliver(self, message: dict[str, Any], buffers: list[bytes]) -> None:
        if self._closed:
            return
        try:
            self._send(message, buffers)
        except Exception:
            logger.warning("The peer is gone; an answer was dropped", exc_info=True)


def to_json(message: Message) -> dict[str, Any]:
    """Return a message as plain JSON values, with NaN and infinities as null."""
    decoded: dict[str, Any] = json.loads(message.model_dump_json())
    return decoded


def _identifier(message: object) -> str:
    """Return the id to answer to, as far as one can be read out of anything."""
    if isinstance(message, dict):
        identifier = message.get("id")
        if isinstance(identifier, str) and len(identifier) <= 64 and identifier.isprintable():
            return identifier
    return ""


def _check_size(message: object, size: int | None) -> None:
    if size is None or size <= MAXIMUM_REQUEST_BYTES:
        try:
            # Halves of surrogate pairs, too, are refused here: JSON can escape them, but no answer could repeat them.
            encoded = json.dumps(message, ensure_ascii=False).encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise ProtocolError("malformed", f"The message is not JSON: {error}.") from error
        size = len(encoded) if size is None else size
    if size > MAXIMUM_REQUEST_BYTES:
        raise ProtocolError(
            "malformed",
            f"The request has {size:,} bytes; at most {MAXIMUM_REQUEST_BYTES:,} are allowed.",
            "Ask for less at once: fewer row ids, keys or cells.",
        )


def _check_version(message: object) -> None:
    version = message.get("version") if isinstance(message, dict) else None
    if isinstance(version, int) and version != PROTOCOL_VERSION:
        raise ProtocolError(
            "version",
            f"The peer speaks version {version} of the protocol, this companion version "
            f"{PROTOCOL_VERSION}.",
            "Install the same release of the JupyterLab extension (jupyterlab-palimpsest) and of "
            "the companion in the kernel, then restart the kernel and reload the page.",
        )
