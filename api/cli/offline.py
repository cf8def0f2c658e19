"""Commands that write comparisons and the network to files without a server: ``mabgraph compare | network | gallery``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qs, parse_qsl, urlencode

import typer
from pydantic import ValidationError

from mabgraph.graph.compare.pooling import Refusal
from mabgraph.graph.questions import catalogue
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.ingest.errors import MabgraphError, QuestionError

from ..http import faults
from .printing import split_parameter
from .services import DatasetOption, settings_of

OutputOption = Annotated[Path | None, typer.Option("--output", "-o", help="File to write; default: standard output.")]
ParametersArgument = Annotated[list[str] | None, typer.Argument(metavar="[NAME=VALUE]...", help="Parameters of the service.")]


def compare(parameters: ParametersArgument = None, output: OutputOption = None, dataset: DatasetOption = None) -> None:
    """Compare estimates: their comparability, the reasons against pooling, and input files for analysis tools.

    The parameters are those of `/v1/compare`; `format` selects the output (csv, xlsx, netmeta, forest, zip …).

    Example: `mabgraph compare drug=blinatumomab "endpoint=overall survival" measure=hazard-ratio format=csv`
    """
    from ..exports import gallery, selection, takeaway

    query = _query(parameters)
    try:
        asked = selection.Filters.model_validate(gallery.parameters(query))
    except ValidationError as error:
        wrong = faults.describe(dict(each) for each in error.errors())
        raise QuestionError(f"{wrong}; the parameters are {', '.join(selection.Filters.model_fields)}") from None
    form = takeaway.FORMATS.get(asked.format or "csv")
    if form is None:
        raise QuestionError(f"format {asked.format!r}: choose from {', '.join(takeaway.FORMATS)}")
    package_or_refusal = selection.package(_open_catalogue(dataset), asked, parse_qsl(query))
    if isinstance(package_or_refusal, Refusal):
        reasons = "".join(f"\n  {each.code}: {each.text}" for each in package_or_refusal.reasons)
        raise MabgraphError(f"{package_or_refusal.text}{reasons}")
    _write_output(form.write(package_or_refusal), output)


def network(parameters: ParametersArgument = None, output: OutputOption = None, dataset: DatasetOption = None) -> None:
    """Write the evidence network: treatments and the studies that compare them, as a graph or a picture.

    The parameters are drug, target, condition, endpoint and format (json, graphml, cytoscape, node-link, svg).

    Example: `mabgraph network target=CD38 format=svg -o network.svg`
    """
    from mabgraph.graph.network import network as networks

    from ..exports import takeaway
    from ..exports.evidencenetwork import write

    filters = parse_qs(_query(parameters), keep_blank_values=True)
    form = filters.pop("format", ["json"])[-1]
    unknown = [name for name in filters if name not in takeaway.NETWORK_FILTERS]
    if unknown:
        raise QuestionError(f"{unknown[0]}: the parameters are drug, target, condition, endpoint and format")
    current = _open_catalogue(dataset)
    _write_output(write(current, networks.read(current, **filters), form, filters), output)


def gallery(
    folder: Annotated[Path, typer.Argument(help="Folder to write; it is created if necessary.")], dataset: DatasetOption = None
) -> None:
    """Write worked comparisons with all their files and pictures, and a page that shows them.

    Example: `mabgraph gallery gallery`
    """
    from ..exports import gallery as galleries

    paths = galleries.write(_open_catalogue(dataset), folder)
    typer.echo(f"{paths[0]}: {len(paths) - 1} files")


def _open_catalogue(dataset: Path | None) -> Catalogue:
    return catalogue.open_current(settings_of(dataset).dataset)


def _query(parameters: list[str] | None) -> str:
    """Return parameters in the form NAME=VALUE as a query string."""
    return urlencode([split_parameter(parameter, "drug=blinatumomab") for parameter in parameters or ()])


def _write_output(body: bytes, output: Path | None) -> None:
    if output is None:
        sys.stdout.buffer.write(body)
    else:
        output.write_bytes(body)
