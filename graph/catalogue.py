"""A catalogue: an opened dataset with the names in it, ready for every question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import dataset, formats, names, quads, question, vocabulary
from .dataset import Dataset
from .names import Names
from .question import Row


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A dataset and its names."""

    dataset: Dataset
    names: Names

    @property
    def version(self) -> str:
        """The version of the dataset: the SHA-256 of its data."""
        return self.dataset.manifest.version

    @property
    def state(self) -> str:
        """What settles every answer: the SHA-256 of the whole dump, its description and examples too."""
        return self.dataset.manifest.dump or self.version

    @property
    def graphs(self) -> frozenset[str]:
        """The IRIs of the named graphs of the dataset."""
        return frozenset(quads.graph(name).value for name in self.dataset.manifest.graphs)

    def ask(self, name: str, given: Mapping[str, str | Sequence[str]] | None = None) -> list[Row]:
        """Return the rows that the question called ``name`` answers.

        :raises QuestionError: for an unknown question, or a parameter it cannot use.
        :raises UnknownName: when a name is not known, or is that of several things.
        """
        return question.load(name).ask(self.dataset.store, self.names, given)

    def page(self, name: str, arguments: Mapping[str, str | Sequence[str]], size: int, offset: int = 0) -> tuple[list[Row], int]:
        """Return the rows of a paged question from ``offset`` on, at most ``size`` things, and how many things there are in all.

        :raises QuestionError: for an unknown question, or a parameter it cannot use.
        :raises UnknownName: when a name is not known, or is that of several things.
        """
        rows = self.ask(name, {**arguments, "size": str(size), "offset": str(offset)})
        counted = rows or (self.ask(name, {**arguments, "size": "1", "offset": "0"}) if offset or not size else [])
        return rows, int(str(counted[0]["total"])) if counted else 0

    def written(self, name: str, given: Mapping[str, str | Sequence[str]], media: str) -> bytes:
        """Return the graph that the question called ``name`` builds, in the graph format ``media``; empty where it has no triple.

        :raises QuestionError: for an unknown question, or a parameter it cannot use.
        """
        triples = list(question.load(name).construct(self.dataset.store, given))
        return formats.written(triples, media, vocabulary.prefixes()) if triples else b""


def opened(directory: Path) -> Catalogue:
    """Return the catalogue of the current dataset of ``directory``.

    :raises BuildError: when there is none, or it cannot be opened.
    """
    return of_dataset(dataset.opened(directory))


def of_dataset(held: Dataset) -> Catalogue:
    """Return the catalogue of an opened dataset."""
    return Catalogue(held, names.read(held.store, question.load("names").text))
