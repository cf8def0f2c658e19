"""Tools for agents that appraise evidence: estimates side by side with the reasons against pooling them, the evidence network, chains.

A refused synthesis is reported as data beside the estimates: the reasons with their codes, and which of them can be acknowledged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Final, Literal, get_origin

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic_core import from_json, to_json

from mabgraph.graph.compare.pooling import Refusal
from mabgraph.graph.compare.reasons import Reason
from mabgraph.graph.network import network as networking
from mabgraph.graph.network.declaration import GROWING, NetworkValue
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary
from mabgraph.graph.synthesis.codes import CODES

from ..collections import models
from ..exports import evidencenetwork, selection
from ..exports.package import Package
from .tools import MOST, FilteredAnswer, Item, Page, Size, ToolAnswer

#: Fields of an estimate that are redundant for an agent, or available from a question.
OMITTED_FIELDS: Final = frozenset({"id", "url", "dataset", "checks"})
#: Limits: members of a list inside an item, and characters of a text.
NAMED: Final = 20
LONGEST: Final = 2000
#: Lists of the network that can be paged through.
_LISTS: Final = ("links", "within", "treatments", "trials", "announced", "parts", "gaps")
#: Redundant parts of a synthesis: the same numbers in another arrangement.
_REDUNDANT: Final = frozenset({"league"})
_NONE: Final[list[str]] = []

Some = Annotated[list[str], Field(max_length=50, description="any names; several mean any of them; empty: no filter")]
Treatment = Annotated[str, Field(min_length=1, max_length=1000, description="a treatment: id, name, or its drugs in any order")]


def _compare_arguments() -> type[BaseModel]:
    """Return the model of the arguments of :meth:`Appraisal.compare`: the parameters of ``/v1/compare`` without the format, and a page."""
    fields: dict[str, Any] = {}
    for name, field in selection.Filters.model_fields.items():
        if name != "format":
            several = [Field(max_length=MOST)] if get_origin(field.annotation) is list else []
            fields[name] = Annotated[(field.annotation, *field.metadata, *several, Field(description=field.description))], field.default
    return create_model("compareArguments", __config__=ConfigDict(extra="forbid"), **fields, page=(Page, 1), page_size=(Size, 10))


CompareArguments: Final = _compare_arguments()


class ComparisonAnswer(FilteredAnswer):
    """A page of compared estimates; sets, cautions and synthesis are repeated on every page."""

    address: str = Field(description="path and query string for the HTTP service")
    sets: list[Item] = Field(description="estimates of one kind, measure and unit, with the reasons against pooling them")
    cautions: list[Item] = Field(description="caveats of authors that concern the studies or drugs as a whole")
    absent: list[Item] = Field(description="requested drugs, targets or trials without estimates")
    acknowledged: list[str] = Field(description="codes of the reasons acknowledged for the synthesis")
    synthesis: Item | None = Field(description="outcome of the requested synthesis; null: none requested, or refused")
    refused: Item | None = Field(description="why the synthesis is refused, and the codes that can be acknowledged")


class NetworkAnswer(FilteredAnswer):
    """A page of one list of the evidence network."""

    counts: dict[str, int] = Field(description="length of each list")
    names: dict[str, str] = Field(description="labels of the IRIs on this page")


class ChainAnswer(ToolAnswer):
    """The shortest chain between two treatments, with its steps as items, or the gap."""

    start: str
    to: str
    connected: bool
    treatments: list[str]
    gap: Item | None


class Appraisal:
    """The appraisal tools over one dataset. They run only predefined questions, so they need no killable evaluator process."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Use the opened dataset ``catalogue``."""
        self._catalogue = catalogue

    def compare(self, arguments: BaseModel) -> ComparisonAnswer:
        """Compare the estimates that meet every filter: which may be pooled, and the reasons against pooling.

        Nothing is pooled or ranked unless synthesise requests it, and then only if every reason against it is acknowledged.
        A refused synthesis is not an error: refused gives the reasons, and the estimates are returned. Acknowledge a code only after
        the user has weighed its reason; tell the user which codes were acknowledged. At most 500 estimates are compared.

        Returns {"dataset": str, "understood": str, "empty": str, "total": int, "page": int, "page_size": int, "address": str,
        "sets": [{"set": int, "name": str, "kind": "effect" or "arm", "measure": str, "unit": str, "comparability": str,
        "estimates": int, "reasons": [{"code": str, "text": str, "acknowledgeable": bool, "estimates": int, "sources": [IRI]}]}],
        "cautions": [as reasons], "absent": [{"kind", "name", "text"}], "acknowledged": [code],
        "synthesis": null or {"action", "kind", "treatments", "studies", "estimates": [{"treatment", "comparator", "measure",
        "natural": {"effect", "lower", "upper"}, "p", …}], "heterogeneity", "weights", "p_scores", "contrasts", "notes", …},
        "refused": null or {"text": str, "acknowledge": [code], "reasons": [as above]},
        "items": [{"set": int, "treatment", "against", "reasons": [code], "comparability", "anchor", … as the tool estimates gives it}]}.
        estimates counts the estimates that a reason concerns: the items with its code; if no item has it, "rows" lists the first 20.
        acknowledge in refused lists the codes still to acknowledge; if it is empty, the synthesis cannot be done.
        """
        asked = arguments.model_dump()
        page, page_size = asked.pop("page"), asked.pop("page_size")
        filters = selection.Filters(**asked)
        parameters = _query_parameters(filters)
        package = selection.package(self._catalogue, filters, parameters)
        refusal = package if isinstance(package, Refusal) else None
        if isinstance(package, Refusal):
            package = selection.package(self._catalogue, filters.model_copy(update={"synthesise": None}), parameters)
            assert isinstance(package, Package)
        sets = {row.id: number for number, each in enumerate(package.comparison.sets) for row in each.rows}
        shown = package.rows[(page - 1) * page_size : page * page_size]
        return ComparisonAnswer(
            dataset=self._catalogue.version, understood=package.understood, empty=package.empty,
            total=len(package.rows), page=page, page_size=page_size, address=package.address,
            sets=_sets(package),
            cautions=[_reason_item(each) for each in package.comparison.cautions[:MOST]],
            absent=[{"kind": each.kind, "name": each.name, "text": each.text} for each in package.comparison.absent],
            acknowledged=list(package.acknowledged), synthesis=_synthesis(package),
            refused=_refusal_item(refusal, package) if refusal else None,
            items=[_item(row, sets[row["estimate"]]) for row in shown],
        )  # fmt: skip

    def network(
        self, drug: Some = _NONE, target: Some = _NONE, condition: Some = _NONE, endpoint: Some = _NONE,
        items: Annotated[Literal[_LISTS], Field(description="which list of the network to return")] = "links",  # type: ignore[valid-type]
        page: Page = 1, page_size: Size = 10,
    ) -> NetworkAnswer:  # fmt: skip
        """Get the evidence network: which treatments were compared by which studies, and which are not connected and why.

        Returns {"dataset": str, "understood": str, "empty": str, "total": int, "page": int, "page_size": int, "counts": {list: int},
        "names": {IRI: str}, "items": …}.
        "links" gives [{"study": IRI, "study_name", "intervention": id, "comparator": id, "evidence": "estimates", "arms", "none" or
        "planned", "randomised": bool, "patients": int, "endpoints": [str], "caveats": [str], "limitations": [str], …}];
        "within" the same of doses of one
        treatment; "treatments" [{"id", "name", "kind", "drugs": [IRI], …}]; "trials" the treatments that each study compares;
        "announced" trials without results; "parts" the connected components by comparisons with results: [{"number", "treatments": [id],
        "critical": [id], "reasons"}]; "gaps" why components are not connected: [{"one", "other", "reasons", "text", …}].
        A list inside an item is truncated to 20; "left_out" counts what is missing. Nothing is pooled here.
        """
        asked = {"drug": drug, "target": target, "condition": condition, "endpoint": endpoint}
        filters = {name: values for name, values in asked.items() if values}
        answer = evidencenetwork.answer(self._catalogue, networking.read(self._catalogue, **filters), filters)
        lists: dict[str, Sequence[NetworkValue]] = {name: getattr(answer, name) for name in _LISTS}
        shown = [_cut(each) for each in lists[items][(page - 1) * page_size : page * page_size]]
        return NetworkAnswer(
            dataset=answer.dataset, understood=answer.understood, empty=answer.empty,
            total=len(lists[items]), page=page, page_size=page_size,
            counts={name: len(members) for name, members in lists.items()}, names=_names_of_iris(shown, answer.names), items=shown,
        )  # fmt: skip

    def chain(self, start: Treatment, to: Treatment) -> ChainAnswer:
        """Find the shortest chain of comparisons with results between two treatments, or why they are not connected.

        Returns {"dataset": str, "start": id, "to": id, "connected": bool, "treatments": [id],
        "items": [{"one": id, "other": id, "links": [as in the tool network], "implied": bool, "trials": [IRI]}],
        "gap": null or {"text": str, "reasons": [str], "nearest": [{"one", "other", "drugs"}], "planned": [links], …}}.
        A chain does not mean that its studies are similar enough to pool: read the caveats of its links, and call compare.
        """
        chain = evidencenetwork.chain(self._catalogue, start, to)
        return ChainAnswer(
            dataset=chain.dataset, start=chain.start, to=chain.to, connected=chain.connected, treatments=list(chain.treatments),
            items=[_cut(step) for step in chain.steps], gap=_cut(chain.gap) if chain.gap else None,
        )  # fmt: skip


