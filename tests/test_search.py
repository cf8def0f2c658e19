"""Search: several names at once, what to ask of them, and texts by their words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi.testclient import TestClient

from mabgraph.api.client import Client
from mabgraph.graph.building import build
from mabgraph.graph.questions import question, search, texts
from mabgraph.graph.questions.catalogue import Catalogue, open_current
from mabgraph.graph.questions.search import Findings
from mabgraph.graph.questions.texts import TextIndex, WrittenText
from mabgraph.graph.store import dataset, vocabulary
from mabgraph.ingest.errors import BuildError, QuestionError

from .conftest import DATA
from .quick import quick_builds


def parts(findings: Findings) -> set[tuple[str, str, str]]:
    return {(each.kind, vocabulary.local_name(each.iri), each.words) for each in findings.matches if each.likeness == 100.0}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("blinatumomab overall survival", {("drug", "blinatumomab", "blinatumomab"), ("endpoint", "overall-survival", "overall survival")}),
        ("overall survival, Blincyto", {("drug", "blinatumomab", "Blincyto"), ("endpoint", "overall-survival", "overall survival")}),
        ("PFS of anti-CD38 in SIRIUS", {("target", "CD38", "anti-CD38"), ("endpoint", "progression-free-survival", "PFS"), ("trial", "sirius", "SIRIUS")}),
        ("inotuzumab OS", {("drug", "inotuzumab-ozogamicin", "inotuzumab"), ("endpoint", "overall-survival", "OS")}),
        ("NCT02013167 hazard ratio", {("trial", "tower", "NCT02013167"), ("measure", "hazard-ratio", "hazard ratio")}),
        ("all with neutropenia", {("endpoint", "neutropenia", "neutropenia")}),
    ],
)  # fmt: skip
def test_several_names_are_found_each_with_its_words(asked: str, expected: set[tuple[str, str, str]], real: Catalogue) -> None:
    assert parts(search.search(real, asked, 20)) == expected


def test_a_word_such_as_all_is_a_name_as_it_is_written(real: Catalogue) -> None:
    assert ("condition", "ALL") in {(kind, words) for kind, _, words in parts(search.search(real, "ALL with neutropenia", 20))}


def test_every_drug_with_every_end_point_is_split_and_has_a_link_if_it_has_rows(real: Catalogue) -> None:
    drugs = sorted({str(row["id"]) for row in real.ask("drugs")})
    rows = {
        (drug, str(row["endpoint_label"])) for drug in drugs for row in real.page("estimates-page", {"drug": drug, "exact": "true"}, 500)[0]
    }
    labels = {iri: str(name) for iri, name in real.labels(drugs).items()}
    few = sorted(rows)[::9]
    assert len(few) > 15
    for drug, endpoint in few:
        findings = search.search(real, f"{labels[drug]} {endpoint}", 20)
        assert findings.unmatched == ()
        assert any(each.filters.keys() >= {"drug", "endpoint"} and each.total for each in findings.asks), (labels[drug], endpoint)


def test_there_is_no_link_to_an_empty_list_nor_for_one_name(real: Catalogue) -> None:
    assert search.search(real, "rituximab relapse-free survival", 20).asks == ()
    assert search.search(real, "overall survival overall-survival", 20).asks == ()
    [asking] = search.search(real, "blinatumomab overall survival", 20).asks
    assert asking.total == real.page("estimates-page", asking.filters, 1)[1] > 0


def test_the_link_is_answered_with_as_many_rows(real_client: TestClient) -> None:
    answer = real_client.get("/v1/search", params={"q": "CR blinatumomab"}).json()
    [link] = answer["asks"]
    assert parse_qs(urlsplit(link["url"]).query) == {"endpoint": ["CR"], "drug": ["blinatumomab"]}
    assert link["understood"].startswith("drug: blinatumomab; endpoint: complete remission, ")
    followed = real_client.get(link["url"]).json()
    assert (followed["total"], followed["understood"]) == (link["total"], link["understood"])


def test_exact_names_come_first_then_names_then_texts(real: Catalogue) -> None:
    order = [
        2 if each.likeness is None else each.likeness < 100 for each in search.search(real, "blinatumomb overall survival", 40).matches
    ]
    assert order == sorted(order)
    assert {0, 1, 2} <= set(order)


def test_a_third_of_the_places_is_for_texts(real: Catalogue) -> None:
    kinds = [each.text is not None for each in search.search(real, "response", 9).matches]
    assert len(kinds) == 9
    assert kinds.count(True) >= 3


@pytest.mark.parametrize(
    ("asked", "kind", "having"),
    [
        ("transfusing blood", "claim", "transfus"), ("antihistamine", "claim", "antihistamine"),
        ("intervals far from symmetric", "discrepancy", "symmetric"),
        ("progressed or died", "definition", "progress"), ("lymphocytes too few", "endpoint", "lymphocytes"),
    ],
)  # fmt: skip
def test_what_is_written_is_found_by_any_form_of_its_words(asked: str, kind: str, having: str, real: Catalogue) -> None:
    matches = [each for each in search.search(real, asked, 60).matches if each.text is not None and each.kind == kind]
    assert any(having in str(each.text).lower() for each in matches)


def test_british_and_american_spelling_find_the_same_texts(real: Catalogue) -> None:
    for british, american in (("haematologic", "hematologic"), ("leukaemia", "leukemia"), ("randomised", "randomized")):
        written = [[match.text.thing for match in real.texts.search(word, 100)] for word in (british, american)]
        assert written[0] == written[1] != []


def test_every_text_is_found_by_its_own_words(real: Catalogue) -> None:
    """Its rarest words, in capitals and in American spelling, are enough."""
    written = real.ask("texts")
    assert {row["kind"] for row in written} == {
        "claim",
        "definition",
        "discrepancy",
        "drug",
        "target",
        "condition",
        "endpoint",
        "measure",
        "design",
    }
    for row in written[::7]:
        words = list(texts.split_words(str(row["text"])))[: texts.MOST_WORDS]
        matches = real.texts.search(" ".join(words).upper(), 40)
        assert str(row["thing"]) in {match.text.thing for match in matches}, row["text"]


def test_texts_of_claims_say_of_which_document(real: Catalogue) -> None:
    claims = [each for each in search.search(real, "blinatumomab chemotherapy", 30).matches if each.kind in {"claim", "discrepancy"}]
    assert claims
    assert {each.document for each in claims} <= {"kantarjian-2017", "daratumumab-2016", "thompson-2021"}


def test_words_that_nothing_has_are_named(real: Catalogue) -> None:
    assert search.search(real, "blinatumomab xylophone", 20).unmatched == ("xylophone",)
    assert search.search(real, "blinatumomb overall survival", 20).unmatched == ()


def test_a_misspelt_name_is_offered_and_not_asked_for(real: Catalogue) -> None:
    findings = search.search(real, "blinatumomb overall survival", 20)
    assert findings.asks == ()
    assert ("drug", "blinatumomab", "blinatumomb") in {
        (each.kind, vocabulary.local_name(each.iri), each.words) for each in findings.matches
    }


def some_texts() -> Iterator[WrittenText]:
    yield WrittenText(
        "claim",
        "a",
        "finding",
        "Tumours of the colon. " * 30 + "Only here is a giraffe, of which nothing else is written. " + "More of it. " * 30,
    )
    yield WrittenText("claim", "b", "finding", "Haematologic toxicity in sixteen patients, grade three.")
    yield WrittenText("claim", "c", "finding", "")


def test_a_passage_begins_before_the_word_and_is_of_the_text_as_written() -> None:
    [match] = TextIndex(some_texts).search("giraffes", 5)
    assert "Only here is a giraffe, of which" in match.passage
    assert match.passage.startswith("…")
    assert match.passage.endswith("…")
    assert len(match.passage) <= texts.PASSAGE + 2
    assert match.passage.strip("…") in match.text.text
    [short] = TextIndex(some_texts).search("hematological toxicities 16 patients grade 3", 5)
    assert (short.passage, short.text.thing) == ("Haematologic toxicity in sixteen patients, grade three.", "b")
    assert TextIndex(some_texts).search("the of and", 5) == TextIndex(some_texts).search("giraffe", 0) == []


def test_texts_with_most_of_the_words_are_given_if_none_has_all() -> None:
    [match] = TextIndex(some_texts).search("giraffe nothing zebra", 5)
    assert match.words == ("giraffe", "nothing")


def test_texts_are_read_once_and_only_when_searched() -> None:
    reads: list[int] = []

    def read() -> Iterator[WrittenText]:
        reads.append(1)
        return some_texts()

    index = TextIndex(read)
    assert reads == []
    assert len(index.search("giraffe", 5)) == len(index.search("toxicity", 5)) == len(reads) == 1


def test_an_sqlite_without_full_text_search_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "_TABLES", ("CREATE VIRTUAL TABLE texts USING nothing(folded)",))
    with pytest.raises(QuestionError, match="FTS5"):
        TextIndex(some_texts).search("giraffe", 5)


HOSTILE = (
    "x " * 100, '"a" AND OR NOT* NEAR(', "NEAR/3 ^a {b}: -c", "daratumumab\x00overall", "\x00", "*", '"', "'; DROP TABLE texts; --", "(" * 200, "a" * 200,
    "\U0001f600", "é" * 200, "overall survival " * 11, "\u202eabc", "AND", "OR OR OR", "texts:folded", " ", "%", "\ud7ff", "ß" * 100, "1 2 3 4 5 6 7 8 9",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_is_answered(text: str, real_client: TestClient) -> None:
    answer = real_client.get("/v1/search", params={"q": text})
    assert answer.status_code == 200, answer.text
    assert answer.json()["total"] == len(answer.json()["items"]) <= 20
    for item in answer.json()["items"]:
        assert item["url"].startswith("/")
        assert "likeness" in item or "text" in item


@pytest.mark.parametrize("text", ["a" * 201, "x " * 101, "y" * 16_000, ""])
def test_too_long_and_empty_searches_are_refused_by_name(text: str, real_client: TestClient) -> None:
    answer = real_client.get("/v1/search", params={"q": text})
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("q: ")


def test_many_words_cost_no_more_than_their_number(real: Catalogue) -> None:
    """Words beyond those that are read are left out, and each search asks a bounded number of queries."""
    asked: list[str] = []

    class Counting:
        def query(self, text: str, *more: object) -> object:
            asked.append(text)
            return real.dataset.store.query(text)

    counted = Catalogue(replace(real.dataset, store=Counting()), real.names)  # type: ignore[arg-type]
    findings = search.search(counted, "CR OR ALL CD38 overall survival TOWER " * 500, 20)
    assert len(asked) <= 1 + search._READINGS
    assert len(findings.matches) > 5


def test_the_client_searches(real_client: TestClient, real: Catalogue) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        answer = real_client.get(str(request.url), headers=dict(request.headers))
        return httpx.Response(answer.status_code, content=answer.content, headers={"Content-Type": answer.headers["content-type"]})

    with Client("http://testserver", transport=httpx.MockTransport(handle)) as client:
        reply = client.search("blinatumomab overall survival", limit=3)
        assert (reply.dataset, reply.total, reply.items[0].name) == (real.version, 3, "blinatumomab")
        assert reply.asks[0].total > 0
        with pytest.raises(QuestionError):
            client.search("x" * 300)


def test_what_can_be_opened_is_opened(real: Catalogue, real_client: TestClient) -> None:
    one_of_each = {str(row["kind"]): str(row["text"]) for row in real.ask("texts")}
    for kind, text in one_of_each.items():
        words = " ".join(text.split()[:20])[:190]
        items = [each for each in real_client.get("/v1/search", params={"q": words, "limit": 60}).json()["items"] if each["kind"] == kind]
        assert items, (kind, words)
        for item in items[:3]:
            assert real_client.get(item["url"], headers={"Accept": "application/json, application/ld+json"}).status_code in {
                200,
                300,
                303,
            }, item


def test_the_question_of_texts_has_each_text_once(real: Catalogue) -> None:
    rows = [tuple(row.values()) for row in real.ask("texts")]
    assert len(rows) == len(set(rows))
    assert "texts" in question.list_names()


def test_a_number_is_one_word_and_what_is_in_a_text_is_not_unmatched(real: Catalogue) -> None:
    findings = search.search(real, "27.5", 20)
    assert [match.kind for match in findings.matches if match.text and "27.5" not in match.text] == []
    assert findings.unmatched == ()
    for query in ("red-cell antibodies interfere", "95% CI", "dose of blinatumomab in cycle 2"):
        assert search.search(real, query, 20).unmatched == (), query
    assert search.search(real, "b-cell precursor xyzzy", 20).unmatched == ("xyzzy",)


@pytest.mark.parametrize("query", [" ", "\x00", "%", "…"])
def test_a_search_without_a_word_has_no_answer(query: str, real: Catalogue) -> None:
    assert search.search(real, query, 20) == Findings((), (), ())


def test_texts_in_a_file_are_found_as_in_memory(real: Catalogue, tmp_path: Path) -> None:
    rows = real.ask("texts")
    texts.write(tmp_path / "texts", texts.of_rows(rows))
    in_file = TextIndex(pytest.fail, tmp_path / "texts")
    for words in ("neutropenia", "median follow-up", "hematological toxicities 16 patients grade 3", "giraffe", "response zebra"):
        assert in_file.search(words, 5) == real.texts.search(words, 5)
    (tmp_path / "damaged").write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    with pytest.raises(BuildError, match=r"damaged: cannot be read: .*: run mabgraph build"):
        TextIndex(pytest.fail, tmp_path / "damaged").search("response", 5)


@pytest.mark.slow
def test_a_version_that_is_served_from_disk_has_a_file_of_its_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "MEMORY_LIMIT", 10)
    with quick_builds():
        build.build(build.Inputs((DATA / "records" / "example-2020.yaml",)), tmp_path / "dataset")
    opened = open_current(tmp_path / "dataset")
    assert texts.TEXTS in opened.dataset.manifest.files
    monkeypatch.setattr(Catalogue, "ask", pytest.fail)
    assert opened.texts.search("response", 5)
