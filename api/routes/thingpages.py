"""Pages of drugs, targets, conditions and end points: results by end point, the studies (planned ones too), and what authors say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

from cachetools import LRUCache, cached
from fastapi import APIRouter, Query, Request, Response

from mabgraph.graph.compare.compare import MOST
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary
from mabgraph.ingest.errors import QuestionError

from ..collections import resources
from ..collections.resources import Collection, Row
from ..http import signposts
from ..pages import counting, results
from ..pages.places import group_rows
from . import markup
from .listpages import LISTS
from .pageresponse import METHODS, respond, service_of, values_of_all
from .things import find_iri, find_rows, unknown_thing

router = APIRouter(include_in_schema=False)

#: Results on one page; things beside them, and claims.
SIZE: Final = 100
_BESIDE: Final = 50
_CLAIMS: Final = 200
#: The parts of the results of a thing: the kind in the address, and the heading; the first that has results is shown first.
KINDS: Final = (("endpoint", "End points"), ("adverse-event", "Adverse events"), ("other", "Other results"), ("baseline", "At baseline"))
#: The kinds of claims in the order of the page, with their headings.
_INTERFERENCE: Final = "interference"
_CLAIM_KINDS: Final = {
    _INTERFERENCE: "Interference with laboratory tests and other treatments", "recommendation": "Recommendations",
    "finding": "Findings", "caveat": "Caveats", "limitation": "Limitations", "mechanism": "Mechanisms",
    "reading note": "Notes of the reader",
}  # fmt: skip


#: Things of which the claims are kept, those asked for last.
_KEPT: Final = 64


class Beside(NamedTuple):
    """A list beside the results of a thing: its heading, its collection, and the address of its things."""

    heading: str
    collection: Collection
    address: str


_DRUGS: Final = Beside("Drugs", resources.DRUGS, "drugs")
_TARGETS: Final = Beside("Targets", resources.TARGETS, "targets")
_CONDITIONS: Final = Beside("Conditions", resources.CONDITIONS, "conditions")
#: The kinds of things with a page, by their address: the lists before their results.
_KINDS: Final = {"drugs": (_TARGETS, _CONDITIONS), "targets": (_DRUGS,), "conditions": (_DRUGS,), "endpoints": ()}


def _add(kind: str, beside: tuple[Beside, ...]) -> None:
    collection = LISTS[kind].collection

    def answer_thing(
        request: Request, name: str, page: int = Query(1, ge=1, le=100_000), results: str = Query("", alias="kind")
    ) -> Response:  # fmt: skip
        if results and results not in dict(KINDS):
            raise QuestionError(f"kind: {results[:40]!r} is none of {', '.join(dict(KINDS))}")
        catalogue = service_of(request).catalogue
        iri = find_iri(catalogue, collection, name)
        rows = find_rows(catalogue, collection, iri)
        if not rows:
            raise unknown_thing(collection, name)
        links = signposts.resource(iri.removeprefix(vocabulary.base()))
        head = signposts.elements(links)
        return respond(
            request, "thing.html", lambda: _values(request, kind, beside, rows[0], results, page, head), signposts.field(links)
        )  # fmt: skip

    router.add_api_route(f"/{kind}/{{name}}", answer_thing, methods=METHODS)


def _values(
    request: Request, kind: str, beside: tuple[Beside, ...], row: Row, part: str, page: int, head: str
) -> dict[str, Any]:  # fmt: skip
    catalogue, collection, iri = service_of(request).catalogue, LISTS[kind].collection, str(row["id"])
    name = vocabulary.local_name(iri)
    filters = {collection.one: iri, **({"exact": "true"} if kind == "endpoints" else {})}
    shown_part, shown, totals = _find_part(catalogue, filters, part, page)
    total = totals[shown_part]
    asked = {collection.one: name}
    data = [(f"/v1/{collection.name}/{quote(name)}.json", "json"), (f"/v1/estimates.csv?{urlencode(asked)}", "results, csv")]
    groups = group_rows([{"endpoint": each.row["endpoint"], "result": each} for each in shown], "endpoint")
    everything = sum(totals.values())
    return values_of_all(request, f"/{kind}", data, head + markup.thing_of(catalogue, iri)) | {
        "thing": row, "kind": LISTS[kind].heading, "total": total, "first": SIZE * (page - 1) + 1, "shown": len(shown),
        "groups": [_group(asked, [each["result"] for each in several]) for several in groups.values()],
        "parts": [(f"?kind={each}#results", words, totals[each], each == shown_part) for each, words in KINDS],
        "facts": [(words.replace("_", " "), row[words]) for words in ("class", "identifiers", "broader", "kind") if row.get(words)],
        "beside": [_list(catalogue, each, asked) for each in beside], "studies": _studies(catalogue, collection, iri, asked),
        "claims": _claims(catalogue, collection, iri), "everything": everything,
        "compare": f"/compare?{urlencode(asked)}" if 0 < everything <= MOST else "", "list": f"/estimates?{urlencode(asked)}",
        "previous": _page(shown_part, page - 1) if page > 1 else "",
        "following": _page(shown_part, page + 1) if SIZE * page < total else "",
    }  # fmt: skip


def _find_part(
    catalogue: Catalogue, filters: Mapping[str, str], part: str, page: int
) -> tuple[str, list[results.ShownResult], dict[str, int]]:  # fmt: skip
    """Return the part that is shown, ``part`` or the first with results, its results, and how many each part has."""
    counted = counting.count(catalogue, filters)
    totals = {each: counted.total([each]) for each, _ in KINDS}
    shown_part = part or next((each for each, total in totals.items() if total), KINDS[0][0])
    return shown_part, counted.page([shown_part], SIZE, SIZE * (page - 1)), totals


def _page(part: str, page: int) -> str:
    return f"?{urlencode({'kind': part, 'page': page})}"


def _group(asked: Mapping[str, str], several: Sequence[results.ShownResult]) -> dict[str, Any]:
    """Return the results of one end point with its name and page, and the comparison of what the page is about by it."""
    row = several[0].row
    endpoint = vocabulary.local_name(str(row["endpoint"]))
    return {
        "label": row["endpoint_label"], "address": results.address_of_endpoint(str(row["endpoint"])), "results": several,
        "compare": f"/compare?{urlencode({**asked, 'endpoint': endpoint})}",
    }  # fmt: skip


def _list(catalogue: Catalogue, beside: Beside, asked: Mapping[str, str]) -> dict[str, Any]:
    rows, total = beside.collection.find(catalogue, {name: [value] for name, value in asked.items()}, _BESIDE, 0)
    things = [(f"/{beside.address}/{quote(vocabulary.local_name(str(row['id'])))}", row["label"]) for row in rows]
    return {"heading": beside.heading, "things": things, "total": total, "all": f"/{beside.address}?{urlencode(asked)}"}


def _studies(catalogue: Catalogue, collection: Collection, iri: str, asked: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the studies of a thing, each with how many results the documents give, or what it plans or defines; three questions.

    Of an end point the list of studies has no filter.
    """
    if collection.one not in {each.name for each in resources.TRIALS.parameters}:
        return None
    rows, total = resources.TRIALS.find(catalogue, {collection.one: [iri]}, _BESIDE, 0)
    names = [str(row["id"]) for row in rows]
    counts: dict[str, int] = {}
    for row in catalogue.ask("study-results", {"trial": names}) if names else ():
        counts[str(row["study"])] = counts.get(str(row["study"]), 0) + int(str(row["results"]))
    planned = [each for each in names if not counts.get(each)]
    outcomes: dict[str, list[str]] = {}
    for row in catalogue.ask("comparisons", {"trial": planned}) if planned else ():
        several = outcomes.setdefault(str(row["study"]), [])
        several += [each for each in str(row["outcomes"] or "").split("\n") if each and each not in several]
    shown = [
        {"address": f"/studies/{quote(vocabulary.local_name(str(row['id'])))}", "outcomes": outcomes.get(str(row["id"]), ()),
         "results": counts.get(str(row["id"]), 0), **row}
        for row in rows
    ]  # fmt: skip
    return {"rows": shown, "total": total, "all": f"/studies?{urlencode(asked)}", "planned": len(planned)}


