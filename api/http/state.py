"""The state of a serving process: settings, opened dataset, engine for client queries, and response cache."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import ExitStack
from pathlib import Path

from mabgraph.graph.network import network, reach
from mabgraph.graph.publish import remote
from mabgraph.graph.questions import catalogue
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.sparql import confinement
from mabgraph.graph.sparql.engine import Engine, Limits, QueryEngine, RemoteEngine, Source
from mabgraph.graph.sparql.evaluation import QueryOutcome
from mabgraph.graph.sparql.updates import Scratch
from mabgraph.graph.store import dataset
from mabgraph.ingest.documents import open_library
from mabgraph.ingest.errors import BuildError, MabgraphError

from . import memory
from .answers import AnswerCache
from .pace import Pace
from .settings import Settings

_log = logging.getLogger(__name__)


class State:
    """The state of a process; a reload swaps :attr:`catalogue`, so a request reads it once and keeps that reference."""

    def __init__(self, settings: Settings, current: Catalogue) -> None:
        """Serve the opened dataset ``current`` with ``settings``."""
        self.settings = settings
        self.cache, self.pace = AnswerCache(settings.cache_megabytes << 20), Pace()
        has_texts = settings.documents or (settings.registry and settings.registry.is_dir())
        self.library = open_library(*settings.documents, registry=settings.registry) if has_texts else None
        self._scratch = Scratch(settings.dataset) if settings.update_token else None
        self._updating, self._swapping = asyncio.Lock(), asyncio.Lock()
        self._hold = ExitStack()
        self._tasks: set[asyncio.Task[None]] = set()
        self._take(current)
        self.verified = "yes" if current.dataset.verified else "not yet"
        self._limits = Limits(settings.query_places, settings.query_waiting, settings.query_megabytes << 20, settings.result_bytes)
        self.engine: QueryEngine = self._remote_engine() if settings.store else Engine(self._limits, self._source(current))

    async def start(self) -> None:
        """Start the processes that evaluate queries.

        :raises BuildError: when they cannot open the dataset.
        """
        self.verify_later()
        self.prepare_later()
        if isinstance(self.engine, Engine):
            await self.engine.start()

    @property
    def confined(self) -> frozenset[str]:
        """What query processes are prevented from doing; empty if another engine evaluates queries."""
        if self.settings.store:
            return frozenset()
        return confinement.supported_promises(dataset.is_on_disk(self.catalogue.dataset.folder))

    def _source(self, current: Catalogue) -> Source:
        updates = self.settings.dataset if self._scratch else None
        return Source(current.dataset.folder, current.version, current.state, updates)

    def _remote_engine(self) -> RemoteEngine:
        return RemoteEngine(self._limits, self.catalogue.dataset.store, self.catalogue.state)

    def _take(self, current: Catalogue) -> None:
        """Serve ``current`` from now on, and lock its files against removal meanwhile."""
        before, self._hold = self._hold, ExitStack()
        if current.dataset.folder.is_dir():
            descriptor = dataset.hold(current.dataset.folder)
            self._hold.callback(descriptor.close)
        self.catalogue = current
        before.close()

    async def close(self) -> None:
        """Stop the engine, and release the dataset's files."""
        await self.engine.close()
        self._hold.close()

    def reload_later(self, folder: Path | None) -> None:
        """Reload in the background: serve the version in ``folder`` (none: the current content of another engine)."""
        self._begin(self.reload(folder))

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def reload(self, folder: Path | None = None) -> None:
        """Open another version while the current one is served, then swap; an error changes nothing."""
        async with self._swapping:
            try:
                current = await asyncio.to_thread(open_catalogue, self.settings, folder)
                if isinstance(self.engine, Engine):
                    await self.engine.replace(self._source(current))
            except MabgraphError as error:
                _log.error("the dataset was not reloaded: %s", error)
                return
            self._take(current)
            if not isinstance(self.engine, Engine):
                await self.engine.close()
                self.engine = self._remote_engine()
            self.verify_later()
            self.prepare_later()
        await asyncio.to_thread(memory.give_back)
        _log.info("serving dataset %s", current.version)

    async def update(self, text: str, using: tuple[str, ...] | None, using_named: tuple[str, ...] | None, seconds: float) -> QueryOutcome:
        """Run an update on the scratch graphs, one at a time, and make the result visible to queries."""
        assert self._scratch is not None
        assert isinstance(self.engine, Engine)
        async with self._updating:
            outcome = await self.engine.update(text, self.catalogue.graphs, using, using_named, seconds)
            if outcome.error:
                return outcome
            kept = await asyncio.to_thread(self._scratch.keep, outcome.body, outcome.detail)
            self.engine.refresh()
        return kept

    def file(self, name: str) -> Path | None:
        """Return the file ``name`` of the served dataset, none if it does not exist.

        :raises BuildError: when its digest differs from the build.
        """
        return dataset.file_of(self.catalogue.dataset, name)

    def verify_later(self) -> None:
        """Verify the digests of a store on disk in the background; :attr:`verified` is the state."""
        current = self.catalogue
        self.verified = "yes" if current.dataset.verified else "in progress"
        if current.dataset.verified:
            return

        async def verify() -> None:
            try:
                faults = await asyncio.to_thread(dataset.verify, current.dataset.folder, stopped=lambda: self.catalogue is not current)
            except BuildError as error:
                faults = [str(error)]
            if self.catalogue is current:
                self.verified = "; ".join(faults)[:500] if faults else "yes"
                for fault in faults:
                    _log.error("%s: build the dataset again", fault)

        self._begin(verify())

    def prepare_later(self) -> None:
        """Work out in the background what comparisons and networks need of the whole dataset, where it is in memory.

        Of a dataset on disk, or in another engine, that takes minutes: it is worked out when it is asked for first.
        """
        if not self.settings.store and not dataset.is_on_disk(self.catalogue.dataset.folder):
            self._begin(self._prepare(self.catalogue))

    async def _prepare(self, current: Catalogue) -> None:
        await asyncio.to_thread(lambda: reach.gaps(network.read(current)))


def open_catalogue(settings: Settings, folder: Path | None = None) -> Catalogue:
    """Return the catalogue for ``settings``: of another engine, of the version in ``folder``, or of the current version.

    :raises BuildError: when it cannot be opened.
    """
    if settings.store:
        return catalogue.from_dataset(remote.open_dataset(settings.store, settings.query_seconds_most, settings.result_bytes))
    return catalogue.from_dataset(dataset.open_version(folder or dataset.current_folder(settings.dataset), unverified=True))
