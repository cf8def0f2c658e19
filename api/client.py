"""A client for notebooks and scripts: look-ups, comparisons, the network and SPARQL of a mabgraph service as typed rows.

    from mabgraph.api.client import Client

    client = Client("http://127.0.0.1:8000")
    rows = client.estimates(target="CD19", endpoint="overall-survival", measure="hazard-ratio")
    rows.to_pandas()

It needs httpx, pydantic and tenacity, none of what serves. Fields that a newer service adds are kept on each row.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final, Self
from urllib.parse import quote

import httpx
import tenacity

from mabgraph.ingest.errors import MabgraphError, QuestionError

from .evidence import Chain, Comparison, Network
from .replies import PROBLEM, Refused, failure, loaded, read
from .rows import Estimate, Estimates, Resource, Row, Rows, Solution, solutions

__all__ = ["Client", "Refused"]

#: Estimates that are asked for at once.
PAGE: Final = 500
#: How often a request is sent before its failure is told.
ATTEMPTS: Final = 4
#: The longest wait before a request is sent again, whatever the service asks for (seconds).
LONGEST_WAIT: Final = 20.0
#: Texts of queries up to this length go into the address, where answers to them are kept (characters).
_SHORT: Final = 4000
_OURS: Final = frozenset({"page", "page_size", "fields", "format"})
_SPARQL: Final = "/sparql"
_ROWS: Final = "application/sparql-results+json"
_DATASET: Final = "Mabgraph-Dataset"
#: What a request that failed so can be answered when it is sent again: nothing was answered yet.
_TRANSIENT: Final = (httpx.NetworkError, httpx.RemoteProtocolError, httpx.ConnectTimeout)

Given = str | int | float | bool
Filter = Given | Iterable[Given] | None


class Client:
    """Asks one service. Reading is all it does, so a request whose answer did not come is sent again, a few times."""

    def __init__(
        self, url: str = "http://127.0.0.1:8000", *, seconds: float = 150.0, transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:  # fmt: skip
        """Take the address of the service, how long an answer may take (seconds), and for tests how to send and how to wait.

        :raises QuestionError: when the address is none.
        """
        self.url = _address(url)
        self._http = httpx.Client(timeout=httpx.Timeout(seconds, connect=10.0), transport=transport)
        self._again = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_TRANSIENT) | tenacity.retry_if_result(_is_busy),
            stop=tenacity.stop_after_attempt(ATTEMPTS), wait=_wait, sleep=sleep, retry_error_callback=_last,
        )  # fmt: skip

    def __enter__(self) -> Self:
        """Return itself; its connections are let go of at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the connections."""
        self.close()

    def close(self) -> None:
        """Let go of the connections that are kept open."""
        self._http.close()

    def estimates(
        self, *, drug: Filter = None, target: Filter = None, trial: Filter = None, endpoint: Filter = None, measure: Filter = None,
        **more: Filter,
    ) -> Estimates[Estimate]:  # fmt: skip
        """Return the estimates that meet every filter; several values of one filter mean any of them.

        Any other filter of ``/v1/estimates`` can be given by its name.

        :raises UnknownName: when a name is not known (with the nearest), or is that of several things.
        :raises QuestionError: for a filter the service does not have, or a value it cannot use.
        :raises MabgraphError: when the service does not answer, or its dataset changes between two pages.
        """
        given = {"drug": drug, "target": target, "trial": trial, "endpoint": endpoint, "measure": measure} | more
        items, version = self._all("estimates", given)
        return Estimates([read(Estimate, item, self.url) for item in items], version, Estimate.model_fields)

    def collection(self, name: str, **filters: Filter) -> Rows[Row]:
        """Return every row of a collection under ``/v1`` that meets the filters, such as ``collection("claims", drug="daratumumab")``.

        :raises UnknownName: when there is no such collection, or a filter names what is not known.
        :raises QuestionError: for a filter the collection does not have, or a value it cannot use.
        """
        items, version = self._all(name, filters)
        found = [read(Row, item, self.url) for item in items]
        return Rows(found, version, found[0].model_dump() if found else ())

    def drug(self, name: str) -> Resource:
        """Return the drug that is called ``name``: synonyms, identifiers, class, targets and studies.

        :raises UnknownName: when nothing is called so (with the nearest names), or several things are.
        """
        return self._resource("drugs", name)

    def target(self, name: str) -> Resource:
        """Return the target that is called ``name``: synonyms, identifiers, the drugs that bind it and their studies.

        :raises UnknownName: when nothing is called so (with the nearest names), or several things are.
        """
        return self._resource("targets", name)

    def trial(self, name: str) -> Resource:
        """Return the study that is called ``name``: design, groups, regimens, doses, definitions and described quantities.

        :raises UnknownName: when nothing is called so (with the nearest names), or several things are.
        """
        return self._resource("trials", name)

    def sparql(self, query: str, seconds: float | None = None) -> Rows[Solution]:
        """Return the rows of a SELECT query, numbers as ``int`` or ``float``; of ASK one row with ``boolean``.

        ``seconds`` asks the service for another time limit.

        :raises QuestionError: when it is no SPARQL, asks for a graph, or goes past a limit of the service.
        """
        given = {} if seconds is None else {"timeout": f"{seconds:g}"}
        asked = {"query": query} | given
        answer = self._answer(_SPARQL, asked) if len(query) <= _SHORT else self._answer(_SPARQL, form=asked)
        said = loaded(answer)
        version = answer.headers.get(_DATASET, "")
        return solutions(said, version)

    def compare(
        self, *, drug: Filter = None, target: Filter = None, trial: Filter = None, endpoint: Filter = None, measure: Filter = None,
        synthesise: str | None = None, acknowledge: Filter = None, effect: str | None = None, better: str | None = None,
        hartung_knapp: bool = False, **more: Filter,
    ) -> Comparison:  # fmt: skip
        """Return the estimates that meet every filter side by side, in sets of one measure with the reasons against taking them together.

        Nothing is pooled or ranked unless ``synthesise`` asks for it: ``pool`` (one pair of treatments), ``indirect`` (a network) or
        ``rank`` (with ``better``: lower-is-better or higher-is-better). ``acknowledge`` are codes of reasons that you have weighed;
        ``effect`` (OR, RR, RD) is what to make of the counts of two compared groups; ``hartung_knapp`` widens pooled intervals. Any
        other filter of ``/v1/compare`` can be given by its name, such as ``kind``, ``comparability`` or ``include_narrower``.

        :raises Refused: when a reason stands against the synthesis that is not acknowledged; it says which.
        :raises UnknownName: when a name is not known (with the nearest), or is that of several things.
        :raises QuestionError: for a parameter the service does not have, a value it cannot use, or more estimates than it compares.
        """
        asked = {"drug": drug, "target": target, "trial": trial, "endpoint": endpoint, "measure": measure}
        asked |= {"synthesise": synthesise, "acknowledge": acknowledge, "effect": effect, "better": better} | more
        asked |= {"hartung_knapp": hartung_knapp or None}
        return read(Comparison, loaded(self._answer("/v1/compare", _parameters(asked))), self.url)

    def compare_as(self, format: str, **parameters: Filter) -> bytes:
        """Return what :meth:`compare` gives for the same ``parameters`` as a file in a format such as ``metafor``, ``xlsx`` or ``forest``.

        :raises UnknownName: when there is no such format (the message names those there are), and as :meth:`compare` does.
        :raises Refused: as :meth:`compare` does.
        :raises QuestionError: when the format cannot carry these estimates (the message says why), and as :meth:`compare` does.
        """
        return self._answer(f"/v1/compare.{quote(format, safe='')}", _parameters(parameters)).content

    def compare_formats(self) -> dict[str, str]:
        """Return the formats that the service has for :meth:`compare_as`, by name, each with a line that says what it is.

        :raises MabgraphError: when the service does not say.
        """
        try:
            asked = loaded(self._answer("/openapi.json"))["paths"]["/v1/compare"]["get"]["parameters"]
            schema = next(each["schema"] for each in asked if each["name"] == "format")
            return {str(name): str(about) for name, about in schema["x-formats"].items()}
        except (KeyError, StopIteration):
            raise MabgraphError(f"{self.url}: does not say which formats it has: use the client of its version") from None

    def network(
        self, *, drug: Filter = None, target: Filter = None, condition: Filter = None, endpoint: Filter = None, **more: Filter
    ) -> Network:  # fmt: skip
        """Return the evidence network: which treatments were compared by which studies, on what evidence, and which of them meet.

        :raises UnknownName: when a name is not known (with the nearest), or is that of several things.
        :raises QuestionError: for a filter the service does not have, or a value it cannot use.
        """
        asked = {"drug": drug, "target": target, "condition": condition, "endpoint": endpoint} | more
        return read(Network, loaded(self._answer("/v1/network", _parameters(asked))), self.url)

    def network_as(self, format: str, **filters: Filter) -> bytes:
        """Return what :meth:`network` gives for the same ``filters`` as a file in a format such as ``graphml``, ``node-link`` or ``svg``.

        :raises UnknownName: when there is no such format (the message names those there are), and as :meth:`network` does.
        :raises QuestionError: as :meth:`network` does.
        """
        return self._answer(f"/v1/network.{quote(format, safe='')}", _parameters(filters)).content

    def chain(self, start: str, to: str) -> Chain:
        """Return the shortest chain of comparisons with results between two treatments, or the gap where they do not meet.

        A treatment is named by its id, its name, or its drugs in any order.

        :raises UnknownName: when the network has no such treatment (with the nearest), or several are called so.
        :raises QuestionError: when it has nothing that is called alike.
        """
        return read(Chain, loaded(self._answer("/v1/network/path", {"from": start, "to": to})), self.url)

    def _resource(self, kind: str, name: str) -> Resource:
        return read(Resource, loaded(self._answer(f"/v1/{kind}/{quote(name, safe='')}")), self.url)

    def _all(self, collection: str, given: Mapping[str, Filter]) -> tuple[list[Any], str]:
        """Return the items of all pages of a collection, and the version of the dataset they are from."""
        pages = list(self._pages(f"/v1/{quote(collection, safe='/')}", {"page_size": [str(PAGE)]} | _parameters(given)))
        return [item for page in pages for item in page["items"]], str(pages[0]["dataset"])

    def _pages(self, path: str, parameters: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield every page of a collection, following the links to the next; all are of one version of the dataset."""
        answer = self._answer(path, parameters)
        first = page = loaded(answer)
        seen = {answer.url}
        while True:
            if page["dataset"] != first["dataset"]:
                versions = f"from {first['dataset'][:12]} to {page['dataset'][:12]}"
                raise MabgraphError(f"{self.url}: the dataset changed {versions} between two pages: ask again to have all of one version")
            yield page
            url = _next(answer, page)
            if url is None:
                return
            if url in seen or (url.scheme, url.netloc) != (answer.url.scheme, answer.url.netloc):
                raise MabgraphError(f"{answer.url}: names {url} as its next page: is this a service of mabgraph?")
            seen.add(url)
            answer = self._answer(str(url))
            page = loaded(answer)

    def _answer(self, path: str, parameters: Mapping[str, Any] | None = None, form: Mapping[str, str] | None = None) -> httpx.Response:
        """Return an answer that is no error.

        :raises UnknownName: as the service says.
        :raises QuestionError: as the service says.
        :raises MabgraphError: when there is no answer, or it is not one of ours.
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


def _next(answer: httpx.Response, page: Mapping[str, Any]) -> httpx.URL | None:
    """Return the address of the page after ``page``, none after the last: by its link, or by number where links are too long."""
    following = answer.links.get("next", {}).get("url")
    if following is not None:
        return answer.url.join(following)
    match page:
        case {"page": int(number), "page_size": int(size), "total": int(total)} if number * size < total:
            return answer.url.copy_set_param("page", number + 1)
    return None


def _address(url: str) -> str:
    try:
        if httpx.URL(url).scheme in {"http", "https"} and httpx.URL(url).host:
            return url.rstrip("/")
    except httpx.InvalidURL:
        pass
    raise QuestionError(f"{url!r} is no address of a service: write it as http://127.0.0.1:8000")


def _is_busy(answer: httpx.Response) -> bool:
    return answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE


def _wait(attempt: tenacity.RetryCallState) -> float:
    """Return how long to wait (seconds): as the service says in ``Retry-After``, else twice as long each time; never very long."""
    outcome = attempt.outcome
    said = "" if outcome is None or outcome.failed else outcome.result().headers.get("Retry-After", "")
    return min(LONGEST_WAIT, _seconds(said, 0.25 * 2**attempt.attempt_number))


def _seconds(said: str, otherwise: float) -> float:
    """Return the seconds that a ``Retry-After`` means (RFC 9110, 10.2.3): a number of them, or a date.

    >>> _seconds("7", 0.5), _seconds("Thu, 01 Jan 1970 00:00:00 GMT", 0.5), _seconds("soon", 0.5)
    (7.0, 0.0, 0.5)
    """
    if said.isascii() and said.isdigit():
        return float(said)
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return otherwise


def _last(attempt: tenacity.RetryCallState) -> Any:
    """Return or raise what the last attempt came to."""
    assert attempt.outcome is not None
    return attempt.outcome.result()


def _parameters(given: Mapping[str, Filter]) -> dict[str, list[str]]:
    for name in sorted(_OURS & given.keys()):
        raise QuestionError(f"{name}: the client sees to pages, fields and formats by itself: leave it out")
    return {name: _values(value) for name, value in given.items() if value is not None}


def _values(given: Given | Iterable[Given]) -> list[str]:
    several = [given] if isinstance(given, str | int | float) else list(given)
    return [str(value).lower() if isinstance(value, bool) else str(value) for value in several]
