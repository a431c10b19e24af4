"""What a check is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal, TypeAlias

from palimpsest.errors import InvalidArgumentError
from palimpsest.protocol.checkmessages import (
    CheckInfo,
    CheckStatus,
    CheckTopic,
    EvidenceTable,
    Setting,
    SettingValue,
)
from palimpsest.protocol.messages import ColumnRef

if TYPE_CHECKING:
    from palimpsest.compliance.view import RunView

Columns: TypeAlias = "tuple[tuple[str, str], ...]"
"""Columns of sources: (source, column)."""


@dataclass(frozen=True)
class Threshold:
    """A number that decides, and that the user may change.

    Attributes
    ----------
    name, label : str
    default : float
    kind : {"number", "share"}
    minimum, maximum : float or None
    """

    name: str
    label: str
    default: float
    kind: Literal["number", "share"] = "share"
    minimum: float | None = 0.0
    maximum: float | None = None

    def setting(self, value: SettingValue | None) -> Setting:
        """Return the message, with a value in place of the default."""
        if value is None:
            value = self.default
        most = 1.0 if self.kind == "share" and self.maximum is None else self.maximum
        if isinstance(value, list):
            raise InvalidArgumentError(
                f"'{self.name}' is a number, got a list of {len(value)} columns."
            )
        number = float(value)
        if not (self.minimum is None or number >= self.minimum) or not (
            most is None or number <= most
        ):
            raise InvalidArgumentError(
                f"'{self.name}' must lie between {self.minimum} and {most}, got {number:g}."
            )
        return Setting(
            name=self.name,
            label=self.label,
            kind=self.kind,
            value=number,
            default=self.default,
            minimum=self.minimum,
            maximum=most,
        )


@dataclass(frozen=True)
class ChosenColumns:
    """Columns of sources that the user chooses; a check says what it does without any.

    Attributes
    ----------
    name, label : str
    """

    name: str
    label: str

    def setting(self, value: SettingValue | None) -> Setting:
        """Return the message, with a value in place of the default."""
        if value is not None and not isinstance(value, list):
            raise InvalidArgumentError(f"'{self.name}' is a list of columns, got {value!r}.")
        return Setting(
            name=self.name, label=self.label, kind="columns", value=value or [], default=[]
        )


class Settings:
    """The settings of one check, as they are used.

    Parameters
    ----------
    used : sequence of Setting
    """

    def __init__(self, used: Sequence[Setting]) -> None:
        self.used = list(used)
        self._values = {setting.name: setting.value for setting in used}

    def number(self, name: str) -> float:
        """Return a threshold."""
        value = self._values[name]
        assert isinstance(value, float)
        return value

    def columns(self, name: str) -> Columns:
        """Return chosen columns."""
        value = self._values[name]
        assert isinstance(value, list)
        return tuple((column.source, column.column) for column in value)


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Attributes
    ----------
    status : {"pass", "warn", "fail", "not-applicable"}
    summary : str
        One sentence.
    evidence : list of EvidenceTable
    measure : float or None
        The number that decided; kept in the history, so never a value of a record.
    """

    status: CheckStatus
    summary: str
    evidence: list[EvidenceTable] = field(default_factory=list)
    measure: float | None = None


def not_applicable(summary: str) -> Finding:
    """Return the finding of a check that had nothing to look at, or could not look."""
    return Finding("not-applicable", summary)


def graded(value: float, warn: float, fail: float) -> CheckStatus:
    """Grade a measure of which less is better."""
    return "fail" if value > fail else "warn" if value > warn else "pass"


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes
    ----------
    id, title : str
    topic : CheckTopic
    question : str
        What it answers, in one sentence.
    look : callable
        ``look(view, settings) -> Finding``.
    settings : tuple of Threshold or ChosenColumns
    measured : str or None
        What the measure of its findings is.
    quick : bool
        Whether it costs little beside opening the run.
    packages : mapping of module to package
        What it needs beside the companion's own requirements.
    extra : str or None
        The extra of the companion that brings them.
    """

    id: str
    title: str
    topic: CheckTopic
    question: str
    look: Callable[[RunView, Settings], Finding]
    settings: tuple[Threshold | ChosenColumns, ...] = ()
    measured: str | None = None
    quick: bool = True
    packages: Mapping[str, str] = field(default_factory=dict)
    extra: str | None = None

    @property
    def install(self) -> str | None:
        """The command that installs what is missing; None when nothing is."""
        return install_line(self.packages, self.extra)

    def configured(self, values: Mapping[str, SettingValue]) -> Settings:
        """Return the settings with some values in place of defaults.

        Raises
        ------
        PalimpsestError
            ``invalid-argument`` for an unknown name or a value out of range.
        """
        known = {setting.name for setting in self.settings}
        unknown = sorted(set(values) - known)
        if unknown:
            raise InvalidArgumentError(
                f"The check '{self.id}' has no setting '{unknown[0]}'.",
                hint=f"It has: {', '.join(sorted(known)) or 'none'}.",
            )
        return Settings([setting.setting(values.get(setting.name)) for setting in self.settings])

    def info(self, values: Mapping[str, SettingValue]) -> CheckInfo:
        """Return the entry of the list of checks."""
        return CheckInfo(
            id=self.id,
            title=self.title,
            topic=self.topic,
            question=self.question,
            quick=self.quick,
            settings=self.configured(values).used,
            install=self.install,
        )


def install_line(packages: Mapping[str, str], extra: str | None) -> str | None:
    """Return the command that installs those of the packages that are not there."""
    missing = [package for module, package in packages.items() if find_spec(module) is None]
    if not missing:
        return None
    return f"pip install 'palimpsest[{extra}]'" if extra else f"pip install {' '.join(missing)}"


def columns_of(pairs: Sequence[tuple[str, str]]) -> list[ColumnRef]:
    """Return columns of sources as messages."""
    return [ColumnRef(source=source, column=column) for source, column in pairs]
