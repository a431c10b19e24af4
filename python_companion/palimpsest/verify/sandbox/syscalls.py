"""A filter of system calls.

No connections, also none to sockets in the file system, which no namespace hides; and nothing that
could look into other processes or take walls down.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
import sys

_CALLS = {
    # connect; then ptrace, process_vm_readv, process_vm_writev, mount, umount2, keyctl, bpf,
    # io_uring_setup (which connects without calling connect), open_by_handle_at, setns
    "x86_64": (0xC000003E, 42, (101, 310, 311, 165, 166, 250, 321, 425, 304, 308)),
    "aarch64": (0xC00000B7, 203, (117, 270, 271, 40, 39, 219, 280, 425, 265, 268)),
}
_FIRST_OF_X32 = 0x40000000

_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _FILTER_MODE = 38, 22, 2


def refuse_calls(*, may_connect: bool = False) -> bool:
    """Refuse these calls to this process and its descendants; tell whether that worked.

    With `may_connect`, all of them but connections.
    """
    known = _CALLS.get(platform.machine()) if sys.platform == "linux" else None
    if known is None:
        return False
    architecture, connect, others = known
    program = _program(architecture, others if may_connect else (connect, *others))
    filter_ = ctypes.create_string_buffer(program, len(program))
    described = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(filter_))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(_PR_SET_SECCOMP, _FILTER_MODE, described, 0, 0) == 0)


def _program(architecture: int, refused: tuple[int, ...]) -> bytes:
    """Return the filter: instructions of 8 bytes, with jumps counted forward."""
    count = len(refused)
    code = [
        (_LOAD, 0, 0, 4),  # the architecture of the call
        (_EQUAL, 0, count + 3, architecture),
        (_LOAD, 0, 0, 0),  # its number
        (_AT_LEAST, count + 1, 0, _FIRST_OF_X32),
        *((_EQUAL, count - i, 0, number) for i, number in enumerate(refused)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    return b"".join(struct.pack("HBBI", *line) for line in code)
