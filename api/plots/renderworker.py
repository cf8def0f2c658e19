"""The rendering process: executes one function after another and writes back their results.

:mod:`.renderer` starts it with three numbers: seconds per function, bytes of memory beyond the memory at
start, and idle seconds after which it ends. Frames of a length (eight bytes) and a body arrive on standard input,
each with a pickled function name and arguments; answers go to standard output.

On Linux it is confined: data by ``RLIMIT_DATA`` (not the address space, ``RLIMIT_AS``, of which
V8 reserves 33 GB and uses little), and ``RLIMIT_NOFILE`` at 0, so that it can open neither a file nor a connection.
``SIGALRM``, which has no handler here, ends it when a function takes too long, even while V8 holds the interpreter lock and after
its parent has ended. While it waits for work, the end of standard input ends it.
"""

from __future__ import annotations

import os
import pickle
import pkgutil
import select
import signal
import sys
from typing import IO, Final

#: Exit code when Python runs out of memory. V8 ends the process by a signal.
EXHAUSTED: Final = 77
#: First byte of a frame: the function returned, or raised.
RETURNED, RAISED = b"+", b"-"
#: Size of the length prefix (bytes).
LENGTH: Final = 8
#: Timeout for loading (seconds).
START: Final = 120.0
#: Increment of nice(2) (0 to 19): on a busy processor, rendering gets about a quarter.
NICE: Final = 5


def main(seconds: float, memory: int, idle: float) -> None:
    """Execute requests until there are none for ``idle`` seconds."""
    signal.setitimer(signal.ITIMER_REAL, START)
    os.nice(NICE)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    from . import rendering

    rendering.rehearse()
    confine(memory)
    write(answers, RETURNED)
    while _wait_for_request(idle):
        signal.setitimer(signal.ITIMER_REAL, seconds)
        body = read(sys.stdin.buffer)
        if body is None:
            return
        write(answers, _answer(body))


def confine(memory: int) -> None:
    """Limit this process to ``memory`` more bytes, and to no more open files."""
    if sys.platform == "linux":
        import resource

        import psutil

        most = psutil.Process().memory_info().data + memory
        for limit, value in ((resource.RLIMIT_DATA, most), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, 0)):
            resource.setrlimit(limit, (value, value))


def read(file: IO[bytes]) -> bytes | None:
    """Return the body of the next frame, or None at end of file."""
    head = file.read(LENGTH)
    body = file.read(int.from_bytes(head)) if len(head) == LENGTH else b""
    return body if body and len(body) == int.from_bytes(head) else None


def write(file: IO[bytes], body: bytes) -> None:
    """Write a frame."""
    file.write(len(body).to_bytes(LENGTH))
    file.write(body)
    file.flush()


def _wait_for_request(idle: float) -> bool:
    """Wait for a request or end of file; return whether either came in time."""
    signal.setitimer(signal.ITIMER_REAL, 0)
    return bool(select.select([0], [], [], idle)[0])


def _answer(body: bytes) -> bytes:
    name, arguments = pickle.loads(body)  # noqa: S301 - written by the process that started this one
    try:
        return RETURNED + bytes(pkgutil.resolve_name(name)(*arguments))
    except MemoryError:
        os._exit(EXHAUSTED)
    except Exception as error:  # noqa: BLE001 - any failure is reported to the caller
        return RAISED + f"{type(error).__name__}: {error}"[:500].encode(errors="replace")


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
    sys.stderr.flush()
    os._exit(0)
