"""What pandas can do and the tracking cannot follow: it still runs, and is never silent."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import TYPE_CHECKING, Any

import pandas

from .operations.base import Output
from .session import session
from .steps import Step, draft, finish
from .table import Table

if TYPE_CHECKING:
    from .frame import DataFrame
    from .series import Series

QUIET = frozenset(
    {"info", "plot", "hist", "boxplot", "to_string", "to_markdown", "to_html", "to_latex"}
)
"""Methods that only show: neither a warning nor an escape."""


def unwrap(value: Any, inputs: list[Step]) -> Any:
    """Replace tracked frames and series, also inside containers, by plain ones; collect their steps."""
    from .frame import DataFrame
    from .scalar import Scalar, plain
    from .series import Series

    if isinstance(value, DataFrame):
        inputs.append(value._step)
        return value._held
    if isinstance(value, Scalar):
        inputs.extend(value._column._steps)
        return value._held
    if isinstance(value, FunctionType):
        return plain(value)
    if isinstance(value, Series):
        inputs.extend(value._steps)
        return value._held
    if isinstance(value, Proxy):
        inputs.extend(object.__getattribute__(value, "_inputs"))
        return object.__getattribute__(value, "_target")
    if type(value) in (list, tuple, set):
        return type(value)(unwrap(item, inputs) for item in value)
    if type(value) is dict:
        return {key: unwrap(item, inputs) for key, item in value.items()}
    return value


def is_tracked(value: Any) -> bool:
    """Say whether a value is, or holds, something tracked."""
    found: list[Step] = []
    unwrap(value, found)
    return bool(found)


def call_untracked(
    name: str,
    function: Callable[..., Any],
    args: Sequence[Any],
    keywords: Mapping[str, Any],
    owner: Sequence[Step] = (),
) -> Any:
    """Run a pandas function on the held objects and mark what comes back.

    Parameters
    ----------
    name : str
        For the warning.
    function : callable
        Takes plain pandas objects.
    args, keywords
        May hold tracked objects.
    owner : sequence of Step
        Steps behind the object whose method it is.
    """
    inputs = list(owner)
    started = time.perf_counter()
    result = function(*unwrap(tuple(args), inputs), **unwrap(dict(keywords), inputs))
    if name.rsplit(".", maxsplit=1)[-1] in QUIET:
        return result
    return wrap_untracked(name, result, inputs, started)


def wrap_untracked(name: str, result: Any, inputs: Sequence[Step], started: float) -> Any:
    """Mark the result of something untracked: frames warn, plain values escape."""
    if isinstance(result, pandas.DataFrame):
        session().warn(_message(name))
        return untracked_frame(name, result, inputs, started)
    if isinstance(result, pandas.Series):
        session().warn(_message(name))
        return untracked_series(name, result, inputs, started)
    if is_helper(result):
        return Proxy(result, name, inputs)
    if name.rsplit(".", maxsplit=1)[-1].startswith("to_") and result is None:
        session().warn(f"{name} writes a copy of the data that a forget does not reach.")
        return None
    if inputs:
        session().escape(f"{name} read values out of the tracking")
    return result


def is_helper(value: Any) -> bool:
    """Say whether a value is an object through which pandas gives more (a window, groups, a locator)."""
    if not type(value).__module__.startswith("pandas") or pandas.api.types.is_scalar(value):
        return False
    extensions = pandas.api.extensions
    return not isinstance(
        value, (pandas.Index, extensions.ExtensionArray, extensions.ExtensionDtype)
    )


def _message(name: str) -> str:
    return (
        f"{name} is not tracked: its result is right, but a forget will have to re-run "
        "the whole preparation from here on."
    )


def untracked_step(
    name: str, frame: pandas.DataFrame, inputs: Sequence[Step], started: float
) -> Step:
    """Make the step of an untracked result: rows of unknown origin."""
    unique = tuple({step.node.id: step for step in inputs}.values())
    node = draft("untracked", {"name": name}, unique)
    return finish(node, unique, Output(Table(frame)), {}, label=name, started=started)


def untracked_frame(
    name: str, frame: pandas.DataFrame, inputs: Sequence[Step], started: float
) -> DataFrame:
    """Make a tracked frame over an untracked result."""
    from .frame import DataFrame

    return DataFrame._make(frame, {}, untracked_step(name, frame, inputs, started))


def untracked_series(
    name: str, values: pandas.Series[Any], inputs: Sequence[Step], started: float
) -> Series:
    """Make a tracked series over an untracked result."""
    from .series import Series

    column = "values" if values.name is None else values.name
    step = untracked_step(name, values.to_frame(column), inputs, started)
    return Series._column(step, column, values, None)


class Proxy:
    """A pandas helper object (a rolling window, say) whose results are marked untracked.

    Parameters
    ----------
    target : object
    name : str
        How the object was made, for warnings.
    inputs : sequence of Step
    """

    def __init__(self, target: Any, name: str, inputs: Sequence[Step]) -> None:
        self._target = target
        self._name = name
        self._inputs = list(inputs)

    def __getattr__(self, attribute: str) -> Any:
        value = getattr(self._target, attribute)
        name = f"{self._name}.{attribute}"
        if callable(value):
            return lambda *args, **keywords: call_untracked(
                name, value, args, keywords, self._inputs
            )
        return wrap_untracked(name, value, self._inputs, time.perf_counter())

    def __getitem__(self, key: Any) -> Any:
        started = time.perf_counter()
        return wrap_untracked(self._name, self._target[key], self._inputs, started)

    def __iter__(self) -> Any:
        session().escape(f"iteration over {self._name} read values out of the tracking")
        return iter(self._target)

    def __repr__(self) -> str:
        return repr(self._target)
