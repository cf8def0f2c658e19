"""The evidence network: what is a treatment, what joins two, what does not, by which chain, and every form it is given in."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import networkx as nx
import pyoxigraph as ox
import pytest

from mabgraph.api.exports import exchange
from mabgraph.api.plots import drawing, placing
from mabgraph.graph.building import quads
from mabgraph.graph.network import network, reach, treatments
from mabgraph.graph.network.declaration import Chain, Gap
from mabgraph.graph.network.network import Network
from mabgraph.graph.questions import names, question
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import store, vocabulary
from mabgraph.graph.store.dataset import Dataset, Manifest
from mabgraph.ingest.errors import UnknownName

CHEMOTHERAPY = "choice.kantarjian-2017.standard-chemotherapy"
PREFIXES = "\n".join(f"@prefix {prefix}: <{iri}> ." for prefix, iri in vocabulary.prefixes().items())


def arm(name: str, drugs: str = "", role: str = "intervention-arm", more: str = "") -> str:
    """Return a group in Turtle, given a regimen of ``drugs`` (with spaces between) of its own, or none."""
    regimen = f"; mab:regimen <id/regimen/{name}>" if drugs else ""
    iris = ", ".join(f"<id/drug/{drug}>" for drug in drugs.split())
    regimens = f'<id/regimen/{name}> a mab:Regimen ; rdfs:label "regimen of {name}"@en ; mab:drug {iris} .\n' if drugs else ""
    return f'{regimens}<id/group/{name}> a mab:Group ; rdfs:label "{name}"@en ; {of(name)} ; mab:groupRole mabc:{role} {regimen} {more} .\n'


def of(name: str) -> str:
    """Return the study, and the report of it, that a part is of: ``d.s1-a`` is of the study s1 in the document d."""
    document, _, rest = name.partition(".")
    study = rest.partition("-")[0]
    return f"mab:ofStudy <id/study/{study}> ; mab:inReport <id/report/{document}.{study}>"


def study(name: str, document: str = "d", design: str = "randomised-controlled-trial", more: str = "") -> str:
    stated = (
        f'rdfs:label "{name} trial"@en ; mab:acronym "{name.upper()}" ; mab:design mabc:{design} ; '
        f"mab:condition <id/condition/multiple-myeloma> ; mab:reportedBy mabc:primary-report ; dcterms:source <id/document/{document}>"
    )
    in_report = stated.replace("mab:acronym", "mab:statedAcronym").replace("mab:design", "mab:statedDesign")
    in_report = in_report.replace("mab:condition", "mab:statedCondition").replace("mab:reportedBy", "mab:reportedAs")
    report = f"<id/report/{document}.{name}> a mab:Report ; mab:reportOf <id/study/{name}> ; {in_report} .\n"
    return f"<id/study/{name}> a mab:ClinicalTrial ; {stated} {more} .\n{report}"


def compared(name: str, one: str, other: str, estimate: bool = True) -> str:
    turtle = f'<id/comparison/{name}> a mab:Comparison ; rdfs:label "{name}"@en ; {of(name)} ; '
    turtle += f"mab:intervention <id/group/{one}> ; mab:comparator <id/group/{other}> .\n"
    return turtle + (result(name, f"mab:ofComparison <id/comparison/{name}>") if estimate else "")


def result(name: str, what: str, variable: str = "overall-survival") -> str:
    return (
        f'<id/estimate/{name}> a mab:EffectEstimate ; rdfs:label "{name}"@en ; {what} ; {of(name)} ; '
        f"mab:ofVariable mabc:{variable} ; mab:measure mabc:median ; dcterms:source <id/document/d> .\n"
    )


def counted(group: str, number: int, kind: str = "patients-randomised", operator: str = "=", document: str = "d") -> str:
    return (
        f"<id/fact/{group}.{kind}> a mab:Quantity ; mab:describes <id/group/{group}> ; mab:quantityKind mabc:{kind} ; "
        f'mab:value {number} ; mab:valueOperator "{operator}" ; dcterms:source <id/document/{document}> .\n'
    )


#: Three arms, of which two comparisons are recorded.
THREE = (
    study("s1") + arm("d.s1-a", "daratumumab") + arm("d.s1-b", "rituximab", "comparator-arm") + arm("d.s1-c", "blinatumomab")
    + compared("d.s1-ab", "d.s1-a", "d.s1-b") + compared("d.s1-ca", "d.s1-c", "d.s1-a")
    + counted("d.s1-a", 100) + counted("d.s1-b", 90) + counted("d.s1-c", 80, "patients-treated")
)  # fmt: skip
#: Results of the same end point of both arms, and one of one arm only.
SIDES = (
    study("s2") + arm("d.s2-c", "blinatumomab") + arm("d.s2-d", "inotuzumab-ozogamicin", "comparator-arm")
    + compared("d.s2-cd", "d.s2-c", "d.s2-d", estimate=False)
    + result("d.s2-c-os", "mab:ofGroup <id/group/d.s2-c>") + result("d.s2-d-os", "mab:ofGroup <id/group/d.s2-d>")
    + result("d.s2-d-cr", "mab:ofGroup <id/group/d.s2-d>", "complete-remission")
)  # fmt: skip
#: Planned: from inotuzumab to lenalidomide, which another study compares with thalidomide.
PLAN = (
    study("s4") + arm("d.s4-all", role="whole-study") + arm("d.s4-d", "inotuzumab-ozogamicin", more="; mab:parentGroup <id/group/d.s4-all>")
    + arm("d.s4-e", "lenalidomide", "comparator-arm") + compared("d.s4-de", "d.s4-d", "d.s4-e", estimate=False)
    + counted("d.s4-all", 300, "planned-enrolment", "~")
    + study("s6") + arm("d.s6-e", "lenalidomide") + arm("d.s6-g", "thalidomide", "comparator-arm") + compared("d.s6-eg", "d.s6-e", "d.s6-g")
)  # fmt: skip
#: A study with a result of something, and none of what it compares.
SILENT = (
    study("s5") + arm("d.s5-d", "inotuzumab-ozogamicin") + arm("d.s5-f", "dexamethasone", "comparator-arm")
    + compared("d.s5-df", "d.s5-d", "d.s5-f", estimate=False) + result("d.s5-f-os", "mab:ofGroup <id/group/d.s5-f>")
)  # fmt: skip
#: Two doses of one drug; responders of both arms.
DOSES = study("s3") + arm("d.s3-low", "daratumumab") + arm("d.s3-high", "daratumumab") + compared("d.s3-lh", "d.s3-low", "d.s3-high")
RESPONDERS = (
    study("s7") + arm("d.s7-a", "daratumumab", "subgroup") + arm("d.s7-b", "rituximab", "subgroup") + compared("d.s7-ab", "d.s7-a", "d.s7-b")
)  # fmt: skip
ALL = THREE + SIDES + PLAN + SILENT + DOSES


def catalogue_of(*documents: str) -> Catalogue:
    """Return a catalogue over the ontology and one graph for each of ``documents``, in Turtle."""

    def read() -> Iterator[ox.Quad]:
        for path in sorted(vocabulary.ONTOLOGY.glob("*.ttl")):
            for quad in ox.parse(path=str(path), base_iri=vocabulary.base()):
                yield ox.Quad(quad.subject, quad.predicate, quad.object, quads.graph("ontology"))
        for number, text in enumerate(documents):
            for quad in ox.parse(f"{PREFIXES}\n{text}", ox.RdfFormat.TURTLE, base_iri=vocabulary.base()):
                yield ox.Quad(quad.subject, quad.predicate, quad.object, quads.graph("de"[number]))

    loaded = store.from_quads(read())
    manifest = Manifest("invented", "tests", {}, 0, len(loaded), 0, {})
    return Catalogue(Dataset(Path(), manifest, loaded), names.read(loaded, question.load("names").text))


@pytest.fixture(scope="module")
def invented() -> Network:
    """Return the network of all the studies above."""
    return network.read(catalogue_of(ALL))


@pytest.fixture(scope="module")
def whole(real: Catalogue) -> Network:
    """Return the network of mabgraph's own dataset."""
    return network.read(real)


