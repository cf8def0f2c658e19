"""Places in files: page and box, or element path, of every quote go from the file that was added into record, graph and answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mabgraph.graph.building import build
from mabgraph.graph.questions import catalogue
from mabgraph.ingest import anchoring, places, record, recordfile, verification
from mabgraph.ingest.documents import open_library
from mabgraph.ingest.errors import AnchorError
from mabgraph.ingest.places import Place
from mabgraph.ingest.texts import adding

from .quick import quick_builds
from .test_adding import pdf

ARTICLE = """<?xml version="1.0"?><article><front><article-meta><title-group><article-title>Examplimab</article-title></title-group></article-meta></front>
<body><sec><title>Results</title><p>Of 60 patients, 30 (50.0%) responded.</p><table-wrap><table>
<tr><th>Outcome</th><th>Examplimab</th></tr><tr><td>Response</td><td>30 (50.0)</td></tr></table></table-wrap></sec></body></article>
"""
RECORD = """\
document: {{id: {id}, sha256: {sha256}, characters: {characters}, title: Examplimab, document_kind: primary-report, rights: invented}}
unit_of_analysis: patients
studies: [{{id: one, type: Study, label: One, design: single-arm-trial}}]
groups: [{{id: all, label: All patients}}]
results:
  - id: response
    variable: response
    measure: proportion
    group: all
    printed:
      - quote: "Of [60](total) patients, [30](count) ([50.0](percent)%)"
  - id: again
    variable: overall-response
    measure: proportion
    group: all
    not_reported: [missing-total]
    printed:
      - quote: "[30](count) ([50.0](percent))"
claims:
  - id: half
    claim_kind: finding
    about: [one]
    text: Patients responded.
    printed:
      - quote: "patients, 30"
