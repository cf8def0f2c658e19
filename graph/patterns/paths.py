"""Property paths (SPARQL 1.1 Query, 9) from one of their ends, over the index."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from .index import QuadIndex, Term
from .tree import Alternative, Path, PathStep, Repeat, Sequence

#: Gives the other ends of a path from one end; an end that is reached in several ways is given as often, as SPARQL has it.
Walk = Callable[[QuadIndex, Term], list[Term]]


def forward(path: Path, whole: bool) -> Walk:
    """Return how to walk from the subject; with ``whole`` all properties of the subject are read, since others are asked for too."""
    if isinstance(path, PathStep):
        return partial(_subjects, path.iri, path.iri.value) if path.inverse else partial(_objects, path.iri, path.iri.value, whole)
    if isinstance(path, Sequence):
        first, *others = path.paths
        return partial(_sequence, (forward(first, whole), *(forward(each, False) for each in others)))
    if isinstance(path, Alternative):
        return partial(_alternative, tuple(forward(each, whole) for each in path.paths))
    return partial(_repeat, forward(path.path, False), path.many)


def invert(path: Path) -> Path:
    """Return the path from object to subject."""
    if isinstance(path, PathStep):
        return PathStep(path.iri, not path.inverse)
    if isinstance(path, Sequence):
        return Sequence(tuple(invert(each) for each in reversed(path.paths)))
    if isinstance(path, Alternative):
        return Alternative(tuple(invert(each) for each in path.paths))
    return Repeat(invert(path.path), path.many)


def _objects(iri: Term, name: str, whole: bool, index: QuadIndex, subject: Term) -> list[Term]:
    return index.properties_of(subject).get(name, []) if whole else index.objects(subject, iri, name)


def _subjects(iri: Term, name: str, index: QuadIndex, term: Term) -> list[Term]:
    return index.subjects(iri, name, term)


def _sequence(walks: tuple[Walk, ...], index: QuadIndex, start: Term) -> list[Term]:
    ends = [start]
    for walk in walks:
        if not ends:
            return ends
        ends = walk(index, ends[0]) if len(ends) == 1 else [end for each in ends for end in walk(index, each)]
    return ends


def _alternative(walks: tuple[Walk, ...], index: QuadIndex, start: Term) -> list[Term]:
    return [end for walk in walks for end in walk(index, start)]


def _repeat(walk: Walk, many: bool, index: QuadIndex, start: Term) -> list[Term]:
    reached = {start: None}
    rest = [start]
    while rest:
        further = [end for end in dict.fromkeys(walk(index, rest.pop())) if end not in reached]
        reached.update(dict.fromkeys(further))
        rest += further if many else []
    return list(reached)
