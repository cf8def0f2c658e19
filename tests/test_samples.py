"""Samples in the OpenAPI document: real answers of the dataset that is served, as the document says they are, and no text of a source."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator, ValidationError

from mabgraph.api.app import create_app
from mabgraph.api.collections import resources, samples
from mabgraph.api.http.settings import Settings
from mabgraph.graph.questions.catalogue import Catalogue

#: Answers that depend on who asks.
TEXTS = {"/v1/figures/{name}/context", "/v1/documents/{name}/text"}


@pytest.fixture(scope="module")
def service(real: Catalogue, real_directory: Path, documents: Path) -> Iterator[TestClient]:
    settings = Settings(dataset=real_directory, documents=documents, texts_open=True)
    with TestClient(create_app(settings, real), follow_redirects=False) as client:
        yield client


@pytest.fixture(scope="module")
def document(service: TestClient) -> dict[str, Any]:
    body: dict[str, Any] = service.get("/openapi.json").json()
    return body


def answers(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what the document says of each answer in JSON, by path."""
    described = {path: operations["get"]["responses"]["200"].get("content", {}) for path, operations in document["paths"].items()}
    return {path: content["application/json"] for path, content in described.items() if "application/json" in content}


#: What the shipped dataset has none of.
ANALYSES = {"/v1/analyses", "/v1/analyses/{name}"}


@pytest.mark.slow
def test_every_answer_in_json_has_a_sample_but_texts(document: dict[str, Any]) -> None:
    without = {path for path, answer in answers(document).items() if "example" not in answer}
    assert without == (TEXTS & answers(document).keys()) | ANALYSES


@pytest.mark.slow
def test_every_sample_is_as_the_document_says(document: dict[str, Any]) -> None:
    for answer in answers(document).values():
        if "example" in answer:
            validator = Draft202012Validator({**answer["schema"], "components": document["components"]})
            validator.validate(answer["example"])
    broken = {**answers(document)["/v1/drugs"]["example"], "total": "many"}
    with pytest.raises(ValidationError):
        Draft202012Validator({**answers(document)["/v1/drugs"]["schema"], "components": document["components"]}).validate(broken)


def test_samples_are_answers_that_the_service_gives(document: dict[str, Any], service: TestClient) -> None:
    for collection in resources.COLLECTIONS:
        if collection in (resources.SCHEMES, resources.ANALYSES):  # papers have none of the second (tests/test_registry_analyses.py)
            continue
        path = f"/v1/{collection.name}/{{name}}"
        (name,) = (each["example"] for each in document["paths"][path]["get"]["parameters"] if each["in"] == "path")
        assert samples.cut(service.get(path.format(name=name)).json()) == answers(document)[path]["example"]


def test_no_text_of_a_document_is_in_it(document: dict[str, Any], documents: Path) -> None:
    written = json.dumps(document, ensure_ascii=False)
    pieces = {written[at : at + 100] for at in range(len(written))}
    for path in documents.glob("*.txt"):
        text = " ".join(path.read_text("utf-8").split())
        assert not pieces & {text[at : at + 100] for at in range(0, len(text), 100)}, "a run of 200 characters holds one of these"


@pytest.mark.slow
def test_who_has_the_document_is_told_so_until_another_dataset_is_served(real: Catalogue, real_directory: Path, example: Catalogue) -> None:
    with TestClient(create_app(Settings(dataset=real_directory), real)) as client:
        first = client.get("/openapi.json")
        assert client.get("/openapi.json", headers={"If-None-Match": first.headers["etag"]}).status_code == 304
        assert client.head("/openapi.json").headers["etag"] == first.headers["etag"]
        client.app.state.service.catalogue = example  # type: ignore[attr-defined]
        second = client.get("/openapi.json", headers={"If-None-Match": first.headers["etag"]})
        assert second.status_code == 200
        assert answers(second.json())["/v1/drugs"]["example"]["dataset"] == example.version


@pytest.mark.slow
def test_another_engine_is_not_asked_for_samples(example: Catalogue, example_directory: Path) -> None:
    class Asked(Exception):
        """Raised when a question is asked."""

    class Silent:
        def query(self, *arguments: object) -> Any:
            raise Asked

        def __len__(self) -> int:
            return 0

    catalogue = dataclasses.replace(example, dataset=dataclasses.replace(example.dataset, store=Silent()))
    settings = Settings(dataset=example_directory, store="http://elsewhere.example/sparql")
    with TestClient(create_app(settings, catalogue)) as client:
        document = client.get("/openapi.json").json()
    assert not [path for path, answer in answers(document).items() if "example" in answer]
