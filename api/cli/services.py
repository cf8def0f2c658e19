"""Commands that run services: ``mabgraph serve | mcp | reload``; and options shared with the other commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console

from mabgraph.graph.store import vocabulary
from mabgraph.ingest.documents import Library, open_library

from ..http.settings import Settings
from . import greeting, progress

#: The console for errors and progress.
ERRORS: Final = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)

DatasetOption = Annotated[Path | None, typer.Option("--dataset", help="Directory of the dataset (MABGRAPH_DATASET).")]
DocumentsOption = Annotated[Path | None, typer.Option("--documents", help="Folder with the source documents and their manifest.json.")]
RecordsOption = Annotated[Path, typer.Option("--records", help="Folder of record files.")]


def serve(
    dataset: DatasetOption = None,
    records: RecordsOption = vocabulary.RECORDS,
    documents: DocumentsOption = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on (MABGRAPH_HOST).")] = None,
    port: Annotated[str | None, typer.Option(metavar="INTEGER", help="Port to listen on; 0 takes a free one (MABGRAPH_PORT).")] = None,
    public: Annotated[
        bool | None, typer.Option("--public", help="Serve other machines; refused if this system cannot confine queries.")
    ] = None,
    build: Annotated[bool, typer.Option("--build/--no-build", help="Build the dataset first if its inputs changed.")] = True,
    store: Annotated[str | None, typer.Option("--store", help="Query URL of another engine with the dataset (MABGRAPH_STORE).")] = None,
    access_log: Annotated[
        bool | None, typer.Option("--access-log", help="Write a line for each request, without queries and secrets (MABGRAPH_ACCESS_LOG).")
    ] = None,
) -> None:
    """Build the dataset if its inputs changed, and serve it.

    Example: `mabgraph serve --port 8000`
    """
    from ..serving import serving

    settings, fresh = greeting.add_secret(
        settings_of(dataset, host=host, port=port, store=store, documents=documents, public=public, access_log=access_log)
    )
    if missing := serving.confinement_warning(settings):
        ERRORS.print(f"mabgraph: {missing}")
    listening = serving.listen(settings.host, settings.port)
    if build and not settings.store:
        build_if_changed(settings, records, documents)
    number = listening.getsockname()[1]
    serving.serve(settings, number, lambda: print("\n".join(greeting.lines(settings, number, fresh)), flush=True))


def mcp(
    dataset: DatasetOption = None,
    store: Annotated[str | None, typer.Option("--store", help="Query URL of another engine with the dataset (MABGRAPH_STORE).")] = None,
    http: Annotated[bool, typer.Option("--http", help="Listen on 127.0.0.1 (streamable HTTP); else standard input and output.")] = False,
    port: Annotated[str, typer.Option(metavar="INTEGER", help="Port to listen on with --http; 0 takes a free one.")] = "8001",
) -> None:
    """Serve agents by the Model Context Protocol.

    Example: `mabgraph mcp --dataset mabgraph-dataset`
    """
    from ..agents import mcp as agents

    settings = settings_of(dataset, store=store, port=port)
    agents.serve(settings, settings.port if http else None)


def reload(dataset: DatasetOption = None) -> None:
    """Notify every running service over a dataset's directory to load the current dataset; no request fails.

    Example: `mabgraph build && mabgraph reload`
    """
    from ..serving import registration

    services = registration.call(settings_of(dataset).dataset)
    typer.echo(f"{len(services)} service{'' if len(services) == 1 else 's'} reload: {', '.join(map(str, services))}")


def settings_of(dataset: Path | None, **options: Any) -> Settings:
    """Return the settings: options of the command line override the environment."""
    return Settings(**{key: value for key, value in ({"dataset": dataset} | options).items() if value is not None})


def library_of(documents: Path | None) -> Library | None:
    """Return the library of the documents in a folder; none without a folder."""
    return open_library(documents) if documents else None


def build_if_changed(settings: Settings, records: Path, documents: Path | None) -> tuple[Any, bool]:
    """Return the manifest of the dataset of these records, and whether it was built now."""
    from mabgraph.graph.building import build as builder

    inputs = builder.Inputs(builder.records_of(records), library=library_of(documents))
    with progress.show(ERRORS) as report:
        return builder.build(inputs, settings.dataset, report)
