"""Tools for agents: names, look-ups in batches, estimates with their places, questions, SPARQL.

Each description states the shape of the answer. Rows carry ids (IRIs) and anchors: the characters of the document that print a
number.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BaseModel, Field

from mabgraph.graph.questions import names, question, search, understanding
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.sparql.evaluation import Query
from mabgraph.graph.store import formats
from mabgraph.ingest.errors import QuestionError, UnknownName

from ..client import rows, solutions
from ..collections import brief, resources, undirected
from ..http.settings import Settings
from .worker import Worker

#: Most names in a batch, and most items on a page.
MOST: Final = 100

#: Most matches for words that are no name of one thing.
_WORDS_MATCHES: Final = 12
_JSON: Final = formats.SHORT["json"][0]
_NONE: Final[list[str]] = []
_NOTHING: Final[dict[str, str | list[str]]] = {}

Names = Annotated[
    list[str], Field(min_length=1, max_length=MOST, description="names of any kind: label, brand, code name, identifier, IRI")
]
Some = Annotated[list[str], Field(max_length=MOST, description="any names; several mean any of them; empty: no filter")]
Page = Annotated[int, Field(ge=1, le=1_000_000, description="page number, from 1")]
Size = Annotated[int, Field(ge=1, le=MOST, description="items on a page")]
Item = dict[str, Any]


class ToolAnswer(BaseModel):
    """The base of all tool answers: dataset version, items, and how to get the rest."""

    dataset: str = Field(description="version of the dataset: cite it")
    truncated: bool = Field(default=False, description="whether the answer is truncated")
    more: str | None = Field(default=None, description="how to get the rest, if truncated")
    items: list[Item]


class BatchAnswer(ToolAnswer):
    """Things by their names; unknown and ambiguous names are in ``unknown`` and do not fail the others."""

    unknown: list[Item] = Field(description="name, message, near (nearest known names), choices (IRIs that share the name)")


class PageAnswer(ToolAnswer):
    """A page of items, and the total number."""

    total: int
    page: int
    page_size: int


class FilteredAnswer(PageAnswer):
    """A page of items, how the filters were read, and, where nothing meets them, why."""

    understood: str
    empty: str | None = Field(default=None, description="why nothing meets the filters, and what has rows")


class EstimatesAnswer(FilteredAnswer):
    """A page of estimates, how the filters were read, what the estimates share, and, where nothing meets the filters, why."""

    included: brief.Included = Field(
        description="what estimates share: by field and its value, further fields of each item with this value"
    )
    texts: dict[str, str] = Field(description="caveats and limitations that many items have, by the marks that stand for them, such as #1")
    analyses: str | None = Field(default=None, description="that analyses without a direction are beside these: see the tool analyses")


class TableAnswer(PageAnswer):
    """A page of rows, and the names of their columns."""

    columns: list[str]


class Tools:
    """The tools over one dataset; SPARQL queries run in a killable process."""

    def __init__(self, settings: Settings, catalogue: Catalogue, worker: Worker) -> None:
        """Use the limits of ``settings``, the opened dataset, and ``worker`` for SPARQL."""
        self._settings, self._catalogue, self._worker = settings, catalogue, worker

    def search(self, names: Names) -> ToolAnswer:
        """Find what names mean, in any spelling of any kind of thing (drug, target, condition, trial, endpoint, measure, document).

        A name may be several words that name several things ("blinatumomab overall survival"), or words of claims, definitions and
        discrepancies.

        Returns {"dataset": str, "items": [{"name": str, "found": [{"kind": str, "iri": str}], "near": {kind: [str]},
        "parts": [{"kind": str, "iri": str, "words": str}], "asks": [{"filters": {str: [str]}, "total": int}],
        "texts": [{"kind", "iri", "text", "document"}]}]}, one item for each name in the order of the request. If it is no name of
        one thing, near holds the nearest known names, parts the things that it names, asks filters of estimates with rows of all of
        them, and texts those that have its words.
        """
        return ToolAnswer(dataset=self._catalogue.version, items=[self._search_one(name) for name in names])

    def drugs(self, names: Names) -> BatchAnswer:
        """Look drugs up by any of their names: synonyms, identifiers, class, targets, studies.

        Returns {"dataset": str, "items": [{"name": str, "iri": str, "label": str, "definition": str,
        "details": {kind: [{"value": str, "label": str}]}}], "unknown": [{"name", "message", "near", "choices"}]};
        a value with a label is an IRI.
        """
        return self._batch("drug", names)

    def targets(self, names: Names) -> BatchAnswer:
        """Look targets up by symbol, gene or identifier: synonyms, identifiers, the drugs that bind them and their studies.

        Returns {"dataset": str, "items": [{"name": str, "iri": str, "label": str, "definition": str,
        "details": {kind: [{"value": str, "label": str}]}}], "unknown": [{"name", "message", "near", "choices"}]}.
        """
        return self._batch("target", names)

    def trials(self, names: Names) -> BatchAnswer:
        """Look studies up by acronym or registration number: design, groups, regimens, doses, comparisons, definitions, quantities.

        Returns {"dataset": str, "items": [{"name": str, "iri": str, "label": str,
        "details": {kind: [{"value": str, "label": str, "note": str, "operator": str, "number": str, "unit": str}]}}],
        "unknown": [{"name", "message", "near", "choices"}]}; unknown fields are left out of a detail.
        """
        return self._batch("trial", names)

    def estimates(
        self, drug: Some = _NONE, target: Some = _NONE, trial: Some = _NONE, endpoint: Some = _NONE, measure: Some = _NONE,
        condition: Some = _NONE, document: Some = _NONE, page: Page = 1, page_size: Size = 10, exact: bool = False,
    ) -> EstimatesAnswer:  # fmt: skip
        """Get effect estimates and results of single groups that meet every filter, with anchors, caveats and limitations.

        Filters include narrower end points and conditions, unless exact is true. "understood" says how they were read, "empty" why
        nothing meets them.

        Returns {"dataset": str, "understood": str, "empty": str, "total": int, "page": int, "page_size": int,
        "included": {"study_label": {name: {"study": IRI, "registration", "design", "document": IRI, …}},
        "measure_label": {name: {"measure": IRI, "kind"}},
        "analysis": {name: {"method", "test", "adjusted_for", "analysis_basis"}}}, "texts": {mark: str},
        "items": [{"estimate": IRI, "study_label", "group", "intervention", "comparator", "endpoint": IRI, "endpoint_label",
        "measure_label", "value", "printed", "lower", "upper", "p_operator", "p_value", "count", "total", "analysis", "population",
        "censoring",
        "check_status", …, "discrepancies": [str], "caveats": [str], "limitations": [str], "not_reported": [str],
        "figures": [{"role", "printed", "document", "start", "end", "pointer"}]}]}.
        An item has the fields that "included" gives for its study_label, measure_label and analysis, too; a caveat or limitation such as
        "#1" is the text that "texts" gives for it.
        Unreported fields are left out. start and end count code points of the document's text from 0; pointer is the place in a
        registry record (RFC 6901). "analyses" says that analyses without a direction are beside these.
        Every column is described by the question "estimates" (see the tool questions), which gives whole rows; the question "anchors"
        gives the words around a figure, "checks" the checks of an estimate.
        """
        filters = {
            "drug": drug, "target": target, "trial": trial, "endpoint": endpoint, "measure": measure, "condition": condition,
            "document": document,
        }  # fmt: skip
        nonempty_filters = {name: values for name, values in filters.items() if values} | ({"exact": ["true"]} if exact else {})
        understood = understanding.describe(understanding.read(self._catalogue, resources.ESTIMATES.asks, nonempty_filters))
        page_rows, total = resources.ESTIMATES.find(self._catalogue, nonempty_filters, page_size, (page - 1) * page_size)
        short, included, texts = brief.shorten(resources.ESTIMATES, page_rows)
        items = [{"estimate": row["id"], **{name: value for name, value in row.items() if name not in {"id", "url"}}} for row in short]
        emptiness = None if total else understanding.explain_empty(self._catalogue, resources.ESTIMATES.asks, nonempty_filters)
        return EstimatesAnswer(
            dataset=self._catalogue.version, understood=understood, empty=None if emptiness is None else str(emptiness),
            total=total, page=page, page_size=page_size, included=included, texts=texts, items=items,
            analyses=beside["note"] if (beside := undirected.find_beside(self._catalogue, nonempty_filters, total)) else None,
        )  # fmt: skip

    def questions(self) -> ToolAnswer:
        """List the questions that the tool ask takes, with their parameters and columns.

        Returns {"dataset": str, "items": [{"question": str, "summary": str, "parameters": [{"name", "type", "description",
        "required": bool, "many": bool}], "columns": {name: description}, "examples": [{parameter: value}]}]}.
        """
        known = [question.load(name) for name in question.list_names()]
        return ToolAnswer(dataset=self._catalogue.version, items=[_describe(one) for one in known if "graph" not in one.columns])

    def ask(
        self,
        question: Annotated[str, Field(description="name of a question, as the tool questions lists it")],
        parameters: Annotated[dict[str, str | list[str]], Field(description="values by parameter; several mean any of them")] = _NOTHING,
        page: Page = 1,
        page_size: Size = 50,
    ) -> TableAnswer:
        """Ask one of the questions, within the limits of a SPARQL query; rows of anchors and figures carry document, start, end, exact.

        Returns {"dataset": str, "total": int, "page": int, "page_size": int, "columns": [str], "items": [{column: value}]};
        a value is text, a number, or null if unbound.
        """
        asked = _question(question)
        text = asked.fill(asked.terms(self._catalogue.names, parameters))
        return _page(self._run_query(text, self._settings.query_seconds), page, page_size)

    def sparql(
        self,
        query: Annotated[str, Field(description="SPARQL 1.1 SELECT or ASK; relative IRIs such as <ontology/Drug> are of the dataset")],
        seconds: Annotated[float | None, Field(gt=0, description="time limit; null: that of the service")] = None,
        page: Page = 1,
        page_size: Size = 100,
    ) -> TableAnswer:
        """Run a SPARQL query, limited in time, memory and length of the result; rows are paged. Use ORDER BY for stable pages.

        Returns {"dataset": str, "total": int, "page": int, "page_size": int, "columns": [str], "items": [{variable: value}]}; a value is
        text, a number, a boolean, or null if unbound; ASK returns one item {"boolean": bool}. The default graph is the
        union of all graphs.
        """
        query = _strip_fences(query)
        limit = self._settings.query_seconds_most
        if seconds is not None and seconds > limit:
            raise QuestionError(f"seconds: at most {limit:g} s are allowed")
        if len(query.encode(errors="replace")) > self._settings.query_bytes:
            raise QuestionError(f"the text is longer than {self._settings.query_bytes} bytes: make it shorter")
        return _page(self._run_query(query, seconds or self._settings.query_seconds), page, page_size)

    def _run_query(self, text: str, seconds: float) -> rows.Rows[rows.Solution]:
        version, outcome = self._worker.ask(Query(text, _JSON, None, services=self._settings.service_allowed), seconds)
        if outcome.error == "unacceptable":
            raise QuestionError("the query returns a graph: use SELECT for rows, or ASK for a boolean")
        if outcome.error:
            raise QuestionError(outcome.detail)
        return solutions.solutions(json.loads(outcome.body), version)

    def _search_one(self, name: str) -> Item:
        matches: list[Item] = []
        near: dict[str, list[str]] = {}
        for kind in names.KINDS:
            try:
                matches.append({"kind": kind, "iri": self._catalogue.names.find(kind, name)})
            except UnknownName as error:
                matches += [{"kind": kind, "iri": choice} for choice in error.choices]
                near |= {kind: list(error.near)} if error.near else {}
        return {"name": name, "found": matches, "near": {} if matches else near} | ({} if matches else self._search_words(name))

    def _search_words(self, words: str) -> Item:
        """Return what several words name one by one, how to ask for all of it, and the texts that have the words."""
        findings = search.search(self._catalogue, words, _WORDS_MATCHES)
        exact = [{"kind": each.kind, "iri": each.iri, "words": each.words} for each in findings.matches if each.likeness == 100.0]
        texts = [
            {"kind": each.kind, "iri": each.iri, "text": each.text, "document": each.document} for each in findings.matches if each.text
        ]
        asks = [{"filters": {key: list(values) for key, values in each.filters.items()}, "total": each.total} for each in findings.asks]
        return {"parts": exact, "asks": asks, "texts": texts}

    def _batch(self, kind: str, requested: list[str]) -> BatchAnswer:
        items, unknown = [], []
        for name in requested:
            try:
                items.append(self._look_up(kind, name))
            except UnknownName as error:
                unknown.append({"name": name, "message": str(error), "near": list(error.near), "choices": list(error.choices)})
        return BatchAnswer(dataset=self._catalogue.version, items=items, unknown=unknown)

    def _look_up(self, kind: str, name: str) -> Item:
        detail_rows = self._catalogue.ask(kind, {kind: name})
        first = detail_rows[0] if detail_rows else {}
        item = {
            "name": name,
            "iri": self._catalogue.names.find(kind, name),
            "label": first.get("label"),
            "definition": first.get("definition"),
        }
        return {key: value for key, value in item.items() if value is not None} | {"details": resources.details(detail_rows)}


def _page(table: rows.Rows[rows.Solution], page: int, page_size: int) -> TableAnswer:
    shown = list(table[(page - 1) * page_size : page * page_size])
    return TableAnswer(
        dataset=table.dataset, total=len(table), page=page, page_size=page_size, columns=list(table.columns), items=shown
    )  # fmt: skip


def _question(name: str) -> question.Question:
    return question.load(name)


def _describe(one: question.Question) -> Item:
    parameters: list[Mapping[str, Any]] = [
        {"name": each.name, "type": each.type, "description": each.description, "required": each.required, "many": each.many}
        for each in one.parameters
    ]
    return {
        "question": one.name, "summary": one.summary, "parameters": parameters, "columns": one.columns, "examples": list(one.examples),
    }  # fmt: skip


def _strip_fences(text: str) -> str:
    r"""Return a query without the fences that models put around code.

    >>> _strip_fences("```sparql\nASK {}\n```"), _strip_fences("ASK {}")
    ('ASK {}', 'ASK {}')
    """
    fence, lines = "```", text.strip().splitlines()
    fenced = len(lines) > 2 and lines[0].startswith(fence) and lines[-1].strip() == fence
    return "\n".join(lines[1:-1]) if fenced else text
