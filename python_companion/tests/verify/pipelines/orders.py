"""A dictionary of customers, a loop over orders."""

from __future__ import annotations

from tests.verify.pipelines.base import Pipeline

_CUSTOMERS = "".join(
    f"k{i:03d},{('gold', 'silver', 'basic')[i % 3]},{('Berlin', 'Paris', 'Oslo', 'Rome')[i % 4]}\n"
    for i in range(40)
)
_ORDERS = "".join(
    f"{i},k{(i * 7) % 48:03d},{2018 + i % 6},{3 + (i * 13) % 90}.{i % 9 + 1}0,{i % 5 + 1}\n"
    for i in range(150)
)

ORDERS = Pipeline(
    name="orders",
    files={"customers.csv": _CUSTOMERS, "orders.csv": _ORDERS},
    stages={"prepare": "rows"},
    columns=["order", "city", "gold", "amount", "each", "dozens"],
    original="""
customers = {}
for line in open("customers.csv"):
    key, level, city = line.strip().split(",")
    if city != "Rome":
        customers[key] = (level, city)

rows = []
for line in open("orders.csv"):
    number, key, year, amount, count = line.strip().split(",")
    if int(year) >= 2020 and key in customers:
        level, city = customers[key]
        rows.append((number, city.upper(), level == "gold", float(amount), float(amount) / int(count), int(count) // 2))
""",
    right="""
import pandas as pd
RAW = dict(header=None, dtype=str, quoting=3, keep_default_na=False)
customers = pd.read_csv("customers.csv", names=["key", "level", "city"], **RAW)
customers["city"] = customers["city"].str.rstrip()
customers["key"] = customers["key"].str.lstrip()
customers = customers[customers["city"] != "Rome"]
customers = customers.drop_duplicates("key", keep="last")
orders = pd.read_csv("orders.csv", names=["number", "key", "year", "amount", "count"], **RAW)
orders["number"] = orders["number"].str.lstrip()
orders = orders[orders["year"].map(int) >= 2020]
both = orders.merge(customers, on="key", how="inner")
both["amount"] = both["amount"].map(float)
both["count"] = both["count"].map(int)
rows = pd.DataFrame({
    "order": both["number"],
    "city": both["city"].str.upper(),
    "gold": both["level"] == "gold",
    "amount": both["amount"],
    "each": both["amount"] / both["count"],
    "dozens": both["count"] // 2,
})
""",
    wrong={
        "first wins": (('keep="last"', 'keep="first"'),),
        "no deduplication": (('customers = customers.drop_duplicates("key", keep="last")\n', ""),),
        "left join": (('how="inner"', 'how="left"'),),
        "right join": (('how="inner"', 'how="right"'),),
        "after 2020": ((">= 2020", "> 2020"),),
        "from 2019": ((">= 2020", ">= 2019"),),
        "no strip": (('customers["city"].str.rstrip()', 'customers["city"]'),),
        "strips both ends": (('customers["city"].str.rstrip()', 'customers["city"].str.strip()'),),
        "kept case": (('both["city"].str.upper()', 'both["city"]'),),
        "title case": (('both["city"].str.upper()', 'both["city"].str.title()'),),
        "blind to case": (('both["level"] == "gold"', 'both["level"].str.lower() == "gold"'),),
        "prefix": (('both["level"] == "gold"', 'both["level"].str.startswith("gold")'),),
        "true division": (('both["count"] // 2', '(both["count"] / 2).round().astype(int)'),),
        "whole amounts": (('both["amount"] = both["amount"].map(float)', 'both["amount"] = both["amount"].map(float).round(0)'),),
        "swapped": (('both["amount"] / both["count"]', 'both["count"] / both["amount"]'),),
        "deduplicated before the filter": (
            ('customers = customers.drop_duplicates("key", keep="last")\n', ""),
            ('customers = customers[customers["city"]', 'customers = customers.drop_duplicates("key", keep="last")\ncustomers = customers[customers["city"]'),
        ),
        "missing words": ((", keep_default_na=False", ""),),
        "quotes": (("quoting=3, ", ""),),
        "sorted by the key": (('how="inner")', 'how="inner").sort_values("key", kind="stable")'),),
        "distinct rows": (('both["amount"] = both["amount"].map(float)', 'both = both.drop_duplicates(["key", "year"])\nboth["amount"] = both["amount"].map(float)'),),
    },
)  # fmt: skip
