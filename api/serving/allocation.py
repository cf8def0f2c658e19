"""Allocation: settings of glibc's allocator for processes that answer for long; it reads them when a program starts."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Final

#: The variable that glibc reads.
VARIABLE: Final = "GLIBC_TUNABLES"
#: Huge pages, and a larger thread cache (measured: 3 to 10 % faster under load, an estimate of one long process 40 %).
ALLOCATION: Final = "glibc.malloc.hugetlb=1:glibc.malloc.tcache_count=512"


def set_for_children() -> None:
    """Let the processes that this one starts have the settings, unless the variable has a value."""
    os.environ.setdefault(VARIABLE, ALLOCATION)


def begin_again() -> None:
    """Begin this process again with the settings, as the same process with the same files; nothing may have been read from them.

    It does nothing where the variable has a value, so it does so once, and nothing but on Linux: other systems have no such settings. A
    program that calls a command with arguments of its own, as tests do, is never begun again.
    """
    arguments = sys.argv[1:]
    if not arguments or sys.orig_argv[-len(arguments) :] != arguments:
        return
    if sys.platform != "linux" or VARIABLE in os.environ or not sys.executable:
        return
    with suppress(OSError):
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, VARIABLE: ALLOCATION})  # noqa: S606 - itself
