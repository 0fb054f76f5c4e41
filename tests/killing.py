"""Forked processes that are killed at one of their changes of files, seen by ptrace."""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import sys
import traceback
import warnings
from collections.abc import Callable
from typing import NoReturn

CHANGES = {
    "x86_64": "write 1, open 2, pwrite64 18, writev 20, sendfile 40, fsync 74, fdatasync 75, "
    "truncate 76, ftruncate 77, rename 82, mkdir 83, rmdir 84, creat 85, link 86, unlink 87, "
    "symlink 88, chmod 90, fchmod 91, openat 257, mkdirat 258, unlinkat 263, renameat 264, "
    "linkat 265, symlinkat 266, fchmodat 268, utimensat 280, fallocate 285, pwritev 296, "
    "renameat2 316, copy_file_range 326, pwritev2 328",
    "aarch64": "mkdirat 34, unlinkat 35, symlinkat 36, linkat 37, renameat 38, truncate 45, "
    "ftruncate 46, fallocate 47, fchmod 52, fchmodat 53, openat 56, write 64, writev 66, "
    "pwrite64 68, pwritev 70, sendfile 71, fsync 82, fdatasync 83, utimensat 88, renameat2 276, "
    "copy_file_range 285, pwritev2 287",
}
"""Numbers of the system calls that change files, by machine."""
OPENING = {"open": 1, "openat": 2}
"""Which of their arguments holds the flags."""

TRACE_ME, SYSCALL, SET_OPTIONS, SYSCALL_INFO = 0, 24, 0x4200, 0x420E
TRACE_SYSGOOD, EXIT_KILL = 0x1, 0x100000
STOPPED_AT_CALL = signal.SIGTRAP | 0x80
ENTRY = 1


class _Info(ctypes.Structure):
    """What the kernel tells of a system call that is about to begin."""

    _fields_ = (
        ("op", ctypes.c_uint8),
        ("arch", ctypes.c_uint32),
        ("instruction", ctypes.c_uint64),
        ("stack", ctypes.c_uint64),
        ("number", ctypes.c_uint64),
        ("arguments", ctypes.c_uint64 * 6),
        ("rest", ctypes.c_uint64 * 2),
    )


def forked(work: Callable[[], object], *, traced: bool = False) -> int:
    """Run `work` in a forked process; return its id. It exits with 0, or 1 if `work` raises."""
    with warnings.catch_warnings():  # threads of libraries hold no lock that `work` takes
        warnings.simplefilter("ignore", DeprecationWarning)
        process = os.fork()
    if process == 0:
        _work(work, traced)
    return process


def _work(work: Callable[[], object], traced: bool) -> NoReturn:
    status = 1
    try:
        if traced:
            _ptrace(TRACE_ME, 0, 0, 0)
            os.kill(os.getpid(), signal.SIGSTOP)
        work()
        status = 0
    except BaseException:  # noqa: BLE001 - nothing of the tests may go on in this process
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def killed_at(number: int, work: Callable[[], object]) -> int | None:
    """Run `work` in a forked process and kill it just before its change of that number, from 1.

    Return None if it was killed, or how many changes it made. Raises OSError where processes
    cannot be traced.
    """
    process = forked(work, traced=True)
    os.waitpid(process, 0)
    _ptrace(SET_OPTIONS, process, 0, TRACE_SYSGOOD | EXIT_KILL)
    changes, passed_on = 0, 0
    while True:
        _ptrace(SYSCALL, process, 0, passed_on)
        _, status = os.waitpid(process, 0)
        if not os.WIFSTOPPED(status):
            if os.waitstatus_to_exitcode(status) != 0:
                raise AssertionError(f"the work itself failed: {status}")
            return changes
        stopped = os.WSTOPSIG(status)
        passed_on = 0 if stopped == STOPPED_AT_CALL else stopped
        if stopped == STOPPED_AT_CALL and _changes_files(process):
            changes += 1
            if changes == number:
                os.kill(process, signal.SIGKILL)
                os.waitpid(process, 0)
                return None


def can_trace() -> bool:
    """Return whether changes of files can be seen here."""
    if sys.platform != "linux" or platform.machine() not in CHANGES:
        return False
    try:
        return killed_at(1, lambda: None) == 0
    except OSError:
        return False


def _changes_files(process: int) -> bool:
    info = _Info()
    _ptrace(SYSCALL_INFO, process, ctypes.sizeof(info), ctypes.addressof(info))
    name = _names.get(info.number) if info.op == ENTRY else None
    if name in OPENING:
        return bool(info.arguments[OPENING[name]] & (os.O_CREAT | os.O_TRUNC))
    return name is not None


_pairs = (pair.split() for pair in CHANGES.get(platform.machine(), "").split(",") if pair)
_names = {int(number): name for name, number in _pairs}


if sys.platform == "linux":
    _call = ctypes.CDLL(None, use_errno=True).ptrace
    _call.restype = ctypes.c_long
    _call.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def _ptrace(request: int, process: int, address: int, data: int) -> None:
    if _call(request, process, address, data) == -1:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
