"""pySHACL as reference validator. It is slow, so it runs on graphs with findings, on samples, and in tests."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final

import pyoxigraph as ox
import rdflib
from rdflib.namespace import SH
from rdflib.term import Node

from mabgraph.ingest.errors import BuildError

from . import literals, paths
from .shape import Finding

#: Size of the cache of shape selections: sources of one kind have the same classes.
KEPT: Final = 32


class CannotJudge(Exception):
    """Raised when pySHACL fails, for instance on values that cannot be compared; the message says why."""


class Judge:
    """pySHACL with a fixed graph of shapes."""

    def __init__(self, shapes: rdflib.Graph) -> None:
        """Take the shapes graph."""
        self._shapes = shapes
        self._chosen: dict[frozenset[str], rdflib.Graph] = {}

    def findings(self, quads: Iterable[ox.Quad], classes: Collection[str] | None = None) -> list[Finding]:
        """Return pySHACL's findings on ``quads``; with ``classes``, only shapes that target these are used.

        :raises CannotJudge: when pySHACL fails.
        """
        import pyshacl

        data, shapes = _graph(quads), self._shapes if classes is None else self._select_shapes(frozenset(classes))
        try:
            with literals.silence_rdflib():
                _, report, words = pyshacl.validate(data, shacl_graph=shapes, inference="none", advanced=False, meta_shacl=False)
        except Exception as error:  # noqa: BLE001 - pySHACL raises many kinds of errors on values that cannot be compared
            raise CannotJudge(f"{type(error).__name__}: {' '.join(str(error).split())}") from None
        if not isinstance(report, rdflib.Graph):
            raise CannotJudge(words)
        return list(_read(report))

    def _select_shapes(self, classes: frozenset[str]) -> rdflib.Graph:
        """Return the shapes without those that only target other classes."""
        if classes not in self._chosen:
            if len(self._chosen) >= KEPT:
                self._chosen.clear()
            chosen = self._chosen[classes] = self._shapes + rdflib.Graph()
            for shape, _, target in self._shapes.triples((None, SH.targetClass, None)):
                if str(target) not in classes:
                    chosen.remove((shape, SH.targetClass, target))
        return self._chosen[classes]


def _graph(quads: Iterable[ox.Quad]) -> rdflib.Graph:
    terms: dict[object, Node] = {}

    def term(value: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> Node:
        known = terms.get(value)
        if known is None:
            if isinstance(value, ox.NamedNode):
                known = rdflib.URIRef(value.value)
            elif isinstance(value, ox.Literal):
                known = literals.rdflib_literal(value)
            elif isinstance(value, ox.BlankNode):
                known = rdflib.BNode(value.value)
            else:
                raise BuildError(f"{value}: a triple cannot be validated as a value: name a node instead")
            terms[value] = known
        return known

    graph = rdflib.Graph()
    for quad in quads:
        graph.add((term(quad.subject), term(quad.predicate), term(quad.object)))
    return graph


def _read(report: rdflib.Graph) -> Iterator[Finding]:
    for result in report.objects(None, SH.result):

        def text(name: str, result: Node = result) -> str:
            value = report.value(result, SH[name])
            return "" if value is None else f"_:{value}" if isinstance(value, rdflib.BNode) else str(value)

        path = report.value(result, SH.resultPath)
        yield Finding(
            focus=text("focusNode"),
            path="" if path is None else paths.to_sparql(report, path),
            value=text("value"),
            component=text("sourceConstraintComponent").removeprefix(str(SH)),
            shape=text("sourceShape"),
            message=" ".join(sorted(set(map(str, report.objects(result, SH.resultMessage))))),
        )
