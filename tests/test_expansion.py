"""Records become the quads that a JSON-LD processor makes of their nodes by the context; what is not understood stops the reading."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pyoxigraph as ox
import pytest
from pydantic import ValidationError

from benchmarks import mutations
from mabgraph.graph.building import quads
from mabgraph.graph.building.expansion import Expansion
from mabgraph.graph.shacl import triples
from mabgraph.graph.store import vocabulary
from mabgraph.ingest import checks, nodes, record, recordfile
from mabgraph.ingest.errors import BuildError, RecordError
from mabgraph.ingest.figures import Node
from mabgraph.ingest.recordfile import Path_

from .extent import number_of

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "tests" / "data" / "records" / "example-2020.yaml"
RECORDS = [*sorted(vocabulary.RECORDS.glob("*.yaml")), EXAMPLE]
EXPANSION = Expansion(vocabulary.context())
#: Keys whose change is refused more often than not.
FIXED = {"id", "at", "sha256", "type"}
#: Records with random changes that are compared.
MUTATED = number_of(1000, 200)
NAME = "urn:x:graph"
WORDS = (*mutations.CHARACTERS, "\u00e9\u2265\U0001f600", "<a> <b> .", "_:b", "mabc:x", "@en", "'", "x\x7f", "a-b", "[7](value)")


def of_record(typed: record.Record, file: recordfile.RecordFile) -> list[list[Node]]:
    """Return the nodes of a record, and those of its checks."""
    return [list(nodes.of_record(typed, file)), list(checks.check_nodes(typed, nodes.by_name(typed, file)))]


def compare(part: list[Node]) -> None:
    """Hold the compiled context against the JSON-LD parser of the engine, and what it says of the quads against the quads."""
    compiled, parsed = EXPANSION.statements(part, NAME), quads.of_nodes(part, ox.NamedNode(NAME), vocabulary.context())
    assert set(compiled) == set(parsed)
    assert compiled.about == triples.by_subject(compiled)
    assert compiled.lines == ox.serialize(compiled, format=ox.RdfFormat.N_QUADS)


def leaves(value: Any, place: Path_ = ()) -> Iterator[Path_]:
    """Yield the place of each text and each list."""
    if isinstance(value, dict):
        for key in value.keys() - FIXED:
            yield from leaves(value[key], (*place, key))
        return
    yield place
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*place, index))


def mutated(data: dict[str, Any], random: Random) -> dict[str, Any]:
    """Return ``data`` with one or two changes: other characters, another text of the record, a part twice, a part less."""
    changed = copy.deepcopy(data)
    for _ in range(random.randint(1, 2)):
        *above, last = random.choice(sorted(leaves(changed), key=str))
        holder: Any = changed
        for step in above:
            holder = holder[step]
        value = holder[last]
        if isinstance(value, list) and value:
            kept = random.choice(value)
            holder[last] = [*value, kept] if random.random() < 0.5 else [each for each in value if each is not kept]
        elif random.random() < 0.1 and above:
            del holder[last]
        elif isinstance(value, str):
            at = random.randint(0, len(value))
            holder[last] = random.choice([random.choice(WORDS), value[:at] + random.choice(WORDS) + value[at:], value[at:]])
    return changed


@pytest.mark.slow
@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_every_record_becomes_the_quads_that_a_processor_of_json_ld_makes(path: Path) -> None:
    for part in of_record(*record.load(path)):
        compare(part)


@pytest.mark.slow
@pytest.mark.sampled
def test_changed_records_become_the_quads_that_a_processor_of_json_ld_makes() -> None:
    (typed, file), random, compared = record.load(EXAMPLE), Random(15), 0
    seen = {repr(node) for part in of_record(typed, file) for node in part}
    while compared < MUTATED:
        data = mutated(file.data, random)
        try:
            parts = of_record(record.Record.model_validate(data), file)
        except (RecordError, ValidationError):
            continue
        if new := [node for part in parts for node in part if repr(node) not in seen]:
            compare(new)
            seen.update(map(repr, new))
            compared += 1
    assert len(seen) > MUTATED


def test_what_stands_in_a_record_becomes_the_same_statements_for_a_validator() -> None:
    own = quads.of_record(*record.load(EXAMPLE))
    compiled, read = triples.Triples(own), triples.Triples(list(own))
    assert (compiled.about, compiled.subjects, compiled.types) == (read.about, read.subjects, read.types)


def test_characters_with_a_meaning_in_n_quads_are_kept() -> None:
    text = 'say "no"\\n\\u0041\n\r\t\x01 <a> .'
    (quad,) = EXPANSION.statements([{"id": "claim/a", "text": text}], NAME)
    assert (quad.object, quad.graph_name) == (ox.Literal(text, language="en"), ox.NamedNode(NAME))
    compare([{"id": "claim/a", "text": text, "exact": text}])
    every = [chr(sign) for sign in (*range(0xD800), *range(0xE000, 0x110000))]
    compare([{"id": "claim/a", "exact": [*every[:0x300], "".join(every[0x300:])]}])


@pytest.mark.parametrize(
    "node",
    [
        {"id": "claim/a", "type": ["Claim", "oa:Thing"], "about": ["mabc:x", "estimate/a.b", "estimate/a.b"], "text": []},
        {"id": "claim/a", "drug": "x.1", "figure": [{"id": "figure/a#b"}, {"id": "figure/c", "count": ["1", "01", "x", ""]}]},
        {"id": "claim/-", "value": ["0.70", "0.7", "+1", "1e3"], "label": "", "printed": ""},
    ],
)
def test_nodes_that_no_record_has_yet_are_read_alike(node: Node) -> None:
    compare([node, node])


@pytest.mark.parametrize(
    ("node", "named"),
    [
        ({"id": "a", "colour": "red"}, "id/a: colour 'red' is nothing that the JSON-LD context knows"),
        ({"id": "a", "mab:colour": "red"}, "mab:colour 'red'"),
        ({"id": "a", "@type": "Claim"}, "@type 'Claim'"),
        ({"id": "a", "text": None}, "text None"),
        ({"id": "a", "count": 1}, "count 1"),
        ({"id": "a", "text": {"@value": "x"}}, "text {'@value': 'x'}"),
        ({"id": "a", "text": {"id": "b"}}, "text {'id': 'b'}"),
        ({"id": "a", "unit": {"id": "b"}}, "unit {'id': 'b'}"),
        ({"id": "a", "about": [["b"]]}, r"about \[\['b'\]\]"),
        ({"id": "a", "about": "../b"}, "about '../b'"),
        ({"id": "a", "about": "b/.."}, "about 'b/..'"),
        ({"id": "a", "about": "b//c"}, "about 'b//c'"),
        ({"id": "a", "about": ""}, "about ''"),
        ({"id": "a", "about": "b c"}, "about 'b c'"),
        ({"id": "a", "about": "\u00e9"}, "about '\u00e9'"),
        ({"id": "a", "about": "b?c"}, r"about 'b\?c'"),
        ({"id": "a", "about": "b%20c"}, "about 'b%20c'"),
        ({"id": "a", "about": "urn:x"}, "about 'urn:x'"),
        ({"id": "a", "about": "_:b"}, "about '_:b'"),
        ({"id": "a", "type": "label"}, "type 'label'"),
        ({"id": "a", "about": "b\n"}, "about 'b"),
        ({"label": "A"}, "the node {'label': 'A'} has no name"),
        ({"id": "/a"}, "the node {'id': '/a'} has no name"),
        ({"id": ["a"]}, r"the node {'id': \['a'\]} has no name"),
        ({"id": "a", "figure": {"label": "A"}}, "the node {'label': 'A'} has no name"),
    ],
)
def test_a_node_that_says_more_stops_the_reading(node: Node, named: str) -> None:
    with pytest.raises(BuildError, match=named):
        EXPANSION.statements([node], NAME)


@pytest.mark.parametrize(
    ("term", "stated", "named"),
    [
        ("text", {"@id": "mab:text", "@container": "@list"}, "text states @container"),
        ("text", {"@id": "mab:text", "@language": "en", "@type": "xsd:string"}, "text states @type"),
        ("text", {"@id": "mab:text", "@language": "EN-gb"}, "text is in the language 'EN-gb'"),
        ("text", {"@id": "mab:text", "@language": None}, "text is in the language None"),
        ("text", {"@id": "mab:text", "@context": {"@base": "https://a.example/"}}, "text is a text with a context of its own"),
        ("text", {"@id": "text"}, "text names 'text', which has no prefix of the context"),
        ("text", {"@id": "foaf:text"}, "text names 'foaf:text'"),
        ("text", {"@language": "en"}, "text names None"),
        ("count", {"@id": "mab:count", "@type": "@json"}, "count names '@json'"),
        ("unit", {"@id": "mab:unit", "@type": "@id", "@context": {"@vocab": "https://a.example/"}}, "unit has a context of its own"),
        ("unit", {"@id": "mab:unit", "@type": "@id", "@context": {"@base": "https://a.example/b"}}, "unit has the base"),
        ("unit", {"@id": "mab:unit", "@type": "@id", "@context": None}, "unit has a context of its own"),
        ("text", "mab:text", "text is 'mab:text'"),
        ("text", None, "text is None"),
        ("name", "@id", "name is '@id'"),
        ("@import", "https://a.example/", "@import is 'https://a.example/'"),
        ("@version", 1.2, "@version is 1.2"),
        ("@base", None, "@base has the base None"),
        ("@vocab", "", "@vocab has the base ''"),
    ],
)  # fmt: skip
def test_a_context_that_states_more_stops_the_reading(term: str, stated: object, named: str) -> None:
    with pytest.raises(BuildError, match=f"^ontology/context.jsonld: {named}.*: write it otherwise, or teach graph/building/expansion.py"):
        Expansion({**vocabulary.context(), term: stated})
