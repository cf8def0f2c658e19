"""Renderer: a process of its own that draws, started when a picture is asked for, ended when none is, and replaced when it has to end.

What draws is large, holds the interpreter's lock while it works, and cannot be stopped: beside those who look something up it would make
them wait. See decision 23.
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

#: How much longer than its limit a drawing is waited for (seconds): the process ends itself at the limit.
PATIENCE: Final = 2.0
#: What it does: see :mod:`.rendering`, which is not loaded here.
SPECIFICATION, SVG, PNG, PDF = (f"mabgraph.graph.rendering:{name}" for name in ("specification", "svg", "png", "pdf"))
_PROGRAM: Final = "mabgraph.graph.renderworker"
_FONTS: Final = Path(__file__).with_name("fonts.conf")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one drawing may take: seconds, bytes of memory; how many wait for their turn; after how many idle seconds the process ends."""

    seconds: float = 20.0
    memory: int = 512 << 20
    waiting: int = 8
    idle: float = 60.0


class Renderer:
    """Runs functions of :mod:`.rendering` in the drawing process, one at a time; ask it from any thread."""

    def __init__(self, limits: Limits | None = None) -> None:
        """Take the limits; nothing is started yet."""
        self._running: _Running | None = None
        self._limits = limits or Limits()
        self.limit(self._limits)

    def limit(self, limits: Limits) -> None:
        """Go by ``limits`` from now on."""
        if limits != self._limits:
            self.close()
        self._limits = limits
        self._turns = Turns("pictures", 1, limits.waiting, limits.seconds)

    def run(self, function: str, *arguments: object) -> bytes:
        """Return what ``function`` (``module:name``) returns of ``arguments`` in the drawing process.

        :raises Unavailable: when too many wait, or the function raises, or the process had to end: for time, for memory, or by itself.
        """
        asked = pickle.dumps((function, arguments))
        with self._turns.turn():
            running, answer = self._ask(asked)
            if answer is None:
                self._running = None
                raise self._lost(running)
        if answer.startswith(process.RAISED):
            why = answer.removeprefix(process.RAISED).decode()
            _log.error("a picture cannot be drawn: %s", why)
            raise Unavailable(f"this cannot be drawn: {why}; csv and json hold the rows")
        return answer.removeprefix(process.RETURNED)

    def close(self) -> None:
        """End the process, if there is one; whoever waits for a drawing of it is told to ask again."""
        running, self._running = self._running, None
        if running is not None:
            running.kill()
            running.end()

    def _ask(self, body: bytes) -> tuple[_Running, bytes | None]:
        """Return the answer of the process that runs, or of a new one where that has ended before it was asked."""
        running = self._running
        if running is not None and running.alive:
            answer = running.ask(body, self._limits.seconds)
            # One that had ended before it took the request is not to blame for it, whatever it ended with.
            if answer is not None or (running.end() != 0 and running.asked):
                return running, answer
        if running is not None:
            running.end()
        running = self._running = _Running(self._limits)
        return running, running.ask(body, self._limits.seconds)

    def _lost(self, running: _Running) -> Unavailable:
        """Return why the process had to end."""
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
    """One drawing process."""

    def __init__(self, limits: Limits) -> None:
        """Start it. What it finds in its environment are no settings of the service, and no fonts of the system."""
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
        """Whether it has not ended."""
        return self._reaper.is_alive()

    def ask(self, body: bytes, seconds: float) -> bytes | None:
        """Return the answer to a request, or none where the process has ended."""
        assert self._popen.stdin is not None
        try:
            process.write(self._popen.stdin, body)
        except OSError:
            self.asked = False
            return None
        self.asked = True
        return self._read(seconds + PATIENCE)

    def kill(self) -> None:
        """End it now."""
        self._popen.kill()

    def end(self) -> int:
        """End it, and return its exit code: that of its own, where it has ended already."""
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
        """Return the next frame, or none where none comes in time: then the process is ended."""
        assert self._popen.stdout is not None
        limit = threading.Timer(seconds, self._expire)
        limit.daemon = True
        limit.start()
        try:
            return process.read(self._popen.stdout)
        finally:
            limit.cancel()

    def _expire(self) -> None:
        self.late = True
        self.kill()


#: The drawing process of this one.
SHARED: Final = Renderer()
