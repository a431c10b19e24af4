"""Exchanges and strategies: kept beside the notebooks, and nowhere else."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from jupyterlab_palimpsest import notes
from jupyterlab_palimpsest.errors import RelayError
from jupyterlab_palimpsest.notes import Notes


class Story:
    """Asks the routes about one kind of notes."""

    def __init__(self, fetch: Any, kind: str) -> None:
        self._fetch = fetch
        self._kind = kind

    async def ask(self, method: str = "GET", body: Any = None, **query: str) -> Any:
        response = await self._fetch(
            "palimpsest",
            "notes",
            self._kind,
            method=method,
            params=query,
            body=None if body is None else json.dumps(body),
            raise_error=False,
        )
        return response.code, json.loads(response.body) if response.body else None


async def test_exchanges_are_kept_listed_and_deleted(jp_fetch: Any, jp_root_dir: Path) -> None:
    (jp_root_dir / "work").mkdir()
    exchanges = Story(jp_fetch, "exchanges")
    assert await exchanges.ask(folder="work") == (200, {"exchanges": []})
    for name in ("a", "b"):
        assert await exchanges.ask("POST", {"id": name, "text": "ü\u2028"}, folder="work") == (
            204,
            None,
        )
    _, listed = await exchanges.ask(folder="work")
    assert [exchange["id"] for exchange in listed["exchanges"]] == ["a", "b"]
    file = jp_root_dir / "work" / ".palimpsest" / notes.EXCHANGES
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    await exchanges.ask("DELETE", folder="work", id="a")
    assert await exchanges.ask(folder="work") == (
        200,
        {"exchanges": [{"id": "b", "text": "ü\u2028"}]},
    )
    await exchanges.ask("DELETE", folder="work")
    assert not file.exists()


async def test_strategies_are_counted(jp_fetch: Any) -> None:
    strategies = Story(jp_fetch, "strategies")
    for key in ("a", "b", "a"):
        assert (await strategies.ask("POST", {"key": key}))[0] == 204
    _, listed = await strategies.ask()
    assert listed["strategies"] == [{"key": "b", "times": 1}, {"key": "a", "times": 2}]
    await strategies.ask("DELETE")
    assert await strategies.ask() == (200, {"strategies": []})


@pytest.mark.parametrize("folder", ["..", "work/../..", "missing"])
@pytest.mark.parametrize("kind", ["exchanges", "strategies"])
async def test_only_folders_of_the_server_have_notes(jp_fetch: Any, kind: str, folder: str) -> None:
    for method, body in (("GET", None), ("POST", {"id": "a", "key": "a"}), ("DELETE", None)):
        code, answer = await Story(jp_fetch, kind).ask(method, body, folder=folder)
        assert (code, answer["error"]["code"]) == (404, "not-found")


async def test_a_link_out_of_the_server_is_no_folder_of_it(
    jp_fetch: Any, jp_root_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (jp_root_dir / "out").symlink_to(tmp_path_factory.mktemp("elsewhere"))
    assert (await Story(jp_fetch, "exchanges").ask(folder="out"))[0] == 404


@pytest.mark.parametrize("body", [[], {}, {"id": 1}])
async def test_what_is_no_note_is_refused(jp_fetch: Any, body: Any) -> None:
    for kind in ("exchanges", "strategies"):
        code, answer = await Story(jp_fetch, kind).ask("POST", body)
        assert (code, answer["error"]["code"]) == (400, "malformed")


def test_the_oldest_exchanges_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "MAXIMUM_BYTES", 50)
    kept = Notes(tmp_path, "")
    for number in range(5):
        kept.add_exchange({"id": str(number)})
    assert [exchange["id"] for exchange in kept.exchanges()] == ["3", "4"]
    kept.add_exchange({"id": "5", "text": "longer than all there is room for" * 2})
    assert [exchange["id"] for exchange in kept.exchanges()] == ["5"]


def test_a_torn_line_is_left_out(tmp_path: Path) -> None:
    kept = Notes(tmp_path, "")
    kept.add_exchange({"id": "a"})
    with (tmp_path / notes.FOLDER / notes.EXCHANGES).open("a") as stream:
        stream.write('{"id": "b')
    assert kept.exchanges() == [{"id": "a"}]
    kept.add_exchange({"id": "c"})
    assert kept.exchanges() == [{"id": "a"}, {"id": "c"}]


def test_strategies_that_somebody_else_wrote_are_not_overwritten(tmp_path: Path) -> None:
    kept = Notes(tmp_path, "")
    (tmp_path / notes.FOLDER).mkdir()
    (tmp_path / notes.FOLDER / notes.STRATEGIES).write_text("mine")
    with pytest.raises(RelayError, match="is not what it was written as"):
        kept.add_strategy({"key": "a"})
    assert (tmp_path / notes.FOLDER / notes.STRATEGIES).read_text() == "mine"


async def test_without_a_folder_nothing_is_noted(jp_fetch: Any, jp_serverapp: Any) -> None:
    jp_serverapp.web_app.settings["contents_manager"] = object()
    code, answer = await Story(jp_fetch, "exchanges").ask()
    assert (code, answer["error"]["code"]) == (501, "unsupported")
