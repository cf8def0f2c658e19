"""Commands that make files of comparisons and of the network without a server: ``mabgraph compare | network | gallery``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

import typer
from pydantic import ValidationError

from mabgraph.graph import catalogue
from mabgraph.graph.catalogue import Catalogue
from mabgraph.graph.pooling import Refusal
from mabgraph.ingest.errors import MabgraphError, QuestionError

from . import faults
from .printing import typed
from .settings import Settings

DatasetOption = Annotated[Path | None, typer.Option("--dataset", help="Directory of the dataset (MABGRAPH_DATASET).")]
OutputOption = Annotated[Path | None, typer.Option("--output", "-o", help="File to write; standard output when none.")]
ParametersArgument = Annotated[list[str] | None, typer.Argument(metavar="[NAME=VALUE]...", help="Parameters, as the service takes them.")]


def compare(parameters: ParametersArgument = None, output: OutputOption = None, dataset: DatasetOption = None) -> None:
    """Put estimates side by side: their classes, why they are not one question, and files that analysis tools read.

    The parameters are those of `/v1/compare`; `format` says what to write (csv, xlsx, netmeta, forest, zip …).

    Example: `mabgraph compare drug=blinatumomab "endpoint=overall survival" measure=hazard-ratio format=csv`
    """
    from . import comparisons, gallery, takeaway

    query = _query(parameters)
    try:
        asked = comparisons.Filters.model_validate(gallery.parameters(query))
    except ValidationError as error:
        wrong = faults.described(dict(each) for each in error.errors())
        raise QuestionError(f"{wrong}; the parameters are {', '.join(comparisons.Filters.model_fields)}") from None
    form = takeaway.FORMATS.get(asked.format or "csv")
    if form is None:
        raise QuestionError(f"format {asked.format!r}: choose from {', '.join(takeaway.FORMATS)}")
    found = comparisons.package(_held(dataset), asked, parse_qsl(query))
    if isinstance(found, Refusal):
        reasons = "".join(f"\n  {each.code}: {each.text}" for each in found.reasons)
        raise MabgraphError(f"{found.text}{reasons}")
    _give(form.write(found), output)


def network(parameters: ParametersArgument = None, output: OutputOption = None, dataset: DatasetOption = None) -> None:
    """Write the evidence network: treatments and the studies that compare them, as a graph or a picture.

    The parameters are drug, target, condition, endpoint and format (json, graphml, cytoscape, node-link, svg).

    Example: `mabgraph network target=CD38 format=svg -o network.svg`
    """
    from urllib.parse import parse_qs

    from mabgraph.graph import network as networks

    from .networks import written

    given = parse_qs(_query(parameters), keep_blank_values=True)
    form = given.pop("format", ["json"])[-1]
    unknown = [name for name in given if name not in {"drug", "target", "condition", "endpoint"}]
    if unknown:
        raise QuestionError(f"{unknown[0]}: the parameters are drug, target, condition, endpoint and format")
    held = _held(dataset)
    _give(written(held, networks.read(held, **given), form), output)


def gallery(
    folder: Annotated[Path, typer.Argument(help="Folder to write; it is made if it is not there.")], dataset: DatasetOption = None
) -> None:
    """Write worked comparisons with all their files and pictures, and a page that shows them.

    Example: `mabgraph gallery gallery`
    """
    from . import gallery as galleries

    made = galleries.written(_held(dataset), folder)
    typer.echo(f"{made[0]}: {len(made) - 1} files")


def _held(dataset: Path | None) -> Catalogue:
    return catalogue.open_current((Settings(dataset=dataset) if dataset else Settings()).dataset)


def _query(parameters: list[str] | None) -> str:
    """Return parameters written NAME=VALUE as a query."""
    given = []
    for parameter in parameters or ():
        name, sign, value = typed(parameter).partition("=")
        if not sign:
            raise QuestionError(f"{parameter!r}: write parameters as name=value, such as drug=blinatumomab")
        given.append((name, value))
    return urlencode(given)


def _give(body: bytes, output: Path | None) -> None:
    if output is None:
        sys.stdout.buffer.write(body)
    else:
        output.write_bytes(body)
