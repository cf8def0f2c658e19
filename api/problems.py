"""Problems: every error of the service as RFC 9457 ``application/problem+json``, one shape."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from mabgraph.graph.reasons import CODES, Reason
from mabgraph.ingest.errors import BuildError, QuestionError, Unavailable, UnknownName
from mabgraph.ingest.visible import escape_invisible_in

from . import faults

MEDIA: Final = "application/problem+json"
#: The media type that the framework describes every answer by.
_ANSWER: Final = "application/json"


class Position(BaseModel):
    """A place in a text: line and column from 1, and the line itself."""

    line: int
    column: int
    text: str


class Against(BaseModel):
    """A reason against taking estimates together: its code, its words, whether a person can acknowledge it, and what it is about."""

    model_config = ConfigDict(extra="forbid")

    code: str
    text: str
    acknowledgeable: bool = Field(description="whether acknowledge=code lets a person go on")
    rows: list[str] = Field(description="IRIs of the estimates")
    sources: list[str] = Field(description="IRIs of the claims or discrepancies behind it")


def against(reason: Reason) -> Against:
    """Return a reason as answers and refusals tell of it."""
    can = CODES[reason.code][1]
    return Against(code=reason.code, text=reason.text, acknowledgeable=can, rows=list(reason.rows), sources=list(reason.sources))


class Problem(BaseModel):
    """An error: what kind, what happened here, and what to do about it."""

    type: str = Field("about:blank", description="kind of problem")
    title: str = Field(description="the HTTP status in words")
    status: int = Field(description="the HTTP status")
    detail: str = Field(description="what happened, where, and the remedy")
    near: list[str] = Field([], description="the nearest known names, best first")
    choices: list[str] = Field([], description="the things that share the name")
    position: Position | None = Field(None, description="where a query cannot be read")
    reasons: list[Against] = Field([], description="why what was asked of estimates is refused")
    acknowledge: list[str] = Field([], description="the codes to acknowledge to go on all the same; none where nobody can")


def described(errors: Mapping[int, str]) -> dict[int | str, dict[str, Any]]:
    """Return what the OpenAPI document says of ``errors``: what each status means."""
    return {status: {"model": Problem, "description": text, "content": {MEDIA: {}}} for status, text in errors.items()}


def restated(document: dict[str, Any]) -> dict[str, Any]:
    """Return an OpenAPI ``document`` with the schemas of problems under their media type: the framework puts each under that of answers."""
    for operations in document["paths"].values():
        for operation in operations.values():
            for answer in operation["responses"].values():
                content = answer.get("content", {})
                if MEDIA in content:
                    content[MEDIA] |= content.pop(_ANSWER, {})
    return document


#: What the OpenAPI document says of the errors that every look-up can answer.
RESPONSES: Final = described({300: "the name is that of several things", 404: "nothing has this name", 422: "a parameter cannot be used"})


def response(
    status: int, detail: str, headers: Mapping[str, str] | None = None, near: list[str] | None = None, choices: list[str] | None = None,
    position: Position | None = None, reasons: list[Against] | None = None, acknowledge: list[str] | None = None,
) -> Response:  # fmt: skip
    """Return the problem as a response."""
    problem = Problem(
        type="about:blank", title=HTTPStatus(status).phrase, status=status, detail=detail,
        near=near or [], choices=choices or [], position=position, reasons=reasons or [], acknowledge=acknowledge or [],
    )  # fmt: skip
    return JSONResponse(escape_invisible_in(problem.model_dump(exclude_defaults=True)) | {"type": problem.type}, status, headers, MEDIA)


def install(app: FastAPI) -> None:
    """Make every error of ``app`` a problem, and its description say so."""
    plain = app.openapi
    app.openapi = lambda: restated(plain())  # type: ignore[method-assign]
    app.add_exception_handler(UnknownName, _unknown)
    app.add_exception_handler(QuestionError, _question)
    app.add_exception_handler(Unavailable, _unavailable)
    app.add_exception_handler(BuildError, _engine)
    app.add_exception_handler(TimeoutError, _engine)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def _unknown(request: Request, error: Exception) -> Response:
    assert isinstance(error, UnknownName)
    filtered = not request.path_params
    status = 300 if error.choices else 422 if filtered else 404
    return response(status, str(error), near=list(error.near), choices=list(error.choices))


def _question(request: Request, error: Exception) -> Response:
    return response(422, str(error))


def _unavailable(request: Request, error: Exception) -> Response:
    assert isinstance(error, Unavailable)
    return response(503, str(error), {"Retry-After": str(error.seconds)})


def _engine(request: Request, error: Exception) -> Response:
    """Return that the engine that holds the dataset does not answer, or not in time."""
    return response(504 if isinstance(error, TimeoutError) else 502, str(error))


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    details = []
    for fault in error.errors():
        name = next((str(part) for part in reversed(fault["loc"]) if isinstance(part, str)), "request")
        unknown = fault["type"] == "extra_forbidden"
        details.append(f"{name}: unknown parameter; {_allowed(request)}" if unknown else f"{name}: {faults.words(fault)}")
    return response(422, "; ".join(details))


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = error.detail
    if error.status_code == 404 and detail == HTTPStatus(404).phrase:
        detail = f"there is nothing at {request.url.path}; see /docs"
    return response(error.status_code, detail, error.headers)


def _allowed(request: Request) -> str:
    path = request.scope["route"].path.removesuffix(".{suffix}").replace(":path}", "}")
    operation = request.app.openapi()["paths"].get(path, {}).get("get", {})
    names = [parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "query"]
    return f"allowed are {', '.join(names)}" if names else "none is allowed"
