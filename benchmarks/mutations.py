"""Graphs with random faults, to hold two validators against each other. The same seed makes the same graphs.

A fault is one that a slip, a faulty reader or another tool could leave: a statement too few or too many, another class, language or
datatype, characters that are none of the datatype, a text or a blank node for an IRI, an edge to the wrong node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from random import Random
from typing import Final

import pyoxigraph as ox

Subject = ox.NamedNode | ox.BlankNode
Value = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
#: Changes a list of statements in place, and says whether it could.
Mutation = Callable[[list[ox.Quad], Random], bool]

GRAPH: Final = ox.NamedNode("urn:x:graph")
TYPE: Final = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
SUBCLASS: Final = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#subClassOf")
_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_NAMES: Final = """
    string integer decimal double float boolean date dateTime time gYear gYearMonth duration dayTimeDuration nonNegativeInteger
    positiveInteger negativeInteger int long short byte unsignedByte unsignedInt anyURI token normalizedString hexBinary base64Binary
    language
""".split()
DATATYPES: Final = tuple(map(ox.NamedNode, (*(_XSD + name for name in _NAMES), _RDF + "XMLLiteral", _RDF + "HTML", "urn:x:datatype")))
#: Characters of literals: of some datatypes they are, of others not; some are counted in more than one way.
CHARACTERS: Final = (
    "", " ", "0", "-0", "0.0", "+1", "1", "01", "1.0", "1.", ".5", "0.50", "-1", "7", "100", "100.1", "300", "1e3", "1E-2", "1_000",
    "99999999999999999999", "NaN", "sNaN", "INF", "-INF", "Infinity", "0x10", "true", "True", "TRUE", "false", "no", "2016", "2016-01",
    "2016-01-04", "2016-01-05Z", "2016-02-30", "2016-13-04", "-0044-03-15", "2016-01-04T10:00:00", "2016-01-04T10:00:00Z", "１２",
    "2016-01-04T11:00:00+02:00", "24:00:00", "10:00:00", "09:59:59Z", "P1Y", "P1D", "PT36H", "abc", "a", "b", "Ab", "a\nB", " a  b ",
    "a\tb", 'say "no"', "back\\slash", "x" * 120, "x" * 121, "\U0001d4b3" * 120, "\U0001d4b3" * 121, "e\u0301" * 60, "e\u0301" * 61,
    "=", "<", "≤", "<b>a</b>", "<b>a", "ff", "FF", "YQ==",
)  # fmt: skip
LANGUAGES: Final = ("en", "EN", "en-GB", "de", "de-AT", "de-at", "fr")


def literal(random: Random) -> ox.Literal:
    """Return a literal of any kind."""
    characters = random.choice(CHARACTERS)
    kind = random.random()
    if kind < 0.2:
        return ox.Literal(characters, language=random.choice(LANGUAGES))
    return ox.Literal(characters) if kind < 0.4 else ox.Literal(characters, datatype=random.choice(DATATYPES))


def _index(quads: Sequence[ox.Quad], random: Random, fits: Callable[[Value], bool] = lambda value: True) -> int | None:
    """Return the place of a statement whose value fits, or nothing."""
    places = [place for place, quad in enumerate(quads) if fits(quad.object)]
    return random.choice(places) if places else None


def _replace(quads: list[ox.Quad], place: int, value: Value) -> None:
    quad = quads[place]
    quads[place] = ox.Quad(quad.subject, quad.predicate, value, quad.graph_name)


def drop_statement(quads: list[ox.Quad], random: Random) -> bool:
    """Take one statement out."""
    del quads[random.randrange(len(quads))]
    return bool(quads)


def drop_property(quads: list[ox.Quad], random: Random) -> bool:
    """Take all values of one property of a node out."""
    chosen = random.choice(quads)
    quads[:] = [quad for quad in quads if (quad.subject, quad.predicate) != (chosen.subject, chosen.predicate)]
    return bool(quads)


def add_value(quads: list[ox.Quad], random: Random) -> bool:
    """Add a second value to a property: that of another statement, or the same with other characters."""
    quad, other = random.choice(quads), random.choice(quads)
    quads.append(ox.Quad(quad.subject, quad.predicate, other.object, quad.graph_name))
    return True


def write_otherwise(quads: list[ox.Quad], random: Random) -> bool:
    """State a number a second time, written otherwise."""
    place = _index(quads, random, lambda value: isinstance(value, ox.Literal) and value.value.isdecimal())
    if place is None:
        return False
    quad, value = quads[place], quads[place].object
    assert isinstance(value, ox.Literal)
    written = ox.Literal(random.choice(("0", "+", " ")) + value.value, datatype=value.datatype)
    quads.insert(random.randrange(len(quads) + 1), ox.Quad(quad.subject, quad.predicate, written, quad.graph_name))
    return True


def change_type(quads: list[ox.Quad], random: Random) -> bool:
    """Give a node another class, or one more."""
    types = [quad for quad in quads if quad.predicate == TYPE]
    if not types:
        return False
    chosen, other = random.choice(types), random.choice(types)
    if random.random() < 0.7:
        quads.remove(chosen)
    quads.append(ox.Quad(chosen.subject, TYPE, other.object, chosen.graph_name))
    return True


def change_language(quads: list[ox.Quad], random: Random) -> bool:
    """Give a text another language, or none."""
    place = _index(quads, random, lambda value: isinstance(value, ox.Literal) and bool(value.language))
    if place is None:
        return False
    value = quads[place].object
    assert isinstance(value, ox.Literal)
    language = random.choice((*LANGUAGES, None))
    _replace(quads, place, ox.Literal(value.value, language=language) if language else ox.Literal(value.value))
    return True


def change_datatype(quads: list[ox.Quad], random: Random) -> bool:
    """Give a literal another datatype."""
    place = _index(quads, random, lambda value: isinstance(value, ox.Literal))
    if place is None:
        return False
    value = quads[place].object
    assert isinstance(value, ox.Literal)
    _replace(quads, place, ox.Literal(value.value, datatype=random.choice(DATATYPES)))
    return True


def change_characters(quads: list[ox.Quad], random: Random) -> bool:
    """Give a literal other characters, its datatype or language kept."""
    place = _index(quads, random, lambda value: isinstance(value, ox.Literal))
    if place is None:
        return False
    value, characters = quads[place].object, random.choice(CHARACTERS)
    assert isinstance(value, ox.Literal)
    kept = ox.Literal(characters, language=value.language) if value.language else ox.Literal(characters, datatype=value.datatype)
    _replace(quads, place, kept)
    return True


def change_number(quads: list[ox.Quad], random: Random) -> bool:
    """Give a number another value that is near, zero, or below zero."""
    place = _index(
        quads, random, lambda value: isinstance(value, ox.Literal) and value.datatype.value.startswith(_XSD) and value.value[:1].isdigit()
    )
    if place is None:
        return False
    value = quads[place].object
    assert isinstance(value, ox.Literal)
    number = random.choice(("0", "1", "-1", "0.5", "101", value.value + "0", value.value + "9", "-" + value.value, "9" + value.value))
    _replace(quads, place, ox.Literal(number, datatype=value.datatype))
    return True


def change_kind_of_node(quads: list[ox.Quad], random: Random) -> bool:
    """Put an IRI, a blank node or a literal where something else stood."""
    value = random.choice((ox.NamedNode("urn:x:n1"), ox.BlankNode("b1"), literal(random), random.choice(quads).subject))
    _replace(quads, random.randrange(len(quads)), value)
    return True


def change_iri_to_text(quads: list[ox.Quad], random: Random) -> bool:
    """Write an IRI as a text."""
    place = _index(quads, random, lambda value: isinstance(value, ox.NamedNode))
    if place is None:
        return False
    value = quads[place].object
    assert isinstance(value, ox.NamedNode)
    _replace(quads, place, ox.Literal(value.value, datatype=random.choice((DATATYPES[0], ox.NamedNode(_XSD + "anyURI")))))
    return True


def name_blank(quads: list[ox.Quad], random: Random) -> bool:
    """Take the name of a node away, wherever it stands."""
    node, blank = random.choice(quads).subject, ox.BlankNode(f"b{random.randrange(3)}")
    quads[:] = [
        ox.Quad(
            blank if quad.subject == node else quad.subject, quad.predicate, blank if quad.object == node else quad.object, quad.graph_name
        )
        for quad in quads
    ]
    return True


def move_edge(quads: list[ox.Quad], random: Random) -> bool:
    """Let a statement point to, or be about, another node of the graph."""
    place, other = random.randrange(len(quads)), random.choice(quads)
    quad = quads[place]
    if random.random() < 0.5:
        quads[place] = ox.Quad(other.subject, quad.predicate, quad.object, quad.graph_name)
    else:
        _replace(quads, place, other.subject)
    return True


def rename_property(quads: list[ox.Quad], random: Random) -> bool:
    """State a value under another property of the graph, or under one that nobody knows."""
    place = random.randrange(len(quads))
    quad = quads[place]
    predicate = random.choice((random.choice(quads).predicate, ox.NamedNode(quad.predicate.value + "s")))
    quads[place] = ox.Quad(quad.subject, predicate, quad.object, quad.graph_name)
    return True


#: Every kind of fault, by its name.
MUTATIONS: Final[dict[str, Mutation]] = {
    mutation.__name__.replace("_", " "): mutation
    for mutation in (
        drop_statement, drop_property, add_value, write_otherwise, change_type, change_language, change_datatype, change_characters,
        change_number, change_kind_of_node, change_iri_to_text, name_blank, move_edge, rename_property,
    )
}  # fmt: skip


def mutated(graphs: Sequence[Sequence[ox.Quad]], count: int, seed: int) -> Iterator[tuple[str, list[ox.Quad]]]:
    """Yield ``count`` graphs with one to three faults, and the kind of the first; kinds and ``graphs`` take turns."""
    random, kinds = Random(seed), list(MUTATIONS)
    number = 0
    while number < count:
        kind, quads = kinds[number % len(kinds)], list(random.choice(graphs))
        if MUTATIONS[kind](quads, random):
            for _ in range(random.choice((0, 0, 1, 2))):
                if quads:
                    MUTATIONS[random.choice(kinds)](quads, random)
            number += 1
            yield kind, quads


def parts(quads: Iterable[ox.Quad], count: int, seed: int) -> list[list[ox.Quad]]:
    """Return ``count`` parts of a graph: a node drawn by ``seed``, with everything that it points to at any distance."""
    about: dict[Subject, list[ox.Quad]] = {}
    for quad in quads:
        assert not isinstance(quad.subject, ox.Triple)
        about.setdefault(quad.subject, []).append(quad)
    random, nodes, drawn = Random(seed), list(about), []
    for start in random.sample(nodes, min(count, len(nodes))):
        reached, left = {start: None}, [start]
        while left:
            for quad in about[left.pop()]:
                if isinstance(quad.object, ox.NamedNode | ox.BlankNode) and quad.object in about and quad.object not in reached:
                    reached[quad.object] = None
                    left.append(quad.object)
        drawn.append([quad for node in reached for quad in about[node]])
    return drawn


def invented(random: Random) -> list[ox.Quad]:
    """Return a small graph of the vocabulary of ``tests/data/closures/shapes.ttl``, at random."""
    nodes: list[Subject] = [*(ox.NamedNode(f"urn:x:n{number}") for number in range(1, 5)), ox.BlankNode("b1")]

    def value(name: str) -> Value:
        """Return a value; those of s, t and u are compared, which pySHACL does with no blank node."""
        return random.choice(nodes[: 1 if name in "stu" else None]) if random.random() < 0.5 and name != "u" else literal(random)

    names = random.choices("pqrstu", (4, 4, 3, 2, 2, 1), k=random.randint(1, 14))
    quads = [ox.Quad(random.choice(nodes), ox.NamedNode(f"urn:x:{name}"), value(name), GRAPH) for name in names]
    quads += [ox.Quad(node, TYPE, ox.NamedNode(f"urn:x:{random.choice('AABCD')}"), GRAPH) for node in nodes if random.random() < 0.7]
    if random.random() < 0.5:
        quads.append(ox.Quad(ox.NamedNode("urn:x:D"), SUBCLASS, ox.NamedNode(f"urn:x:{random.choice('ABC')}"), GRAPH))
    return quads
