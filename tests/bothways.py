"""Rows of questions both ways: read by pattern from the index of the embedded engine, and asked of it as a query, as other engines are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import Any, Final

import pyoxigraph as ox

from benchmarks.items import Queried
from mabgraph.graph.questions import question
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.questions.question import Row
from mabgraph.graph.store.store import EngineStore

#: So many things are asked for at once, as lists of estimates do, and so many times.
LOT: Final = 100
LOTS: Final = 3


def read_by_pattern() -> tuple[str, ...]:
    """Return the names of the questions that are read by pattern."""
    return tuple(name for name in question.list_names() if question.load(name).by_pattern)


def by_query(opened: Catalogue) -> Catalogue:
    """Return the same catalogue over a store that answers queries alone."""
    store = opened.dataset.store
    assert isinstance(store, EngineStore)
    return Catalogue(replace(opened.dataset, store=Queried(store)), opened.names)


def over(opened: Catalogue, quads: Sequence[ox.Quad]) -> Catalogue:
    """Return the catalogue with these quads in the place of its own."""
    engine = ox.Store()
    engine.extend(quads)
    return Catalogue(replace(opened.dataset, store=EngineStore(engine)), opened.names)


def things(opened: Catalogue, name: str, parameter: str) -> list[str]:
    """Return the things that a parameter of the question ``name`` can name in a dataset, sorted."""
    kind = next(each for each in question.load(name).parameters if each.name == parameter).type
    if kind == "iri":
        estimates = [str(row["estimate"]) for row in opened.ask("estimates-page")]
        others = [str(row["id"]) for listed in ("trials", "drugs", "concepts") for row in opened.ask(listed)]
        return sorted(estimates + (others if parameter in {"thing", "node"} else []))
    listed = {"trial": "trials", "drug": "drugs", "target": "targets", "condition": "conditions", "endpoint": "endpoints"}[kind]
    return sorted({str(row["id"]) for row in opened.ask(listed)})


def lots(opened: Catalogue, name: str, singles: int) -> Iterator[dict[str, Any]]:
    """Yield arguments of a question that is read by pattern: things in lots, where it takes several, and ``singles`` of them alone."""
    asked = question.load(name)
    for parameter in asked.by_pattern:
        every = things(opened, name, parameter)
        many = next(each for each in asked.parameters if each.name == parameter).many
        for start in range(0, len(every), max(LOT, len(every) // LOTS)) if many else ():
            yield {parameter: every[start : start + LOT]}
        for thing in every[:: max(1, len(every) // singles)]:
            yield {parameter: thing}


def differing(opened: Catalogue, name: str, singles: int = 5, *, in_order: bool = True) -> list[tuple[str, list[Row], list[Row]]]:
    """Return for which arguments the rows of the question ``name`` differ: those read by pattern, and those of a query."""
    asked, other = question.load(name), by_query(opened)
    differ = []
    for arguments in lots(opened, name, singles):
        read, queried = asked.ask(opened.dataset.store, opened.names, arguments), asked.ask(other.dataset.store, other.names, arguments)
        if not in_order:
            read, queried = sorted(read, key=str), sorted(queried, key=str)
        if read != queried or [list(row) for row in read] != [list(row) for row in queried]:
            differ.append((str(arguments)[:200], [row for row in read if row not in queried], [row for row in queried if row not in read]))
    return differ


def spoil(quads: Sequence[ox.Quad], seed: int, times: int) -> list[ox.Quad]:
    """Return ``quads`` with as many more at random as no record makes.

    These are a triple in a second graph, a second object (of another subject, a text of two lines, a text of another language, a blank node
    or a number), and an object that is missing.
    """
    random, spoilt = Random(seed), list(quads)
    other = ox.NamedNode("https://example.org/graph")
    for quad in random.sample(quads, times):
        objects: list[Any] = [
            quad.object, random.choice(quads).object, ox.Literal("two\nlines"), ox.Literal("zwei", language="de"), ox.BlankNode("b1"),
            ox.Literal("07", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#integer")),
        ]  # fmt: skip
        choice = random.choice(objects)
        spoilt.append(ox.Quad(quad.subject, quad.predicate, choice, random.choice([other, quad.graph_name])))
        if random.random() < 0.2:
            spoilt.remove(quad)
    return spoilt
