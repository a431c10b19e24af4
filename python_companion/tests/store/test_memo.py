import numpy as np

from palimpsest.store.memo import FileMemo
from palimpsest.store.runfile import RunFile


def test_results_live_as_long_as_their_uses(file: RunFile) -> None:
    with file.transaction() as connection:
        memo = FileMemo(connection)
        entries = memo.put("f", [b"a" * 16, b"b" * 16], ["SENTINEL-ONE", {"$": "NA", "v": None}])
        memo.retain("f", entries, np.array([2, 1]))
        memo.put("g", [b"a" * 16], [3.5])
        assert memo.find("f", [b"b" * 16, b"c" * 16, b"a" * 16]).tolist() == [
            entries[1],
            -1,
            entries[0],
        ]
        assert memo.results("f", entries[[1, 0, 0]]) == [
            {"$": "NA", "v": None},
            "SENTINEL-ONE",
            "SENTINEL-ONE",
        ]
        memo.retain("f", entries[:1], np.array([-1]))
        assert memo.results("f", entries[:1]) == ["SENTINEL-ONE"]
        memo.retain("f", entries[:1], np.array([-1]))
        assert memo.find("f", [b"a" * 16]).tolist() == [-1]
        assert len(memo) == 2
    file.checkpoint()
    assert b"SENTINEL-ONE" not in file.path.read_bytes()
    assert b"a" * 16 in file.path.read_bytes()  # of g
