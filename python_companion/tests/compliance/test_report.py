"""Whatever data, code and people say, a report shows it as text."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas

import palimpsest.pandas as pd
from palimpsest.compliance.report import html_report, keep_card
from palimpsest.pipeline import Pipeline
from palimpsest.protocol.checkmessages import ModelCard

from .test_checks import make_model, scaled

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><a href='javascript:alert(1)'>",
    "</title></style><svg onload=alert(1)>",
    "&lt;b&gt;",
]
COLUMN = "<b onclick=alert(1)>group</b>"

ALLOWED = {
    *("html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "span", "br"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td", "svg", "g", "rect", "text", "path"),
}


class Page(HTMLParser):
    """Collects what a browser would make elements and attributes of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def prepare(people: Any) -> Any:
    frame = pd.read_csv(people)
    return frame[frame[COLUMN] != HOSTILE[1]]


def test_nothing_that_a_report_shows_becomes_an_element(tmp_path: Path) -> None:
    frame = pandas.DataFrame(
        {
            COLUMN: [HOSTILE[n % len(HOSTILE)] for n in range(200)],
            "age": range(200),
            "score": [n % 7 for n in range(200)],
            "hired": [n % 2 for n in range(200)],
        }
    )
    frame.to_csv(tmp_path / "people.csv", index=False)
    pipeline = Pipeline(
        "<i>people<i>",
        prepare,
        scaled("age", "score"),
        lambda frame: frame["hired"] == 1,
        make_model,
        split=0.4,
        folder=tmp_path / "runs",
    )
    with pipeline.run(people=tmp_path / "people.csv") as run:
        keep_card(run, ModelCard(purpose=HOSTILE[0], contact=HOSTILE[2]))
        run.check("fairness", "group-change")
        page = Page(html_report(run))
    assert page.tags <= ALLOWED
    assert not {name for name in page.attributes if name.startswith("on")}
    assert not page.attributes & {"src", "href", "action", "formaction", "srcset"}
    shown = "".join(page.texts)
    for text in (HOSTILE[0], HOSTILE[1], HOSTILE[2], COLUMN, "<i>people<i>"):
        assert text in shown
