"""The Python client for notebooks and scripts: look-ups, comparisons, the network and SPARQL of a mabgraph service as typed rows.

    from mabgraph.api.client import Client

    client = Client("http://127.0.0.1:8000")
    rows = client.estimates(target="CD19", endpoint="overall-survival", measure="hazard-ratio")
    rows.to_pandas()

It needs httpx, pydantic and tenacity, but none of the server's libraries. Rows keep fields that a newer service adds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final, Self
from urllib.parse import quote

import httpx
import tenacity

from mabgraph.ingest.errors import MabgraphError, QuestionError

from . import retries
from .comparison import ComparisonReply
from .filters import Filter, parameters_of
from .network import ChainResponse, NetworkResponse
from .replies import PROBLEM, Refused, failure, load, next_url, read
from .rows import (
    ClaimRow,
    EstimateRow,
    Estimates,
    ReplyRow,
    ResourceReply,
    Rows,
    SearchReply,
    Solution,
    complete,
    nested_fields,
)  # fmt: skip
from .solutions import solutions

__all__ = ["Client", "Refused"]

#: Page size of requests.
PAGE: Final = 500
#: Queries up to this length are sent by GET, so that responses can be cached (characters).
_SHORT: Final = 4000
_SPARQL: Final = "/sparql"
_ROWS: Final = "application/sparql-results+json"
_DATASET: Final = "Mabgraph-Dataset"


class Client:
    """A client of one service. It only reads, so a request without a response is retried a few times."""

    def __init__(
        self, url: str = "http://127.0.0.1:8000", *, seconds: float = 150.0, transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:  # fmt: skip
        """Use the service at ``url`` with a timeout of ``seconds``; ``transport`` and ``sleep`` are for tests.

        :raises QuestionError: when ``url`` is not an HTTP URL.
        """
        self.url = _address(url)
        self._http = httpx.Client(timeout=httpx.Timeout(seconds, connect=10.0), transport=transport)
        self._again = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(retries.TRANSIENT) | tenacity.retry_if_result(retries.is_busy),
            stop=tenacity.stop_after_attempt(retries.ATTEMPTS), wait=retries.wait, sleep=sleep, retry_error_callback=retries.last_outcome,
        )  # fmt: skip

    def __enter__(self) -> Self:
        """Return the client; its connections are closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections that are kept alive."""
        self._http.close()

    def estimates(
        self, *, drug: Filter = None, target: Filter = None, trial: Filter = None, endpoint: Filter = None, measure: Filter = None,
        brief: bool = False, **more: Filter,
    ) -> Estimates[EstimateRow]:  # fmt: skip
        """Return the estimates that meet every filter; several values of one filter mean any of them.

        Every filter of ``/v1/estimates`` is accepted by its name. ``brief`` transfers less than half: without the words around figures, the
        checks, and the reason for a check status that says no more than the status.

        :raises UnknownName: when a name is unknown (with the nearest names) or ambiguous.
        :raises QuestionError: for an unknown filter or an invalid value.
        :raises MabgraphError: when the service does not respond, or its dataset changes between two pages.
        """
        filters = {"drug": drug, "target": target, "trial": trial, "endpoint": endpoint, "measure": measure} | more
        items, version = self._all_items("estimates", filters, brief)
        rows = [read(EstimateRow, item, self.url) for item in items]
        return Estimates(rows, version, EstimateRow.model_fields, nested_fields(EstimateRow))

    def claims(
        self, *, drug: Filter = None, target: Filter = None, trial: Filter = None, document: Filter = None, kind: Filter = None,
        **more: Filter,
    ) -> Rows[ClaimRow]:  # fmt: skip
        """Return what authors say that meets every filter, with subjects, quotes, figures and places; ``kind`` is such as limitation.

        :raises UnknownName: when a name is unknown (with the nearest names) or ambiguous.
        :raises QuestionError: for an unknown filter or an invalid value.
        """
        items, version = self._all_items(
            "claims", {"drug": drug, "target": target, "trial": trial, "document": document, "kind": kind} | more
        )
        return Rows([read(ClaimRow, item, self.url) for item in items], version, ClaimRow.model_fields, nested_fields(ClaimRow))

    def collection(self, name: str, **filters: Filter) -> Rows[ReplyRow]:
        """Return every row of a collection under ``/v1`` that meets the filters, such as ``collection("figures", claim="…")``.

        :raises UnknownName: when the collection or a name in a filter is unknown.
        :raises QuestionError: for an unknown filter or an invalid value.
        """
        items, version = self._all_items(name, filters)
        rows = [read(ReplyRow, item, self.url) for item in items]
        nested = {name for item in items for name, value in item.items() if _is_table(value)}
        return Rows(rows, version, items[0] if items else (), nested)

    def drug(self, name: str) -> ResourceReply:
        """Return the drug named ``name``: synonyms, identifiers, class, targets and studies.

        :raises UnknownName: when the name is unknown (with the nearest names) or ambiguous.
        """
        return self._resource("drugs", name)

    def target(self, name: str) -> ResourceReply:
        """Return the target named ``name``: synonyms, identifiers, the drugs that bind it and their studies.

        :raises UnknownName: when the name is unknown (with the nearest names) or ambiguous.
        """
        return self._resource("targets", name)

    def trial(self, name: str) -> ResourceReply:
        """Return the study named ``name``: design, groups, regimens, doses, definitions and described quantities.

        :raises UnknownName: when the name is unknown (with the nearest names) or ambiguous.
        """
        return self._resource("trials", name)

    def search(self, query: str, limit: int = 20) -> SearchReply:
        """Return what the words of ``query`` name and the texts that have them, best first, at most ``limit``; and what to ask.

        :raises QuestionError: when the query is empty or longer than the service allows.
        """
        return read(SearchReply, load(self._answer("/v1/search", {"q": query, "limit": str(limit)})), self.url)

    def sparql(self, query: str, seconds: float | None = None) -> Rows[Solution]:
        """Return the rows of a SELECT query, numbers as ``int`` or ``float``; for ASK one row with ``boolean``.

        ``seconds`` requests another time limit.

        :raises QuestionError: when the query is not valid SPARQL, returns a graph, or exceeds a limit of the service.
        """
        limit = {} if seconds is None else {"timeout": f"{seconds:g}"}
        asked = {"query": query} | limit
        answer = self._answer(_SPARQL, asked) if len(query) <= _SHORT else self._answer(_SPARQL, form=asked)
        results = load(answer)
        version = answer.headers.get(_DATASET, "")
        return solutions(results, version)

    def compare(
        self, *, drug: Filter = None, target: Filter = None, trial: Filter = None, endpoint: Filter = None, measure: Filter = None,
        synthesise: str | None = None, acknowledge: Filter = None, effect: str | None = None, better: str | None = None,
        hartung_knapp: bool = False, **more: Filter,
    ) -> ComparisonReply:  # fmt: skip
        """Return the estimates that meet every filter side by side, in sets of one measure with the reasons against pooling them.

        Nothing is pooled or ranked unless ``synthesise`` requests it: ``pool`` (one pair of treatments), ``indirect`` (a network) or
        ``rank`` (with ``better``: lower-is-better or higher-is-better). ``acknowledge`` lists the codes of reasons that you have
        weighed; ``effect`` (OR, RR, RD) is computed from the counts of two compared groups; ``hartung_knapp`` widens pooled intervals.
        Every filter of ``/v1/compare`` is accepted by its name, such as ``kind``, ``comparability`` or ``include_narrower``.

        :raises Refused: when a reason against the synthesis is not acknowledged; it lists the reasons.
        :raises UnknownName: when a name is unknown (with the nearest names) or ambiguous.
        :raises QuestionError: for an unknown parameter, an invalid value, or more estimates than the service compares.
        """
        asked = {"drug": drug, "target": target, "trial": trial, "endpoint": endpoint, "measure": measure}
        asked |= {"synthesise": synthesise, "acknowledge": acknowledge, "effect": effect, "better": better} | more
        asked |= {"hartung_knapp": hartung_knapp or None}
        return read(ComparisonReply, load(self._answer("/v1/compare", parameters_of(asked))), self.url)

    def compare_as(self, format: str, **parameters: Filter) -> bytes:
        """Return the comparison of :meth:`compare` with the same ``parameters`` as a file in a format such as ``metafor`` or ``xlsx``.

        :raises UnknownName: when the format is unknown (the message lists the formats), and as :meth:`compare` does.
        :raises Refused: as :meth:`compare` does.
        :raises QuestionError: when the format cannot carry these estimates (the message says why), and as :meth:`compare` does.
        """
        return self._answer(f"/v1/compare.{quote(format, safe='')}", parameters_of(parameters)).content

    def compare_formats(self) -> dict[str, str]:
        """Return the formats for :meth:`compare_as` by name, each with a description in one line.

        :raises MabgraphError: when the service does not list them.
        """
        try:
            asked = load(self._answer("/openapi.json"))["paths"]["/v1/compare"]["get"]["parameters"]
            schema = next(each["schema"] for each in asked if each["name"] == "format")
            return {str(name): str(about) for name, about in schema["x-formats"].items()}
        except (KeyError, StopIteration):
            raise MabgraphError(f"{self.url}: does not list its formats: use the client of the same version") from None

    def network(
        self, *, drug: Filter = None, target: Filter = None, condition: Filter = None, endpoint: Filter = None, **more: Filter
    ) -> NetworkResponse:  # fmt: skip
        """Return the evidence network: which treatments were compared by which studies, on what evidence, and its connected components.

        :raises UnknownName: when a name is unknown (with the nearest names) or ambiguous.
        :raises QuestionError: for an unknown filter or an invalid value.
        """
        asked = {"drug": drug, "target": target, "condition": condition, "endpoint": endpoint} | more
        return read(NetworkResponse, load(self._answer("/v1/network", parameters_of(asked))), self.url)

    def network_as(self, format: str, **filters: Filter) -> bytes:
        """Return the network of :meth:`network` with the same ``filters`` as a file in a format such as ``graphml`` or ``svg``.

        :raises UnknownName: when the format is unknown (the message lists the formats), and as :meth:`network` does.
        :raises QuestionError: as :meth:`network` does.
        """
        return self._answer(f"/v1/network.{quote(format, safe='')}", parameters_of(filters)).content

    def chain(self, start: str, to: str) -> ChainResponse:
        """Return the shortest chain of comparisons with results between two treatments, or the gap if they are not connected.

        A treatment is identified by its id, its name, or its drugs in any order.

        :raises UnknownName: when the treatment is unknown (with the nearest names) or ambiguous.
        :raises QuestionError: when no treatment has a similar name.
        """
        return read(ChainResponse, load(self._answer("/v1/network/path", {"from": start, "to": to})), self.url)

    def _resource(self, kind: str, name: str) -> ResourceReply:
        return read(ResourceReply, load(self._answer(f"/v1/{kind}/{quote(name, safe='')}")), self.url)

    def _all_items(self, collection: str, filters: Mapping[str, Filter], brief: bool = False) -> tuple[list[Any], str]:
        """Return the items of all pages of a collection, whole or ``brief``, and the dataset version."""
        asked = {"page_size": [str(PAGE)]} | ({} if brief else {"fields": ["all"]}) | parameters_of(filters)
        pages = list(self._pages(f"/v1/{quote(collection, safe='/')}", asked))
        items = [complete(item, page.get("included", {}), page.get("texts")) if brief else item for page in pages for item in page["items"]]
        return items, str(pages[0]["dataset"])

    def _pages(self, path: str, parameters: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield every page of a collection by the ``next`` links; all pages are from one dataset version."""
        answer = self._answer(path, parameters)
        first = page = load(answer)
        seen = {answer.url}
        while True:
            if page["dataset"] != first["dataset"]:
                versions = f"from {first['dataset'][:12]} to {page['dataset'][:12]}"
                raise MabgraphError(f"{self.url}: the dataset changed {versions} between two pages: ask again to get one version")
            yield page
            url = next_url(answer, page)
            if url is None:
                return
            if url in seen or (url.scheme, url.netloc) != (answer.url.scheme, answer.url.netloc):
                raise MabgraphError(f"{answer.url}: names {url} as its next page: is this a service of mabgraph?")
            seen.add(url)
            answer = self._answer(str(url))
            page = load(answer)

    def _answer(self, path: str, parameters: Mapping[str, Any] | None = None, form: Mapping[str, str] | None = None) -> httpx.Response:
        """Return a successful response.

        :raises UnknownName: when the service reports it.
        :raises QuestionError: when the service reports it.
        :raises MabgraphError: when there is no response, or it is not from a mabgraph service.
        """
        url = path if path.startswith("http") else self.url + path
        request = self._http.build_request(
            "GET" if form is None else "POST", url, params=parameters, data=form,
            headers={"Accept": f"{_ROWS if path == _SPARQL else 'application/json'}, {PROBLEM};q=0.8"},
        )  # fmt: skip
        try:
            answer: httpx.Response = self._again(self._http.send, request)
        except httpx.HTTPError as error:
            raise MabgraphError(f"{url}: {str(error) or type(error).__name__}: is the service running there? (mabgraph serve)") from None
        if answer.status_code != HTTPStatus.OK:
            raise failure(answer)
        return answer


def _is_table(value: object) -> bool:
    """Whether a value of a row is an object, or a list of them."""
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(each, dict) for each in value))


def _address(url: str) -> str:
    try:
        if httpx.URL(url).scheme in {"http", "https"} and httpx.URL(url).host:
            return url.rstrip("/")
    except httpx.InvalidURL:
        pass
    raise QuestionError(f"{url!r} is not the URL of a service: write it as http://127.0.0.1:8000")
