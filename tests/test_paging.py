"""Pages of a list: together they are the list, each row once, and the links lead through it whatever the total divides by."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

LISTED = 17  # figures of the invented record
PAGES = ("next", "prev", "first", "last")


def linked(answer: Response) -> dict[str, int]:
    """Return the number of the page that each link to a page leads to, by its relation; an answer has links to other things, too."""
    return {relation: page_of(link["url"]) for relation, link in answer.links.items() if relation in PAGES}


def page_of(url: str) -> int:
    """Return the number of the page in an address."""
    return int(parse_qs(urlsplit(url).query)["page"][0])


@pytest.mark.parametrize("size", [*range(1, LISTED + 2), 100])
def test_the_last_page_is_the_last_with_rows(size: int, client: TestClient) -> None:
    last = (LISTED + size - 1) // size
    first_page = client.get("/v1/figures", params={"page_size": size})
    assert first_page.json()["total"] == LISTED
    assert linked(first_page)["last"] == last
    last_page = client.get("/v1/figures", params={"page_size": size, "page": last})
    assert len(last_page.json()["items"]) == LISTED - (last - 1) * size
    assert "next" not in linked(last_page)
    assert linked(last_page).get("prev", 0) == last - 1


@pytest.mark.parametrize("size", [1, 5, 16, 17, 18])
def test_pages_together_are_the_list(size: int, client: TestClient) -> None:
    whole = client.get("/v1/figures", params={"page_size": 100}).json()["items"]
    rows, page = [], 1
    while page:
        answer = client.get("/v1/figures", params={"page_size": size, "page": page})
        rows += answer.json()["items"]
        page = linked(answer).get("next", 0)
    assert rows == whole
    assert len(rows) == LISTED


def test_a_list_of_nothing_has_one_page(client: TestClient) -> None:
    answer = client.get("/v1/estimates", params={"value_min": "1000000"})
    assert (answer.json()["total"], answer.json()["items"]) == (0, [])
    assert linked(answer) == {"first": 1, "last": 1}
