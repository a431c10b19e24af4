"""Columns that look alike: suffixes after a join, a self-join, look-ups of aggregates."""

from __future__ import annotations

from tests.verify.pipelines.base import Pipeline

_CLAIMS = "claim,policy,amount,status\n" + "".join(
    f"c{i},p{(i * 7) % 25},{(i * 53) % 900 + 10},{('open', 'paid', 'denied')[(i * 2) % 3]}\n"
    for i in range(110)
)
_POLICIES = "policy,holder,amount,status\n" + "".join(
    f"p{i},h{i % 9},{1000 + i * 50},{('active', 'ended')[i % 4 == 0]}\n" for i in range(28)
)

CLAIMS = Pipeline(
    name="claims",
    files={"claims.csv": _CLAIMS, "policies.csv": _POLICIES},
    stages={"prepare": "table", "label": "y"},
    original="""
import csv
import pandas as pd
policies = {}
for p in csv.DictReader(open("policies.csv")):
    policies[p["policy"]] = p
total = {}
n = {}
claims = list(csv.DictReader(open("claims.csv")))
for c in claims:
    total[c["policy"]] = total.get(c["policy"], 0) + int(c["amount"])
    n[c["policy"]] = n.get(c["policy"], 0) + 1
rows = []
for c in claims:
    if c["policy"] not in policies:
        continue
    p = policies[c["policy"]]
    if p["status"] != "active":
        continue
    rows.append({
        "claim": c["claim"],
        "holder": p["holder"],
        "status": c["status"],
        "share": int(c["amount"]) / int(p["amount"]),
        "mean": total[c["policy"]] / n[c["policy"]],
        "others": total[c["policy"]] - int(c["amount"]),
    })
table = pd.DataFrame(rows, columns=["claim", "holder", "status", "share", "mean", "others"])
y = [r["status"] == "denied" for r in rows]
""",
    right="""
import pandas as pd
TEXT = dict(dtype=str, keep_default_na=False)
policies = pd.read_csv("policies.csv", **TEXT).drop_duplicates("policy", keep="last")
claims = pd.read_csv("claims.csv", **TEXT)
claims["amount"] = claims["amount"].map(int)
of_policy = claims.groupby("policy")["amount"]
claims["mean"] = of_policy.transform("mean")
claims["others"] = of_policy.transform("sum") - claims["amount"]
joined = claims.merge(policies, on="policy", suffixes=("", "_policy"))
joined = joined[joined["status_policy"] == "active"]
joined["amount_policy"] = joined["amount_policy"].map(int)
table = pd.DataFrame({
    "claim": joined["claim"],
    "holder": joined["holder"],
    "status": joined["status"],
    "share": joined["amount"] / joined["amount_policy"],
    "mean": joined["mean"],
    "others": joined["others"],
})
y = (table["status"] == "denied").tolist()
""",
    wrong={
        "status of the policy": (('"status": joined["status"]', '"status": joined["status_policy"]'),),
        "filter on the claim": (('joined["status_policy"] == "active"', 'joined["status"] != "ended"'),),
        "not ended": (('joined["status_policy"] == "active"', 'joined["status_policy"] != "ended"'),),
        "first policy": (('keep="last"', 'keep="first"'),),
        "all policies": (('.drop_duplicates("policy", keep="last")', ""),),
        "mean after the filter": (
            ('claims["mean"] = of_policy.transform("mean")\n', ""),
            ('joined["amount_policy"] = joined', 'joined["mean"] = joined.groupby("policy")["amount"].transform("mean")\njoined["amount_policy"] = joined'),
            ('joined = joined[joined["status_policy"]', 'joined = joined[joined["status"] != ""]\njoined = joined[joined["status_policy"]'),
        ),
        "mean of the holder": (
            ('claims["mean"] = of_policy.transform("mean")\n', ""),
            ('table = pd', 'joined["mean"] = joined.groupby("holder")["amount"].transform("mean")\ntable = pd'),
        ),
        "median": (('transform("mean")', 'transform("median")'),),
        "its own amount too": ((' - claims["amount"]\n', "\n"),),
        "distinct claims": (('claims["amount"] = claims', 'claims = claims.drop_duplicates()\nclaims["amount"] = claims'),),
        "whole share": (('joined["amount"] / joined["amount_policy"]', 'joined["amount"] // joined["amount_policy"]'),),
        "share of the claim": (('joined["amount"] / joined["amount_policy"]', 'joined["amount_policy"] / joined["amount"]'),),
        "outer": (('suffixes=("", "_policy"))', 'suffixes=("", "_policy"), how="outer")'),),
        "denied in any case": (('table["status"] == "denied"', 'table["status"].str.lower() == "denied"'),),
    },
)  # fmt: skip
