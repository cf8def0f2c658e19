"""The command ``mabgraph review``: a walk through the proposals of a record, in the terminal or in a browser."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from mabgraph.ingest import extras
from mabgraph.ingest.documents import DocumentText, Library, open_library
from mabgraph.ingest.errors import MabgraphError

from ..http.settings import Settings
from . import services
from .services import DocumentsOption, OntologyOption


def review(
    record: Annotated[
        Path | None,
        typer.Argument(help="The record file; each decision is written into it at once. With --browser, all records of the workspace."),
    ] = None,
    skipped: Annotated[bool, typer.Option("--skipped", help="Walk through skipped proposals too.")] = False,
    browser: Annotated[
        bool, typer.Option("--browser", help="Review in a browser of this machine, at an address with a token that is printed.")
    ] = False,
    port: Annotated[
        str | None, typer.Option(metavar="INTEGER", help="Port to listen on with --browser; without it, or 0, a free one.")
    ] = None,
    documents: DocumentsOption = None,
    ontology: OntologyOption = None,
) -> None:
    """Walk through the proposals of a record, each with its sentence: accept, correct, or skip with a reason.

    Quit and go on at any time: the record file is the only state.

    Example: `mabgraph review records/author-2024.yaml`
    """
    if port is not None and not browser:
        raise MabgraphError("--port: the review in the terminal listens on none: add --browser, or leave it out")
    if skipped and browser:
        raise MabgraphError("--skipped: the pages show skipped proposals anyway: leave it out")
    stated = services.settings_of(None, documents=documents, ontology=ontology, port=port or "0")
    if browser:
        _review_in_browser(record, stated)
    elif record is None:
        raise MabgraphError("which record? mabgraph review RECORD walks through its proposals, mabgraph review --browser shows all records")
    else:
        _walk(record, stated, skipped)


def _walk(record: Path, stated: Settings, skipped: bool) -> None:
    """Walk through the proposals of ``record`` in the terminal."""
    from mabgraph.graph.building.checking import Checker
    from mabgraph.graph.building.choosing import Choices
    from mabgraph.graph.building.gating import RowGate
    from mabgraph.ingest.drafting.reviewing import Review

    from .picking import Ended, Screen
    from .walk import Walk

    library = open_library(*stated.documents)
    text = _text_of(record, library)
    checker = Checker(library, stated.ontology)
    gate = RowGate(checker, text)
    state = Review(record, gate)
    if not state.proposals:
        typer.echo(f"{record}: has no proposals: mabgraph draft {record} proposes rows")
        return
    screen = Screen()
    walk = Walk(state, gate, Choices(checker.ontology), text, screen, skipped)
    try:
        walk.run()
    except (Ended, KeyboardInterrupt) as end:
        screen.say()
        walk.sum_up()
        raise typer.Exit(130 if isinstance(end, KeyboardInterrupt) else 0) from None
    walk.sum_up()


def _review_in_browser(record: Path | None, stated: Settings) -> None:
    """Serve the review of ``record``, or of all records of the workspace, to a browser of this machine until a signal ends it."""
    try:
        with extras.require("serve", "mabgraph review --browser"):
            from ..reviewing import service
            from ..reviewing.desk import Desk
            from ..reviewing.rules import Rules
    except extras.NotInstalled as error:
        raise MabgraphError(str(error)) from None  # the command in the terminal needs less, and would be named instead

    service.check_host(stated.host)
    list_records = _records_of(record, stated)
    if record is not None:
        _text_of(record, open_library(*stated.documents))
    desk = Desk(list_records, lambda: open_library(*stated.documents), Rules(stated.ontology))
    if record is not None:
        desk.open(record.stem)  # what cannot be reviewed is said here, before anything is served
    page = "/" if record is None else f"/records/{quote(record.stem, safe='')}"

    def announce(address: str) -> None:
        print(f"{address}\nreview in a browser of this machine; the token is for you alone and ends with this command (Ctrl-C)", flush=True)

    service.serve(desk, stated.port, page, announce)
    for line in service.sum_up(desk):
        typer.echo(line)
    sys.stdout.flush()
    os._exit(0)  # threads of the server may still run, and must not meet an interpreter that ends


def _text_of(record: Path, library: Library) -> DocumentText:
    """Return the text of the document of ``record``.

    :raises MabgraphError: when it is not in the folders of documents.
    """
    text = library.text(record.stem)
    if text is None:
        raise MabgraphError(f"the text of {record.stem} is not in the folders of documents: give --documents FOLDER with it")
    return text


def _records_of(record: Path | None, stated: Settings) -> Callable[[], Mapping[str, Path]]:
    """Return what lists the records to review by their names.

    :raises MabgraphError: when no record is named and there is no workspace.
    """
    if record is not None:
        return lambda: {record.stem: record}
    if not stated.records:
        raise MabgraphError(
            "there is no workspace here: mabgraph init DIR makes one, and mabgraph review --browser shows its records; "
            "of a record elsewhere, give its file: mabgraph review RECORD --documents FOLDER --browser"
        )
    return lambda: {path.stem: path for folder in stated.records for path in sorted(folder.glob("*.yaml"))}