def read_links(known: Network) -> dict[str, tuple[str, str, str, int | None]]:
    """Return what each study joins, on what evidence, and with how many patients."""
    return {f"{link.study_name} {link.intervention} {link.comparator}": (link.evidence, link.patients_counted, link.planned_enrolment, link.patients)
            for link in known.links}  # fmt: skip


def test_the_real_network_is_what_the_documents_report(whole: Network) -> None:
    assert read_links(whole) == {
        "TOWER blinatumomab " + CHEMOTHERAPY: ("estimates", "patients randomised", "", 405),
        "CCC19 convalescent-plasma group.thompson-2021.nonrecipients": ("estimates", "patients in group", "", 966),
        "Inotuzumab ozogamicin versus chemotherapy inotuzumab-ozogamicin "
        "group.kantarjian-2017.inotuzumab-trial-chemotherapy": ("arms", "", "", None),
        "ALCYONE bortezomib.daratumumab.melphalan.prednisone bortezomib.melphalan.prednisone": ("planned", "", "approximately 700", None),
        "CASSIOPEIA bortezomib.daratumumab.dexamethasone.thalidomide bortezomib.dexamethasone.thalidomide":
            ("planned", "", "more than 1000", None),
        "CASSIOPEIA daratumumab group.daratumumab-2016.cassiopeia-observation": ("planned", "", "more than 1000", None),
        "CASTOR bortezomib.daratumumab.dexamethasone bortezomib.dexamethasone": ("planned", "", "approximately 480", None),
        "MAIA daratumumab.dexamethasone.lenalidomide dexamethasone.lenalidomide": ("planned", "", "approximately 730", None),
        "POLLUX daratumumab.dexamethasone.lenalidomide dexamethasone.lenalidomide": ("planned", "", "approximately 570", None),
    }  # fmt: skip
    assert len(whole.treatments) == 20
    assert whole.patients == {
        "blinatumomab": 271, CHEMOTHERAPY: 134, "convalescent-plasma": 143, "group.thompson-2021.nonrecipients": 823,
    }  # fmt: skip


