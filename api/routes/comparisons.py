"""Routes under ``/v1/compare``: estimates side by side with their comparability, syntheses, and exports."""

from __future__ import annotations

from functools import partial
from importlib import metadata
from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from mabgraph.graph.compare.pooling import Refusal
from mabgraph.ingest.errors import MabgraphError, QuestionError, Unavailable, UnknownName

from ..exports import selection, standalone, takeaway
from ..exports.comparisonjson import ComparisonResponse
from ..http import conditional, problems, responses, signposts
from ..http.spool import Spool
from ..http.state import State
from . import groups
from .representations import understood_header

router = APIRouter(prefix="/v1", tags=[groups.COMPARISON], responses=problems.describe_errors({
    406: "none of the formats is acceptable", 409: "the synthesis is refused; see reasons",
    422: "a parameter is invalid, or a name is unknown", 503: "a picture or an archive cannot be written now; ask again later",
}))  # fmt: skip

_SOFTWARE: Final = metadata.version("mabgraph")
_FORMS: Final = {name: form.media for name, form in takeaway.FORMATS.items()}
#: The media types of the OpenAPI document.
_CONTENT: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {form.media: {} for form in takeaway.FORMATS.values()}}}


@router.head("/compare", include_in_schema=False)
@router.get("/compare", summary="Estimates side by side: which may be pooled, the reasons against it, and exports", responses=_CONTENT)
def compare(request: Request, asked: Annotated[selection.Filters, Query()]) -> ComparisonResponse:  # type: ignore[valid-type]
    """Return every estimate that meets the filters with its class of comparability, in sets of one measure with the reasons against
    pooling them.

    Nothing is pooled or ranked unless ``synthesise`` requests it; a synthesis is refused (409) until every reason is acknowledged.
    """
    return _respond(request, asked, "")


@router.api_route("/compare.{suffix}", methods=["GET", "HEAD"], include_in_schema=False)
def compare_as(request: Request, suffix: str, asked: Annotated[selection.Filters, Query()]) -> Response:  # type: ignore[valid-type]
    """Return the comparison in the format of the path suffix."""
    if suffix not in takeaway.FORMATS:
        return problems.response(404, f"there is no format {suffix[:80]!r}; there are {', '.join(takeaway.FORMATS)}")
    return _respond(request, asked, suffix)


def _respond(request: Request, asked: BaseModel, suffix: str) -> Response:
    wanted = responses.negotiate(request, suffix, _FORMS)
    form = takeaway.FORMATS[responses.format_name(request, suffix, _FORMS, wanted)]
    catalogue = cast(State, request.app.state.service).catalogue
    parameters = selection.canonical_parameters(request.query_params.multi_items())

    policy = {"content-security-policy": standalone.SANDBOX} if form.media == signposts.HTML else {}

    def write_body() -> conditional.BodyAndHeaders:
        package_or_refusal = selection.package(catalogue, asked, parameters)
        if isinstance(package_or_refusal, Refusal):
            raise ComparisonRefused(package_or_refusal)
        headers = {"Content-Disposition": f'inline; filename="{form.file}"'} | understood_header(package_or_refusal.understood)
        if form.media == takeaway.ZIP:
            return spool.write(partial(takeaway.write_zip, package_or_refusal), headers)
        return form.write(package_or_refusal), headers

    spool = Spool()
    try:
        return spool.send(
            conditional.respond(
                request, catalogue.version, [_SOFTWARE, catalogue.state, parameters, form.name], form.media, write_body, policy
            )
        )
    except ComparisonRefused as error:
        return refusal_response(error.refusal)
    except UnknownName as error:
        return problems.unknown_filter_value(error)
    except (QuestionError, Unavailable):
        raise
    except MabgraphError as error:
        return problems.response(409, str(error))


class ComparisonRefused(Exception):
    """Raised while a response is written, when the synthesis is refused."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.text)
        self.refusal = refusal


def refusal_response(refusal: Refusal) -> Response:
    """Return the refusal as a problem (409) with its reasons, their rows, and the codes that can be acknowledged."""
    reasons = [problems.reason_item(reason) for reason in refusal.reasons]
    return problems.response(409, refusal.text, reasons=reasons, acknowledge=list(refusal.codes))
