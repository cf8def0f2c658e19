"""The command ``mabgraph draft``: rules propose rows of a record from the text of its document."""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from mabgraph.graph.questions.question import Row
from mabgraph.ingest import recordfile
from mabgraph.ingest.drafting import writing
from mabgraph.ingest.drafting.draft import Draft
from mabgraph.ingest.drafting.proposals import Proposal
from mabgraph.ingest.errors import MabgraphError

from . import printing, services
from .services import DocumentsOption, OntologyOption

_COLUMNS = ["state", "at", "row", "figures", "undecided"]


def draft(
    record: Annotated[Path, typer.Argument(help="The record file, such as `records/author-2024.yaml`.")],
    write: Annotated[bool, typer.Option("--write", help="Write the proposals into the record file.")] = False,
    left_out: Annotated[bool, typer.Option("--left-out", help="List what was read and is not proposed, with the reason.")] = False,
    format: Annotated[printing.TextFormat, typer.Option("--format", help="Output format.")] = printing.TextFormat.table,
    documents: DocumentsOption = None,
    ontology: OntologyOption = None,
) -> None:
    """Propose rows of a record by rules: what its document prints, each number quoted at its place. Nothing proposed is evidence.

    A row is `ready` when it is complete and passes every check of a curator's row, and `open` when something is left to decide. What the
    record has already, or has as a proposal, is not proposed again.

    Example: `mabgraph draft records/author-2024.yaml --write`
    """
    from mabgraph.graph.building import drafts
    from mabgraph.ingest.locks import lock_folder

    stated = services.settings_of(None, documents=documents, ontology=ontology)
    library = services.library_of(stated)
    text = library.text(record.stem) if library else None
    if library is None or text is None:
        raise MabgraphError(f"the text of {record.stem} is not in the folders of documents: name the folder that has it with --documents")
    with lock_folder(record.parent) if write else nullcontext():
        file = recordfile.load(record)
        drafted = drafts.draft_record(file, text, library, stated.ontology)
        if write and (drafted.proposals or drafted.renewed):
            recordfile.replace(record, writing.write_draft(file, drafted))
    if left_out:
        rows: list[Row] = [{"at": each.start, "text": " ".join(each.text.split()), "reason": each.reason} for each in drafted.rejected]
        printing.show(["at", "text", "reason"], rows, format)
    else:
        printing.show(_COLUMNS, [_describe(each) for each in drafted.proposals], format)
    if format is printing.TextFormat.table:
        typer.echo(_summary(record, drafted, write))


def _describe(proposal: Proposal) -> Row:
    """Return the row of the table for a proposal."""
    marks = [mark for quote in proposal.row.printed for mark in quote.read_marks().marks]
    figures = " ".join(f"{mark.role}={' '.join(mark.printed.split())}" for mark in marks)
    undecided = "; ".join(f"{each.field}: {each.reason}" for each in proposal.undecided) or proposal.reason or ""
    return {"state": proposal.state, "at": proposal.start, "row": proposal.id, "figures": figures, "undecided": undecided}


def _summary(record: Path, drafted: Draft, write: bool) -> str:
    """Return the counts of a draft in one line, and what to do next."""
    states = Counter(each.state for each in drafted.proposals)
    renewed = f", {len(drafted.renewed)} open ones further decided" if drafted.renewed else ""
    counts = f"{states['ready']} ready, {states['open']} open{renewed}; {len(drafted.rejected)} left out, {drafted.known} known already"
    if not drafted.proposals and not drafted.renewed:
        return f"{record}: nothing new: {counts}"
    return f"{record}: {counts}; " + ("written: go through them with mabgraph review" if write else "nothing is written without --write")