def test_every_link_carries_what_a_reviewer_follows(whole: Network, real: Catalogue) -> None:
    tower = next(link for link in whole.links if link.study_name == "TOWER")
    assert len(tower.comparisons) == 2
    assert vocabulary.resource("estimate/kantarjian-2017.overall-survival-hazard-ratio") in tower.estimates
    assert tower.documents == (vocabulary.resource("document/kantarjian-2017"),)
    assert tower.registration == "NCT02013167"
    assert sum(tower.checks.values()) == len(tower.estimates) + len(tower.arm_results)
    known = {str(row["estimate"]) for row in real.ask("estimates")}
    for link in whole.links:
        assert {*link.estimates, *link.arm_results} <= known
        assert link.study.startswith(vocabulary.resource("study/"))
        assert link.documents


def test_observation_is_no_randomisation_and_an_inferred_one_is_said(whole: Network) -> None:
    assert {link.study_name for link in whole.links if not link.randomised} == {"CCC19"}
    inferred = {link.study_name for link in whole.links if any("randomisation is inferred" in caveat for caveat in link.caveats)}
    assert inferred == {"MAIA", "ALCYONE"}


def test_a_choice_of_regimens_lists_them_and_is_none_of_them(whole: Network) -> None:
    choice = whole.treatments[CHEMOTHERAPY]
    assert choice.kind == "choice"
    assert len(choice.options) == 4
    assert choice.name == "choice of " + "; ".join(choice.options)
    assert not {"cytarabine", "methotrexate", "clofarabine"} & whole.treatments.keys()


def test_parts_of_an_arm_are_no_new_treatment(whole: Network) -> None:
    control = whole.treatments["group.thompson-2021.nonrecipients"]
    assert (control.kind, control.name, len(control.groups)) == ("group", "no convalescent plasma", 6)
    assert len(whole.treatments["daratumumab"].regimens) > 3, "doses and schedules of one drug are one treatment"


