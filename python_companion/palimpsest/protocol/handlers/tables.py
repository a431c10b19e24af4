"""table.page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from palimpsest.protocol.messages import Page, PageRequest
from palimpsest.protocol.opening import open_run

if TYPE_CHECKING:
    from palimpsest.protocol.call import Call
    from palimpsest.protocol.service import Service


def page(service: Service, params: PageRequest, call: Call) -> Page:
    """Return a page of a table; its rows go into the first buffer."""
    from palimpsest.protocol.arrow import encode_page

    with open_run(service.folder, params.run) as run:
        table = run.page(params)
    call.buffers.append(encode_page(table.rows, table.frame, table.erased))
    return Page(table=params.table, total=table.total, offset=params.offset, columns=table.columns)
