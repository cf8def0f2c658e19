"""The client for notebooks: typed rows of all pages, errors of the house, requests that are sent again, nothing heavy loaded."""

from __future__ import annotations

import doctest
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from mabgraph.api.client import client as module
from mabgraph.api.client import retries
from mabgraph.api.client.client import Client
from mabgraph.api.client.rows import EstimateRow, FigureRow
from mabgraph.ingest.errors import MabgraphError, QuestionError, UnknownName

from .service import running

TEXT = (Path(__file__).parent / "data" / "documents" / "example-2020.txt").read_text("utf-8")
ADDRESS = "http://mabgraph.test"


def through(app: TestClient) -> Callable[[httpx.Request], httpx.Response]:
    """Return what hands the requests of a client to the real application."""

    def handle(request: httpx.Request) -> httpx.Response:
        url = request.url.raw_path.decode()
        answer = app.request(request.method, url, content=request.content, headers=dict(request.headers))
        headers = [(name, value) for name, value in answer.headers.multi_items() if name.lower() != "content-encoding"]
        return httpx.Response(answer.status_code, headers=headers, content=answer.content)

    return handle


def client_of(handle: Callable[[httpx.Request], httpx.Response], waited: list[float] | None = None) -> Client:
    """Return a client whose requests ``handle`` answers and whose waits are noted, not waited."""
    return Client(ADDRESS, transport=httpx.MockTransport(handle), sleep=([] if waited is None else waited).append)


@pytest.fixture
def asking(client: TestClient) -> Iterator[Client]:
    """Return a client of the real application over the invented dataset."""
    with client_of(through(client)) as python_client:
        yield python_client


def page(dataset: str = "a" * 64, items: tuple[dict[str, Any], ...] = (), following: str | None = None) -> httpx.Response:
    link = {"Link": f'<{following}>; rel="next"'} if following else {}
    return httpx.Response(
        200, headers=link, json={"dataset": dataset, "total": len(items), "page": 1, "page_size": 9, "items": list(items)}
    )


def test_an_estimate_is_typed_and_leads_to_its_characters(asking: Client, client: TestClient) -> None:
    rows = asking.estimates(target="CD19", endpoint=["overall-survival"], measure="hazard-ratio")
    assert rows.dataset == client.get("/health").json()["dataset"]
    (row,) = rows
    assert isinstance(row, EstimateRow)
    assert (row.value, row.lower, row.upper, row.p_operator, row.p_value, row.printed) == (0.7, 0.5, 0.98, "<", 0.05, "0.70")
    assert row.caveats == ("The trial was small.",)
    figures = rows.figures()
    assert {figure.role for figure in figures} == {"value", "lower", "upper", "level", "p_value"}
    assert figures.dataset == rows.dataset
    for figure in figures:
        assert isinstance(figure, FigureRow)
        assert TEXT[figure.start : figure.end] == figure.exact
        assert figure.model_dump()["estimate"] == row.estimate


def test_brief_estimates_are_the_same_but_for_words_around_figures_and_checks(asking: Client) -> None:
    whole, short = asking.estimates(), asking.estimates(brief=True)
    assert len(short) == len(whole) > 2
    left_out = {"estimate_label", "checks", "check_reason", "dataset"}
    for one, other in zip(whole, short, strict=True):
        figures = [figure.model_copy(update={"prefix": None, "suffix": None}) for figure in one.figures]
        assert other.model_dump(exclude=left_out | {"figures"}) == one.model_dump(exclude=left_out | {"figures"})
        assert [*other.figures] == figures
        assert other.checks == ()
    assert {*short.to_pandas().columns} == {*whole.to_pandas().columns}
    assert any(one.checks for one in whole)