@pytest.mark.parametrize(
    "name",
    ["daratumumab.dexamethasone.lenalidomide", "lenalidomide + daratumumab+dexamethasone", "Darzalex Revlimid dexamethasone",
     "Daratumumab with lenalidomide and dexamethasone"],
)  # fmt: skip
def test_a_treatment_is_found_by_its_drugs_in_any_order(name: str, whole: Network, real: Catalogue) -> None:
    assert treatments.find(whole.treatments, real.names, name).id == "daratumumab.dexamethasone.lenalidomide"


@pytest.mark.parametrize("name", ["nothing", "daratumumab + nothing", "", "x" * 100_000, "daratumumab.dexamethasone.lenalidomid"])
def test_an_unknown_treatment_is_refused(name: str, whole: Network, real: Catalogue) -> None:
    with pytest.raises(UnknownName, match="no treatment of the network is called") as caught:
        treatments.find(whole.treatments, real.names, name)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    ("filters", "studies"),
    [
        ({"drug": ["Blincyto"]}, {"TOWER"}),
        ({"drug": ["rituximab"]}, set()),
        ({"target": ["CD38"]}, {"ALCYONE", "CASSIOPEIA", "CASTOR", "MAIA", "POLLUX"}),
        ({"target": ["CD38"], "drug": ["pomalidomide", "melphalan"]}, {"ALCYONE"}),
        ({"condition": ["newly diagnosed multiple myeloma"]}, {"ALCYONE", "CASSIOPEIA", "MAIA"}),
        ({"condition": ["multiple myeloma", "covid-19"]}, {"ALCYONE", "CASSIOPEIA", "CASTOR", "MAIA", "POLLUX", "CCC19"}),
        ({"endpoint": ["PFS"]}, {"ALCYONE", "CASSIOPEIA", "CASTOR", "MAIA", "POLLUX"}),
        ({"endpoint": ["stringent complete response"]}, {"CASSIOPEIA"}),
        ({"endpoint": ["overall survival"]}, {"TOWER", "Inotuzumab ozogamicin versus chemotherapy"}),
    ],
)
def test_filters_keep_what_they_name(filters: dict[str, list[str]], studies: set[str], real: Catalogue) -> None:
    assert {link.study_name for link in network.read(real, **filters).links} == studies


def test_trials_without_arms_are_listed_and_are_no_link(whole: Network, real: Catalogue) -> None:
    assert [vocabulary.local_name(trial.study) for trial in whole.announced] == [
        "centaurus", "falp-covid", "subcutaneous-daratumumab-trial",
    ]  # fmt: skip
    assert not {trial.study for trial in whole.announced} & {link.study for link in whole.links}
    assert [trial.registration for trial in network.read(real, drug=["daratumumab"]).announced] == ["NCT02316106", "NCT02519452"]
    assert network.read(real, endpoint=["PFS"]).announced == ()
    [one] = network.read(catalogue_of(study("s9"))).announced
    assert (one.study_name, one.conditions) == ("s9 trial", (vocabulary.resource("condition/multiple-myeloma"),))


def test_an_end_point_leaves_only_its_results(real: Catalogue) -> None:
    survival = network.read(real, endpoint=["overall survival"])
    tower = next(link for link in survival.links if link.study_name == "TOWER")
    assert tower.endpoints == ("overall survival",)
    assert set(survival.treatments) == {name for link in survival.links for name in link.pair}


def test_an_unknown_filter_value_is_refused(real: Catalogue) -> None:
    with pytest.raises(UnknownName):
        network.read(real, drug=["nothing"])


def test_each_kind_of_evidence(invented: Network) -> None:
    assert read_links(invented) == {
        "S1 daratumumab rituximab": ("estimates", "patients randomised", "", 190),
        "S1 blinatumomab daratumumab": ("estimates", "", "", None),
        "S2 blinatumomab inotuzumab-ozogamicin": ("arms", "", "", None),
        "S4 inotuzumab-ozogamicin lenalidomide": ("planned", "", "approximately 300", None),
        "S5 inotuzumab-ozogamicin dexamethasone": ("none", "", "", None),
        "S6 lenalidomide thalidomide": ("estimates", "", "", None),
    }
    sides = next(link for link in invented.links if link.study_name == "S2")
    assert [vocabulary.local_name(each) for each in sides.arm_results] == ["d.s2-c-os", "d.s2-d-os"], "one of one arm only is no comparison"


