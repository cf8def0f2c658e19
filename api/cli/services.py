"""Commands that run services: ``mabgraph serve | mcp | reload``; and options shared with the other commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console

from mabgraph.graph.store import vocabulary
from mabgraph.ingest import skeletons
from mabgraph.ingest.documents import Library, open_library
from mabgraph.ingest.errors import MabgraphError

from ..http.settings import Settings
from . import greeting, progress

#: The console for errors and progress.
ERRORS: Final = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)

DatasetOption = Annotated[Path | None, typer.Option("--dataset", help="Directory of the dataset (MABGRAPH_DATASET).")]
DocumentsOption = Annotated[
    list[Path] | None,
    typer.Option("--documents", help="Folder of documents with manifest.json; repeatable (MABGRAPH_DOCUMENTS)."),
]
RecordsOption = Annotated[
    list[Path] | None, typer.Option("--records", help="Folder of record files over the shipped ones; repeatable (MABGRAPH_RECORDS).")
]
OntologyOption = Annotated[
    list[Path] | None, typer.Option("--ontology", help="Folder of terms over the shipped ones; repeatable (MABGRAPH_ONTOLOGY).")
]
ShippedOption = Annotated[
    bool | None, typer.Option("--shipped/--no-shipped", help="Lay the records over those that mabgraph ships (MABGRAPH_SHIPPED).")
]
WithoutRegistryOption = Annotated[bool, typer.Option("--without-registry", help="Leave out the registry records of the workspace.")]
ReplaceOption = Annotated[bool, typer.Option("--replace", help="Replace a dataset that was made from other folders.")]


def serve(
    dataset: DatasetOption = None,
    records: RecordsOption = None,
    documents: DocumentsOption = None,
    ontology: OntologyOption = None,
    shipped: ShippedOption = None,
    replace: ReplaceOption = False,
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

    stated = settings_of(
        dataset, records=records, documents=documents, ontology=ontology, shipped=shipped,
        host=host, port=port, store=store, public=public, access_log=access_log,
    )  # fmt: skip
    settings, fresh = greeting.add_secret(stated)
    if missing := serving.confinement_warning(settings):
        ERRORS.print(f"mabgraph: {missing}")
    listening = serving.listen(settings.host, settings.port)
    if build and not settings.store:
        build_if_changed(settings, replace)
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


def library_of(settings: Settings) -> Library | None:
    """Return the library of the documents of ``settings``; none without a folder."""
    return open_library(*settings.documents) if settings.documents else None


def records_of(settings: Settings) -> dict[str, Path]:
    """Return the record files of ``settings`` by the ids of their documents, sorted: the shipped ones, and one's own over them.

    :raises BuildError: when there is none.
    """
    from mabgraph.graph.building import build as builder

    paths = builder.records_of(*([vocabulary.RECORDS] if settings.shipped else []), *settings.records)
    return {path.stem: path for path in paths}


def build_if_changed(settings: Settings, replace: bool = False) -> tuple[Any, bool]:
    """Return the manifest of the dataset of these settings, and whether it was built now."""
    from mabgraph.graph.building import build as builder
    from mabgraph.graph.building.unfinished import find_unfinished

    records = records_of(settings)
    for name in [name for name, path in records.items() if skeletons.is_skeleton(path)]:
        ERRORS.print(f"mabgraph: {records.pop(name)}: states nothing yet and is left out of the dataset: mabgraph check says what it lacks")
    for name, left_out in find_unfinished(records, settings.dataset, library_of(settings)).items():
        del records[name]
        ERRORS.print(f"mabgraph: {left_out.describe()}")
    if not records:
        raise MabgraphError("there is no record that states anything and is anchored: write one (docs/records.md), then build")
    for path in sorted(vocabulary.RECORDS.glob("*.yaml") if settings.shipped else ()):
        if records.get(path.stem, path) != path:
            ERRORS.print(f"mabgraph: {records[path.stem]} lies over the record of this name that mabgraph ships")
    inputs = builder.Inputs(
        tuple(records.values()), library=library_of(settings), terms=settings.ontology, folders=settings.records, registry=settings.registry
    )
    with progress.show(ERRORS) as report:
        return builder.build(inputs, settings.dataset, report, replacing=replace, jobs=settings.jobs)
