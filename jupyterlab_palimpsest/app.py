"""The server part of the extension: which URL is answered by which handler."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

HANDLERS: list[tuple[str, type]] = []


def setup_handlers(server_app: ServerApp) -> None:
    """Add the handlers of the extension to a server's web application.

    Parameters
    ----------
    server_app : jupyter_server.serverapp.ServerApp
        The server whose web application answers the routes.
    """
    base_url = server_app.web_app.settings["base_url"]
    routes = [(base_url.rstrip("/") + path, handler) for path, handler in HANDLERS]
    server_app.web_app.add_handlers(".*$", routes)
