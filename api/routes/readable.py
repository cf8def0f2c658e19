"""Texts that the reader of a page may see: their sentences stand on the page, which nobody stores then."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from fastapi import Request, Response

from ..http.problems import ProblemError
from ..pages import templating
from . import texts
from .pageresponse import HEADERS, complete_head, respond, service_of

#: The page is another one for who may read the texts.
_VARY: Final = {"vary": "Accept, Accept-Encoding, Authorization"}


def find_texts(request: Request, documents: Iterable[str]) -> dict[str, str]:
    """Return the texts of ``documents`` that the caller may read, and that the figures were read from; none for anyone else."""
    catalogue, readable = service_of(request).catalogue, dict[str, str]()
    try:
        texts.check_access(request)
    except ProblemError:
        return readable
    for name in dict.fromkeys(documents):
        try:
            readable[name] = texts.find_text(request, catalogue, name).text
        except ProblemError:
            continue
    return readable


def respond_to_reader(
    request: Request, template: str, documents: Iterable[str], write: Callable[[Mapping[str, str]], Mapping[str, Any]], links: str = ""
) -> Response:  # fmt: skip
    """Return the page of ``template``; ``write`` takes the texts of ``documents`` that the caller may read. With texts it is private."""
    readable = find_texts(request, documents)
    if not readable:
        return respond(request, template, lambda: write({}), links, _VARY)
    values, more = complete_head(write(readable), links)
    known = {**HEADERS, **_VARY, **more, **texts.PRIVATE}
    return Response(templating.render(template, **values), media_type="text/html; charset=utf-8", headers=known)
