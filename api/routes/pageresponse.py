"""Responses of pages: what all pages have in common, their validators, and their policy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, cast

from fastapi import Request, Response

from ..http import conditional, signposts
from ..http.state import State
from ..pages import templating
from . import pageheads

#: What the top of every page leads to.
SECTIONS: Final = (
    ("/drugs", "Drugs"), ("/targets", "Targets"), ("/conditions", "Conditions"), ("/studies", "Studies"), ("/endpoints", "End points"),
    ("/documents", "Documents"), ("/compare", "Compare"), ("/network", "Network"),
    ("/discrepancies", "Disagreements"), ("/query", "SPARQL"),
    ("/about", "About"),
)  # fmt: skip
#: Headers of every page.
HEADERS: Final = {"content-security-policy": templating.POLICY}
METHODS: Final = ["GET", "HEAD"]

#: Links to the data of a page: address and name.
DataLinks = Sequence[tuple[str, str]]


def service_of(request: Request) -> State:
    """Return the state of the service."""
    return cast(State, request.app.state.service)


def values_of_all(request: Request, here: str, data: DataLinks = (), head: str = "") -> dict[str, Any]:
    """Return the values that every template needs: the section ``here``, links to ``data``, and ``head``, which is HTML.

    ``head`` is that of the page of a thing; without it the page is one of the dataset, with the links ``signposts``.
    """
    version = service_of(request).catalogue.version
    links = () if head else pageheads.links_of_page(request.url.path)
    about = head or signposts.elements(links) + pageheads.describe(request, f"{dict(SECTIONS).get(here, 'Search')} – mabgraph")
    return {"version": version, "sections": SECTIONS, "here": here, "data": data, "signposts": links, "head": about}


def complete_head(values: Mapping[str, Any], own: str = "") -> tuple[dict[str, Any], dict[str, str]]:
    """Return the values of a page with the links to its data in the head, and the field ``Link``: all that fit of its links.

    ``own`` are those of the thing that the page is about, as the field has them: what they state is not stated again.
    """
    has_items = 'rel="item"' in own
    data = [
        each for each in pageheads.links_of_data(address for address, _ in values["data"])
        if f"{each.field_value()}," not in f"{own}," and not (has_items and each.relation == "item")
    ]  # fmt: skip
    field = signposts.fit([own] if own else [], beside=[each.field_value() for each in (*values["signposts"], *data)])
    return {**values, "head": values["head"] + signposts.elements(data)}, {"Link": field}


def respond(
    request: Request, template: str, write: Callable[[], Mapping[str, Any]], links: str = "", headers: Mapping[str, str] | None = None
) -> Response:  # fmt: skip
    """Return the page of ``template`` with the values of ``write``, which is not called for a 304 (conditional GET).

    ``links`` are those of the thing that the page is about, as the field ``Link`` has them; ``headers`` are more fields.
    """
    catalogue = service_of(request).catalogue
    by = (catalogue.state, templating.digest(), template, request.url.query)

    def write_body() -> conditional.BodyAndHeaders:
        values, more = complete_head(write(), links)
        return templating.render(template, **values).encode(), more

    return conditional.respond(request, catalogue.version, by, signposts.HTML, write_body, {**HEADERS, **(headers or {})})