def test_every_page_is_followed(asking: Client, client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    total = client.get("/v1/estimates").json()["total"]
    monkeypatch.setattr(module, "PAGE", 2)
    rows = asking.estimates()
    assert total > 2
    assert len({row.estimate for row in rows}) == len(rows) == total


def test_every_page_is_followed_where_links_are_too_long_to_be_sent() -> None:
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        number = int(request.url.params.get("page", 1))
        items = [{"id": f"{number}"}] * (2 if number < 3 else 1)
        body = {"dataset": "a" * 64, "total": 5, "page": number, "page_size": 2, "items": items}
        return httpx.Response(200, json=body, headers={"Link": '</openapi.json>; rel="service-desc"'})

    with client_of(handle) as client:
        rows = client.collection("estimates", estimate=["a", "b"])
    assert len(rows) == 5
    assert [httpx.URL(url).params.get_list("estimate") for url in asked] == [["a", "b"]] * 3


def test_several_values_of_a_filter_mean_any(asking: Client) -> None:
    both = asking.estimates(measure=("median", "hazard-ratio"))
    assert len(both) == len(asking.estimates(measure="median")) + len(asking.estimates(measure="hazard-ratio")) > 1


def test_rows_are_like_a_list(asking: Client) -> None:
    rows = asking.estimates()
    assert rows[0] == next(iter(rows))
    assert rows[-1] in rows
    assert list(rows[1:]) == list(rows)[1:]
    assert rows[:1].dataset == rows.dataset
    assert repr(rows).startswith(f"<{len(rows)} rows of dataset {rows.dataset[:12]}: estimate")


@pytest.mark.parametrize(
    ("kind", "name", "label", "detail", "value"),
    [
        ("drug", "blincyto", "blinatumomab", "target", "CD19"),
        ("target", "MS4A1", "CD20", "drug", "rituximab"),
        ("trial", "NCT00000000", "EXAMPLE", "dose", "single dose"),
    ],
)
def test_a_resource_by_any_name(asking: Client, kind: str, name: str, label: str, detail: str, value: str) -> None:
    resource = getattr(asking, kind)(name)
    assert resource.label == label
    assert value in [one.label for one in resource.details[detail]]
    assert len(resource.dataset) == 64


def test_an_unknown_name_tells_the_nearest(asking: Client) -> None:
    with pytest.raises(UnknownName, match="no drug is called 'blinatumomap'") as raised:
        asking.drug("blinatumomap")
    assert "blinatumomab" in raised.value.near
    with pytest.raises(UnknownName, match="no drug is called") as raised:
        asking.estimates(drug="blinatumomap")
    assert "blinatumomab" in raised.value.near


def test_an_ambiguous_name_tells_the_choices() -> None:
    problem = {"title": "Multiple Choices", "status": 300, "detail": "'A' is the name of several things", "choices": ["a1", "a2"]}
    answer = httpx.Response(300, json=problem, headers={"Content-Type": "application/problem+json"})
    with pytest.raises(UnknownName, match="several things") as raised:
        client_of(lambda _: answer).drug("A")
    assert raised.value.choices == ("a1", "a2")


def test_a_filter_that_is_not_known_is_refused_with_those_that_are(asking: Client) -> None:
    with pytest.raises(QuestionError, match=r"dosage: unknown parameter; allowed are .*drug"):
        asking.estimates(dosage=9)


def test_any_collection_gives_rows(asking: Client, client: TestClient) -> None:
    rows = asking.collection("claims", document="example-2020")
    items = client.get("/v1/claims?document=example-2020").json()["items"]
    assert len(items) > 0
    assert [row.model_dump() for row in rows] == items
    assert list(rows.columns) == list(items[0])
    with pytest.raises(UnknownName, match="there is nothing at /v1/clams"):
        asking.collection("clams")


def test_pages_and_formats_are_not_asked_for(asking: Client) -> None:
    with pytest.raises(QuestionError, match="page: the client sets page"):
        asking.estimates(page=2)


def test_sparql_gives_rows_of_numbers_and_text(asking: Client, client: TestClient) -> None:
    rows = asking.sparql("SELECT ?n ?d ?t ?b ?none { VALUES (?n ?d ?t ?b) { (3 0.70 'a' true) } }")
    assert list(rows) == [{"n": 3, "d": 0.7, "t": "a", "b": True, "none": None}]
    assert rows.columns == ("n", "d", "t", "b", "none")
    assert rows.dataset == client.get("/health").json()["dataset"]
    assert list(asking.sparql("ASK {}")) == [{"boolean": True}]
    assert list(asking.sparql("ASK {} #" + "x" * 5000)) == [{"boolean": True}]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT nothing", "line 1, column 8: nothing cannot stand here"),
        ("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", "this query answers as"),
        ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "SERVICE is not allowed"),
    ],
)
def test_a_query_that_cannot_be_answered_says_why(asking: Client, query: str, words: str) -> None:
    with pytest.raises(QuestionError, match=words):
        asking.sparql(query)


