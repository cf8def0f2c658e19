"""Other engines: a dataset published to them is whole, found again, and answers as the one in memory does."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pyoxigraph as ox
import pytest
from starlette.testclient import TestClient

from benchmarks import strangers
from mabgraph.api.app import create_app
from mabgraph.graph.building import quads
from mabgraph.graph.publish import connection, content, publication, remote
from mabgraph.graph.publish.connection import Connection, Credentials
from mabgraph.graph.publish.destination import Protocol, Target
from mabgraph.graph.publish.publication import ReadBack
from mabgraph.graph.publish.remote import RemoteStore
from mabgraph.graph.questions import catalogue, question
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.sparql.engine import Limits, RemoteEngine
from mabgraph.graph.sparql.evaluation import Query, QueryOutcome
from mabgraph.graph.store import dataset, vocabulary
from mabgraph.graph.syntax import guard
from mabgraph.ingest.errors import BuildError

from . import engines
from .engines import Engine

pytestmark = pytest.mark.slow

ENGINES = ("oxigraph", "virtuoso")
#: Oxigraph comes from PyPI with the tests, Virtuoso from the system.
STARTED = ("oxigraph", pytest.param("virtuoso", marks=pytest.mark.engines))
_OWN = "its default graph is the union of all its graphs, and it holds some of its own, such as virtrdf"
#: Where an engine answers a question otherwise, and why. What no longer differs has to go.
DIFFERENCES = {("virtuoso", "size"): _OWN, ("virtuoso", "terms"): _OWN}
#: Columns that hold lines in no order: SPARQL does not say in which order GROUP_CONCAT takes them.
UNORDERED = {
    "about", "adjusted_for", "analysis_basis", "between", "broader", "caveats", "conditions", "discrepancies", "disputes", "documents", "drugs", "figures", "groups", "identifiers", "limitations",
    "not_reported", "outcome_ids", "outcomes", "overlapping", "quotes", "synonyms", "targets",
}  # fmt: skip
#: What is asked besides the examples of a question, where an engine gave other rows for it than for them.
MORE: dict[str, list[dict[str, Any]]] = {
    "estimates": [{"document": "thompson-2021", "measure": "hazard ratio"}],  # the longest rows
    "outcomes": [{}, {"endpoint": "adverse event"}, {"endpoint": ["overall survival", "adverse event"]}],
    "trials": [{"trial": "TOWER"}, {}],
    "figures-page": [{"document": "kantarjian-2017"}],
}
EXAMPLES: dict[str, list[dict[str, Any]]] = {name: [*question.load(name).examples, *MORE.get(name, ())] for name in question.list_names()}
ASKED = [(name, number) for name, examples in EXAMPLES.items() for number in range(len(examples))]


@pytest.fixture(scope="module", params=STARTED)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Return each engine in turn, empty."""
    start: Callable[[Path], Any] = getattr(engines, request.param)
    with start(tmp_path_factory.mktemp(request.param)) as running:
        yield running


