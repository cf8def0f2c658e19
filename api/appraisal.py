"""Tools for agents that appraise evidence: estimates side by side with the reasons against pooling them, the evidence network, chains.

What is refused is told as data beside the estimates: the reasons by their codes, and which of them can be acknowledged.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Final, Literal, get_origin

from pydantic import BaseModel, Field
from pydantic_core import from_json, to_json, to_jsonable_python

from mabgraph.graph import network as networking
from mabgraph.graph import vocabulary
from mabgraph.graph.catalogue import Catalogue
from mabgraph.graph.pooling import Refusal
from mabgraph.graph.reasons import CODES, Reason

from . import comparisons, networks
from .package import Package
from .tools import ELSEWHERE, MOST, Answer, Item, Page, Paged, Size

#: The most rows, links or sources that are named in a list inside an item, and the most characters of a text.
NAMED: Final = 20
LONGEST: Final = 2000
#: Lists of the network, which pages can be of.
_LISTS: Final = ("links", "within", "treatments", "trials", "announced", "parts", "gaps")
#: Lists inside an item that grow with the dataset, and are cut.
_CUT: Final = ("comparisons", "estimates", "arm_results", "groups", "regimens", "studies", "links", "planned")
#: What a synthesis says twice, in another arrangement.
_TWICE: Final = frozenset({"league"})
_NONE: Final[list[str]] = []

Some = Annotated[list[str], Field(max_length=50, description="any names of it; several mean any of them; none: not asked by it")]
Treatment = Annotated[str, Field(min_length=1, max_length=1000, description="a treatment: id, name, or its drugs in any order")]


class Compared(Paged):
    """A page of compared estimates; what is said of all of them is in every page."""

    address: str = Field(description="the query, below a service that answers by HTTP")
    sets: list[Item] = Field(description="estimates of one kind, measure and unit, with the reasons against taking them together")
    cautions: list[Item] = Field(description="what authors say of the studies and drugs together")
    absent: list[Item] = Field(description="what was asked for and no estimate is of")
    acknowledged: list[str] = Field(description="codes of the reasons that were acknowledged for the synthesis")
    synthesis: Item | None = Field(description="what came of what was asked for; none: nothing was, or it is refused")
    refused: Item | None = Field(description="why the synthesis is refused, and what can be acknowledged")


class Evidence(Paged):
    """A page of one list of the evidence network."""

    counts: dict[str, int] = Field(description="how many there are of each list")
    names: dict[str, str] = Field(description="names of the IRIs of this page")


class Way(Answer):
    """The shortest chain between two treatments, its steps as items, or the gap."""

    start: str
    to: str
    connected: bool
    treatments: list[str]
    gap: Item | None


class Appraisal:
    """The tools over one dataset. They ask the house's own questions alone, so that they need no process that can be ended."""

    def __init__(self, held: Catalogue) -> None:
        """Take the opened dataset."""
        self._held = held

    def compare(self, *, page: Page = 1, page_size: Size = 10, **asked: Any) -> Compared:
        """Put the estimates that meet every filter side by side: what may be compared with what, and why not.

        Nothing is pooled or ranked unless synthesise asks for it, and then only when no reason stands that is not acknowledged.
        That a synthesis is refused is no error: refused says why, and the estimates are there all the same. Acknowledge a code only
        when the person you answer has weighed its reason; tell them what was acknowledged. At most 500 estimates are compared.

        Returns {"dataset": str, "total": int, "page": int, "page_size": int, "address": str,
        "sets": [{"set": int, "name": str, "kind": "effect" or "arm", "measure": str, "unit": str, "comparability": str,
        "estimates": int, "reasons": [{"code": str, "text": str, "acknowledgeable": bool, "estimates": int, "sources": [IRI]}]}],
        "cautions": [as reasons], "absent": [{"kind", "name", "text"}], "acknowledged": [code],
        "synthesis": null or {"action", "kind", "treatments", "studies", "estimates": [{"treatment", "comparator", "measure",
        "natural": {"effect", "lower", "upper"}, "p", …}], "heterogeneity", "weights", "p_scores", "contrasts", "notes", …},
        "refused": null or {"text": str, "acknowledge": [code], "reasons": [as above]},
        "items": [{"set": int, "treatment", "against", "reasons": [code], "comparability", "anchor", … as the tool estimates gives it}]}.
        estimates counts those a reason is about: the items that have its code; where no item has it, "rows" names the first 20.
        acknowledge in refused is what is still to be acknowledged beside what was; where it is empty, nobody can go on.
        """
        filters = comparisons.Filters(**asked)
        said = _said(filters)
        found = comparisons.package(self._held, filters, said)
        refusal = found if isinstance(found, Refusal) else None
        if isinstance(found, Refusal):
            found = comparisons.package(self._held, filters.model_copy(update={"synthesise": None}), said)
            assert isinstance(found, Package)
        sets = {row.id: number for number, each in enumerate(found.comparison.sets) for row in each.rows}
        shown = found.rows[(page - 1) * page_size : page * page_size]
        return Compared(
            dataset=self._held.version, total=len(found.rows), page=page, page_size=page_size, address=found.address, sets=_sets(found),
            cautions=[_against(each) for each in found.comparison.cautions[:MOST]],
            absent=[{"kind": each.kind, "name": each.name, "text": each.text} for each in found.comparison.absent],
            acknowledged=list(found.acknowledged), synthesis=_synthesis(found), refused=_refused(refusal, found) if refusal else None,
            items=[_item(row, sets[row["estimate"]]) for row in shown],
        )  # fmt: skip

    def network(
        self, drug: Some = _NONE, target: Some = _NONE, condition: Some = _NONE, endpoint: Some = _NONE,
        items: Annotated[Literal[_LISTS], Field(description="which list of the network to give")] = "links",  # type: ignore[valid-type]
        page: Page = 1, page_size: Size = 10,
    ) -> Evidence:  # fmt: skip
        """Ask who is compared with whom, by which studies, on what evidence, and which treatments do not meet and why.

        Returns {"dataset": str, "total": int, "page": int, "page_size": int, "counts": {list: int}, "names": {IRI: str}, "items": …}.
        "links" gives [{"study": IRI, "study_name", "intervention": id, "comparator": id, "evidence": "estimates", "arms", "none" or
        "planned", "randomised": bool, "patients": int, "endpoints": [str], "caveats": [str], …}]; "within" the same of doses of one
        treatment; "treatments" [{"id", "name", "kind", "drugs": [IRI], …}]; "trials" the treatments that each study compares;
        "announced" trials named without results; "parts" what meets by comparisons with results: [{"number", "treatments": [id],
        "critical": [id], "reasons"}]; "gaps" why parts do not meet: [{"one", "other", "reasons", "text", …}].
        A list inside an item that is longer than 20 is cut, and "left_out" says of how many. No pooling is done here.
        """
        found = networking.read(self._held, drug, target, condition, endpoint)
        said = to_jsonable_python(networks.said(self._held, found))
        shown = [_cut(each) for each in said[items][(page - 1) * page_size : page * page_size]]
        return Evidence(
            dataset=self._held.version, total=len(said[items]), page=page, page_size=page_size,
            counts={name: len(said[name]) for name in _LISTS}, names=_named(shown, said["names"]), items=shown,
        )  # fmt: skip

    def chain(self, start: Treatment, to: Treatment) -> Way:
        """Find the shortest chain of comparisons with results between two treatments, or why they do not meet.

        Returns {"dataset": str, "start": id, "to": id, "connected": bool, "treatments": [id],
        "items": [{"one": id, "other": id, "links": [as the tool network gives them], "implied": bool, "trials": [IRI]}],
        "gap": null or {"text": str, "reasons": [str], "nearest": [{"one", "other", "drugs"}], "planned": [links], …}}.
        That there is a chain says nothing of whether its studies are alike enough: read the caveats of its links, and ask compare.
        """
        said = to_jsonable_python(networks.way(self._held, start, to))
        return Way(
            dataset=self._held.version, start=said["from"], to=said["to"], connected=said["connected"],
            treatments=said.get("treatments", []), items=[_cut(step) for step in said.get("steps", ())],
            gap=_cut(said["gap"]) if "gap" in said else None,
        )  # fmt: skip