def test_doses_of_one_drug_are_compared_within_it(invented: Network) -> None:
    assert [(link.intervention, link.comparator, len(link.estimates)) for link in invented.within] == [("daratumumab", "daratumumab", 1)]


def test_responders_are_not_randomised() -> None:
    [link] = network.read(catalogue_of(RESPONDERS)).links
    assert link.design == "randomised controlled trial"
    assert not link.randomised


def test_an_arm_does_not_take_the_regimen_of_the_whole() -> None:
    text = (
        study("s1") + arm("d.s1-all", "lenalidomide", "whole-study") + arm("d.s1-a", "daratumumab")
        + arm("d.s1-o", role="comparator-arm", more="; mab:parentGroup <id/group/d.s1-all>") + compared("d.s1-x", "d.s1-a", "d.s1-o")
    )  # fmt: skip
    [link] = network.read(catalogue_of(text)).links
    assert link.comparator == "group.d.s1-o"


def test_controls_of_two_studies_are_two_treatments_with_two_names() -> None:
    text = "".join(
        study(each) + arm(f"d.{each}-a", "daratumumab") + arm(f"d.{each}-o", role="unexposed-cohort")
        + compared(f"d.{each}-x", f"d.{each}-a", f"d.{each}-o") for each in ("s1", "s2")
    )  # fmt: skip
    evidence = network.read(catalogue_of(text))
    assert {treatment.name for treatment in evidence.treatments.values()} == {
        "daratumumab",
        "no daratumumab (s1 trial)",
        "no daratumumab (s2 trial)",
    }
    assert nx.number_connected_components(evidence.simple_graph()) == 1


def test_two_reports_of_one_study_are_not_added_up() -> None:
    def report(document: str, number: int) -> str:
        name = f"{document}.s1"
        return (
            study("s1", document) + arm(f"{name}-a", "daratumumab") + arm(f"{name}-b", "rituximab") + compared(f"{name}-x", f"{name}-a", f"{name}-b")
            + counted(f"{name}-a", number, document=document) + counted(f"{name}-b", 50, document=document)
        )  # fmt: skip

    [same] = network.read(catalogue_of(report("d", 40), report("e", 40))).links
    assert (same.patients, same.patients_counted, len(same.documents)) == (90, "patients randomised", 2)
    other = network.read(catalogue_of(report("d", 40), report("e", 41)))
    assert (other.links[0].patients, other.links[0].patients_counted) == (None, "documents differ")
    assert other.patients == {"rituximab": 50}


def test_studies_that_share_patients_are_not_added_up() -> None:
    def trial(name: str, more: str = "") -> str:
        arms = arm(f"d.{name}-a", "daratumumab") + arm(f"d.{name}-b", "rituximab") + counted(f"d.{name}-a", 10) + counted(f"d.{name}-b", 20)
        return study(name, more=more) + arms + compared(f"d.{name}-x", f"d.{name}-a", f"d.{name}-b")

    assert network.read(catalogue_of(trial("s1") + trial("s2"))).patients == {"daratumumab": 20, "rituximab": 40}
    shared = network.read(catalogue_of(trial("s1") + trial("s2", "; mab:sharesPatientsWith <id/study/s1>")))
    assert shared.patients == {}
    assert [link.patients for link in shared.links] == [30, 30]


def test_studies_are_hyper_edges(invented: Network, whole: Network) -> None:
    of_three = next(trial for trial in invented.trials if trial.study_name == "S1")
    assert of_three.treatments == ("blinatumomab", "daratumumab", "rituximab")
    assert [trial.treatments for trial in whole.trials if trial.study_name == "CASSIOPEIA"] == [
        ("bortezomib.daratumumab.dexamethasone.thalidomide", "bortezomib.dexamethasone.thalidomide"),
        ("daratumumab", "group.daratumumab-2016.cassiopeia-observation"),
    ], "two randomisations are not one study of four arms"


