"""Shapes: may this be said? SHACL validation of one named graph with the part of the ontology it points to.

The shapes are read once and compiled to closures, which look at every graph; where they find something, pySHACL looks at that graph too
and words it. A graph is validated alone: cost grows with the source, not with the dataset.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from mabgraph.ingest.errors import BuildError

from ..store import vocabulary
from ..store.garbage import pause_collection
from .triples import IN_SCHEME, SUBCLASS, TYPE, Background, GroupedQuads, Triples

# RDFLib takes a while to import, and most commands need no shapes.
if TYPE_CHECKING:
    import rdflib
    from rdflib.term import Node

    from .closures import Closures
    from .judge import Judge
    from .shape import Finding


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """One thing that may not be said: about which node, along which property, with which value, and the remedy.

    ``path`` is an IRI, or a path as SPARQL writes it; ``value`` are the characters of the value, empty where there is none.
    """

    focus: str
    path: str
    value: str
    message: str

    def __str__(self) -> str:
        """Return the violation as one line."""
        shown = re.sub("<([^>]*)>", lambda match: vocabulary.local_name(match[1]), self.path)
        where = f" {shown if '<' in self.path else vocabulary.local_name(self.path)}" if self.path else ""
        value = f" {self.value}" if self.value else ""
        return f"{self.focus.removeprefix(vocabulary.base())}{where}{value}: {self.message}"


class Shapes:
    """The shapes of a folder, ready to validate any number of graphs against one ontology."""

    def __init__(self, folder: Path, ontology: Iterable[ox.Quad]) -> None:
        """Read every ``*.ttl`` of ``folder``; ``ontology`` are the quads that concepts and classes are looked up in.

        :raises BuildError: naming the file that cannot be read, or the shape and the term that is not known.
        """
        from .acceptance import Acceptance

        self._closures, self._judge = compile_shapes(folder)
        self._classes: list[ox.Quad] = []
        self._known: dict[object, list[ox.Quad]] = {}
        for quad in ontology:
            if quad.predicate.value == SUBCLASS:
                self._classes.append(quad)
            elif quad.predicate.value in {TYPE, IN_SCHEME}:
                self._known.setdefault(quad.subject, []).append(quad)
        self._background = Background([*chain.from_iterable(self._known.values()), *self._classes])
        self._ontology = Triples(self._classes)
        self._acceptance = Acceptance()

    @pause_collection()
    def violations(self, quads: Iterable[ox.Quad]) -> list[Violation]:
        """Return everything in ``quads`` (one named graph) that breaks a shape, in order.

        :raises BuildError: when pySHACL reports other things than the closures found: one of the two is wrong.
        """
        from .judge import CannotJudge

        own = quads if isinstance(quads, GroupedQuads) else list(quads)
        data = Triples(own, self._background)
        findings = self._findings(data)
        if not findings:
            return []
        try:
            words = self._judge_quads(own, data)
        except CannotJudge:
            words = findings
        if differing := set(map(_without_message, findings)) ^ set(map(_without_message, words)):
            raise BuildError(f"closures and pySHACL differ, which is a fault of mabgraph to report: {sorted(differing)[0]}")
        return sorted(Violation(each.focus, each.path, each.value, each.message or f"breaks {each.component}") for each in words)

    def findings(self, quads: Iterable[ox.Quad]) -> list[Finding]:
        """Return what the closures find wrong with ``quads``, in the characters of a report."""
        return self._findings(Triples(quads, self._background))

    def judge(self, quads: Iterable[ox.Quad]) -> list[Finding]:
        """Return what pySHACL finds wrong with ``quads``.

        :raises CannotJudge: when it gives up.
        """
        own = list(quads)
        return self._judge_quads(own, Triples(own, self._background))

    def _findings(self, data: Triples) -> list[Finding]:
        from .literals import text

        # What is known of values holds with the classes of the ontology only.
        states_classes = any(SUBCLASS in properties for properties in map(data.properties, data.subjects))
        known = None if states_classes else self._acceptance
        findings = self._closures.findings(data, data.subjects, self._named_classes(data), known)
        return [each._replace(value=text(each.value) if each.value else "") for each in findings]

    def _judge_quads(self, own: Sequence[ox.Quad], data: Triples) -> list[Finding]:
        pointed = {quad.object for quad in own} & self._known.keys()
        around = [quad for name in pointed for quad in self._known[name]]
        results = self._judge.findings([*own, *around, *self._classes], self._named_classes(data))
        return [each for each in results if each.focus in data.subjects]

    def _named_classes(self, data: Triples) -> set[str]:
        """Return the classes that the graph itself names as types, and those above them: what it points to is not validated with it."""
        return {higher for name in data.types for higher in self._ontology.superclasses(name)}


def compile_shapes(folder: Path) -> tuple[Closures, Judge]:
    """Return the shapes of every ``*.ttl`` of ``folder`` as closures, and for pySHACL.

    :raises BuildError: naming the file that cannot be read, or the shape and the term that is not known.
    """
    from .closures import Closures
    from .judge import Judge

    graph, places = _parse(sorted(folder.glob("*.ttl")))
    return Closures(graph, places), Judge(graph)


def _without_message(finding: Finding) -> tuple[str, ...]:
    """Return everything of ``finding`` but its words."""
    return finding[:-1]


def _parse(paths: list[Path]) -> tuple[rdflib.Graph, dict[Node, Path]]:
    """Return the graph of the files of shapes, and where each shape stands.

    :raises BuildError: naming the file that cannot be read.
    """
    import rdflib

    from .literals import silence_rdflib

    shapes = rdflib.Graph()
    places: dict[Node, Path] = {}
    for path in paths:
        try:
            with silence_rdflib():
                part = rdflib.Graph().parse(path, format="turtle", publicID=vocabulary.base())
        except Exception as error:  # noqa: BLE001 - rdflib raises many kinds for one thing: unreadable Turtle
            raise BuildError(f"{path}: not readable as Turtle: {' '.join(str(error).split())}") from None
        shapes += part
        places |= dict.fromkeys(part.subjects(), path)
    return shapes, places
