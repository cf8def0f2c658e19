"""Replies: what a service answered a client, read as the thing it is, or as the error that it means."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final, TypeVar

import httpx
from pydantic import ValidationError

from mabgraph.ingest.errors import MabgraphError, QuestionError, UnknownName

from .evidence import Reason
from .rows import Row

PROBLEM: Final = "application/problem+json"

R = TypeVar("R", bound=Row)


class Refused(QuestionError):
    """Raised when what is asked of estimates, such as to pool them, is refused for the ``reasons`` against taking them together.

    ``acknowledge`` are the codes still to acknowledge to go on all the same: ``compare(…, acknowledge=[…])``, beside those that were
    given. It is empty where one of the reasons cannot be acknowledged: there is no number to be had.
    """

    def __init__(self, message: str, reasons: Sequence[Reason], acknowledge: Sequence[str] = ()) -> None:
        told = (f"- {each.code}{'' if each.acknowledgeable else ' (cannot be acknowledged)'}: {each.text}" for each in reasons)
        super().__init__("\n".join((message, *told)))
        self.reasons = tuple(reasons)
        self.acknowledge = tuple(acknowledge)


def failure(answer: httpx.Response) -> MabgraphError:
    """Return the error that an answer means: a problem of ours by its status, anything else with the address."""
    if answer.headers.get("Content-Type", "").partition(";")[0] != PROBLEM:
        return MabgraphError(f"{answer.url}: answers {answer.status_code} {answer.reason_phrase}: is this a service of mabgraph?")
    problem = loaded(answer)
    detail, near, choices = (problem.get(key, empty) for key, empty in (("detail", ""), ("near", ()), ("choices", ())))
    if problem.get("reasons"):
        reasons = [read(Reason, reason, str(answer.url)) for reason in problem["reasons"]]
        return Refused(detail, reasons, tuple(map(str, problem.get("acknowledge", ()))))
    if near or choices or answer.status_code in {HTTPStatus.MULTIPLE_CHOICES, HTTPStatus.NOT_FOUND}:
        return UnknownName(detail, tuple(map(str, near)), tuple(map(str, choices)))
    if answer.is_client_error or answer.status_code == HTTPStatus.GATEWAY_TIMEOUT:
        return QuestionError(detail)
    return MabgraphError(f"{answer.url}: {answer.status_code} {detail}")


def loaded(answer: httpx.Response) -> dict[str, Any]:
    """Return the JSON object of an answer.

    :raises MabgraphError: when it is none.
    """
    try:
        said = answer.json()
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise MabgraphError(f"{answer.url}: answers no JSON object: is this a service of mabgraph?")
    return said


def read(kind: type[R], item: object, url: str) -> R:
    """Return ``item``, which ``url`` answered, as a ``kind``.

    :raises MabgraphError: when it is none.
    """
    try:
        return kind.model_validate(item)
    except ValidationError as error:
        raise MabgraphError(f"{url}: answers what this client cannot read: use the client of its version: {error}") from None
