"""The curated files of ontology/ are under test: complete, consistent, formatted, with identifiers that were seen."""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from rdflib import OWL, RDF, RDFS, SKOS, Literal, URIRef
from rdflib.term import Node

from .conftest import ontology

ROOT: Final = Path(__file__).parents[1]
ONTOLOGY: Final = ROOT / "ontology"
TERMS: Final = ROOT.parent / "shared" / "terms" / "terms.csv"
CONTEXT: Final = json.loads((ONTOLOGY / "context.jsonld").read_text("utf-8"))["@context"]
MAB: Final = str(CONTEXT["mab"])
BASE: Final = MAB.removesuffix("ontology/")
FILES: Final = sorted(ONTOLOGY.rglob("*.ttl"))
NAMES: Final = [str(path.relative_to(ONTOLOGY)) for path in FILES]
MATCHES: Final = (SKOS.exactMatch, SKOS.closeMatch, SKOS.broadMatch, SKOS.narrowMatch, SKOS.relatedMatch)

MAB_ADVERSE: Final = URIRef(f"{MAB}AdverseEvent")
MAB_GRADE: Final = URIRef(f"{MAB}grade")
#: Properties that no record writes, so that the context need not know them.
NOT_IN_RECORDS: Final = {
    "aboutTarget": "said of variables, in ontology/concepts.ttl",
    "comparability": "worked out when the dataset is built",
    "concerns": "worked out when the dataset is built",
    "drugClass": "said of drugs, in ontology/drugs.ttl",
    "eventIs": "said of endpoints, in ontology/concepts.ttl",
    "grade": "said of adverse events, in ontology/concepts.ttl",
    "identifier": "said of drugs, targets and conditions",
}
#: Labels that two things of one kind may share, and why.
SHARED_LABELS: Final[dict[str, str]] = {
    "cr": "complete remission of leukaemia and complete response of myeloma",
    "hispanic": "a row of race in one study, recorded beside race in another",
    "pneumonia": "alone, and counted together with pneumonitis",
    **dict.fromkeys(("cohort study", "observational study"), "of any direction of time, which reviewers seldom distinguish"),
}
#: Codes of the NCI Thesaurus that one unofficial witness alone prints: candidates, not used.
CANDIDATES: Final = frozenset(
    f"NCIT:C{number}"
    for number in (
        94502,
        3896,
        78361,
        162909,
        85436,
        52196,
        66982,
        66952,
        102758,
        61728,
        174266,
        174267,
        174268,
        25532,
        25370,
    )
)
PATTERNS: Final = {
    "CHEBI": r"\d+",
    "DOID": r"\d+",
    "EFO": r"\d{7}",
    "MONDO": r"\d{7}",
    "NCIT": r"C\d+",
    "PR": r"\d{9}",
    "atc": r"[A-Z]\d{2}[A-Z]{2}\d{2}",
    "cas": r"\d{2,7}-\d{2}-\d",
    "chembl": r"CHEMBL\d+",
    "drugbank": r"DB\d{5}",
    "hgnc": r"\d+",
    "inn": r"\d+",
    "kegg.drug": r"D\d{5}",
    "mesh": r"[CD]\d+",
    "rxnorm": r"\d+",
    "unii": r"[0-9A-Z]{10}",
    "uniprot": r"([OPQ]\d[A-Z\d]{3}\d|[A-NR-Z]\d([A-Z][A-Z\d]{2}\d){1,2})",
}
#: How terms.csv writes the prefixes that are written otherwise here.
PREFIX_OF_TERMS: Final = {"chembl": "chembl.compound", "hgnc": "HGNC"}


@cache
def verified() -> list[dict[str, str]]:
    if not TERMS.exists():
        pytest.skip(f"{TERMS} is not here: the identifiers were checked against it where they were curated")
    with TERMS.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["verified"] == "yes" and row["curie"] not in CANDIDATES]


def own(subject: Node) -> str:
    return str(subject).removeprefix(BASE)


def terms() -> list[Node]:
    return sorted((subject for subject in set(ontology().subjects()) if own(subject) != "ontology/"), key=str)


def schemes() -> set[Node]:
    return set(ontology().subjects(RDF.type, SKOS.ConceptScheme))


def test_every_term_has_one_label() -> None:
    for term in terms():
        labels = [*ontology().objects(term, RDFS.label), *ontology().objects(term, SKOS.prefLabel)]
        assert len(labels) == 1, f"{own(term)} has {len(labels)} labels: give it one"
        assert isinstance(labels[0], Literal), f"the label of {own(term)} is no text"
        assert labels[0].language == "en", f"the label of {own(term)} is not marked as English: add @en"


