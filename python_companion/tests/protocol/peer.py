"""A peer that remembers what it was sent."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from palimpsest.protocol.messages import PROTOCOL_VERSION
from palimpsest.protocol.methods import Channel
from palimpsest.protocol.service import Schedule, Service, inline_unless_long


class Peer:
    """One connection to a service of its own, with the messages that came back."""

    def __init__(
        self,
        workspace: Path,
        channel: Channel | None = None,
        schedule: Schedule = inline_unless_long,
    ) -> None:
        self.received: list[dict[str, Any]] = []
        self.buffers: list[list[bytes]] = []
        self.service = Service(workspace, schedule)
        self.connection = self.service.connect(self._take, channel)
        self._answered = threading.Condition()

    def send(self, method: str, identifier: str = "1", **params: Any) -> None:
        self.connection.receive(
            {
                "version": PROTOCOL_VERSION,
                "id": identifier,
                "method": method,
                "params": params,
            }
        )

    def answer(self, identifier: str = "1") -> dict[str, Any]:
        """Wait for the response with this id."""

        def found() -> dict[str, Any] | None:
            for message in self.received:
                if message["id"] == identifier and "event" not in message:
                    return message
            return None

        with self._answered:
            assert self._answered.wait_for(lambda: found() is not None, timeout=30)
        message = found()
        assert message is not None
        return message

    def events(self, identifier: str = "1") -> list[dict[str, Any]]:
        return [m["data"] for m in self.received if m["id"] == identifier and "event" in m]

    def _take(self, message: dict[str, Any], buffers: list[bytes]) -> None:
        with self._answered:
            self.received.append(message)
            self.buffers.append(buffers)
            self._answered.notify_all()
