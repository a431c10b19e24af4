"""What the tests of the server extension share: a scripted endpoint and a server that uses it."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / "ui-tests" / "scripted-endpoint.mjs"


class ScriptedEndpoint:
    """A running test double of a model's endpoint: no model, but real HTTP and real events."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def play(self, *answers: dict[str, Any], **script: Any) -> None:
        """Replace the script and forget what was received."""
        self._control("script", {"answers": list(answers), **script})

    def received(self) -> list[dict[str, Any]]:
        """Tell what was received, in order."""
        received: list[dict[str, Any]] = self._control("requests")
        return received

    def _control(self, what: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            self.base_url.replace("/v1", f"/control/{what}"),
            data=None if body is None else json.dumps(body).encode(),
            method="GET" if body is None else "PUT",
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)


@pytest.fixture(scope="session")
def _running_endpoint() -> Iterator[ScriptedEndpoint]:
    process = subprocess.Popen(
        ["node", str(SCRIPT), "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield ScriptedEndpoint(process.stdout.readline().strip())
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def endpoint(_running_endpoint: ScriptedEndpoint) -> ScriptedEndpoint:
    """Give the scripted endpoint, with a script of no answers."""
    _running_endpoint.play()
    return _running_endpoint


@pytest.fixture(autouse=True)
def _no_configuration_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "PALIMPSEST_BASE_URL",
        "PALIMPSEST_API_KEY",
        "PALIMPSEST_MODELS",
        "PALIMPSEST_WINDOW",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def relay_config(endpoint: ScriptedEndpoint) -> dict[str, Any]:
    """Options of the relay; tests replace single ones by overriding `relay_options`."""
    return {"base_url": endpoint.base_url, "models": ["scripted", "other"], "api_key": "secret-key"}


@pytest.fixture
def relay_options() -> dict[str, Any]:
    """Options in which a test differs from the usual configuration."""
    return {}


@pytest.fixture
def jp_server_config(
    jp_server_config: dict[str, Any],
    relay_config: dict[str, Any],
    relay_options: dict[str, Any],
) -> dict[str, Any]:
    """Configure the relay of the server under test."""
    return {**jp_server_config, "PalimpsestRelay": {**relay_config, **relay_options}}
