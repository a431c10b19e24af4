"""How often the crash tests kill a process: more often in the nightly profile."""

import os

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"

TIMES = int(os.environ.get("PALIMPSEST_CRASHES", "240" if NIGHTLY else "40"))
