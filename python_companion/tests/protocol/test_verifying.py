"""verify.run, through the service, with the real verifier."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from palimpsest.protocol.messages import Verdict

from .peer import Peer

ORIGINAL = """
out = open("out.tsv", "w")
for line in open("mails.csv"):
    name, count = line.strip().split(",")
    if int(count) > 1:
        out.write(name.upper() + "\\n")
out.close()
"""

REWRITTEN = """
import pandas as pd

def prepare(mails="mails.csv"):
    mails = pd.read_csv(mails, header=None, names=["name", "count"], dtype=str,
                        keep_default_na=False, quoting=3)
    mails["count"] = mails["count"].str.strip()
    mails = mails[mails["count"].astype(int) > {least}]
    return pd.DataFrame({{"name": mails["name"].str.upper()}})
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the sandbox needs fork")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "mails.csv").write_text("anna,1\nbert,2\ncleo,3\n")
    return tmp_path


def question(workspace: Path, least: int) -> dict[str, Any]:
    return {
        "original": [ORIGINAL],
        "rewritten": [REWRITTEN.format(least=least)],
        "roles": ["prepare"],
        "target": 0,
        "observation": {
            "kind": "file",
            "path": "out.tsv",
            "separator": "\t",
            "columns": ["name"],
        },
        "working_directory": str(workspace),
        "mutations": 2,
    }


def test_a_difference_is_found_with_progress(workspace: Path) -> None:
    peer = Peer(workspace)
    peer.send("verify.run", **question(workspace, least=2))
    answer = peer.answer()
    assert answer["error"] is None
    verdict = Verdict.model_validate(answer["result"])
    assert verdict.status == "different"
    assert verdict.difference is not None
    done = [event["done"] for event in peer.events()]
    assert done == sorted(done)
    assert done


def test_a_verification_stops_at_once(workspace: Path) -> None:
    endless = "import time\nopen('mails.csv').read()\nwhile True: time.sleep(0.01)\n"
    peer = Peer(workspace)
    peer.send("verify.run", "v", **{**question(workspace, least=1), "original": [endless]})
    peer.send("cancel", "c", request="v")
    assert peer.answer("c")["result"] == {"cancelled": True}
    assert peer.answer("v")["error"]["code"] == "cancelled"
