"""Responses of pages: what all pages have in common, their validators, and their policy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, cast

from fastapi import Request, Response

from ..http import conditional, signposts
from ..http.state import State
from ..pages import templating

#: What the top of every page leads to.
SECTIONS: Final = (
    ("/drugs", "Drugs"), ("/targets", "Targets"), ("/conditions", "Conditions"), ("/studies", "Studies"), ("/endpoints", "End points"),
    ("/documents", "Documents"), ("/compare", "Compare"), ("/network", "Network"),
    ("/discrepancies", "Disagreements"), ("/query", "SPARQL"),
    ("/about", "About"),
)  # fmt: skip
#: Headers of every page.
HEADERS: Final = {"Content-Security-Policy": templating.POLICY}
METHODS: Final = ["GET", "HEAD"]

#: Links to the data of a page: address and name.
DataLinks = Sequence[tuple[str, str]]


def service_of(request: Request) -> State:
    """Return the state of the service."""
    return cast(State, request.app.state.service)


def values_of_all(request: Request, here: str, data: DataLinks = (), head: str = "") -> dict[str, Any]:
    """Return the values that every template needs: the section ``here``, links to ``data``, and ``head``, which is HTML."""
    version = service_of(request).catalogue.version
    return {"version": version, "sections": SECTIONS, "here": here, "data": data, "head": head}


def respond(request: Request, template: str, write: Callable[[], Mapping[str, Any]], links: str = "") -> Response:
    """Return the page of ``template`` with the values of ``write``, which is not called for a 304 (conditional GET).

    ``links`` is the value of the field ``Link``.
    """
    catalogue = service_of(request).catalogue
    by = (catalogue.state, templating.digest(), template, request.url.query)
    known = {**HEADERS, **({"Link": links} if links else {})}
    return conditional.respond(
        request, catalogue.version, by, signposts.HTML, lambda: (templating.render(template, **write()).encode(), {}), known
    )
