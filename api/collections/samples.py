"""Examples in the OpenAPI document: a response of each look-up, generated from the dataset that this service serves.

Look-ups are traversed by their links: from a list to its first thing, and from that to its nested lists. Texts of documents are never
requested, because access to them depends on the client.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from copy import deepcopy
from typing import Any, Final
from urllib.parse import quote, urlencode

import httpx
from starlette.types import ASGIApp

from . import resources, tables

#: Members of each list in an example.
SHOWN: Final = 1
_NETWORK: Final = "/v1/network"
#: Further paths with their parameters; a kind of thing is replaced by the name of one in the dataset.
_FURTHER_PATHS: Final = {"/health": {}, "/v1": {}, "/v1/search": {"q": "drug"}, "/v1/compare": {"drug": "drug"}, _NETWORK: {}}
_ONE: Final = {"page_size": str(SHOWN)}

Document = dict[str, Any]


async def add_samples(app: ASGIApp, document: Mapping[str, Any]) -> Document:
    """Return the OpenAPI ``document`` of ``app`` with example responses, and example names of path parameters."""
    sampled_document: Document = deepcopy(dict(document))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        async for path, name, answer in _walk(client):
            operation = sampled_document["paths"].get(path, {}).get("get", {})
            if tables.JSON in (content := operation.get("responses", {}).get("200", {}).get("content", {})):
                content[tables.JSON]["example"] = cut(answer)
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "path" and name:
                    parameter["example"] = name
    return sampled_document


async def _walk(client: httpx.AsyncClient) -> AsyncIterator[tuple[str, str, Any]]:
    """Yield the path of each operation, the name in it, and the response; failed requests are left out."""
    names: dict[str, str] = {}
    for collection in resources.COLLECTIONS:
        path = f"/v1/{collection.name}"
        asked = next(iter(collection.question.examples), {})
        filters = {key: value for key, value in asked.items() if key not in {"size", "offset"}}
        listed = await _answer(client, path, filters | _ONE)
        if not listed or not listed["items"]:
            listed = await _answer(client, path, _ONE)
        if not listed or not listed["items"]:
            continue
        yield path, "", listed
        name = names[collection.one] = str(listed["items"][0]["url"]).removeprefix(f"{path}/")
        below = {f"/{each.name}": _ONE for above, each, _ in resources.NESTED if above is collection}
        for end, more in ({"": _ONE if collection is resources.SCHEMES else {}} | below).items():
            if answer := await _answer(client, f"{path}/{quote(name)}{end}", more):
                yield f"{path}/{{name}}{end}", name, answer
    for path, parameters in _FURTHER_PATHS.items():
        if answer := await _answer(client, path, {key: names.get(value, value) for key, value in parameters.items()}):
            yield path, "", answer
            for link in sorted(answer.get("links", ()), key=lambda each: each["evidence"] != "estimates")[:1] if path == _NETWORK else ():
                ends = {"from": link["intervention"], "to": link["comparator"]}
                yield f"{path}/path", "", await _answer(client, f"{path}/path", ends)


async def _answer(client: httpx.AsyncClient, path: str, asked: Mapping[str, str]) -> Any:
    answer = await client.get(f"{path}?{urlencode(asked)}", headers={"Accept": tables.JSON})
    return answer.json() if answer.status_code == httpx.codes.OK else None


def cut(answer: Any) -> Any:
    """Return ``answer`` with each list cut to :data:`SHOWN` members.

    >>> cut({"items": [{"label": "a", "of": [1, 2]}, {"label": "b"}], "total": 2})
    {'items': [{'label': 'a', 'of': [1]}], 'total': 2}
    """
    if isinstance(answer, dict):
        return {key: cut(value) for key, value in answer.items()}
    return [cut(each) for each in answer[:SHOWN]] if isinstance(answer, list) else answer
