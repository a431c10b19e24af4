"""The HTTP routes: thin, each verb authenticated and authorized.

The REST surface is specified in ``openapi.yaml``.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web
from tornado.iostream import StreamClosedError

from .config import HOW_TO_CONFIGURE, PalimpsestRelay
from .errors import RelayError
from .notes import Notes, parse_note
from .relay import complete, parse_request

AUTH_RESOURCE = "palimpsest"
"""What an authorizer is asked about."""

SETTINGS_KEY = "palimpsest_relay"
"""Where the web application keeps the relay's configuration."""


class PalimpsestHandler(APIHandler):
    """What all handlers of the extension have in common."""

    auth_resource = AUTH_RESOURCE

    @property
    def relay(self) -> PalimpsestRelay:
        """The configuration of the relay."""
        return cast(PalimpsestRelay, self.settings[SETTINGS_KEY])

    def refuse(self, error: RelayError) -> None:
        """Answer with an error; the only place where one becomes HTTP."""
        self.set_status(error.status)
        self.finish(json.dumps(error.to_json()))


class StatusHandler(PalimpsestHandler):
    """Whether a model can be asked, and how to configure one."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Tell what is configured; never the key."""
        problem = self.relay.problem
        self.finish(
            json.dumps(
                {
                    "configured": problem is None,
                    "models": list(self.relay.models),
                    "windows": self.relay.windows,
                    "prices": self.relay.prices,
                    "endpoint": None if problem else urlsplit(self.relay.base_url).netloc,
                    "message": problem,
                    "hint": None if problem is None else HOW_TO_CONFIGURE,
                }
            )
        )


class ModelsHandler(PalimpsestHandler):
    """The models that may be asked for."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """List the configured models as an OpenAI-compatible endpoint does."""
        try:
            self.relay.require()
        except RelayError as error:
            self.refuse(error)
            return
        models = [{"id": name, "object": "model"} for name in self.relay.models]
        self.finish(json.dumps({"object": "list", "data": models}))


class CompletionsHandler(PalimpsestHandler):
    """Chat completions, relayed."""

    _relaying: asyncio.Task[None] | None = None

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Relay one chat completion, streamed when the request says so."""
        self._relaying = asyncio.ensure_future(self._relay())
        try:
            await self._relaying
        except asyncio.CancelledError:
            self.log.debug("The browser left; the upstream request was cancelled.")
        except StreamClosedError:
            self.log.debug("The browser left while it was being written to.")

    def on_connection_close(self) -> None:
        """Stop upstream work as soon as nobody waits for it."""
        super().on_connection_close()
        if self._relaying is not None:
            self._relaying.cancel()

    async def _relay(self) -> None:
        try:
            request = parse_request(self.relay, self.request.body)
            if request.get("stream"):
                await self._stream(request)
            else:
                async with complete(self.relay, request) as answer:
                    self.finish(json.dumps(await answer.json()))
        except RelayError as error:
            self.log.warning("A model request failed: %s", error.message)
            if self._headers_written:
                # The empty line first ends an event that may be half-way through.
                await self._send(
                    f"\nevent: error\ndata: {json.dumps(error.to_json())}\n\n".encode()
                )
            else:
                self.refuse(error)

    async def _stream(self, request: dict[str, Any]) -> None:
        beating = asyncio.ensure_future(self._beat())
        try:
            async with complete(self.relay, request) as answer:
                async for lines in answer.lines():
                    await self._send(lines)
        finally:
            beating.cancel()

    async def _beat(self) -> None:
        """Send signs of life; what is sent otherwise are whole lines, so they never cut one."""
        # Without a browser there is nobody to be told; `on_connection_close` ends the rest.
        with suppress(StreamClosedError):
            while True:
                await asyncio.sleep(self.relay.heartbeat)
                await self._send(b": still there\n")

    async def _send(self, data: bytes) -> None:
        if not self._headers_written:
            self.set_header("Content-Type", "text/event-stream")
            self.set_header("Cache-Control", "no-cache, no-transform")
            # A proxy that collects the answer before it passes it on would undo the streaming.
            self.set_header("X-Accel-Buffering", "no")
        self.write(data)
        await self.flush()


HandlerT = TypeVar("HandlerT", bound=PalimpsestHandler)


def explained(
    verb: Callable[[HandlerT], Awaitable[None]],
) -> Callable[[HandlerT], Awaitable[None]]:
    """Answer with the error that a verb raises."""

    @wraps(verb)
    async def answer(self: HandlerT) -> None:
        try:
            await verb(self)
        except RelayError as error:
            self.refuse(error)

    return answer


class NotesHandler(PalimpsestHandler):
    """What the handlers of notes have in common; the query names the folder of the notebooks."""

    @property
    def notes(self) -> Notes:
        """The notes of the folder that the query names."""
        root = getattr(self.contents_manager, "root_dir", None)
        if not root:
            raise RelayError(
                "unsupported",
                "The notebooks of this server do not lie in a folder, so nothing is noted beside them.",
            )
        return Notes(Path(root), self.get_query_argument("folder", ""))

    def note(self, wanted: str) -> dict[str, Any]:
        """Give the note that was sent."""
        return parse_note(self.request.body, wanted, self.relay.max_body_bytes)


class ExchangesHandler(NotesHandler):
    """The exchanges with the model, kept beside the notebooks."""

    @web.authenticated
    @authorized
    @explained
    async def get(self) -> None:
        """List them, oldest first."""
        self.finish(json.dumps({"exchanges": self.notes.exchanges()}))

    @web.authenticated
    @authorized
    @explained
    async def post(self) -> None:
        """Keep one more."""
        self.notes.add_exchange(self.note("id"))
        self.set_status(204)

    @web.authenticated
    @authorized
    @explained
    async def delete(self) -> None:
        """Delete the one that the query names, or all."""
        self.notes.delete_exchanges(self.get_query_argument("id", None))
        self.set_status(204)


class StrategiesHandler(NotesHandler):
    """What was tried and how it went, kept beside the notebooks."""

    @web.authenticated
    @authorized
    @explained
    async def get(self) -> None:
        """List it, the latest last."""
        self.finish(json.dumps({"strategies": self.notes.strategies()}))

    @web.authenticated
    @authorized
    @explained
    async def post(self) -> None:
        """Note one more."""
        self.notes.add_strategy(self.note("key"))
        self.set_status(204)

    @web.authenticated
    @authorized
    @explained
    async def delete(self) -> None:
        """Forget all."""
        self.notes.delete_strategies()
        self.set_status(204)
