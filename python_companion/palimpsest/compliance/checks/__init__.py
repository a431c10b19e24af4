"""The checks: one file each, listed in `palimpsest.compliance.registry`."""
