"""The command line ``mabgraph``; further commands are in ``records``, ``services``, ``offline`` and ``synthesising``."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, TypeVar

import typer

from mabgraph.graph.publish import publication
from mabgraph.graph.publish.destination import Protocol, Target
from mabgraph.graph.publish.publication import ReadBack
from mabgraph.graph.questions import catalogue, question, understanding
from mabgraph.ingest import extras
from mabgraph.ingest.errors import MabgraphError, QuestionError
from mabgraph.ingest.visible import escape_invisible

from ..serving import allocation
from . import csvwriter, drafts, guides, offline, printing, progress, records, registry, review, services
from . import report as reports
from .services import ERRORS, DatasetOption, settings_of
from .synthesising import synthesise

app = typer.Typer(
    name="mabgraph", no_args_is_help=True, add_completion=False, rich_markup_mode="markdown", pretty_exceptions_enable=False,
    help="Evidence for antibody therapy in blood cancer: every number, with the place it was printed. `mabgraph docs` lists the guides.",
)  # fmt: skip
#: The extra that a command needs; those that are not named here need the base installation alone.
EXTRAS: Final = {
    "add": "documents", "build": "build", "check": "build", "compare": "serve", "draft": "build", "gallery": "serve", "mcp": "agents",
    "network": "serve", "reload": "serve", "review": "build", "serve": "serve", "synthesise": "synthesis", "term": "build",
}  # fmt: skip
F = TypeVar("F", bound=Callable[..., None])


def command(function: F) -> F:
    """Make ``function`` a command; where a library that it needs is not installed, the extra is named."""
    name = function.__name__
    app.command()(extras.require(EXTRAS[name], f"mabgraph {name}")(function) if name in EXTRAS else function)
    return function


_COMMANDS: Final = (
    records.init, records.add, records.term, drafts.draft, review.review, records.build, records.check, records.anchor, records.format,
    records.ledger, synthesise, offline.compare, offline.network, offline.gallery, services.serve, services.mcp, services.reload,
    guides.docs,
)  # fmt: skip
for _command in _COMMANDS:
    command(_command)

app.add_typer(registry.app, name="registry")


class Export(StrEnum):
    """Kind of export."""

    figures = "figures"
    claims = "claims"


class ReportFormat(StrEnum):
    """Format of a report."""

    markdown = "markdown"
    html = "html"


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
    verify: Annotated[
        ReadBack, typer.Option("--verify", help="Which graphs are read back and compared: those sent now, or all.")
    ] = ReadBack.sent,
    dataset: DatasetOption = None,
) -> None:
    """Send the current dataset to another SPARQL 1.1 engine, graph by graph, and verify the graphs there.

    Unchanged graphs, by their number of quads and the digest that the engine states, are not sent again. Credentials come from
    MABGRAPH_PUBLISH_USER and MABGRAPH_PUBLISH_PASSWORD, or MABGRAPH_PUBLISH_TOKEN.

    Example: `mabgraph publish --to http://127.0.0.1:7878/store`
    """
    with progress.show(ERRORS) as report:
        done = publication.publish(settings_of(dataset).dataset, Target.from_url(to, query, protocol), report, verify)
    sent = f"{len(done.sent)} of {len(done.digests)} graphs sent, {len(done.removed)} removed, {len(done.compared)} read back and compared"
    typer.echo(f"{to}: {done.quads} quads, dataset {done.version[:12]}: {sent}")


def main() -> None:
    """Run the command line. An error that the user can fix is one message and exit code 1. Output is UTF-8 in any locale."""
    if sys.argv[1:2] == ["mcp"]:
        allocation.begin_again()
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
