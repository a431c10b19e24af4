"""The two comm targets of a Jupyter kernel."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from typing import Any, Protocol

from palimpsest.protocol.methods import Channel
from palimpsest.protocol.service import Service

TARGETS: dict[str, Channel] = {"palimpsest.query": "query", "palimpsest.command": "command"}
"""Comm target names, and what each takes."""


class Comm(Protocol):
    """What is used of a kernel's comm."""

    def send(
        self,
        data: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
        buffers: list[bytes] | None = None,
    ) -> None:
        """Send a message to the browser."""

    def on_msg(self, callback: Callable[[dict[str, Any]], None] | None) -> None:
        """Say what to do with a message."""

    def on_close(self, callback: Callable[[dict[str, Any]], None] | None) -> None:
        """Say what to do when the browser closes the comm."""


class CommManager(Protocol):
    """What is used of a kernel's comm manager."""

    def register_target(
        self, target_name: str, f: Callable[[Comm, dict[str, Any]], None], /
    ) -> None:
        """Answer comms that are opened with this target name."""

    def unregister_target(
        self, target_name: str, f: Callable[[Comm, dict[str, Any]], None], /
    ) -> object:
        """Answer them no more."""


class CommTargets:
    """The companion's comm targets, registered with a kernel.

    Parameters
    ----------
    manager
        The kernel's comm manager.
    service
        What answers.
    """

    def __init__(self, manager: CommManager, service: Service) -> None:
        self._manager = manager
        self._openers = {name: _opener(service, channel) for name, channel in TARGETS.items()}
        for name, opener in self._openers.items():
            manager.register_target(name, opener)

    def unregister(self) -> None:
        """Take the targets back."""
        for name, opener in self._openers.items():
            self._manager.unregister_target(name, opener)


def _opener(service: Service, channel: Channel) -> Callable[[Comm, dict[str, Any]], None]:
    def opened(comm: Comm, message: dict[str, Any]) -> None:
        sender = _Sender(comm)
        connection = service.connect(sender, channel)

        def received(message: dict[str, Any]) -> None:
            sender.remember()
            connection.receive(message["content"].get("data"))

        comm.on_msg(received)
        comm.on_close(lambda message: connection.close())

    return opened


class _Sender:
    """Sends over a comm, from any thread, as if from the handler of the last message.

    The kernel keeps the message it is answering in a context variable, and routes the *next*
    message of a comm to the subshell that the last one it sent was an answer to. A send from a
    thread of ours without that context would count as an answer to the main shell, and all
    further queries would wait behind the user's cell.
    """

    def __init__(self, comm: Comm) -> None:
        self._comm = comm
        self._context = contextvars.copy_context()

    def remember(self) -> None:
        """Take the context of the message that is being handled."""
        self._context = contextvars.copy_context()

    def __call__(self, message: dict[str, Any], buffers: list[bytes]) -> None:
        # A context can be entered by one thread at a time; its copy is free to make.
        self._context.copy().run(self._comm.send, data=message, buffers=buffers)
