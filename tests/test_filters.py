"""Filters by name lose nothing that is there: both directions of every link agree, narrower things are included, a name means all it names."""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from mabgraph.api.agents import appraisal
from mabgraph.api.app import create_app
from mabgraph.api.collections.resources import ANALYSES, COLLECTIONS, Collection
from mabgraph.api.exports import evidencenetwork, selection
from mabgraph.api.http.settings import Settings
from mabgraph.api.routes import representations
from mabgraph.graph.compare import compare
from mabgraph.graph.network import network
from mabgraph.graph.questions import names, question, understanding
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.questions.names import Names
from mabgraph.graph.questions.question import EXACT, Row
from mabgraph.graph.store import vocabulary
from mabgraph.ingest.errors import QuestionError, UnknownName

#: Pairs of collections of which each can be filtered by the other.
PAIRS = [
    (one, other)
    for number, one in enumerate(COLLECTIONS) for other in COLLECTIONS[number + 1 :]
    if {each.name for each in one.parameters} >= {other.one} and {each.name for each in other.parameters} >= {one.one}
]  # fmt: skip
ALL = 1000
#: Studies that are planned or running and have no result.
PLANNED = ("POLLUX", "CASTOR", "MAIA", "ALCYONE", "CASSIOPEIA")


@pytest.fixture(scope="module")
def service(real: Catalogue, real_directory: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(dataset=real_directory), real)) as client:
        yield client


def iris(catalogue: Catalogue, collection: Collection, **filters: str) -> set[str]:
    """Return the IRIs of the things of ``collection`` that meet ``filters``."""
    return {str(row["id"]) for row in collection.find(catalogue, {name: [value] for name, value in filters.items()}, ALL, 0)[0]}


def test_the_pairs_are_those_of_drugs_targets_conditions_and_studies() -> None:
    assert {(one.name, other.name) for one, other in PAIRS} >= {
        ("drugs", "targets"), ("drugs", "trials"), ("targets", "trials"), ("conditions", "trials"), ("drugs", "conditions"),
    }  # fmt: skip


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=lambda collection: collection.name)
def test_both_directions_of_every_link_agree(one: Collection, other: Collection, real: Catalogue) -> None:
    forth = {(first, second) for first in iris(real, one) for second in iris(real, other, **{one.one: first, "exact": "true"})}
    back = {(first, second) for second in iris(real, other) for first in iris(real, one, **{other.one: second, "exact": "true"})}
    assert forth == back != set()


@pytest.mark.parametrize("trial", PLANNED)
def test_a_planned_study_is_listed_under_what_it_is_designed_with(trial: str, real: Catalogue) -> None:
    by_name = {collection.name: collection for collection in COLLECTIONS}
    [study] = iris(real, by_name["trials"], trial=trial)
    for filters in ({"drug": "daratumumab"}, {"target": "CD38"}, {"condition": "multiple myeloma"}):
        assert study in iris(real, by_name["trials"], **filters)
    assert vocabulary.resource("drug/daratumumab") in iris(real, by_name["drugs"], trial=trial)
    details = {(row["detail"], row["value"]) for row in real.ask("drug", {"drug": "daratumumab"})}
    assert ("study", study) in details


def test_exposure_to_an_antibody_concerns_its_target(real: Catalogue) -> None:
    rows = real.ask("estimates", {"target": "CD20", "document": "thompson-2021"})
    assert {"lymphopenia", "anti-CD20 antibody therapy"} <= {str(row["endpoint_label"]).partition(" at ")[0] for row in rows}
    trials = {str(row["id"]) for row in real.ask("trials", {"target": "CD20"})}
    assert {str(row["study"]) for row in rows} <= trials


@pytest.mark.parametrize(
    ("filters", "least"),
    [
        ({"condition": "multiple myeloma"}, 190), ({"endpoint": "lymphopenia"}, 4), ({"endpoint": "CRS"}, 3),
        ({"endpoint": "neutropenia", "grade": "3"}, 5), ({"endpoint": "remission"}, 15), ({"condition": "blood cancer"}, 300),
    ],
)  # fmt: skip
def test_narrower_things_are_included_unless_exact(filters: dict[str, str], least: int, real: Catalogue) -> None:
    _, wide = real.page("estimates-page", filters, 1)
    _, narrow = real.page("estimates-page", {**filters, "exact": "true"}, 1)
    assert wide >= least > narrow
    assert real.page("estimates-page", {**filters, "exact": "false"}, 1)[1] == wide


