"""What capture costs and what a forget saves, on the example.

    npm run bench [-- --sizes 10000,100000 --repeats 5]

Every ratio is against a baseline of the same run: plain pandas for capture, the whole pipeline on
the changed sources for a forget. A forget is timed from the call of apply to its return: durable
and checkpointed, without the preview, whose time stands beside it.
"""

from __future__ import annotations

import argparse
from typing import Any

import complaints
import palimpsest.pandas
import pandas
from measure import FLOOR, Compared, fresh_folder, in_turns, median, print_table, say, seconds
from palimpsest import Pipeline
from palimpsest.protocol.messages import ForgetRequest, RowIds
from palimpsest.tracking import capture

SOURCES = {"customers": "customers.csv", "mails": "mails.csv"}
FIVE = 5
MS = 1e3


def capture_times(judge: Any, repeats: int) -> Compared:
    """Compare capture, with all that it puts off, with plain pandas."""
    tracked = complaints.prepare_with(palimpsest.pandas, judge)
    plain = complaints.prepare_with(pandas, judge)

    def work() -> None:
        capture(tracked, SOURCES).rows.settle()

    return in_turns(plain, work, repeats)


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
    """Applies requests to a run, and keeps what they took.

    Parameters
    ----------
    run : Run
    name : str
        What is done, for the table.
    """

    def __init__(self, run: Any, name: str) -> None:
        self._run = run
        self._name = name
        self.previews: list[float] = []
        self.applied: list[float] = []
        self.modelled: list[float] = []
        self.rows: list[int] = []

    def apply(self, source: str, rows: list[int], action: Any, *columns: str) -> None:
        """Preview and apply one request."""
        request = ForgetRequest(
            run=self._run.id,
            source=source,
            selector=RowIds(rows=rows),
            action=action,
            columns=list(columns),
        )
        told: list[Any] = []
        self.previews.append(seconds(lambda: told.append(self._run.preview(request))))
        self.applied.append(seconds(lambda: told.append(self._run.apply(told[0].token))))
        receipt = told[1]
        self.modelled.append(sum(t.seconds for t in receipt.timings if t.stage == "model"))
        self.rows.append(receipt.training_rows_removed + receipt.training_rows_changed)

    def figures(self, rerun: float) -> dict[str, str]:
        """Return what to print."""
        applied, modelled = median(self.applied), median(self.modelled)
        affected = sum(self.rows) / len(self.rows)
        a_row = (applied - modelled) / max(1.0, affected)
        name = self._name
        return {
            name: f"{applied * MS:.1f} ms",
            f"{name}: the model's part": f"{modelled * MS:.1f} ms",
            f"{name}: training rows affected": f"{affected:.0f}",
            f"{name}: a row, without the model": f"{a_row * MS:.3f} ms",
            f"{name}: preview": f"{median(self.previews) * MS:.1f} ms",
            f"{name}: re-run / forget": f"{rerun / applied:,.0f} x",
        }


def leaked_mails() -> list[int]:
    """Return the mails whose subject carries a card number."""
    names = ["mid", "email", "date", "subject", "text"]
    mails = pandas.read_csv("mails.csv", names=names, **complaints.RAW)
    return [int(row) for row in mails.index[mails["subject"].str.contains("Karte 4929")]]


def target_customers() -> list[int]:
    """Return the customers whose mails are in the training table."""
    names = ["cid", "email", "bank", "country", "level"]
    customers = pandas.read_csv("customers.csv", names=names, **complaints.RAW)
    chosen = customers["country"].isin(complaints.TARGETS)
    return [int(row) for row in customers.index[chosen]]


def measure(mails: int, repeats: int) -> dict[str, str]:
    """Measure one size in a fresh folder."""
    with fresh_folder() as folder:
        complaints.make_data(mails, folder)
        say(f"{mails:,} mails: capture")
        figures: dict[str, str] = {}
        for name, judge in (("", complaints.sentiment), (", sentiment for free", complaints.cheap)):
            found = capture_times(judge, repeats)
            figures[f"prepare in plain pandas{name}"] = f"{found.baseline:.2f} s"
            figures[f"capture / plain pandas{name}"] = f"{found.ratio:.2f} x"
        pipeline = make_pipeline()
        say(f"{mails:,} mails: a re-run, a run with capture, and forgets")
        rerun = seconds(lambda: pipeline.rerun_reference(**SOURCES))
        figures["re-run of the pipeline"] = f"{rerun:.1f} s"
        with pipeline.run(**SOURCES) as run:
            figures |= measure_forgets(run, repeats, rerun)
        return figures


def measure_forgets(run: Any, repeats: int, rerun: float) -> dict[str, str]:
    """Measure what the story is about: leaked subjects erased, and customers deleted."""
    erased = Forgets(run, "erase 5 leaked subjects")
    leaked = leaked_mails()
    for start in range(0, min(len(leaked) - FIVE + 1, FIVE * repeats), FIVE):
        erased.apply("mails", leaked[start : start + FIVE], "erase", "subject")
    deleted = Forgets(run, "delete 5 customers")
    customers = target_customers()
    for start in range(0, FIVE * repeats, FIVE):
        deleted.apply("customers", customers[start : start + FIVE], "delete")
    return erased.figures(rerun) | deleted.figures(rerun)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="10000,100000", help="numbers of mails")
    parser.add_argument("--repeats", type=int, default=FLOOR)
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    columns = [measure(size, options.repeats) for size in sizes]
    rows = {name: [column[name] for column in columns] for name in columns[0]}
    heads = [f"{size:,} mails" for size in sizes]
    print_table(f"The example (medians of {options.repeats})", rows, heads)


if __name__ == "__main__":
    main()
