"""Whatever is sent to the routes: what is relayed is listed, what is noted stays below the root."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tornado.httpclient import HTTPClientError

from jupyterlab_palimpsest.config import PalimpsestRelay
from jupyterlab_palimpsest.errors import RelayError
from jupyterlab_palimpsest.notes import Notes
from jupyterlab_palimpsest.relay import FORWARDED, parse_request

from .test_authorization import ROUTES

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from([*sorted(FORWARDED), "base_url", "api_key", "headers", "url", "tools"])
BODIES = st.one_of(
    st.binary(max_size=64),
    JSON.map(lambda value: json.dumps(value).encode()),
    st.fixed_dictionaries(
        {"messages": st.lists(JSON, max_size=2)},
        optional={"model": st.sampled_from(["listed", "other", "", None, 3, ["listed"], {}])},
    )
    .flatmap(lambda body: st.dictionaries(NAMES, JSON, max_size=2).map(lambda more: more | body))
    .map(lambda body: json.dumps(body).encode()),
)


@given(BODIES)
def test_only_listed_models_and_fields_are_relayed(body: bytes) -> None:
    relay = PalimpsestRelay(base_url="http://localhost:1/v1", models=["listed"], max_body_bytes=200)
    try:
        request = parse_request(relay, body)
    except RelayError:
        return
    assert len(body) <= 200
    assert request["model"] == "listed"
    assert set(request) <= FORWARDED


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(["..", ".", "work", "out", "", "~", "\\", "\0", "x" * 300]), max_size=5
    )
)
def test_notes_stay_below_the_root(tmp_path: Path, parts: list[str]) -> None:
    root = tmp_path / "root"
    (root / "work").mkdir(parents=True, exist_ok=True)
    (tmp_path / "elsewhere").mkdir(exist_ok=True)
    if not (root / "out").exists():
        (root / "out").symlink_to(tmp_path / "elsewhere")
    try:
        notes = Notes(root, "/".join(parts))
    except RelayError:
        return
    notes.add_strategy({"key": "a"})
    assert not (tmp_path / "elsewhere" / ".palimpsest").exists()
    assert not (tmp_path / ".palimpsest").exists()


HOSTILE = [b"", b"[]", b"{", b"\xff\xfe", b'{"id": null}', b'{"messages": 3}', b"[" * 5000]


@pytest.mark.parametrize(("path", "verb"), ROUTES)
async def test_no_body_makes_a_route_fail(jp_fetch: Any, path: str, verb: str) -> None:
    for body in HOSTILE if verb in {"post", "put", "patch"} else [None]:
        for folder in ("", "../..", "\0", "a" * 5000):
            try:
                answer = await jp_fetch(
                    *path.split("/"),
                    method=verb.upper(),
                    body=body,
                    params={"folder": folder},
                    request_timeout=120,
                )
                code = answer.code
            except HTTPClientError as error:
                code = error.code
            assert code < 500 or code == 503, (path, verb, body, folder)
