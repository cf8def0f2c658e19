"""What is below what: a filter by a name finds every variable whose own name has that name in it, or the reason why not is listed."""

from __future__ import annotations

import re
from functools import cache

import pytest
from rdflib import SKOS
from rdflib.term import Node

from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary
from mabgraph.ingest.errors import UnknownName

from .conftest import ontology

#: Variables that have another's name in theirs and are not below it, and why.
NOT_NARROWER = {
    "a time, not the state that it is about": {
        ("duration of remission", "remission"), ("duration of response", "response"), ("time to response", "response"),
        ("time to best response", "response"), ("relapse-free survival", "relapse"),
    },
    "the state of patients at another event": {
        ("allogeneic stem-cell transplantation after relapse", "relapse"), ("eligibility by late relapse", "relapse"),
        ("allogeneic stem-cell transplantation in continued remission", "remission"),
        ("allogeneic stem-cell transplantation without remission", "remission"),
    },
    "another category of response, or a sum that includes it": {
        ("complete response or better", "complete response"), ("partial response or better", "partial response"),
        ("stringent complete response", "complete response"), ("very good partial response", "partial response"),
        ("very good partial response or better", "partial response"), ("very good partial response or better", "partial response or better"),
        ("very good partial response or better", "very good partial response"),
    },
    "of another disease, under the same name": {
        (label, "complete response of lymphoma") for label in ("complete response", "complete response or better", "stringent complete response")
    }
    | {("complete response of lymphoma", "complete response")},
    "ends with a later event, and must not be read as the earlier": {
        ("progression-free survival on the next line of treatment", "progression-free survival"),
    },
    "death from something else": {("death without relapse", "relapse")},
    "what an event led to, not how often it occurred": {
        (f"treatment {end} because of {event}", name) for end in ("discontinuation", "interruption") for event, name in (
            ("a neurologic event", "neurologic event"), ("the cytokine release syndrome", "cytokine release syndrome"),
            ("an infusion-related reaction", "infusion-related reaction"), ("an infusion reaction", "infusion-related reaction"),
            ("infection", "infection"), ("neutropenia", "neutropenia"),
        )
    },
    "antibodies in the blood, not the disease": {("antibody response", "response")},
    "a name shared with it": {("pneumonia or pneumonitis", "pneumonia"), ("Hispanic ethnic group", "Hispanic")},
    "the opposite, or another group": {
        (f"non-Hispanic {race}", name) for race in ("Black", "White") for name in ("Hispanic", "Hispanic ethnic group")
    }
    | {
        ("other race or ethnicity", "other race"),
        ("ECOG performance status 2 or higher", "performance status 2"),
    },
}  # fmt: skip
KINDS = ("endpoints", "adverse-events", "baseline-characteristics")


@cache
def variables() -> dict[Node, tuple[str, str]]:
    """Return kind and name of each variable."""
    schemes = {vocabulary.concept(f"scheme/{kind}"): kind for kind in KINDS}
    return {
        term: (schemes[str(scheme)], str(ontology().value(term, SKOS.prefLabel)))
        for term, scheme in ontology().subject_objects(SKOS.inScheme) if str(scheme) in schemes
    }  # fmt: skip


def names(term: Node) -> list[str]:
    """Return the names of a variable that have more than three letters."""
    every = [ontology().value(term, SKOS.prefLabel), *ontology().objects(term, SKOS.altLabel)]
    return [str(name) for name in every if len(str(name)) > 3]


def lost() -> set[tuple[str, str]]:
    """Return pairs of variables of a kind: the first has a name of the second in its own, and is not below it."""
    pairs = set()
    for narrow, (kind, label) in variables().items():
        above = set(ontology().transitive_objects(narrow, SKOS.broader))
        for broad, (other, name) in variables().items():
            has = any(re.search(rf"\b{re.escape(each)}\b", label) for each in names(broad))
            graded = "grade" in label and "grade" in name  # those of an exact grade are found by the filter ``grade``
            if other == kind and has and broad not in above and not graded:
                pairs.add((label, name))
    return pairs


@pytest.mark.slow
def test_what_has_a_name_in_its_own_is_below_it() -> None:
    listed = set().union(*NOT_NARROWER.values())
    assert lost() - listed == set(), "state skos:broader, or list the pair with the reason"


#: What names of adverse events have in front and behind, around the name of the event itself.
QUALIFIED = re.compile(r"(?:(?:fatal|serious|infusion-related(?! reaction)|treatment-related) )*(?P<event>.+?)(?: of grade \d.*)?")


def test_each_adverse_event_is_below_the_same_event_without_its_grade_and_seriousness() -> None:
    """A reviewer asks for nausea, and not for nausea as part of an infusion reaction, of which he does not know."""
    plain = {label: term for term, (_, label) in variables().items()}
    qualified = 0
    for narrow, (kind, label) in variables().items():
        match = QUALIFIED.fullmatch(label)
        event = match["event"] if match else label
        if kind == "adverse-events" and event != label:
            assert event in plain, f"{label}: add {event}"
            assert plain[event] in set(ontology().transitive_objects(narrow, SKOS.broader)), label
            qualified += 1
    assert qualified > 40


