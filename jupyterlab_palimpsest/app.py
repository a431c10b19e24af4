"""The server part of the extension: which URL is answered by which handler."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jupyter_server.utils import url_path_join

from .config import PalimpsestRelay
from .handlers import (
    SETTINGS_KEY,
    CompletionsHandler,
    ExchangesHandler,
    ModelsHandler,
    PalimpsestHandler,
    StatusHandler,
    StrategiesHandler,
)

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

HANDLERS: Final[list[tuple[str, type[PalimpsestHandler]]]] = [
    ("/palimpsest/llm/status", StatusHandler),
    ("/palimpsest/llm/v1/models", ModelsHandler),
    ("/palimpsest/llm/v1/chat/completions", CompletionsHandler),
    ("/palimpsest/notes/exchanges", ExchangesHandler),
    ("/palimpsest/notes/strategies", StrategiesHandler),
]
"""All routes of the extension, below the base URL of the server."""


def setup_handlers(server_app: ServerApp) -> None:
    """Add the handlers of the extension to a server's web application.

    Parameters
    ----------
    server_app : jupyter_server.serverapp.ServerApp
        The server whose web application answers the routes.
    """
    web_app = server_app.web_app
    web_app.settings[SETTINGS_KEY] = PalimpsestRelay(parent=server_app)
    base_url = web_app.settings["base_url"]
    routes = [(url_path_join(base_url, path), handler) for path, handler in HANDLERS]
    web_app.add_handlers(".*$", routes)
