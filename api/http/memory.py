"""Memory that a process has freed and keeps: it is given back to the system after a dataset went."""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import Any


def give_back() -> bool:
    """Give freed memory back to the system, and return whether there was any; nothing is done without glibc.

    Its allocator keeps what lies below memory in use (``man malloc_trim``). No lock of Python is held meanwhile.
    """
    trim = _trimmer()
    return trim is not None and bool(trim(0))


@cache
def _trimmer() -> Any:
    """Return the function of glibc; nothing where there is none."""
    if sys.platform != "linux":
        return None
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return None
