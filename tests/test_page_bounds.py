"""What pages cost: as many questions for much as for little, lists page by page, a bounded memory, and answers that are cut where they are long."""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from cachetools import LRUCache
from fastapi.testclient import TestClient
from pydantic import SecretStr

from benchmarks import pages as measured
from benchmarks import rest, synthetic
from mabgraph.api.app import create_app
from mabgraph.api.http import admission
from mabgraph.api.http.settings import Settings
from mabgraph.api.pages import gathered, networkpicture, templating, worked
from mabgraph.api.routes import networkpages, querypage
from mabgraph.api.serving import warming
from mabgraph.graph.network import network
from mabgraph.graph.questions import catalogue
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.sparql.evaluation import QueryOutcome
from mabgraph.graph.store import vocabulary
from mabgraph.graph.store.store import EngineStore

from .conftest import DATA

#: Long lists, or much that is written.
pytestmark = pytest.mark.slow

#: Invented trials of a small dataset, and of one with more than a page of everything.
FEW, MANY = 10, 120
#: Pages of which both have something.
ADDRESSES = (
    "/", "/drugs", "/studies", "/endpoints", "/documents", "/drugs/blinatumomab", "/targets/CD20", "/conditions/blood-cancer",
    "/endpoints/overall-survival", "/studies/synthetic-00005", "/documents/synthetic-00005", "/network", "/discrepancies", "/about",
)  # fmt: skip
SECRET = "a-secret-of-these-tests"
HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return invented(tmp_path_factory.mktemp("few"), FEW)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return invented(tmp_path_factory.mktemp("many"), MANY)


def invented(directory: Path, trials: int) -> Catalogue:
    synthetic.write(directory, trials)
    return catalogue.open_current(directory)


def asked(opened: Catalogue, address: str) -> int:
    """Return how many questions the page at ``address`` asks; nothing is kept from before but worked comparisons, whose number is fixed."""
    recorder = rest.Recorder(cast(EngineStore, opened.dataset.store), [])
    fresh = Catalogue(replace(opened.dataset, store=recorder), opened.names)
    worked.comparisons(fresh)
    recorder.asked.clear()
    application = create_app(Settings(dataset=opened.dataset.folder.parents[1]), fresh)
    status, _ = asyncio.run(measured.answered(application, measured.Page("", address)))
    assert status == 200, address
    return len(recorder.asked)


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_asks_no_more_questions_where_there_is_more(address: str, few: Catalogue, many: Catalogue) -> None:
    counts = asked(few, address), asked(many, address)
    assert counts[1] <= counts[0] + 4, "a question for each row: ask about all of them at once"


@pytest.fixture(scope="module")
def reader(example_directory: Path) -> Iterator[TestClient]:
    """Return a client that may read the texts."""
    settings = Settings(dataset=example_directory, documents=[DATA / "documents"], texts_token=SecretStr(SECRET))
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8000", client=("127.0.0.1", 5000), headers=HTML) as client:
        yield client


@pytest.mark.parametrize("address", ["/", "/documents", "/documents/example-2020", "/query", "/compare", "/no-such-page"])
def test_a_compressed_page_is_the_plain_one(address: str, reader: TestClient) -> None:
    bearer = {"Authorization": f"Bearer {SECRET}"}
    plain = reader.get(address, headers={"Accept-Encoding": "identity", **bearer})
    with reader.stream("GET", address, headers={"Accept-Encoding": "gzip", **bearer}) as coded:
        sent = b"".join(coded.iter_raw())
    assert coded.headers["content-encoding"] == "gzip"
    assert gzip.decompress(sent) == plain.content
    assert len(sent) < len(plain.content)
    assert "content-encoding" not in plain.headers


def test_the_page_with_a_text_is_compressed_and_stored_by_nobody(reader: TestClient) -> None:
    page = reader.get("/documents/example-2020", headers={"Authorization": f"Bearer {SECRET}", "Accept-Encoding": "gzip"})
    assert (page.headers["content-encoding"], page.headers["cache-control"]) == ("gzip", "no-store")
    assert "AN INVENTED REPORT FOR TESTS" in page.text


def test_a_page_with_a_text_is_never_answered_to_who_may_not_read_it(reader: TestClient) -> None:
    for _ in range(2):
        with_secret = reader.get("/documents/example-2020", headers={"Authorization": f"Bearer {SECRET}"})
        without = reader.get("/documents/example-2020")
        assert "AN INVENTED REPORT FOR TESTS" in with_secret.text
        assert "AN INVENTED REPORT FOR TESTS" not in without.text