#: Collections that take names in the wide sense and have something in the shipped dataset; analyses are in tests/test_registry_analyses.py.
WIDE = [each for each in COLLECTIONS if EXACT in each.question.parameters and each is not ANALYSES]


@pytest.mark.parametrize("collection", WIDE, ids=lambda each: each.name)
def test_every_collection_includes_narrower_conditions_and_end_points(collection: Collection, real: Catalogue) -> None:
    filters = {"condition": "blood cancer", "endpoint": "adverse event"}
    for name in {parameter.name for parameter in collection.parameters} & filters.keys():
        key = collection.key
        wide, narrow = (
            {str(row[key]) for row in real.page(collection.asks, {name: filters[name], "exact": exact}, ALL)[0]}
            for exact in ("false", "true")
        )
        assert narrow < wide, name


def test_every_narrower_thing_is_reached_at_any_depth_and_circles_end() -> None:
    names = Names([], [("b", "a"), ("c", "b"), ("d", "b"), ("a", "d")])
    assert names.narrower("a") == {"b", "c", "d"}
    assert names.narrower("c") == frozenset()


def test_a_name_of_several_things_means_all_of_them_in_a_filter() -> None:
    twins = [("endpoint", vocabulary.concept(name), "CR") for name in ("complete-remission", "complete-response")]
    names = Names(twins)
    assert names.meanings("endpoint", "cr") == {iri for _, iri, _ in twins}
    with pytest.raises(UnknownName, match="several things"):
        names.find("endpoint", "CR")


def test_an_abbreviation_of_several_things_finds_the_results_of_each(real: Catalogue) -> None:
    both = real.names.meanings("endpoint", "CR")
    assert len(both) > 1
    total = real.page("estimates-page", {"endpoint": "CR", "exact": "true"}, 1)[1]
    assert total == sum(real.page("estimates-page", {"endpoint": iri, "exact": "true"}, 1)[1] for iri in both) > 0


def test_exact_is_true_or_false(real: Catalogue) -> None:
    with pytest.raises(QuestionError, match="exact: 'perhaps' is none of true, false"):
        real.ask("trials", {"drug": "daratumumab", "exact": "perhaps"})


@pytest.mark.parametrize(
    ("kind", "asked", "named"),
    [
        ("trial", "Kantarjian et al. (2016)", ["study/inotuzumab-chemotherapy-trial"]), ("trial", "Kantarjian", ["study/tower"]),
        ("trial", "Kantarjian, 2017", ["study/tower"]), ("trial", "Topp et al. 2015", ["study/blinatumomab-pivotal-trial"]),
        ("trial", "Simonovich 2021", ["study/plasmar-trial"]), ("trial", "Joyner 2020", ["study/expanded-access-programme"]),
        ("trial", "Joyner et al., 2021", ["study/plasma-antibody-level-study"]), ("trial", "Thakkar", ["study/seroconversion-study"]),
        ("trial", "Hueso 2020", ["study/b-cell-depleted-study", "study/small-plasma-studies"]),
        ("trial", "Plesner", ["study/daratumumab-lenalidomide-trial"]), ("trial", "Mateos et al. 2015", ["study/daratumumab-backbone-trial"]),
        ("trial", "Lonial (2016)", ["study/sirius"]), ("trial", "Usmani and colleagues", ["study/monotherapy-pooled-analysis"]),
        ("trial", "MMY3008", ["study/maia"]), ("trial", "Kantarjian 2017", ["study/tower"]), ("trial", "NCT 02013167", ["study/tower"]),
        ("drug", "inotuzumab", ["drug/inotuzumab-ozogamicin"]),
        ("endpoint", "ARDS", ["acute-respiratory-distress-syndrome"]), ("endpoint", "CBR", ["clinical-benefit"]),
        ("endpoint", "MRD", ["minimal-residual-disease-remission"]), ("endpoint", "IRR", ["infusion-related-reaction"]),
        ("endpoint", "ASCT", ["allogeneic-stem-cell-transplantation", "previous-autologous-stem-cell-transplantation"]),
        ("endpoint", "complete remission with full hematologic recovery", ["complete-remission-with-full-recovery"]),
        ("endpoint", "diarrhea", ["diarrhoea"]), ("endpoint", "neutropenia of grade 3", ["neutropenia-grade-three"]),
        ("condition", "acute lymphoblastic leukemia", ["condition/acute-lymphoblastic-leukaemia"]),
    ],
)  # fmt: skip
def test_names_that_people_use(kind: str, asked: str, named: list[str], real: Catalogue) -> None:
    expected = {vocabulary.resource(name) if "/" in name else vocabulary.concept(name) for name in named}
    assert real.names.meanings(kind, asked) == expected