@cached(LRUCache(_KEPT), key=lambda catalogue, collection, iri: (catalogue.state, iri), lock=Lock())
def _find_claims(catalogue: Catalogue, collection: Collection, iri: str) -> tuple[list[Row], int]:
    """Return the claims about a thing, with quotes and discrepancies, and their number: the same on every page of its results."""
    listed = catalogue.ask("claims-about", {collection.one: [iri]})
    shown = listed[:_CLAIMS]
    if not shown:
        return [], 0
    asked = {"claim": [str(row["id"]) for row in shown]}
    quotes, disputed = (group_rows(catalogue.ask(name, asked), "claim") for name in ("claim-quotes", "claim-discrepancies"))
    kinds = catalogue.labels([str(row["claim_kind"]) for row in shown])
    rows = [
        {**row, "kind": kinds[str(row["claim_kind"])], "quotes": quotes.get(str(row["id"]), ()),
         "discrepancies": [str(each["text"]) for each in disputed.get(str(row["id"]), ())]}
        for row in shown
    ]  # fmt: skip
    return rows, len(listed)


def _claims(catalogue: Catalogue, collection: Collection, iri: str) -> dict[str, Any] | None:
    """Return what authors say of a drug or target by kind, with the quotes it rests on; of other things claims have no filter.

    What a target has of interference comes ``first``: treatments against it share it.
    """
    if collection.one not in {each.name for each in resources.CLAIMS.parameters}:
        return None
    rows, total = _find_claims(catalogue, collection, iri)
    kinds = group_rows(rows, "kind")
    ordered = [*(each for each in _CLAIM_KINDS if each in kinds), *(each for each in kinds if each not in _CLAIM_KINDS)]
    groups = [(_CLAIM_KINDS.get(each, each.capitalize()), kinds[each]) for each in ordered]
    first = groups.pop(0) if collection is resources.TARGETS and _INTERFERENCE in kinds else None
    data = f"/v1/claims.csv?{urlencode({collection.one: vocabulary.local_name(iri)})}"
    return {"groups": groups, "first": first, "more": total - len(rows), "total": total, "data": data}


for _kind, _beside in _KINDS.items():
    _add(_kind, _beside)