@pytest.fixture(scope="module", params=STARTED)
def spare(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Return each engine in turn, for tests that leave something else there than they found."""
    start: Callable[[Path], Any] = getattr(engines, request.param)
    with start(tmp_path_factory.mktemp(f"spare-{request.param}")) as running:
        yield running


def target(engine: Engine, protocol: Protocol = Protocol.graph_store, transport: httpx.BaseTransport | None = None) -> Target:
    """Return ``engine`` as a target."""
    url = engine.graph_store if protocol is Protocol.graph_store else engine.update
    return Target(url, engine.query, protocol, engine.credentials, transport=transport)


@pytest.fixture(scope="module")
def published(engine: Engine, real_directory: Path) -> Engine:
    """Return an engine that mabgraph's own dataset is published to."""
    publication.publish(real_directory, target(engine))
    return engine


@pytest.fixture(scope="module")
def far(published: Engine) -> Iterator[Catalogue]:
    """Return the catalogue of the dataset that the engine holds."""
    opened = remote.open_dataset(published.query, seconds=120)
    assert isinstance(opened.store, RemoteStore)
    with closing(opened.store):
        yield catalogue.from_dataset(opened)


def update(engine: Engine, text: str) -> None:
    """Change something on the engine behind our back."""
    headers = {"Content-Type": "application/sparql-update"}
    with closing(Connection(engine.update, 60, engine.credentials)) as way, way.answer("POST", content=text.encode(), headers=headers):
        pass


def number(store: Any, text: str, *graphs: Any) -> int:
    """Return the one number that a query answers."""
    (row,) = store.query(text, *graphs)
    return int(row[0].value)


# --- the same answers


def terms(row: Iterable[Any], columns: Sequence[str]) -> tuple[str, ...]:
    """Return the terms of a row in the form that engines agree on."""
    some = ox.NamedNode("urn:some")
    written = ["" if term is None else content.canonicalise(ox.Triple(some, some, term)) for term in row]
    return tuple(
        "\n".join(sorted(text.split('"')[1].split("\\n"))) if column in UNORDERED and '"' in text else text
        for column, text in zip(columns, written, strict=True)
    )


def differs(text: str, near: Any, far: Any) -> str:
    """Return how two stores differ in their answers to ``text``: in rows, or in the order that it asks for; empty when they do not."""
    one, other = near.query(text), far.query(text)
    if not isinstance(one, ox.QuerySolutions):
        return content.describe_difference(content.canonical_triples(one), content.canonical_triples(other))
    columns = [variable.value for variable in one.variables]
    if columns != [variable.value for variable in other.variables]:
        return f"columns {other.variables}"
    rows, others = [terms(row, columns) for row in one], [terms(row, columns) for row in other]
    if Counter(rows) != Counter(others):
        lost, new = Counter(rows) - Counter(others), Counter(others) - Counter(rows)
        return f"{lost.total()} rows missing: {list(lost)[:1]}; {new.total()} rows of its own: {list(new)[:1]}"
    ordered = re.findall(r"^ORDER BY (.*)$", text, re.MULTILINE)
    keys = [columns.index(name) for name in re.findall(r"\?(\w+)", ordered[-1])] if ordered else []
    return "" if [[row[key] for key in keys] for row in rows] == [[row[key] for key in keys] for row in others] else "another order"


@pytest.mark.parametrize(("name", "number"), ASKED, ids=[f"{name}-{number}" for name, number in ASKED])
def test_every_question_gives_the_same_answer(name: str, number: int, published: Engine, far: Catalogue, real: Catalogue) -> None:
    asked = question.load(name)
    text = asked.fill(asked.terms(real.names, EXAMPLES[name][number]))
    reason = DIFFERENCES.get((published.name, name))
    try:
        difference = differs(text, real.dataset.store, far.dataset.store)
    except (BuildError, SyntaxError, OverflowError) as error:
        difference = str(error)
    if reason:
        assert difference, f"{published.name} answers {name} as we do: take it off the list of differences"
    else:
        assert not difference


def test_every_difference_is_of_a_question_that_is_asked() -> None:
    assert {name for _, name in DIFFERENCES} <= set(question.list_names())
    assert {name for name, _ in DIFFERENCES} <= set(ENGINES)


def test_a_comparison_sees_other_rows_and_another_order() -> None:
    def store(*values: str) -> ox.Store:
        engine = ox.Store()
        engine.extend(
            ox.Quad(ox.NamedNode(f"urn:{value}"), ox.NamedNode("urn:p"), ox.Literal(value), ox.NamedNode("urn:g")) for value in values
        )
        return engine

    class Backwards:
        def query(self, text: str) -> Any:
            return store("a", "b").query(text.replace("ORDER BY ?v", "ORDER BY DESC(?v)"), use_default_graph_as_union=True)

    class Plain:
        def __init__(self, *values: str) -> None:
            self.store = store(*values)

        def query(self, text: str) -> Any:
            return self.store.query(text, use_default_graph_as_union=True)

    rows = "SELECT ?s ?v { ?s <urn:p> ?v }\nORDER BY ?v"
    assert differs(rows, Plain("a", "b"), Plain("b", "a")) == ""
    assert differs(rows, Plain("a", "b"), Backwards()) == "another order"
    assert "1 rows missing" in differs(rows, Plain("a", "b"), Plain("a"))
    graph = "CONSTRUCT { ?s <urn:q> ?v } WHERE { ?s <urn:p> ?v }"
    assert differs(graph, Plain("a"), Plain("a")) == ""
    assert differs(graph, Plain("a"), Plain("a", "b")).startswith("1 not of the dataset: <urn:b>")


def test_the_dataset_is_found_with_its_version_and_sizes(far: Catalogue, real: Catalogue, published: Engine) -> None:
    manifest, built = far.dataset.manifest, real.dataset.manifest
    assert (manifest.version, manifest.software, manifest.quads, manifest.figures) == (
        built.version,
        built.software,
        built.quads,
        built.figures,
    )
    assert manifest.graphs == built.graphs
    assert len(far.dataset.store) == built.quads
    assert not far.dataset.folder.is_dir()


def test_questions_are_asked_by_name(far: Catalogue, real: Catalogue) -> None:
    parameters = {"drug": "MT103", "measure": "hazard-ratio"}
    asked = [[row["estimate"] for row in catalogue.ask("estimates", parameters)] for catalogue in (far, real)]
    assert asked[0] == asked[1] != []


@pytest.mark.parametrize(
    ("default", "named", "pattern"),
    [
        (None, None, "{ ?s ?p ?o FILTER(STRSTARTS(STR(?s), 'https')) }"),
        (["ontology"], None, "{ ?s ?p ?o }"),
        (["ontology", "links"], None, "{ ?s ?p ?o }"),
        (None, ["ontology", "links"], "{ GRAPH ?g { ?s ?p ?o } }"),
        (None, ["ontology"], "{ ?s ?p ?o }"),
        (["links"], ["ontology"], "{ ?s ?p ?o GRAPH ?g { ?o a ?c } }"),
        ([], [], "{ { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"),
    ],
)
def test_graphs_are_chosen_as_in_memory(
    default: list[str] | None, named: list[str] | None, pattern: str, far: Catalogue, real: Catalogue
) -> None:
    chosen = [None if names is None else [quads.graph(name) for name in names] for names in (default, named)]
    assert number(real.dataset.store, f"SELECT (COUNT(*) AS ?n) {pattern}", *chosen) == number(
        far.dataset.store, f"SELECT (COUNT(*) AS ?n) {pattern}", *chosen
    )


def test_a_query_that_chooses_its_graphs_is_asked_as_it_stands(far: Catalogue) -> None:
    text = f"SELECT (COUNT(*) AS ?n)\nFROM {quads.graph('ontology')}\n{{ ?s ?p ?o }}"
    assert number(far.dataset.store, text) == far.dataset.manifest.graphs["ontology"]


def test_a_truth_value_and_a_description(far: Catalogue) -> None:
    assert bool(far.dataset.store.query("ASK { ?s ?p ?o }"))
    assert not bool(far.dataset.store.query("ASK { ?s <urn:no> ?o }"))
    drug = ox.NamedNode(vocabulary.resource("drug/blinatumomab"))
    described: Any = far.dataset.store.query("DESCRIBE <id/drug/blinatumomab>")
    pairs = [{triple.subject, triple.object} for triple in described]
    assert pairs
    assert all(drug in ends for ends in pairs)


def test_what_is_no_query_is_named_by_the_engine(far: Catalogue) -> None:
    """In its own words, whatever they are."""
    with pytest.raises(SyntaxError, match=r"\w"):
        far.dataset.store.query("SELECT ?s WHERE {\n  ?s ?p }")


@pytest.mark.parametrize("text", ["SELEC", "SELECT ?s {\n ?s ?p }", "SELECT ?s { ?s ?p"])
def test_the_place_of_a_fault_is_that_of_the_text(text: str, tmp_path: Path, real: Catalogue) -> None:
    with engines.oxigraph(tmp_path) as running, closing(Connection(running.query, 30)) as way, pytest.raises(SyntaxError) as far:
        RemoteStore(way).query(text)
    with pytest.raises(SyntaxError) as near:
        real.dataset.store.query(text)
    places = [re.match(r"error at \d+:\d+", str(raised.value)) for raised in (far, near)]
    assert len({place and place[0] for place in places}) == 1
    assert all(places)


# --- publishing


@pytest.mark.parametrize("protocol", list(Protocol))
def test_a_dataset_is_published_whole(protocol: Protocol, spare: Engine, example_directory: Path) -> None:
    for name in remote_sizes(spare):
        update(spare, f"DROP SILENT GRAPH <{name}>")
    update(spare, "INSERT DATA { GRAPH <urn:others> { <urn:a> <urn:b> 1 } }")
    seen: list[tuple[str, int, int]] = []
    done = publication.publish(example_directory, target(spare, protocol), lambda *what: seen.append(what))
    built = dataset.manifest(example_directory)
    assert built is not None
    assert (done.version, done.quads) == (built.version, built.quads)
    assert sorted(done.sent) == sorted(done.digests) == sorted(built.graphs)
    assert done.sent[-1] == publication.DESCRIPTION
    assert done.removed == ()
    assert seen[-1] == ("sending description", len(built.graphs) - 1, len(built.graphs))
    assert publication.verify(example_directory, target(spare)).digests == done.digests
    again = publication.publish(example_directory, target(spare, protocol))
    assert (again.sent, again.removed, again.digests) == ((), (), done.digests)


def test_graphs_of_another_dataset_go_and_those_of_others_stay(spare: Engine, example_directory: Path) -> None:
    publication.publish(example_directory, target(spare))
    old, own = quads.graph("older-2001").value, "urn:others"
    update(spare, f"INSERT DATA {{ GRAPH <{old}> {{ <urn:a> <urn:b> 1 }} GRAPH <{own}> {{ <urn:a> <urn:b> 1 }} }}")
    with pytest.raises(BuildError, match=r"1 graphs do not have .*: older-2001 \(1 instead of 0\)"):
        publication.verify(example_directory, target(spare))
    done = publication.publish(example_directory, target(spare))
    assert (done.sent, done.removed) == (("description",), ("older-2001",))
    with closing(Connection(spare.query, 30)) as way:
        assert [str(triple.subject) for triple in RemoteStore(way).triples(own)] == ["<urn:a>"]


class Failing(httpx.BaseTransport):
    """Carries requests until so many graphs were sent, then fails as a line does that is cut."""

    def __init__(self, graphs: int) -> None:
        self._inner, self._left = httpx.HTTPTransport(), graphs
        self.sent: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "PUT":
            if len(self.sent) == self._left:
                raise httpx.WriteError("the line was cut")
            if "Authorization" in request.headers or "dba" not in str(request.url):
                self.sent.append(request.url.params["graph"])
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


@pytest.mark.parametrize("graphs", [0, 1, 3])
def test_a_publication_that_was_cut_goes_on_where_it_was(graphs: int, spare: Engine, example_directory: Path) -> None:
    publication.publish(example_directory, target(spare))
    for name in remote_sizes(spare):
        if not name.endswith("/description"):
            update(spare, f"DROP SILENT GRAPH <{name}>")
    cut = Failing(graphs)
    with pytest.raises(BuildError, match="cannot be reached: the line was cut"):
        publication.publish(example_directory, target(spare, transport=cut))
    assert set(remote_sizes(spare)) == set(cut.sent), "what was sent is there, and the description is not"
    with pytest.raises(BuildError, match="holds no whole dataset"):
        remote.open_dataset(spare.query)
    done = publication.publish(example_directory, target(spare))
    assert {quads.graph(name).value for name in done.sent} == {quads.graph(name).value for name in done.digests} - set(cut.sent)


def test_a_graph_of_which_a_part_arrived_is_sent_again(spare: Engine, example_directory: Path) -> None:
    publication.publish(example_directory, target(spare))
    update(spare, f"DELETE WHERE {{ GRAPH {quads.graph('ontology')} {{ ?s <{vocabulary.term('identifier')}> ?o }} }}")
    done = publication.publish(example_directory, target(spare))
    assert done.sent == ("ontology", "description")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("DELETE DATA {{ GRAPH {graph} {{ {triple} }} }}", r"the graph links is not that of the dataset: 1 missing: {subject} "),
        (
            "INSERT DATA {{ GRAPH {graph} {{ <urn:x> <urn:y> 1 }} }}",
            r"the graph links is not .*: 1 not of the dataset: <urn:x> <urn:y> \"1\"",
        ),
        (
            "DELETE DATA {{ GRAPH {graph} {{ {triple} }} }} ; INSERT DATA {{ GRAPH {graph} {{ <urn:x> <urn:y> 1 }} }}",
            r"the graph links is not that of the dataset: 1 missing: {subject} .*; 1 not of the dataset: <urn:x>",
        ),
    ],
)
def test_tampering_is_found_and_mended(change: str, message: str, spare: Engine, example_directory: Path) -> None:
    publication.publish(example_directory, target(spare))
    graph = quads.graph("links")
    dump = (example_directory / dataset.CURRENT / dataset.DUMP).resolve()
    line = next(content.graph_parts(dump)[graph.value].lines()).decode()
    update(spare, change.format(graph=graph, triple=line.removesuffix(" .\n")))
    with pytest.raises(BuildError, match=message.format(subject=re.escape(line.split()[0]))):
        publication.verify(example_directory, target(spare))
    done = publication.publish(example_directory, target(spare), read_back=ReadBack.all)
    assert done.sent == ("links", "description")


