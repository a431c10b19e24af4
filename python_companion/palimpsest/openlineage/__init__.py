"""OpenLineage events of runs and forgets: what was read, what was made of it, which column of which.

They hold names of files, tables and columns. They never hold a row id, a value, or a name that is
made of values (the columns of a one-hot encoding are).
"""

from .stories import forget_story, run_story

__all__ = ["forget_story", "run_story"]