"""
ROW = {"page": None, "box": None, "element_path": None}


def anchored(root: Path, source: Path) -> tuple[Path, Path]:
    """Add ``source`` and write a record of it; return its file and the folder of documents."""
    documents, records = root / "documents", root / "records"
    for folder in (documents, records):
        folder.mkdir()
    (documents / "manifest.json").write_text("[]", "utf-8")
    adding.add_document(source, documents, records, "paper")
    known = open_library(documents).text("paper")
    assert known is not None
    path = records / "paper.yaml"
    path.write_text(RECORD.format(id="paper", sha256=known.sha256, characters=len(known.text)), "utf-8")
    recordfile.replace(path, anchoring.anchor(recordfile.load(path), open_library(documents)))
    return path, documents


def rows_of(path: Path, directory: Path) -> list[dict[str, object]]:
    with quick_builds():
        build.build(build.Inputs((path,)), directory)
    rows, _ = catalogue.open_current(directory).page("figures-page", {}, 100)
    return [dict(row) for row in rows]


@pytest.fixture
def paper(tmp_path: Path) -> tuple[Path, Path]:
    table = [["Outcome", "Examplimab"], ["Response", "30 (50.0)"]]
    return anchored(tmp_path, pdf(tmp_path / "a.pdf", "An invented title.", "Of 60 patients, 30 (50.0%) responded.", table=table))


def test_page_and_box_of_a_pdf_are_in_record_graph_and_answers(tmp_path: Path, paper: tuple[Path, Path]) -> None:
    import pdfplumber

    path, documents = paper
    typed, file = record.load(path)
    assert verification.check(file, open_library(documents)).faults == ()
    assert len(typed.places) == 2, "the line of text, and the cell"
    assert "places:\n  - {at: " in file.text
    assert file.text.index("places:") < file.text.index("sealed:")
    rows = rows_of(path, tmp_path / "dataset")
    assert len(rows) == 5
    with pdfplumber.open(tmp_path / "a.pdf") as opened:
        for row in rows:
            left, top, width, height = map(float, str(row["box"]).split(","))
            words = (
                opened.pages[int(str(row["page"])) - 1].within_bbox((left - 3, top - 3, left + width + 3, top + height + 3)).extract_text()
            )
            assert str(row["exact"]) in words
            assert row["element_path"] is None
    assert {row["page"] for row in rows} == {2}
    assert len({row["box"] for row in rows}) == 2


def test_the_path_of_an_element_of_xml_is_in_record_graph_and_answers(tmp_path: Path) -> None:
    source = tmp_path / "a.xml"
    source.write_text(ARTICLE, "utf-8")
    path, _ = anchored(tmp_path, source)
    paths = {str(row["exact"]): row["element_path"] for row in rows_of(path, tmp_path / "dataset")}
    assert paths["60"] == "/article/body/sec/p"
    asked = catalogue.open_current(tmp_path / "dataset").ask("anchors", {"node": "estimate/paper.again"})
    assert {row["element_path"] for row in asked} == {"/article/body/sec/table-wrap/table/tr[2]/td[2]"}
    assert {row["page"] for row in asked} == {None}


def test_a_text_has_no_places_and_its_record_none(tmp_path: Path) -> None:
    source = tmp_path / "a.txt"
    source.write_text("Of 60 patients, 30 (50.0%) responded.\nResponse 30 (50.0)\n", "utf-8")
    path, _ = anchored(tmp_path, source)
    assert "places:" not in path.read_text("utf-8")
    assert all({name: row[name] for name in ROW} == ROW for row in rows_of(path, tmp_path / "dataset"))


def test_places_follow_the_quotes_and_stay_without_the_document(paper: tuple[Path, Path]) -> None:
    path, documents = paper
    file = recordfile.load(path)
    assert anchoring.anchor(file, open_library(documents)) == file.text, "anchoring again changes nothing"
    fewer = file.text.replace(file.text[file.text.index("  - id: again") : file.text.index("claims:")], "")
    again = recordfile.parse(anchoring.anchor(recordfile.parse(fewer, path), open_library(documents)), path)
    assert len(again.data["places"]) == 1
    (documents / "paper.places.json").unlink()
    kept = recordfile.parse(anchoring.anchor(file, open_library(documents)), path)
    assert kept.data["places"] == file.data["places"]


def test_a_place_that_the_file_does_not_have_is_a_fault(paper: tuple[Path, Path]) -> None:
    path, documents = paper
    file = recordfile.load(path)
    moved = recordfile.parse(file.text.replace("page=2", "page=1"), path)
    faults = verification.check(moved, open_library(documents)).faults
    assert any("places[0]" in fault and "run mabgraph anchor" in fault for fault in faults)
    with pytest.raises(Exception, match=r"places\[0\]\.where"):
        record.validate(recordfile.parse(file.text.replace("page=2", "page=x"), path))


def test_a_span_over_lines_has_the_box_around_them_and_one_over_pages_that_of_the_first() -> None:
    spans = [
        Place(0, 5, "page=2&viewrect=10,20,30,10"),
        Place(6, 9, "page=2&viewrect=5,32,50,10"),
        Place(10, 12, "page=3&viewrect=1,1,1,1"),
    ]
    assert places.describe(places.overlap(spans, 0, 12)) == {"page": "2", "box": "5.0,20.0,50.0,22.0"}
    assert places.overlap(spans, 5, 6) == []
    assert places.overlap(spans, 8, 11) == spans[1:]
    assert places.describe([Place(0, 5, "/a/p[1]"), Place(5, 9, "/a/p[2]")]) == {"elementPath": "/a/p[1]"}


@pytest.mark.parametrize(
    "content",
    [
        "nonsense", "{}x", '{"a": 1}', '[{"start": 0}]', '[{"start": 0, "end": 3, "where": "somewhere"}]',
        '[{"start": 3, "end": 3, "where": "/a"}]', '[{"start": 5, "end": 6, "where": "/a"}, {"start": 0, "end": 2, "where": "/a"}]',
        "[" * 100_000,
    ],
    ids=lambda content: content[:20],
)  # fmt: skip
def test_a_file_of_places_that_cannot_be_used_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.places.json").write_text(content, "utf-8")
    with pytest.raises(AnchorError, match="add the document again"):
        places.read_places(tmp_path / "a.txt")
    (tmp_path / "a.places.json").write_text(json.dumps([{"start": 0, "end": 2, "where": "/a"}]), "utf-8")
    assert places.read_places(tmp_path / "a.txt") == (Place(0, 2, "/a"),)