def test_every_term_has_one_definition_of_one_sentence() -> None:
    for term in terms():
        definitions = [str(text) for text in ontology().objects(term, SKOS.definition)]
        assert len(definitions) == 1, f"{own(term)} has {len(definitions)} definitions: give it one"
        ends = re.findall(r"[.?!](?=\s+[A-Z]|$)", definitions[0])
        assert definitions[0].endswith("."), f"the definition of {own(term)} does not end with a full stop"
        assert len(ends) == 1, f"the definition of {own(term)} has several sentences: keep one"


def test_every_term_has_an_example_and_says_where_it_is_defined() -> None:
    for term in terms():
        assert (term, RDFS.isDefinedBy, URIRef(MAB)) in ontology(), f"{own(term)}: add rdfs:isDefinedBy <ontology/>"
        if term not in schemes():
            assert (term, SKOS.example, None) in ontology(), f"{own(term)} has no example: add skos:example"


def test_properties_are_those_of_the_context() -> None:
    declared: set[str] = set()
    for kind in (OWL.ObjectProperty, OWL.DatatypeProperty):
        declared |= {str(name).removeprefix(MAB) for name in ontology().subjects(RDF.type, kind)}
    identifiers = [entry["@id"] for entry in CONTEXT.values() if isinstance(entry, dict)]
    used = {identifier.removeprefix("mab:") for identifier in identifiers if identifier.startswith("mab:")}
    assert used - declared == set(), "the context has properties that ontology/evidence.ttl does not: add them there"
    assert declared - used - set(NOT_IN_RECORDS) == set(), "no record writes these: add them to context or list"
    assert set(NOT_IN_RECORDS) <= declared - used, "these are listed without need: take them out of the list"


def test_object_and_datatype_properties_agree_with_the_context() -> None:
    for entry in CONTEXT.values():
        if isinstance(entry, dict) and entry["@id"].startswith("mab:"):
            kind = OWL.ObjectProperty if entry.get("@type") in {"@id", "@vocab"} else OWL.DatatypeProperty
            name = URIRef(MAB + entry["@id"].removeprefix("mab:"))
            assert (name, RDF.type, kind) in ontology(), f"{own(name)}: the context writes it as {kind}"


def test_every_term_of_ours_that_is_named_exists() -> None:
    for subject, predicate, named in ontology():
        for node in (predicate, named):
            if isinstance(node, URIRef) and str(node).startswith(BASE):
                assert (node, None, None) in ontology(), f"{own(subject)} names {own(node)}, which nothing defines"


def test_every_concept_is_in_one_scheme() -> None:
    for concept in ontology().subjects(RDF.type, SKOS.Concept):
        in_schemes = set(ontology().objects(concept, SKOS.inScheme))
        assert len(in_schemes) == 1, f"{own(concept)} is in {len(in_schemes)} schemes: name one"
        assert in_schemes <= schemes(), f"{own(concept)} is in something that is no scheme"


def test_broader_stays_within_its_scheme_and_has_no_circle() -> None:
    for narrow, broad in ontology().subject_objects(SKOS.broader):
        kinds = {frozenset(ontology().objects(node, SKOS.inScheme)) for node in (narrow, broad)}
        assert len(kinds) == 1, f"{own(narrow)} and the broader {own(broad)} are in different schemes"
        above = set(ontology().transitive_objects(broad, SKOS.broader))
        assert narrow not in above, f"{own(narrow)} is broader than itself: take one skos:broader out"


def test_no_two_things_of_one_kind_share_a_label() -> None:
    holders: dict[tuple[Node, str], set[Node]] = defaultdict(set)
    for term in terms():
        kinds = set(ontology().objects(term, SKOS.inScheme)) or set(ontology().objects(term, RDF.type))
        for predicate in (RDFS.label, SKOS.prefLabel, SKOS.altLabel):
            for label in ontology().objects(term, predicate):
                for kind in kinds:
                    holders[kind, str(label).casefold()].add(term)
    for (_, shared), things in holders.items():
        names = sorted(map(own, things))
        assert len(names) == 1 or shared in SHARED_LABELS, f"{names} are all {shared!r}: rename, or list with a reason"


def test_no_thing_repeats_its_label_as_a_synonym() -> None:
    for term, synonym in ontology().subject_objects(SKOS.altLabel):
        labels = [*ontology().objects(term, RDFS.label), *ontology().objects(term, SKOS.prefLabel)]
        assert str(synonym) not in map(str, labels), f"{own(term)}: the synonym {synonym!r} is the label; take it out"


def test_every_identifier_matches_the_pattern_of_its_vocabulary() -> None:
    for term, identifier in ontology().subject_objects(URIRef(MAB + "identifier")):
        prefix, _, local = str(identifier).partition(":")
        assert prefix in PATTERNS, f"{own(term)}: the prefix of {identifier} is unknown; add its pattern here"
        assert re.fullmatch(PATTERNS[prefix], local), f"{own(term)}: {identifier} is not an identifier of {prefix}"