# --- what can go wrong


@pytest.mark.engines
@pytest.mark.parametrize("spare", ["virtuoso"], indirect=True)  # Oxigraph knows no users
@pytest.mark.parametrize("protocol", list(Protocol))
@pytest.mark.parametrize("credentials", [Credentials(), Credentials("dba", "wrong"), Credentials("nobody", "dba")])
def test_who_may_not_write_is_told_so(credentials: Credentials, protocol: Protocol, spare: Engine, example_directory: Path) -> None:
    url = spare.graph_store if protocol is Protocol.graph_store else spare.update
    update(spare, f"DROP SILENT GRAPH {quads.graph('links')}")
    with pytest.raises(BuildError, match=rf"{url}: answered 401 .*set MABGRAPH_PUBLISH_USER and MABGRAPH_PUBLISH_PASSWORD"):
        publication.publish(example_directory, Target(url, spare.query, protocol, credentials))


@pytest.mark.engines
def test_an_engine_that_cuts_what_it_gives_is_found_out(tmp_path: Path, example_directory: Path) -> None:
    with engines.virtuoso(tmp_path, rows=100) as running:
        with pytest.raises(BuildError, match=r"returns \d+ triples of a graph that has more: raise its result limit"):
            publication.publish(example_directory, target(running))
        with closing(Connection(running.query, 30)) as way, pytest.raises(OverflowError, match="the engine truncated the answer"):
            RemoteStore(way).query("SELECT ?s { ?s ?p ?o }")


