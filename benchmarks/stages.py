"""Stages: how much processor time each part of a build takes, seen from outside: the functions that do the work are watched."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from importlib import import_module
from typing import Any, Final
from unittest import mock

#: What only some registry records go through, chosen by their digests.
SAMPLED: Final = "pySHACL, of a sample"
#: What is watched: module, function or method, and the stage that its time counts to; time of one inside another counts to the inner one.
WATCHED: Final = (
    ("mabgraph.graph.building.quads", "of_ontology", "ontology and shapes"),
    ("mabgraph.graph.shacl.shapes", "Shapes.__init__", "ontology and shapes"),
    ("mabgraph.ingest.recordfile", "load", "reading records"),
    ("mabgraph.ingest.record", "validate", "reading records"),
    ("mabgraph.ingest.seals", "seal_fault", "reading records"),
    ("mabgraph.ingest.nodes", "of_record", "records to nodes"),
    ("mabgraph.ingest.registry.reading", "read", "reading records"),
    ("mabgraph.ingest.registry.conversion", "convert", "records to nodes"),
    ("mabgraph.ingest.checks", "check_nodes", "checks of arithmetic"),
    ("mabgraph.graph.building.expansion", "Expansion.statements", "nodes to quads (JSON-LD)"),
    ("mabgraph.graph.shacl.shapes", "Shapes.violations", "validation"),
    ("mabgraph.graph.shacl.shapes", "Shapes.judge", SAMPLED),
    ("mabgraph.graph.building.concerns", "Concerns.of", "links"),
    ("mabgraph.graph.building.part", "of", "lines, gzip and TriG"),
    ("mabgraph.graph.building.kept", "Kept.part", "reading kept parts"),
    ("mabgraph.graph.building.kept", "Kept.keep", "keeping parts"),
    ("mabgraph.graph.building.dump", "Dump.append", "writing"),
    ("mabgraph.graph.building.tally", "Tally.count", "counts"),
    ("mabgraph.graph.building.build", "describe", "description and examples"),
    ("mabgraph.graph.store.dataset", "finish", "digests and manifest"),
)
REST: Final = "the rest"
#: Every stage, in order.
STAGES: Final = (*dict.fromkeys(stage for _, _, stage in WATCHED), REST)


class Watch:
    """Processor time by stage, in seconds."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._stages = [REST]
        self._since = time.process_time()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch every function of :data:`WATCHED` until the block ends."""
        with ExitStack() as patches:
            for module, name, stage in WATCHED:
                holder: Any = import_module(module)
                *classes, attribute = name.split(".")
                for each in classes:
                    holder = getattr(holder, each)
                patches.enter_context(mock.patch.object(holder, attribute, self._watched(stage, getattr(holder, attribute))))
            self._since = time.process_time()
            yield
            self._count()

    def _count(self) -> None:
        now = time.process_time()
        self.seconds[self._stages[-1]] += now - self._since
        self._since = now

    def _watched(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def run(*arguments: Any, **named: Any) -> Any:
            self._count()
            self._stages.append(stage)
            try:
                result = function(*arguments, **named)
                return list(result) if isinstance(result, Iterator) else result
            finally:
                self._count()
                self._stages.pop()

        return run
