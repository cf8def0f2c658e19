"""What one serving process holds: its settings, the opened dataset, the engine room, and answers it has given."""

from __future__ import annotations

import asyncio
import logging
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from cachetools import LRUCache

from mabgraph.graph import catalogue, dataset, remote
from mabgraph.graph.catalogue import Catalogue
from mabgraph.graph.engine import HELD, Answered, Engine, Limits, Retire
from mabgraph.graph.store import EngineStore, Store
from mabgraph.graph.updates import Scratch
from mabgraph.ingest.documents import open_library
from mabgraph.ingest.errors import MabgraphError

from .settings import Settings

_log = logging.getLogger(__name__)

#: Answers to requests from this length on are not kept (characters), and what keeping one takes at most beside its body (bytes, about).
LONGEST: Final = 10_000
OVERHEAD: Final = LONGEST + 2_000
#: An answer as it is kept: the headers it is sent with, and its body.
Kept = tuple[list[tuple[bytes, bytes]], bytes]


class State:
    """The dataset of a process, swapped whole: a request takes :attr:`catalogue` and :attr:`asked` once and stays with them."""

    def __init__(self, settings: Settings, held: Catalogue, retire: Retire | None = None) -> None:
        """Take the settings, the opened dataset, and what ends this process in favour of another (none where nothing does)."""
        self.settings = settings
        self.cache: LRUCache[object, Kept] = LRUCache(settings.cache_megabytes << 20, getsizeof=lambda kept: len(kept[1]) + OVERHEAD)
        self.library = open_library(settings.documents) if settings.documents else None
        self._scratch = Scratch(settings.dataset) if settings.update_token else None
        self._updating = asyncio.Lock()
        self._revision = 0
        self._held = ExitStack()
        self._take(held)
        limits = Limits(
            settings.query_threads, settings.query_waiting, settings.query_megabytes << 20, settings.result_bytes,
            held=0.0 if settings.store else HELD,
        )  # fmt: skip
        self.engine = Engine(limits, retire)

    def _take(self, held: Catalogue) -> None:
        """Serve ``held`` from now on, and keep its files from being removed as long as it is served."""
        before, self._held = self._held, ExitStack()
        if held.dataset.folder.is_dir():
            descriptor = dataset.hold(held.dataset.folder)
            self._held.callback(descriptor.close)
        self.catalogue = held
        self._renew()
        before.close()

    def _renew(self) -> None:
        """Make the store that SPARQL is asked of, and the name of its state, anew."""
        store = self.catalogue.dataset.store
        self._revision += 1
        updated = self._scratch.beside(store) if self._scratch and isinstance(store, EngineStore) else store
        state = f"{self.catalogue.state}+{self._revision}" if self._scratch else self.catalogue.state
        self.asked: tuple[str, Store] = (state, updated)

    def close(self) -> None:
        """Take no more work, and let go of the dataset's files."""
        self.engine.close()
        self._held.close()

    async def reload(self) -> None:
        """Open the current dataset beside the one that is served, and serve it; what cannot be opened changes nothing."""
        try:
            held = await asyncio.to_thread(opened, self.settings)
        except MabgraphError as error:
            _log.error("the dataset is not swapped: %s", error)
            return
        self._take(held)
        self.engine.rest()
        _log.info("serving dataset %s", held.version)

    async def update(self, text: str, using: tuple[str, ...] | None, using_named: tuple[str, ...] | None, seconds: float) -> Answered:
        """Run an update on the graphs of updates, one at a time, and let queries see what comes of it."""
        assert self._scratch is not None
        scratch, published = self._scratch, self.catalogue.graphs
        async with self._updating:
            answered = await self.engine.run(lambda sink: scratch.updated(text, published, using, using_named, sink), seconds)
            if not answered.error:
                await asyncio.to_thread(self._renew)
        return answered

    def file(self, name: str) -> Path | None:
        """Return the file ``name`` of the dataset that is served, or none where there is none."""
        path = self.catalogue.dataset.folder / name
        return path if path.is_file() else None


def opened(settings: Settings) -> Catalogue:
    """Return the catalogue that ``settings`` name: of a directory, or of another engine.

    :raises BuildError: when it cannot be opened.
    """
    if settings.store:
        return catalogue.of_dataset(remote.opened(settings.store, settings.query_seconds_most, settings.result_bytes))
    return catalogue.opened(settings.dataset)