@pytest.mark.parametrize(
    ("kind", "asked"), [("drug", "anti"), ("drug", "inotu"), ("trial", "2015"), ("trial", "et al."), ("endpoint", "three")]
)
def test_what_is_no_name_is_none(kind: str, asked: str, real: Catalogue) -> None:
    with pytest.raises(UnknownName):
        real.names.meanings(kind, asked)


def test_a_study_of_another_year_of_an_author_is_not_taken_for_one(real: Catalogue) -> None:
    for name in ("Kantarjian 2012", "Topp 2014", "Joyner et al. (2019)"):
        with pytest.raises(UnknownName):
            real.names.meanings("trial", name)


def readings(catalogue: Catalogue, **arguments: str) -> str:
    return understanding.describe(understanding.read(catalogue, "estimates-page", arguments))


def test_what_is_exposed_to_therapy_against_a_target_includes_car_t_cells(real: Catalogue) -> None:
    car_t = vocabulary.concept("anti-cd19-car-t-cell-therapy")
    assert car_t in real.names.expand("endpoint", ["CD19-directed therapy"])
    rows = real.page("estimates-page", {"target": "CD19"}, ALL)[0]
    studies = {
        str(row["estimate"]): str(row["study_label"]) for row in real.ask("estimates", {"estimate": [str(row["estimate"]) for row in rows]})
    }
    assert sum("CAR T cells" in label for label in studies.values()) == 1
    assert vocabulary.resource("study/car-t-cell-trials") in {str(row["id"]) for row in real.page("trials", {"target": "CD19"}, ALL)[0]}


@pytest.mark.parametrize(
    ("broad", "narrow"),
    [
        ("treatment discontinuation", "treatment discontinuation because of the cytokine release syndrome"), ("death", "fatal sepsis"), ("sepsis", "fatal sepsis"),
        ("quality of life", "time to deterioration in quality of life"), ("antigen expression", "CD19 expression"), ("previous therapy", "refractory to carfilzomib"),
        ("allogeneic SCT", "allogeneic stem-cell transplantation after relapse"), ("extent of exposure", "duration of treatment"), ("SAE", "serious infection"),
        ("study discontinuation", "withdrawal of consent"), ("demographics", "age group"), ("bronchospasm", "infusion-related bronchospasm of grade 3 or 4"),
    ],
)  # fmt: skip
def test_a_filter_by_the_broader_name_includes(broad: str, narrow: str, real: Catalogue) -> None:
    assert real.names.find("endpoint", narrow) in real.names.expand("endpoint", [broad])
    assert real.names.find("endpoint", narrow) not in real.names.expand("endpoint", [broad], exact=True)


def test_how_filters_were_read_is_told(real: Catalogue) -> None:
    words = readings(real, drug="Darzalex", endpoint="CR", exact="true", kind="arm-result", value_min="3")
    means = [
        "complete remission",
        "complete remission with full haematologic recovery",
        "complete response",
        "complete response of lymphoma",
    ]
    means += ["complete response or better"]
    assert words == f"drug: daratumumab; endpoint: {', '.join(means)}; kind: arm-result; value_min: 3"
    assert readings(real, condition="multiple myeloma").startswith("condition: multiple myeloma, and ")
    assert readings(real) == ""