def _signature() -> inspect.Signature:
    """Return the signature of the tool ``compare``: every parameter of ``/v1/compare`` but the format, with its limits and its words."""
    plain = inspect.signature(Appraisal.compare, eval_str=True)
    own = {name: each for name, each in plain.parameters.items() if each.kind is not inspect.Parameter.VAR_KEYWORD}
    asked = []
    for name, field in comparisons.Filters.model_fields.items():
        if name != "format":
            several = [Field(max_length=MOST)] if get_origin(field.annotation) is list else []
            kind: Any = Annotated[(field.annotation, *field.metadata, *several, Field(description=field.description))]
            asked.append(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=kind))
    return plain.replace(parameters=[own.pop("self"), *asked, *own.values()])


Appraisal.compare.__signature__ = _signature()  # type: ignore[attr-defined]


def _said(filters: BaseModel) -> list[tuple[str, str]]:
    """Return what was asked as the parameters of an address, what was left out aside."""
    given = [(name, value) for name, value in filters if value not in (None, [], False)]
    several = [(name, each) for name, value in given for each in (value if isinstance(value, list) else [value])]
    return [(name, str(value).lower() if isinstance(value, bool) else str(value)) for name, value in several]


def _sets(found: Package) -> list[Item]:
    return [
        {
            "set": number, "name": each.name, "kind": each.kind, "measure": each.measure, "unit": each.unit,
            "comparability": each.comparability.value, "estimates": len(each.rows), "reasons": [_against(one) for one in each.reasons],
        }
        for number, each in enumerate(found.comparison.sets)
    ]  # fmt: skip


