"""``%load_ext palimpsest``: makes a kernel answer the JupyterLab extension."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from palimpsest.protocol.comm import CommManager, CommTargets
from palimpsest.protocol.service import Service

_ATTRIBUTE = "_palimpsest_comm_targets"


def load_ipython_extension(shell: Any) -> None:
    """Register the companion's comm targets with the kernel of `shell`."""
    import comm

    manager = cast("CommManager", comm.get_comm_manager())
    # Kept on the shell, not in this module: one process may host several shells.
    setattr(shell, _ATTRIBUTE, CommTargets(manager, Service(Path.cwd)))


def unload_ipython_extension(shell: Any) -> None:
    """Take the comm targets back."""
    targets = getattr(shell, _ATTRIBUTE, None)
    if targets is not None:
        targets.unregister()
        delattr(shell, _ATTRIBUTE)
