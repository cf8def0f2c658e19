"""The OpenAPI document is a contract: whatever is asked within it or beside it, every answer is one that it describes, and each comes."""

from __future__ import annotations

import shutil
from collections import Counter, defaultdict
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import CHECKS
from schemathesis.generation import GenerationMode
from schemathesis.generation.stateful import run_state_machine_as_test

from mabgraph.api.app import create_app
from mabgraph.api.collections import resources
from mabgraph.api.http.settings import Settings
from mabgraph.graph.questions import names, question
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary

from .extent import number_of

pytestmark = [pytest.mark.sampled, pytest.mark.slow]
DOCUMENTS = Path(__file__).parent / "data" / "documents"
#: What the document does not say: which names there are. A request that is valid by its types may name what nobody knows (404, 422).
NOT_PROMISED = {"positive_data_acceptance"}
EXAMPLES = number_of(15, 4)
#: How many walks by links there are, and how long each is.
WALKS, STEPS = number_of(60, 16), 12
#: What several things of each kind are called in the dataset of these tests, and what nothing is called.
TWIN, NOTHING = "Twin", "no-such-thing"
TEXTS = {"/v1/documents/{name}/text", "/v1/figures/{name}/context"}
#: What the texts are given for.
SECRET = "a-secret-of-these-tests"
#: Requests that are refused for a parameter, where one that nobody knows is not.
UNUSABLE: dict[str, dict[str, Any]] = {
    "/v1/search": {"query": {"limit": 0}}, "/v1/documents/{name}/text": {"path_parameters": {"name": "x"}, "query": {"start": "x"}},
    "/v1/figures/{name}/context": {"path_parameters": {"name": "a b"}},
}  # fmt: skip


def excluded() -> list[Any]:
    """Return the checks of what the document does not promise."""
    checks: list[Any] = [check for check in CHECKS.get_all() if check.__name__ in NOT_PROMISED]
    assert len(checks) == len(NOT_PROMISED)
    return checks


def quietly(examples: int, **more: Any) -> settings:
    """Return how requests are made up: the same each time, and none of them is kept."""
    health = list(HealthCheck)
    return settings(max_examples=examples, deadline=None, database=None, derandomize=True, suppress_health_check=health, **more)


def operations(contract: schemathesis.BaseSchema) -> dict[str, Any]:
    """Return the operations of the document by their paths: each is a GET."""
    every: list[Any] = [cast(Any, operation).ok() for operation in contract.get_all_operations()]
    assert {operation.method for operation in every} == {"get"}
    return {operation.path: operation for operation in every}


def contract_of(directory: Path, catalogue: Catalogue | None = None, **more: Any) -> schemathesis.BaseSchema:
    """Return the document of a service over the dataset in ``directory``."""
    return schemathesis.openapi.from_asgi("/openapi.json", create_app(Settings(dataset=directory, **more), catalogue), timeout=600)


def is_too_large(response: Any) -> bool:
    """Whether a request was refused for its size before any operation saw it, with a problem, as docs/rest.md says of all addresses."""
    if response.status_code not in {400, 414, 431} or "close" not in response.headers.get("connection", ""):
        return False
    assert "application/problem+json" in response.headers["content-type"]
    return True


@pytest.fixture(scope="module")
def contract(example_directory: Path) -> schemathesis.BaseSchema:
    """Return the document of a service over the invented dataset."""
    return contract_of(example_directory)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: str(mode.value))
def test_every_answer_is_one_that_is_described(contract: schemathesis.BaseSchema, mode: GenerationMode) -> None:
    """No fault of the service; every status, media type and body is one of the document's."""
    seen: Counter[int] = Counter()
    every = operations(contract).values()
    assert len(every) > 40
    for operation in every:

        @given(case=operation.as_strategy(generation_mode=mode))
        @quietly(EXAMPLES, phases=[Phase.explicit, Phase.generate])
        def ask(case: Any) -> None:
            response = case.call()
            if not is_too_large(response):
                case.validate_response(response, excluded_checks=excluded())
            seen[response.status_code] += 1

        with suppress(Unsatisfiable):  # nothing that this operation takes can be wrong by its type
            ask()
    wanted = {200, 404, 422} if mode is GenerationMode.POSITIVE else {422}
    assert wanted <= seen.keys()
    assert sum(seen.values()) > 20 * EXAMPLES


def test_links_of_the_document_lead_from_answer_to_answer(contract: schemathesis.BaseSchema) -> None:
    """From a list to its first thing, and from a thing to what is below it, every answer is one that is described."""
    reached: defaultdict[str, Counter[int]] = defaultdict(Counter)

    linked = contract.include(path_regex=rf"^/v1/({'|'.join(each.name for each in resources.COLLECTIONS)})(/|$)")

    class Walk(linked.as_state_machine()):  # type: ignore[misc]
        def before_call(self, case: Any) -> None:
            case.query = {}  # filters that are made up find nothing, and nothing leads on from there

        def validate_response(self, response: Any, case: Any, **more: Any) -> None:
            reached[case.operation.path][response.status_code] += 1
            case.validate_response(response, excluded_checks=excluded())

    walking = quietly(WALKS, stateful_step_count=STEPS, phases=[Phase.explicit, Phase.generate])
    seed(1)(Walk)
    run_state_machine_as_test(Walk, settings=walking)
    named = {path for path, statuses in reached.items() if "{name}" in path and statuses[200]}
    assert len(named) > 8, "by a name that is made up none would be found"


