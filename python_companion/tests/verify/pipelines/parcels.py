"""Keys of digits, times with offsets, floats through an intermediate file, ties, ends of files."""

from __future__ import annotations

from tests.verify.pipelines.base import Pipeline

_DEPOTS = "".join(
    f"{101 + i * 7};{('Kiel', 'Bonn', 'Ulm', 'Gera', 'Köln')[i % 5]}\n" for i in range(18)
)
_PARCELS = "".join(
    f"p{i:03d};{101 + (i * 35) % 140};{250 * ((i * 13) % 11)};"
    f"2023-{1 + i % 12:02d}-{1 + i % 28:02d}T{(i * 5) % 24:02d}:15:00+0{i % 3}:00;"
    f"{('Leave at door', 'Ring twice', 'fragile', 'to Ms Weiß')[i % 4]} {i % 7}\n"
    for i in range(110)
)

_READ = '[line.rstrip("\\n").split(";") for line in open(path, encoding="utf-8")], columns=names, dtype=object'

PARCELS = Pipeline(
    name="parcels",
    files={"depots.csv": _DEPOTS, "parcels.csv": _PARCELS},
    stages={"prepare": "parcels"},
    columns=["number", "city", "kilos", "hour", "note"],
    original="""
import datetime
depots = {}
for line in open("depots.csv", encoding="utf-8"):
    code, city = line.rstrip("\\n").split(";")
    depots[code] = city

out = open("sent.csv", "w", encoding="utf-8")
for line in open("parcels.csv", encoding="utf-8"):
    number, code, grams, sent, note = line.rstrip("\\n").split(";")
    if code not in depots:
        continue
    moment = datetime.datetime.fromisoformat(sent)
    out.write(f"{number};{depots[code]};{int(grams) / 1000};{moment.hour};{note.casefold()}\\n")
out.close()

parcels = []
for line in open("sent.csv", encoding="utf-8"):
    number, city, kilos, hour, note = line.rstrip("\\n").split(";")
    parcels.append((number, city, float(kilos), int(hour), note))
parcels.sort(key=lambda parcel: (-parcel[2], parcel[3]))
""",
    right=f"""
import datetime
import pandas as pd

def read(path, names):
    return pd.DataFrame({_READ})

depots = read("depots.csv", ["code", "city"]).drop_duplicates("code", keep="last")
table = read("parcels.csv", ["number", "code", "grams", "sent", "note"]).merge(depots, on="code")
moments = table["sent"].map(datetime.datetime.fromisoformat)
parcels = pd.DataFrame({{
    "number": table["number"],
    "city": table["city"],
    "kilos": table["grams"].map(int) / 1000,
    "hour": moments.map(lambda moment: moment.hour),
    "note": table["note"].map(str.casefold),
}})
parcels = parcels.sort_values(["kilos", "hour"], ascending=[False, True], kind="stable")
""",
    wrong={
        "cuts the last letter": (('line.rstrip("\\n")', "line[:-1]"),),
        "strips lines": (('line.rstrip("\\n")', "line.strip()"),),
        "keys as numbers": (
            ('.merge(depots, on="code")', '.astype({"code": int}).merge(depots.astype({"code": int}), on="code")'),
        ),
        "32 bits": (('map(int) / 1000', 'map(int).astype("int64").astype("int32") / 1000'),),
        "half the digits": (("map(int) / 1000,", 'map(int).astype("float32") / 1000,'),),
        "hour of UTC": (("moment.hour", "moment.astimezone(datetime.timezone.utc).hour"),),
        "next hour": (("moment.hour", "(moment + datetime.timedelta(minutes=45)).hour"),),
        "lower for casefold": (("str.casefold", "str.lower"),),
        "ties turned round": (
            ('ascending=[False, True], kind="stable")', 'ascending=[True, False], kind="stable").iloc[::-1]'),
        ),
        "ties by nothing": (('["kilos", "hour"], ascending=[False, True]', '["kilos"], ascending=[False]'),),
        "sorted by number": (('["kilos", "hour"], ascending=[False, True]', '"number"'),),
        "rounded": (("map(int) / 1000", "map(int).div(1000).round(1)"),),
        "whole kilos": (("map(int) / 1000", "map(int) // 1000"),),
        "first depot": (('keep="last"', 'keep="first"'),),
        "left join": (('on="code")', 'on="code", how="left")'),),
        "missing words": ((_READ, 'pd.read_csv(path, sep=";", names=names, dtype=str, quoting=3)'),),
        "guessed types": (
            (_READ, 'pd.read_csv(path, sep=";", names=names, quoting=3, keep_default_na=False).astype(str)'),
        ),
        "quotes": ((_READ, 'pd.read_csv(path, sep=";", names=names, dtype=str, keep_default_na=False)'),),
        "the month for the hour": (("moment.hour", "moment.month"),),
    },
)  # fmt: skip
