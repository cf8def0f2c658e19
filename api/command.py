"""The command line ``mabgraph``; others are in ``services``, ``offline`` and ``synthesising``."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mabgraph.graph import build as builder
from mabgraph.graph import catalogue, publication, question, vocabulary
from mabgraph.graph.target import Protocol, Target
from mabgraph.ingest import anchoring, recordfile
from mabgraph.ingest import ledger as ledgers
from mabgraph.ingest import record as record_type
from mabgraph.ingest.documents import open_library
from mabgraph.ingest.errors import MabgraphError, QuestionError
from mabgraph.ingest.visible import escape_invisible

from . import exports, offline, printing, progress, services
from . import report as reports
from .services import ERRORS, DatasetOption, DocumentsOption, RecordsOption, build_if_changed, library_of, settings_of
from .synthesising import synthesise

app = typer.Typer(
    name="mabgraph", no_args_is_help=True, add_completion=False, rich_markup_mode="markdown", pretty_exceptions_enable=False,
    help="Evidence for antibody therapy in blood cancer: every number, with the place it was printed.",
)  # fmt: skip
for _command in (synthesise, offline.compare, offline.network, offline.gallery, services.serve, services.mcp, services.reload):
    app.command()(_command)


class Export(StrEnum):
    """What can be exported."""

    figures = "figures"
    claims = "claims"


class ReportFormat(StrEnum):
    """How a report is written."""

    markdown = "markdown"
    html = "html"


@app.command()
def build(dataset: DatasetOption = None, records: RecordsOption = vocabulary.RECORDS, documents: DocumentsOption = None) -> None:
    """Build the dataset from the records, validate it, and make it the current one.

    Example: `mabgraph build --documents ../shared/documents`
    """
    manifest, is_new = build_if_changed(settings_of(dataset), records, documents)
    word = "built" if is_new else "unchanged"
    typer.echo(f"{word}: {manifest.quads} quads, {manifest.figures} figures, dataset {manifest.version[:12]}")


@app.command()
def check(
    record: Annotated[list[Path] | None, typer.Argument(help="Record files; all of mabgraph's own when none is named.")] = None,
    documents: DocumentsOption = None,
) -> None:
    """Verify records: their form, their seal, and, where the documents are held, every figure at its place.

    Example: `mabgraph check ingest/records/kantarjian-2017.yaml --documents ../shared/documents`
    """
    library = library_of(documents)
    failed = False
    for path in record or builder.records_of(vocabulary.RECORDS):
        checked = anchoring.check(recordfile.load(path), library)
        for fault in checked.faults:
            ERRORS.print(fault)
        failed |= bool(checked.faults)
        seen = "at their places in the text" if checked.text_seen else "by their seal: the text of this document was not seen"
        outcome = f"{len(checked.faults)} faults" if checked.faults else f"verified {seen}"
        typer.echo(f"{checked.document}: {checked.figures} figures, {outcome}")
    raise typer.Exit(int(failed))


@app.command()
def anchor(
    record: Annotated[Path, typer.Argument(help="The record file; it is rewritten in place.")],
    documents: Annotated[Path, typer.Option("--documents", help="Folder with the source documents and their manifest.json.")],
) -> None:
    """Find every quote of a record in its document, write where each stands, and seal the record.

    A quote that is absent or stands in several places is refused, with the candidates; nothing is guessed.

    Example: `mabgraph anchor ingest/records/kantarjian-2017.yaml --documents ../shared/documents`
    """
    file = recordfile.load(record)
    text = anchoring.anchor(file, open_library(documents))
    if text == file.text:
        typer.echo(f"{record}: every quote has its place; nothing to change")
        return
    recordfile.replace(record, text)
    typer.echo(f"{record}: anchored and sealed")


@app.command()
def ledger(
    document: Annotated[str, typer.Argument(help="Id of the document; its record is in the folder of records.")],
    documents: Annotated[Path, typer.Option("--documents", help="Folder with the source documents and their manifest.json.")],
    records: RecordsOption = vocabulary.RECORDS,
    everything: Annotated[bool, typer.Option("--all", help="List every numeral as CSV, not only those unaccounted.")] = False,
) -> None:
    """Account for every numeral of a document: anchored by a figure, no evidence for a reason, or unaccounted.

    The exit code is 1 while a numeral is unaccounted, or a reason accounts for none.

    Example: `mabgraph ledger kantarjian-2017 --documents ../shared/documents`
    """
    text = open_library(documents).text(document)
    if text is None:
        raise MabgraphError(f"{documents}: the text of {document} is not held here: give the folder that has it")
    made = ledgers.build_ledger(*record_type.load(records / f"{document}.yaml"), text)
    if everything:
        exports.write_csv([asdict(entry) for entry in made.entries], exports.COLUMNS["ledger"], sys.stdout)
    else:
        for entry in made.entries:
            if entry.status == "unaccounted":
                around = " ".join(text.text[max(0, entry.start - 40) : entry.end + 40].split())
                typer.echo(f"unaccounted at {entry.start}: {entry.printed}  …{around}…")
        for reason in made.idle:
            typer.echo(f"accounts for nothing: {reason.reason} {reason.pattern or ''}")
        counts = ", ".join(f"{made.count(status)} {status}" for status in ("anchored", "not evidence", "unaccounted"))
        typer.echo(f"{document}: {len(made.entries)} numerals: {counts}")
    raise typer.Exit(int(bool(made.count("unaccounted") or made.idle)))


@app.command()
def ask(
    name: Annotated[str | None, typer.Argument(metavar="QUESTION", help="A question; without one, all are listed.")] = None,
    parameters: Annotated[list[str] | None, typer.Argument(metavar="[NAME=VALUE]...", help="Parameters of the question.")] = None,
    columns: Annotated[str | None, typer.Option("--columns", help="Only these columns, separated by commas.")] = None,
    format: Annotated[printing.TextFormat, typer.Option("--format", help="How to print the answer.")] = printing.TextFormat.table,
    dataset: DatasetOption = None,
) -> None:
    """Ask one of the questions in `queries/`.

    Example: `mabgraph ask estimates target=CD19 endpoint=overall-survival measure=hazard-ratio`
    """
    if name is None:
        for known in question.list_names():
            typer.echo(f"{known}: {question.load(known).summary}")
        return
    given: dict[str, list[str]] = {}
    for parameter in parameters or ():
        key, sign, value = printing.typed(parameter).partition("=")
        if not sign:
            raise QuestionError(f"{parameter!r}: write parameters as name=value, such as target=CD19")
        given.setdefault(key, []).append(value)
    asked = question.load(name)
    chosen = columns.split(",") if columns else list(asked.columns)
    for column in chosen:
        if column not in asked.columns:
            raise QuestionError(f"the question {name} has no column {column!r}; it has {', '.join(asked.columns)}")
    printing.show(chosen, catalogue.open_current(settings_of(dataset).dataset).ask(name, given), format)


@app.command()
def report(
    document: Annotated[list[str] | None, typer.Option("--document", help="Only of this document.")] = None,
    format: Annotated[ReportFormat, typer.Option("--format", help="How to write it.")] = ReportFormat.markdown,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write; standard output when none.")] = None,
    dataset: DatasetOption = None,
) -> None:
    """Write which printed numbers hold together, which do not, and where documents disagree with themselves.

    Example: `mabgraph report --format html -o report.html`
    """
    held = catalogue.open_current(settings_of(dataset).dataset)
    given = {"document": document} if document else {}
    text = reports.markdown(held.ask("checks", given), held.ask("discrepancies", given), held.version)
    text = reports.html(text) if format is ReportFormat.html else text
    if output is None:
        sys.stdout.write(text)
        return
    output.write_text(text, encoding="utf-8")
    typer.echo(f"{output}: written")


@app.command()
def export(
    what: Annotated[Export, typer.Argument(help="What to export.")],
    format: Annotated[str, typer.Option("--format", help="csv.")] = "csv",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write; standard output when none.")] = None,
    document: Annotated[list[str] | None, typer.Option("--document", help="Only of this document.")] = None,
    dataset: DatasetOption = None,
) -> None:
    """Write every anchored figure, or every claim, as CSV.

    Example: `mabgraph export figures --format csv -o figures.csv`
    """
    if format != "csv":
        raise QuestionError(f"--format {format!r}: exports are written as csv")
    rows = catalogue.open_current(settings_of(dataset).dataset).ask(what.value, {"document": document} if document else {})
    columns = exports.COLUMNS[what.value]
    if output is None:
        exports.write_csv(rows, columns, sys.stdout)
        return
    with output.open("w", encoding="utf-8", newline="") as file:
        exports.write_csv(rows, columns, file)
    typer.echo(f"{output}: {len(rows)} rows")


@app.command()
def publish(
    to: Annotated[str, typer.Option("--to", help="URL that the engine is written at: its Graph Store, or its update endpoint.")],
    query: Annotated[str | None, typer.Option("--query", help="URL that it is asked at, where that cannot be told from the other.")] = None,
    protocol: Annotated[Protocol | None, typer.Option("--protocol", help="How it is written to, where that cannot be told.")] = None,
    dataset: DatasetOption = None,
) -> None:
    """Send the current dataset to another SPARQL 1.1 engine, graph by graph, and verify what it holds then.

    What is there already is not sent again. Credentials come from MABGRAPH_PUBLISH_USER and MABGRAPH_PUBLISH_PASSWORD, or
    MABGRAPH_PUBLISH_TOKEN.

    Example: `mabgraph publish --to http://127.0.0.1:7878/store`
    """
    with progress.shown(ERRORS) as report:
        done = publication.publish(settings_of(dataset).dataset, Target.from_url(to, query, protocol), report)
    sent = f"{len(done.sent)} graphs sent, {len(done.removed)} removed, {len(done.digests)} verified"
    typer.echo(f"{to}: {done.quads} quads, dataset {done.version[:12]}: {sent}")


def main() -> None:
    """Run the command line; a fault that a user can mend is one clear message and exit code 1. Output is UTF-8 in any locale."""
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