def test_every_link_of_the_document_is_one_that_can_be_followed(contract: schemathesis.BaseSchema) -> None:
    every = operations(contract)
    identities = {operation.definition.raw["operationId"] for operation in every.values()}
    links = {path: operation.definition.raw["responses"]["200"].get("links", {}) for path, operation in every.items()}
    assert {link["operationId"] for response_links in links.values() for link in response_links.values()} <= identities
    for collection in resources.COLLECTIONS:
        assert links[f"/v1/{collection.name}"], "a list leads to one of its things"
    for above, below, _ in resources.NESTED:
        assert f"list_{above.name}_of_{below.name}" in links[f"/v1/{above.name}/{{name}}"]


@pytest.fixture(scope="module")
def services(
    real: Catalogue, real_directory: Path, example_directory: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, Any]]:
    """Return the operations of services that together answer everything: over our own dataset, and over the invented one with its texts."""
    altered = tmp_path_factory.mktemp("altered") / "documents"
    shutil.copytree(DOCUMENTS, altered)
    (altered / "example-2020.txt").write_text("Another text.", encoding="utf-8")
    rows: Any = real.dataset.store.query(question.load("names").text)
    known: list[Any] = [tuple(str(row[key].value) for key in ("kind", "thing", "name")) for row in rows]
    twins = [(kind, vocabulary.resource(f"{kind}/{twin}"), TWIN) for kind in names.KINDS for twin in ("one", "other")]
    return {
        "look-ups": operations(contract_of(real_directory, Catalogue(real.dataset, names.Names([*known, *twins])))),
        "texts": operations(contract_of(example_directory, documents=DOCUMENTS, texts_open=True, texts_token=SECRET)),
        "texts 403": operations(contract_of(example_directory, documents=DOCUMENTS, texts_token=SECRET)),
        "texts 409": operations(contract_of(example_directory, documents=altered, texts_open=True, texts_token=SECRET)),
    }


def request(operation: Any, status: int, known: dict[str, str]) -> dict[str, Any]:
    """Return a request that ``operation`` answers with ``status``; ``known`` are names of things by collection."""
    sent = {"headers": {"Authorization": f"Bearer {SECRET}"}} if operation.path in TEXTS and status != 401 else {}
    if status == 422 and operation.path in UNUSABLE:
        return UNUSABLE[operation.path] | sent
    if operation.path == "/v1/compare" and status in {200, 409}:
        return {"query": {"endpoint": "overall-survival"} | ({"synthesise": "pool"} if status == 409 else {})}
    needed = [each for each in operation.definition.raw.get("parameters", ()) if each["in"] == "query" and each.get("required")]
    query = {each["name"]: (each["schema"].get("examples") or each["examples"])[0] for each in needed}
    name = {300: TWIN, 404: NOTHING}.get(status, known.get(operation.path.split("/")[2], "") if "{name}" in operation.path else "")
    refused = {406: {"format": "pdf"}, 422: {"nothing": "1"}}.get(status, {})
    return {"path_parameters": {"name": name} if name else {}, "query": query | refused} | sent


def things(of: dict[str, Any]) -> dict[str, str]:
    """Return the name of the first thing of each collection."""
    first = {each.name: of[f"/v1/{each.name}"].Case().call().json()["items"][:1] for each in resources.COLLECTIONS}
    return {name: vocabulary.local_name(rows[0]["id"]) for name, rows in first.items() if rows}


def test_every_status_that_is_described_is_answered(services: dict[str, dict[str, Any]]) -> None:
    """For each operation and each of its statuses there is a request, whose answer is as the document says of it."""
    known = {name: things(every) for name, every in services.items()}
    described, seen = set(), set()
    for path, described_operation in services["look-ups"].items():
        if path == "/v1/analyses/{name}":  # of registry records, which this dataset has none of: tests/test_registry_analyses.py
            continue
        # What comes past a bound of number or time (503) is held in test_pictures_served: it takes others who wait.
        for status in {int(status) for status in described_operation.definition.raw["responses"]} - {503}:
            described.add((path, status))
            texts = f"texts {status}" if status in {403, 409} else "texts"
            service = texts if path in TEXTS else "look-ups"
            operation = services[service][path]
            case = operation.Case(**request(operation, status, known[service]))
            response = case.call()
            case.validate_response(response, excluded_checks=excluded())
            seen.add((path, response.status_code))
    assert described - seen == set(), "described, and never answered"
    assert len(described) > 150
    assert {status for _, status in described} == {200, 300, 401, 403, 404, 406, 409, 422}
