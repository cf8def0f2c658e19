"""Confinement: restricts what a process that evaluates untrusted queries may request from the operating system.

Three mechanisms, each where the system provides it:

- an open-file limit of zero (POSIX): no file, socket or pipe can be opened;
- a data-segment limit (Linux): no memory beyond the limit can be allocated;
- seccomp (Linux on x86-64 and AArch64): only an allowlist of system calls can be made.

An on-disk store opens its files as it needs them. There seccomp allows opening files read-only, and Landlock (Linux 5.13)
restricts that to the folder of the store.

References: seccomp(2), landlock(7), setrlimit(2), and Documentation/userspace-api/seccomp_filter.rst of the Linux kernel.
"""

from __future__ import annotations

import ctypes
import os
import platform
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

#: What confinement guarantees: no file can be opened (except read-only those of an on-disk store), no connection, no more memory.
PROMISES: Final = ("files", "connections", "memory")

#: System call numbers by machine (x86-64, AArch64); None where the machine has no such call.
_ALWAYS: Final[dict[str, tuple[int | None, int | None]]] = {
    "read": (0, 63), "write": (1, 64), "readv": (19, 65), "writev": (20, 66), "close": (3, 57), "lseek": (8, 62),
    "mmap": (9, 222), "munmap": (11, 215), "mremap": (25, 216), "mprotect": (10, 226), "madvise": (28, 233), "brk": (12, 214),
    "futex": (202, 98), "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "sigaltstack": (131, 132),
    "set_robust_list": (273, 99), "rseq": (334, 293), "set_tid_address": (218, 96), "gettid": (186, 178), "getpid": (39, 172),
    "exit": (60, 93), "exit_group": (231, 94), "restart_syscall": (219, 128), "clock_gettime": (228, 113), "gettimeofday": (96, 169),
    "clock_nanosleep": (230, 115), "nanosleep": (35, 101), "getrandom": (318, 278), "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123), "poll": (7, None), "ppoll": (271, 73), "fstat": (5, 80), "getrusage": (98, 165),
    "membarrier": (324, 283), "uname": (63, 160), "sysinfo": (99, 179),
}  # fmt: skip
_FOR_A_STORE: Final[dict[str, tuple[int | None, int | None]]] = {
    "pread64": (17, 67), "preadv": (295, 69), "newfstatat": (262, 79), "statx": (332, 291), "getdents64": (217, 61),
    "fadvise64": (221, 223), "readahead": (187, 213), "access": (21, None), "faccessat": (269, 48), "faccessat2": (439, 439),
    "fcntl": (72, 25), "stat": (4, None), "lstat": (6, None), "statfs": (137, 43), "fstatfs": (138, 44), "ioctl": (16, 29),
}  # fmt: skip
#: The supported machines: their index in a pair, and AUDIT_ARCH of <linux/audit.h>.
_MACHINES: Final = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_CLONE: Final = (56, 220)
_CLONE3: Final = (435, 435)
_TGKILL: Final = (234, 131)
_OPENAT: Final = (257, 56)

_CLONE_THREAD: Final = 0x00010000
_EPERM, _ENOSYS = 1, 38
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
#: Offsets in struct seccomp_data: number, machine, first and third argument (low halves, little endian).
_NR, _ARCH, _ARG0, _ARG2 = 0, 4, 16, 32
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _PR_SET_PDEATHSIG = 38, 22, 1
_SECCOMP_MODE_FILTER: Final = 2


def supported_promises(on_disk: bool = False) -> frozenset[str]:
    """Return which of :data:`PROMISES` this system can enforce; ``on_disk``: for an on-disk store."""
    if sys.platform == "win32":
        return frozenset()
    kept = {"memory"} if sys.platform == "linux" else set()
    if not on_disk:
        return frozenset(kept | {"files", "connections"})
    if sys.platform == "linux" and platform.machine() in _MACHINES:
        kept.add("connections")
        if _landlock_version() > 0:
            kept.add("files")
    return frozenset(kept)


def confine(memory: int, store: Path | None = None) -> None:
    """Confine this process irrevocably: it may allocate ``memory`` more bytes, and read files of its on-disk ``store`` only.

    :raises OSError: when a mechanism of this system fails.
    """
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        limit = _data_bytes() + memory
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
        if store is not None:
            with suppress(OSError):
                _allow_reading_below(store)
    if store is None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    if sys.platform == "linux" and platform.machine() in _MACHINES:
        _filter_calls(on_disk=store is not None)


def end_with_parent() -> None:
    """Have the system end this process when its parent ends (Linux; a no-op elsewhere)."""
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, 9)


