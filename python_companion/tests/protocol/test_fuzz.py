"""Whatever a peer asks, with whatever parameters: a valid answer or a typed error, and nothing is changed.

Requests are made from the schemas of the messages, with values that are as they should be, odd, or hostile.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from palimpsest.protocol.errors import ERROR_CODES
from palimpsest.protocol.messages import PROTOCOL_VERSION
from palimpsest.protocol.methods import METHODS, Method
from palimpsest.protocol.schema import protocol_schema

from .peer import Peer
from .pipelines import run_pipeline, write_sources

DEFINITIONS = protocol_schema()["$defs"]

SANDBOXED = {"verify.run", "verify.scripts"}
"""They run what they are sent, in processes of their own, and have tests of their own."""

ASKED = sorted(set(METHODS) - SANDBOXED)

TEXTS = st.sampled_from(
    [
        *("", "customers", "mails", "email", "score", "level", "training", "matrix", "node:1"),
        *(
            "source:mails",
            "score__score",
            "c3@x.org",
            "premium",
            "usage",
            "fairness",
            "predictions",
        ),
        *("../../etc/passwd", "source:../secret", "node:-1", "node:99999999999", "a\0b", "\ud800"),
        *("'; DROP TABLE meta; --", "<script>alert(1)</script>", "=HYPERLINK(1)", "x" * 2000, "🦆"),
    ]
)
NUMBERS = st.one_of(
    st.sampled_from([0, 1, 2, 3, 29, -1, 2**31, 2**53, 2**63, -(2**63)]), st.integers(0, 250)
)


def values(schema: dict[str, Any], run: str, depth: int = 0) -> st.SearchStrategy[Any]:
    """Return values that a schema describes, more or less."""
    if "$ref" in schema:
        return values(DEFINITIONS[schema["$ref"].rsplit("/", 1)[1]], run, depth)
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return st.one_of(*(values(part, run, depth) for part in schema[union]))
    kind = schema.get("type")
    if kind == "array":
        return st.lists(values(schema["items"], run, depth + 1), max_size=3)
    if kind == "object" and "properties" in schema:
        return fields(schema, run, depth)
    if kind == "object":
        inner = schema.get("additionalProperties")
        inner = values(inner, run, depth + 1) if isinstance(inner, dict) else TEXTS
        return st.dictionaries(TEXTS, inner, max_size=2)
    return {
        "string": TEXTS,
        "integer": NUMBERS,
        "number": st.one_of(NUMBERS, st.floats(allow_nan=False, allow_infinity=False)),
        "boolean": st.booleans(),
        "null": st.none(),
    }.get(str(kind), TEXTS)


def fields(schema: dict[str, Any], run: str, depth: int) -> st.SearchStrategy[dict[str, Any]]:
    required = set(schema.get("required", []))
    given = {
        name: st.just(run)
        if name in ("run", "other") and depth == 0
        else values(of, run, depth + 1)
        for name, of in schema["properties"].items()
    }
    return st.fixed_dictionaries(
        {name: of for name, of in given.items() if name in required},
        optional={name: of for name, of in given.items() if name not in required},
    )


def requests(method: Method, run: str) -> st.SearchStrategy[Any]:
    proper = values(DEFINITIONS[method.params.__name__], run)
    return st.one_of(proper, proper, proper, st.recursive(st.none() | TEXTS | NUMBERS, st.lists))


class Workspace:
    """A workspace with a run, and what its files hold."""

    def __init__(self, folder: Path) -> None:
        write_sources(folder)
        with run_pipeline(folder) as run:
            self.run = run.id
        self.folder = folder
        self.outside = folder.parent / "outside.txt"
        self.outside.write_text("nobody may read or write this")

    def sources(self) -> str:
        files = [self.folder / "customers.csv", self.folder / "mails.csv", self.outside]
        return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("fuzz") / "work"
    folder.mkdir()
    return Workspace(folder)


@pytest.mark.parametrize("name", ASKED)
@settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(data=st.data())
def test_every_method_answers_anything(name: str, workspace: Workspace, data: Any) -> None:
    method, before = METHODS[name], workspace.sources()
    params = data.draw(requests(method, workspace.run))
    peer = Peer(workspace.folder)
    peer.connection.receive(
        {"version": PROTOCOL_VERSION, "id": "1", "method": name, "params": params}
    )
    answer = peer.answer()
    if answer["error"] is None:
        method.result.model_validate(answer["result"])
        json.dumps(answer, allow_nan=False)
    else:
        assert answer["error"]["code"] in ERROR_CODES - {"internal"}, answer["error"]
    assert workspace.sources() == before
