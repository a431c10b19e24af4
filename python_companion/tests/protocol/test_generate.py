"""The checked-in schema, reference and TypeScript types are what the messages say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from palimpsest.protocol import messages as m
from palimpsest.protocol.generate import layout_json, main, render
from palimpsest.protocol.methods import METHODS
from palimpsest.protocol.schema import protocol_schema

ROOT = Path(__file__).resolve().parents[3]


def test_nothing_has_drifted() -> None:
    assert main(["--check", "--root", str(ROOT)]) == 0


def test_drift_is_found_and_mended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check", "--root", str(tmp_path)]) == 1
    assert main(["--root", str(tmp_path)]) == 0
    assert main(["--check", "--root", str(tmp_path)]) == 0
    types = tmp_path / "src/companion/protocol.generated.ts"
    types.write_text(types.read_text().replace("token: string", "token: number"))
    capsys.readouterr()
    assert main(["--check", "--root", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert "+  token: string;" in error
    assert "palimpsest.protocol.generate" in error


def test_generating_is_deterministic() -> None:
    assert render() == render()


def test_every_method_is_in_schema_types_and_reference() -> None:
    files = render()
    for name in METHODS:
        assert name in files["src/companion/protocol.generated.ts"]
        assert f"`{name}`" in files["docs/protocol.md"]
    assert set(protocol_schema()["methods"]) == set(METHODS)


def test_the_schema_is_a_valid_one_and_its_references_resolve() -> None:
    schema = protocol_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    definitions = set(schema["$defs"])

    def check(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                assert value["$ref"].removeprefix("#/$defs/") in definitions
            for item in value.values():
                check(item)
        elif isinstance(value, list):
            for item in value:
                check(item)

    check(schema)


@pytest.mark.parametrize(
    "message",
    [
        m.Request(version=1, id="1", method="hello"),
        m.PageRequest(run="r", table="training", filter=[m.Condition(column="c", comparison="==")]),
        m.TraceForwardRequest(
            run="r", source="s", selector=m.Keys(column="c", values=["a"]), limit=3
        ),
        m.ForgetRequest(run="r", source="s", selector=m.RowIds(rows=[1]), action="delete"),
    ],
)
def test_what_the_models_say_the_schema_says(message: m.Message) -> None:
    schema = protocol_schema()
    rule = {"$ref": f"#/$defs/{type(message).__name__}", "$defs": schema["$defs"]}
    jsonschema.validate(json.loads(message.model_dump_json()), rule)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"nonsense": 1}, rule)


def test_tags_of_unions_are_required() -> None:
    definitions = protocol_schema()["$defs"]
    assert "kind" in definitions["RowIds"]["required"]
    assert "  kind: 'rows';\n" in render()["src/companion/protocol.generated.ts"]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_laying_out_json_keeps_its_meaning(value: object) -> None:
    assert json.loads(layout_json(value)) == value
