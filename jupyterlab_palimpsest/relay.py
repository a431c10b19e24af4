"""Relaying one chat completion: from a request body to the endpoint's answer.

Knows HTTP towards the endpoint, but nothing of the server it runs in.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx

from .config import PalimpsestRelay
from .errors import RelayError

FORWARDED: Final = frozenset(
    {
        "frequency_penalty",
        "max_completion_tokens",
        "max_tokens",
        "messages",
        "model",
        "n",
        "presence_penalty",
        "reasoning_effort",
        "response_format",
        "seed",
        "stop",
        "stream",
        "stream_options",
        "temperature",
        "top_p",
    }
)
"""The fields of a chat request that reach the endpoint; others are refused."""

MESSAGE_LIMIT: Final = 400
"""Characters of the endpoint's own error message that are passed on."""


def parse_request(config: PalimpsestRelay, body: bytes) -> dict[str, Any]:
    """Check a chat request before anything of it leaves the server.

    Parameters
    ----------
    config : PalimpsestRelay
        Which models may be asked for, and how large a request may be.
    body : bytes
        The body as the browser sent it.

    Returns
    -------
    dict
        The request, with the default model filled in.

    Raises
    ------
    RelayError
        When nothing is configured, or the request is too large, malformed, or for a model
        that is not listed.
    """
    config.require()
    if len(body) > config.max_body_bytes:
        raise RelayError(
            "too-large",
            f"The request has {len(body):,} bytes; at most {config.max_body_bytes:,} are relayed.",
            "Shorten the notebook's cells, or raise PalimpsestRelay.max_body_bytes.",
        )
    try:
        request = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RelayError("malformed", f"The request is not JSON: {error}.") from None
    if not isinstance(request, dict) or not isinstance(request.get("messages"), list):
        raise RelayError("malformed", "The request must be an object with a list 'messages'.")
    unknown = sorted(set(request) - FORWARDED)
    if unknown:
        raise RelayError("malformed", f"These fields are not relayed: {', '.join(unknown)}.")
    model = request.setdefault("model", config.models[0])
    if model not in config.models:
        raise RelayError(
            "unknown-model",
            f"The model {model!r} is not configured on this server.",
            f"Choose one of: {', '.join(config.models)}.",
        )
    return request


class Answer:
    """The endpoint's answer while it arrives.

    Parameters
    ----------
    response : httpx.Response
        An open response of status 200.
    """

    def __init__(self, response: httpx.Response) -> None:
        self._response = response

    async def lines(self) -> AsyncIterator[bytes]:
        """Give what arrives as soon as it does, cut after line ends only.

        Raises
        ------
        RelayError
            When the endpoint breaks off or falls silent.
        """
        rest = b""
        try:
            async for chunk in self._response.aiter_bytes():
                whole, newline, rest = (rest + chunk).rpartition(b"\n")
                if newline:
                    yield whole + newline
            if rest:
                yield rest
        except httpx.TimeoutException:
            raise RelayError(
                "timeout",
                "The endpoint fell silent in the middle of its answer.",
                "Try again, or raise PalimpsestRelay.timeout.",
            ) from None
        except httpx.TransportError as error:
            raise RelayError(
                "upstream", f"The endpoint broke off in the middle of its answer ({_name(error)})."
            ) from None

    async def json(self) -> Any:
        """Give a whole answer.

        Raises
        ------
        RelayError
            When the endpoint breaks off, or does not answer with JSON.
        """
        body = b"".join([lines async for lines in self.lines()])
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise _nonsense(self._response) from None


@asynccontextmanager
async def complete(config: PalimpsestRelay, request: dict[str, Any]) -> AsyncIterator[Answer]:
    """Send a checked request to the endpoint and give its answer as soon as that begins.

    Leaving the context, or cancelling the task inside it, closes the connection: the endpoint
    stops working on the request.

    Parameters
    ----------
    config : PalimpsestRelay
        Where to send it.
    request : dict
        A request that `parse_request` has checked.

    Raises
    ------
    RelayError
        When there is no answer, or it is none that can be relayed.
    """
    timeout = httpx.Timeout(config.timeout, connect=config.connect_timeout)
    headers = {"Accept": "text/event-stream" if request.get("stream") else "application/json"}
    if config.api_key:
        headers["Authorization"] = f"Bearer {config.api_key}"
    async with httpx.AsyncClient(timeout=timeout, follow_redirects=False) as client:
        outgoing = client.build_request(
            "POST", config.url("chat/completions"), json=request, headers=headers
        )
        response = await _send(client, outgoing)
        try:
            await _check(config, response, request)
            yield Answer(response)
        finally:
            await response.aclose()


