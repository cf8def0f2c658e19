"""What cannot be seen is made visible in everything that is given out: no format breaks, and no terminal is told what to do."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import unicodedata
from typing import Any, cast
from urllib.parse import quote
from xml.etree import ElementTree

import openpyxl
import pytest
from fastapi.testclient import TestClient

from mabgraph.api.cli import csvwriter, printing, report
from mabgraph.api.collections import tables
from mabgraph.api.exports import exchange, fhir, pictures, takeaway
from mabgraph.api.exports.package import Package
from mabgraph.api.http import problems, webpages
from mabgraph.api.pages import templating
from mabgraph.api.plots import drawing
from mabgraph.graph.network import network
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.ingest.errors import MabgraphError
from mabgraph.ingest.visible import escape_invisible, escape_invisible_in, escape_json

from .test_forest import asked

UNSEEN = [
    "\x00", "\x07", "\x08", "\x0b", "\x0c", "\x1b", "\x7f", "\x85", "\x9b", "\xad", "\u061c", "\u200b", "\u200d", "\u200e", "\u200f", "\u2028", "\u2029",
    "\u202a", "\u202e", "\u2060", "\u2066", "\u2069", "\ufeff", "\ufffe", "\uffff", "\U000e0041", "\U0001ffff",
]  # fmt: skip
HALVES = ["\ud800", "\udcff"]
ALL = "".join(UNSEEN)


def unseen(text: str) -> set[str]:
    """Return what of ``text`` cannot be seen."""
    return {each for each in text if unicodedata.category(each) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and each not in "\t\r\n"} | set(
        text
    ) & set(ALL)


def texts_in(value: Any) -> str:
    """Return every text of a value that was read from JSON, keys included: ``str`` and ``repr`` of a list or mapping would escape them."""
    if isinstance(value, dict):
        return "".join(f"{key}{texts_in(inner)}" for key, inner in value.items())
    return "".join(map(texts_in, value)) if isinstance(value, list) else str(value)


def test_a_text_in_a_list_is_seen() -> None:
    assert unseen(texts_in({"a": [1, {"b\u202e": "\x9b"}]})) == {"\u202e", "\x9b"}


@pytest.mark.parametrize("sign", [*UNSEEN, *HALVES])
def test_what_cannot_be_seen_is_written_as_its_number(sign: str) -> None:
    assert escape_invisible(f"0{sign}7") == f"0⟨U+{ord(sign):04X}⟩7"
    assert escape_invisible_in({sign: [sign, 1, None, (sign,)]}) == {
        escape_invisible(sign): [escape_invisible(sign), 1, None, [escape_invisible(sign)]]
    }
    text = escape_json(json.dumps([sign, "\\u202e", "\\"], ensure_ascii=False))
    assert json.loads(text) == [sign, "\\u202e", "\\"]
    assert not unseen(text)


def test_what_is_printed_stays() -> None:
    text = "0·71 (95% CI, 0.55–0.93) ≤ α β é 𝐛\u00a0\u2009\t\r\n"
    assert escape_invisible(text) == escape_json(text) == text


@pytest.mark.parametrize("media", [tables.JSON, tables.NDJSON, tables.CSV, tables.TSV, tables.XLSX])
def test_tables(media: str) -> None:
    rows = [{"a": f"x{sign}y", "b": [sign, "z"], "c": 0.7} for sign in UNSEEN]
    body = tables.write(rows, ["a", "b", "c"], media, {"total": len(rows)}, {"address": ALL, ALL: "a"})
    if media == tables.XLSX:
        book = openpyxl.load_workbook(io.BytesIO(body))
        cells = [str(cell) for sheet in book for line in sheet.values for cell in line]
        assert "x⟨U+0000⟩y" in cells
        assert not unseen("".join(cells))
        return
    text = body.decode()
    assert not unseen(text)
    if media == tables.JSON:
        assert json.loads(text)["items"] == rows
    elif media == tables.NDJSON:
        assert [json.loads(line) for line in text.splitlines()] == rows
    else:
        read = list(csv.DictReader(io.StringIO(text, newline=""), delimiter="," if media == tables.CSV else "\t"))
        assert [line["a"] for line in read] == [escape_invisible(str(row["a"])) for row in rows]


@pytest.mark.parametrize("format", list(printing.TextFormat))
@pytest.mark.parametrize("many", [False, True])
def test_a_terminal_is_told_nothing(capsys: pytest.CaptureFixture[str], format: printing.TextFormat, many: bool) -> None:
    columns = [f"column{number}" for number in range(8 if many else 3)]
    rows = [{name: f"{name}{sign}" for name in columns} for sign in [*UNSEEN, *HALVES]]
    printing.show(columns, cast(Any, rows), format)
    out = capsys.readouterr().out
    assert not unseen(out)
    assert "202" in out


def test_an_export_is_told_nothing() -> None:
    written = io.StringIO(newline="")
    csvwriter.write_csv(cast(Any, [{"a": ALL}]), ["a"], written)
    assert not unseen(written.getvalue())


@pytest.fixture(scope="module")
def package(real: Catalogue) -> Package:
    """Return a comparison with what cannot be seen in every text of its rows that is no identifier, and in its address."""
    comparison = asked(real, drug=["blinatumomab"], endpoint=["OS"], measure=["hazard-ratio"])
    names = {"study_label", "endpoint_label", "population", "method", "treatment", "against", "analysis_label", "label"}
    rows = tuple({name: f"{value}{ALL}" if name in names else value for name, value in row.items()} for row in comparison.rows)
    return dataclasses.replace(comparison, rows=rows, address=comparison.address + ALL)


@pytest.mark.slow
@pytest.mark.parametrize(
    "form", [name for name in takeaway.FORMATS if name not in {"zip", "forest-png", "forest-pdf", "xlsx", "network", "network-graphml"}]
)
def test_every_format_of_a_comparison(package: Package, form: str) -> None:
    if form in {"metainsight", "network-cytoscape", "network-node-link"}:
        with pytest.raises(MabgraphError):
            takeaway.FORMATS[form].write(package)
        return
    text = takeaway.FORMATS[form].write(package).decode()
    if form == "forest-html":
        text = text[text.index("<body>") :]
    assert not unseen(text)
    if takeaway.FORMATS[form].media.endswith("json"):
        json.loads(text)
    if form == "forest":
        ElementTree.fromstring(text)


def test_fhir_has_none_even_when_it_is_read() -> None:
    text = fhir.resource_json({"description": ALL, "text": {"div": ALL}}).decode()
    assert not unseen(texts_in(json.loads(text)["text"]))


@pytest.mark.slow
def test_spreadsheets_and_pictures_of_a_comparison(package: Package) -> None:
    book = openpyxl.load_workbook(io.BytesIO(takeaway.FORMATS["xlsx"].write(package)))
    assert not unseen("".join(str(cell) for sheet in book for line in sheet.values for cell in line))
    assert pictures.png(package).startswith(b"\x89PNG")


@pytest.mark.parametrize("media", [exchange.GRAPHML, drawing.MEDIA])
def test_networks(real: Catalogue, media: str) -> None:
    evidence = network.read(real)
    evidence = dataclasses.replace(evidence, names={iri: name + ALL for iri, name in evidence.names.items()}, about={"dataset": ALL})
    body = tables.make_visible(exchange.graphml(evidence) if media == exchange.GRAPHML else drawing.svg(evidence), media)
    assert not unseen(body.decode())
    ElementTree.fromstring(body)


def test_pages_and_reports() -> None:
    row = {"direction": "of", "property": "a", "property_label": ALL, "value": ALL, "value_label": ALL}
    assert not unseen(webpages.resource("a", [cast(Any, row)]))
    problem = {"title": ALL, "detail": ALL, "near": [ALL], "choices": [ALL], "status": ALL}
    assert not unseen(
        templating.render("error.html", problem=problem, version=ALL, sections=[(ALL, ALL)], here="", data=[(ALL, ALL)], head="")
    )
    assert not unseen(report.html(report.markdown([], [], ALL)))


@pytest.mark.parametrize("sign", [*UNSEEN, "\r\n", "é", "漢"])
@pytest.mark.parametrize(
    "path",
    ["/v1/drugs/x{}", "/v1/drugs/x{}/estimates", "/v1/estimates?drug=x{}", "/v1/estimates?x{}=1", "/v1/estimates?format=x{}", "/v1/estimates.x{}", "/x{}",
     "/v1/search?q=x{}", "/data/x{}", "/id/x{}", "/sparql?query=SELECT%20x{}", "/sparql?format=x{}", "/sparql?x{}=1", "/v1/compare?drug=x{}", "/v1/network?drug=x{}"],
)  # fmt: skip
def test_what_a_caller_says_comes_back_visible(client: TestClient, path: str, sign: str) -> None:
    answer = client.get(path.format(quote(sign)))
    assert answer.status_code < 500
    if answer.headers.get("content-type", "").startswith(problems.MEDIA):
        assert not unseen(texts_in(answer.json()))
    assert not unseen(texts_in(dict(answer.headers)))
    assert not unseen(answer.text)


def test_links_to_pages_are_addresses_whatever_the_name(client: TestClient) -> None:
    for name in ("blinatumomab", "BLINATUMOMAB", "blina\u2010tumomab", "anti\u2010CD19", "MT\u2010103"):
        answer = client.get(f"/v1/drugs/{quote(name)}/estimates?page_size=1")
        assert answer.status_code < 500
        if answer.status_code == 200:
            assert answer.headers["link"].isascii()
    assert answer.status_code == 200, "the last of them is a name of a drug with a hyphen of another kind"
