"""One module a kind of fitted state; see `palimpsest.encoding.registry`."""
