"""Record types about the document as printed: which rows add up, what is no running text, which numerals are no evidence, the ledger."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic import Field, model_validator

from .parts import Item, Offset, Prose, Quote, Slug


class Sum(Item):
    """Rows whose counts add up to another row's, in each group; without ``whole``, to the group's denominator."""

    id: Slug
    parts: tuple[Slug, ...] = Field(min_length=2)
    whole: Slug | None = None


class DocumentSection(Item):
    """A part of the document that is not running text, such as a table or the abstract, between two quotes, both included."""

    label: Prose
    start: Quote
    end: Quote


class NotEvidence(Item):
    """Numerals of the document that are no evidence, and why: where a pattern matches, or between two quotes, both included."""

    reason: Slug
    pattern: str | None = None
    start: Quote | None = None
    end: Quote | None = None

    @model_validator(mode="after")
    def _check_place(self) -> NotEvidence:
        if (self.pattern is None) == (self.start is None) or (self.start is None) != (self.end is None):
            raise ValueError("give a pattern, or a start and an end")
        if self.pattern is not None:
            try:
                re.compile(self.pattern)
            except re.error as error:
                raise ValueError(f"the pattern cannot be read: {error}") from None
        return self


class Unevidenced(Item):
    """The numerals of the document that are no evidence for one reason, each by its first character."""

    reason: Slug
    at: tuple[Offset, ...] = Field(min_length=1)


class SealedLedger(Item):
    """The ledger that the text gave when the record was sealed; ``mabgraph anchor`` writes it.

    It counts the numerals that figures anchor and those that nothing accounts for, and names the place of each that is no evidence.
    """

    anchored: Offset
    unaccounted: Offset
    not_evidence: tuple[Unevidenced, ...] = ()

    @property
    def numerals(self) -> int:
        """How many numerals the text has."""
        return self.anchored + self.unaccounted + sum(len(each.at) for each in self.not_evidence)

    def counts(self) -> dict[str, str]:
        """Return the counts that the node of the document has, with the keys of the context."""
        counts = {"numerals": self.numerals, "anchoredNumerals": self.anchored, "unaccountedNumerals": self.unaccounted}
        return {key: str(count) for key, count in counts.items()}

    def nodes(self, document: str) -> Iterator[dict[str, Any]]:
        """Yield a node for each reason: which numerals of ``document`` (its id) are no evidence."""
        for entry in self.not_evidence:
            yield {
                "id": f"ledger/{document}.{entry.reason}", "type": "LedgerEntry", "reason": entry.reason,
                "numeralAt": [str(start) for start in entry.at], "document": f"document/{document}",
            }  # fmt: skip
