"""A small original and its rewrite, as a `VerifyRequest`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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


def write_question(folder: Path, least: int) -> dict[str, Any]:
    """Write the source file; return a request whose versions agree when `least` is 1."""
    (folder / "mails.csv").write_text("anna,1\nbert,2\ncleo,3\n")
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
        "working_directory": str(folder),
        "mutations": 2,
    }
