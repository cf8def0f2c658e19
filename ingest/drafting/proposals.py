"""Proposals: rows of a record that rules propose and a curator has not yet taken. They stand in the record file and are no evidence."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from ..columns import ColumnSettings
from ..parts import Item, Offset, Prose, Quotes, Slug

#: ``ready``: complete, and passed every check. ``open``: something is to be decided. ``skipped``: a curator does not want it.
State = Literal["ready", "open", "skipped"]


class ProposedRow(Item):
    """A row as ``results`` would have it, where what is undecided is left out. The fields are those of ``record.Row``."""

    id: Slug
    variable: Slug | None = None
    group: Slug | None = None
    comparison: Slug | None = None
    measure: Slug | None = None
    effect: Slug | None = None
    analysis: Slug | None = None
    unit: Slug | None = None
    effect_unit: Slug | None = None
    unit_of_analysis: Slug | None = None
    time_unit: Slug | None = None
    masked: tuple[str, ...] = ()
    sides: Literal["one", "two"] | None = None
    interval: Literal["confidence-interval", "range", "interquartile-range", "credible-interval"] | None = None
    cited_from: Prose | None = None
    columns: dict[str, ColumnSettings] = Field(default_factory=dict)
    not_reported: tuple[Slug, ...] = ()
    printed: Quotes = Field(min_length=1)


class ShortRow(ProposedRow):
    """A row with one quote, which may do without marks: ``ingest.shortrows`` writes it out before anything else reads it.

    ``endpoint`` is another name for ``variable``; one of the two is needed. ``printed`` are further quotes, with marks.
    """

    id: Slug | None = None  # type: ignore[assignment]
    endpoint: Slug | None = None
    quote: str
    at: Offset | None = None
    printed: Quotes = ()


class Undecided(Item):
    """A field that the text does not decide: why, and the nearest values that it may have, the likeliest first."""

    field: Literal["variable", "group", "comparison", "measure", "analysis", "unit", "time_unit", "interval"]
    reason: Prose
    candidates: tuple[Slug, ...] = ()


class Proposal(Item):
    """A proposed row: where its sentence or table row stands in the document, the row, what is undecided, and its state.

    ``start`` and ``end`` count characters of the document. ``doubts`` are what speaks against its numbers: a curator is asked about them
    before it is accepted, and it is never ready. ``reason`` says why a curator skipped it, or why the draft decided what no words say.
    ``origin`` says what proposed it, where that was no rule of mabgraph: ``model NAME``.
    """

    state: State
    start: Offset
    end: Offset
    row: ProposedRow
    undecided: tuple[Undecided, ...] = ()
    doubts: tuple[Prose, ...] = ()
    reason: Prose | None = None
    origin: Prose | None = None

    @property
    def id(self) -> str:
        """The id of the row."""
        return self.row.id

    def row_data(self) -> dict[str, Any]:
        """Return the row as it goes under ``results`` in the record's YAML: texts, lists and mappings, nothing empty."""
        return _dump(self.row)

    def data(self) -> dict[str, Any]:
        """Return the proposal as it goes under ``proposals`` in the record's YAML."""
        return _dump(self)

    def decide(self, field: str, value: str | None) -> Proposal:
        """Return the proposal with ``field`` of its row set to ``value`` (None: left out) and no longer undecided.

        :raises pydantic.ValidationError: when the field cannot have that value.
        """
        row = ProposedRow.model_validate(_dump(self.row) | {field: value})
        left = tuple(each for each in self.undecided if each.field != field)
        state: State = "open" if self.state == "ready" else self.state
        return self.model_copy(update={"row": row, "undecided": left, "state": state})

    def skip(self, reason: str) -> Proposal:
        """Return the proposal as skipped for ``reason``: it stays in the file, so that it is not proposed again."""
        return self.model_copy(update={"state": "skipped", "reason": reason})


def read_proposals(data: dict[str, Any]) -> tuple[Proposal, ...]:
    """Return the proposals of the values of a record file, whatever else it lacks.

    :raises pydantic.ValidationError: naming key and fault, when one is not of the form.
    """
    return _List.model_validate({"proposals": data.get("proposals") or []}).proposals


class _List(Item):
    proposals: tuple[Proposal, ...] = ()


def _dump(item: Item) -> dict[str, Any]:
    """Return what ``item`` says as YAML has it: every scalar a text, nothing empty."""
    return {key: text for key, value in item if (text := _text(value)) not in ("", [], {})}


def _text(value: Any) -> Any:
    if isinstance(value, Item):
        return _dump(value)
    if isinstance(value, tuple):
        return [_text(each) for each in value]
    if isinstance(value, dict):
        return {key: _text(each) for key, each in value.items()}
    return "" if value is None else str(value)
