"""The export formats of a comparison by name; the first is the default."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import IO, Final

from mabgraph.graph.compare import membership
from mabgraph.graph.network import network as networks
from mabgraph.graph.network.network import Network
from mabgraph.graph.store import jsonld
from mabgraph.ingest.errors import MabgraphError

from ..collections import tables
from ..plots import drawing
from . import analysis, archive, citations, comparisonjson, exchange, fhir, findings, pictures, workbook
from .archive import Format
from .package import Package

ZIP: Final = "application/zip"
_BIBTEX: Final = "application/x-bibtex"
_RIS: Final = "application/x-research-info-systems"
_VEGA: Final = "application/vnd.vegalite.v6+json"
_FHIR: Final = "application/fhir+json"
#: The filters that comparisons and networks share.
NETWORK_FILTERS: Final = ("drug", "target", "condition", "endpoint")
_CSL: Final = "application/vnd.citationstyles.csl+json"


def _csv(package: Package) -> bytes:
    return tables.write(workbook.rows(package), workbook.columns(), tables.CSV, {}, {})


def _tsv(package: Package) -> bytes:
    return tables.write(workbook.rows(package), workbook.columns(), tables.TSV, {}, {})


def _jsonld(package: Package) -> bytes:
    return jsonld.compact(membership.triples(package.catalogue, package.comparison, package.about))


def write_zip(package: Package, file: IO[bytes]) -> None:
    """Write the archive of all other formats to ``file``.

    :raises Unavailable: when it cannot be written now.
    """
    archive.write(package, [each for each in FORMATS.values() if each.media != ZIP], file)


def _zip(package: Package) -> bytes:
    with io.BytesIO() as file:
        write_zip(package, file)
        return file.getvalue()


def _ebm(package: Package) -> bytes:
    return fhir.bundle(package, "ebm")


def _network_writer(write: Callable[[Network], bytes]) -> Callable[[Package], bytes]:
    """Return a writer of the evidence network for the filters of a comparison.

    It refuses filters that a network does not have, because the result would ignore them.
    """

    def write_network(package: Package) -> bytes:
        return write(package.keep("network", lambda: _read_network(package)))

    return write_network


def _read_network(package: Package) -> Network:
    asked = package.asked
    beyond = [name for name in asked if name not in NETWORK_FILTERS]
    if beyond:
        raise MabgraphError(f"a network cannot be filtered by {', '.join(beyond)}; leave that out, or use csv or json for the rows")
    network = networks.read(package.catalogue, **{name: list(values) for name, values in asked.items()})
    if not network.links:
        raise MabgraphError("no comparison of treatments meets the filters; csv and json hold the estimates")
    return replace(network, about=package.about)


_ALL: Final = (
    Format(
        "json",
        "json",
        tables.JSON,
        comparisonjson.comparison_json,
        "everything: sets with reasons, estimates with figures and checks, synthesis",
    ),
    Format("csv", "csv", tables.CSV, _csv, "every estimate, one row each"),
    Format("tsv", "tsv", tables.TSV, _tsv, "the same, separated by tabs"),
    Format("xlsx", "xlsx", tables.XLSX, workbook.workbook, "sheets: rows, studies, caveats, checks, about"),
    Format("jsonld", "jsonld", tables.JSONLD, _jsonld, "the triples about the estimates, and the comparison as their collection"),
    Format("netmeta", "csv", tables.CSV, analysis.netmeta, "for netmeta and meta (R): contrasts, or arms with counts"),
    Format("multinma", "csv", tables.CSV, analysis.multinma, "for multinma (R): effects versus a baseline, or arms with counts"),
    Format("gemtc", "csv", tables.CSV, analysis.gemtc, "for gemtc (R): effects versus a baseline, or arms with counts"),
    Format("bugsnet", "csv", tables.CSV, analysis.bugsnet, "for BUGSnet (R): differences versus the first arm"),
    Format("metainsight", "csv", tables.CSV, analysis.metainsight, "for MetaInsight: responders and patients of each arm"),
    Format("metafor", "csv", tables.CSV, analysis.metafor, "for metafor (R): effects and standard errors"),
    Format("revman", "csv", tables.CSV, analysis.revman, "data rows for RevMan: generic inverse variance"),
    Format("sof", "csv", tables.CSV, findings.findings, "summary of findings: certainty and risk of bias are left to the appraiser"),
    Format("bibtex", "bib", _BIBTEX, citations.bibtex, "the documents and the dataset, for LaTeX and reference managers"),
    Format("ris", "ris", _RIS, citations.ris, "the same, for reference managers and screening tools"),
    Format("csl", "json", _CSL, citations.csl, "the same, for citation processors and Pandoc"),
    Format("forest", "svg", drawing.MEDIA, pictures.svg, "a forest plot: text as text, with a description in words"),
    Format("forest-png", "png", "image/png", pictures.png, "the same for slides"),
    Format("forest-pdf", "pdf", "application/pdf", pictures.pdf, "the same for print", False),
    Format("forest-vega-lite", "json", _VEGA, pictures.vega_lite, "the Vega-Lite specification of the plots"),
    Format("forest-html", "html", "text/html", pictures.html, "a self-contained page with a plot of each set"),
    Format("fhir", "json", _FHIR, fhir.bundle, "FHIR R5: a Bundle of Evidence with citations"),
    Format("fhir-ebm", "json", _FHIR, _ebm, "the same in the form of the EBM guide (not R5)"),
    Format("sof-fhir", "json", _FHIR, fhir.composition, "FHIR R5: a summary of findings as a Composition; certainty is empty"),
    Format("network", "svg", drawing.MEDIA, _network_writer(drawing.svg), "the evidence network that meets the filters, as a picture"),
    Format("network-graphml", "graphml", exchange.GRAPHML, _network_writer(exchange.graphml), "the same as GraphML"),
    Format("network-cytoscape", "json", tables.JSON, _network_writer(exchange.cytoscape), "the same for Cytoscape"),
    Format("network-node-link", "json", tables.JSON, _network_writer(exchange.node_link), "the same for networkx"),
    Format("zip", "zip", ZIP, _zip, "all formats that can carry the estimates, with the query and a manifest"),
)
#: Media types whose writers do not escape invisible characters themselves.
_TEXTS: Final = frozenset({tables.JSON, tables.JSONLD, tables.CSV, _BIBTEX, _RIS, _CSL, exchange.GRAPHML, drawing.MEDIA})


def _with_visible_text(form: Format) -> Format:
    """Return ``form`` with invisible characters made visible in its output."""
    return replace(form, write=lambda package: tables.make_visible(form.write(package), form.media)) if form.media in _TEXTS else form


#: The formats by the value of ``format=``, which is also a path suffix.
FORMATS: Final[Mapping[str, Format]] = {each.name: _with_visible_text(each) for each in _ALL}
