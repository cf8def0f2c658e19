"""Commands about registry records: ``mabgraph registry add | status | report | show``."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from mabgraph.graph.questions.question import Row
from mabgraph.graph.store import vocabulary
from mabgraph.ingest import extras
from mabgraph.ingest.errors import MabgraphError, QuestionError
from mabgraph.ingest.visible import escape_invisible, escape_json

from . import printing, progress
from .services import ERRORS, settings_of

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode="markdown", help="Records of ClinicalTrials.gov: add them, and see what became of them."
)

RegistryOption = Annotated[Path | None, typer.Option("--registry", help="Folder of registry records (MABGRAPH_REGISTRY).")]
#: At most so many refusals are printed; `mabgraph registry report` lists all.
SHOWN: Final = 10
_NEEDS: Final = extras.require("build", "mabgraph registry")


@app.command()
@_NEEDS
def add(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Records as JSON, pages, lines of JSON (.jsonl), zips, or folders.")
    ],
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="condition=TEXT", help="Only records with this condition; repeatable.")
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, max=64, help="Processes that read.")] = 1,
    registry: RegistryOption = None,
) -> None:
    """Add records of ClinicalTrials.gov (API v2) to the workspace; what is refused is named, and the others go on.

    What is there already is no work, and a newer version replaces an older one.

    Example: `mabgraph registry add ctg-studies.zip --only "condition=multiple myeloma" --jobs 2`
    """
    from mabgraph.graph.building import lexicon
    from mabgraph.ingest.registry import files

    shelf = _shelf(registry)
    if absent := [path for path in paths if not path.exists()]:
        raise MabgraphError("\n".join(f"{path}: is not there: name a file or a folder of registry records" for path in absent))
    ontology = _ontology() if only else []
    conditions = sorted({name for text in only or () for name in lexicon.condition_names(ontology, _condition_of(text))})
    with progress.show(ERRORS, "adding") as report:
        number = files.count(paths)
        tally = shelf.add(files.units(paths), conditions, jobs, lambda what, done: report(what, done, max(number, done)))
    for place, fault in tally.refused[:SHOWN]:
        ERRORS.print(escape_invisible(f"mabgraph: {place}: {fault}"), markup=False, soft_wrap=True)
    if len(tally.refused) > SHOWN:
        ERRORS.print(f"mabgraph: and {len(tally.refused) - SHOWN} more refused: mabgraph registry report lists them")
    counts = [
        (tally.added, "added"), (tally.replaced, "replaced by a newer version"), (tally.unchanged, "unchanged"),
        (tally.older, "older than what is there"), (tally.passed, "without the condition"), (len(tally.refused), "refused"),
    ]  # fmt: skip
    typer.echo(f"{tally.total} records: " + ", ".join(f"{count} {word}" for count, word in counts if count or word == "added"))
    if tally.refused and tally.total == len(tally.refused):
        raise typer.Exit(1)


@app.command()
@_NEEDS
def status(registry: RegistryOption = None) -> None:
    """Count the registry records of the workspace.

    Example: `mabgraph registry status`
    """
    shelf = _shelf(registry)
    records, refused = shelf.records(), shelf.list_refusals()
    megabytes = sum(record.bytes for record in records) / 1e6
    versions = sorted(record.version for record in records if record.version)
    typer.echo(f"{shelf.folder}: {len(records)} records, {sum(record.has_results for record in records)} with results, {megabytes:.1f} MB")
    if versions:
        typer.echo(f"versions: {versions[0]} to {versions[-1]}")
    typer.echo(f"earlier versions known by their digest: {shelf.count_earlier()}")
    typer.echo(f"refused and not read since: {len(refused)}" + (" (mabgraph registry report)" if refused else ""))


@app.command()
@_NEEDS
def report(
    kind: Annotated[str | None, typer.Option("--kind", help="List each of this kind, such as 'unmatched drug' or refused.")] = None,
    format: Annotated[printing.TextFormat, typer.Option("--format", help="Output format.")] = printing.TextFormat.table,
    registry: RegistryOption = None,
) -> None:
    """List what was refused, what is odd in the records, and what names nothing that mabgraph knows, with counts and pointers.

    Example: `mabgraph registry report --kind "unmatched drug" --format csv`
    """
    counts, first, listed = Counter[str](), dict[str, Row](), list[Row]()
    for row in _odd(registry):
        word = str(row["kind"])
        counts[word] += 1
        first.setdefault(word, row)
        if word == kind:
            listed.append(row)
    if kind is not None:
        if not listed and kind not in counts:
            raise QuestionError(f"--kind {kind!r}: nothing of this kind; there is {', '.join(sorted(counts)) or 'nothing'}")
        printing.show(["record", "pointer", "text"], listed, format)
        return
    rows: list[Row] = [
        {"kind": word, "count": count, "first": f"{first[word]['record']} {first[word]['pointer']}".strip()}
        for word, count in counts.most_common()
    ]
    printing.show(["kind", "count", "first"], rows, format)


def _ontology() -> Any:
    """Return the terms that a build of the workspace knows: the shipped ones, and one's own."""
    from mabgraph.graph.building import quads

    return quads.of_ontology(vocabulary.ONTOLOGY, *settings_of(None).ontology)