def test_arms_of_one_study_meet_without_the_arm_between_them(invented: Network) -> None:
    joined = invented.simple_graph()
    assert joined.edges["blinatumomab", "rituximab"]["implied"]
    assert not joined.edges["blinatumomab", "daratumumab"]["implied"]
    [first, *_] = reach.components(invented)
    assert first.treatments == ("blinatumomab", "daratumumab", "inotuzumab-ozogamicin", "rituximab")
    assert first.critical == ("blinatumomab",), "daratumumab alone does not hold S1 together"


def test_a_treatment_between_two_studies_is_critical() -> None:
    text = (
        THREE.replace(compared("d.s1-ca", "d.s1-c", "d.s1-a"), "")
        + study("s8")
        + arm("d.s8-a", "daratumumab")
        + arm("d.s8-c", "blinatumomab")
    )
    [part, *_] = reach.components(network.read(catalogue_of(text + compared("d.s8-x", "d.s8-a", "d.s8-c"))))
    assert part.critical == ("daratumumab",)


def test_the_shortest_chain_names_each_step(invented: Network) -> None:
    chain = reach.chain(invented, "rituximab", "inotuzumab-ozogamicin")
    assert isinstance(chain, Chain)
    assert chain.treatments == ("rituximab", "blinatumomab", "inotuzumab-ozogamicin")
    assert [(step.implied, [link.study_name for link in step.links]) for step in chain.steps] == [(True, []), (False, ["S2"])]
    assert chain.steps[0].trials == (vocabulary.resource("study/s1"),)
    assert chain.steps[1].links[0].evidence == "arms"


def test_a_planned_study_would_join(invented: Network) -> None:
    gap = reach.chain(invented, "rituximab", "thalidomide")
    assert isinstance(gap, Gap)
    assert [link.study_name for link in gap.planned] == ["S4"]
    assert {"no-shared-treatment", "planned-would-join", "same-condition"} <= set(gap.reasons)
    assert "would join them: S4" in gap.text
    [between] = reach.gaps(invented)
    assert between.planned == gap.planned


def test_a_comparison_without_results_joins_nothing(invented: Network) -> None:
    gap = reach.chain(invented, "inotuzumab-ozogamicin", "dexamethasone")
    assert isinstance(gap, Gap)
    assert "no-results-of-comparison" in gap.reasons
    assert gap.planned == ()


@pytest.mark.parametrize(
    ("one", "other", "reasons", "words"),
    [
        ("blinatumomab", "inotuzumab-ozogamicin", {"comparators-not-the-same", "same-condition"}, "Chemotherapy in the cited trial"),
        ("daratumumab.dexamethasone.lenalidomide", "dexamethasone.lenalidomide", {"only-planned", "planned-would-join", "shared-drug", "same-condition"},
         "MAIA, POLLUX"),
        ("daratumumab", "rituximab", {"only-planned", "only-single-groups", "other-conditions"}, "no comparison with another treatment"),
        ("blinatumomab", "convalescent-plasma", {"same-condition"}, "meet in blood cancer"),
    ],
)  # fmt: skip
def test_why_two_treatments_do_not_meet(one: str, other: str, reasons: set[str], words: str, whole: Network) -> None:
    gap = reach.chain(whole, one, other)
    assert isinstance(gap, Gap)
    assert set(gap.reasons) == reasons | {"no-shared-treatment"}
    assert set(gap.reasons) <= reach.REASONS.keys()
    assert words in gap.text


def test_a_treatment_that_is_not_there_has_no_chain(whole: Network) -> None:
    with pytest.raises(KeyError):
        reach.chain(whole, "blinatumomab", "nothing")


def test_the_graph_is_keyed_by_study(whole: Network) -> None:
    graph = whole.graph()
    assert graph.number_of_edges("daratumumab.dexamethasone.lenalidomide", "dexamethasone.lenalidomide") == 2
    assert {key for *_, key in graph.edges(keys=True)} == {link.study for link in whole.links}


