"""The renderer: manages the rendering process, which is started on demand, ended when idle, and replaced after a failure.

Rendering needs much memory, holds the interpreter lock and cannot be interrupted; in the serving process it would block
look-ups. See decision 23.
"""

from __future__ import annotations

import atexit
import logging
import os
import pickle
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mabgraph.ingest.errors import Unavailable

from . import renderworker as process
from .turns import Turns

#: Grace period beyond the time limit (seconds): the process ends itself at the limit.
PATIENCE: Final = 2.0
#: The functions of :mod:`.rendering`, which is not imported here.
SPECIFICATION, SVG, PNG, PDF = (f"mabgraph.api.plots.rendering:{name}" for name in ("specification", "svg", "png", "pdf"))
_PROGRAM: Final = "mabgraph.api.plots.renderworker"
_FONTS: Final = Path(__file__).with_name("fonts.conf")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RenderingLimits:
    """Limits of one rendering: seconds, bytes of memory; length of the queue; and the idle seconds after which the process ends."""

    seconds: float = 20.0
    memory: int = 512 << 20
    waiting: int = 8
    idle: float = 60.0


class Renderer:
    """Runs functions of :mod:`.rendering` in the rendering process, one at a time; thread-safe."""

    def __init__(self, limits: RenderingLimits | None = None) -> None:
        """Take the limits; the process is started on demand."""
        self._running: _Running | None = None
        self._limits = limits or RenderingLimits()
        self.limit(self._limits)

    def limit(self, limits: RenderingLimits) -> None:
        """Apply ``limits`` from now on."""
        if limits != self._limits:
            self.close()
        self._limits = limits
        self._turns = Turns("pictures", 1, limits.waiting, limits.seconds)

    def run(self, function: str, *arguments: object) -> bytes:
        """Return the result of ``function`` (``module:name``) with ``arguments`` in the rendering process.

        :raises Unavailable: when the queue is full, the function raises, or the process ends: on a time or memory limit, or by itself.
        """
        asked = pickle.dumps((function, arguments))
        with self._turns.turn():
            running, answer = self._ask(asked)
            if answer is None:
                self._running = None
                raise self._failure(running)
        if answer.startswith(process.RAISED):
            why = answer.removeprefix(process.RAISED).decode()
            _log.error("a picture cannot be drawn: %s", why)
            raise Unavailable(f"this cannot be drawn: {why}; csv and json hold the rows")
        return answer.removeprefix(process.RETURNED)

    def close(self) -> None:
        """End the process, if there is one; requests that wait for it fail and can be retried."""
        running, self._running = self._running, None
        if running is not None:
            running.kill()
            running.end()

    def _ask(self, body: bytes) -> tuple[_Running, bytes | None]:
        """Return the answer of the running process, or of a new one if it had ended before the request."""
        running = self._running
        if running is not None and running.alive:
            answer = running.ask(body, self._limits.seconds)
            # A process that ended before it accepted the request did not fail because of it.
            if answer is not None or (running.end() != 0 and running.asked):
                return running, answer
        if running is not None:
            running.end()
        running = self._running = _Running(self._limits)
        return running, running.ask(body, self._limits.seconds)

    def _failure(self, running: _Running) -> Unavailable:
        """Return the error for a process that ended."""
        limits, code = self._limits, running.end()
        if running.late or code == -signal.SIGALRM:
            why = f"it took longer than {limits.seconds:g} s and was ended"
        elif code == process.EXHAUSTED:
            why = f"it needed more than {limits.memory >> 20} MiB and was ended"
        else:
            why = f"the process that drew it ended ({code}), as it does when it needs more than {limits.memory >> 20} MiB"
        _log.warning("a picture was not drawn: %s", why)
        return Unavailable(f"the picture was not drawn: {why}; ask for fewer estimates, or again later")


class _Running:
    """Client side of one rendering process."""

    def __init__(self, limits: RenderingLimits) -> None:
        """Start the process, without the service's settings in its environment and without system fonts."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("MABGRAPH_")}
        self._popen = subprocess.Popen(
            [sys.executable, "-P", "-m", _PROGRAM, str(limits.seconds), str(limits.memory), str(limits.idle)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=clean | {"FONTCONFIG_FILE": str(_FONTS)}, start_new_session=True,
        )  # fmt: skip
        atexit.register(self.kill)
        self.late = self.asked = False
        self._reaper = threading.Thread(target=self._popen.wait, name="drawing-process", daemon=True)
        self._reaper.start()
        self._read(process.START)

    @property
    def alive(self) -> bool:
        """Whether the process is running."""
        return self._reaper.is_alive()

    def ask(self, body: bytes, seconds: float) -> bytes | None:
        """Return the answer to a request, or None if the process ended."""
        assert self._popen.stdin is not None
        try:
            process.write(self._popen.stdin, body)
        except (OSError, ValueError):  # ValueError: closed meanwhile, by the end of another request
            self.asked = False
            return None
        self.asked = True
        return self._read(seconds + PATIENCE)

    def kill(self) -> None:
        """Kill the process."""
        self._popen.kill()

    def end(self) -> int:
        """Kill the process, if it still runs, and return its exit code."""
        self._reaper.join(PATIENCE)
        self.kill()
        self._reaper.join()
        atexit.unregister(self.kill)
        for pipe in (self._popen.stdin, self._popen.stdout):
            assert pipe is not None
            with suppress(OSError):
                pipe.close()
        return int(self._popen.returncode)

    def _read(self, seconds: float) -> bytes | None:
        """Return the next frame, or None on a timeout, which kills the process."""
        assert self._popen.stdout is not None
        limit = threading.Timer(seconds, self._expire)
        limit.daemon = True
        limit.start()
        try:
            return process.read(self._popen.stdout)
        except ValueError:  # closed meanwhile, by the end of another request
            return None
        finally:
            limit.cancel()

    def _expire(self) -> None:
        self.late = True
        self.kill()


#: The rendering process shared by this process.
SHARED: Final = Renderer()