def _odd(registry: Path | None) -> Iterator[Row]:
    """Yield everything that was refused or flagged."""
    from mabgraph.graph.building import lexicon
    from mabgraph.ingest.registry import conversion

    shelf = _shelf(registry)
    for place, fault in shelf.list_refusals():
        yield {"kind": "refused", "record": place, "pointer": "", "text": fault}
    records = shelf.records()
    names = lexicon.names_of(_ontology())
    with progress.show(ERRORS, "reading") as show:
        for index, record in enumerate(records):
            show(record.number, index, len(records))
            try:
                flags = conversion.convert(shelf.read(record.number), names).flags
            except MabgraphError as error:
                yield {"kind": "refused", "record": record.number, "pointer": "", "text": str(error)}
                continue
            for flag in flags:
                yield {"kind": flag.kind, "record": record.number, "pointer": flag.pointer, "text": flag.text}


@app.command()
@_NEEDS
def show(
    number: Annotated[str, typer.Argument(metavar="NCT...", help="Number of the record.")],
    at: Annotated[str | None, typer.Option("--at", metavar="POINTER", help="JSON Pointer (RFC 6901): what stands there.")] = None,
    registry: RegistryOption = None,
) -> None:
    """Show a record: what it is, its results with their pointers, and what is odd; with --at, what stands at a pointer.

    Example: `mabgraph registry show NCT02013167 --at /protocolSection/designModule`
    """
    from mabgraph.graph.building import lexicon
    from mabgraph.ingest.registry import conversion, pointers

    shelf = _shelf(registry)
    number = number.strip().upper()
    read = shelf.read(number)
    converted = conversion.convert(read, lexicon.names_of(_ontology()))
    if at is not None:
        value = pointers.resolve(json.loads(read.content), at)
        typer.echo(escape_json(json.dumps(value, ensure_ascii=False, indent=1)))
        for line in _uses(converted.nodes, at):
            typer.echo(escape_invisible(line))
        return
    document = converted.nodes[0]
    typer.echo(escape_invisible(f"{read.number}: {document['title']}"))
    typer.echo(f"version {read.version or 'without a date'}, SHA-256 {read.digest}, {len(read.content)} bytes")
    for version, digest in shelf.earlier(number):
        typer.echo(f"earlier: version {version or 'without a date'}, SHA-256 {digest}")
    figures = {str(node["id"]): node for node in converted.nodes if node["type"] == "Figure"}
    for node in converted.nodes:
        if str(node["id"]).startswith(("estimate/", "result/")):
            typer.echo(escape_invisible(_line(node, figures)))
    counts = {status: converted.ledger.count(status) for status in ("figure", "member of a row", "no evidence", "unaccounted")}
    typer.echo(f"ledger: {len(converted.ledger.entries)} numbers: " + ", ".join(f"{count} {status}" for status, count in counts.items()))
    for reason, count in converted.ledger.count_reasons().items():
        typer.echo(f"no evidence: {reason}: {count}")
    for flag in converted.flags:
        typer.echo(escape_invisible(f"{flag.kind}: {flag.pointer}: {flag.text}"))


def _uses(nodes: tuple[dict[str, Any], ...], at: str) -> Iterator[str]:
    """Yield what was read at the pointer ``at``: the figure there, and each result that has it."""
    name = next((str(node["id"]) for node in nodes if node["type"] == "Figure" and _pointer_of(node) == at), None)
    for node in nodes:
        if node["id"] == name:
            yield f"read as {node['role']}: {node.get('number') or node.get('date') or node.get('absence')}"
        elif (name and name in node.get("figure", ())) or _pointer_of(node) == at:
            yield f"in {node['id']}: {node.get('label', node.get('quantityKind', ''))}"


def _line(node: dict[str, Any], figures: dict[str, dict[str, Any]]) -> str:
    """Return one result as a line: what it is, its numbers as printed, and the pointer of the first."""
    if "anchoredAt" in node:
        numbers = ", ".join(f"{key} {node[key]}" for key in ("count", "total", "events", "absence") if key in node)
        return f"{node['label']}: {numbers} at {_pointer_of(node)}"
    own = [figures[name] for name in node["figure"]]
    numbers = ", ".join(f"{figure['role']} {figure['printed']}" for figure in own)
    kind = {"UndirectedResult": " [direction not stated]", "TestResult": " [test without an effect]"}.get(str(node["type"]), "")
    return f"{node['label']}{kind}: {numbers} at {_pointer_of(own[0])}"


def _pointer_of(node: dict[str, Any]) -> str:
    """Return the pointer of the place of a figure, or of a result that is a row; empty for others."""
    place = node.get("anchoredAt", "")
    return str(place["id"] if isinstance(place, dict) else place).partition("#")[2]


def _condition_of(text: str) -> str:
    name, value = printing.split_parameter(text, "condition=lymphoma")
    if name != "condition" or not value.strip():
        raise QuestionError(f"--only {text!r}: write condition=TEXT, such as condition=lymphoma")
    return value


def _shelf(registry: Path | None) -> Any:
    from mabgraph.ingest.registry.shelf import Shelf

    folder = settings_of(None, registry=registry).registry
    if folder is None:
        raise MabgraphError("no folder of registry records: run mabgraph init and work in the workspace, or give --registry")
    return Shelf(folder)
