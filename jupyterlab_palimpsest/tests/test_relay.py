"""Relaying over real HTTP, against an endpoint that answers from a script."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import Any

import httpx
import pytest

from .conftest import ScriptedEndpoint

MESSAGES = [{"role": "user", "content": "Rewrite this."}]
CODE = "def prepare(mails):\n    return mails\n"


@pytest.fixture
def chat_url(http_server: Any, http_server_port: Any, jp_base_url: str) -> str:
    """Give the address of the relay's chat completions."""
    path = f"{jp_base_url}palimpsest/llm/v1/chat/completions"
    return f"http://127.0.0.1:{http_server_port[1]}{path}"


@pytest.fixture
def ask(jp_fetch: Any) -> Any:
    """Send a chat request; the response, whatever its status."""

    async def send(body: Any = None, **fields: Any) -> Any:
        request = {"model": "scripted", "messages": MESSAGES, "stream": True, **fields}
        return await jp_fetch(
            "palimpsest",
            "llm",
            "v1",
            "chat",
            "completions",
            method="POST",
            body=json.dumps(request) if body is None else body,
            raise_error=False,
        )

    return send


def error_of(response: Any) -> dict[str, Any]:
    """Give the error that a response holds."""
    error: dict[str, Any] = json.loads(response.body)["error"]
    return error


def events(body: bytes) -> list[tuple[str, str]]:
    """Give the server-sent events of a body as (name, data)."""
    found = []
    for block in body.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
        if "data" in fields:
            found.append((fields.get("event", "message"), fields["data"]))
    return found


def text_of(body: bytes) -> str:
    """Give the text that the deltas of a stream make."""
    chunks = [json.loads(data) for _, data in events(body) if data != "[DONE]"]
    return "".join(
        choice["delta"].get("content", "") for chunk in chunks for choice in chunk["choices"]
    )


async def until_received(endpoint: ScriptedEndpoint, wanted: Any) -> dict[str, Any]:
    """Wait until the endpoint's first request looks as wanted."""
    for _ in range(200):
        received = await asyncio.to_thread(endpoint.received)
        if received and wanted(received[0]):
            return received[0]
        await asyncio.sleep(0.02)
    raise AssertionError(f"The endpoint received {received!r}.")


async def test_a_stream_arrives_whole_with_the_right_headers(
    endpoint: ScriptedEndpoint, ask: Any
) -> None:
    endpoint.play({"text": CODE, "chunk": 7}, key="secret-key")
    response = await ask()
    assert response.code == 200
    assert response.headers["Content-Type"] == "text/event-stream"
    assert response.headers["Cache-Control"] == "no-cache, no-transform"
    assert response.headers["X-Accel-Buffering"] == "no"
    assert text_of(response.body) == CODE
    assert events(response.body)[-1] == ("message", "[DONE]")


async def test_the_server_adds_the_key_and_passes_no_header_of_the_browser_on(
    endpoint: ScriptedEndpoint, ask: Any
) -> None:
    endpoint.play({"text": CODE})
    await ask()
    (received,) = endpoint.received()
    assert received["headers"]["authorization"] == "Bearer secret-key"
    assert "cookie" not in received["headers"]
    assert received["body"] == {"model": "scripted", "messages": MESSAGES, "stream": True}
    assert received["finished"]


async def test_pieces_are_passed_on_as_they_come(
    endpoint: ScriptedEndpoint, chat_url: str, jp_auth_header: Any
) -> None:
    # Given an endpoint that falls silent after two pieces
    endpoint.play({"fault": "hang", "text": CODE, "chunk": 5, "after": 2})
    # When the browser reads the stream
    async with (
        httpx.AsyncClient() as client,
        client.stream(
            "POST",
            chat_url,
            headers=jp_auth_header,
            json={"model": "scripted", "messages": MESSAGES, "stream": True},
        ) as response,
    ):
        body = b""
        async for chunk in response.aiter_bytes():
            body += chunk
            # Then both are there while the rest is still to come
            if body.count(b"data:") == 2:
                break
    assert text_of(body) == CODE[:10]


@pytest.mark.parametrize("after", [0, 2])
async def test_leaving_cancels_the_request_upstream(
    endpoint: ScriptedEndpoint, chat_url: str, jp_auth_header: Any, after: int
) -> None:
    endpoint.play({"fault": "hang", "text": CODE, "chunk": 5, "after": after})
    request = {"model": "scripted", "messages": MESSAGES, "stream": True}
    client = httpx.AsyncClient()
    stream = client.stream("POST", chat_url, headers=jp_auth_header, json=request)
    asking = asyncio.ensure_future(stream.__aenter__())
    await until_received(endpoint, lambda entry: entry["chunks"] == after)
    assert not endpoint.received()[0]["cancelled"]
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await client.aclose()
    received = await until_received(endpoint, lambda entry: entry["cancelled"])
    assert not received["finished"]


async def test_leaving_before_the_endpoint_answers_cancels_too(
    endpoint: ScriptedEndpoint, chat_url: str, jp_auth_header: Any
) -> None:
    endpoint.play({"text": CODE, "first": 60_000})
    request = {"model": "scripted", "messages": MESSAGES, "stream": True}
    async with httpx.AsyncClient() as client:
        asking = asyncio.ensure_future(client.post(chat_url, headers=jp_auth_header, json=request))
        await until_received(endpoint, lambda entry: True)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    await until_received(endpoint, lambda entry: entry["cancelled"])


async def test_a_whole_answer_is_relayed_too(endpoint: ScriptedEndpoint, ask: Any) -> None:
    endpoint.play({"text": CODE})
    response = await ask(stream=False)
    assert json.loads(response.body)["choices"][0]["message"]["content"] == CODE


