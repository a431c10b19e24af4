"""Half-messy pandas: rows appended in a loop, masks in pieces, an order to keep."""

from __future__ import annotations

from tests.verify.pipelines.base import Pipeline

_SONGS = "title,artist,year,plays,length\n" + "".join(
    f"Song {i},{('The Owls', 'Nina K', 'Los Dos', 'DJ Bo')[(i * 3) % 4]},{1990 + (i * 7) % 30},{(i * 7919) % 10007},{120 + (i * 31) % 240}\n"
    for i in range(100)
)

SONGS = Pipeline(
    name="songs",
    files={"songs.csv": _SONGS},
    stages={"prepare": "best"},
    original="""
import pandas as pd
df = pd.read_csv("songs.csv", dtype={"title": str, "artist": str}, keep_default_na=False)
out = []
for _, row in df.iterrows():
    if row["length"] < 150 or row["length"] > 300:
        continue
    era = "new" if row["year"] >= 2010 else ("old" if row["year"] < 2000 else "middle")
    out.append({"title": row["title"], "artist": row["artist"], "era": era, "plays": row["plays"], "minutes": row["length"] // 60})
df = pd.DataFrame(out)
df = df.sort_values(["artist", "plays"], ascending=[True, False], kind="stable")
best = df.groupby("artist").head(3).reset_index(drop=True)
""",
    right="""
import numpy as np
import pandas as pd
songs = pd.read_csv("songs.csv", dtype={"title": str, "artist": str}, keep_default_na=False)
songs = songs[songs["length"].between(150, 300)]
songs["era"] = np.select([songs["year"] >= 2010, songs["year"] < 2000], ["new", "old"], "middle")
songs["minutes"] = songs["length"] // 60
songs = songs[["title", "artist", "era", "plays", "minutes"]]
ranked = songs.sort_values(["artist", "plays"], ascending=[True, False], kind="stable")
best = ranked.groupby("artist").head(3).reset_index(drop=True)
if songs.empty:
    raise KeyError("artist")
""",
    wrong={
        "limits left out": (("between(150, 300)", 'between(150, 300, inclusive="neither")'),),
        "upper limit left out": (("between(150, 300)", 'between(150, 300, inclusive="left")'),),
        "from 2011": ((">= 2010", "> 2010"),),
        "up to 2000": (("< 2000", "<= 2000"),),
        "rounded minutes": (('songs["length"] // 60', '(songs["length"] / 60).round().astype(int)'),),
        "least played": (("ascending=[True, False]", "ascending=[True, True]"),),
        "best two": ((".head(3)", ".head(2)"),),
        "last of equals": (('ranked = songs.sort_values(', 'ranked = songs.iloc[::-1].sort_values('),),
        "not sorted": (('songs.sort_values(["artist", "plays"], ascending=[True, False], kind="stable")', 'songs.sort_values("plays", ascending=False, kind="stable")'),),
        "distinct titles": (('ranked = songs', 'ranked = songs.drop_duplicates("title")'),),
        "grouped without case": (('ranked.groupby("artist")', 'ranked.groupby(ranked["artist"].str.lower())'),),
        "missing artists": ((", keep_default_na=False", ""),),
        "kept index": ((".reset_index(drop=True)\nif", ".reset_index()\nif"),),
    },
)  # fmt: skip
