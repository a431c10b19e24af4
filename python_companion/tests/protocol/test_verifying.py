"""verify.run, through the service, with the real verifier."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from palimpsest.protocol.messages import Verdict

from .peer import Peer
from .questions import write_question

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the sandbox needs fork")


def test_a_difference_is_found_with_progress(tmp_path: Path) -> None:
    peer = Peer(tmp_path)
    peer.send("verify.run", **write_question(tmp_path, least=2))
    answer = peer.answer()
    assert answer["error"] is None
    verdict = Verdict.model_validate(answer["result"])
    assert verdict.status == "different"
    assert verdict.difference is not None
    done = [event["done"] for event in peer.events()]
    assert done == sorted(done)
    assert done


def test_a_verification_stops_at_once(tmp_path: Path) -> None:
    endless = "import time\nopen('mails.csv').read()\nwhile True: time.sleep(0.01)\n"
    peer = Peer(tmp_path)
    peer.send("verify.run", "v", **{**write_question(tmp_path, least=1), "original": [endless]})
    peer.send("cancel", "c", request="v")
    assert peer.answer("c")["result"] == {"cancelled": True}
    assert peer.answer("v")["error"]["code"] == "cancelled"
