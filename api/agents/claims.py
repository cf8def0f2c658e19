"""The tool for agents about what authors say: claims with their subjects, short quotes, printed figures and places."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from mabgraph.graph.questions import understanding
from mabgraph.graph.questions.catalogue import Catalogue

from ..collections import resources
from .tools import MOST, FilteredAnswer, Page, Size, Some

#: Fields of a claim that are redundant for an agent.
OMITTED_FIELDS: Final = frozenset({"url", "start", "end"})
_KINDS: Final = tuple(next(each for each in resources.CLAIMS.parameters if each.name == "kind").choices)
_NONE: Final[list[str]] = []

Kinds = Annotated[list[Literal[_KINDS]], Field(max_length=MOST, description="sorts of claim; empty: all")]  # type: ignore[valid-type]


class ClaimsAnswer(FilteredAnswer):
    """A page of claims, how the filters were read, and, where nothing meets them, why."""


class Claims:
    """The tool over one dataset."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Use the opened dataset ``catalogue``."""
        self._catalogue = catalogue

    def claims(
        self, drug: Some = _NONE, target: Some = _NONE, trial: Some = _NONE, document: Some = _NONE, claim: Some = _NONE,
        kind: Kinds = _NONE, page: Page = 1, page_size: Size = 10,
    ) -> ClaimsAnswer:  # fmt: skip
        """Get what authors say: findings, limitations, caveats, recommendations (doses, monitoring …), mechanisms, interferences.

        Claims are in our own words; a reading-note is ours. Cite one with the place of its quotes. "understood" says how filters
        were read, "empty" why nothing meets them.

        Returns {"dataset": str, "understood": str, "empty": str, "total": int, "page": int, "page_size": int,
        "items": [{"id": IRI, "label": str, "kind": str, "document": IRI, "about": [IRI], "about_labels": [str],
        "quotes": [{"document", "start", "end", "exact"}],
        "figures": [{"figure": IRI, "role", "printed", "number", "unit", "document", "start", "end", "exact"}],
        "discrepancies": [str]}]}; discrepancies say where the document contradicts the claim: tell the user.
        start and end count code points of the document's text from 0.
        """
        asked = {"drug": drug, "target": target, "trial": trial, "document": document, "claim": claim, "kind": kind}
        filters = {name: resources.expand(name, values) for name, values in asked.items() if values}
        understood = understanding.describe(understanding.read(self._catalogue, resources.CLAIMS.asks, filters))
        rows, total = resources.CLAIMS.find(self._catalogue, filters, page_size, (page - 1) * page_size)
        items = [{key: value for key, value in row.items() if value is not None and key not in OMITTED_FIELDS} for row in rows]
        emptiness = None if total else understanding.explain_empty(self._catalogue, resources.CLAIMS.asks, filters)
        return ClaimsAnswer(
            dataset=self._catalogue.version, understood=understood, empty=None if emptiness is None else str(emptiness),
            total=total, page=page, page_size=page_size, items=items,
        )  # fmt: skip