def broken_promises() -> list[str]:
    """Return which promises do not hold in this process; tested by opening an existing file and a socket."""
    trials: dict[str, Callable[[], None]] = {"files": _try_file, "connections": _try_connection}
    broken = []
    for promise, attempt in trials.items():
        try:
            attempt()
        except OSError:
            continue
        broken.append(promise)
    return broken


def _try_file() -> None:
    os.close(os.open("/", os.O_RDONLY))


def _try_connection() -> None:
    socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()


def _data_bytes() -> int:
    """Return the data segment size of this process as RLIMIT_DATA counts it (bytes)."""
    for line in Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * 1024
    raise OSError("/proc/self/status does not say how much data this process has")


def _filter_calls(*, on_disk: bool) -> None:
    """Allow the listed system calls only; any other fails with EPERM."""
    place, machine = _MACHINES[platform.machine()]
    allowed = [pair[place] for pair in (_ALWAYS | (_FOR_A_STORE if on_disk else {})).values()]
    program = [(0x20, 0, 0, _ARCH), (0x15, 1, 0, machine), (0x06, 0, 0, _KILL), (0x20, 0, 0, _NR)]
    for number in allowed:
        if number is not None:
            program += [(0x15, 0, 1, number), (0x06, 0, 0, _ALLOW)]
    # Threads may be started, processes not: clone needs CLONE_THREAD. clone3 hides its flags, so ENOSYS makes the C library use clone.
    program += [(0x15, 0, 1, _CLONE3[place]), (0x06, 0, 0, _ERRNO | _ENOSYS)]
    program += _allow_where(_CLONE[place], _ARG0, 0x45, _CLONE_THREAD)
    # A process may signal itself, which is how it aborts when it runs out of memory.
    program += _allow_where(_TGKILL[place], _ARG0, 0x15, os.getpid())
    if on_disk:
        # openat only with O_RDONLY (the lowest two bits) and without O_CREAT, O_TRUNC.
        writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
        program += _allow_where(_OPENAT[place], _ARG2, 0x45, writing, allowed=False)
    program.append((0x06, 0, 0, _ERRNO | _EPERM))
    packed = b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
    buffer = ctypes.create_string_buffer(packed, len(packed))
    filter_program = ctypes.create_string_buffer(struct.pack("@HxxxxxxP", len(program), ctypes.addressof(buffer)))
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(filter_program))


def _allow_where(call: int, argument: int, compare: int, value: int, *, allowed: bool = True) -> list[tuple[int, int, int, int]]:
    """Return instructions that allow a system call only if its argument meets ``compare`` with ``value`` (unless, if not ``allowed``)."""
    yes, no = ((0x06, 0, 0, _ALLOW), (0x06, 0, 0, _ERRNO | _EPERM))[:: 1 if allowed else -1]
    return [(0x15, 0, 4, call), (0x20, 0, 0, argument), (compare, 0, 1, value), yes, no]


def _prctl(option: int, *arguments: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    padded = [ctypes.c_ulong(each) for each in (*arguments, 0, 0, 0, 0)[:4]]
    if library.prctl(ctypes.c_int(option), *padded) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"prctl({option}): {os.strerror(number)}")


_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
#: File rights that version 1 of Landlock knows (all are revoked), and those to read (kept below the folder).
_ALL_RIGHTS, _READING = (1 << 13) - 1, (1 << 2) | (1 << 3)


def _landlock_version() -> int:
    library = ctypes.CDLL(None, use_errno=True)
    return int(library.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint(1)))


def _allow_reading_below(folder: Path) -> None:
    """Revoke every file right except reading below ``folder``.

    :raises OSError: when the system has no Landlock, or it fails.
    """
    library = ctypes.CDLL(None, use_errno=True)
    rights = struct.pack("@Q", _ALL_RIGHTS)
    rules = library.syscall(_LANDLOCK_CREATE, rights, ctypes.c_size_t(len(rights)), ctypes.c_uint(0))
    if rules < 0:
        raise OSError(ctypes.get_errno(), "landlock_create_ruleset")
    directory = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    try:
        rule = struct.pack("=Qi", _READING, directory)
        if library.syscall(_LANDLOCK_ADD, rules, 1, rule, ctypes.c_uint(0)) != 0:
            raise OSError(ctypes.get_errno(), "landlock_add_rule")
        _prctl(_PR_SET_NO_NEW_PRIVS, 1)
        if library.syscall(_LANDLOCK_RESTRICT, rules, ctypes.c_uint(0)) != 0:
            raise OSError(ctypes.get_errno(), "landlock_restrict_self")
    finally:
        os.close(directory)
        os.close(rules)
