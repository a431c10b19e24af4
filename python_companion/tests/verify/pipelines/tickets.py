"""JSON lines with nested objects, lists and gaps."""

from __future__ import annotations

import json

from tests.verify.pipelines.base import Pipeline


def _ticket(i: int) -> str:
    user: dict[str, object] = {"id": i % 17, "plan": ("free", "pro", "team")[i % 3]}
    if i % 5:
        user["country"] = ("NL", "BE", "FR")[i % 3]
    tags = [["bug"], ["bug", "ui"], [], ["idea", "ui"]][i % 4]
    ticket = {
        "id": i,
        "user": user,
        "title": f"Ticket No {i}",
        "tags": tags,
        "votes": None if i % 13 == 4 else i % 7,
    }
    return json.dumps(ticket)


TICKETS = Pipeline(
    name="tickets",
    files={"tickets.jsonl": "".join(_ticket(i) + "\n" for i in range(80))},
    stages={"prepare": "rows"},
    columns=["id", "plan", "country", "tag", "place", "votes", "title"],
    original="""
import json
rows = []
seen = set()
for line in open("tickets.jsonl"):
    t = json.loads(line)
    if t["title"] in seen:
        continue
    seen.add(t["title"])
    user = t["user"]
    country = user.get("country", "??")
    votes = t["votes"] or 0
    for place, tag in enumerate(t["tags"]):
        rows.append((t["id"], user["plan"], country, tag, place, votes, t["title"].lower()))
""",
    right="""
import json

def rows_of(ticket):
    user = ticket["user"]
    return [
        (
            ticket["id"],
            user["plan"],
            user.get("country", "??"),
            tag,
            place,
            ticket["votes"] or 0,
            ticket["title"].lower(),
        )
        for place, tag in enumerate(ticket["tags"])
    ]

with open("tickets.jsonl") as file:
    tickets = [json.loads(line) for line in file]
unique = {}
for ticket in tickets:
    unique.setdefault(ticket["title"], ticket)
rows = [row for ticket in unique.values() for row in rows_of(ticket)]
""",
    wrong={
        "last of equal titles": (("unique.setdefault(ticket[\"title\"], ticket)", 'unique[ticket["title"]] = ticket'),),
        "equal but for case": (('unique.setdefault(ticket["title"]', 'unique.setdefault(ticket["title"].lower()'),),
        "null is the default": (('user.get("country", "??")', 'user.get("country") or "??"'),),
        "absent is missing": (('user.get("country", "??")', 'user.get("country")'),),
        "counted from one": (("enumerate(ticket[\"tags\"])", 'enumerate(ticket["tags"], 1)'),),
        "sorted tags": (('enumerate(ticket["tags"])', 'enumerate(sorted(ticket["tags"]))'),),
        "distinct tags": (('enumerate(ticket["tags"])', 'enumerate(dict.fromkeys(ticket["tags"]))'),),
        "first tag only": (('enumerate(ticket["tags"])', 'enumerate(ticket["tags"][:1])'),),
        "null votes stay": (('ticket["votes"] or 0', 'ticket["votes"]'),),
        "at least one vote": (('ticket["votes"] or 0', 'ticket["votes"] or 1'),),
        "stripped titles": (('ticket["title"].lower()', 'ticket["title"].lower().strip()'),),
        "plan of the country": (('            user["plan"],\n', '            user.get("plan", "free"),\n'),),
    },
)  # fmt: skip