def test_an_engine_that_is_down_is_named(example_directory: Path, tmp_path: Path) -> None:
    with engines.oxigraph(tmp_path) as gone:
        pass
    with pytest.raises(BuildError, match=f"{gone.query}: cannot be reached: .* is the engine running"):
        publication.publish(example_directory, target(gone))
    with pytest.raises(BuildError, match=f"{gone.query}: cannot be reached: .* is the engine running"):
        remote.open_dataset(gone.query)


def test_an_empty_engine_holds_no_dataset(tmp_path: Path) -> None:
    with engines.oxigraph(tmp_path) as empty, pytest.raises(BuildError, match="holds no whole dataset of mabgraph: publish one"):
        remote.open_dataset(empty.query)


def test_a_directory_without_a_dataset_is_not_published(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="holds no dataset: run mabgraph build"):
        publication.publish(tmp_path, Target.from_url("http://127.0.0.1:1/store"))


class Deaf(httpx.BaseTransport):
    """Carries requests to Oxigraph, save that the engine then knows no parameter of its own."""

    def __init__(self) -> None:
        self._inner = httpx.HTTPTransport()
        self.forms: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        form = request.read().decode()
        self.forms.append(form)
        if "union-default-graph" in form:
            return httpx.Response(400, text="unknown parameter")
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