@pytest.mark.slow
def test_pairs_that_are_listed_are_still_apart() -> None:
    named = {label for _, label in variables().values()}
    listed = {pair for pairs in NOT_NARROWER.values() for pair in pairs if pair[0] in named}
    assert listed - lost() == set(), "take out what is below now"


def test_every_adverse_event_is_below_adverse_event() -> None:
    top = vocabulary.concept("adverse-event")
    apart = [
        label for term, (kind, label) in variables().items()
        if kind == "adverse-events" and top not in {str(each) for each in ontology().transitive_objects(term, SKOS.broader)}
    ]  # fmt: skip
    assert apart == []
    assert len([kind for kind, _ in variables().values() if kind == "adverse-events"]) > 90


@pytest.mark.parametrize(
    ("endpoint", "filters", "labels"),
    [
        ("septic shock", {"trial": "TOWER"}, {"fatal septic shock"}),
        ("serious adverse event", {"trial": "GEN501"}, {"serious adverse event", "serious pyrexia", "serious atrial fibrillation"}),
        ("ORR", {"trial": "SIRIUS"}, {"overall response", "partial response or better"}),
        ("lymphopenia", {"target": "CD20"}, {"lymphopenia at baseline"}),
        ("CR", {"trial": "Plesner"}, {"complete response", "stringent complete response"}),
        ("alloSCT", {"trial": "TOWER"}, {"allogeneic stem-cell transplantation", "allogeneic stem-cell transplantation without remission"}),
        ("ECOG 1", {}, {"performance status 1", "ECOG performance status 1"}),
        ("nausea", {}, {"infusion-related nausea"}),
        ("shortness of breath", {"trial": "SIRIUS"}, {"infusion-related dyspnoea"}),
        ("hyperglycemia", {"trial": "GEN501"}, {"hyperglycaemia of grade 3 or 4"}),
        ("atrial fibrillation", {"trial": "GEN501"}, {"serious atrial fibrillation"}),
        ("hepatotoxicity", {}, {"serious hepatobiliary disorder", "acute hepatic injury", "elevated liver enzymes of grade 3 or higher"}),
        ("cytopenia", {"trial": "TOWER"}, {"neutropenia of grade 3 or higher", "lymphopenia of grade 3 or higher"}),
    ],
)  # fmt: skip
def test_a_filter_finds_what_is_narrower_in_fact(endpoint: str, filters: dict[str, str], labels: set[str], real: Catalogue) -> None:
    rows, _ = real.page("estimates-page", {"endpoint": endpoint, **filters}, 1000)
    assert labels <= {str(row["endpoint_label"]) for row in rows}


@pytest.mark.parametrize(
    ("asked", "events"),
    [
        ("grade 3 neutropenia", {"neutropenia-grade-three", "neutropenia-grade-three-or-four", "neutropenia-grade-three-or-higher"}),
        ("Grade 3-4 anemia", {"anaemia-grade-three-or-four", "anaemia-grade-three-or-higher"}),
        ("grade ≥3 CRS", {"cytokine-release-syndrome-grade-three-or-higher"}),
        ("G4 IRR", {"infusion-related-reaction-grade-four"}),
        ("grade 3 or worse AE", {"adverse-event-grade-three-or-four", "adverse-event-grade-three-or-higher"}),
    ],
)
def test_an_adverse_event_is_found_by_its_grade_in_front(asked: str, events: set[str], real: Catalogue) -> None:
    assert real.names.meanings("endpoint", asked) == {vocabulary.concept(event) for event in events}


@pytest.mark.parametrize("asked", ["grade 6 neutropenia", "grade 3", "grade 3 nonsense", "grade neutropenia", f"grade 3 {'a' * 5000}"])
def test_what_has_no_grade_or_no_event_is_unknown(asked: str, real: Catalogue) -> None:
    with pytest.raises(UnknownName):
        real.names.meanings("endpoint", asked)


def test_the_address_of_a_variable_gives_it_although_others_share_its_name(real: Catalogue) -> None:
    for term in variables():
        assert real.names.find("endpoint", vocabulary.local_name(str(term))) == str(term)
    assert len(real.names.meanings("endpoint", "hypertension")) > 1


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["drug", "target", "trial"])
def test_a_claim_that_names_a_thing_is_listed_under_it(kind: str, real: Catalogue) -> None:
    claims = real.page("claims-page", {}, 1000)[0]
    things = {str(row["id"]): str(row["label"]) for row in real.page(f"{kind}s", {}, 1000)[0]}
    missing = []
    for iri, name in things.items():
        longer = [other for other in things.values() if other != name and name in other]
        listed = {row["id"] for row in real.page("claims-page", {kind: iri}, 1000)[0]}
        for claim in claims:
            words = str(claim["label"])
            for other in longer:
                words = words.replace(other, "")
            pooled = vocabulary.resource("study/monotherapy-pooled-analysis") in str(claim["about"])  # and not about the studies in it
            named = re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", words, re.IGNORECASE)
            if named and claim["id"] not in listed and not (kind == "trial" and pooled):
                missing.append((name, claim["id"]))
    assert missing == [], "add it to about, or to what the claim is about"
    assert len(claims) > 400
