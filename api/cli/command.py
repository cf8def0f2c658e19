"""The command line ``mabgraph``; further commands are in ``services``, ``offline`` and ``synthesising``."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, TypeVar

import typer

from mabgraph.graph.publish import publication
from mabgraph.graph.publish.destination import Protocol, Target
from mabgraph.graph.questions import catalogue, question, understanding
from mabgraph.graph.store import vocabulary
from mabgraph.ingest import anchoring, extras, recordfile, verification
from mabgraph.ingest import ledger as ledgers
from mabgraph.ingest import record as record_type
from mabgraph.ingest.documents import open_library
from mabgraph.ingest.errors import MabgraphError, QuestionError
from mabgraph.ingest.visible import escape_invisible

from . import csvwriter, offline, printing, progress, services
from . import report as reports
from .services import ERRORS, DatasetOption, DocumentsOption, RecordsOption, build_if_changed, library_of, settings_of
from .synthesising import synthesise

app = typer.Typer(
    name="mabgraph", no_args_is_help=True, add_completion=False, rich_markup_mode="markdown", pretty_exceptions_enable=False,
    help="Evidence for antibody therapy in blood cancer: every number, with the place it was printed.",
)  # fmt: skip
#: The extra that a command needs; those that are not named here need the base installation alone.
EXTRAS: Final = {
    "build": "build", "check": "build", "compare": "serve", "gallery": "serve", "mcp": "agents", "network": "serve", "reload": "serve",
    "serve": "serve", "synthesise": "synthesis",
}  # fmt: skip
F = TypeVar("F", bound=Callable[..., None])


def command(function: F) -> F:
    """Make ``function`` a command; where a library that it needs is not installed, the extra is named."""
    name = function.__name__
    app.command()(extras.require(EXTRAS[name], f"mabgraph {name}")(function) if name in EXTRAS else function)
    return function


for _command in (synthesise, offline.compare, offline.network, offline.gallery, services.serve, services.mcp, services.reload):
    command(_command)


class Export(StrEnum):
    """Kind of export."""

    figures = "figures"
    claims = "claims"


class ReportFormat(StrEnum):
    """Format of a report."""

    markdown = "markdown"
    html = "html"


@command
def build(dataset: DatasetOption = None, records: RecordsOption = vocabulary.RECORDS, documents: DocumentsOption = None) -> None:
    """Build the dataset from the records, validate it, and make it the current one.

    Example: `mabgraph build --documents ../shared/documents`
    """
    manifest, is_new = build_if_changed(settings_of(dataset), records, documents)
    word = "built" if is_new else "unchanged"
    typer.echo(f"{word}: {manifest.quads} quads, {manifest.figures} figures, dataset {manifest.version[:12]}")


@command
def check(
    record: Annotated[list[Path] | None, typer.Argument(help="Record files; default: all records of mabgraph.")] = None,
    documents: DocumentsOption = None,
) -> None:
    """Verify records: their schema, their seal, and, if the documents are available, every figure at its place.

    Example: `mabgraph check ingest/records/kantarjian-2017.yaml --documents ../shared/documents`
    """
    from mabgraph.graph.building.build import records_of

    library = library_of(documents)
    failed = False
    for path in record or records_of(vocabulary.RECORDS):
        checked = verification.check(recordfile.load(path), library)
        for fault in checked.faults:
            ERRORS.print(fault)
        failed |= bool(checked.faults)
        seen = "at their places in the text" if checked.text_seen else "by their seal: the text of this document is not available"
        outcome = f"{len(checked.faults)} faults" if checked.faults else f"verified {seen}"
        typer.echo(f"{checked.document}: {checked.figures} figures, {outcome}")
    raise typer.Exit(int(failed))


@command
def anchor(
    record: Annotated[Path, typer.Argument(help="The record file; it is rewritten in place.")],
    documents: Annotated[Path, typer.Option("--documents", help="Folder with the source documents and their manifest.json.")],
) -> None:
    """Find every quote of a record in its document, write its position, and seal the record.

    A quote that is absent or ambiguous is refused, with the candidates; nothing is guessed.

    Example: `mabgraph anchor ingest/records/kantarjian-2017.yaml --documents ../shared/documents`
    """
    file = recordfile.load(record)
    text = anchoring.anchor(file, open_library(documents))
    if text == file.text:
        typer.echo(f"{record}: every quote has its position; nothing to change")
        return
    recordfile.replace(record, text)
    typer.echo(f"{record}: anchored and sealed")


@command
def ledger(
    document: Annotated[str, typer.Argument(help="Id of the document, which is the name of its record file.")],
    documents: Annotated[Path, typer.Option("--documents", help="Folder with the source documents and their manifest.json.")],
    records: RecordsOption = vocabulary.RECORDS,
    everything: Annotated[bool, typer.Option("--all", help="List every numeral as CSV, not only the unaccounted ones.")] = False,
) -> None:
    """Classify every numeral of a document: anchored by a figure, not evidence (with the reason), or unaccounted.

    The exit code is 1 if a numeral is unaccounted, or a reason matches no numeral.

    Example: `mabgraph ledger kantarjian-2017 --documents ../shared/documents`
    """
    text = open_library(documents).text(document)
    if text is None:
        raise MabgraphError(f"{documents}: the text of {document} is not in this folder: name the folder that has it")
    account = ledgers.build_ledger(*record_type.load(records / f"{document}.yaml"), text)
    if everything:
        csvwriter.write_csv([asdict(entry) for entry in account.entries], csvwriter.COLUMNS["ledger"], sys.stdout)
    else:
        for entry in account.entries:
            if entry.status == "unaccounted":
                around = " ".join(text.text[max(0, entry.start - 40) : entry.end + 40].split())
                typer.echo(f"unaccounted at {entry.start}: {entry.printed}  …{around}…")
        for reason in account.idle:
            typer.echo(f"accounts for nothing: {reason.reason} {reason.pattern or ''}")
        counts = ", ".join(f"{account.count(status)} {status}" for status in ("anchored", "not evidence", "unaccounted"))
        typer.echo(f"{document}: {len(account.entries)} numerals: {counts}")
    raise typer.Exit(int(bool(account.count("unaccounted") or account.idle)))


@command
def ask(
    name: Annotated[str | None, typer.Argument(metavar="QUESTION", help="Name of a question; without it, all are listed.")] = None,
    parameters: Annotated[list[str] | None, typer.Argument(metavar="[NAME=VALUE]...", help="Parameters of the question.")] = None,
    columns: Annotated[str | None, typer.Option("--columns", help="Only these columns, separated by commas.")] = None,
    format: Annotated[printing.TextFormat, typer.Option("--format", help="Output format.")] = printing.TextFormat.table,
    dataset: DatasetOption = None,
) -> None:
    """Ask one of the questions in `queries/`.

    Example: `mabgraph ask estimates target=CD19 endpoint=overall-survival measure=hazard-ratio`
    """
    if name is None:
        for known in question.list_names():
            typer.echo(f"{known}: {question.load(known).summary}")
        return
    values: dict[str, list[str]] = {}
    for parameter in parameters or ():
        key, value = printing.split_parameter(parameter, "target=CD19")
        values.setdefault(key, []).append(value)
    asked = question.load(name)
    chosen = columns.split(",") if columns else list(asked.columns)
    for column in chosen:
        if column not in asked.columns:
            raise QuestionError(f"the question {name} has no column {column!r}; it has {', '.join(asked.columns)}")
    opened = catalogue.open_current(settings_of(dataset).dataset)
    rows = opened.ask(name, values)
    for reading in understanding.read(opened, name, values):
        typer.echo(f"understood as {reading}", err=True)
    if not rows and (emptiness := understanding.explain_empty(opened, name, values)):
        typer.echo(str(emptiness), err=True)
    printing.show(chosen, rows, format)


@command
def report(
    document: Annotated[list[str] | None, typer.Option("--document", help="Only of this document.")] = None,
    format: Annotated[ReportFormat, typer.Option("--format", help="Output format.")] = ReportFormat.markdown,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write; default: standard output.")] = None,
    dataset: DatasetOption = None,
) -> None:
    """Write the coherence report: printed numbers that agree or disagree by arithmetic, and discrepancies within documents.

    Example: `mabgraph report --format html -o report.html`
    """
    current = catalogue.open_current(settings_of(dataset).dataset)
    filters = {"document": document} if document else {}
    text = reports.markdown(current.ask("checks", filters), current.ask("discrepancies", filters), current.version)
    text = reports.html(text) if format is ReportFormat.html else text
    if output is None:
        sys.stdout.write(text)
        return
    output.write_text(text, encoding="utf-8")
    typer.echo(f"{output}: written")


@command
def export(
    what: Annotated[Export, typer.Argument(help="What to export.")],
    format: Annotated[str, typer.Option("--format", help="Output format: csv.")] = "csv",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write; default: standard output.")] = None,
    document: Annotated[list[str] | None, typer.Option("--document", help="Only of this document.")] = None,
    dataset: DatasetOption = None,
) -> None:
    """Write every anchored figure, or every claim, as CSV.

    Example: `mabgraph export figures --format csv -o figures.csv`
    """
    if format != "csv":
        raise QuestionError(f"--format {format!r}: exports are written as csv")
    rows = catalogue.open_current(settings_of(dataset).dataset).ask(what.value, {"document": document} if document else {})
    columns = csvwriter.COLUMNS[what.value]
    if output is None:
        csvwriter.write_csv(rows, columns, sys.stdout)
        return
    with output.open("w", encoding="utf-8", newline="") as file:
        csvwriter.write_csv(rows, columns, file)
    typer.echo(f"{output}: {len(rows)} rows")


@command
def publish(
    to: Annotated[str, typer.Option("--to", help="URL to write to: the engine's Graph Store or update endpoint.")],
    query: Annotated[str | None, typer.Option("--query", help="URL of the query endpoint, if it cannot be derived from --to.")] = None,
    protocol: Annotated[Protocol | None, typer.Option("--protocol", help="Write protocol, if it cannot be derived from --to.")] = None,
    dataset: DatasetOption = None,
) -> None:
    """Send the current dataset to another SPARQL 1.1 engine, graph by graph, and verify the graphs there.

    Unchanged graphs are not sent again. Credentials come from MABGRAPH_PUBLISH_USER and MABGRAPH_PUBLISH_PASSWORD, or
    MABGRAPH_PUBLISH_TOKEN.

    Example: `mabgraph publish --to http://127.0.0.1:7878/store`
    """
    with progress.show(ERRORS) as report:
        done = publication.publish(settings_of(dataset).dataset, Target.from_url(to, query, protocol), report)
    sent = f"{len(done.sent)} graphs sent, {len(done.removed)} removed, {len(done.digests)} verified"
    typer.echo(f"{to}: {done.quads} quads, dataset {done.version[:12]}: {sent}")


def main() -> None:
    """Run the command line. An error that the user can fix is one message and exit code 1. Output is UTF-8 in any locale."""
    printing.write_utf8()
    try:
        app()
    except MabgraphError as error:
        ERRORS.print(escape_invisible(f"mabgraph: {error}"))
        sys.exit(1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        ERRORS.print(escape_invisible(f"mabgraph: {error.filename or ''}: {error.strerror or error}"))
        sys.exit(1)


if __name__ == "__main__":
    main()
