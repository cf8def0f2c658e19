"""Comparisons under ``/v1/compare``: estimates side by side with their classes, what may be done with them, and files to take away."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from importlib import metadata
from typing import Annotated, Any, Final, Literal, cast
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from mabgraph.graph.catalogue import Catalogue
from mabgraph.graph.pooling import BETTER, OF_COUNTS, Action, Refusal
from mabgraph.graph.reasons import CODES
from mabgraph.ingest.errors import MabgraphError, QuestionError, Unavailable, UnknownName

from . import answers, comparing, linked, models, problems, resources, standalone, takeaway
from .answered import Answered
from .package import Package
from .spool import Spool
from .state import State

router = APIRouter(prefix="/v1", responses=problems.described({
    406: "none of the formats is acceptable", 409: "what is asked of the estimates is refused, for the reasons given",
    422: "a parameter cannot be used, or nothing has this name", 503: "a picture or an archive cannot be made now; ask again later",
}))  # fmt: skip

_PATH: Final = "/v1/compare"
_SOFTWARE: Final = metadata.version("mabgraph")
_CODES: Final = [code for code, (_, can) in CODES.items() if can]


class Comparing(BaseModel):
    """What a comparison can be asked beside the filters of its estimates."""

    model_config = ConfigDict(extra="forbid")

    synthesise: Action | None = Field(None, description="pool: one pair of treatments; indirect: a network of them; rank: P-scores too")
    acknowledge: list[Literal[tuple(_CODES)]] = Field(  # type: ignore[valid-type]
        [], description="codes of reasons against it, each of which you have weighed; every file says so"
    )
    effect: Literal[OF_COUNTS] | None = Field(None, description="what to make of the counts of two compared groups")  # type: ignore[valid-type]
    better: Literal[BETTER] | None = Field(None, description="which values are better, where treatments are ranked")  # type: ignore[valid-type]
    hartung_knapp: bool = Field(False, description="intervals of a pooled estimate by Hartung and Knapp")
    format: str | None = Field(
        None, description=f"{', '.join(takeaway.FORMATS)}; goes over the suffix and Accept",
        json_schema_extra={"x-formats": {form.name: form.about for form in takeaway.FORMATS.values()}},
    )  # fmt: skip


Filters = models.filters(resources.ESTIMATES, (), Comparing)
_FORMS: Final = {name: form.media for name, form in takeaway.FORMATS.items()}
#: What Accept can ask for: the first format of each media type.
_CONTENT: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {form.media: {} for form in takeaway.FORMATS.values()}}}


@router.head("/compare", include_in_schema=False)
@router.get("/compare", summary="Estimates side by side: what may be compared, what not, and files to take away", responses=_CONTENT)
def compare(request: Request, asked: Annotated[Filters, Query()]) -> Answered:  # type: ignore[valid-type]
    """Return every estimate that meets the filters with its class of comparability, in sets of one measure with the reasons against
    taking them together.

    Nothing is pooled or ranked unless it is asked for by ``synthesise``; that is refused (409) as long as a reason stands that is not
    acknowledged.
    """
    return _answered(request, asked, "")  # type: ignore[return-value]


@router.api_route("/compare.{suffix}", methods=["GET", "HEAD"], include_in_schema=False)
def compare_as(request: Request, suffix: str, asked: Annotated[Filters, Query()]) -> Response:  # type: ignore[valid-type]
    """Return the same in the format that ``suffix`` names."""
    if suffix not in takeaway.FORMATS:
        return problems.response(404, f"there is no format {suffix[:80]!r}; there are {', '.join(takeaway.FORMATS)}")
    return _answered(request, asked, suffix)


def _answered(request: Request, asked: BaseModel, suffix: str) -> Response:
    named = (request.query_params.get("format") or suffix).lower()
    wanted = answers.chosen(request, suffix, _FORMS)
    if isinstance(wanted, Response):
        return wanted
    forms = takeaway.FORMATS
    form = forms[named] if named in forms else next(each for each in forms.values() if each.media == wanted)
    held = cast(State, request.app.state.service).catalogue
    said = canonical(request.query_params.multi_items())

    def made() -> answers.Made:
        found = package(held, asked, said)
        if isinstance(found, Refusal):
            raise Refused(found)
        apart = {"Content-Security-Policy": standalone.SANDBOX} if form.media == linked.HTML else {}
        headers = {"Content-Disposition": f'inline; filename="{form.file}"', **apart}
        if form.media == takeaway.ZIP:
            return spool.write(partial(takeaway.zipped, found), headers)
        return form.write(found), headers

    spool = Spool()
    try:
        return spool.send(answers.settled(request, held.version, [_SOFTWARE, held.state, said, form.name], form.media, made))
    except Refused as error:
        return refused(error.refusal)
    except UnknownName as error:
        return problems.response(422, str(error), near=list(error.near), choices=list(error.choices))
    except (QuestionError, Unavailable):
        raise
    except MabgraphError as error:
        return problems.response(409, str(error))


def package(held: Catalogue, asked: Any, said: Iterable[tuple[str, str]]) -> Package | Refusal:
    """Return the comparison that ``asked`` (of :data:`Filters`) asks for, or why what it asks is refused.

    ``said`` are the parameters as they were given; what is asked in another order, or in another format, is the same comparison.
    """
    address = f"{_PATH}?{urlencode(canonical(said))}"
    given = {name: sorted(values) for name, values in models.given(resources.ESTIMATES, asked, Comparing).items()}
    more = (asked.synthesise, asked.acknowledge, asked.effect, asked.better, asked.hartung_knapp)
    return comparing.package(held, given, address, *more)


def canonical(said: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return parameters in one order, without the format.

    >>> canonical([("drug", "b"), ("format", "csv"), ("drug", "a")])
    [('drug', 'a'), ('drug', 'b')]
    """
    return sorted((name, value) for name, value in said if name != "format")


class Refused(Exception):
    """Raised where a comparison is refused on the way to an answer."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.text)
        self.refusal = refusal


def refused(refusal: Refusal) -> Response:
    """Return the refusal as a problem that names reasons, rows, and what a person can acknowledge."""
    reasons = [problems.against(reason) for reason in refusal.reasons]
    return problems.response(409, refusal.text, reasons=reasons, acknowledge=list(refusal.codes))