def empty(catalogue: Catalogue, name: str = "estimates-page", **arguments: str) -> understanding.Emptiness:
    assert catalogue.page(name, arguments, 1)[1] == 0
    emptiness = understanding.explain_empty(catalogue, name, arguments)
    assert emptiness is not None
    return emptiness


def test_an_empty_answer_names_the_filter_that_left_nothing_and_what_has_rows(real: Catalogue) -> None:
    emptiness = empty(real, drug="daratumumab", trial="TOWER", endpoint="overall survival")
    assert emptiness.without["drug"] > 0 < emptiness.without["trial"]
    assert emptiness.without["endpoint"] == 0
    assert "blinatumomab" in emptiness.offered["drug"]
    for name, values in emptiness.offered.items():
        for value in values:
            others = {"drug": "daratumumab", "trial": "TOWER", "endpoint": "overall survival"} | {name: value}
            assert real.page("estimates-page", others, 1)[1] > 0, (name, value)
    assert str(emptiness).startswith("no row meets all filters: without drug there are ")


@pytest.mark.parametrize(
    ("name", "arguments", "key", "offered"),
    [
        ("estimates-page", {"trial": "TOWER", "endpoint": "EFS", "measure": "median"}, "measure", "hazard ratio"),
        ("estimates-page", {"trial": "SIRIUS", "endpoint": "OS", "design": "RCT"}, "design", "single-arm trial"),
        ("estimates-page", {"trial": "SIRIUS", "endpoint": "CRS"}, "trial", "TOWER"),
        ("drugs", {"drug": "lenalidomide", "target": "CD38"}, "drug", "daratumumab"),
        ("trials", {"trial": "TOWER", "drug": "daratumumab"}, "drug", "blinatumomab"),
    ],
)  # fmt: skip
def test_an_empty_answer_offers_values_of_each_filter(
    name: str, arguments: dict[str, str], key: str, offered: str, real: Catalogue
) -> None:
    assert offered in empty(real, name, **arguments).offered[key]
    assert real.page(name, {**arguments, key: offered}, 1)[1] > 0


def test_a_filter_that_nothing_meets_is_named_alone(real: Catalogue) -> None:
    emptiness = empty(real, drug="daratumumab", value_min="1000000000")
    assert emptiness.alone == {"value_min": 0}
    assert emptiness.without["value_min"] > 0 == emptiness.without["drug"]
    assert str(emptiness) == "nothing here has the value_min asked for, whatever the other filters (value_min may be at most 100)"
    assert str(empty(real, "trials", drug="blinatumomab", target="CD38")).startswith("no row meets all filters: without drug there are ")


@pytest.mark.parametrize(
    ("name", "arguments", "key", "offered"),
    [
        ("estimates-page", {"measure": "risk difference"}, "measure", "difference in proportions"),
        ("estimates-page", {"endpoint": "TTP"}, "endpoint", "progression-free survival"),
        ("estimates-page", {"drug": "elotuzumab"}, "drug", "daratumumab"),
        ("estimates-page", {"drug": "ofatumumab", "target": "CD20"}, "drug", "rituximab"),
        ("estimates-page", {"condition": "smoldering myeloma"}, "condition", "newly diagnosed multiple myeloma"),
        ("estimates-page", {"status": "derived", "endpoint": "OS"}, "status", "reported"),
        ("estimates-page", {"comparability": "cross-trial", "trial": "TOWER"}, "comparability", "within-trial-randomised"),
        ("conditions", {"drug": "elotuzumab"}, "drug", "daratumumab"), ("targets", {"trial": "PlasmAr"}, "trial", "CASTOR"),
        ("drugs", {"target": "CD3", "condition": "multiple myeloma"}, "target", "CD38"), ("claims-page", {"drug": "vincristine"}, "drug", None),
        ("claims-page", {"kind": "interference", "document": "kantarjian-2017"}, "kind", "limitation"),
        ("discrepancies-page", {"kind": "rounding"}, "kind", "arithmetic"),
    ],
)  # fmt: skip
def test_a_filter_without_rows_is_answered_with_the_nearest_that_has_some(
    name: str, arguments: dict[str, str], key: str, offered: str | None, real: Catalogue
) -> None:
    emptiness = empty(real, name, **arguments)
    assert emptiness.offered[key]
    assert offered is None or offered in emptiness.offered[key]
    assert f"{key} may be {emptiness.offered[key][0]}" in str(emptiness)
    for value in emptiness.offered[key]:
        assert real.page(name, {**arguments, key: value}, 1)[1] > 0, value