@pytest.mark.parametrize(
    ("options", "transport", "graph_parameters"),
    [
        (["--union-default-graph"], httpx.HTTPTransport, {}),
        ([], httpx.HTTPTransport, {"union-default-graph": "true"}),
        ([], Deaf, None),
    ],
)
def test_the_default_graph_is_the_union_however_the_engine_sees_it(
    options: list[str],
    transport: type[httpx.BaseTransport],
    graph_parameters: dict[str, str] | None,
    tmp_path: Path,
    example_directory: Path,
) -> None:
    local = dataset.open_current(example_directory)
    with engines.oxigraph(tmp_path, *options) as running:
        publication.publish(example_directory, target(running))
        opened = remote.open_dataset(running.query, transport=transport())
        assert isinstance(opened.store, RemoteStore)
        with closing(opened.store):
            every = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
            assert number(opened.store, every) == number(local.store, every)
            graphs = [quads.graph(name).value for name in local.manifest.graphs]
            assert opened.store.union == ({"default-graph-uri": sorted(graphs)} if graph_parameters is None else graph_parameters)


def answering(answer: httpx.Response | Exception, longest: int = 1000) -> RemoteStore:
    """Return a store whose engine answers this to everything."""

    def handle(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return RemoteStore(Connection("http://engine/query", 5, transport=httpx.MockTransport(handle)), longest)


JSON = {"Content-Type": "application/sparql-results+json"}


@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        (httpx.Response(400, text="x" * 600), SyntaxError, "^x{500}$"),
        (httpx.Response(400), SyntaxError, "gives no reason"),
        (httpx.Response(401), BuildError, "http://engine/query: answered 401 Unauthorized: .*MABGRAPH_PUBLISH_USER"),
        (httpx.Response(403, text="no"), BuildError, "answered 403 Forbidden: .*: no$"),
        (httpx.Response(404), BuildError, "answered 404 Not Found: there is nothing at this address: see docs/engines.md"),
        (httpx.Response(302, headers={"Location": "/"}), BuildError, "answered 302 Found: see docs/engines.md"),
        (httpx.Response(503, text="too busy"), BuildError, "answered 503 Service Unavailable: see the engine's log: too busy"),
        (httpx.Response(200, text="<html>", headers={"Content-Type": "text/html"}), BuildError, "answers text/html, not SPARQL results"),
        (httpx.Response(200, text="<html>", headers=JSON), BuildError, "not SPARQL results: is this a query endpoint"),
        (httpx.Response(200, text=" " * 1001, headers=JSON), OverflowError, "longer than 1000 bytes: ask with LIMIT"),
        (httpx.ReadTimeout("late"), TimeoutError, "http://engine/query: not answered within 5 s: ask for less"),
        (httpx.ConnectError("refused"), BuildError, "http://engine/query: cannot be reached: refused"),
        (httpx.RemoteProtocolError("peer closed"), BuildError, "cannot be reached: peer closed"),
    ],
)
def test_what_an_engine_answers_wrongly_is_named(answer: httpx.Response | Exception, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        answering(answer).query("SELECT * {}")


@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        (httpx.Response(200, text="<html>", headers={"Content-Type": "text/html"}), BuildError, "answers text/html, not a graph"),
        (httpx.Response(200, text="<a", headers={"Content-Type": "text/turtle"}), BuildError, "a graph that cannot be read"),
        (httpx.Response(200, text="#" * 1001, headers={"Content-Type": "application/n-triples"}), OverflowError, "longer than 1000"),
    ],
)
def test_a_graph_that_an_engine_answers_wrongly_is_named(answer: httpx.Response, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        answering(answer).query("CONSTRUCT {} WHERE {}")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (httpx.Response(400, text="what?"), "http://engine/query: does not answer the question graphs: what[?]"),
        (httpx.Response(200, text="{}", headers=JSON | {"X-SPARQL-MaxRows": "10"}), "question graphs: .*the engine truncated the answer"),
        (httpx.Response(401), "set MABGRAPH_STORE_USER and MABGRAPH_STORE_PASSWORD"),
    ],
)
def test_an_engine_that_cannot_be_opened_is_named(answer: httpx.Response, message: str) -> None:
    with pytest.raises(BuildError, match=message):
        remote.open_dataset("http://engine/query", transport=httpx.MockTransport(lambda request: answer))


