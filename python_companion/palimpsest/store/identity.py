"""Who a record is: a keyed hash that survives re-reading its source.

With declared key columns it is a hash of the key as text, so that it does not matter whether the
key was read as a number or as text. Without, it is a hash of the whole row as it was read; rows
with equal content are told apart by counting them. The *scheme* says which it is, and for content
also which columns and dtypes were read: identities are comparable within one scheme only.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from palimpsest.errors import InvalidArgumentError
from palimpsest.store.secret import IDENTITY_BYTES, Secret

Identities = npt.NDArray[np.uint8]

_PURPOSE = b"record"


def identity_scheme(frame: pd.DataFrame, keys: Sequence[str] | None) -> str:
    """Name how records of a frame are identified.

    Examples
    --------
    >>> identity_scheme(pd.DataFrame({"id": [1]}), ["id"])
    'keys:["id"]'
    """
    if keys is not None:
        return "keys:" + json.dumps(list(keys))
    columns = [[str(name), str(dtype)] for name, dtype in frame.dtypes.items()]
    return "content:" + hashlib.sha256(json.dumps(columns).encode()).hexdigest()[:16]


def identify(
    frame: pd.DataFrame, keys: Sequence[str] | None, secret: Secret, source: str
) -> Identities:
    """Return the identity of each row, shape (n, 16).

    Parameters
    ----------
    frame : DataFrame
        The source as it was read, complete and in its order.
    keys : sequence of str or None
        Declared key columns.
    secret : Secret
    source : str
        Its name, for errors.
    """
    if not len(frame):
        return np.empty((0, IDENTITY_BYTES), dtype=np.uint8)
    return _told_apart(_untold(frame, keys, secret, source), secret)


def identify_more(
    frame: pd.DataFrame,
    keys: Sequence[str] | None,
    secret: Secret,
    source: str,
    known: Identities,
) -> Identities:
    """Return identities of rows that come to a source, none of which is `known`; see `identify`."""
    bases = _untold(frame, keys, secret, source)
    held = _held(known, bases)
    given: set[bytes] = set()
    found = []
    for base in _bytes_of(bases):
        identity, occurrence = base, 0
        while identity in held or identity in given:
            occurrence += 1
            identity = _numbered(base, occurrence, secret)
            held |= _held(known, _rows_of([identity]))
        given.add(identity)
        found.append(identity)
    return _rows_of(found)


def occurrences(
    frame: pd.DataFrame,
    keys: Sequence[str] | None,
    secret: Secret,
    source: str,
    known: Identities,
) -> list[list[int]]:
    """Return for each row of a frame where in `known` its first, second, ... occurrence is."""
    bases = _bytes_of(_untold(frame, keys, secret, source))
    found: dict[bytes, list[int]] = {base: [] for base in bases}
    asked = {base: base for base in bases}
    while asked:
        held = _held(known, _rows_of(list(asked.values())))
        asked = {base: identity for base, identity in asked.items() if identity in held}
        for base, identity in asked.items():
            found[base].append(held[identity])
            asked[base] = _numbered(base, len(found[base]), secret)
    return [list(found[base]) for base in bases]


def cell_digest(value: Any, secret: Secret) -> bytes:
    """Return a keyed hash of one cell, the same whether it was read as a number or as text."""
    return secret.digest(_text(value), b"cell")


def _untold(
    frame: pd.DataFrame, keys: Sequence[str] | None, secret: Secret, source: str
) -> Identities:
    """Return identities by which equal rows are not told apart yet."""
    pieces = _content_hashes(frame, secret) if keys is None else _key_texts(frame, keys, source)
    key = secret.key
    joined = b"".join(
        hashlib.blake2b(piece, key=key, digest_size=IDENTITY_BYTES, person=_PURPOSE).digest()
        for piece in pieces
    )
    return np.frombuffer(joined, dtype=np.uint8).reshape(-1, IDENTITY_BYTES).copy()


def _held(known: Identities, wanted: Identities) -> dict[bytes, int]:
    """Find rows of `known`, in one pass over it: those that may be `wanted`, by identity."""
    near = np.flatnonzero(pd.Series(_first_half(known)).isin(_first_half(wanted)).to_numpy())
    return dict(zip(_bytes_of(known[near]), near.tolist(), strict=True))


def _first_half(identities: Identities) -> npt.NDArray[np.uint64]:
    half: npt.NDArray[np.uint64] = np.ascontiguousarray(identities[:, :8]).view(np.uint64).ravel()
    return half


def _bytes_of(identities: Identities) -> list[bytes]:
    return [identity.tobytes() for identity in identities]


def _rows_of(identities: Sequence[bytes]) -> Identities:
    joined = np.frombuffer(b"".join(identities), dtype=np.uint8)
    return joined.reshape(-1, IDENTITY_BYTES).copy()


def _numbered(identity: bytes, occurrence: int, secret: Secret) -> bytes:
    return secret.digest(identity + occurrence.to_bytes(8, "little"), b"occurrence")


def _key_texts(frame: pd.DataFrame, keys: Sequence[str], source: str) -> list[bytes]:
    missing = [key for key in keys if key not in frame.columns]
    if missing or not keys:
        raise InvalidArgumentError(
            f"The declared key {list(keys)} of source '{source}' names "
            + (f"{missing}, which it has not." if missing else "no column."),
            hint=f"It has: {', '.join(map(str, frame.columns))}.",
        )
    columns = [[_text(value) for value in frame[key].astype(object)] for key in keys]
    return [
        b"".join(len(text).to_bytes(4, "little") + text for text in row)
        for row in zip(*columns, strict=True)
    ]


def _text(value: Any) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    if value is None or value is pd.NA or value is pd.NaT:
        return b"\0missing"
    if isinstance(value, float):
        if math.isnan(value):
            return b"\0missing"
        value = int(value) if value.is_integer() else value
    return str(value).encode("utf-8", "surrogatepass")


def _content_hashes(frame: pd.DataFrame, secret: Secret) -> list[bytes]:
    # 64 bits a cell, hashed again with the secret: no cell can be guessed from the identity.
    hash_key = secret.hex("content", b"identity")[:16]
    hashes = np.empty((len(frame), frame.shape[1]), dtype=np.uint64)
    for position in range(frame.shape[1]):
        hashes[:, position] = _cell_hashes(frame.iloc[:, position], hash_key)
    data = hashes.tobytes()
    width = hashes.shape[1] * 8
    return [data[start : start + width] for start in range(0, len(data), width)] if width else []


def _cell_hashes(values: pd.Series, hash_key: str) -> npt.NDArray[np.uint64]:
    try:
        hashed = pd.util.hash_pandas_object(values, index=False, hash_key=hash_key)
    except TypeError:  # lists and dicts
        text = values.map(repr)
        hashed = pd.util.hash_pandas_object(text, index=False, hash_key=hash_key)
    cells: npt.NDArray[np.uint64] = hashed.to_numpy(dtype=np.uint64)
    return cells


def _told_apart(identities: Identities, secret: Secret) -> Identities:
    """Give the second and later of equal rows identities of their own."""
    whole = identities.view(f"V{IDENTITY_BYTES}").ravel()
    _, inverse, counts = np.unique(whole, return_inverse=True, return_counts=True)
    if (counts == 1).all():
        return identities
    occurrence = pd.Series(inverse).groupby(inverse).cumcount().to_numpy()
    for row in np.flatnonzero(occurrence).tolist():
        digest = _numbered(identities[row].tobytes(), int(occurrence[row]), secret)
        identities[row] = np.frombuffer(digest, dtype=np.uint8)
    return identities
