"""Where sources come from, as people write it: paths of files, and URLs of databases."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_SQLITE = re.compile(r"(sqlite(?:\+\w+)?)://(?:/(?P<file>[^?]*))?(?P<options>\?.*)?$")


def is_url(address: str | os.PathLike[str]) -> bool:
    """Tell URLs from paths."""
    return _URL.match(os.fspath(address)) is not None


def address_of(given: str | os.PathLike[str]) -> str:
    """Return an address that can be kept: absolute, and without a password.

    Examples
    --------
    >>> address_of("postgresql://anna:secret@host/mails")
    'postgresql://anna@host/mails'
    """
    text = os.fspath(given)
    if not is_url(text):
        return str(Path(text).absolute())
    sqlite = _SQLITE.match(text)
    if sqlite is not None and sqlite["file"] and sqlite["file"] != ":memory:":
        return f"{sqlite[1]}:///{Path(sqlite['file']).absolute()}"
    parts = urlsplit(text)
    if "@" not in parts.netloc:
        return text
    place = parts.netloc.rpartition("@")
    user = place[0].partition(":")[0]
    return parts._replace(netloc=f"{user}@{place[2]}" if user else place[2]).geturl()


def file_behind(address: str) -> str | None:
    """Return the file that an address stands for; None when it is elsewhere.

    Examples
    --------
    >>> file_behind("sqlite:///mails.db")
    'mails.db'
    >>> file_behind("https://example.org/mails.csv")
    """
    if not is_url(address):
        return address
    sqlite = _SQLITE.match(address)
    if sqlite is None or not sqlite["file"] or sqlite["file"] == ":memory:":
        return None
    return sqlite["file"]