@pytest.mark.parametrize(
    ("fault", "status", "message"),
    [(httpx.ConnectError("refused"), 502, "cannot be reached"), (httpx.ReadTimeout("late"), 504, "not answered within 5 s")],
)
@pytest.mark.parametrize("path", ["/v1/drugs", "/v1/estimates?endpoint=overall-survival", "/ontology", "/sparql"])
def test_callers_are_told_when_the_engine_behind_is_gone(
    path: str, fault: Exception, status: int, message: str, example: Catalogue
) -> None:  # fmt: skip
    gone = replace(example.dataset, store=answering(fault))
    with TestClient(create_app(opened=replace(example, dataset=gone))) as client:
        answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert message in answer.json()["detail"]


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("SELECT (bif:http_get('http://127.0.0.1:9/') AS ?x) {}", "refused"),
        ("DEFINE get:soft 'soft' SELECT * FROM <http://127.0.0.1:9/> { ?s ?p ?o }", "refused"),
        ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "refused"),
        ("SELECT * { FILTER(`bif:http_get('http://127.0.0.1:9/')`) }", "malformed"),
        ("SELECT * { ?s ?p ?o } LIMIT 1", ""),
    ],
)
def test_only_sparql_itself_is_sent_to_an_engine_that_nothing_confines(query: str, error: str) -> None:
    sent: list[str] = []

    class Recording:
        def query(self, text: str, *graphs: object) -> Any:
            sent.append(text)
            return ox.Store().query(text)

        def __len__(self) -> int:
            return 0

    async def ask() -> QueryOutcome:
        engine = RemoteEngine(Limits(), Recording(), "state")
        try:
            return await engine.ask(Query(query, "text/csv", "text/turtle"), 60)
        finally:
            await engine.close()

    assert asyncio.run(ask()).error == error
    assert sent == ([] if error else [query])


@pytest.mark.engines
@pytest.mark.parametrize("call", ["bif:http_get", "<bif:http_get>", "bif:http_client"])
def test_what_is_refused_does_reach_out_of_virtuoso(call: str, tmp_path: Path) -> None:
    with engines.virtuoso(tmp_path) as engine, strangers.listening() as listener:
        query = f"SELECT ({call}('{listener.url}') AS ?x) {{ ?s ?p ?o }} LIMIT 1"
        assert guard.extension_fault(query) is not None
        httpx.post(engine.query, data={"query": query}, headers={"Accept": "application/sparql-results+json"}, timeout=60)
        assert listener.heard > 0


