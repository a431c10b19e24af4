"""table.page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from palimpsest.protocol.errors import ProtocolError
from palimpsest.protocol.messages import Page, PageRequest
from palimpsest.protocol.opening import open_run

if TYPE_CHECKING:
    from palimpsest.protocol.call import Call
    from palimpsest.protocol.service import Service

MAXIMUM_PAGE_BYTES = 40_000_000
"""Kernels were seen to send 50 MB to a browser without loss."""


def page(service: Service, params: PageRequest, call: Call) -> Page:
    """Return a page of a table; its rows go into the first buffer."""
    from palimpsest.protocol.arrow import encode_page

    with open_run(service.folder, params.run) as run:
        table = run.page(params)
    encoded = encode_page(table.rows, table.frame, table.erased)
    if len(encoded) > MAXIMUM_PAGE_BYTES:
        raise ProtocolError(
            "invalid-argument",
            f"The page would have {len(encoded):,} bytes; at most {MAXIMUM_PAGE_BYTES:,} are sent.",
            "Ask for fewer rows (limit) or fewer columns.",
        )
    call.buffers.append(encoded)
    return Page(table=params.table, total=table.total, offset=params.offset, columns=table.columns)
