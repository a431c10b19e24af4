"""No byte of an erased value may stay in any file: SQLite alone does not promise that."""

import random
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from palimpsest.store.arrays import ArrayStore
from palimpsest.store.runfile import RunFile
from palimpsest.store.tables import RowTable

ROWS, ROUNDS, VICTIMS = 1200, 10, 60


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file())


def sentinel(row: int, version: int) -> str:
    return f"<{row:06d}.{version:02d}>"


def number(row: int, version: int) -> float:
    return 1234567.0 + row * 1000.0 + version + 0.8125


@pytest.mark.parametrize("seed", range(2))
def test_nothing_erased_stays_whatever_the_order_of_changes(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    version = dict.fromkeys(range(ROWS), 0)
    gone: list[tuple[int, int]] = []

    def frame(rows: list[int]) -> pd.DataFrame:
        long = [rng.random() < 0.05 for _ in rows]
        return pd.DataFrame(
            {
                "text": [
                    sentinel(row, version[row]) + "x" * rng.randrange(9000 if tall else 200)
                    for row, tall in zip(rows, long, strict=True)
                ],
                "number": [number(row, version[row]) for row in rows],
                "group": pd.Categorical([f"({row:06d})" for row in rows]),
            }
        )

    building = RunFile.create(tmp_path)
    matrix = np.array([[number(row, 99)] * 40 for row in range(ROWS)])
    store = ArrayStore(building.connection)
    carried = store.create_in_rows("matrix", matrix)
    RowTable.create(building.connection, "t", frame(list(range(ROWS))), carried=carried)
    store.create("blocks", matrix + 0.0625)
    building.publish(lambda n: tmp_path / f"run-{n}.palimpsest")
    with RunFile.open(tmp_path / "run-1.palimpsest", writable=True) as file:
        alive = set(version)
        for count in range(ROUNDS):
            with file.transaction() as connection:
                table = RowTable.load(connection, "t")
                assert table is not None
                store = ArrayStore(connection)
                chosen = rng.sample(sorted(alive), VICTIMS)
                deleted, erased, changed = chosen[:20], chosen[20:40], chosen[40:]
                gone += [(row, version[row]) for row in chosen]
                table.blank(deleted)
                table.erase({"text": erased, "number": erased, "group": erased})
                for row in changed:
                    version[row] += 1
                table.update(np.array(changed, dtype=np.int32), frame(changed))
                store["matrix"].put([row for row in erased if row < ROWS], 0.0)
                store["blocks"].put([row for row in deleted + erased if row < ROWS], 0.0)
                alive -= set(deleted + erased)
                added = [max(version) + 1 + offset for offset in range(10)]
                version.update(dict.fromkeys(added, 0))
                table.append(np.array(added, dtype=np.int32), frame(added))
                store["matrix"].append(np.zeros((len(added), 40)))
                alive |= set(added)
                store.flush()
            file.checkpoint()
            if count % 5 != 4:
                continue
            data = everything(tmp_path)
            unmatrixed = [row for row in version if row not in alive]
            found = set(re.findall(rb"<\d{6}\.\d\d>|\(\d{6}\)", data))
            left = [f"{row}.{v}" for row, v in gone if sentinel(row, v).encode() in found]
            left += [f"group {row}" for row in unmatrixed if f"({row:06d})".encode() in found]
            numbers = {number(row, v): f"number {row}.{v}" for row, v in gone}
            numbers |= {number(row, 99): f"matrix {row}" for row in unmatrixed}
            numbers |= {blocks_of(row): f"blocks {row}" for row in unmatrixed}
            left += [numbers[value] for value in those_in(data, list(numbers))]
            assert left == []
        assert those_in(data, [number(min(alive), 99)])
        assert sentinel(min(alive), version[min(alive)]).encode() in data


def blocks_of(row: int) -> float:
    return number(row, 99) + 0.0625


def those_in(data: bytes, numbers: list[float]) -> set[float]:
    """Return the numbers that stand anywhere in some bytes, in either order of bytes."""
    wanted = np.array(numbers)
    found: set[float] = set()
    for offset in range(8):
        size = (len(data) - offset) // 8
        for order in "<>":
            here = np.frombuffer(data, dtype=f"{order}f8", count=size, offset=offset)
            found.update(wanted[np.isin(wanted, here)].tolist())
    return found


def test_deleting_in_sqlite_would_leave_copies(tmp_path: Path) -> None:
    """Why rows are blanked: the naive way leaves bytes behind even with secure_delete."""
    building = RunFile.create(tmp_path)
    connection = building.connection
    connection.execute("CREATE TABLE naive (row INTEGER PRIMARY KEY, text, note)")
    rng = random.Random(1)
    connection.executemany(
        "INSERT INTO naive VALUES (?, ?, '')",
        [(row, sentinel(row, 0) + "x" * rng.randrange(200)) for row in range(3000)],
    )
    alive, gone = set(range(3000)), []
    for _ in range(12):
        chosen = rng.sample(sorted(alive), 180)
        connection.executemany("DELETE FROM naive WHERE row = ?", [(row,) for row in chosen[:120]])
        connection.executemany(
            "UPDATE naive SET note = ? WHERE row = ?",
            [("y" * rng.randrange(400), row) for row in chosen[120:]],
        )
        alive -= set(chosen[:120])
        gone += chosen[:120]
    connection.execute("COMMIT")
    data = everything(tmp_path)
    assert any(sentinel(row, 0).encode() in data for row in gone)
    building.discard()
