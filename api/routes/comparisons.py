"""Routes under ``/v1/compare``: estimates side by side with their comparability, syntheses, and exports."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from importlib import metadata
from typing import Annotated, Any, Final, Literal, cast
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from mabgraph.graph.compare.pooling import BETTER, OF_COUNTS, Action, Refusal
from mabgraph.graph.compare.reasons import CODES
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.ingest.errors import MabgraphError, QuestionError, Unavailable, UnknownName

from ..collections import models, resources
from ..exports import comparing, standalone, takeaway
from ..exports.comparisonjson import ComparisonResponse
from ..exports.package import Package
from ..http import problems, responses
from ..http.spool import Spool
from ..http.state import State
from . import linked

router = APIRouter(prefix="/v1", responses=problems.describe_errors({
    406: "none of the formats is acceptable", 409: "the synthesis is refused; see reasons",
    422: "a parameter is invalid, or a name is unknown", 503: "a picture or an archive cannot be written now; ask again later",
}))  # fmt: skip

_PATH: Final = "/v1/compare"
_SOFTWARE: Final = metadata.version("mabgraph")
_CODES: Final = [code for code, (_, can) in CODES.items() if can]


class SynthesisParameters(BaseModel):
    """The parameters of a synthesis, beside the filters of the estimates."""

    model_config = ConfigDict(extra="forbid")

    synthesise: Action | None = Field(None, description="pool: one pair of treatments; indirect: a network of them; rank: P-scores too")
    acknowledge: list[Literal[tuple(_CODES)]] = Field(  # type: ignore[valid-type]
        [], description="codes of reasons against it, each of which you have weighed; every file lists them"
    )
    effect: Literal[OF_COUNTS] | None = Field(None, description="effect measure to compute from the counts of two compared groups")  # type: ignore[valid-type]
    better: Literal[BETTER] | None = Field(None, description="which values are better, for ranking")  # type: ignore[valid-type]
    hartung_knapp: bool = Field(False, description="Hartung-Knapp interval of a pooled estimate")
    format: str | None = Field(
        None, description=f"{', '.join(takeaway.FORMATS)}; precedes path suffix and Accept",
        json_schema_extra={"x-formats": {form.name: form.about for form in takeaway.FORMATS.values()}},
    )  # fmt: skip


Filters = models.filters(resources.ESTIMATES, (), SynthesisParameters)
_FORMS: Final = {name: form.media for name, form in takeaway.FORMATS.items()}
#: The media types of the OpenAPI document.
_CONTENT: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {form.media: {} for form in takeaway.FORMATS.values()}}}


@router.head("/compare", include_in_schema=False)
@router.get("/compare", summary="Estimates side by side: which may be pooled, the reasons against it, and exports", responses=_CONTENT)
def compare(request: Request, asked: Annotated[Filters, Query()]) -> ComparisonResponse:  # type: ignore[valid-type]
    """Return every estimate that meets the filters with its class of comparability, in sets of one measure with the reasons against
    pooling them.

    Nothing is pooled or ranked unless ``synthesise`` requests it; a synthesis is refused (409) until every reason is acknowledged.
    """
    return _respond(request, asked, "")  # type: ignore[return-value]


@router.api_route("/compare.{suffix}", methods=["GET", "HEAD"], include_in_schema=False)
def compare_as(request: Request, suffix: str, asked: Annotated[Filters, Query()]) -> Response:  # type: ignore[valid-type]
    """Return the comparison in the format of the path suffix."""
    if suffix not in takeaway.FORMATS:
        return problems.response(404, f"there is no format {suffix[:80]!r}; there are {', '.join(takeaway.FORMATS)}")
    return _respond(request, asked, suffix)


def _respond(request: Request, asked: BaseModel, suffix: str) -> Response:
    named = (request.query_params.get("format") or suffix).lower()
    wanted = responses.negotiate(request, suffix, _FORMS)
    if isinstance(wanted, Response):
        return wanted
    forms = takeaway.FORMATS
    form = forms[named] if named in forms else next(each for each in forms.values() if each.media == wanted)
    catalogue = cast(State, request.app.state.service).catalogue
    parameters = canonical_parameters(request.query_params.multi_items())

    def write_body() -> responses.BodyAndHeaders:
        package_or_refusal = package(catalogue, asked, parameters)
        if isinstance(package_or_refusal, Refusal):
            raise ComparisonRefused(package_or_refusal)
        policy = {"Content-Security-Policy": standalone.SANDBOX} if form.media == linked.HTML else {}
        headers = {"Content-Disposition": f'inline; filename="{form.file}"', **policy}
        if form.media == takeaway.ZIP:
            return spool.write(partial(takeaway.write_zip, package_or_refusal), headers)
        return form.write(package_or_refusal), headers

    spool = Spool()
    try:
        return spool.send(
            responses.conditional_response(
                request, catalogue.version, [_SOFTWARE, catalogue.state, parameters, form.name], form.media, write_body
            )
        )
    except ComparisonRefused as error:
        return refusal_response(error.refusal)
    except UnknownName as error:
        return problems.response(422, str(error), near=list(error.near), choices=list(error.choices))
    except (QuestionError, Unavailable):
        raise
    except MabgraphError as error:
        return problems.response(409, str(error))


def package(catalogue: Catalogue, asked: Any, parameters: Iterable[tuple[str, str]]) -> Package | Refusal:
    """Return the comparison for ``asked`` (a :data:`Filters`), or the refusal of its synthesis.

    ``parameters`` are the query parameters as sent; their order and the format do not change the comparison.
    """
    address = f"{_PATH}?{urlencode(canonical_parameters(parameters))}"
    filters = {name: sorted(values) for name, values in models.question_parameters(resources.ESTIMATES, asked, SynthesisParameters).items()}
    more = (asked.synthesise, asked.acknowledge, asked.effect, asked.better, asked.hartung_knapp)
    return comparing.package(catalogue, filters, address, *more)


def canonical_parameters(parameters: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the parameters sorted, without the format.

    >>> canonical_parameters([("drug", "b"), ("format", "csv"), ("drug", "a")])
    [('drug', 'a'), ('drug', 'b')]
    """
    return sorted((name, value) for name, value in parameters if name != "format")


class ComparisonRefused(Exception):
    """Raised while a response is written, when the synthesis is refused."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.text)
        self.refusal = refusal


def refusal_response(refusal: Refusal) -> Response:
    """Return the refusal as a problem (409) with its reasons, their rows, and the codes that can be acknowledged."""
    reasons = [problems.reason_item(reason) for reason in refusal.reasons]
    return problems.response(409, refusal.text, reasons=reasons, acknowledge=list(refusal.codes))
