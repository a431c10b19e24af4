"""One to many: a dictionary of lists, looked up with a default; members of a set."""

from __future__ import annotations

from tests.verify.pipelines.base import Pipeline

_SHOPS = "shop,town,size\n" + "".join(
    f"s{i},{('Gent', 'Lier', 'Mol')[i % 3]},{40 + (i * 17) % 200}\n" for i in range(30)
)
_SALES = "shop,item,price\n" + "".join(
    f"s{(i * 11) % 33},{('tea', 'bread', 'soap', 'ink')[i % 4]},{(i * 7) % 23 + 0.5}\n"
    for i in range(100)
)
_CLOSED = "".join(f"s{i}\n" for i in (3, 8, 21))

SHOPS = Pipeline(
    name="shops",
    files={"shops.csv": _SHOPS, "sales.csv": _SALES, "closed.txt": _CLOSED},
    stages={"prepare": "result"},
    columns=["shop", "town", "size", "item", "price", "known"],
    ordered=False,
    original="""
import csv
closed = set(l.strip() for l in open("closed.txt"))
sold = {}
for s in csv.DictReader(open("sales.csv")):
    sold.setdefault(s["shop"], []).append((s["item"], float(s["price"])))
result = []
for shop in csv.DictReader(open("shops.csv")):
    if shop["shop"] in closed:
        continue
    if int(shop["size"]) > 50:
        size = "big" if int(shop["size"]) >= 150 else "normal"
    else:
        size = "small"
    for item, price in sold.get(shop["shop"], [("nothing", 0.0)]):
        if price < 20:
            result.append((shop["shop"], shop["town"], size, item, price, shop["shop"] in sold))
""",
    right="""
import pandas as pd
import numpy as np
TEXT = dict(dtype=str, keep_default_na=False)
with open("closed.txt") as file:
    closed = {line.strip() for line in file}
shops = pd.read_csv("shops.csv", **TEXT)
sales = pd.read_csv("sales.csv", **TEXT)
sales["price"] = sales["price"].map(float)
shops = shops[~shops["shop"].isin(closed)]
sizes = shops["size"].map(int)
shops["size"] = np.select([sizes <= 50, sizes >= 150], ["small", "big"], "normal")
result = shops.merge(sales, on="shop", how="left", indicator="known")
result["known"] = result["known"] == "both"
result["item"] = result["item"].where(result["known"], "nothing")
result["price"] = result["price"].where(result["known"], 0.0)
result = result[result["price"] < 20][["shop", "town", "size", "item", "price", "known"]]
""",
    wrong={
        "inner join": (('how="left"', 'how="inner"'),),
        "outer join": (('how="left"', 'how="outer"'),),
        "closed ones kept": (("shops = shops[~shops[\"shop\"].isin(closed)]\n", ""),),
        "closed ones only": (('~shops["shop"].isin', 'shops["shop"].isin'),),
        "first sale only": (('sales["price"] = ', 'sales = sales.drop_duplicates("shop")\nsales["price"] = '),),
        "equal sales once": (('sales["price"] = ', 'sales = sales.drop_duplicates()\nsales["price"] = '),),
        "one row a shop": (('shops = shops[~', 'shops = shops.drop_duplicates("shop")\nshops = shops[~'),),
        "up to twenty": (('result["price"] < 20', 'result["price"] <= 20'),),
        "fifty is normal": (("sizes <= 50", "sizes < 50"),),
        "big from 151": (("sizes >= 150", "sizes > 150"),),
        "missing price": (('result["price"].where(result["known"], 0.0)', 'result["price"].fillna(0.0)'), ('result["item"].where(result["known"], "nothing")', 'result["item"].fillna("none")')),
        "shop and town exchanged": (('result = result[result["price"]', 'result = result.rename(columns={"shop": "town", "town": "shop"})\nresult = result[result["price"]'),),
        "unstripped closed": (("line.strip() for line", "line.rstrip('\\n') for line"),),
    },
)  # fmt: skip
