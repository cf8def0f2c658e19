"""The command ``mabgraph draft``: rules propose rows of a record from the text of its document."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from mabgraph.graph.questions.question import Row
from mabgraph.ingest import recordfile
from mabgraph.ingest.documents import DocumentText, Library
from mabgraph.ingest.drafting import writing
from mabgraph.ingest.drafting.draft import Draft
from mabgraph.ingest.drafting.endpoint import ModelEndpoint, read_endpoint
from mabgraph.ingest.drafting.proposals import Proposal
from mabgraph.ingest.errors import MabgraphError
from mabgraph.ingest.recordfile import RecordFile
from mabgraph.ingest.visible import escape_invisible

from . import printing, services
from .services import ERRORS, DocumentsOption, OntologyOption

_COLUMNS = ["state", "at", "row", "figures", "undecided", "origin"]
ModelOption = Annotated[
    str | None,
    typer.Option("--model", metavar="URL", help="Let a language model propose, too: an OpenAI-compatible address. Off by default."),
]
ModelNameOption = Annotated[str | None, typer.Option("--model-name", help="Name of the model (MABGRAPH_MODEL_NAME).")]
ModelHttpOption = Annotated[bool, typer.Option("--model-http", help="Allow http:// to another machine: all on the way can read the text.")]


def draft(
    record: Annotated[Path, typer.Argument(help="The record file, such as `records/author-2024.yaml`.")],
    write: Annotated[bool, typer.Option("--write", help="Write the proposals into the record file.")] = False,
    left_out: Annotated[bool, typer.Option("--left-out", help="List what was read and is not proposed, with the reason.")] = False,
    format: Annotated[printing.TextFormat, typer.Option("--format", help="Output format.")] = printing.TextFormat.table,
    model: ModelOption = None,
    model_name: ModelNameOption = None,
    model_http: ModelHttpOption = False,
    documents: DocumentsOption = None,
    ontology: OntologyOption = None,
) -> None:
    """Propose rows of a record by rules: what its document prints, each number quoted at its place. Nothing proposed is evidence.

    With `--model URL` a language model proposes more: the text is sent there. What is no quote of it is refused.

    A row is `ready` when it is complete and passes every check of a curator's row, and `open` when something is left to decide. What the
    record has already, or has as a proposal, is not proposed again.

    Example: `mabgraph draft records/author-2024.yaml --write`
    """
    from mabgraph.graph.building import drafts
    from mabgraph.ingest.drafting import replacing

    stated = services.settings_of(None, documents=documents, ontology=ontology)
    library = services.library_of(stated)
    text = library.text(record.stem) if library else None
    if library is None or text is None:
        raise MabgraphError(f"the text of {record.stem} is not in the folders of documents: name the folder that has it with --documents")
    file = recordfile.load(record)
    if model is None and (model_name is not None or model_http):
        raise MabgraphError("--model-name and --model-http say which model is asked, and how: give --model URL, too")
    endpoint = read_endpoint(model, model_name, allow_http=model_http) if model is not None else None
    drafted = drafts.draft_record(file, text, library, stated.ontology)
    if endpoint is not None:
        drafted = _ask_model(endpoint, file, text, drafted, (library, stated.ontology))
    if left_out:
        rows: list[Row] = [{"at": each.start, "text": " ".join(each.text.split()), "reason": each.reason} for each in drafted.rejected]
        printing.show(["at", "text", "reason"], rows, format)
    else:
        printing.show(_COLUMNS, [_describe(each) for each in drafted.proposals], format)
    if write and (drafted.proposals or drafted.renewed):
        replacing.replace_unchanged(file, writing.write_draft(file, drafted))
    if format is printing.TextFormat.table:
        typer.echo(_summary(record, drafted, write))


def _ask_model(
    endpoint: ModelEndpoint, file: RecordFile, text: DocumentText, drafted: Draft, known: tuple[Library, tuple[Path, ...]]
) -> Draft:
    """Return a draft with what a model proposes beside it; say before where the text is sent, and after what was refused."""
    from mabgraph.graph.building import modeldrafts

    ERRORS.print(f"mabgraph: the text of {text.id} ({len(text.text)} characters) is sent to {endpoint.shown}, to the model {endpoint.name}")
    more, requests = modeldrafts.add_model(endpoint, file, text, drafted, *known, report=lambda line: ERRORS.print(f"mabgraph: {line}"))
    for each in more.rejected[len(drafted.rejected) :]:
        ERRORS.print(escape_invisible(f"mabgraph: refused of the model: {' '.join(each.text.split())}: {each.reason}"))
    count = len(more.proposals) - len(drafted.proposals)
    ERRORS.print(f"mabgraph: {requests} requests were sent; {count} proposals of the model passed the gates")
    return more


def _describe(proposal: Proposal) -> Row:
    """Return the row of the table for a proposal."""
    marks = [mark for quote in proposal.row.printed for mark in quote.read_marks().marks]
    figures = " ".join(f"{mark.role}={' '.join(mark.printed.split())}" for mark in marks)
    undecided = "; ".join([*proposal.doubts, *(f"{each.field}: {each.reason}" for each in proposal.undecided)]) or proposal.reason or ""
    return {
        "state": proposal.state,
        "at": proposal.start,
        "row": proposal.id,
        "figures": figures,
        "undecided": undecided,
        "origin": proposal.origin or "rules",
    }


def _summary(record: Path, drafted: Draft, write: bool) -> str:
    """Return the counts of a draft in one line, and what to do next."""
    states = Counter(each.state for each in drafted.proposals)
    renewed = f", {len(drafted.renewed)} open ones further decided" if drafted.renewed else ""
    counts = f"{states['ready']} ready, {states['open']} open{renewed}; {len(drafted.rejected)} left out, {drafted.known} known already"
    if not drafted.proposals and not drafted.renewed:
        return f"{record}: nothing new: {counts}"
    return f"{record}: {counts}; " + ("written: go through them with mabgraph review" if write else "nothing is written without --write")
