"""Tools for agents: names, look-ups in batches, estimates with their places, questions, SPARQL.

Each description states the shape of the answer. Rows carry ids (IRIs) and anchors: the characters of the document where a
number is printed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BaseModel, Field

from mabgraph.graph import formats, names, question
from mabgraph.graph.catalogue import Catalogue
from mabgraph.graph.evaluation import Query
from mabgraph.ingest.errors import QuestionError, UnknownName

from . import resources, rows
from .settings import Settings
from .worker import Worker

#: The most names of a batch, and the most items on a page.
MOST: Final = 100

_JSON: Final = formats.SHORT["json"][0]
#: Fields of an estimate that an agent has by another name, or can ask a question for.
ELSEWHERE: Final = frozenset({"id", "url", "dataset", "checks"})
_NONE: Final[list[str]] = []
_NOTHING: Final[dict[str, str | list[str]]] = {}

Names = Annotated[
    list[str], Field(min_length=1, max_length=MOST, description="names of any kind: label, brand, code name, identifier, IRI")
]
Some = Annotated[list[str], Field(max_length=MOST, description="any names of it; several mean any of them; none: not asked by it")]
Page = Annotated[int, Field(ge=1, le=1_000_000, description="page, from 1")]
Size = Annotated[int, Field(ge=1, le=MOST, description="items on a page")]
Item = dict[str, Any]


class Answer(BaseModel):
    """What every tool answers with: the version of the dataset, and items; how to go on where they are not all."""

    dataset: str = Field(description="version of the dataset: cite it")
    truncated: bool = Field(default=False, description="whether there is more than stands here")
    more: str | None = Field(default=None, description="how to go on where there is more")
    items: list[Item]


class Batch(Answer):
    """Things by their names; a name that finds none, or several, is in ``unknown`` and does not fail the others."""

    unknown: list[Item] = Field(description="name, message, near (nearest known names), choices (IRIs that share the name)")


class Paged(Answer):
    """A page of items, and how many there are on all pages."""

    total: int
    page: int
    page_size: int


class PagedTable(Paged):
    """A page of rows, and the names of their columns."""

    columns: list[str]


class Tools:
    """The tools over one dataset; what is asked in SPARQL goes to a process that can be ended."""

    def __init__(self, settings: Settings, held: Catalogue, worker: Worker) -> None:
        """Take the settings with the limits, the opened dataset, and what evaluates SPARQL."""
        self._settings, self._held, self._worker = settings, held, worker

    def search(self, names: Names) -> Answer:
        """Find what names mean, in any spelling of any kind of thing (drug, target, condition, trial, endpoint, measure, document).

        Returns {"dataset": str, "items": [{"name": str, "found": [{"kind": str, "iri": str}], "near": {kind: [str]}}]}, one item
        for each name in the order given; near holds the nearest known names where nothing is called so.
        """
        return Answer(dataset=self._held.version, items=[self._searched(name) for name in names])

    def drugs(self, names: Names) -> Batch:
        """Look drugs up by any of their names: synonyms, identifiers, class, targets, studies.

        Returns {"dataset": str, "items": [{"name": str, "iri": str, "label": str, "definition": str,
        "details": {kind: [{"value": str, "label": str}]}}], "unknown": [{"name", "message", "near", "choices"}]};
        a value is an IRI where there is a label.
        """
        return self._batch("drug", names)

    def targets(self, names: Names) -> Batch:
        """Look targets up by symbol, gene or identifier: synonyms, identifiers, the drugs that bind them and their studies.

        Returns {"dataset": str, "items": [{"name": str, "iri": str, "label": str, "definition": str,
        "details": {kind: [{"value": str, "label": str}]}}], "unknown": [{"name", "message", "near", "choices"}]}.
        """
        return self._batch("target", names)

    def trials(self, names: Names) -> Batch:
        """Look studies up by acronym or registration number: design, groups, regimens, doses, comparisons, definitions, quantities.

        Returns {"dataset": str, "items": [{"name": str, "iri": str, "label": str,
        "details": {kind: [{"value": str, "label": str, "note": str, "operator": str, "number": str, "unit": str}]}}],
        "unknown": [{"name", "message", "near", "choices"}]}; what is not known is left out of a detail.
        """
        return self._batch("trial", names)

    def estimates(
        self, drug: Some = _NONE, target: Some = _NONE, trial: Some = _NONE, endpoint: Some = _NONE, measure: Some = _NONE,
        condition: Some = _NONE, document: Some = _NONE, page: Page = 1, page_size: Size = 10,
    ) -> Paged:  # fmt: skip
        """Ask for effect estimates and results of single groups that meet every filter, with their anchors and caveats.

        Returns {"dataset": str, "total": int, "page": int, "page_size": int, "items": [{"estimate": IRI, "study": IRI,
        "study_label", "intervention", "comparator", "endpoint_label", "measure_label", "value", "printed", "lower", "upper",
        "p_operator", "p_value", "count", "total", "population", "censoring", "document": IRI, "check_status", "check_reason", …,
        "caveats": [str], "figures": [{"figure": IRI, "role", "printed", "document", "start", "end", "exact"}]}]}.
        What a document does not report is left out. start and end count code points of the document's text from 0.
        Every column is described by the question "estimates" (see the tool questions).
        """
        filters = {
            "drug": drug, "target": target, "trial": trial, "endpoint": endpoint, "measure": measure, "condition": condition,
            "document": document,
        }  # fmt: skip
        given = {name: values for name, values in filters.items() if values}
        found, total = resources.ESTIMATES.find(self._held, given, page_size, (page - 1) * page_size)
        items = [{key: value for key, value in row.items() if value is not None and key not in ELSEWHERE} for row in found]
        return Paged(dataset=self._held.version, total=total, page=page, page_size=page_size, items=items)

    def questions(self) -> Answer:
        """List the questions that the tool ask takes, with their parameters and columns.

        Returns {"dataset": str, "items": [{"question": str, "summary": str, "parameters": [{"name", "type", "description",
        "required": bool, "many": bool}], "columns": {name: description}, "examples": [{parameter: value}]}]}.
        """
        known = [question.load(name) for name in question.list_names()]
        return Answer(dataset=self._held.version, items=[_described(one) for one in known if "graph" not in one.columns])

    def ask(
        self,
        question: Annotated[str, Field(description="name of a question, as the tool questions lists it")],
        parameters: Annotated[dict[str, str | list[str]], Field(description="values by parameter; several mean any of them")] = _NOTHING,
        page: Page = 1,
        page_size: Size = 50,
    ) -> PagedTable:
        """Ask one of the questions, within the limits of a SPARQL query; rows of anchors and figures carry document, start, end, exact.

        Returns {"dataset": str, "total": int, "page": int, "page_size": int, "columns": [str], "items": [{column: value}]};
        a value is text, a number, or null where nothing is known.
        """
        asked = _question(question)
        text = asked.fill(asked.terms(self._held.names, parameters))
        return _page(self._asked(text, self._settings.query_seconds), page, page_size)

    def sparql(
        self,
        query: Annotated[str, Field(description="SPARQL 1.1 SELECT or ASK; relative IRIs such as <ontology/Drug> are of the dataset")],
        seconds: Annotated[float | None, Field(gt=0, description="time limit; none: that of the service")] = None,
        page: Page = 1,
        page_size: Size = 100,
    ) -> PagedTable:
        """Run a SPARQL query, limited in time, memory and length of its answer; its rows come page by page. Order them to go on surely.

        Returns {"dataset": str, "total": int, "page": int, "page_size": int, "columns": [str], "items": [{variable: value}]}; a value is
        text, a number, a truth value, or null where nothing is bound; ASK gives one item {"boolean": bool}. The default graph is the
        union of all graphs.
        """
        limit = self._settings.query_seconds_most
        if seconds is not None and seconds > limit:
            raise QuestionError(f"seconds: at most {limit:g} s can be asked for")
        if len(query.encode(errors="replace")) > self._settings.query_bytes:
            raise QuestionError(f"the text is longer than {self._settings.query_bytes} bytes: make it shorter")
        return _page(self._asked(query, seconds or self._settings.query_seconds), page, page_size)

    def _asked(self, text: str, seconds: float) -> rows.Rows[rows.Solution]:
        version, answered = self._worker.ask(Query(text, _JSON, None, services=self._settings.service_allowed), seconds)
        if answered.error == "unacceptable":
            raise QuestionError("the query asks for a graph: ask for rows by SELECT, or for a truth value by ASK")
        if answered.error:
            raise QuestionError(answered.detail)
        return rows.solutions(json.loads(answered.body), version)

    def _searched(self, name: str) -> Item:
        found: list[Item] = []
        near: dict[str, list[str]] = {}
        for kind in names.KINDS:
            try:
                found.append({"kind": kind, "iri": self._held.names.find(kind, name)})
            except UnknownName as error:
                found += [{"kind": kind, "iri": choice} for choice in error.choices]
                near |= {kind: list(error.near)} if error.near else {}
        return {"name": name, "found": found, "near": {} if found else near}

    def _batch(self, kind: str, given: list[str]) -> Batch:
        found, unknown = [], []
        for name in given:
            try:
                found.append(self._looked_up(kind, name))
            except UnknownName as error:
                unknown.append({"name": name, "message": str(error), "near": list(error.near), "choices": list(error.choices)})
        return Batch(dataset=self._held.version, items=found, unknown=unknown)

    def _looked_up(self, kind: str, name: str) -> Item:
        found = self._held.ask(kind, {kind: name})
        first = found[0] if found else {}
        item = {"name": name, "iri": self._held.names.find(kind, name), "label": first.get("label"), "definition": first.get("definition")}
        return {key: value for key, value in item.items() if value is not None} | {"details": resources.details(found)}


def _page(table: rows.Rows[rows.Solution], page: int, page_size: int) -> PagedTable:
    shown = list(table[(page - 1) * page_size : page * page_size])
    return PagedTable(
        dataset=table.dataset, total=len(table), page=page, page_size=page_size, columns=list(table.columns), items=shown
    )  # fmt: skip


def _question(name: str) -> question.Question:
    return question.load(name)


def _described(one: question.Question) -> Item:
    parameters: list[Mapping[str, Any]] = [
        {"name": each.name, "type": each.type, "description": each.description, "required": each.required, "many": each.many}
        for each in one.parameters
    ]
    return {
        "question": one.name, "summary": one.summary, "parameters": parameters, "columns": one.columns, "examples": list(one.examples),
    }  # fmt: skip
