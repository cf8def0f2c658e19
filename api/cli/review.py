"""The command ``mabgraph review``: a walk through the proposals of a record, with plain lines as keys."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mabgraph.ingest.documents import open_library
from mabgraph.ingest.errors import MabgraphError

from . import services
from .services import DocumentsOption, OntologyOption


def review(
    record: Annotated[Path, typer.Argument(help="The record file; each decision is written into it at once.")],
    skipped: Annotated[bool, typer.Option("--skipped", help="Walk through skipped proposals too.")] = False,
    documents: DocumentsOption = None,
    ontology: OntologyOption = None,
) -> None:
    """Walk through the proposals of a record, each with its sentence: accept, correct, or skip with a reason.

    Quit and go on at any time: the record file is the only state.

    Example: `mabgraph review records/author-2024.yaml`
    """
    from mabgraph.graph.building.checking import Checker
    from mabgraph.graph.building.choosing import Choices
    from mabgraph.graph.building.gating import RowGate
    from mabgraph.ingest.drafting.reviewing import Review

    from .picking import Ended, Screen
    from .walk import Walk

    stated = services.settings_of(None, documents=documents, ontology=ontology)
    library = open_library(*stated.documents)
    text = library.text(record.stem)
    if text is None:
        raise MabgraphError(f"the text of {record.stem} is not in the folders of documents: give --documents FOLDER with it")
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
