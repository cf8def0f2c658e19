"""The curated files of ontology/ are under test: complete, consistent, formatted, with identifiers that were seen."""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from rdflib import OWL, RDF, RDFS, SKOS, Literal, URIRef
from rdflib.term import Node

from mabgraph.graph.questions import spelling
from mabgraph.graph.store import vocabulary
from mabgraph.ingest import record

from .conftest import ontology

ROOT: Final = Path(__file__).parents[1]
ONTOLOGY: Final = ROOT / "ontology"
RECORDS: Final = sorted(vocabulary.RECORDS.glob("*.yaml"))
TERMS: Final = ROOT.parent / "shared" / "terms" / "terms.csv"
CONTEXT: Final = json.loads((ONTOLOGY / "context.jsonld").read_text("utf-8"))["@context"]
MAB: Final = str(CONTEXT["mab"])
BASE: Final = MAB.removesuffix("ontology/")
FILES: Final = sorted(ONTOLOGY.rglob("*.ttl"))
NAMES: Final = [str(path.relative_to(ONTOLOGY)) for path in FILES]
MATCHES: Final = (SKOS.exactMatch, SKOS.closeMatch, SKOS.broadMatch, SKOS.narrowMatch, SKOS.relatedMatch)

MAB_ADVERSE: Final = URIRef(f"{MAB}AdverseEvent")
MAB_GRADE: Final = URIRef(f"{MAB}grade")
VARIABLES: Final = {URIRef(MAB + kind) for kind in ("Variable", "Endpoint", "AdverseEvent", "BaselineCharacteristic")}
#: What has nothing broader, and why. A filter includes what is narrower, so a thing that is missing below another is lost under its name.
TOP_CONCEPTS: Final[dict[str, dict[str, str]]] = {
    "variable": {
        "adverse-event": "the class of all unwanted occurrences",
        "allogeneic-stem-cell-transplantation": "a treatment that is an outcome: neither a state of the disease nor an unwanted occurrence",
        "antibody-response": "serology, in patients of any disease",
        "anti-cd19-therapy": "a treatment that is directed at a target, as an exposure",
        "clinical-improvement": "symptoms of any illness, by no scale",
        "death": "of any cause; overall survival is the time to it",
        "demographic-characteristic": "a group of lines of a table of patients",
        "disease-assessment": "the class of what the disease does under treatment",
        "disease-characteristic": "a group of lines of a table of patients",
        "donor-search": "precedes a transplantation and may come to none",
        "extent-of-exposure": "a heading of reports of safety",
        "follow-up-time": "of the study, not of a patient",
        "health-related-quality-of-life": "what patients report",
        "health-status": "a group of lines of a table of patients",
        "hospitalisation": "a level of care",
        "mechanical-ventilation": "a support of breathing, which is given in and outside intensive care",
        "patient-disposition": "a heading of flow diagrams",
        "previous-therapy": "a group of lines of a table of patients",
        "supportive-therapy-received": "the class of treatments besides the one under study",
        "survival-endpoint": "the class of times that end with a harm",
        "time-to-response": "a time that ends with a benefit",
        "timing-of-illness-and-treatment": "the class of times before and around a treatment",
    },
    "Condition": {
        "blood-cancer": "the diseases that mabgraph is about",
        "chronic-obstructive-pulmonary-disease": "no cancer: another illness of patients, alone of its kind here",
        "covid-19": "no cancer: an infection, whose other kinds are named by their agent",
        "herpes-zoster": "no cancer: another infection",
    },
    "Target": dict.fromkeys(
        (
            "BCMA", "CCR4", "CD123", "CD138", "CD19", "CD20", "CD22", "CD25", "CD3", "CD30", "CD33", "CD37", "CD38", "CD47", "CD52", "CD70", "CD79B",
            "FcRH5", "GPRC5D", "PD-1", "RANKL", "ROR1", "SLAMF7", "TIM-3",
        ),
        "a molecule of its own: no antibody here binds one as part of another",
    ),
    "drug-classes": {
        "analgesic": "by what it is for", "antibody": "by its structure", "antihistamine": "by how it acts", "antimalarial": "by what it is for",
        "antiviral": "by what it is for", "car-t-cell-therapy": "cells, not a molecule", "chemotherapy": "by how it acts",
        "convalescent-plasma-class": "a blood product of many antibodies", "corticosteroid": "by how it acts", "enzyme": "by its structure",
        "growth-factor": "by how it acts", "immunomodulatory-drug": "by how it acts", "leukotriene-receptor-antagonist": "by how it acts",
        "proteasome-inhibitor": "by how it acts",
    },
    "measures": {
        "count": "of one group", "difference-measure": "the class of differences", "mean": "of one group", "median": "of one group",
        "number-as-registered": "of one group: the registry does not say what kind of summary it is", "percent-change": "of one group, over time", "proportion": "of one group", "range-of-estimates": "of several studies",
        "rate": "of one group, by time", "ratio-measure": "the class of ratios", "relative-reduction": "a ratio that is given as what it takes away",
        "survival-probability": "of one group, at a time",
    },
}  # fmt: skip
#: Properties that no record writes, so that the context need not know them.
NOT_IN_RECORDS: Final = {
    "aboutTarget": "said of variables, in ontology/concepts.ttl",
    "comparability": "worked out when the dataset is built",
    "shows": "worked out when the dataset is built",
    "concerns": "worked out when the dataset is built",
    "drugClass": "said of drugs, in ontology/drugs.ttl",
    "eventIs": "said of endpoints, in ontology/concepts.ttl",
    "grade": "said of adverse events, in ontology/concepts.ttl",
    "identifier": "said of drugs, targets and conditions",
}
#: Labels that two things of one kind may share, and why.
SHARED_LABELS: Final[dict[str, str]] = {
    "rd": "reviewers call the difference of two percentages so, whether the event is good or bad",
    "cr": "complete remission of leukaemia and complete response of myeloma or lymphoma",
    "complete response": "of myeloma and of lymphoma, which the field names alike",
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


def test_broader_stays_within_its_scheme_or_among_variables_and_has_no_circle() -> None:
    for narrow, broad in ontology().subject_objects(SKOS.broader):
        kinds = {frozenset(ontology().objects(node, SKOS.inScheme)) for node in (narrow, broad)}
        variables = all(set(ontology().objects(node, RDF.type)) & VARIABLES for node in (narrow, broad))
        assert len(kinds) == 1 or variables, f"{own(narrow)} and the broader {own(broad)} are in different schemes and no variables"
        above = set(ontology().transitive_objects(broad, SKOS.broader))
        assert narrow not in above, f"{own(narrow)} is broader than itself: take one skos:broader out"


def top_concepts(kinds: set[URIRef]) -> set[str]:
    """Return the local names of the things of these classes, or in these schemes, that have nothing broader."""
    things = {thing for kind in kinds for predicate in (RDF.type, SKOS.inScheme) for thing in ontology().subjects(predicate, kind)}
    return {own(thing).rsplit("/", 1)[-1] for thing in things if (thing, SKOS.broader, None) not in ontology()}


@pytest.mark.parametrize("kind", TOP_CONCEPTS)
def test_everything_is_below_something_broader_or_is_at_the_top_for_a_reason(kind: str) -> None:
    kinds = VARIABLES if kind == "variable" else {URIRef(MAB + kind), URIRef(f"{BASE}concept/scheme/{kind}")}
    tops = top_concepts(kinds)
    assert tops - TOP_CONCEPTS[kind].keys() == set(), "these have nothing broader: add skos:broader, or list them with a reason"
    assert TOP_CONCEPTS[kind].keys() - tops == set(), "these are listed without need: take them out of the list"
    assert all(TOP_CONCEPTS[kind].values())


def test_a_thing_without_a_broader_one_is_seen() -> None:
    assert {"blood-cancer", "covid-19"} <= top_concepts({URIRef(f"{MAB}Condition")})
    assert "multiple-myeloma" not in top_concepts({URIRef(f"{MAB}Condition")})


def test_what_is_broader_is_about_the_same_target() -> None:
    """A filter by a target includes what is narrower, so a variable about a target is below one about the same, or about none."""
    about = URIRef(MAB + "aboutTarget")
    for narrow, broad in ontology().subject_objects(SKOS.broader):
        targets = set(ontology().objects(broad, about))
        assert targets <= set(ontology().objects(narrow, about)), f"{own(narrow)}: add the mab:aboutTarget of {own(broad)}"


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
    named = {"3": {3}, "4": {4}, "3 or 4": {3, 4}, "3 or higher": {3, 4, 5}}
    graph, seen = ontology(), 0
    for event in set(graph.subjects(RDF.type, MAB_ADVERSE)):
        label = str(graph.value(event, SKOS.prefLabel))
        _, of, grade = label.partition(" of grade ")
        grades = {int(str(value)) for value in graph.objects(event, MAB_GRADE)}
        assert grades == (named[grade] if of else set()), f"{label}: write mab:grade for each grade that its name says"
        seen += bool(of)
    assert seen > 25


#: Number words that the field writes as digits; ordinals ("the first infusion") are written out.
CARDINALS: Final = re.compile(rf"(?i)\b(?:zero|{'|'.join(spelling.WORDS)})\b")
#: Labels in which such a word is no number of the field, and why.
WORDS_IN_LABELS: Final = {
    "patients who received one option of a regimen": "one or the other",
    "daratumumab added to one of several backbones": "one or the other",
}
#: The longest label of a study, which stands in rows and pictures; its title is its description.
LONGEST_STUDY: Final = 60


def spelled(labels: Iterable[str]) -> list[str]:
    return [label for label in labels if CARDINALS.search(label) and label not in WORDS_IN_LABELS]


def test_labels_have_digits_where_the_field_writes_digits() -> None:
    graph = ontology()
    assert (
        spelled(str(label) for predicate in (SKOS.prefLabel, SKOS.altLabel, RDFS.label) for label in graph.objects(None, predicate)) == []
    )


@pytest.mark.parametrize("path", RECORDS, ids=[path.stem for path in RECORDS])
def test_labels_of_records_have_digits_and_studies_short_labels(path: Path) -> None:
    one, _ = record.load(path)
    labels = [str(getattr(item, "label", "")) for _, item in one.items_with_id()] + [table.label for table in one.tables]
    assert spelled(labels) == []
    for study in one.studies:
        assert len(study.label) <= LONGEST_STUDY, f"{study.id}: shorten the label, and put the whole title into description"
        assert study.label == study.acronym or study.description or study.acronym is None, study.id


def test_a_spelled_number_in_a_label_is_seen() -> None:
    assert spelled(["grade three", "16 mg/kg", "first infusion", "sixteen mg/kg", "performance status zero", *WORDS_IN_LABELS]) == [
        "grade three", "sixteen mg/kg", "performance status zero"
    ]  # fmt: skip
    written = {str(label) for predicate in (SKOS.prefLabel, RDFS.label) for label in ontology().objects(None, predicate)}
    written |= {str(getattr(item, "label", "")) for path in RECORDS for _, item in record.load(path)[0].items_with_id()}
    assert WORDS_IN_LABELS.keys() <= written, "these are listed without need: take them out"
