"""The tool for agents about analyses without a stated direction: shown with their groups and numbers, never compared."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from mabgraph.graph.questions import understanding
from mabgraph.graph.questions.catalogue import Catalogue

from ..collections import brief, resources
from .tools import MOST, FilteredAnswer, Page, Size, Some

_KINDS: Final = tuple(next(each for each in resources.ANALYSES.parameters if each.name == "kind").choices)
_NONE: Final[list[str]] = []
_OMITTED: Final = frozenset({"url"})

Kinds = Annotated[list[Literal[_KINDS]], Field(max_length=MOST, description="undirected, test; empty: all")]  # type: ignore[valid-type]


class AnalysesAnswer(FilteredAnswer):
    """A page of analyses, how the filters were read, and, where nothing meets them, why."""


class Analyses:
    """The tool over one dataset."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Use the opened dataset ``catalogue``."""
        self._catalogue = catalogue

    def analyses(
        self, trial: Some = _NONE, drug: Some = _NONE, endpoint: Some = _NONE, document: Some = _NONE, kind: Kinds = _NONE,
        page: Page = 1, page_size: Size = 10,
    ) -> AnalysesAnswer:  # fmt: skip
        """Get analyses of registry records whose direction is not stated, of three or more groups at once, or with a P value alone.

        They are no estimates: never say which group did better, and never compare or pool them. "why" says why no direction is
        stated; the groups are in no order.

        Returns {"dataset": str, "understood": str, "empty": str, "total": int, "page": int, "page_size": int,
        "items": [{"id": IRI, "label", "kind", "why", "study": IRI, "study_label", "document": IRI, "groups": [str], "endpoint": IRI,
        "endpoint_label", "measure_label", "parameter", "value", "printed", "lower", "upper", "interval_kind", "interval_level",
        "p_operator", "p_value", "method", "hypothesis", "words",
        "figures": [{"role", "printed", "document", "pointer", "start", "end"}]}]}.
        Unreported fields are left out; pointer is a JSON Pointer into the registry record.
        """
        asked = {"trial": trial, "drug": drug, "endpoint": endpoint, "document": document, "kind": kind}
        filters = {name: values for name, values in asked.items() if values}
        understood = understanding.describe(understanding.read(self._catalogue, resources.ANALYSES.asks, filters))
        rows, total = resources.ANALYSES.find(self._catalogue, filters, page_size, (page - 1) * page_size)
        short, _, _ = brief.shorten(resources.ANALYSES, rows)
        items = [{key: value for key, value in row.items() if key not in _OMITTED} for row in short]
        emptiness = None if total else understanding.explain_empty(self._catalogue, resources.ANALYSES.asks, filters)
        return AnalysesAnswer(
            dataset=self._catalogue.version, understood=understood, empty=None if emptiness is None else str(emptiness),
            total=total, page=page, page_size=page_size, items=items,
        )  # fmt: skip
