"""Error responses: every error as ``application/problem+json`` (RFC 9457), in one shape."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match

from mabgraph.graph.compare.reasons import Reason
from mabgraph.graph.synthesis.codes import CODES
from mabgraph.ingest.errors import BuildError, QuestionError, Unavailable, UnknownName
from mabgraph.ingest.visible import escape_invisible_in

from ..client.comparison import ReasonRow
from . import faults

MEDIA: Final = "application/problem+json"
#: The methods that ``Allow`` may list.
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
#: The media type under which FastAPI documents every response.
_ANSWER: Final = "application/json"


class PositionItem(BaseModel):
    """A position in a text: line and column from 1, and the line itself."""

    line: int
    column: int
    text: str


class ReasonItem(ReasonRow):
    """A reason against pooling estimates: code, text, whether it can be acknowledged, and the estimates that it concerns."""

    model_config = ConfigDict(extra="forbid")


def reason_item(reason: Reason) -> ReasonItem:
    """Return a reason as an item of responses and problems."""
    can = CODES[reason.code][1]
    return ReasonItem(code=reason.code, text=reason.text, acknowledgeable=can, rows=reason.rows, sources=reason.sources)


class Problem(BaseModel):
    """An error: type, what happened, and the remedy."""

    type: str = Field("about:blank", description="kind of problem")
    title: str = Field(description="the HTTP status in words")
    status: int = Field(description="the HTTP status")
    detail: str = Field(description="what happened, where, and the remedy")
    near: list[str] = Field([], description="the nearest known names, best first")
    choices: list[str] = Field([], description="the things that share the name")
    position: PositionItem | None = Field(None, description="position of the syntax error in a query")
    reasons: list[ReasonItem] = Field([], description="why the synthesis is refused")
    acknowledge: list[str] = Field([], description="the codes to acknowledge for the synthesis; empty: it cannot be done")


def describe_errors(errors: Mapping[int, str]) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI responses of ``errors``, a description for each status."""
    return {status: {"model": Problem, "description": text, "content": {MEDIA: {}}} for status, text in errors.items()}


def move_schemas(document: dict[str, Any]) -> dict[str, Any]:
    """Return an OpenAPI ``document`` with the problem schemas under their own media type: FastAPI puts them under JSON."""
    for operations in document["paths"].values():
        for operation in operations.values():
            for answer in operation["responses"].values():
                content = answer.get("content", {})
                if MEDIA in content:
                    content[MEDIA] |= content.pop(_ANSWER, {})
    return document


#: The OpenAPI error responses of every look-up.
RESPONSES: Final = describe_errors({300: "the name is ambiguous", 404: "the name is unknown", 422: "a parameter is invalid"})


def response(
    status: int, detail: str, headers: Mapping[str, str] | None = None, near: list[str] | None = None, choices: list[str] | None = None,
    position: PositionItem | None = None, reasons: list[ReasonItem] | None = None, acknowledge: list[str] | None = None,
) -> Response:  # fmt: skip
    """Return a problem as a response."""
    problem = Problem(
        type="about:blank", title=HTTPStatus(status).phrase, status=status, detail=detail,
        near=near or [], choices=choices or [], position=position, reasons=reasons or [], acknowledge=acknowledge or [],
    )  # fmt: skip
    return JSONResponse(escape_invisible_in(problem.model_dump(exclude_defaults=True)) | {"type": problem.type}, status, headers, MEDIA)


class ProblemError(Exception):
    """Raised when a request is refused; ``response`` is the problem to send, ``detail`` what it says."""

    def __init__(self, response: Response, detail: str = "") -> None:
        super().__init__(detail)
        self.response, self.detail = response, detail


def unknown_filter_value(error: UnknownName) -> Response:
    """Return the problem (422) for a name that a filter does not know, or that several things share."""
    return response(422, str(error), near=list(error.near), choices=list(error.choices))


def install(app: FastAPI) -> None:
    """Report every error of ``app`` as a problem, also in its OpenAPI document."""
    plain = app.openapi
    app.openapi = lambda: move_schemas(plain())  # type: ignore[method-assign]
    app.add_exception_handler(ProblemError, _refused_response)
    app.add_exception_handler(UnknownName, _unknown_name_response)
    app.add_exception_handler(QuestionError, _question_response)
    app.add_exception_handler(Unavailable, _unavailable_response)
    app.add_exception_handler(BuildError, _engine_response)
    app.add_exception_handler(TimeoutError, _engine_response)
    app.add_exception_handler(RequestValidationError, _validation_response)
    app.add_exception_handler(HTTPException, _http_response)


def _refused_response(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return error.response


def _unknown_name_response(request: Request, error: Exception) -> Response:
    assert isinstance(error, UnknownName)
    filtered = not request.path_params
    status = 300 if error.choices else 422 if filtered else 404
    return response(status, str(error), near=list(error.near), choices=list(error.choices))


def _question_response(request: Request, error: Exception) -> Response:
    return response(422, str(error))


def _unavailable_response(request: Request, error: Exception) -> Response:
    assert isinstance(error, Unavailable)
    return response(503, str(error), {"Retry-After": str(error.seconds)})


def _engine_response(request: Request, error: Exception) -> Response:
    """Return the problem for an engine that fails (502) or exceeds its time limit (504)."""
    return response(504 if isinstance(error, TimeoutError) else 502, str(error))


def _validation_response(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    details = []
    for fault in error.errors():
        name = next((str(part) for part in reversed(fault["loc"]) if isinstance(part, str)), "request")
        unknown = fault["type"] == "extra_forbidden"
        details.append(f"{name}: unknown parameter; {_allowed_parameters(request)}" if unknown else f"{name}: {faults.remedy(fault)}")
    return response(422, "; ".join(details))


def _http_response(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail, headers = error.detail, error.headers
    if error.status_code == 404 and detail == HTTPStatus(404).phrase:
        detail = f"there is nothing at {request.url.path}; see /docs"
    if error.status_code == 405:
        allowed = allowed_methods(request)
        headers = {**(headers or {}), "Allow": allowed}
        detail = f"{request.method[:20]} is not allowed at {request.url.path}; allowed are {allowed}"
    return response(error.status_code, detail, headers)


def allowed_methods(request: Request) -> str:
    """Return the methods that routes take at the path of a request, as ``Allow`` lists them: the framework names those of one route."""
    routes, scope = request.app.routes, request.scope
    taken = (name for name in _METHODS if any(each.matches({**scope, "method": name})[0] is Match.FULL for each in routes))
    return ", ".join(taken)


def _allowed_parameters(request: Request) -> str:
    path = request.scope["route"].path.removesuffix(".{suffix}").replace(":path}", "}")
    operation = request.app.openapi()["paths"].get(path, {}).get("get", {})
    names = [parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "query"]
    return f"allowed are {', '.join(names)}" if names else "none is allowed"
