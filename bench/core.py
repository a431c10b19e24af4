"""What capture costs and what a forget saves, on the example.

    npm run bench [-- --sizes 10000,100000 --repeats 5]

Every ratio is against a baseline of the same run: plain pandas for capture, the whole pipeline on
the changed sources for a forget. A forget is timed from the call of apply to its return: durable
and checkpointed, without the preview, whose time stands beside it.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import complaints
import palimpsest.pandas
import pandas
from palimpsest import Pipeline
from palimpsest.protocol.messages import ForgetRequest, Keys, RowIds
from palimpsest.tracking import capture

SOURCES = {"customers": "customers.csv", "mails": "mails.csv"}
BATCH = 50


def seconds(work: Callable[[], Any]) -> float:
    """Return how long `work` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def ratio_of_medians(work: Callable[[], Any], baseline: Callable[[], Any], repeats: int) -> float:
    """Return median time of `work` over that of `baseline`, measured in turns."""
    pairs = [(seconds(work), seconds(baseline)) for _ in range(repeats)]
    return statistics.median(p[0] for p in pairs) / statistics.median(p[1] for p in pairs)


def capture_overhead(judge: Callable[[str], str], repeats: int) -> float:
    """Return the time of capture over that of plain pandas."""
    tracked = complaints.prepare_with(palimpsest.pandas, judge)
    plain = complaints.prepare_with(pandas, judge)
    return ratio_of_medians(lambda: capture(tracked, SOURCES), plain, repeats)


def cheap(text: str) -> str:
    """Stand in for the sentiment function, where only pandas is to be measured."""
    return "negative" if "!" in text else "neutral"


def make_pipeline() -> Pipeline:
    """Return the example's pipeline."""
    return Pipeline(
        "complaints",
        complaints.prepare_with(palimpsest.pandas, complaints.sentiment),
        complaints.encode_features,
        complaints.extract_label,
        complaints.make_model,
        split=complaints.in_training,
        fit_encoders_on="all",
    )


class Forgets:
    """Applies requests to a run and keeps their times."""

    def __init__(self, run: Any) -> None:
        self.run = run
        self.preview_seconds: list[float] = []

    def apply(self, selector: RowIds | Keys, action: Any, *columns: str) -> Any:
        """Preview and apply one request on the mails; return the receipt."""
        request = ForgetRequest(
            run=self.run.id, source="mails", selector=selector, action=action, columns=list(columns)
        )
        start = time.perf_counter()
        preview = self.run.preview(request)
        self.preview_seconds.append(time.perf_counter() - start)
        return self.run.apply(preview.token)


def leaked_rows(limit: int) -> list[int]:
    """Return the first mails whose subject carries a card number."""
    names = ["mid", "email", "date", "subject", "text"]
    mails = pandas.read_csv("mails.csv", names=names, **complaints.RAW)
    return [int(row) for row in mails.index[mails["subject"].str.contains("Karte 4929")][:limit]]


def measure(mails: int, repeats: int) -> dict[str, float]:
    """Measure one size in a fresh folder."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        complaints.make_data(mails, Path(folder))
        figures = {
            "capture, example": capture_overhead(complaints.sentiment, repeats),
            "capture, pandas only": capture_overhead(cheap, repeats),
        }
        pipeline = make_pipeline()
        rerun = seconds(lambda: pipeline.rerun_reference(**SOURCES))
        run = pipeline.run(**SOURCES)
        forgets = Forgets(run)
        erased = forgets.apply(RowIds(rows=leaked_rows(5)), "erase", "subject")
        batches = []
        first = 0
        for _ in range(repeats):
            rows = list(range(first, first + BATCH))
            first += BATCH
            receipt = forgets.apply(RowIds(rows=rows), "delete")
            batches.append((receipt.seconds, max(1, receipt.training_rows_removed)))
        batch = statistics.median(taken for taken, _ in batches)
        figures |= {
            "re-run (s)": rerun,
            "erase 5 leaked subjects (s)": erased.seconds,
            f"delete {BATCH} mails (s)": batch,
            "preview (s)": statistics.median(forgets.preview_seconds),
            "re-run / erase": rerun / erased.seconds,
            f"re-run / delete {BATCH}": rerun / batch,
            "per affected row (ms)": 1000
            * statistics.median(taken / affected for taken, affected in batches),
        }
        os.chdir("/")
        return figures


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="10000,100000", help="numbers of mails")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    columns = {int(size): measure(int(size), options.repeats) for size in options.sizes.split(",")}
    print(f"{'':32}" + "".join(f"{size:>14,} mails" for size in columns))
    for figure in next(iter(columns.values())):
        values = "".join(f"{column[figure]:>20.4g}" for column in columns.values())
        print(f"{figure:32}{values}")


if __name__ == "__main__":
    main()