def _against(reason: Reason) -> Item:
    return {
        "code": reason.code, "text": _short(reason.text), "acknowledgeable": CODES[reason.code][1], "estimates": len(reason.rows),
        "sources": list(reason.sources[:NAMED]),
    }  # fmt: skip


def _refused(refusal: Refusal, found: Package) -> Item:
    """Return the refusal; a reason that no estimate of ``found`` carries names its rows."""
    carried = {code for row in found.rows for code in row["reasons"]}
    reasons = [_against(each) | ({} if each.code in carried else {"rows": list(each.rows[:NAMED])}) for each in refusal.reasons]
    return {"text": refusal.text, "acknowledge": list(refusal.codes), "reasons": reasons}


def _synthesis(found: Package) -> Item | None:
    """Return what came of an action as plain values: a number that JSON has not is a text, a list has at most :data:`MOST` items."""
    if found.pooled is None:
        return None
    said: Item = from_json(to_json(found.pooled.synthesis.as_json(), inf_nan_mode="strings"))
    kept = {name: value for name, value in said.items() if name not in _TWICE}
    long = {name: len(value) - MOST for name, value in kept.items() if isinstance(value, list) and len(value) > MOST}
    cut = {name: value[:MOST] if name in long else value for name, value in kept.items()}
    return {"action": found.pooled.action.value, **cut} | ({"left_out": long} if long else {})


def _item(row: Mapping[str, Any], number: int) -> Item:
    return {"set": number} | {key: value for key, value in row.items() if value is not None and key not in ELSEWHERE}


def _cut(item: Mapping[str, Any]) -> Item:
    """Return ``item`` with its long lists cut, and those of items in it; ``left_out`` says how many of each are not there.

    >>> _cut({"id": "a", "groups": ["g"] * 21})["left_out"]
    {'groups': 1}
    """
    long = {name: len(item[name]) - NAMED for name in _CUT if len(item.get(name) or ()) > NAMED}
    kept = {name: value[:NAMED] if name in long else value for name, value in item.items()}
    inside = {name: [_cut(each) for each in value] for name, value in kept.items() if name in {"links", "planned"}}
    return kept | inside | ({"left_out": long} if long else {})


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def _named(items: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> dict[str, str]:
    """Return the names of the IRIs in ``items``."""
    values = (value if isinstance(value, list) else [value] for item in items for value in item.values())
    used: Sequence[str] = [each for several in values for each in several if isinstance(each, str)]
    return {iri: names[iri] for iri in dict.fromkeys(used) if vocabulary.is_ours(iri) and iri in names}