def test_no_two_things_share_an_identifier() -> None:
    holders: dict[str, set[str]] = defaultdict(set)
    for term, identifier in ontology().subject_objects(URIRef(MAB + "identifier")):
        holders[str(identifier)].add(own(term))
    assert {name: sorted(things) for name, things in holders.items() if len(things) > 1} == {}


def test_every_identifier_was_seen_beside_its_name() -> None:
    seen = {row["curie"] for row in verified()}
    for term, identifier in ontology().subject_objects(URIRef(MAB + "identifier")):
        prefix, _, local = str(identifier).partition(":")
        curie = f"{PREFIX_OF_TERMS.get(prefix, prefix)}:{local}"
        assert curie in seen, f"{own(term)}: no verified row of terms.csv has {curie}; take it out or verify it"


def test_every_mapping_was_seen_beside_its_name() -> None:
    seen = {row["iri"] for row in verified()}
    for predicate in (*MATCHES, RDFS.subClassOf, RDFS.subPropertyOf):
        for term, mapped in ontology().subject_objects(predicate):
            known = str(mapped).startswith(MAB) or str(mapped) in seen
            assert known, f"{own(term)}: no verified row of terms.csv has {mapped}; take it out or verify it"


def test_one_thing_is_mapped_in_one_way() -> None:
    for term in terms():
        targets = [mapped for predicate in MATCHES for mapped in ontology().objects(term, predicate)]
        assert len(targets) == len(set(targets)), f"{own(term)} is mapped to one thing in two ways: keep the weaker one"


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_file_is_formatted(path: Path) -> None:
    """One triple a line, each line ends with a semicolon, and a dot of its own closes the term."""
    text = path.read_text("utf-8")
    assert text.endswith("    .\n"), f"{path.name}: end the file with the last term's dot"
    head, *blocks = text.rstrip("\n").split("\n\n")
    assert all(line.startswith(("#", "@prefix ")) for line in head.split("\n")), "begin with comment and prefixes"
    prefixes = [line for line in head.split("\n") if line.startswith("@prefix ")]
    assert prefixes == sorted(set(prefixes)), f"{path.name}: sort the prefixes"
    for block in blocks:
        subject, *lines = block.split("\n")
        assert re.fullmatch(r"\S+", subject), f"{path.name}: {subject!r} must stand alone on its line"
        assert lines[-1] == "    .", f"{path.name}, {subject}: close the term with a dot on a line of its own"
        body = lines[:-1]
        for line in body:
            assert re.fullmatch(r"    \S.* ;", line), f"{subject}: {line!r} needs four blanks and a semicolon"
        types = [line for line in body if line.startswith("    a ")]
        rest = [line for line in body if not line.startswith("    a ")]
        assert types, f"{path.name}, {subject}: say what it is"
        assert body == sorted(types) + sorted(rest), f"{path.name}, {subject}: types first, then the lines in order"


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_terms_of_a_file_are_sorted(path: Path) -> None:
    """A section begins with the ontology, with a scheme, or where classes give way to properties."""
    sections: list[list[str]] = [[]]
    last = ""
    for block in path.read_text("utf-8").rstrip("\n").split("\n\n")[1:]:
        subject, kind = block.split("\n")[:2]
        kind = "property" if "Property ;" in kind and "owl:" in kind else "class" if "owl:Class" in kind else ""
        if "skos:ConceptScheme" in block or "owl:Ontology" in block or kind != last:
            sections.append([])
        last = kind
        if "skos:ConceptScheme" not in block:
            sections[-1].append(subject.strip("<>").replace("mabc:", "concept/"))
    for section in sections:
        assert section == sorted(section), f"{path.name}: sort these terms: {sorted(section)[:3]}…"


def test_prefixes_are_used() -> None:
    for path in FILES:
        text = re.sub(r'"(?:[^"\\]|\\.)*"', "", path.read_text("utf-8"))
        for prefix in re.findall(r"^@prefix (\w+):", text, flags=re.MULTILINE):
            assert re.search(rf"(?<!prefix )\b{prefix}:\w", text), f"{path.name}: the prefix {prefix} is not used"


def test_base_stands_in_the_context_only() -> None:
    for path in sorted(ONTOLOGY.rglob("*")):
        if path.is_file() and path.name != "context.jsonld":
            assert BASE not in path.read_text("utf-8"), f"{path.name}: write IRIs relative to the base"


def test_an_event_with_a_grade_in_its_name_has_that_grade() -> None:
    named = {"three": {3}, "four": {4}, "three or four": {3, 4}, "three or higher": {3, 4, 5}}
    graph, seen = ontology(), 0
    for event in set(graph.subjects(RDF.type, MAB_ADVERSE)):
        label = str(graph.value(event, SKOS.prefLabel))
        _, of, grade = label.partition(" of grade ")
        grades = {int(str(value)) for value in graph.objects(event, MAB_GRADE)}
        assert grades == (named[grade] if of else set()), f"{label}: write mab:grade for each grade that its name says"
        seen += bool(of)
    assert seen > 25
