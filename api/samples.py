"""Samples: the OpenAPI document with an answer of each look-up as this service gives it, from the dataset that it serves.

The look-ups are walked as a person would: from a list to its first thing, and from that to what is below it. Texts of documents are
never asked for: who may read them depends on who asks.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from copy import deepcopy
from typing import Any, Final
from urllib.parse import quote, urlencode

import httpx
from starlette.types import ASGIApp

from . import resources, tables

#: How many things a list in a sample shows.
SHOWN: Final = 1
_NETWORK: Final = "/v1/network"
#: Addresses beside the collections, and what is asked of each: a kind of thing stands for the name of one that the dataset has.
_BESIDE: Final = {"/health": {}, "/v1": {}, "/v1/search": {"q": "drug"}, "/v1/compare": {"drug": "drug"}, _NETWORK: {}}
_ONE: Final = {"page_size": str(SHOWN)}

Document = dict[str, Any]


async def sampled(app: ASGIApp, document: Mapping[str, Any]) -> Document:
    """Return the OpenAPI ``document`` of ``app`` with samples beside its answers, and names in the places of names."""
    found: Document = deepcopy(dict(document))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as asking:
        async for path, name, answer in _walked(asking):
            operation = found["paths"].get(path, {}).get("get", {})
            if tables.JSON in (content := operation.get("responses", {}).get("200", {}).get("content", {})):
                content[tables.JSON]["example"] = cut(answer)
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "path" and name:
                    parameter["example"] = name
    return found


async def _walked(asking: httpx.AsyncClient) -> AsyncIterator[tuple[str, str, Any]]:
    """Yield each address as the document writes it, the name that stands in it, and the answer; what is not answered is left out."""
    names: dict[str, str] = {}
    for collection in resources.COLLECTIONS:
        path = f"/v1/{collection.name}"
        asked = next(iter(collection.question.examples), {})
        said = {key: value for key, value in asked.items() if key not in {"size", "offset"}}
        listed = await _answer(asking, path, said | _ONE)
        if not listed or not listed["items"]:
            listed = await _answer(asking, path, _ONE)
        if not listed or not listed["items"]:
            continue
        yield path, "", listed
        name = names[collection.one] = str(listed["items"][0]["url"]).removeprefix(f"{path}/")
        below = {f"/{each.name}": _ONE for above, each, _ in resources.NESTED if above is collection}
        for end, more in ({"": _ONE if collection is resources.SCHEMES else {}} | below).items():
            if answer := await _answer(asking, f"{path}/{quote(name)}{end}", more):
                yield f"{path}/{{name}}{end}", name, answer
    for path, given in _BESIDE.items():
        if answer := await _answer(asking, path, {key: names.get(value, value) for key, value in given.items()}):
            yield path, "", answer
            for link in sorted(answer.get("links", ()), key=lambda each: each["evidence"] != "estimates")[:1] if path == _NETWORK else ():
                ends = {"from": link["intervention"], "to": link["comparator"]}
                yield f"{path}/path", "", await _answer(asking, f"{path}/path", ends)


async def _answer(asking: httpx.AsyncClient, path: str, asked: Mapping[str, str]) -> Any:
    answer = await asking.get(f"{path}?{urlencode(asked)}", headers={"Accept": tables.JSON})
    return answer.json() if answer.status_code == httpx.codes.OK else None


def cut(answer: Any) -> Any:
    """Return ``answer`` with as many items in each list as are shown.

    >>> cut({"items": [{"label": "a", "of": [1, 2]}, {"label": "b"}], "total": 2})
    {'items': [{'label': 'a', 'of': [1]}], 'total': 2}
    """
    if isinstance(answer, dict):
        return {key: cut(value) for key, value in answer.items()}
    return [cut(each) for each in answer[:SHOWN]] if isinstance(answer, list) else answer
