"""Unfinished records: what somebody is still writing, and has never anchored. It says nothing yet, and stops no build of the others.

A record that was anchored and changed since is none: the build stops, as it does for one that the dataset has already, or that would
stand in the place of a shipped one. Nothing that a dataset says goes by leaving a record out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mabgraph.ingest import recordfile, verification
from mabgraph.ingest.documents import Library
from mabgraph.ingest.errors import BuildError, RecordError

from ..store import dataset, inventory, vocabulary

#: So many of its faults are told; a check tells all.
SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A record that was never anchored, and what is left to do in it besides."""

    path: Path
    faults: tuple[str, ...]

    def describe(self) -> str:
        """Return in lines that it is left out, and what is left to do."""
        left = self.faults[:SHOWN]
        more = f"; {len(self.faults) - len(left)} more" if len(self.faults) > len(left) else ""
        listed = "".join(f"\n  {fault}" for fault in left)
        begun = f"{self.path}: was never anchored and is left out of the dataset"
        return f"{begun}: mabgraph check tells what is left to do{more and f' ({more[2:]})'}, mabgraph anchor finishes it{listed}"


def find_unfinished(records: Mapping[str, Path], directory: Path, library: Library | None) -> dict[str, Unfinished]:
    """Return the records that can be left out of the dataset in ``directory``, by the ids of their documents."""
    kept = {path.stem for path in vocabulary.RECORDS.glob("*.yaml")} | _names_in(directory)
    unfinished = {}
    for name, path in records.items():
        try:
            file = recordfile.load(path) if name not in kept else None
        except RecordError:
            continue  # whether it was anchored cannot be told: the build says what is wrong with it
        if file is not None and not file.data.get("sealed"):
            faults = verification.check(file, library).faults
            unfinished[name] = Unfinished(path, tuple(fault for fault in faults if not fault.startswith(f"{path}: the record was never")))
    return unfinished


def _names_in(directory: Path) -> set[str]:
    """Return the ids of the documents whose records the dataset that stands in ``directory`` was made from."""
    try:
        inputs = inventory.read(dataset.current_folder(directory) / dataset.MANIFEST).inputs
    except BuildError:
        return set()
    return {Path(name).stem for name in inputs if name.startswith("records/")}