async def test_the_first_configured_model_is_the_default(
    endpoint: ScriptedEndpoint, ask: Any
) -> None:
    endpoint.play({"text": CODE})
    await ask(json.dumps({"messages": MESSAGES, "stream": True}))
    assert endpoint.received()[0]["body"]["model"] == "scripted"


async def test_models_lists_what_is_configured(jp_fetch: Any) -> None:
    response = await jp_fetch("palimpsest", "llm", "v1", "models")
    listed = json.loads(response.body)
    assert [model["id"] for model in listed["data"]] == ["scripted", "other"]


class TestRefusedHere:
    """What never reaches the endpoint."""

    @pytest.fixture
    def relay_options(self) -> dict[str, Any]:
        return {"max_body_bytes": 1000}

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            (json.dumps({"model": "gpt-x", "messages": MESSAGES}), 404, "unknown-model"),
            (json.dumps({"messages": MESSAGES, "pad": "x" * 2000}), 413, "too-large"),
            ("{not json", 400, "malformed"),
            ("[]", 400, "malformed"),
            ('{"messages": "hello"}', 400, "malformed"),
            (json.dumps({"messages": MESSAGES, "base_url": "http://evil"}), 400, "malformed"),
        ],
    )
    async def test_is_refused_with_its_reason(
        self, endpoint: ScriptedEndpoint, ask: Any, body: str, status: int, code: str
    ) -> None:
        response = await ask(body)
        assert response.code == status
        assert error_of(response)["code"] == code
        assert endpoint.received() == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"fault": "status", "status": 401}, (502, "unauthorized", "key")),
        ({"fault": "status", "status": 500, "body": "oops"}, (502, "upstream", "500")),
        (
            {"fault": "status", "status": 404, "body": '{"error": {"message": "no model"}}'},
            (404, "unknown-model", "no model"),
        ),
        ({"fault": "status", "status": 429, "body": "{}"}, (429, "rate-limited", "busy")),
        (
            {
                "fault": "status",
                "status": 400,
                "body": '{"error": {"message": "8k", "code": "context_length_exceeded"}}',
            },
            (413, "too-large", "too long"),
        ),
        (
            {"fault": "status", "status": 400, "body": '{"error": {"message": "bad secret-key"}}'},
            (400, "rejected", "bad <key>"),
        ),
        ({"fault": "nonsense"}, (502, "nonsense", "text/html")),
        ({"fault": "disconnect"}, (502, "unreachable", "cannot be reached")),
    ],
)
async def test_a_failing_endpoint_is_explained(
    endpoint: ScriptedEndpoint, ask: Any, answer: dict[str, Any], expected: tuple[int, str, str]
) -> None:
    status, code, says = expected
    endpoint.play(answer)
    response = await ask()
    assert response.code == status
    assert error_of(response)["code"] == code
    assert says in error_of(response)["message"]


async def test_a_wrong_key_is_told_as_such(endpoint: ScriptedEndpoint, ask: Any) -> None:
    endpoint.play({"text": CODE}, key="another-key")
    assert error_of(await ask())["code"] == "unauthorized"


async def test_a_redirection_is_not_followed(endpoint: ScriptedEndpoint, ask: Any) -> None:
    endpoint.play(
        {
            "fault": "status",
            "status": 307,
            "headers": {"Location": f"{endpoint.base_url}/chat/completions"},
        },
        {"text": CODE},
    )
    response = await ask()
    assert error_of(response)["code"] == "upstream"
    assert "redirection" in error_of(response)["message"]
    assert len(endpoint.received()) == 1


async def test_an_endpoint_that_breaks_off_is_told_in_the_stream(
    endpoint: ScriptedEndpoint, ask: Any
) -> None:
    endpoint.play({"fault": "disconnect", "text": CODE, "chunk": 5, "after": 2})
    response = await ask()
    assert response.code == 200
    name, data = events(response.body)[-1]
    assert name == "error"
    assert json.loads(data)["error"]["code"] == "upstream"


class TestNoEndpoint:
    @pytest.fixture
    def relay_options(self) -> dict[str, Any]:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        return {"base_url": f"http://127.0.0.1:{port}/v1"}

    async def test_an_endpoint_that_is_down_is_named(self, ask: Any) -> None:
        response = await ask()
        assert response.code == 502
        assert error_of(response)["code"] == "unreachable"
        assert "127.0.0.1" in error_of(response)["message"]


class TestSilence:
    @pytest.fixture
    def relay_options(self) -> dict[str, Any]:
        return {"timeout": 0.6, "heartbeat": 0.1}

    async def test_silence_is_bridged_by_signs_of_life_and_then_ends(
        self, endpoint: ScriptedEndpoint, ask: Any
    ) -> None:
        endpoint.play({"fault": "hang", "text": CODE, "chunk": 5, "after": 2})
        response = await ask()
        assert b": still there\n" in response.body
        name, data = events(response.body)[-1]
        assert name == "error"
        assert json.loads(data)["error"]["code"] == "timeout"
        assert endpoint.received()[0]["cancelled"]


class TestPatience:
    @pytest.fixture
    def relay_options(self) -> dict[str, Any]:
        return {"heartbeat": 0.1}

    async def test_signs_of_life_do_not_disturb_the_answer(
        self, endpoint: ScriptedEndpoint, ask: Any
    ) -> None:
        endpoint.play({"text": CODE, "chunk": 3, "delay": 40, "first": 350})
        response = await ask()
        assert response.body.startswith(b": still there\n")
        assert text_of(response.body) == CODE
