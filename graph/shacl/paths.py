"""Property paths of SHACL (https://www.w3.org/TR/shacl/#property-paths): what a path of the shapes leads to, and how it is written.

A path that is longer than pySHACL follows, or that pySHACL reads in another way than SHACL (the inverse of anything but a property),
is refused.
"""

from __future__ import annotations

from typing import Final

import rdflib
from rdflib.namespace import RDF, SH
from rdflib.term import Node

from .shape import Follow
from .triples import Triples, Values, of_node

#: Paths within one another that pySHACL follows.
DEEPEST: Final = 10
_SIGNS: Final = {SH.zeroOrMorePath: "*", SH.oneOrMorePath: "+", SH.zeroOrOnePath: "?"}
#: The terms of SHACL that paths are written with.
TERMS: Final = (SH.inversePath, SH.alternativePath, *_SIGNS)


class UnknownPath(Exception):
    """Raised for a path that cannot be followed; says why."""


def to_sparql(graph: rdflib.Graph, path: Node) -> str:
    """Return ``path`` of ``graph`` as SPARQL writes it; a single property is its IRI alone.

    >>> graph = rdflib.Graph().parse(data="<urn:shape> <urn:path> ( <urn:a> [ <http://www.w3.org/ns/shacl#inversePath> <urn:b> ] ) .")
    >>> to_sparql(graph, graph.value(rdflib.URIRef("urn:shape"), rdflib.URIRef("urn:path")))
    '<urn:a>/^<urn:b>'
    """
    return str(path) if isinstance(path, rdflib.URIRef) else _to_sparql(graph, path, outer=True)


def _to_sparql(graph: rdflib.Graph, path: Node, *, outer: bool = False) -> str:
    if not isinstance(path, rdflib.BNode):
        return f"<{path}>"
    several = graph.value(path, SH.alternativePath)
    try:
        parts, sign = (list(graph.items(path)), "/") if several is None else (list(graph.items(several)), "|")
    except ValueError:
        return "[]"
    if parts:
        joined = sign.join(_to_sparql(graph, part) for part in parts)
        return joined if outer else f"({joined})"
    if (inverse := graph.value(path, SH.inversePath)) is not None:
        return f"^{_to_sparql(graph, inverse)}"
    for predicate, after in _SIGNS.items():
        if (inner := graph.value(path, predicate)) is not None:
            return f"{_to_sparql(graph, inner)}{after}"
    return "[]"


def compile_path(graph: rdflib.Graph, path: Node, depth: int = 0) -> Follow:
    """Return the function that follows ``path`` of ``graph``.

    :raises UnknownPath: when it is not well-formed or not known.
    """
    if isinstance(path, rdflib.URIRef):
        return _property(str(path))
    if not isinstance(path, rdflib.BNode) or depth >= DEEPEST:
        raise UnknownPath("a literal is no path" if depth < DEEPEST else f"is deeper than the {DEEPEST} levels that pySHACL follows")
    stated = sorted(set(graph.predicate_objects(path)))
    predicates = [predicate for predicate, _ in stated if predicate != RDF.type]
    if predicates == [RDF.first, RDF.rest]:
        parts = _parts(graph, path)
        if depth + len(parts) > DEEPEST:
            raise UnknownPath(f"is longer than the {DEEPEST} steps that pySHACL follows")
        return _sequence([compile_path(graph, part, depth + number) for number, part in enumerate(parts, 1)])
    if len(predicates) != 1 or predicates[0] not in TERMS:
        raise UnknownPath(f"states {' and '.join(sorted(map(_shorten, predicates))) or 'nothing'}")
    inner = next(value for predicate, value in stated if predicate == predicates[0])
    match predicates[0]:
        case SH.alternativePath:
            return _alternatives([compile_path(graph, part, depth + 1) for part in _parts(graph, inner)])
        case SH.inversePath if isinstance(inner, rdflib.URIRef):
            return _inverse(str(inner))
        case SH.inversePath:
            raise UnknownPath("sh:inversePath of anything but a property: pySHACL reads it in another way than SHACL does")
        case SH.zeroOrOnePath:
            return _zero_or_one(compile_path(graph, inner, depth + 1))
        case repeated:
            return _repeat(compile_path(graph, inner, depth + 1), with_start=repeated == SH.zeroOrMorePath)


def _parts(graph: rdflib.Graph, head: Node) -> list[Node]:
    try:
        parts = list(graph.items(head))
    except ValueError:
        raise UnknownPath("a list of paths that leads into itself") from None
    if len(parts) < 2:
        raise UnknownPath("a list of fewer than two paths")
    return parts


def _shorten(term: Node) -> str:
    return str(term).replace(str(SH), "sh:")


def _property(predicate: str) -> Follow:
    return lambda data, node: data.values(node, predicate)


def _inverse(predicate: str) -> Follow:
    return lambda data, node: data.subjects_of(predicate, node)


def _sequence(steps: list[Follow]) -> Follow:
    def follow(data: Triples, node: str) -> Values:
        reached = of_node(node)
        for step in steps:
            reached = {identity: term for start in reached.values() for identity, term in step(data, start).items()}
        return reached

    return follow


def _alternatives(ways: list[Follow]) -> Follow:
    return lambda data, node: {identity: term for way in ways for identity, term in way(data, node).items()}


def _zero_or_one(step: Follow) -> Follow:
    return lambda data, node: {**step(data, node), **of_node(node)}


def _repeat(step: Follow, *, with_start: bool) -> Follow:
    def follow(data: Triples, node: str) -> Values:
        reached = dict(of_node(node)) if with_start else {}
        left = list(step(data, node).items())
        while left:
            identity, term = left.pop()
            if identity not in reached:
                reached[identity] = term
                left += step(data, term).items()
        return reached

    return follow
