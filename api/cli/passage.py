"""The passage of a proposal in a terminal: its marked numbers set off, with colours and without."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text

from mabgraph.ingest.drafting.passages import PassagePiece, passage_of
from mabgraph.ingest.drafting.proposals import Proposal
from mabgraph.ingest.visible import escape_invisible


def show_passage(proposal: Proposal, text: str, *, plain: bool) -> list[Text]:
    """Return the lines to print: the heading of the table where the passage is a row of one, the passage, and quotes from elsewhere.

    Marked numbers are in bold, or, if ``plain``, between two asterisks on each side.
    """
    passage = passage_of(proposal, text)
    heading = [Text(escape_invisible(passage.heading))] if passage.heading else []
    elsewhere = [Text.assemble("  elsewhere: ", _set_off(pieces, plain)) for pieces in passage.elsewhere]
    return [*heading, _set_off(passage.pieces, plain), *elsewhere]


def _set_off(pieces: Iterable[PassagePiece], plain: bool) -> Text:
    line = Text()
    for piece in pieces:
        characters = escape_invisible(piece.text)
        if piece.mark is None:
            line.append(characters)
        else:
            line.append(f"**{characters}**" if plain else characters, style="" if plain else "bold reverse")
    return line