@pytest.mark.parametrize("fixture", ["invented", "whole"])
def test_graphml_reads_back_the_same(fixture: str, request: pytest.FixtureRequest) -> None:
    known: Network = request.getfixturevalue(fixture)
    wanted: Any = exchange.flatten(known)
    again: Any = nx.read_graphml(io.BytesIO(exchange.graphml(known)), force_multigraph=True)
    assert dict(again.nodes(data=True)) == dict(wanted.nodes(data=True))
    assert {(frozenset(edge[:2]), edge[2]): edge[3] for edge in again.edges(keys=True, data=True)} == {
        (frozenset(edge[:2]), edge[2]): edge[3] for edge in wanted.edges(keys=True, data=True)
    }
    assert again.graph["trials"] == wanted.graph["trials"]
    assert all(attributes["study"] == key for *_, key, attributes in again.edges(keys=True, data=True))


def test_node_link_and_cytoscape_read_back_the_same(whole: Network) -> None:
    plain = json.loads(json.dumps([[*edge[:2], edge[2], edge[3]] for edge in whole.graph().edges(keys=True, data=True)]))
    node_link = nx.node_link_graph(json.loads(exchange.node_link(whole)), edges="edges")
    cytoscape = nx.cytoscape_graph(json.loads(exchange.cytoscape(whole)))
    again: Any
    for again in (node_link, cytoscape):
        assert set(again.nodes) == set(whole.treatments)
        edges = {(frozenset(edge[:2]), edge[2]): edge[3] for edge in again.edges(keys=True, data=True)}
        for one, other, key, attributes in plain:
            assert attributes.items() <= edges[frozenset((one, other)), key].items()
    assert node_link.graph["trials"] == [
        {"study": trial.study, "evidence": trial.evidence, "treatments": list(trial.treatments)} for trial in whole.trials
    ]


def test_the_wider_graph(real: Catalogue) -> None:
    graph = exchange.relations(real)
    drug, target = vocabulary.resource("drug/daratumumab"), vocabulary.resource("target/CD38")
    assert graph.edges[drug, target, "target"]["iri"] == vocabulary.term("target")
    assert graph.nodes[drug] == {"iri": drug, "kind": "drug", "label": "daratumumab"}
    assert {attributes["kind"] for _, attributes in graph.nodes(data=True)} == {"drug", "target", "condition", "study"}
    assert nx.has_path(graph, vocabulary.resource("study/pollux"), vocabulary.resource("condition/blood-cancer"))


@pytest.mark.slow
def test_the_picture_holds_every_name_as_text(whole: Network) -> None:
    root = ElementTree.fromstring(drawing.svg(whole))
    texts = " ".join(" ".join(each.itertext()) for each in root.iter("{http://www.w3.org/2000/svg}text"))
    words = " ".join("".join(each for each in root.itertext()).split())
    for name in (*(treatment.name for treatment in whole.treatments.values()), *(link.study_name for link in whole.links)):
        for word in name.split():
            assert word in texts
    assert root[0].tag.endswith("title")
    assert root[1].text is not None
    assert "blinatumomab versus choice of" in root[1].text
    assert "planned, no result in the documents read" in words


@pytest.mark.slow
def test_every_mark_of_the_picture_leads_to_this_service(whole: Network) -> None:
    """A line leads to its study, or to the studies between two treatments; a point to its drug, its comparisons or its group."""
    layers = drawing.specification(whole, "x")["layer"]
    addresses = [row["href"] for layer in layers for row in layer["data"]["values"] if "href" in layer["encoding"]]
    assert len(addresses) == len(placing.layout(whole).strokes) + len(placing.layout(whole).points)
    assert {re.split("[/?]", address)[1] for address in addresses} == {"id", "network"}
    root = ElementTree.fromstring(drawing.svg(whole))
    linked = [each.get("{http://www.w3.org/1999/xlink}href") for each in root.iter("{http://www.w3.org/2000/svg}a")]
    assert set(linked) == set(addresses)
    assert "/id/study/tower" in addresses