async def _send(client: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    host = request.url.netloc.decode("ascii")
    try:
        return await client.send(request, stream=True)
    except httpx.ConnectTimeout:
        raise RelayError(
            "unreachable",
            f"The endpoint {host} did not accept a connection in time.",
            "Is PalimpsestRelay.base_url right, and is the network there?",
        ) from None
    except httpx.TimeoutException:
        raise RelayError(
            "timeout",
            f"The endpoint {host} did not answer in time.",
            "Try again, or raise PalimpsestRelay.timeout.",
        ) from None
    except httpx.TransportError as error:
        raise RelayError(
            "unreachable",
            f"The endpoint {host} cannot be reached ({_name(error)}).",
            "Is it running, and is PalimpsestRelay.base_url right?",
        ) from None


async def _check(
    config: PalimpsestRelay, response: httpx.Response, request: dict[str, Any]
) -> None:
    """Let only answers through that are what was asked for."""
    if response.status_code == httpx.codes.OK:
        wanted = "text/event-stream" if request.get("stream") else "application/json"
        if wanted not in response.headers.get("content-type", ""):
            raise _nonsense(response)
        return
    if response.is_redirect:
        raise RelayError(
            "upstream",
            "The endpoint answered with a redirection, which is not followed.",
            "Set PalimpsestRelay.base_url to the final address.",
        )
    message, code = await _upstream_error(response)
    if config.api_key:
        message = message.replace(config.api_key, "<key>")
    raise _error_of_status(response.status_code, message, code, request["model"])


async def _upstream_error(response: httpx.Response) -> tuple[str, str]:
    """Give what the endpoint itself says of its refusal, and its code for it."""
    try:
        body = json.loads(await response.aread())
    except (ValueError, RecursionError, httpx.TransportError):
        return "", ""
    error = body.get("error", body) if isinstance(body, dict) else body
    if not isinstance(error, dict):
        return str(error)[:MESSAGE_LIMIT], ""
    message = str(error.get("message") or error.get("detail") or "")
    return message[:MESSAGE_LIMIT], str(error.get("code") or "")


def _error_of_status(status: int, message: str, code: str, model: str) -> RelayError:
    said = f": {message}" if message else ""
    if status in {401, 403}:
        return RelayError(
            "unauthorized",
            f"The endpoint refuses the key ({status}).",
            "Check PALIMPSEST_API_KEY or c.PalimpsestRelay.api_key; then restart the server.",
        )
    if status == 404:
        return RelayError(
            "unknown-model",
            f"The endpoint does not know the model {model!r} (404){said}",
            "Check PalimpsestRelay.models, and that PalimpsestRelay.base_url ends as the "
            "endpoint's documentation says, usually with /v1.",
        )
    if status == 413 or code == "context_length_exceeded":
        return RelayError(
            "too-large",
            f"The request is too long for the model ({status}){said}",
            "Choose a model with a larger window, or shorten the notebook's cells.",
        )
    if status == 429:
        return RelayError(
            "rate-limited", f"The endpoint is busy or the quota is used up (429){said}", "Wait."
        )
    if 400 <= status < 500:
        return RelayError("rejected", f"The endpoint rejects the request ({status}){said}")
    return RelayError("upstream", f"The endpoint failed ({status}){said}", "Try again later.")


def _nonsense(response: httpx.Response) -> RelayError:
    kind = response.headers.get("content-type", "no type").split(";")[0]
    return RelayError(
        "nonsense",
        f"The endpoint's answer is no chat completion (it is {kind}).",
        "Is PalimpsestRelay.base_url an OpenAI-compatible address, usually ending with /v1?",
    )


def _name(error: Exception) -> str:
    return type(error).__name__