def test_an_answer_that_trickles_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 100, 3))
    monkeypatch.setattr(connection, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    with pytest.raises(TimeoutError, match="not answered within 5 s"):
        answering(httpx.Response(200, content=iter([b" ", b" ", b" "]), headers=JSON)).query("SELECT * {}")


def test_a_short_answer_is_none_too_long() -> None:
    rows: Any = answering(httpx.Response(200, text='{"head":{"vars":["a"]},"results":{"bindings":[]}}', headers=JSON)).query("SELECT * {}")
    assert list(rows) == []


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("SELECT * {}", True),
        ("# construct\nASK {}", True),
        ("PREFIX describe: <urn:x> select * { ?construct describe:select 'construct' }", True),
        ("BASE <urn:select> CONSTRUCT {} WHERE { SELECT * {} }", False),
        ("describe <urn:ask>", False),
        ("nothing", True),
    ],
)
def test_the_form_of_a_query_is_told_from_its_text(text: str, rows: bool) -> None:
    accepted: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        accepted.append(request.headers["Accept"])
        return httpx.Response(500)

    store = RemoteStore(Connection("http://engine/query", 5, transport=httpx.MockTransport(handle)))
    with pytest.raises(BuildError, match="500"):
        store.query(text)
    assert accepted[0].startswith("application/sparql-results+json" if rows else "application/n-triples")


# --- who we are


def signed(credentials: Credentials, *answers: httpx.Response) -> list[str]:
    """Return how the requests were signed for which an engine gave these answers."""
    left, schemes = iter(answers), []

    def handle(request: httpx.Request) -> httpx.Response:
        schemes.append(request.headers.get("Authorization", "").split(" ")[0])
        return next(left)

    way = Connection("http://engine/store", 5, credentials, httpx.MockTransport(handle))
    with way.answer("DELETE"):
        pass
    return schemes


def test_a_user_is_known_by_what_the_engine_asks_for() -> None:
    user, fine = Credentials("a", "b"), httpx.Response(204)
    basic = httpx.Response(401, headers={"WWW-Authenticate": 'Basic realm="x"'})
    digest = [httpx.Response(401, headers={"WWW-Authenticate": 'Digest realm="x", nonce="1", qop="auth"'}) for _ in range(2)]
    assert signed(user, fine) == [""], "an engine that asks for nothing is told nothing"
    assert signed(user, basic, fine) == ["", "Basic"]
    assert signed(user, *digest, fine) == ["", "", "Digest"]
    assert signed(Credentials(token="t"), fine) == ["Bearer"]
    assert signed(Credentials(), fine) == [""]


def test_credentials_come_from_the_environment_and_are_not_shown() -> None:
    credentials = Credentials.from_environment(environment={"MABGRAPH_PUBLISH_USER": "dba", "MABGRAPH_PUBLISH_PASSWORD": "secret"})
    assert credentials == Credentials("dba", "secret")
    assert "secret" not in repr(credentials)
    assert Credentials.from_environment(environment={}).auth() is None
    with pytest.raises(BuildError, match="MABGRAPH_PUBLISH_USER and MABGRAPH_PUBLISH_TOKEN are both set"):
        Credentials.from_environment(environment={"MABGRAPH_PUBLISH_USER": "dba", "MABGRAPH_PUBLISH_TOKEN": "t"})


@pytest.mark.parametrize(
    ("url", "protocol", "query"),
    [
        ("http://h:7878/store", Protocol.graph_store, "http://h:7878/query"),
        ("http://h:7878/update", Protocol.update, "http://h:7878/query"),
        ("http://h:8890/sparql-graph-crud-auth", Protocol.graph_store, "http://h:8890/sparql"),
        ("http://h:8890/sparql-auth", Protocol.update, "http://h:8890/sparql"),
        ("http://h:3030/ds/data", Protocol.graph_store, "http://h:3030/ds/query"),
        ("http://h:7200/repositories/r/rdf-graphs/service", Protocol.graph_store, "http://h:7200/repositories/r"),
        ("http://h:7200/repositories/r/statements", Protocol.update, "http://h:7200/repositories/r"),
        ("https://h:8182/sparql/gsp/", Protocol.graph_store, "https://h:8182/sparql"),
        ("https://h:8182/sparql", Protocol.update, "https://h:8182/sparql"),
    ],
)
def test_where_to_ask_is_told_from_where_to_write(url: str, protocol: Protocol, query: str) -> None:
    destination = Target.from_url(url, credentials=Credentials())
    assert (destination.url, destination.protocol, destination.query) == (url, protocol, query)
    assert Target.from_url(url, query="http://h/other").query == "http://h/other"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://h/db", "are not known: give both"),
        ("http://dba:secret@h/store", "^h: the URL holds a user or password"),
        ("ftp://h/store", "it begins with http"),
        ("h/store", "it begins with http"),
        ("http://h:port/store", "is no URL"),
    ],
)
def test_a_target_that_is_none_is_refused(url: str, message: str) -> None:
    with pytest.raises(BuildError, match=message) as caught:
        Target.from_url(url)
    assert "secret" not in str(caught.value)