def test_a_time_limit_is_asked_for(asking: Client) -> None:
    assert list(asking.sparql("ASK {}", seconds=5)) == [{"boolean": True}]
    with pytest.raises(QuestionError, match="at most 6 s are allowed"):
        asking.sparql("ASK { }", seconds=7)


def test_rows_become_a_data_frame(asking: Client) -> None:
    pytest.importorskip("pandas", reason="pandas is not installed (the extra notebook)")
    rows = asking.estimates()
    frame = rows.to_pandas()
    assert len(frame) == len(rows)
    assert frame.attrs["dataset"] == rows.dataset
    assert list(frame.columns) == [name for name in EstimateRow.model_fields if name not in {"figures", "checks"}]
    assert frame["value"].dtype == float
    assert frame.loc[frame["measure_label"] == "hazard ratio", "value"].tolist() == [0.7]
    assert list(rows[:0].to_pandas().columns) == list(frame.columns)
    figures = rows.figures().to_pandas()
    assert set(figures["estimate"]) <= set(frame["estimate"])
    assert asking.sparql("SELECT (2 AS ?n) {}").to_pandas()["n"].tolist() == [2]


def test_only_tables_are_left_out_of_a_frame(asking: Client) -> None:
    """A column is a table by its type or its values, not by what it is called."""
    pytest.importorskip("pandas", reason="pandas is not installed (the extra notebook)")
    assert asking.sparql("SELECT ?figures (1 AS ?checks) { FILTER(false) }").to_pandas().columns.tolist() == ["figures", "checks"]
    assert asking.sparql("SELECT (2 AS ?figures) {}").to_pandas()["figures"].tolist() == [2]
    rows = asking.collection("estimates")
    assert {"figures", "checks"} == rows.nested
    assert {"figures", "checks"} == asking.estimates().nested == asking.estimates()[:0].nested
    assert not {"figures", "checks"} & {*rows.to_pandas().columns}
    (row,) = client_of(lambda _: page(items=({"id": "a", "figures": 3},))).collection("documents").to_pandas().to_dict("records")
    assert row == {"id": "a", "figures": 3}


def test_without_pandas_the_remedy_is_told(asking: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MabgraphError, match=r"pip install 'mabgraph\[notebook\]'"):
        asking.estimates().to_pandas()


def test_fields_that_are_new_are_kept(asking: Client) -> None:
    known = asking.estimates()[0].model_dump() | {"grade": "moderate"}
    (row,) = client_of(lambda _: page(items=(known,))).estimates()
    assert row.model_dump()["grade"] == "moderate"


def test_the_fields_are_those_of_the_service(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    schemas = described["components"]["schemas"]
    answered = described["paths"]["/v1/estimates"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    items = schemas[answered["$ref"].rsplit("/", 1)[1]]["properties"]["items"]["items"]
    served = schemas[items["$ref"].rsplit("/", 1)[1]]["properties"]
    assert set(EstimateRow.model_fields) == set(served)


def test_a_dataset_that_changes_between_two_pages_is_an_error() -> None:
    pages = {"1": page("a" * 64, following="/v1/estimates?page=2"), "2": page("b" * 64)}
    with pytest.raises(MabgraphError, match="changed from aaaaaaaaaaaa to bbbbbbbbbbbb between two pages"):
        client_of(lambda request: pages[request.url.params.get("page", "1")]).estimates()


@pytest.mark.parametrize("following", ["/v1/estimates?page=2", "http://elsewhere.test/v1/estimates"])
def test_a_next_page_that_leads_nowhere_is_an_error(following: str) -> None:
    with pytest.raises(MabgraphError, match="as its next page"):
        client_of(lambda _: page(following=following)).estimates()


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError, httpx.ConnectTimeout])
def test_a_request_without_answer_is_sent_again(error: type[httpx.TransportError]) -> None:
    waited: list[float] = []
    answers: list[httpx.Response | None] = [None, None, page()]

    def handle(_: httpx.Request) -> httpx.Response:
        answer = answers.pop(0)
        if answer is None:
            raise error("gone")
        return answer

    assert len(client_of(handle, waited).estimates()) == 0
    assert waited == [0.5, 1.0]


