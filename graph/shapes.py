"""Shapes: may this be said? SHACL validation of one named graph with the part of the ontology it points to.

The shapes are parsed once. A graph is validated alone: cost grows with the source, not with the dataset.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from mabgraph.ingest.errors import BuildError

from . import vocabulary

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_STRING = "http://www.w3.org/2001/XMLSchema#string"
_SUBCLASS = "http://www.w3.org/2000/01/rdf-schema#subClassOf"
_IN_SCHEME = "http://www.w3.org/2004/02/skos/core#inScheme"


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """One thing that may not be said: about which node, along which property, with which value, and the remedy."""

    focus: str
    path: str
    value: str
    message: str

    def __str__(self) -> str:
        """Return the violation as one line."""
        where = f" {vocabulary.local(self.path)}" if self.path else ""
        value = f" {self.value}" if self.value else ""
        return f"{self.focus.removeprefix(vocabulary.base())}{where}{value}: {self.message}"


class Shapes:
    """The shapes of a folder, ready to validate any number of graphs against one ontology."""

    def __init__(self, folder: Path, ontology: Iterable[ox.Quad]) -> None:
        """Read every ``*.ttl`` of ``folder``; ``ontology`` are the quads that concepts and classes are looked up in.

        :raises BuildError: naming the file that cannot be read.
        """
        self._shapes = _parsed(sorted(folder.glob("*.ttl")))
        self._chosen: dict[frozenset[str], Any] = {}
        self._above: dict[str, set[str]] = {}
        self._classes: list[ox.Quad] = []
        self._known: dict[Any, list[ox.Quad]] = {}
        for quad in ontology:
            if quad.predicate.value == _SUBCLASS:
                self._classes.append(quad)
                self._above.setdefault(_name(quad.subject), set()).add(_name(quad.object))
            elif quad.predicate.value in {_RDF, _IN_SCHEME}:
                self._known.setdefault(quad.subject, []).append(quad)

    def violations(self, quads: Iterable[ox.Quad]) -> list[Violation]:
        """Return everything in ``quads`` (one named graph) that breaks a shape, in order."""
        import pyshacl

        own = list(quads)
        pointed = {quad.object for quad in own} & self._known.keys()
        around = [quad for name in pointed for quad in self._known[name]]
        data = _graph([*own, *around, *self._classes])
        shapes = self._for(_name(quad.object) for quad in own if quad.predicate.value == _RDF)
        _, report, _ = pyshacl.validate(data, shacl_graph=shapes, inference="none", advanced=False, meta_shacl=False)
        subjects = {quad.subject.value for quad in own if isinstance(quad.subject, ox.NamedNode)}
        return sorted(found for found in _read(report) if found.focus in subjects)

    def _for(self, classes: Iterable[str]) -> Any:
        """Return the shapes without those that target only what is pointed to: their results would be thrown away."""
        from rdflib.namespace import SH

        wanted, left = set[str](), list(classes)
        while left:
            name = left.pop()
            if name not in wanted:
                wanted.add(name)
                left += self._above.get(name, ())
        key = frozenset(wanted)
        if key not in self._chosen:
            self._chosen[key] = self._shapes + _graph([])
            for shape, _, target in self._shapes.triples((None, SH.targetClass, None)):
                if str(target) not in wanted:
                    self._chosen[key].remove((shape, SH.targetClass, target))
        return self._chosen[key]


def _name(term: Any) -> str:
    return str(term.value)


def _parsed(paths: list[Path]) -> Any:
    import rdflib

    shapes = rdflib.Graph()
    for path in paths:
        try:
            shapes.parse(path, format="turtle", publicID=vocabulary.base())
        except Exception as error:  # noqa: BLE001 - rdflib raises many kinds for one thing: unreadable Turtle
            raise BuildError(f"{path}: not readable as Turtle: {' '.join(str(error).split())}") from None
    return shapes


def _graph(quads: Iterable[ox.Quad]) -> Any:
    import rdflib

    terms: dict[Any, Any] = {}

    def term(value: Any) -> Any:
        known = terms.get(value)
        if known is None:
            if isinstance(value, ox.NamedNode):
                known = rdflib.URIRef(value.value)
            elif isinstance(value, ox.Literal):
                plain = value.language or value.datatype.value == _STRING
                known = rdflib.Literal(value.value, lang=value.language, datatype=None if plain else rdflib.URIRef(value.datatype.value))
            else:
                known = rdflib.BNode(str(value.value))
            terms[value] = known
        return known

    graph = rdflib.Graph()
    for quad in quads:
        graph.add((term(quad.subject), term(quad.predicate), term(quad.object)))
    return graph


def _read(report: Any) -> Iterator[Violation]:
    from rdflib.namespace import SH

    for result in report.objects(None, SH.result):
        values = {name: str(report.value(result, SH[name]) or "") for name in ("focusNode", "resultPath", "value", "resultMessage")}
        yield Violation(values["focusNode"], values["resultPath"], values["value"], values["resultMessage"])
