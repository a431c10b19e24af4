"""No route of the extension answers anybody but an authorized user."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml
from jupyter_server.auth.authorizer import Authorizer
from tornado.httpclient import HTTPClientError
from tornado.web import RequestHandler

import jupyterlab_palimpsest
from jupyterlab_palimpsest.app import HANDLERS

VERBS = ("get", "head", "post", "delete", "patch", "put")
OPENAPI = yaml.safe_load((Path(jupyterlab_palimpsest.__file__).parent / "openapi.yaml").read_text())


def implemented(handler: type[RequestHandler]) -> list[str]:
    """Give the verbs that a handler answers."""
    return [verb for verb in VERBS if getattr(handler, verb) is not getattr(RequestHandler, verb)]


ROUTES = [(path, verb) for path, handler in HANDLERS for verb in implemented(handler)]


class NobodyMay(Authorizer):
    """Refuses every request and remembers what it was asked."""

    asked: ClassVar[list[str]] = []

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        self.asked.append(resource)
        return False


def test_every_handler_class_of_the_package_has_a_route() -> None:
    modules = [
        importlib.import_module(f"jupyterlab_palimpsest.{module.name}")
        for module in pkgutil.iter_modules(jupyterlab_palimpsest.__path__)
        if module.name != "tests"
    ]
    answering = {
        member
        for module in modules
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, RequestHandler)
        and member.__module__.startswith("jupyterlab_palimpsest.")
        and implemented(member)
    }
    assert answering == {handler for _, handler in HANDLERS}


def test_every_route_is_specified() -> None:
    specified = {
        (path, verb)
        for path, operations in OPENAPI["paths"].items()
        for verb in operations
        if verb in VERBS
    }
    assert specified == set(ROUTES)


@pytest.mark.parametrize(("path", "verb"), ROUTES)
async def test_without_a_token_nothing_answers(jp_fetch: Any, path: str, verb: str) -> None:
    body = "{}" if verb in {"post", "put", "patch"} else None
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch(
            *path.split("/"), method=verb.upper(), body=body, headers={"Authorization": ""}
        )
    assert caught.value.code in {401, 403}


@pytest.mark.parametrize(("path", "verb"), ROUTES)
async def test_the_authorizer_is_asked_for_every_verb(
    jp_serverapp: Any, jp_fetch: Any, path: str, verb: str
) -> None:
    jp_serverapp.web_app.settings["authorizer"] = NobodyMay(parent=jp_serverapp)
    NobodyMay.asked.clear()
    body = "{}" if verb in {"post", "put", "patch"} else None
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch(*path.split("/"), method=verb.upper(), body=body)
    assert caught.value.code == 403
    assert NobodyMay.asked == ["palimpsest"]
