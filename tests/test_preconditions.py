"""``If-None-Match: *`` is answered 304 where there is something, and never instead of an error."""

from __future__ import annotations

import pytest
from starlette.responses import Response
from starlette.testclient import TestClient

from mabgraph.api.http.preconditions import Preconditions


@pytest.mark.parametrize(("status", "answered"), [(200, 304), (404, 404), (422, 422), (503, 503)])
def test_only_what_is_there_is_unchanged(status: int, answered: int) -> None:
    """An error stays one, even with a validator."""
    client = TestClient(Preconditions(Response("body", status, {"ETag": '"one"'})))
    answer = client.get("/", headers={"If-None-Match": "*"})
    assert (answer.status_code, answer.text) == (answered, "" if answered == 304 else "body")
    assert client.get("/").status_code == status


def test_what_has_no_validator_is_sent() -> None:
    assert TestClient(Preconditions(Response("body"))).get("/", headers={"If-None-Match": "*"}).status_code == 200
