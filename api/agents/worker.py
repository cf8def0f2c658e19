"""A synchronous interface to the query engine, for programs such as the tools for agents, with the limits of the service.

Queries are evaluated by the same engine in confined processes; its event loop runs in a thread of this process.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.sparql.engine import Engine
from mabgraph.graph.sparql.evaluation import Query, QueryOutcome

from ..http.settings import Settings
from ..http.state import State

T = TypeVar("T")


class Worker:
    """Evaluates queries; it is thread-safe."""

    def __init__(self, settings: Settings, current: Catalogue) -> None:
        """Prepare an engine over the opened dataset ``current``; its processes start at the first query."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="queries", daemon=True)
        self._thread.start()
        self._state = self._run(_state(settings, current))

    @property
    def number(self) -> int | None:
        """The process id of the fork server; none if there is none."""
        engine = self._state.engine
        return engine.process if isinstance(engine, Engine) else None

    def ask(self, query: Query, seconds: float) -> tuple[str, QueryOutcome]:
        """Return the dataset version and the outcome of the query, which may be an error."""
        outcome = self._run(self._state.engine.ask(query, seconds))
        return outcome.version or self._state.catalogue.version, outcome

    def close(self) -> None:
        """Stop the processes, even while they evaluate a query."""
        self._run(self._state.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


async def _state(settings: Settings, current: Catalogue) -> State:
    return State(settings, current)
