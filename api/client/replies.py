"""Conversion of service responses to client models or exceptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from mabgraph.ingest.errors import MabgraphError, QuestionError, UnknownName

from .comparison import ReasonRow

PROBLEM: Final = "application/problem+json"

R = TypeVar("R", bound=BaseModel)


class Refused(QuestionError):
    """Raised when a synthesis is refused for the ``reasons`` against pooling the estimates.

    ``acknowledge`` are the codes still to acknowledge for the synthesis: ``compare(…, acknowledge=[…])``, beside those already sent. It is
    empty if one of the reasons cannot be acknowledged: then there is no synthesis.
    """

    def __init__(self, message: str, reasons: Sequence[ReasonRow], acknowledge: Sequence[str] = ()) -> None:
        lines = (f"- {each.code}{'' if each.acknowledgeable else ' (cannot be acknowledged)'}: {each.text}" for each in reasons)
        super().__init__("\n".join((message, *lines)))
        self.reasons = tuple(reasons)
        self.acknowledge = tuple(acknowledge)


def failure(answer: httpx.Response) -> MabgraphError:
    """Return the exception for an error response: by its status for a problem of ours, with the URL for any other response."""
    if answer.headers.get("Content-Type", "").partition(";")[0] != PROBLEM:
        return MabgraphError(f"{answer.url}: answers {answer.status_code} {answer.reason_phrase}: is this a service of mabgraph?")
    problem = load(answer)
    detail, near, choices = (problem.get(key, empty) for key, empty in (("detail", ""), ("near", ()), ("choices", ())))
    if problem.get("reasons"):
        reasons = [read(ReasonRow, reason, str(answer.url)) for reason in problem["reasons"]]
        return Refused(detail, reasons, tuple(map(str, problem.get("acknowledge", ()))))
    if near or choices or answer.status_code in {HTTPStatus.MULTIPLE_CHOICES, HTTPStatus.NOT_FOUND}:
        return UnknownName(detail, tuple(map(str, near)), tuple(map(str, choices)))
    if answer.is_client_error or answer.status_code == HTTPStatus.GATEWAY_TIMEOUT:
        return QuestionError(detail)
    return MabgraphError(f"{answer.url}: {answer.status_code} {detail}")


def load(answer: httpx.Response) -> dict[str, Any]:
    """Return the JSON object of a response.

    :raises MabgraphError: when it is not a JSON object.
    """
    try:
        content = answer.json()
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise MabgraphError(f"{answer.url}: the response is not a JSON object: is this a service of mabgraph?")
    return content


def read(kind: type[R], item: object, url: str) -> R:
    """Return ``item`` from the response of ``url`` as a ``kind``.

    :raises MabgraphError: when it does not validate.
    """
    try:
        return kind.model_validate(item)
    except ValidationError as error:
        raise MabgraphError(f"{url}: the response does not fit this client: use the client of the same version: {error}") from None


def next_url(answer: httpx.Response, page: Mapping[str, Any]) -> httpx.URL | None:
    """Return the URL of the page after ``page``, none after the last: by the link, or by number if the links were too long."""
    following = answer.links.get("next", {}).get("url")
    if following is not None:
        return answer.url.join(following)
    match page:
        case {"page": int(number), "page_size": int(size), "total": int(total)} if number * size < total:
            return answer.url.copy_set_param("page", number + 1)
    return None
