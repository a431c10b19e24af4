from collections.abc import Iterator
from pathlib import Path

import pytest

from palimpsest.store.runfile import RunFile


@pytest.fixture
def file(tmp_path: Path) -> Iterator[RunFile]:
    building = RunFile.create(tmp_path)
    path = building.publish(lambda number: tmp_path / f"run-{number}.palimpsest")
    with RunFile.open(path, writable=True) as opened:
        yield opened