@pytest.mark.parametrize(("retry_after", "seconds"), [("7", 7.0), ("100000", retries.LONGEST_WAIT), ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0)])
def test_a_busy_service_is_asked_again_when_it_says(retry_after: str, seconds: float) -> None:
    waited: list[float] = []
    answers = [httpx.Response(503, headers={"Retry-After": retry_after}), page()]
    assert len(client_of(lambda _: answers.pop(0), waited).estimates()) == 0
    assert waited == [seconds]


def test_a_service_that_stays_busy_is_given_up() -> None:
    waited: list[float] = []
    problem = {"status": 503, "title": "Service Unavailable", "detail": "256 queries are waiting already"}
    headers = {"Content-Type": "application/problem+json", "Retry-After": "5"}
    with pytest.raises(MabgraphError, match="503 256 queries are waiting already"):
        client_of(lambda _: httpx.Response(503, json=problem, headers=headers), waited).sparql("ASK {}")
    assert waited == [5.0] * (retries.ATTEMPTS - 1)


@pytest.mark.parametrize("status", [404, 422, 500])
def test_other_errors_are_told_at_once(status: int) -> None:
    waited: list[float] = []
    with pytest.raises(MabgraphError, match=rf"{ADDRESS}/v1/drugs/a%20b: answers {status} .*is this a service of mabgraph"):
        client_of(lambda _: httpx.Response(status, text="<html>"), waited).drug("a b")
    assert waited == []


@pytest.mark.parametrize("answer", [httpx.Response(200, text="<html>"), httpx.Response(200, json=[]), page(items=({"estimate": 3},))])
def test_an_answer_of_something_else_is_an_error(answer: httpx.Response) -> None:
    with pytest.raises(MabgraphError, match=ADDRESS):
        client_of(lambda _: answer).estimates()


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://127.0.0.1", "http://", "http://127.0.0.1:port", ""])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(QuestionError, match="is not the URL of a service"):
        Client(url)


def test_a_service_that_is_not_there_is_named() -> None:
    waited: list[float] = []
    with (
        Client("http://127.0.0.1:9", sleep=waited.append) as asked,
        pytest.raises(MabgraphError, match=r"127\.0\.0\.1:9/v1/drugs/x: .*serve"),
    ):
        asked.drug("x")
    assert len(waited) == retries.ATTEMPTS - 1


@pytest.mark.whole  # the guide, below, is answered over one
def test_over_a_real_connection(example_directory: Path) -> None:
    with running(example_directory, processes=1) as service, Client(service.address) as asked:
        assert asked.drug("MT103").label == "blinatumomab"
        assert len(asked.estimates(drug="blinatumomab")) > 0
        assert list(asked.sparql("ASK {}")) == [{"boolean": True}]


@pytest.mark.slow
def test_the_guide_shows_what_is_answered(real_directory: Path) -> None:
    pytest.importorskip("pandas", reason="pandas is not installed (the extra notebook)")
    guide = (Path(__file__).parents[1] / "docs" / "notebooks.md").read_text("utf-8").replace("```", "")
    with running(real_directory, processes=1) as service:
        asked = doctest.DocTestParser().get_doctest(guide.replace("http://127.0.0.1:8000", service.address), {}, "notebooks.md", None, 0)
        output: list[str] = []
        done = doctest.DocTestRunner().run(asked, out=output.append, clear_globs=False)
        asked.globs["client"].close()
    assert done.attempted > 10
    assert done.failed == 0, "".join(output)


def test_nothing_heavy_is_loaded() -> None:
    """Of ``mabgraph.graph`` the client has the declaration of networks alone, which imports pydantic and nothing of the service."""
    heavy = {"fastapi", "starlette", "granian", "pyoxigraph", "pyshacl", "rdflib", "networkx", "pandas"}
    asked = f"import mabgraph.api.client.client, sys; print(*sorted(name for name in sys.modules if name in {heavy} or name.startswith('mabgraph.graph.')))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout.split(), done.stderr) == (["mabgraph.graph.network", "mabgraph.graph.network.declaration"], "")