def _query_parameters(filters: BaseModel) -> list[tuple[str, str]]:
    """Return the filters as query parameters, without those that are not set."""
    parameters = [(name, value) for name, value in filters if models.is_given(value)]
    several = [(name, each) for name, value in parameters for each in (value if isinstance(value, list) else [value])]
    return [(name, str(value).lower() if isinstance(value, bool) else str(value)) for name, value in several]


def _sets(package: Package) -> list[Item]:
    return [
        {
            "set": number, "name": each.name, "kind": each.kind, "measure": each.measure, "unit": each.unit,
            "comparability": each.comparability.value, "estimates": len(each.rows), "reasons": [_reason_item(one) for one in each.reasons],
        }
        for number, each in enumerate(package.comparison.sets)
    ]  # fmt: skip


def _reason_item(reason: Reason) -> Item:
    return {
        "code": reason.code, "text": _shorten(reason.text), "acknowledgeable": CODES[reason.code][1], "estimates": len(reason.rows),
        "sources": list(reason.sources[:NAMED]),
    }  # fmt: skip


def _refusal_item(refusal: Refusal, package: Package) -> Item:
    """Return the refusal; a reason that no estimate of ``package`` carries lists its rows."""
    carried = {code for row in package.rows for code in row["reasons"]}
    reasons = [_reason_item(each) | ({} if each.code in carried else {"rows": list(each.rows[:NAMED])}) for each in refusal.reasons]
    return {"text": refusal.text, "acknowledge": list(refusal.codes), "reasons": reasons}


