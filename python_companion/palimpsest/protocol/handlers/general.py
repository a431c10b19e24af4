"""hello and cancel."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import TYPE_CHECKING

from palimpsest.protocol.messages import PROTOCOL_VERSION, Cancelled, CancelRequest, Empty, Hello

if TYPE_CHECKING:
    from palimpsest.protocol.call import Call
    from palimpsest.protocol.service import Service


def hello(service: Service, params: Empty, call: Call) -> Hello:
    """Tell the versions of what is here."""
    return Hello(
        protocol=PROTOCOL_VERSION,
        companion=_version("palimpsest") or "not installed as a package",
        python=platform.python_version(),
        pandas=_version("pandas") or "not installed",
        sklearn=_version("scikit-learn"),
        working_directory=str(service.workspace),
    )


def cancel(service: Service, params: CancelRequest, call: Call) -> Cancelled:
    """Ask another request to stop."""
    return Cancelled(cancelled=service.cancel(params.request))


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
