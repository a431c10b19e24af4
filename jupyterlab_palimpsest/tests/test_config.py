"""Where the configuration of the relay comes from, and what it refuses."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from traitlets.config import Config

from jupyterlab_palimpsest.config import PalimpsestRelay
from jupyterlab_palimpsest.errors import RelayError


def test_the_environment_configures_the_relay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PALIMPSEST_BASE_URL", "http://localhost:11434/v1/")
    monkeypatch.setenv("PALIMPSEST_MODELS", "small, large,")
    relay = PalimpsestRelay()
    assert relay.url("models") == "http://localhost:11434/v1/models"
    assert relay.models == ["small", "large"]
    assert relay.api_key == ""
    assert relay.problem is None


def test_the_server_configuration_wins_over_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PALIMPSEST_MODELS", "small")
    config = Config({"PalimpsestRelay": {"models": ["large"]}})
    assert PalimpsestRelay(config=config).models == ["large"]


@pytest.mark.parametrize(
    "url", ["ftp://example.org", "example.org/v1", "http://", "http://user:pw@example.org/v1"]
)
def test_an_address_that_cannot_be_right_is_refused(url: str) -> None:
    relay = PalimpsestRelay(base_url=url, models=["small"])
    with pytest.raises(RelayError, match=re.escape(repr(url))):
        relay.require()


@pytest.mark.parametrize(
    ("options", "missing"),
    [({}, "language model"), ({"base_url": "http://localhost:1/v1"}, "model name")],
)
def test_what_is_missing_is_named(options: dict[str, Any], missing: str) -> None:
    with pytest.raises(RelayError, match=missing) as caught:
        PalimpsestRelay(**options).require()
    assert caught.value.hint is not None
    assert "PALIMPSEST_BASE_URL" in caught.value.hint


def test_one_window_of_the_environment_is_that_of_all_models(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PALIMPSEST_MODELS", "small,large")
    monkeypatch.setenv("PALIMPSEST_WINDOW", "32768")
    assert PalimpsestRelay().windows == {"small": 32768, "large": 32768}
    monkeypatch.setenv("PALIMPSEST_WINDOW", "32k")
    assert PalimpsestRelay().windows == {}


async def test_status_tells_what_is_configured_but_never_the_key(jp_fetch: Any) -> None:
    response = await jp_fetch("palimpsest", "llm", "status")
    status = json.loads(response.body)
    assert status["configured"] is True
    assert status["models"] == ["scripted", "other"]
    assert status["endpoint"].startswith("127.0.0.1:")
    assert b"secret-key" not in response.body


class TestUnconfigured:
    @pytest.fixture
    def relay_config(self) -> dict[str, Any]:
        return {}

    async def test_status_says_how_to_configure(self, jp_fetch: Any) -> None:
        status = json.loads((await jp_fetch("palimpsest", "llm", "status")).body)
        assert status["configured"] is False
        assert "PALIMPSEST_BASE_URL" in status["hint"]

    async def test_models_and_completions_answer_503(self, jp_fetch: Any) -> None:
        for path, options in (
            ("models", {}),
            ("chat/completions", {"method": "POST", "body": "{}"}),
        ):
            response = await jp_fetch(
                "palimpsest", "llm", "v1", *path.split("/"), raise_error=False, **options
            )
            assert response.code == 503
            assert json.loads(response.body)["error"]["code"] == "unconfigured"
