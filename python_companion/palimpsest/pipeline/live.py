"""Which pipelines this process has run: their functions are what a forget may need.

A run is opened anew for every request of the panels; here it finds the notebook's functions again.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from palimpsest.pipeline.execution import Recipe
from palimpsest.tracking.functions import function_ref
from palimpsest.tracking.plan import Plan


@dataclass(frozen=True)
class LivePipeline:
    """The code behind a run.

    Attributes
    ----------
    recipe : Recipe
    parameters : mapping
        Arguments of `prepare` that are no sources.
    functions : mapping of id to callable
        User functions that the plan calls.
    """

    recipe: Recipe
    parameters: Mapping[str, Any]
    functions: Mapping[str, Callable[[Any], Any]]


def functions_named(recipe: Recipe, plan: Plan) -> dict[str, Callable[[Any], Any]]:
    """Find the user functions that a plan calls among what a recipe's functions can see.

    A function whose code has changed since is another one, and is not found.
    """
    wanted = {call.function.name: call.function.id for node in plan.nodes for call in node.calls()}
    found: dict[str, Callable[[Any], Any]] = {}
    roles = (recipe.prepare, recipe.extract_label, recipe.split.function)
    for role in roles:
        seen = inspect.getclosurevars(role) if inspect.isfunction(role) else None
        for names in () if seen is None else (seen.globals, seen.nonlocals):
            for name, identifier in wanted.items():
                function = names.get(name)
                if callable(function) and function_ref(function, None).id == identifier:
                    found[identifier] = function
    return found


_LOCK = threading.Lock()
_LIVE: dict[str, LivePipeline] = {}


def remember_live(run: str, pipeline: LivePipeline) -> None:
    """Note the code behind a run."""
    with _LOCK:
        _LIVE[run] = pipeline


def find_live(run: str) -> LivePipeline | None:
    """Return the code behind a run, when it was run in this process."""
    with _LOCK:
        return _LIVE.get(run)
