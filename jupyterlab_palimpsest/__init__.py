"""The JupyterLab extension Palimpsest: the built front end and its server part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

try:
    from ._version import __version__
except ImportError:  # the package is imported from a source tree that was never built
    __version__ = "0.0.0.dev0"

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

__all__ = ["__version__"]


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "jupyterlab-palimpsest"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    return [{"module": "jupyterlab_palimpsest"}]


def _load_jupyter_server_extension(server_app: ServerApp) -> None:
    """Register the HTTP handlers of the extension with a running server.

    Parameters
    ----------
    server_app : jupyter_server.serverapp.ServerApp
        The server that loads the extension.
    """
    from .app import setup_handlers

    setup_handlers(server_app)
    server_app.log.info("Registered jupyterlab_palimpsest server extension")
