"""The search: things and texts by a few words, of one name or of several at once."""

from typing import Annotated, Final, cast
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from mabgraph.graph.questions import search as searching
from mabgraph.graph.questions import understanding

from ..collections import resources
from ..collections.models import AskItem, MatchItem, SearchResponse
from ..http import problems
from ..http.state import State
from . import groups

router = APIRouter(prefix="/v1", tags=[groups.SEARCH])

#: The longest query (characters).
LONGEST: Final = 200


class SearchParameters(BaseModel):
    """What is searched for."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(
        min_length=1, max_length=LONGEST, description="names, or parts of them, or words", examples=["daratumumab overall response"]
    )
    limit: int = Field(20, ge=1, le=100, description="most matches to return")


@router.head("/search", include_in_schema=False)
@router.get(
    "/search", summary="Things of any kind by name, and texts by their words, best first", responses={422: problems.RESPONSES[422]},
    response_model_exclude_none=True,
)  # fmt: skip
def search(
    request: Request,
    asked: Annotated[SearchParameters, Query()],
) -> SearchResponse:
    """Return the things that ``q`` names and those with similar names, the texts with its words, and what to ask of several things.

    Texts are claims, definitions and discrepancies in our own words; their words are found in any of their forms.
    """
    catalogue = cast(State, request.app.state.service).catalogue
    findings = searching.search(catalogue, asked.q, asked.limit)
    items = [
        MatchItem(
            kind=each.kind, id=each.iri, name=each.name, url=_url(each.kind, each.iri), words=each.words, likeness=each.likeness,
            text=each.text, document=each.document,
        )
        for each in findings.matches
    ]  # fmt: skip
    asks = [
        AskItem(
            url=f"/v1/{resources.ESTIMATES.name}?{urlencode(each.filters, doseq=True)}", total=each.total,
            understood=understanding.describe(understanding.read(catalogue, searching.ASKED, each.filters)),
        )
        for each in findings.asks
    ]  # fmt: skip
    return SearchResponse(dataset=catalogue.version, total=len(items), items=items, asks=asks, unmatched=list(findings.unmatched))


def _url(kind: str, iri: str) -> str:
    collection = next((collection for collection in resources.COLLECTIONS if collection.one == kind), None)
    return collection.url(iri) if collection else resources.address(iri)