def test_what_is_planned_is_dashed(whole: Network) -> None:
    [lines, *_] = drawing.specification(whole, "x")["layer"]
    assert {row["evidence"]: row["studies"] for row in lines["data"]["values"]}["planned, no result in the documents read"] >= 1
    scale = lines["encoding"]["strokeDash"]["scale"]
    dashes = dict(zip(scale["domain"], scale["range"], strict=True))
    assert dashes["planned, no result in the documents read"] != [1, 0]
    assert dashes["result of the comparison"] == dashes["results of its arms alone"] == [1, 0]


@pytest.fixture(scope="module")
def star() -> Network:
    """Return a network of fourteen drugs, each compared with daratumumab."""
    drugs = ("rituximab", "blinatumomab", "inotuzumab-ozogamicin", "lenalidomide", "dexamethasone", "thalidomide", "bortezomib", "melphalan",
             "prednisone", "pomalidomide", "cytarabine", "methotrexate", "clofarabine")  # fmt: skip
    return network.read(catalogue_of("".join(
        study(f"s{place}") + arm(f"d.s{place}-a", "daratumumab") + arm(f"d.s{place}-b", drug)
        + compared(f"d.s{place}-x", f"d.s{place}-a", f"d.s{place}-b") for place, drug in enumerate(drugs)
    )))  # fmt: skip


@pytest.mark.parametrize("fixture", ["invented", "whole", "star"])
def test_no_text_lies_on_another(fixture: str, request: pytest.FixtureRequest) -> None:
    placed = placing.layout(request.getfixturevalue(fixture))
    boxes = [(*text.box, text.lines) for text in placed.texts]
    for place, (left, top, right, below, lines) in enumerate(boxes):
        assert left >= -1
        assert right <= placed.width + 1
        for other in boxes[place + 1 :]:
            apart = right <= other[0] or other[2] <= left or below <= other[1] or other[3] <= top
            assert apart, f"{lines} lies on {other[4]}"


@pytest.mark.slow
def test_a_network_of_nothing_is_drawn_and_written(whole: Network) -> None:
    empty = replace(whole, treatments={}, links=(), within=())
    assert ElementTree.fromstring(drawing.svg(empty)) is not None
    assert nx.read_graphml(io.BytesIO(exchange.graphml(empty))).number_of_nodes() == 0
    assert not reach.components(empty)
    assert not reach.gaps(empty)


def test_names_that_look_like_markup_stay_text(whole: Network) -> None:
    name = r"<b>&amp; \1 \g<0>"
    odd = replace(
        whole, treatments=dict(whole.treatments) | {"blinatumomab": whole.treatments["blinatumomab"].model_copy(update={"name": name})}
    )
    root = ElementTree.fromstring(drawing.svg(odd))
    assert root[1].text is not None
    assert name in root[1].text
    assert name in "".join(root.itertext())


@pytest.mark.slow
def test_the_same_bytes_whatever_the_order_of_sets(real_directory: Path, whole: Network) -> None:
    """Sets have another order in this process and in that one."""
    program = (
        "import hashlib, sys; from pathlib import Path; from mabgraph.graph.questions import catalogue; from mabgraph.api.plots import drawing; from mabgraph.api.exports import exchange; from mabgraph.graph.network import network\n"
        "held = network.read(catalogue.open_current(Path(sys.argv[1])))\n"
        "for made in (exchange.graphml, exchange.node_link, exchange.cytoscape, drawing.svg): print(hashlib.sha256(made(held)).hexdigest())"
    )
    asked = [sys.executable, "-c", program, str(real_directory)]
    done = subprocess.run(asked, capture_output=True, check=True, text=True, env={**os.environ, "PYTHONHASHSEED": "1"})
    writers: list[Callable[[Network], bytes]] = [exchange.graphml, exchange.node_link, exchange.cytoscape, drawing.svg]
    assert done.stdout.split() == [hashlib.sha256(write(whole)).hexdigest() for write in writers]


@pytest.mark.slow
def test_reading_loads_no_heavy_library() -> None:
    program = (
        "import sys; from mabgraph.api.routes import networks\n"
        "assert not {'networkx', 'vl_convert', 'scipy', 'numpy', 'pandas', 'altair'} & set(sys.modules), 'the server must start quickly'"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
