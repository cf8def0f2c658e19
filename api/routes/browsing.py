"""Look-ups for a client that accepts HTML and none of their formats: a person with an address of programs.

Such a request would be refused (406). It is led to the page of the same (303), where a page reads all its parameters; else it gets JSON,
which every browser shows. A request that names a format, or that accepts one of them or anything (as browsers do), is answered as ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

from starlette.datastructures import QueryParams
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ..collections import resources, tables
from ..exports import evidencenetwork, takeaway
from ..http import media
from .networks import NetworkFilters
from .things import split_suffix

#: What the OpenAPI document says of it.
ABOUT: Final = (
    "A request that accepts `text/html` and none of the formats of look-ups is led (303) to the page of the same, if one reads all its "
    "parameters; else the answer is JSON. A format that is named decides in any case."
)
_PATH: Final = "/v1"
_HTML: Final = "text/html"
_ACCEPT: Final = b"accept"
#: Media types of the formats of all look-ups. The plot of a comparison is HTML itself.
_FORMATS: Final = tuple(
    {*tables.FORMS.values(), *evidencenetwork.FORMS.values(), *(form.media for form in takeaway.FORMATS.values()), "text/plain"} - {_HTML}
)
#: The pages of collections, and of their things.
_LISTS: Final = {
    "drugs": "drugs", "targets": "targets", "conditions": "conditions", "trials": "studies", "endpoints": "endpoints",
    "documents": "documents", "discrepancies": "discrepancies", "estimates": "estimates",
}  # fmt: skip
_THINGS: Final = {name: page for name, page in _LISTS.items() if name != "discrepancies"}
#: Filters that lists read as look-ups do; pages of lists have another length, so that nobody is led to a later one.
_FILTERS: Final = frozenset({"drug", "target", "trial", "condition", "endpoint", "measure", "document"})
#: Other pages, and the parameters that they read.
_PAGES: Final[Mapping[str, tuple[str, frozenset[str]]]] = MappingProxyType({
    "": ("/", frozenset()), "search": ("/search", frozenset({"q"})), "network/path": ("/network/path", frozenset({"from", "to"})),
    "network": ("/network", frozenset(NetworkFilters.model_fields) - {"format"}),
    **{
        each.name: (f"/{_LISTS[each.name]}", _FILTERS & {parameter.name for parameter in each.parameters})
        for each in resources.COLLECTIONS if each.name in _LISTS
    },
})  # fmt: skip


class Browsing:
    """Middleware that answers such requests."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"} or not _accepts_pages_alone(scope):
            await self._app(scope, receive, send)
            return
        address = find_page(scope["path"], QueryParams(scope["query_string"]))
        if address is not None:
            query = scope["query_string"].decode("latin-1")
            target = f"{address}?{query}" if query else address
            await RedirectResponse(target, 303, {"Vary": "Accept"})(scope, receive, send)
            return
        headers = [(name, value) for name, value in scope["headers"] if name != _ACCEPT]
        await self._app({**scope, "headers": [*headers, (_ACCEPT, tables.JSON.encode())]}, receive, send)


def find_page(path: str, query: QueryParams) -> str | None:
    """Return the path of the page of what is looked up at ``path``; none if there is no page that reads all parameters of ``query``.

    >>> find_page("/v1/trials/TOWER", QueryParams("")), find_page("/v1/network", QueryParams("drug=a"))
    ('/studies/TOWER', '/network')
    >>> [find_page("/v1/drugs", QueryParams(each)) for each in ("target=a", "page=2")], find_page("/v1/claims", QueryParams(""))
    (['/drugs', None], None)
    """
    local = path.removeprefix(_PATH).removeprefix("/")
    page, read = _PAGES.get(local, ("", frozenset()))
    collection, _, name = local.partition("/")
    if not page and collection in _THINGS and name and "/" not in name and not split_suffix(name)[1]:
        page = f"/{_THINGS[collection]}/{quote(name, safe='', errors='replace')}"
    return page if page and set(query) <= read else None


def _accepts_pages_alone(scope: Scope) -> bool:
    """Whether a look-up names no format and accepts HTML, which its path does not have, and none of the formats of look-ups."""
    path: str = scope["path"]
    if not (path == _PATH or path.startswith(f"{_PATH}/")) or path.startswith(f"{_PATH}/compare") or b"format=" in scope["query_string"]:
        return False
    accept = b", ".join(value for name, value in scope["headers"] if name == _ACCEPT).decode("latin-1")
    return bool(accept) and bool(media.acceptable_types(accept, (_HTML,))) and not media.acceptable_types(accept, _FORMATS)
