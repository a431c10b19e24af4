"""Catalogs that stay open: shared, dropped when their file is another one, left alone after a fork."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from palimpsest.store.catalog import FILE_NAME, Catalog
from palimpsest.store.kept import MOST, close_catalogs, kept_catalog


@pytest.fixture(autouse=True)
def none_kept() -> Iterator[None]:
    close_catalogs()
    yield
    close_catalogs()


def test_a_catalog_is_opened_once(tmp_path: Path) -> None:
    with kept_catalog(tmp_path) as first:
        pass
    with kept_catalog(tmp_path) as second:
        assert second is first


def test_a_catalog_that_was_deleted_is_made_anew(tmp_path: Path) -> None:
    with kept_catalog(tmp_path) as first:
        first.release("a receipt")
    (tmp_path / FILE_NAME).unlink()
    with kept_catalog(tmp_path) as second:
        assert second is not first
        assert second.runs() == []
    assert (tmp_path / FILE_NAME).is_file()
    with Catalog.open(tmp_path) as other:  # the old one's log was not taken for the new one's
        assert other.runs() == []


def test_only_a_few_stay_open(tmp_path: Path) -> None:
    opened = []
    for number in range(MOST + 1):
        with kept_catalog(tmp_path / str(number)) as catalog:
            opened.append(catalog)
    with kept_catalog(tmp_path / "0") as again:
        assert again is not opened[0]
    with kept_catalog(tmp_path / str(MOST)) as last:
        assert last is opened[-1]


def test_threads_have_it_one_after_the_other(tmp_path: Path) -> None:
    inside: list[str] = []
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with kept_catalog(tmp_path):
            inside.append("first")
            entered.set()
            leave.wait(5)
            inside.append("first leaves")

    thread = threading.Thread(target=hold)
    thread.start()
    assert entered.wait(5)
    threading.Timer(0.05, leave.set).start()
    with kept_catalog(tmp_path):
        inside.append("second")
    thread.join()
    assert inside == ["first", "first leaves", "second"]


def test_a_forked_process_opens_its_own(tmp_path: Path) -> None:
    with kept_catalog(tmp_path) as ours:  # the lock is held: the child must not wait for it
        child = os.fork()
        if not child:
            with kept_catalog(tmp_path) as theirs:
                os._exit(0 if theirs is not ours else 1)
        _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
