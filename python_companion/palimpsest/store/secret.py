"""The workspace's secret, and the keyed hashes made with it.

A keyed hash lets us recognise a record again without keeping it: without the secret, guessing
values and hashing them tells nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from pathlib import Path

from palimpsest.errors import StoreError

FILE_NAME = "secret"
IDENTITY_BYTES = 16
_KEY_BYTES = 32


class Secret:
    """The key of a workspace.

    Parameters
    ----------
    key : bytes
        At least 16 random bytes.
    """

    def __init__(self, key: bytes) -> None:
        self.key = key

    @classmethod
    def of_folder(cls, folder: Path) -> Secret:
        """Read the secret of a folder; make it, readable by its owner only, when there is none."""
        path = folder / FILE_NAME
        try:
            if not path.exists():
                _create(path)
            key = bytes.fromhex(path.read_text("ascii").strip())
        except (OSError, ValueError) as error:
            raise StoreError(
                f"The workspace's secret '{path}' cannot be read ({error}).",
                hint="Restore it: without it, forgotten records cannot be recognised.",
                file=str(path),
            ) from error
        if len(key) < IDENTITY_BYTES:
            raise StoreError(
                f"The workspace's secret '{path}' is too short ({len(key)} bytes).",
                hint="Restore it: without it, forgotten records cannot be recognised.",
                file=str(path),
            )
        return cls(key)

    def digest(self, content: bytes, purpose: bytes) -> bytes:
        """Return the keyed hash of `content`; equal contents of other purposes differ."""
        return hashlib.blake2b(
            content, key=self.key, digest_size=IDENTITY_BYTES, person=purpose
        ).digest()

    def hex(self, text: str, purpose: bytes) -> str:
        """Return the keyed hash of a text in hexadecimal."""
        return self.digest(text.encode("utf-8", "surrogatepass"), purpose).hex()

    def seal(self, key: str, run: str) -> str:
        """Encrypt the hash key of a run (hexadecimal, at most 16 bytes), to be kept in its file."""
        plain = bytes.fromhex(key)
        pad = self.digest(run.encode(), b"seal pad")
        hidden = bytes(a ^ b for a, b in zip(plain, pad, strict=False))
        return f"{hidden.hex()}.{self.digest(plain, b'seal check').hex()[:16]}"

    def unseal(self, sealed: str, run: str) -> str:
        """Decrypt what `seal` gave.

        Raises
        ------
        StoreError
            When it was sealed with another secret.
        """
        hidden, _, check = sealed.partition(".")
        pad = self.digest(run.encode(), b"seal pad")
        plain = bytes(a ^ b for a, b in zip(bytes.fromhex(hidden), pad, strict=False))
        if self.digest(plain, b"seal check").hex()[:16] != check:
            raise StoreError(
                "This run was made with another workspace secret.",
                hint="Put the file 'secret' of its folder beside it.",
            )
        return plain.hex()


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{FILE_NAME}-{secrets.token_hex(4)}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(_KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # the first of two processes wins
            os.link(part, path)
    finally:
        part.unlink()
