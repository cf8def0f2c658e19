"""The fork server: loads the dataset once and forks an evaluator per slot, which takes a few milliseconds.

:mod:`.evaluators` starts it with ``python -m mabgraph.graph.sparql.forkserver DESCRIPTOR`` and sends the settings, then commands of
nine bytes (a letter and a number): ``F`` forks a confined evaluator, ``S`` one that may connect to other hosts (for permitted
``SERVICE`` calls), each with the socket for its answers; ``K`` kills one; ``R`` reloads the update graphs. It reports in frames which
evaluator has ended, and its exit status.

It has one thread, so that forking is safe, and never parses untrusted input: only evaluators receive query texts.
"""

from __future__ import annotations

import gc
import os
import resource
import select
import signal
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from mabgraph.ingest.errors import MabgraphError

from ..store import dataset, vocabulary
from ..store.store import EngineStore, open_on_disk
from . import confinement, frames
from .evaluation import Query, QueryOutcome, Sink, evaluate
from .updates import Scratch

#: Stack of the evaluation thread (bytes of address space): parsing nested and long queries is recursive.
STACK: Final = 1 << 30
#: Increment of nice(2) for evaluators: look-ups have priority over queries.
STEP_BACK: Final = 10


class ForkServer:
    """A loaded dataset and the evaluators forked from it."""

    def __init__(self, settings: dict[str, Any], control: socket.socket) -> None:
        """Open the dataset in ``settings``; see :class:`.evaluators.Source`.

        :raises BuildError: when it cannot be opened.
        """
        self._control = control
        self._memory, self._longest = int(settings["memory"]), int(settings["answer"])
        folder = Path(settings["folder"])
        self._on_disk = folder / dataset.STORE if dataset.is_on_disk(folder) else None
        self._updates = Path(settings["updates"]) if settings["updates"] else None
        self._published: EngineStore | None = None
        self._scratch: Scratch | None = None
        self._processes: dict[int, int] = {}
        if self._on_disk is None or self._updates:
            opened = dataset.open_version(folder)
            assert isinstance(opened.store, EngineStore)
            self._published = opened.store
            self._graphs = [vocabulary.graph(name) for name in opened.manifest.graphs]
            self._on_disk = None
        self._refresh()
        vocabulary.prefixes()  # cached now: a confined evaluator cannot open the file
        gc.collect()
        gc.freeze()

    def serve(self) -> None:
        """Execute commands until the control socket closes, then kill all evaluators."""
        awake, wakes = os.pipe()
        os.set_blocking(wakes, False)
        signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        self._own = (awake, wakes)
        with suppress(OSError):
            while True:
                ready, _, _ = select.select([self._control.fileno(), awake], [], [])
                if awake in ready:
                    os.read(awake, 4096)
                    self._reap()
                if self._control.fileno() in ready and not self._command():
                    break
        for process in self._processes.values():
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def _command(self) -> bool:
        """Execute the next command; return false at the end of the stream."""
        text, descriptors, _, _ = socket.recv_fds(self._control, frames.COMMAND.size, 1)
        while text and len(text) < frames.COMMAND.size:
            more = self._control.recv(frames.COMMAND.size - len(text))
            if not more:
                return False
            text += more
        if not text:
            return False
        letter, number = frames.COMMAND.unpack(text)
        if letter in {b"F", b"S"}:
            self._fork(number, descriptors[0], confined=letter == b"F")
        elif letter == b"K" and number in self._processes:
            os.kill(self._processes[number], signal.SIGKILL)
        elif letter == b"R":
            self._refresh()
        return True

    def _refresh(self) -> None:
        """Reload the update graphs."""
        self._store = self._published
        if self._updates and self._published is not None:
            self._scratch = Scratch(self._updates)
            self._store = self._scratch.combine_with(self._published, self._graphs)

    def _fork(self, number: int, channel: int, *, confined: bool) -> None:
        parent = os.getpid()
        process = os.fork()
        if process:
            os.close(channel)
            self._processes[number] = process
            return
        try:
            self._become_evaluator(parent, channel, confined=confined)
        finally:
            os._exit(1)

    def _become_evaluator(self, parent: int, channel: int, *, confined: bool) -> None:
        """Answer on ``channel``, confined, until it closes; never returns to the fork server's loop."""
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        confinement.end_with_parent()
        if os.getppid() != parent:
            return
        for descriptor in (self._control.fileno(), *self._own):
            os.close(descriptor)
        # The engine's own stderr output on memory exhaustion is discarded: the serving process reports the reason.
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stderr.fileno())
        os.close(null)
        with suppress(OSError):
            os.nice(STEP_BACK)
        store = self._store if self._on_disk is None else open_on_disk(self._on_disk)
        assert store is not None
        threading.stack_size(STACK)
        if confined:
            confinement.confine(self._memory + STACK, self._on_disk)
        broken = confinement.broken_promises() if confined else []
        at_rest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

        def work() -> None:
            frames.send(channel, {"broken": broken})
            while (frame := frames.receive(channel)) is not None:
                outcome = _answer(store, self._scratch, *frame, self._longest)
                grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - at_rest
                frames.send(channel, outcome.header() | {"grown": grown}, outcome.body)

        thread = threading.Thread(target=work, name="evaluator", daemon=True)
        thread.start()
        thread.join()
        os._exit(0)

    def _reap(self) -> None:
        """Report which evaluators have ended."""
        with suppress(ChildProcessError):
            while True:
                process, status = os.waitpid(-1, os.WNOHANG)
                if not process:
                    return
                number = next((each for each, other in self._processes.items() if other == process), None)
                if number is not None:
                    del self._processes[number]
                    frames.send(self._control.fileno(), {"ended": number, "status": os.waitstatus_to_exitcode(status)})


def _answer(store: EngineStore, scratch: Scratch | None, header: frames.Header, text: bytes, longest: int) -> QueryOutcome:
    """Return the outcome of a frame: of its query, or, with ``published`` in the header, of its update."""
    sink = Sink(longest)
    words = text.decode()
    graphs = [None if header.get(name) is None else tuple(header[name]) for name in ("default_graphs", "named_graphs")]
    if "published" in header:
        if scratch is None:
            return QueryOutcome(error="failed", detail="updates are off")
        return scratch.apply(words, frozenset(header["published"]), graphs[0], graphs[1])
    query = Query(words, header["solutions"], header["graphs"], graphs[0], graphs[1], tuple(header.get("services", ())))
    try:
        return evaluate(store, query, sink)
    except Exception as error:  # noqa: BLE001 - any failure is reported to the client and the evaluator continues
        return QueryOutcome(error="failed", detail=f"{type(error).__name__}: {error}"[:500])


def main() -> None:
    """Serve on the socket whose descriptor is the only argument; end quietly when the process at its other end has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    control = socket.socket(fileno=int(sys.argv[1]))
    frame = frames.receive(control.fileno())
    if frame is None:
        return
    with suppress(ConnectionError):
        try:
            server = ForkServer(frame[0], control)
        except MabgraphError as error:
            frames.send(control.fileno(), {"failed": str(error)})
            return
        frames.send(control.fileno(), {"ready": True})
        server.serve()


if __name__ == "__main__":
    main()
