"""The client's comparisons, network and chains: typed as the service describes them, refusals that say how to go on, files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import networkx as nx
import pytest
from fastapi.testclient import TestClient

from mabgraph.api.app import create_app
from mabgraph.api.client import comparison
from mabgraph.api.client.client import Client, Refused
from mabgraph.api.client.rows import ReplyRow
from mabgraph.api.exports import takeaway
from mabgraph.api.http.settings import Settings
from mabgraph.graph.compare.comparability import Comparability
from mabgraph.ingest.errors import MabgraphError, QuestionError, UnknownName

from .test_client import client_of, through

#: Ratios of the same end point: of two trials alike, and of two whose patients differ.
RATIOS: dict[str, Any] = {"endpoint": "progression-free-survival", "measure": "hazard-ratio"}
PAIR: dict[str, Any] = RATIOS | {"trial": ["ALPHA", "BETA"]}
APART: dict[str, Any] = RATIOS | {"trial": ["ALPHA", "GAMMA"]}
BARE: dict[str, Any] = RATIOS | {"trial": ["ALPHA", "GAMMA", "KAPPA"]}
LOOP: dict[str, Any] = RATIOS | {"trial": ["ALPHA", "DELTA", "EPSILON"]}


@pytest.fixture(scope="module")
def service(trials_directory: Path) -> Iterator[TestClient]:
    """Return a client of a service over the invented trials."""
    with TestClient(create_app(Settings(dataset=trials_directory)), follow_redirects=False) as client:
        yield client


@pytest.fixture(scope="module")
def asking(service: TestClient) -> Iterator[Client]:
    """Return the client under test, of this service."""
    with client_of(through(service)) as python_client:
        yield python_client


def get_json(service: TestClient, path: str, **parameters: Any) -> Any:
    answer = service.get(path, params=parameters)
    assert answer.status_code == 200, answer.text[:500]
    return answer.json()


def without_nothing(value: Any) -> Any:
    """Return ``value`` without the fields that are none: JSON leaves some of them out."""
    if isinstance(value, dict):
        return {key: without_nothing(each) for key, each in value.items() if each is not None}
    return [without_nothing(each) for each in value] if isinstance(value, list | tuple) else value


def test_a_comparison_is_typed_and_leaves_nothing_out(asking: Client, service: TestClient) -> None:
    comparison = asking.compare(**APART)
    plain = get_json(service, "/v1/compare", **APART)
    assert without_nothing(comparison.model_dump()) == without_nothing(plain)
    assert comparison.dataset == service.get("/health").json()["dataset"] == comparison.estimates.dataset
    assert [(row.value, row.lower, row.upper, row.treatment, row.against) for row in comparison.estimates] == [
        (0.6, 0.45, 0.8, "daratumumab", "dexamethasone"), (0.55, 0.4, 0.76, "daratumumab", "dexamethasone"),
    ]  # fmt: skip
    (together,) = comparison.sets
    assert (together.kind, together.measure, together.comparability) == ("effect", "hazard-ratio", Comparability.randomised)
    assert [reason.code for reason in together.reasons] == ["different-populations"]
    assert {row.reasons for row in comparison.items} == {("different-populations",)}
    assert set(together.rows) == {row.estimate for row in comparison.items}
    assert (comparison.synthesis, comparison.certainty, comparison.risk_of_bias) == (None, None, None)
    assert comparison.estimates[:1].figures()[0].exact == "0.60"


def test_what_is_not_reported_is_told(asking: Client) -> None:
    (missing,) = asking.compare(**RATIOS | {"trial": ["ALPHA", "THETA"]}).absent
    assert (missing.kind, missing.name) == ("trial", "THETA")


def test_a_pair_is_pooled(asking: Client) -> None:
    one, wide = (asking.compare(**PAIR, synthesise="pool", hartung_knapp=adjusted).synthesis for adjusted in (False, True))
    assert one is not None
    assert wide is not None
    assert (one.action, one.kind, one.studies, len(one.contrasts)) == ("pool", "pairwise", 2, 2)
    (estimate,) = one.estimates
    assert estimate.natural.effect == pytest.approx(0.628, abs=0.001)
    assert estimate.measure == "HR"
    assert sum((one.weights or {}).values()) == pytest.approx(100)
    assert (estimate.test, wide.estimates[0].test) == ("z", "t on 1 df")  # type: ignore[attr-defined]


def test_treatments_are_ranked_where_it_is_said_what_is_better(asking: Client) -> None:
    ranked = asking.compare(**LOOP, synthesise="rank", better="lower-is-better").synthesis
    assert ranked is not None
    assert set(ranked.p_scores or {}) == {"daratumumab", "dexamethasone", "lenalidomide"}
    with pytest.raises(QuestionError, match="better: say which values are better"):
        asking.compare(**LOOP, synthesise="rank")


def test_a_refusal_says_why_and_how_to_go_on(asking: Client) -> None:
    with pytest.raises(Refused, match="to pool these estimates is refused") as raised:
        asking.compare(**APART, synthesise="pool")
    error = raised.value
    (reason,) = error.reasons
    assert (reason.code, reason.acknowledgeable, error.acknowledge) == ("different-populations", True, ("different-populations",))
    assert len(reason.rows) == 2
    assert f"- different-populations: {reason.text}" in str(error)
    comparison = asking.compare(**APART, synthesise="pool", acknowledge=error.acknowledge)
    assert comparison.acknowledged == ("different-populations",)
    assert comparison.synthesis is not None


def test_what_nobody_can_acknowledge_stays_refused(asking: Client) -> None:
    with pytest.raises(Refused, match=r"- no-standard-error \(cannot be acknowledged\)") as raised:
        asking.compare(**BARE, synthesise="pool", acknowledge="different-populations")
    assert raised.value.acknowledge == ()
    assert [each.acknowledgeable for each in raised.value.reasons] == [False]
    assert isinstance(raised.value, QuestionError)


@pytest.mark.slow
def test_a_comparison_is_taken_away_as_a_file(asking: Client, service: TestClient) -> None:
    written = asking.compare_as("metafor", **APART, synthesise="pool", acknowledge=["different-populations"])
    lines = list(csv.DictReader(io.StringIO(written.decode())))
    assert [line["study"] for line in lines] == ["ALPHA", "GAMMA"]
    assert {line["acknowledged"] for line in lines} == {"different-populations"}
    assert asking.compare_as("zip", **PAIR)[:2] == b"PK"
    with pytest.raises(Refused, match="different-populations"):
        asking.compare_as("metafor", **APART, synthesise="pool")
    with pytest.raises(QuestionError, match="metafor cannot carry these estimates"):
        asking.compare_as("metafor", **BARE)


def test_the_service_says_which_formats_there_are(asking: Client) -> None:
    formats = asking.compare_formats()
    assert list(formats) == list(takeaway.FORMATS)
    assert formats["metafor"] == takeaway.FORMATS["metafor"].about
    with pytest.raises(UnknownName, match=r"there is no format 'doc'; there are json, csv, .*metafor"):
        asking.compare_as("doc", **PAIR)
    with pytest.raises(UnknownName, match="there is nothing at"):
        asking.compare_as("", **PAIR)


@pytest.mark.parametrize("answer", [{}, {"paths": {"/v1/compare": {"get": {"parameters": []}}}}])
def test_a_service_that_does_not_say_its_formats_is_told(answer: dict[str, Any]) -> None:
    with pytest.raises(MabgraphError, match="does not list its formats"):
        client_of(lambda _: httpx.Response(200, json=answer)).compare_formats()


@pytest.mark.parametrize(
    ("parameters", "error", "words"),
    [
        ({"drug": "daratumumap"}, UnknownName, "the nearest are daratumumab"),
        ({"trial": "ALPHA", "dosage": 9}, QuestionError, "dosage: unknown parameter; allowed are"),
        ({"trial": "ALPHA", "format": "csv"}, QuestionError, "format: the client sets page, page size, fields and format"),
        ({"trial": "ALPHA", "synthesise": "average"}, QuestionError, "synthesise"),
        ({"trial": "ALPHA", "acknowledge": "everything"}, QuestionError, "acknowledge"),
        ({"trial": "ALPHA", "effect": "HR"}, QuestionError, "effect"),
    ],
)
def test_what_cannot_be_asked_is_an_error(asking: Client, parameters: dict[str, Any], error: type[MabgraphError], words: str) -> None:
    with pytest.raises(error, match=words):
        asking.compare(**parameters)


def test_the_network_is_typed_and_leaves_nothing_out(asking: Client, service: TestClient) -> None:
    network = asking.network()
    assert without_nothing(network.model_dump()) == without_nothing(get_json(service, "/v1/network"))
    assert {link.study_name: link.evidence for link in network.links}.items() > {"ALPHA": "estimates", "PHI": "arms"}.items()
    assert {("daratumumab", "dexamethasone"), ("bortezomib", "thalidomide")} < {
        (each.intervention, each.comparator) for each in network.links
    }
    assert [part.treatments for part in network.parts] == [("daratumumab", "dexamethasone", "lenalidomide"), ("bortezomib", "thalidomide")]
    assert [link.study_name for link in asking.network(drug="lenalidomide", condition=["multiple myeloma"]).links] == ["DELTA", "EPSILON"]


@pytest.mark.slow
def test_the_network_is_taken_away_as_a_file(asking: Client) -> None:
    graph = nx.read_graphml(io.BytesIO(asking.network_as("graphml")), force_multigraph=True)
    assert graph.number_of_edges() == len(asking.network().links)
    assert asking.network_as("svg", drug="lenalidomide").startswith(b"<svg")
    with pytest.raises(UnknownName, match="there is no format 'pdf'; there are json, graphml"):
        asking.network_as("pdf")
    with pytest.raises(UnknownName, match="the nearest are daratumumab"):
        asking.network(drug="daratumumap")
    with pytest.raises(QuestionError, match="dose: unknown parameter"):
        asking.network(dose=1)


def test_a_chain_or_why_there_is_none(asking: Client, service: TestClient) -> None:
    chain = asking.chain("Darzalex", "lenalidomide")
    assert (chain.start, chain.to, chain.connected, chain.gap) == ("daratumumab", "lenalidomide", True, None)
    assert [[link.study_name for link in step.links] for step in chain.steps] == [["EPSILON"]]
    plain = get_json(service, "/v1/network/path", **{"from": "Darzalex", "to": "lenalidomide"})
    assert without_nothing(chain.model_dump(by_alias=True)) == without_nothing(plain)
    apart = asking.chain("daratumumab", "bortezomib")
    assert not apart.connected
    assert apart.gap is not None
    assert "no-shared-treatment" in apart.gap.reasons
    with pytest.raises(UnknownName, match="no treatment of the network is called") as raised:
        asking.chain("daratumumap", "bortezomib")
    assert raised.value.near == ("daratumumab",)


def test_estimates_and_links_become_data_frames(asking: Client) -> None:
    pytest.importorskip("pandas", reason="pandas is not installed (the extra notebook)")
    comparison = asking.compare(**PAIR)
    frame = comparison.to_pandas()
    assert frame[["value", "treatment"]].to_dict("list") == {"value": [0.6, 0.65], "treatment": ["daratumumab"] * 2}
    assert frame.attrs["dataset"] == comparison.dataset
    links = asking.network(drug="lenalidomide").to_pandas()
    assert links["study_name"].tolist() == ["DELTA", "EPSILON"]
    assert links.attrs["dataset"] == comparison.dataset


def test_fields_that_are_new_are_kept(asking: Client, service: TestClient) -> None:
    plain = get_json(service, "/v1/compare", **PAIR) | {"weather": "fair"}
    assert client_of(lambda _: httpx.Response(200, json=plain)).compare().model_dump()["weather"] == "fair"


def test_an_answer_of_something_else_is_an_error() -> None:
    with pytest.raises(MabgraphError, match="the response does not fit this client"):
        client_of(lambda _: httpx.Response(200, json={"dataset": "a"})).network()


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (comparison.ComparisonReply, "ComparisonResponse"), (comparison.ComparedSetRow, "ComparedSetItem"),
        (comparison.ReasonRow, "ReasonItem"), (comparison.AbsentRow, "AbsentItem"),
        (comparison.ComparedEstimateRow, "ComparedRow"),
    ],
)  # fmt: skip
def test_the_fields_are_those_of_the_service(service: TestClient, kind: type[ReplyRow], name: str) -> None:
    served = get_json(service, "/openapi.json")["components"]["schemas"][name]["properties"]
    assert set(kind.model_fields) == set(served)
