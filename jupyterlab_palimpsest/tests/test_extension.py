"""The extension as Jupyter Server and JupyterLab find it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jupyterlab_palimpsest

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp


def test_the_server_loads_the_extension(jp_serverapp: ServerApp) -> None:
    manager = jp_serverapp.extension_manager
    package = manager.extensions["jupyterlab_palimpsest"]
    assert package.enabled
    assert all(point.linked for point in package.extension_points.values())


def test_the_labextension_is_announced_under_its_npm_name() -> None:
    [path] = jupyterlab_palimpsest._jupyter_labextension_paths()
    assert path == {"src": "labextension", "dest": "jupyterlab-palimpsest"}
