"""Commands about records: ``mabgraph init | add | term | build | check | anchor | format | ledger``."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer

from mabgraph.graph.store import vocabulary
from mabgraph.ingest import anchoring, formatting, recordfile, seals, workspace
from mabgraph.ingest import ledger as ledgers
from mabgraph.ingest import record as record_type
from mabgraph.ingest.documents import open_library
from mabgraph.ingest.errors import MabgraphError

from . import csvwriter, services
from .services import (
    ERRORS,
    DatasetOption,
    DocumentsOption,
    OntologyOption,
    RecordsOption,
    ReplaceOption,
    ShippedOption,
    WithoutRegistryOption,
)  # fmt: skip

#: The kinds of term that ``mabgraph term`` writes: :data:`mabgraph.graph.building.terms.KINDS`, which the base installation cannot import.
TERM_KINDS: Final = (
    "drug, target, condition, adjustment-factor, adverse-event, baseline-characteristic, censoring-rule, comparison-measure, design, "
    "document-kind, drug-class, endpoint, group-measure, group-role, method, population, quantity, reason, route, test, unit, "
    "unit-of-analysis, variable"
)


def init(folder: Annotated[Path, typer.Argument(help="Folder of the workspace; it is made if it is not there.")]) -> None:
    """Make a workspace: folders for records, documents and terms of your own, and `mabgraph.toml`, which every command finds from below.

    Example: `mabgraph init my-review`
    """
    for path in workspace.create_workspace(folder):
        typer.echo(f"{path}: written")
    typer.echo(f"{folder}: a workspace; put documents and records there, then run mabgraph build in it")


def add(
    file: Annotated[Path, typer.Argument(help="A document: PDF, JATS XML, or plain text in UTF-8.")],
    name: Annotated[str | None, typer.Option("--id", help="Id of the document; default: made of the file's name.")] = None,
    documents: DocumentsOption = None,
    records: RecordsOption = None,
) -> None:
    """Add a document to the workspace: its text, with tables as cells, an entry in the manifest, and the beginning of its record.

    Example: `mabgraph add paper.pdf --id author-2024`
    """
    from mabgraph.ingest.texts import adding

    stated = services.settings_of(None, documents=documents, records=records)
    if not stated.documents or not stated.records:
        raise MabgraphError("no folder to add it to: run mabgraph init and add it in the workspace, or give --documents and --records")
    shipped = [path.stem for path in vocabulary.RECORDS.glob("*.yaml")] if stated.shipped else []
    added = adding.add_document(file, stated.documents[-1], stated.records[-1], name, shipped)
    for path in added.files:
        typer.echo(f"{path}: written")
    for note in added.notes:
        ERRORS.print(f"mabgraph: {file}: {note}")
    typer.echo(f"{added.id}: {added.entry['code_points']} characters; next, write {added.files[-1]} (docs/records.md), then mabgraph check")


def term(
    kind: Annotated[str, typer.Argument(help=f"Kind of term: {TERM_KINDS}.")],
    name: Annotated[str, typer.Argument(help="Its name, as the field writes it.")],
    definition: Annotated[
        str | None, typer.Option("--definition", help="One sentence; of a drug it can be made of class and targets.")
    ] = None,
    drug_class: Annotated[str | None, typer.Option("--class", help="Class of a drug, such as monoclonal-antibody.")] = None,
    target: Annotated[list[str] | None, typer.Option("--target", help="Target of a drug; repeatable.")] = None,
    broader: Annotated[list[str] | None, typer.Option("--broader", help="A broader term; repeatable.")] = None,
    also: Annotated[list[str] | None, typer.Option("--also", help="Other names, separated by commas; repeatable.")] = None,
    match: Annotated[
        list[str] | None, typer.Option("--match", help="Identifier (prefix:number) or address of the same thing; repeatable.")
    ] = None,
    example: Annotated[str | None, typer.Option("--example", help="Where the term is used, in a few words.")] = None,
    event_is: Annotated[str | None, typer.Option("--event-is", help="What the event of an end point means: benefit or harm.")] = None,
    ontology: OntologyOption = None,
) -> None:
    """Write a term of your own into the workspace: a drug, target, condition, end point or another concept.

    Example: `mabgraph term drug examplimab --class bispecific-t-cell-engager --target CD20 --target CD3 --also Examplo,EX-101`
    """
    from mabgraph.graph.building import terms

    stated = services.settings_of(None, ontology=ontology)
    if not stated.ontology:
        raise MabgraphError("no folder to write it to: run mabgraph init and write it in the workspace, or give --ontology")
    asked = terms.Term(
        kind, " ".join(name.split()), definition, example, drug_class, tuple(target or ()), tuple(broader or ()),
        tuple(each.strip() for each in ",".join(also or ()).split(",") if each.strip()), tuple(match or ()), event_is,
    )  # fmt: skip
    written = terms.write_term(asked, stated.ontology[-1], stated.ontology)
    typer.echo(f"{written.path}: {vocabulary.local_name(written.iri)} written\n{written.turtle}", nl=False)
    for missing in written.left_out:
        ERRORS.print(f"mabgraph: left out: {missing}")


def build(
    dataset: DatasetOption = None,
    records: RecordsOption = None,
    documents: DocumentsOption = None,
    ontology: OntologyOption = None,
    shipped: ShippedOption = None,
    replace: ReplaceOption = False,
    without_registry: WithoutRegistryOption = False,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", min=1, max=64, help="Processes that read registry records (MABGRAPH_JOBS); default: as many as fit."),
    ] = None,
) -> None:
    """Build the dataset from the records, validate it, and make it the current one.

    Records and terms of your own lie over those that mabgraph ships. In a workspace (`mabgraph init`) its folders are read, with its
    registry records unless `--without-registry` is set. A build that was ended goes on where it was: what was read of a registry is kept.

    Example: `mabgraph build --documents ../shared/documents`
    """
    stated = services.settings_of(dataset, records=records, documents=documents, ontology=ontology, shipped=shipped, jobs=jobs)
    read = stated.model_copy(update={"registry": None}) if without_registry else stated
    manifest, is_new = services.build_if_changed(read, replace)
    word = "built" if is_new else "unchanged"
    typer.echo(f"{word}: {manifest.quads} quads, {manifest.figures} figures, dataset {manifest.version[:12]}")


def check(
    record: Annotated[list[Path] | None, typer.Argument(help="Record files; default: all records, the shipped ones and your own.")] = None,
    documents: DocumentsOption = None,
    records: RecordsOption = None,
    ontology: OntologyOption = None,
    shipped: ShippedOption = None,
) -> None:
    """Verify records: all that a build would refuse, and, if the documents are available, every figure at its place.

    Every fault is a line with file, line, key and remedy.

    Example: `mabgraph check ingest/records/kantarjian-2017.yaml --documents ../shared/documents`
    """
    from mabgraph.graph.building.checking import Checker

    stated = services.settings_of(None, records=records, documents=documents, ontology=ontology, shipped=shipped)
    checker = Checker(services.library_of(stated), stated.ontology)
    wrong_terms = checker.check_terms()
    for fault in wrong_terms:
        ERRORS.print(fault)
    failed = bool(wrong_terms)
    for path in record or services.records_of(stated).values():
        checked = checker.check(path)
        for fault in checked.faults:
            ERRORS.print(fault)
        failed |= bool(checked.faults)
        seen = "at their places in the text" if checked.text_seen else "by their seal: the text of this document is not available"
        outcome = f"{len(checked.faults)} faults" if checked.faults else f"verified {seen}"
        typer.echo(f"{checked.document}: {checked.figures} figures, {outcome}")
    raise typer.Exit(int(failed))


def anchor(
    record: Annotated[Path, typer.Argument(help="The record file; it is rewritten in place.")],
    documents: DocumentsOption = None,
) -> None:
    """Find every quote of a record in its document, write its position and the ledger of the document, and seal the record.

    A quote that is absent or ambiguous is refused, with the candidates; nothing is guessed.

    Example: `mabgraph anchor ingest/records/kantarjian-2017.yaml --documents ../shared/documents`
    """
    file = recordfile.load(record)
    text = anchoring.anchor(file, open_library(*services.settings_of(None, documents=documents).documents))
    if text == file.text:
        typer.echo(f"{record}: every quote has its position; nothing to change")
        return
    recordfile.replace(record, text)
    typer.echo(f"{record}: anchored and sealed")


def format(
    record: Annotated[
        list[Path] | None, typer.Argument(help="Record files; default: those of the workspace, else the shipped ones.")
    ] = None,
    only_check: Annotated[bool, typer.Option("--check", help="Change nothing; say which files would change. Exit code 1 if any.")] = False,
    records: RecordsOption = None,
) -> None:
    """Write records by the rules of the house: order of keys, length of lines, no white space at their ends. Comments and seals stay.

    Example: `mabgraph format ingest/records/kantarjian-2017.yaml --check`
    """
    stated = services.settings_of(None, records=records)
    folders = stated.records or (vocabulary.RECORDS,)
    failed = False
    for path in record or sorted(each for folder in folders for each in folder.glob("*.yaml")):
        file = recordfile.load(path)
        text = formatting.format_record(file)
        if text != file.text and not only_check:
            recordfile.replace(path, text)
        word = "as it should be" if text == file.text else "would be formatted" if only_check else "formatted"
        typer.echo(f"{path}: {word}")
        long = [f"{path}:{number}: {size} characters: {formatting.REMEDY}" for number, size in formatting.find_long_lines(text)]
        for line in long:
            ERRORS.print(line)
        failed |= bool(long) or (only_check and text != file.text)
    raise typer.Exit(int(failed))


def ledger(
    document: Annotated[str, typer.Argument(help="Id of the document, which is the name of its record file.")],
    documents: DocumentsOption = None,
    records: RecordsOption = None,
    shipped: ShippedOption = None,
    everything: Annotated[bool, typer.Option("--all", help="List every numeral as CSV, not only the unaccounted ones.")] = False,
) -> None:
    """Classify every numeral of a document: anchored by a figure, not evidence (with the reason), or unaccounted.

    The exit code is 1 if a numeral is unaccounted, a reason matches no numeral, or the record's ledger is not what the text gives.

    Example: `mabgraph ledger kantarjian-2017 --documents ../shared/documents`
    """
    stated = services.settings_of(None, documents=documents, records=records, shipped=shipped)
    text = open_library(*stated.documents).text(document)
    if text is None:
        raise MabgraphError(f"the text of {document} is not in the folders of documents: name the folder that has it with --documents")
    folders = [*([vocabulary.RECORDS] if stated.shipped else []), *stated.records]
    path = next((each for folder in reversed(folders) if (each := folder / f"{document}.yaml").is_file()), None)
    if path is None:
        searched = ", ".join(map(str, folders)) or "no folder of records"
        raise MabgraphError(f"there is no record of {document} (searched: {searched}): write one, or name its folder with --records")
    typed_record, file = record_type.load(path)
    account = ledgers.build_ledger(typed_record, file, text)
    stale = [] if seals.seal_fault(file) else list(ledgers.sealed_faults(file, typed_record, account))
    if everything:
        csvwriter.write_csv([asdict(entry) for entry in account.entries], csvwriter.COLUMNS["ledger"], sys.stdout)
    else:
        for entry in account.entries:
            if entry.status == "unaccounted":
                around = " ".join(text.text[max(0, entry.start - 40) : entry.end + 40].split())
                typer.echo(f"unaccounted at {entry.start}: {entry.printed}  …{around}…")
        for reason in account.idle:
            typer.echo(f"accounts for nothing: {reason.reason} {reason.pattern or ''}")
        for fault in stale:
            typer.echo(fault)
        counts = ", ".join(f"{account.count(status)} {status}" for status in ("anchored", "not evidence", "unaccounted"))
        typer.echo(f"{document}: {len(account.entries)} numerals: {counts}")
    raise typer.Exit(int(bool(account.count("unaccounted") or account.idle or stale)))
