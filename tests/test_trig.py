"""TriG and numbers: what is written without the engine is what the engine writes."""

from __future__ import annotations

from random import Random

import pyoxigraph as ox
import pytest

from mabgraph.graph.building import part, quads, statements, trig
from mabgraph.graph.store import vocabulary

BASE = vocabulary.resource("")
XSD = "http://www.w3.org/2001/XMLSchema#"


def write(term: str) -> str:
    """Return what the engine writes of a statement whose value is ``term``."""
    own = ox.parse(f"<urn:s> <urn:p> {term} <urn:g> .\n", ox.RdfFormat.N_QUADS, lenient=True)
    whole = (ox.serialize(own, format=ox.RdfFormat.TRIG, prefixes=vocabulary.prefixes()) or b"").decode()
    return whole[whole.index("<urn:p> ") + 8 : whole.rindex(" .\n}")]


def test_names_are_abbreviated_as_the_engine_does() -> None:
    random = Random(1)
    locals_ = {"".join(random.choices("aZ09._/#-%~é", k=random.randint(1, 8))) for _ in range(2000)}
    terms = [f"<{base}{local}>" for local in sorted(locals_) for base in (BASE, vocabulary.concept(""), "urn:x:")]
    written = trig.Abbreviations()
    assert [written[term] for term in terms] == [write(term) for term in terms]


def literals() -> list[str]:
    """Return literals with every kind of numeral, and some that are none."""
    random = Random(2)
    characters = {"".join(random.choices("0012345.-+eE", k=random.randint(1, 6))) for _ in range(1000)}
    characters |= {"true", "false", "1", "99999999999999999999", "0." + "1" * 20}
    datatypes = ("integer", "decimal", "nonNegativeInteger", "double", "boolean", "date", "string")
    return [f'"{each}"^^<{XSD}{name}>' for each in sorted(characters) for name in datatypes] + ['"a"', '"a"@en', '"a"@EN-gb']


def test_literals_are_abbreviated_as_the_engine_does() -> None:
    written = trig.Abbreviations()
    terms = [term for term in literals() if not term.endswith(("string>", "EN-gb"))]  # which the engine does not write
    assert [written[term] for term in terms] == [write(term) for term in terms]


def test_what_was_written_before_is_forgotten_when_there_is_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trig, "KEPT", 2)
    written = trig.Abbreviations()
    assert [written[f"<{BASE}{name}>"] for name in "abcab"] == [f"mabid:{name}" for name in "abcab"]
    assert len(written) <= 2


def test_literals_are_counted_as_the_engine_keeps_them() -> None:
    terms = literals()
    written = dict(statements.as_the_engine_writes(terms))
    engine = ox.Store()
    lines = "".join(f"<urn:x:{place}> <urn:x:of> {term} .\n" for place, term in enumerate(terms))
    engine.bulk_load(lines.encode(), format=ox.RdfFormat.N_TRIPLES)
    assert {terms[int(each.subject.value[6:])]: str(each.object) for each in engine} == {term: written.get(term, term) for term in terms}


def test_a_part_is_what_the_engine_writes() -> None:
    """The ontology has every kind of term that is handed out."""
    own = quads.of_ontology(vocabulary.ONTOLOGY)
    other = [ox.Quad(each.subject, each.predicate, each.object, ox.NamedNode("urn:x:graph")) for each in own[:50]]
    written = part.of([("ontology", own), ("again", own[:10]), ("other", other)])
    assert written.lines.decode().splitlines() == [
        line for each in (own, own[:10], other) for line in sorted({f"{quad} ." for quad in each})
    ]  # fmt: skip
    ordered = ox.parse(written.lines, ox.RdfFormat.N_QUADS)
    assert trig.prefixes() + written.trig == ox.serialize(ordered, format=ox.RdfFormat.TRIG, prefixes=vocabulary.prefixes())
    assert statements.Statements.read(written.statements.serialise()).rows.tolist() == written.statements.rows.tolist()


@pytest.mark.parametrize("content", [b"", b"[1]\n", b'["a"]\n', b"{}\n", b"[-1]\n", b"[0]\n" + bytes(12)])
def test_what_are_no_statements_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whichever reader fails says it in its own words
        statements.Statements.read(content)