@pytest.mark.parametrize(
    ("arguments", "words", "more"),
    [
        ({"n_min": "100000", "trial": "TOWER"}, "n_min may be at most 405", {"n_min": "405", "trial": "TOWER"}),
        ({"value_max": "-1", "endpoint": "OS"}, "value_max may be at least 0.66", {"value_max": "0.66", "endpoint": "OS"}),
    ],
)
def test_a_bound_that_nothing_meets_is_answered_with_the_nearest_number(
    arguments: dict[str, str], words: str, more: dict[str, str], real: Catalogue
) -> None:
    assert words in str(empty(real, "estimates-page", **arguments))
    assert real.page("estimates-page", more, 1)[1] > 0


def test_without_a_filter_there_is_nothing_to_explain(real: Catalogue) -> None:
    assert understanding.explain_empty(real, "estimates-page", {"exact": "true", "sort": "value"}) is None
    assert str(understanding.Emptiness({"a": 0, "b": 0}, {"a": 1, "b": 1})) == "no row meets all filters, nor all but one of them"
    assert (
        str(understanding.Emptiness({"a": 0, "b": 0}, {"a": 1, "b": 0})) == "nothing here has the b asked for, whatever the other filters"
    )


def test_an_empty_answer_with_many_filters_asks_a_bounded_number_of_questions(real: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    pages: list[dict[str, str]] = []
    plain = Catalogue.page

    def counted(self: Catalogue, name: str, arguments: dict[str, str], size: int, offset: int = 0) -> object:
        pages.append(arguments)
        return plain(self, name, arguments, size, offset)

    monkeypatch.setattr(Catalogue, "page", counted)
    every = {
        "drug": "daratumumab", "target": "CD38", "trial": "SIRIUS", "endpoint": "overall response", "measure": "proportion",
        "condition": "multiple myeloma", "document": "thompson-2021", "kind": "arm-result", "status": "reported", "check": "consistent",
        "value_min": "1", "value_max": "90", "n_min": "1", "n_max": "9999",
    }  # fmt: skip
    emptiness = understanding.explain_empty(real, "estimates-page", every)
    assert emptiness is not None
    assert [name for name, number in emptiness.without.items() if number] == ["document"]
    assert str(emptiness).endswith("; not looked at: n_min, n_max")
    assert len(pages) <= understanding.LEFT_OUT + understanding.ALONE + 3


def test_every_list_says_how_its_filters_were_read(service: TestClient) -> None:
    answer = service.get("/v1/drugs/blinatumomab/estimates?endpoint=OS&page_size=1")
    assert answer.json()["understood"] == "drug: blinatumomab; endpoint: overall survival", "the path names the drug"
    below = service.get("/v1/conditions/MM/trials?page_size=1").json()
    assert below["understood"] == "condition: multiple myeloma, and 3 narrower"
    words = "drug: blinatumomab; endpoint: overall survival"
    for suffix in ("csv", "ttl", "ndjson"):
        header = service.get(f"/v1/estimates.{suffix}?drug=blinatumomab&endpoint=OS&page_size=1").headers["mabgraph-understood"]
        assert header.startswith(words)
    plain = service.get("/v1/drugs?page_size=1")
    assert (plain.json()["understood"], "mabgraph-understood" in plain.headers, "empty" in plain.json()) == ("", False, False)


def test_the_header_is_short_and_ascii(service: TestClient) -> None:
    header = service.get("/v1/estimates?drug=Darzalex\u00ae&endpoint=adverse event").headers["mabgraph-understood"]
    assert header.isascii()
    assert len(header) <= 1000
    assert representations.understood_header("\u00e9" * 2000)["Mabgraph-Understood"].startswith("%C3%A9")
    assert len(representations.understood_header("\u00e9" * 2000)["Mabgraph-Understood"]) == 1000


def test_an_empty_list_explains_itself(service: TestClient) -> None:
    answer = service.get("/v1/estimates?drug=blinatumomab&measure=hazard-ratio&value_min=1000000").json()
    assert (answer["total"], answer["items"]) == (0, [])
    assert answer["empty"] == "nothing here has the value_min asked for, whatever the other filters (value_min may be at most 0.71)"


def test_a_number_in_a_discrepancy_is_disputed_and_says_what_contradicts_it(real: Catalogue) -> None:
    rows = real.ask("estimates")
    between = {(str(row["part"]), str(row["text"])) for row in real.ask("discrepancies") if row["side"] == "between"}
    parts = {part for part, _ in between}
    estimates = {str(row["estimate"]): row for row in rows}
    assert len(parts & estimates.keys()) > 40
    for iri, row in estimates.items():
        words = set(str(row["discrepancies"] or "").splitlines())
        assert words == {text for part, text in between if part == iri}
        if words:
            assert row["check_status"] in {"disputed", "inconsistent"}, iri
        else:
            assert row["check_status"] != "disputed", iri
    for status in ("consistent", "inconsistent", "disputed", "not-checkable"):
        listed = {str(row["estimate"]) for row in real.page("estimates-page", {"check": status}, ALL)[0]}
        assert listed == {iri for iri, row in estimates.items() if str(row["check_status"]).replace(" ", "-") == status} != set()
    outcomes = {str(row["estimate"]): row["check_status"] for row in real.ask("outcomes")}
    assert outcomes == {iri: estimates[iri]["check_status"] for iri in outcomes}


def test_comparisons_and_networks_say_how_they_were_read_and_why_they_are_empty(service: TestClient) -> None:
    for path in ("/v1/compare", "/v1/network"):
        answer = service.get(f"{path}?condition=MM&endpoint=PFS").json()
        assert answer["understood"] == "endpoint: progression-free survival; condition: multiple myeloma, and 3 narrower"
        assert answer.get("empty") is None
        empty = service.get(f"{path}?drug=elotuzumab&endpoint=OS").json()
        assert empty["understood"] == "drug: elotuzumab; endpoint: overall survival"
        assert empty["empty"].startswith("nothing here has the drug asked for, whatever the other filters (drug may be ")
        alone = service.get(f"{path}?drug=elotuzumab").json()
        assert alone["empty"].startswith("nothing here has the drug asked for (drug may be ")
        name = re.search(r"may be ([^,)]+)", alone["empty"])
        assert name
        assert service.get(f"{path}?drug={name[1]}").json().get("empty") is None
    header = service.get("/v1/compare.csv?condition=MM&endpoint=PFS").headers["mabgraph-understood"]
    assert header == "endpoint: progression-free survival; condition: multiple myeloma, and 3 narrower"


def test_a_network_that_no_two_filters_leave_says_so(real: Catalogue) -> None:
    emptiness = evidencenetwork.explain_empty(real, {"drug": ["daratumumab"], "target": ["CD22"]})
    assert emptiness is not None
    assert str(emptiness).startswith("no row meets all filters: without drug there are ")
    assert evidencenetwork.explain_empty(real, {}) is None


def test_a_disputed_number_says_why_in_rows_and_files(service: TestClient) -> None:
    [brief] = service.get("/v1/estimates?check=disputed&page_size=1").json()["items"]
    [row] = service.get("/v1/estimates?check=disputed&page_size=1&fields=all").json()["items"]
    assert brief["discrepancies"] == row["discrepancies"]
    assert row["check_reason"] == "; ".join(row["discrepancies"]) != ""
    assert ",disputed," in service.get("/v1/estimates.csv?check=disputed&page_size=1").text


@pytest.mark.parametrize("collection", [each for each in COLLECTIONS if EXACT in each.parameters], ids=lambda each: each.name)
def test_an_address_gives_the_thing_itself_and_nothing_narrower(collection: Collection, real: Catalogue, service: TestClient) -> None:
    """A filter includes what is narrower, an address does not."""
    wide = [iri for iri in sorted(iris(real, collection)) if real.names.narrower(iri)] if collection.key == "id" else []
    for iri in wide:
        address = collection.url(iri)
        thing = service.get(address).json()
        assert (thing.get("id") or thing.get("iri")) == iri, address
        assert len(service.get(f"{address}.ndjson").text.splitlines()) == 1, address
    assert wide or collection.name not in {"conditions", "endpoints", "drugs"}


@pytest.mark.parametrize("collection", [each for each in COLLECTIONS if each.one in names.KINDS], ids=lambda each: each.name)
def test_the_path_of_a_thing_leads_to_it_even_if_its_name_is_that_of_another(collection: Collection, real: Catalogue) -> None:
    for iri in real.names.iris(collection.one):
        if iri.startswith(collection.root):
            assert collection.iri(real, collection.url(iri).rsplit("/", 1)[1]) == iri
    assert len(real.names.meanings("endpoint", "hypertension")) == 2


def test_a_name_in_a_path_is_not_kept_in_memory(service: TestClient) -> None:
    """Names come from strangers, and may be long: what is kept of each would be kept ten thousand times."""

    def misses() -> dict[str, int]:
        modules = [module for name, module in sys.modules.items() if name.startswith("mabgraph.graph.questions.")]
        kept = {f"{module.__name__}.{name}": each for module in modules for name, each in vars(module).items()}
        return {name: each.cache_info().misses for name, each in kept.items() if isinstance(each, functools._lru_cache_wrapper)}

    assert service.get("/v1/drugs/nobody-knows-this-one").status_code == 404
    before = misses()
    for number in range(20):
        assert service.get(f"/v1/drugs/nobody-knows-{number}-{'x' * 100}").status_code == 404
    assert misses() == before
    assert len(before) > 3, "there are caches, which would be seen"


def renamed(catalogue: Catalogue, more: list[tuple[str, str, str]], broader: list[tuple[str, str]]) -> Catalogue:
    """Return a catalogue whose things have ``more`` names, and which of them are ``broader`` is as stated."""
    things = [(kind, iri, vocabulary.local_name(iri)) for kind in names.KINDS for iri in catalogue.names.iris(kind)]
    return Catalogue(catalogue.dataset, Names([*things, *more], broader))


def test_a_network_of_a_class_of_drugs_has_the_drugs_of_it(real: Catalogue) -> None:
    narrow, broad = (vocabulary.resource(f"drug/{name}") for name in ("blinatumomab", "aldesleukin"))
    graded = renamed(real, [("drug", broad, "a class of drugs")], [(narrow, broad)])
    together, apart = (network.read(graded, drug=[name]) for name in ("a class of drugs", "blinatumomab"))
    assert together == apart
    assert any(narrow in each.drugs for each in together.treatments.values())


def test_a_drug_with_a_name_of_several_is_compared_as_each(real: Catalogue) -> None:
    twins = [("drug", vocabulary.resource(f"drug/{name}"), "Twin") for name in ("blinatumomab", "daratumumab")]
    ambiguous = renamed(real, twins, [])
    assert {row.study for row in compare.compare(ambiguous, {"drug": ["Twin"], "trial": ["tower"]}).rows} == {
        vocabulary.resource("study/tower")
    }


def test_an_empty_list_of_a_known_study_says_that_it_is_known(real: Catalogue) -> None:
    """POLLUX is planned: nothing is reported of it yet, which is another thing than a name that nobody knows."""
    for filters in ({"trial": ["POLLUX"]}, {"trial": ["MAIA"], "measure": ["hazard-ratio"]}):
        emptiness = str(understanding.explain_empty(real, "estimates-page", filters))
        assert emptiness.startswith("nothing here has the trial asked for")
        assert emptiness.endswith("it is known here, planned, cited or described without such rows")


def test_a_bound_of_zero_is_a_bound(real: Catalogue, real_directory: Path) -> None:
    """Zero equals false; a list without the bound would hold results in both directions."""
    with TestClient(create_app(Settings(dataset=real_directory), real)) as service:
        whole = service.get("/v1/estimates?page_size=1").json()["total"]
        for name, sign in {"value_max": -1, "value_min": 1}.items():
            answer = service.get(f"/v1/estimates?{name}=0&page_size=1000").json()
            assert 0 < answer["total"] < whole
            assert all(sign * row["value"] >= 0 for row in answer["items"])
            assert answer["understood"] == f"{name}: 0"
        assert service.get("/v1/estimates?n_max=0").json()["total"] == 0
        compared = service.get("/v1/compare?drug=blinatumomab&endpoint=overall-survival&measure=hazard-ratio&value_max=0")
        assert "0.71" not in compared.text
    assert appraisal._query_parameters(selection.Filters(value_max=Decimal(0))) == [("value_max", "0")]


def test_different_values_of_a_parameter_that_takes_one_are_refused(example: Catalogue, example_directory: Path) -> None:
    with TestClient(create_app(Settings(dataset=example_directory), example)) as service:
        for query in ("grade=3&grade=4", "n_min=1&n_min=500", "fields=all&fields=id", "page=1&page=2", "exact=true&exact=false"):
            refused = service.get(f"/v1/estimates?{query}")
            name = query.partition("=")[0]
            assert (refused.status_code, name in refused.json()["detail"], "takes one value" in refused.json()["detail"]) == (
                422,
                True,
                True,
            )
        assert service.get("/v1/estimates?n_min=1&n_min=1").status_code == 200
        assert service.get("/v1/estimates?drug=blinatumomab&drug=daratumumab").status_code == 200


@pytest.mark.parametrize(
    "filters",
    [
        {"drug": "elotuzumab"}, {"trial": "POLLUX"}, {"drug": "elotuzumab", "source": "paper"}, {"condition": "smoldering myeloma", "kind": "arm-result"},
        {"n_min": "100000"}, {"value_max": "-1", "status": "reported"}, {"drug": "daratumumab", "trial": "TOWER"},
    ],
    ids=str,
)  # fmt: skip
def test_why_a_list_is_empty_is_found_without_putting_very_many_rows_in_order(
    real: Catalogue, monkeypatch: pytest.MonkeyPatch, filters: dict[str, str]
) -> None:
    """The whole dataset is very many here: a list of a tenth of it is not."""
    monkeypatch.setattr(understanding, "COUNTED", 250)
    totals = []
    plain = Catalogue.page

    def counted(self: Catalogue, *asked: Any) -> tuple[list[Row], int]:
        answer = plain(self, *asked)
        totals.append(answer[1])
        return answer

    monkeypatch.setattr(Catalogue, "page", counted)
    emptiness = understanding.explain_empty(real, "estimates-page", filters)
    assert emptiness is not None
    assert max(totals, default=0) < 250
    assert set(emptiness.without.values()) <= set(range(251))
    assert filters.keys() & {"n_min", "value_max"} or emptiness.offered
    for name, values in emptiness.offered.items():
        for value in values:
            assert plain(real, "estimates-page", {**filters, name: value}, 1)[1], value


@pytest.mark.parametrize("name", [name for name in question.list_names() if question.load(name).is_paged])
def test_things_are_counted_up_to_a_number(real: Catalogue, name: str) -> None:
    total = real.page(name, {}, 1)[1]
    assert [real.count_up_to(name, {}, most) for most in (1, max(total - 1, 1), total + 1)] == [
        min(1, total),
        min(max(total - 1, 1), total),
        total,
    ]
    for example in question.load(name).examples:
        filters = {key: value for key, value in example.items() if key not in {"size", "offset", "sort"}}
        assert real.count_up_to(name, filters, 10_000) == real.page(name, filters, 1)[1]


def test_a_number_that_was_not_counted_to_its_end_says_so() -> None:
    reason = str(understanding.Emptiness({"drug": understanding.COUNTED, "trial": understanding.COUNTED - 1}, {}))
    assert reason == "no row meets all filters: without drug there are 5000 or more, without trial there are 4999"


def test_what_is_no_list_is_not_counted(real: Catalogue) -> None:
    with pytest.raises(QuestionError, match=r"labels lists nothing page by page"):
        real.count_up_to("labels", {}, 1)