def _synthesis(package: Package) -> Item | None:
    """Return the synthesis as plain values: NaN and infinity are strings, lists have at most :data:`MOST` items."""
    if package.pooled is None:
        return None
    fields: Item = from_json(to_json(package.pooled.synthesis.as_json(), inf_nan_mode="strings"))
    kept = {name: value for name, value in fields.items() if name not in _REDUNDANT}
    long = {name: len(value) - MOST for name, value in kept.items() if isinstance(value, list) and len(value) > MOST}
    cut = {name: value[:MOST] if name in long else value for name, value in kept.items()}
    return {"action": package.pooled.action.value, **cut} | ({"left_out": long} if long else {})


def _item(row: Mapping[str, Any], number: int) -> Item:
    return {"set": number} | {key: value for key, value in row.items() if value is not None and key not in OMITTED_FIELDS}


def _cut(value: NetworkValue) -> Item:
    """Return ``value`` with its growing lists truncated, also in nested values; ``left_out`` counts what is missing of each list.

    >>> from mabgraph.graph.network.declaration import Component
    >>> _cut(Component(number=1, treatments=(), studies=("s",) * 21, critical=(), reasons=()))["left_out"]
    {'studies': 1}
    """
    item: Item = value.model_dump(mode="json")
    long: dict[str, int] = {}
    for name, field in type(value).model_fields.items():
        if GROWING in field.metadata:
            members = getattr(value, name)
            item[name] = [_cut(each) if isinstance(each, NetworkValue) else each for each in members[:NAMED]]
            long |= {name: len(members) - NAMED} if len(members) > NAMED else {}
    return item | ({"left_out": long} if long else {})


def _shorten(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def _names_of_iris(items: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> dict[str, str]:
    """Return the labels of the IRIs in ``items``."""
    values = (value if isinstance(value, list) else [value] for item in items for value in item.values())
    used: Sequence[str] = [each for several in values for each in several if isinstance(each, str)]
    return {iri: names[iri] for iri in dict.fromkeys(used) if vocabulary.is_ours(iri) and iri in names}