# --- what is compared


XSD = "http://www.w3.org/2001/XMLSchema#"


def literal(text: str) -> str:
    """Return the canonical form of an object written in N-Triples."""
    return content.canonicalise(next(iter(ox.parse(f"<urn:s> <urn:p> {text} .", ox.RdfFormat.N_TRIPLES))).triple)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (f'"0.70"^^<{XSD}decimal>', f'"0.7"^^<{XSD}decimal>', True),
        (f'"95.0"^^<{XSD}decimal>', f'"95"^^<{XSD}decimal>', True),
        (f'"-0.0"^^<{XSD}decimal>', f'"0"^^<{XSD}decimal>', True),
        (f'"5"^^<{XSD}nonNegativeInteger>', f'"+05"^^<{XSD}integer>', True),
        (f'"1e3"^^<{XSD}double>', f'"1000.0"^^<{XSD}double>', True),
        (f'"1"^^<{XSD}boolean>', f'"true"^^<{XSD}boolean>', True),
        ('"a"@en-GB', '"a"@en-gb', True),
        (f'"a"^^<{XSD}string>', '"a"', True),
        (f'"0.70"^^<{XSD}decimal>', f'"0.71"^^<{XSD}decimal>', False),
        (f'"0.12345678901234567890"^^<{XSD}decimal>', f'"0.123456789012346"^^<{XSD}decimal>', False),
        (f'"5"^^<{XSD}decimal>', f'"5"^^<{XSD}integer>', False),
        (f'"-5"^^<{XSD}integer>', f'"5"^^<{XSD}integer>', False),
        (f'"."^^<{XSD}decimal>', f'"0"^^<{XSD}decimal>', False),
        ('"0.70"', '"0.7"', False),
        ('"a"@en', '"a"', False),
        ('"a"@en', '"A"@en', False),
        ('"<urn:a>"', "<urn:a>", False),
        ('"a\\nb"', '"a b"', False),
    ],
)
def test_only_what_engines_rewrite_is_alike(one: str, other: str, same: bool) -> None:
    assert (literal(one) == literal(other)) is same


def test_a_difference_shows_the_first_triples() -> None:
    sent = frozenset(f"<urn:{number}> <urn:p> 1" for number in range(5))
    assert content.describe_difference(sent, sent) == ""
    assert content.describe_difference(sent, frozenset()).startswith("5 missing: <urn:0> <urn:p> 1 , <urn:1> <urn:p> 1 , <urn:2>")


def test_a_dump_is_taken_apart_without_being_held(tmp_path: Path) -> None:
    dump = tmp_path / "dataset.nq"
    lines = {"<urn:g>": [r'<urn:a> <urn:b> "x <urn:h> . \" é\n" .', "<urn:a> <urn:b> <urn:c> ."], "<urn:h>": ['<urn:a> <urn:b> "y"@en .']}
    written = [line.removesuffix(".") + f"{graph} .\n" for graph in ("<urn:g>", "<urn:h>") for line in lines[graph]]
    dump.write_text("".join([*written, "<urn:d> <urn:b> <urn:c> <urn:g> .\n"]), encoding="utf-8")
    lines["<urn:g>"].append("<urn:d> <urn:b> <urn:c> .")
    parts = content.graph_parts(dump)
    assert {f"<{graph}>": b"".join(part).decode().splitlines() for graph, part in parts.items()} == lines
    assert {f"<{graph}>": part.triples for graph, part in parts.items()} == {graph: len(statements) for graph, statements in lines.items()}
    for part in parts.values():
        assert part.length == sum(map(len, part)) == sum(map(len, part)), "read as often as needed"
        assert len(part.content()) == part.triples
    ours = b"".join(line.encode() for line in (*written, "<urn:d> <urn:b> <urn:c> <urn:g> .\n") if line.endswith("<urn:g> .\n"))
    assert parts["urn:g"].digest() == hashlib.sha256(ours).hexdigest()


def remote_sizes(engine: Engine) -> dict[str, int]:
    """Return the published graphs that are on ``engine``."""
    with closing(Connection(engine.query, 60)) as way:
        return RemoteStore(way).sizes()
