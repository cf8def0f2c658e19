"""The whole text of a document: numbers of proposals are links to their forms, numbers of rows are marked, what is left shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mabgraph.graph.building.gating import document_faults, figures_of
from mabgraph.ingest.drafting.passages import marks_of

from .desk import Sitting


@dataclass(frozen=True, slots=True)
class TextPiece:
    """Characters of the text; of a number, its anchor, the address of the proposal that quotes it (or nothing), and what it is."""

    text: str
    anchor: str = ""
    address: str = ""
    what: str = ""


def pieces_of(sitting: Sitting) -> Iterator[TextPiece]:
    """Yield the whole text in pieces; a number that a row has and a proposal quotes, too, belongs to the proposal.

    Of numbers that overlap, the first is shown. Nothing is marked in a text that is not the one that the record was begun with.
    """
    text, last = sitting.text.text, 0
    for (start, end), (address, what) in sorted(_places(sitting).items()):
        if start < last or end > len(text):
            continue
        if last < start:
            yield TextPiece(text[last:start])
        yield TextPiece(text[start:end], f"c{start}", address, what)
        last = end
    if last < len(text):
        yield TextPiece(text[last:])


def _places(sitting: Sitting) -> dict[tuple[int, int], tuple[str, str]]:
    """Return what is known of each number: where it begins and ends, the address of its proposal, and its role with whose it is."""
    if any(document_faults(sitting.review.file, sitting.text)):
        return {}
    places = {(figure.start, figure.end): ("", f"{figure.role} of {figure.owner}") for figure in figures_of(sitting.review.file)}
    for place, proposal in enumerate(sitting.review.proposals):
        for mark in marks_of(proposal):
            known = places.get((mark.start, mark.end), ("", ""))
            if not known[0]:
                address = f"{sitting.address_of(place)}#c{mark.start}"
                places[mark.start, mark.end] = (address, f"{mark.role} of {proposal.id}, {proposal.state}")
    return places
