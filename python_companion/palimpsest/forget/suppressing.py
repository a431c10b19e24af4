"""Lifting a suppression, explicitly and audited."""

from __future__ import annotations

from pathlib import Path

from palimpsest.errors import PalimpsestError
from palimpsest.forget.receipts import UNSUPPRESS, now, user_name
from palimpsest.store.audit import append_entry
from palimpsest.store.catalog import Catalog
from palimpsest.store.runfile import RunFile, get_meta, set_meta
from palimpsest.store.summary import state_version
from palimpsest.store.suppression import release


def lift(folder: Path, receipt: str, user: str | None) -> int:
    """Let what a forget removed come back with the next run; return how many records that are.

    Every run file that remembers the forget stops doing so and notes it in its audit chain. What
    was removed from runs stays removed.
    """
    with Catalog.open(folder) as catalog:
        catalog.reconcile()
        count = catalog.suppressed_by(receipt)
        if not count:
            raise PalimpsestError(
                "not-found",
                f"No record in '{folder}' is suppressed by a forget '{receipt}'.",
                hint="Receipts are listed by run.receipts().",
            )
        for summary in catalog.runs():
            _lift_in(Path(summary.path), receipt, user, catalog)
        catalog.release(receipt)
    return count


def _lift_in(path: Path, receipt: str, user: str | None, catalog: Catalog) -> None:
    with RunFile.open(path, writable=True) as file:
        with file.transaction() as connection:
            records = release(connection, receipt)
            if not records:
                return
            append_entry(
                connection,
                UNSUPPRESS,
                {
                    "receipt": receipt,
                    "run": str(get_meta(connection, "run")),
                    "time": now(),
                    "user": user_name(user),
                    "records": records,
                },
            )
            set_meta(connection, state=state_version(connection) + 1)
        file.checkpoint()
        catalog.register(file, path)
