"""Workers: what the processes of a pool have in common that read records side by side."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

#: No pool has more processes: Windows cannot wait for more.
MOST: Final = 61


def start_pool(jobs: int, begin: Callable[..., None] | None = None, *arguments: Any) -> ProcessPoolExecutor:
    """Return a pool of ``jobs`` processes, :data:`MOST` at most, each of which begins with ``begin(*arguments)``.

    They start from nothing (spawn), on every system alike, and end with this process however it ends.
    """
    return ProcessPoolExecutor(min(jobs, MOST), mp_context=get_context("spawn"), initializer=_begin, initargs=(begin, arguments))


def _begin(begin: Callable[..., None] | None, arguments: tuple[Any, ...]) -> None:
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    if begin is not None:
        begin(*arguments)


def _end_with_parent() -> None:
    """End this process when the one that started it has ended: after a signal that none can catch, it would wait for records for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
