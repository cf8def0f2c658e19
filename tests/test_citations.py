"""Citations of a comparison: parsed back, each says the document as the graph holds it and the dataset with its version, and no more."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
import rispy
from bibtexparser.entrypoint import parse_string

from mabgraph.api.exports import citations, comparing
from mabgraph.api.exports.package import Package
from mabgraph.graph.building.description import TITLE
from mabgraph.graph.questions.catalogue import Catalogue


@pytest.fixture(scope="module")
def package(real: Catalogue) -> Package:
    """Return a comparison of estimates of all documents."""
    comparison = comparing.package(real, {"endpoint": ["OS"]}, "/v1/compare?endpoint=OS&x={1}%20_&y")
    assert isinstance(comparison, Package)
    return replace(comparison, acknowledged=("overlapping-patients", "cited-figures"))


@pytest.fixture(scope="module")
def documents(package: Package) -> dict[str, dict[str, Any]]:
    """Return what the graph holds of the documents behind the comparison, by their local names."""
    behind = sorted({row.document for row in package.comparison.rows})
    return {str(row["id"]).rsplit("/", 1)[1]: dict(row) for row in package.catalogue.ask("documents", {"document": behind})}


def plain(text: str) -> str:
    """Return a field of BibTeX without its escapes."""
    signs = {r"\textbackslash{}": "\\", r"\textasciitilde{}": "~", r"\textasciicircum{}": "^"}
    for command, sign in signs.items():
        text = text.replace(command, sign)
    return re.sub(r"\\([{}&%$#_])", r"\1", text)


def test_bibtex_is_parsed_back(package: Package, documents: dict[str, dict[str, Any]]) -> None:
    library = parse_string(citations.bibtex(package).decode())
    assert library.failed_blocks == []
    entries = {entry.key: {field.key: field.value for field in entry.fields} for entry in library.entries}
    assert set(entries) == {*documents, "mabgraph"}
    for key, document in documents.items():
        assert plain(entries[key]["title"]) == document["label"]
        assert entries[key].get("doi") == document["doi"]
        assert plain(entries[key].get("howpublished", "")) == (document["citation"] or "")
        assert document["rights"] in plain(entries[key]["note"])
        assert set(entries[key]) <= {"title", "howpublished", "doi", "url", "note"}, "nothing that the graph does not hold"
    assert entries["mabgraph"]["version"] == package.catalogue.version
    assert plain(entries["mabgraph"]["title"]) == TITLE
    assert "overlapping-patients, cited-figures" in plain(entries["mabgraph"]["note"])
    assert package.address in plain(entries["mabgraph"]["note"])


@pytest.mark.parametrize("text", [r"50 % of {A} & B_c", r"a\b ~ ^ # $", "naïve – β", "line\nbreak", "}, note = {no"])
def test_signs_of_tex_are_escaped(text: str) -> None:
    library = parse_string(citations._entry("key", {"title": text, "url": "https://example.org/}{ x"}))
    assert library.failed_blocks == []
    [entry] = library.entries
    assert plain(entry["title"]) == " ".join(text.split())
    assert entry["url"] == "https://example.org/%7D%7B%20x"


def test_ris_has_a_reference_for_each_document_and_the_dataset(package: Package, documents: dict[str, dict[str, Any]]) -> None:
    body = citations.ris(package).decode()
    lines = body.split("\r\n")
    assert lines.pop() == ""
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]  - .*", line) for line in lines)
    *references, dataset = rispy.loads(body)
    assert [(each["type_of_reference"], each["id"]) for each in references] == [("GEN", key) for key in sorted(documents)]
    for each in references:
        document = documents[each["id"]]
        assert (each["title"], each.get("doi")) == (document["label"], document["doi"])
        assert document["rights"] in "; ".join(each["notes"])
        assert set(each) <= {"type_of_reference", "id", "title", "doi", "urls", "notes"}, "nothing that the graph does not hold"
    assert (dataset["type_of_reference"], dataset["id"], dataset["edition"]) == ("DATA", "mabgraph", package.catalogue.version)


@pytest.mark.parametrize("text", ["a title\nER  - \nTY  - JOUR", "tabs\tand\r\nlines", "naïve – β"])
def test_a_text_ends_no_reference_of_ris(text: str) -> None:
    [reference] = rispy.loads(citations._reference({"TY": "GEN", "TI": text}))
    assert reference == {"type_of_reference": "GEN", "title": " ".join(text.split())}


def test_csl_json_says_the_same(package: Package, documents: dict[str, dict[str, Any]]) -> None:
    entries = {each["id"]: each for each in json.loads(citations.csl(package))}
    assert set(entries) == {*documents, "mabgraph"}
    for key, document in documents.items():
        assert (entries[key]["title"], entries[key].get("DOI"), entries[key]["type"]) == (document["label"], document["doi"], "document")
        assert "author" not in entries[key]
        assert "issued" not in entries[key]
        assert (document["citation"] or "") in entries[key]["note"]
    assert (entries["mabgraph"]["type"], entries["mabgraph"]["version"]) == ("dataset", package.catalogue.version)
    assert "overlapping-patients" in entries["mabgraph"]["note"]


def test_a_document_without_a_doi_has_its_own_address(documents: dict[str, dict[str, Any]], package: Package) -> None:
    [document] = [each for each in documents.values() if each["doi"] is None]
    [entry] = [each for each in json.loads(citations.csl(package)) if each["id"] == document["id"].rsplit("/", 1)[1]]
    assert entry["URL"] == document["id"]
    assert "DOI" not in entry


def test_without_estimates_the_dataset_alone_is_cited(real: Catalogue) -> None:
    comparison = comparing.package(real, {"drug": ["blinatumomab"], "endpoint": ["OS"], "measure": ["odds-ratio"]}, "/v1/compare")
    assert isinstance(comparison, Package)
    assert [each["id"] for each in json.loads(citations.csl(comparison))] == ["mabgraph"]
