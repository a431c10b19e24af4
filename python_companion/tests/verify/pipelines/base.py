"""What a pipeline of the suite is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Exchange = tuple[str, str]


@dataclass(frozen=True)
class Pipeline:
    """An original with a right rewrite and wrong ones.

    Attributes
    ----------
    name
        For test ids.
    files
        What it reads: path to content. Clean on purpose, so that the real inputs show little.
    stages
        Role to output.
    original, right
        The two versions.
    wrong
        What is exchanged in the right rewrite, by what is then wrong with it.
    columns
        Names of the prepared columns, where the result has none.
    ordered
        Whether the order of rows matters.
    """

    name: str
    files: Mapping[str, str]
    stages: Mapping[str, str]
    original: str
    right: str
    wrong: Mapping[str, tuple[Exchange, ...]]
    columns: list[str] = field(default_factory=list)
    ordered: bool = True

    def wronged(self, name: str) -> str:
        """Return a wrong rewrite."""
        code = self.right
        for before, after in self.wrong[name]:
            assert before in code, f"{self.name}: {before!r} is not in the rewrite"
            code = code.replace(before, after)
        return code
