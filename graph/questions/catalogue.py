"""The catalogue: an open dataset with its name index, which every question needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from mabgraph.ingest.errors import QuestionError

from ..store import dataset, formats, vocabulary
from ..store.dataset import Dataset
from ..store.store import EngineStore
from . import indexing, listing, names, question, results, texts
from .kept import KeptAnswers
from .names import Names
from .question import Row
from .results import ReadResult
from .texts import TEXTS, TextIndex

T = TypeVar("T")

#: Bytes of a number that is kept, about.
_NUMBER: Final = 32
#: The labels of so many things, or of one asking, are kept: a dataset has those of hundreds of thousands.
LABELS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A dataset and its name index."""

    dataset: Dataset
    names: Names
    _labels: dict[str, str] = field(default_factory=dict, compare=False, repr=False)
    _texts: dict[str, TextIndex] = field(default_factory=dict, compare=False, repr=False)
    _kept: KeptAnswers = field(default_factory=KeptAnswers, compare=False, repr=False)
    _once: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def kept(self) -> KeptAnswers | None:
        """What was read of the dataset, of our own engine; None of another one, whose data may be replaced without our knowing."""
        return self._kept if isinstance(self.dataset.store, EngineStore) else None

    @property
    def version(self) -> str:
        """The version of the dataset: the SHA-256 of its data."""
        return self.dataset.manifest.version

    @property
    def state(self) -> str:
        """The dataset state: the SHA-256 of the whole dump, with its description and examples. Answers depend on it alone."""
        return self.dataset.manifest.dump or self.version

    @property
    def graphs(self) -> frozenset[str]:
        """The IRIs of the named graphs of the dataset."""
        return frozenset(vocabulary.graph(name) for name in self.dataset.manifest.graphs)

    @property
    def texts(self) -> TextIndex:
        """The texts of the dataset, to be searched."""
        path = self.dataset.folder / TEXTS if TEXTS in self.dataset.manifest.files else None
        return self._texts.setdefault("texts", TextIndex(lambda: texts.of_rows(self.ask("texts")), path))

    def ask(self, name: str, arguments: Mapping[str, str | Sequence[str]] | None = None) -> list[Row]:
        """Return the result rows of the question called ``name``.

        :raises QuestionError: for an unknown question or an invalid parameter.
        :raises UnknownName: when a name is unknown or ambiguous.
        """
        return question.load(name).ask(self.dataset.store, self.names, arguments)

    def labels(self, iris: Sequence[str]) -> dict[str, str]:
        """Return the names of things as they are shown, by IRI; of a thing without one, the last part of its IRI."""
        known = {iri: label for iri in iris if (label := self._labels.get(iri)) is not None}
        unknown = [iri for iri in dict.fromkeys(iris) if iri not in known]
        if unknown:
            labels = {str(row["thing"]): str(row["label"]) for row in reversed(self.ask("labels", {"thing": unknown}))}
            known |= (fresh := {iri: labels.get(iri, vocabulary.local_name(iri)) for iri in unknown})
            if len(self._labels) + len(fresh) > LABELS:
                self._labels.clear()
            self._labels.update(fresh)
        return {iri: known[iri] for iri in iris}

    def once(self, name: str, work_out: Callable[[Catalogue], T]) -> T:
        """Return what ``work_out`` makes of the whole dataset; it is called for the first caller of ``name``, and its result is kept.

        Its size grows with the dataset, and nobody may change it.
        """
        if name not in self._once:
            self._once[name] = work_out(self)
        kept: T = self._once[name]
        return kept

    def page(self, name: str, arguments: Mapping[str, str | Sequence[str]], size: int, offset: int = 0) -> tuple[list[Row], int]:
        """Return the rows of a paged question from ``offset`` on, at most ``size`` things, and how many things there are in all.

        :raises QuestionError: for an unknown question or an invalid parameter.
        :raises UnknownName: when a name is not known, or is that of several things.
        """
        asked = question.load(name)
        ask = partial(self._ask_page, name, arguments)
        if asked.uncounted is None or self.kept is None:
            return ask(size, offset)
        first = partial(asked.uncounted.ask, self.dataset.store, self.names)
        key = listing.key_of(name, asked.terms(self.names, arguments))
        return listing.page(key, self.kept, ask, lambda most: first({**arguments, "size": str(most)}), size, offset)

    def count_up_to(self, name: str, arguments: Mapping[str, str | Sequence[str]], most: int) -> int:
        """Return how many things a paged question lists, ``most`` where there are so many or more: its time does not grow with the rest.

        :raises QuestionError: for a question that is not paged, or an invalid parameter.
        :raises UnknownName: when a name is not known.
        """
        asked = question.load(name).unordered
        if asked is None:
            raise QuestionError(f"the question {name} lists nothing page by page")

        def count() -> int:
            return len(asked.ask(self.dataset.store, self.names, {**arguments, "size": str(most)}))

        if self.kept is None:
            return count()
        key = ("count", most, listing.key_of(name, question.load(name).terms(self.names, arguments)))
        return self.kept.once(key, count, lambda number: _NUMBER)

    def _ask_page(self, name: str, arguments: Mapping[str, str | Sequence[str]], size: int, offset: int) -> tuple[list[Row], int]:
        rows = question.load(name).page(self.dataset.store, self.names, {**arguments, "size": str(size), "offset": str(offset)})
        counted = rows or (self.ask(name, {**arguments, "size": "1", "offset": "0"}) if offset or not size else [])
        return rows, int(str(counted[0]["total"])) if counted else 0

    def results(self, iris: Sequence[str], *, checks: bool = True) -> list[ReadResult]:
        """Return the estimates ``iris`` with their figures, and with their ``checks``, in the order of the question ``estimates``.

        :raises QuestionError: when one of them is no IRI.
        """
        named = question.load(results.ESTIMATES).terms(self.names, {"estimate": iris}).get("estimate", [])
        return results.read(self.ask, [term.value for term in named], self.kept, checks=checks)

    def serialise(self, name: str, arguments: Mapping[str, str | Sequence[str]], media: str) -> bytes:
        """Return the graph that the question called ``name`` constructs, in the graph format ``media``; empty if it has no triples.

        :raises QuestionError: for an unknown question, or a parameter it cannot use.
        """
        triples = list(question.load(name).construct(self.dataset.store, arguments))
        return formats.serialise(triples, media, vocabulary.prefixes()) if triples else b""


def open_current(directory: Path) -> Catalogue:
    """Return the catalogue of the current dataset of ``directory``.

    :raises BuildError: when there is no dataset, or it cannot be opened.
    """
    return from_dataset(dataset.open_current(directory))


def from_dataset(source: Dataset) -> Catalogue:
    """Return the catalogue of an opened dataset, whose names are asked for where it has no file of them.

    :raises BuildError: when the names cannot be opened.
    """
    if indexing.NAMES in source.manifest.files:
        return Catalogue(source, Names.open(source.folder / indexing.NAMES))
    return Catalogue(source, names.read(source.store, question.load("names").text, question.load("hierarchy").text))
