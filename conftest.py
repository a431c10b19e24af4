"""Fixtures of the server extension's tests."""

from __future__ import annotations

from typing import Any

import pytest

pytest_plugins = ("pytest_jupyter.jupyter_server",)


@pytest.fixture
def jp_server_config(jp_server_config: dict[str, Any]) -> dict[str, Any]:
    """Load the extension into a server that insists on authentication everywhere."""
    return {
        **jp_server_config,
        "ServerApp": {
            "jpserver_extensions": {"jupyterlab_palimpsest": True},
            "allow_unauthenticated_access": False,
        },
    }
