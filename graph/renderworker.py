"""The drawing process: one program beside the one that serves; it runs one function after another and writes back what each returns.

It is started by :mod:`.renderer` with three numbers: seconds for one function, bytes of memory that it may use beyond what the program
takes at rest, and seconds without work after which it ends. Frames of a length (eight bytes) and a body come by its standard input,
the name of a function and its arguments (pickled) in each, and go by its standard output.

The operating system bounds it, where that is Linux: data by ``RLIMIT_DATA`` (the address space, which ``RLIMIT_AS`` bounds, says nothing of
V8: it reserves 33 GB and uses little), and ``RLIMIT_NOFILE`` at 0, so that from then on it can open neither a file nor a connection.
``SIGALRM``, which nothing here handles, ends it when a function takes too long, even where V8 holds the interpreter's lock and where
whoever started it is gone. Where work is waited for, the end of the standard input ends it.
"""

from __future__ import annotations

import os
import pickle
import pkgutil
import select
import signal
import sys
from typing import IO, Final

#: How the program ends when Python finds no more memory. V8 ends it by a signal of its own.
EXHAUSTED: Final = 77
#: What a frame begins with where a function returned, and where it raised.
RETURNED, RAISED = b"+", b"-"
#: Bytes of a frame's length.
LENGTH: Final = 8
#: How long loading may take (seconds).
START: Final = 120.0
#: How much others go first (0 to 19): beside a processor that is busy otherwise, a quarter of it is left for drawing.
NICE: Final = 5


def main(seconds: float, memory: int, idle: float) -> None:
    """Run what is asked for until nobody asks any more."""
    signal.setitimer(signal.ITIMER_REAL, START)
    os.nice(NICE)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    from . import rendering

    rendering.rehearse()
    confine(memory)
    write(answers, RETURNED)
    while _asked(idle):
        signal.setitimer(signal.ITIMER_REAL, seconds)
        body = read(sys.stdin.buffer)
        if body is None:
            return
        write(answers, _answer(body))


def confine(memory: int) -> None:
    """Let this process take ``memory`` more bytes, and open nothing."""
    if sys.platform == "linux":
        import resource

        import psutil

        most = psutil.Process().memory_info().data + memory
        for limit, value in ((resource.RLIMIT_DATA, most), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, 0)):
            resource.setrlimit(limit, (value, value))


def read(file: IO[bytes]) -> bytes | None:
    """Return the body of the next frame, or none where the other side is gone."""
    head = file.read(LENGTH)
    body = file.read(int.from_bytes(head)) if len(head) == LENGTH else b""
    return body if body and len(body) == int.from_bytes(head) else None


def write(file: IO[bytes], body: bytes) -> None:
    """Write a frame."""
    file.write(len(body).to_bytes(LENGTH))
    file.write(body)
    file.flush()


def _asked(idle: float) -> bool:
    """Wait for work or the end of the other side; return whether either came in time."""
    signal.setitimer(signal.ITIMER_REAL, 0)
    return bool(select.select([0], [], [], idle)[0])


def _answer(body: bytes) -> bytes:
    name, arguments = pickle.loads(body)  # noqa: S301 - written by the process that started this one
    try:
        return RETURNED + bytes(pkgutil.resolve_name(name)(*arguments))
    except MemoryError:
        os._exit(EXHAUSTED)
    except Exception as error:  # noqa: BLE001 - whatever it is, whoever asked is told
        return RAISED + f"{type(error).__name__}: {error}"[:500].encode(errors="replace")


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
    sys.stderr.flush()
    os._exit(0)
