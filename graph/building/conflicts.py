"""Conflicts: what the reports of one study print differently, worked out for each study that several documents report.

It is kept by the contents of these records, so that a new record has only its own studies compared anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import Final

from mabgraph.ingest import conflicts, nodes, record
from mabgraph.ingest.conflicts import Report
from mabgraph.ingest.registry import conversion, reading, reporting
from mabgraph.ingest.registry.names import RegistryNames

from ..shacl.triples import GroupedQuads
from ..store import vocabulary
from . import quads

#: So many records stay in memory while studies are compared: a review reports many.
REMEMBERED: Final = 16


def of_study(study: str, paths: Sequence[Path], names: Callable[[], RegistryNames]) -> GroupedQuads:
    """Return the conflicts between the records at ``paths`` about the study with this IRI, each with every later one in their order.

    ``names`` gives the names that registry records are read with.
    """
    name = f"study/{vocabulary.local_name(study)}"
    reports = [_read(path) if path.suffix != ".json" else _read_registry(path, name, names()) for path in paths]
    differing = [node for earlier, later in combinations(reports, 2) for node in conflicts.find(name, earlier, later)]
    return quads.of_checked_nodes(differing)


@lru_cache(REMEMBERED)
def _read(path: Path) -> Report:
    typed_record, file = record.load(path)
    return Report(typed_record, nodes.by_name(typed_record, file))


def _read_registry(path: Path, study: str, names: RegistryNames) -> Report:
    converted = conversion.convert(reading.read(path.read_bytes(), path.stem), names, study)
    return reporting.report_of(converted.nodes, path.stem.lower())