def test_a_page_that_was_asked_for_is_kept_and_the_same(many: Catalogue) -> None:
    with TestClient(create_app(Settings(dataset=many.dataset.folder.parents[1]), many), headers=HTML) as client:
        first, again = client.get("/studies?page=2"), client.get("/studies?page=2")
        kept = client.app.state.service.cache  # type: ignore[attr-defined]
        assert len(kept) == 1
        assert (again.content, again.headers) == (first.content, first.headers)
        assert client.get("/studies?page=2", headers={"If-None-Match": first.headers["etag"]}).status_code == 304
        assert client.get("/studies?page=3").content != first.content


def test_a_list_of_many_is_given_page_by_page(many: Catalogue) -> None:
    with TestClient(create_app(Settings(dataset=many.dataset.folder.parents[1]), many), headers=HTML) as client:
        studies = client.get("/studies").text
        assert f"{MANY} in all" in studies
        assert studies.count('href="/studies/') == 100
        assert 'rel="next"' in studies


def test_places_are_kept_up_to_their_bound(real: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("thompson-2021", "daratumumab-2016")
    sizes = [gathered.size(gathered.gather(real, name)) for name in names]
    assert all(size > 1_000_000 for size in sizes)
    monkeypatch.setattr(gathered, "_kept", LRUCache(max(sizes) + 1, getsizeof=gathered.size))
    every = [gathered.gather(real, name) for name in names]
    assert gathered.count() == (1, sizes[-1])
    assert gathered.gather(real, names[-1]) is every[-1]
    monkeypatch.setattr(gathered, "_kept", LRUCache(10, getsizeof=gathered.size))
    assert gathered.gather(real, names[0]).places == every[0].places, "one that is too large is not kept, and given all the same"
    assert gathered.count() == (0, 0)


def test_a_long_answer_is_not_read_and_says_what_to_do() -> None:
    rows = b'{"head":{"vars":["s"]},"results":{"bindings":[' + b" " * querypage.LONGEST + b"]}}"
    answer = querypage._answer(QueryOutcome(media="application/sparql-results+json", body=rows))
    assert "at most 10,000,000" in answer["fault"]
    assert "LIMIT" in answer["fault"]
    assert "answered" not in answer


def test_a_long_value_is_cut_and_says_how_long_it_is() -> None:
    body = '{"head":{"vars":["s"]},"results":{"bindings":[{"s":{"type":"literal","value":"%s"}}]}}' % ("x" * 5000)
    answer = querypage._answer(QueryOutcome(media="application/sparql-results+json", body=body.encode()))
    ((term,),) = answer["rows"]
    assert term.text.endswith("… (5,000 characters, all of them in the files)")
    assert len(term.text) < querypage.WIDEST + 100


@pytest.mark.parametrize(("path", "heavy"), [("/compare", True), ("/network", True), ("/network/path", True), ("/drugs", False)])
def test_comparisons_and_networks_are_heavy_work_as_pages_too(path: str, heavy: bool) -> None:
    assert admission.is_heavy({"path": path, "query_string": b"", "headers": []}) is heavy


def test_a_process_is_warm_before_it_answers(example: Catalogue, example_directory: Path) -> None:
    application = create_app(Settings(dataset=example_directory), example)
    assert asyncio.run(warming.warm(application)) == 404
    assert {"home.html", "document.html", "compare.html", "macros.html"} <= set(templating.compile_all())
    assert asyncio.run(warming.ask_first(application)) == [200, 200]


def test_what_is_worked_out_of_the_whole_dataset_is_worked_out_once(example: Catalogue) -> None:
    fresh = Catalogue(example.dataset, example.names)
    assert fresh.once("a test", lambda each: [each.version]) is fresh.once("a test", lambda each: [each.state])


def test_the_page_of_a_chain_names_the_studies_on_it(many: Catalogue) -> None:
    link = next(each for each in network.read(many).links if each.evidence == "estimates")
    with TestClient(create_app(Settings(dataset=many.dataset.folder.parents[1]), many), headers=HTML) as client:
        page = client.get("/network/path", params={"from": link.intervention, "to": link.comparator})
    assert page.status_code == 200
    assert f"/studies/{vocabulary.local_name(link.study)}" in page.text


def test_a_treatment_of_many_studies_names_some_and_counts_the_others(many: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networkpages, "NAMED", 1)
    whole = network.read(many)
    with TestClient(create_app(Settings(dataset=many.dataset.folder.parents[1]), many), base_url="http://127.0.0.1") as client:
        page = client.get("/network", headers=HTML).text
    rows = dict(re.findall(r'<tr id="(t-[^"]*)">(.*?)</tr>', page))
    several = [each for each in whole.treatments.values() if len(each.studies) > 1 and networkpicture.anchor(each) in rows]
    assert several
    for each in several:
        row = rows[networkpicture.anchor(each)]
        assert row.count('href="/studies/') == 1
        assert f">{len(each.studies) - 1} more</a>" in row
