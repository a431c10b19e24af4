"""Which endpoint the relay talks to: set by whoever runs the server, never by a page."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from traitlets import Dict, Float, Int, List, Unicode, default
from traitlets.config import LoggingConfigurable

from .errors import RelayError

HOW_TO_CONFIGURE = (
    "Set PALIMPSEST_BASE_URL (for example https://api.openai.com/v1 or http://localhost:11434/v1), "
    "PALIMPSEST_MODELS (names, separated by commas) and, if the endpoint wants one, "
    "PALIMPSEST_API_KEY in the environment of the Jupyter server, or c.PalimpsestRelay.base_url, "
    ".models and .api_key in jupyter_server_config.py; then restart the server."
)


class PalimpsestRelay(LoggingConfigurable):
    """The one endpoint that model requests are relayed to.

    Options of the server configuration win over the environment.
    """

    base_url = Unicode(
        help="Base URL of an OpenAI-compatible endpoint, up to and including /v1. "
        "Default: the environment variable PALIMPSEST_BASE_URL."
    ).tag(config=True)

    api_key = Unicode(
        help="Key of the endpoint; empty for one that wants none. "
        "Default: the environment variable PALIMPSEST_API_KEY."
    ).tag(config=True)

    models = List(
        Unicode(),
        help="Models that may be asked for, the default one first. "
        "Default: the environment variable PALIMPSEST_MODELS, separated by commas.",
    ).tag(config=True)

    windows = Dict(
        key_trait=Unicode(),
        value_trait=Int(),
        help="Tokens that fit into each model, by its name; a longer prompt is not sent. "
        "Default: the environment variable PALIMPSEST_WINDOW, for all models.",
    ).tag(config=True)

    prices = Dict(
        key_trait=Unicode(),
        value_trait=List(Float(), minlen=2, maxlen=2),
        help="Prices of a million prompt tokens and a million answer tokens of each model, "
        "by its name, in US dollars; the cost of a rewrite is shown for models that are listed.",
    ).tag(config=True)

    connect_timeout = Float(10.0, help="Seconds to wait for a connection with the endpoint.").tag(
        config=True
    )

    timeout = Float(
        180.0, help="Seconds of silence of the endpoint after which a request is given up."
    ).tag(config=True)

    heartbeat = Float(
        15.0,
        help="Seconds of silence after which the browser is sent a sign of life, "
        "so that no proxy in between closes the connection.",
    ).tag(config=True)

    max_body_bytes = Int(2 * 1024 * 1024, help="Largest request, in bytes, that is relayed.").tag(
        config=True
    )

    @default("base_url")
    def _default_base_url(self) -> str:
        return os.environ.get("PALIMPSEST_BASE_URL", "")

    @default("api_key")
    def _default_api_key(self) -> str:
        return os.environ.get("PALIMPSEST_API_KEY", "")

    @default("models")
    def _default_models(self) -> list[str]:
        names = os.environ.get("PALIMPSEST_MODELS", "").split(",")
        return [name.strip() for name in names if name.strip()]

    @default("windows")
    def _default_windows(self) -> dict[str, int]:
        window = os.environ.get("PALIMPSEST_WINDOW", "").strip()
        if not window:
            return {}
        if not window.isdecimal():
            self.log.warning("PALIMPSEST_WINDOW is %r, and should be a number of tokens.", window)
            return {}
        return {model: int(window) for model in self.models}

    @property
    def problem(self) -> str | None:
        """Say what keeps requests from being relayed; None when nothing does."""
        if not self.base_url:
            return "No language model is configured."
        if not _is_plain_address(self.base_url):
            return (
                "PalimpsestRelay.base_url must be an http or https address without user, password, "
                f"query or fragment, such as https://api.openai.com/v1; it is {self.base_url!r}."
            )
        if not self.models:
            return "No model name is configured, so no model may be asked for."
        return None

    def require(self) -> None:
        """Refuse when requests cannot be relayed.

        Raises
        ------
        RelayError
            Names what is wrong and how to configure it.
        """
        problem = self.problem
        if problem is not None:
            raise RelayError("unconfigured", problem, HOW_TO_CONFIGURE)

    def url(self, path: str) -> str:
        """Give the address of a path of the endpoint."""
        return f"{self.base_url.rstrip('/')}/{path}"


def _is_plain_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    secrets = parts.username or parts.password or parts.query or parts.fragment
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not secrets
