"""Adding documents: text, JATS and PDF become a text with tables as cells, each part with its place in the file; what cannot be read is refused."""

from __future__ import annotations

import json
import os
import shutil
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from lxml import etree

from mabgraph.ingest import recordfile
from mabgraph.ingest.errors import AnchorError
from mabgraph.ingest.texts import adding, jats, pdftables, readerprocess
from mabgraph.ingest.texts.pdf import read_pdf

from .commandline import run

#: Long lists, or much that is written.
pytestmark = pytest.mark.slow

DATA = Path(__file__).parent / "data"
ARTICLE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE article PUBLIC "-//NLM//DTD JATS (Z39.96) Journal Archiving and Interchange DTD v1.2 20190208//EN" "JATS-archivearticle1.dtd">
<article><front><journal-meta><issn>1234-5678</issn></journal-meta><article-meta><article-id pub-id-type="doi">10.1000/xyz123</article-id>
<title-group><article-title>Examplimab in an invented disease</article-title></title-group><pub-date><year>2020</year></pub-date>
<abstract><p>Median survival was 8.1 months<xref ref-type="bibr">12</xref> with 10<sup>9</sup> cells per litre.</p></abstract></article-meta></front>
<body><sec><title>Results</title><p>Response was 50.0%.</p><table-wrap><label>Table 1</label><caption><p>Responses</p></caption><table>
<thead><tr><th rowspan="2">Outcome</th><th colspan="2">Group</th></tr><tr><th>A (N=60)</th><th>B (N=30)</th></tr></thead>
<tbody><tr><td>Response</td><td>30 (50.0)</td><td>9 (30.0)</td></tr></tbody></table></table-wrap></sec></body>
<back><ack><p>We thank all.</p></ack><ref-list><ref><mixed-citation>Somebody 2019;1:99</mixed-citation></ref></ref-list></back></article>
"""


def pdf(path: Path, *pages: str, table: list[list[str]] | None = None, password: str = "") -> Path:
    """Write a PDF with a page for each text, and a ruled table on the last one."""
    from fpdf import FPDF

    document = FPDF()
    document.set_title("A trial of examplimab")
    document.set_font("Helvetica", size=11)
    for text in pages:
        document.add_page()
        document.multi_cell(0, 8, text)
    if table:
        with document.table() as ruled:
            for cells in table:
                row = ruled.row()
                for cell in cells:
                    row.cell(cell)
    if password:
        document.set_encryption(owner_password="owner", user_password=password)
    document.output(str(path))
    return path


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    run("init", tmp_path / "review")
    monkeypatch.chdir(tmp_path / "review")
    return tmp_path / "review"


def entries(root: Path) -> list[dict[str, object]]:
    loaded: list[dict[str, object]] = json.loads((root / "documents" / "manifest.json").read_text("utf-8"))
    return loaded


@pytest.mark.slow
def test_a_text_is_added_byte_for_byte_with_the_beginning_of_its_record(root: Path) -> None:
    source = root.parent / "Müller 2020.txt"
    shutil.copy(DATA / "documents" / "example-2020.txt", source)
    done = run("add", source)
    assert (root / "documents" / "muller-2020.txt").read_bytes() == source.read_bytes()
    (entry,) = entries(root)
    record = recordfile.load(root / "records" / "muller-2020.yaml").data["document"]
    assert (record["id"], record["sha256"], record["characters"]) == ("muller-2020", entry["sha256"], str(entry["code_points"]))
    assert f"{entry['code_points']} characters" in done.stdout
    refused = run("check", code=1).stderr
    assert "muller-2020.yaml" in refused
    assert "studies" in refused


def test_an_article_in_jats_keeps_cells_signs_and_the_path_of_each(root: Path) -> None:
    source = root.parent / "paper.xml"
    source.write_text(ARTICLE, "utf-8")
    run("add", source, "--id", "paper-2020")
    text = (root / "documents" / "paper-2020.txt").read_text("utf-8")
    assert "Median survival was 8.1 months [12] with 10^9 cells per litre." in text
    assert "| Outcome | Group |  | \n|  | A (N=60) | B (N=30) | \n| --- | --- | --- |\n| Response | 30 (50.0) | 9 (30.0) | \n" in text
    assert "Somebody" not in text
    assert "We thank all." in text
    (entry,) = entries(root)
    assert (entry["title"], entry["doi"]) == ("Examplimab in an invented disease", "10.1000/xyz123")
    places = json.loads((root / "documents" / "paper-2020.places.json").read_text("utf-8"))
    tree = jats._parse(source).getroottree()
    for place in places:
        elements = tree.xpath(place["where"])
        assert isinstance(elements, list)
        assert len(elements) == 1
        assert isinstance(elements[0], etree._Element)
        assert jats._line(elements[0]) == text[place["start"] : place["end"]]
    assert len(places) == 15
    document = recordfile.load(root / "records" / "paper-2020.yaml").data["document"]
    assert document["printed"] == [{"quote": "[10.1000/xyz123](doi)", "at": "0"}]
    assert text.startswith("10.1000/xyz123\n")


def test_a_pdf_keeps_page_and_box_of_each_line_and_cell(root: Path) -> None:
    import pdfplumber

    table = [["Outcome", "Examplimab (N=60)", "Control (N=30)"], ["Response, n (%)", "30 (50.0)", "9 (30.0)"]]
    source = pdf(root.parent / "paper.pdf", "Median survival was 8.1 months.", "A hazard ratio of 0.70 was seen.", table=table)
    run("add", source)
    text = (root / "documents" / "paper.txt").read_text("utf-8")
    assert "| Outcome | Examplimab (N=60) | Control (N=30) | \n| Response, n (%) | 30 (50.0) | 9 (30.0) | \n" in text
    assert entries(root)[0]["title"] == "A trial of examplimab"
    places = json.loads((root / "documents" / "paper.places.json").read_text("utf-8"))
    with pdfplumber.open(source) as document:
        for place in places:
            page, box = place["where"].removeprefix("page=").split("&viewrect=")
            left, top, width, height = map(float, box.split(","))
            around = (max(0, left - 3), top - 3, left + width + 3, top + height + 3)
            words = document.pages[int(page) - 1].within_bbox(around).extract_text()
            assert words.split() == text[place["start"] : place["end"]].split()
    assert [place["where"][:6] for place in places[:2]] == ["page=1", "page=2"]


def test_a_scan_says_so_and_a_page_without_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(AnchorError, match=r"it is a scan\. Recognise its text first \(OCR\)"):
        read_pdf(pdf(tmp_path / "scan.pdf", "", ""))
    assert read_pdf(pdf(tmp_path / "half.pdf", "One page of text.", "")).notes == ("no text on page 2: it may be a picture",)


#: Entities that would become 3 GB of text.
LAUGHS = "".join([
    "<?xml version='1.0'?><!DOCTYPE article [<!ENTITY l0 'haha'>",
    *(f"<!ENTITY l{level} '{f'&l{level - 1};' * 10}'>" for level in range(1, 10)),
    "]><article><body><p>8.1 &l9;</p></body></article>",
])  # fmt: skip
BROKEN = {
    "protected.pdf": (None, "is protected by a password: save it without one"),
    "broken.pdf": (b"%PDF-1.7\nnonsense", "is not a PDF that can be read; it may be damaged"),
    "entity.xml": (ARTICLE.replace("50.0%", "&percent;").encode(), "uses &percent;, which is not read"),
    "laughs.xml": (LAUGHS.encode(), "laughs.xml: "),
    "quadratic.xml": (LAUGHS.replace("&l9;", "").replace("<p>", "<p id='&l9;'>").encode(), "is not well-formed XML"),
    "unclosed.xml": (ARTICLE.replace("</body>", "").encode(), "is not well-formed XML: line "),
    "other.xml": (b"<?xml version='1.0'?><html><p>8.1</p></html>", "is a web page"),
    "empty.xml": (b"<?xml version='1.0'?><article><front/></article>", "holds no text"),
    "latin.txt": ("survival 8·1".encode("latin-1"), "is not UTF-8 at byte 10"),
    "empty.txt": (b" \n", "holds no text"),
    "nul.txt": (b"a\x00b", "holds NUL characters"),
    "utf16.txt": ("survival 8.1".encode("utf-16"), "is UTF-16, not UTF-8 at byte 0: save it as UTF-8"),
    "utf16-without-mark.txt": ("survival 8.1".encode("utf-16-le"), "one in UTF-16: save it as UTF-8"),
    "utf32.txt": ("survival 8.1".encode("utf-32"), "is UTF-32, not UTF-8"),
    "page.html": (b"\n<!DOCTYPE html><html><p>8.1</p></html>", "is a web page"),
    "saved.html": (b"<!-- saved from url=(0014)about:internet -->\n<html><p>8.1</p></html>", "is a web page"),
    "page.xhtml": (b"<?xml version='1.0'?>\n<!DOCTYPE html><html><p>8.1</p></html>", "is a web page"),
    "page.mhtml": (b"From: <Saved by a browser>\nContent-Type: multipart/related; type='text/html'\n\n8.1", "is a web page"),
    "paper.docx": (b"PK\x03\x04 and so on", "save it as PDF or as text in UTF-8"),
    "paper.rtf": (b"{\\rtf1 8.1}", "save it as PDF or as text in UTF-8"),
    "paper.txt.gz": (b"\x1f\x8b\x08 and so on", "is an archive: unpack it"),
    "paper.png": (b"\x89PNG\r\n\x1a\n", "is a picture: recognise its text"),
    "----.txt": (b"8.1", "'' is no id: give --id"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_read_is_refused_and_nothing_is_written(root: Path, name: str) -> None:
    content, words = BROKEN[name]
    source = root.parent / name
    if content is None:
        pdf(source, "Median survival was 8.1 months.", password="word")
    else:
        source.write_bytes(content)
    assert words in run("add", source, code=1).stderr
    assert entries(root) == []
    assert list((root / "records").iterdir()) == []


def test_entities_of_a_file_reach_no_other_file(root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("not to be read", "utf-8")
    doctype = f'<!DOCTYPE article [<!ENTITY leak SYSTEM "{(tmp_path / "secret.txt").as_uri()}">]>'
    source = root.parent / "leak.xml"
    source.write_text(f"<?xml version='1.0'?>{doctype}<article><body><p>&leak; 8.1</p></body></article>", "utf-8")
    assert "uses &leak;" in run("add", source, code=1).stderr


def test_the_same_id_or_the_same_text_is_not_added_twice(root: Path) -> None:
    source = DATA / "documents" / "example-2020.txt"
    run("add", source)
    assert "there is a document or record of this id already: give another with --id" in run("add", source, code=1).stderr
    assert "its text is that of the document example-2020" in run("add", source, "--id", "other", code=1).stderr
    assert len(entries(root)) == 1
    assert "of this id already" in run("add", source, "--id", "kantarjian-2017", code=1).stderr, "mabgraph ships a record of this name"
    (root / "mabgraph.toml").write_text("shipped = false\n", "utf-8")
    (root / "documents" / "manifest.json").write_text("[]", "utf-8")
    run("add", source, "--id", "kantarjian-2017")


def test_without_a_folder_to_add_it_to_the_remedy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "run mabgraph init" in run("add", DATA / "documents" / "example-2020.txt", code=1).stderr


def test_a_title_that_is_yaml_stays_a_title(root: Path) -> None:
    source = root.parent / "odd.txt"
    source.write_text('"}: [x] # \\ {a: b}\nSurvival was 8.1 months.\n', "utf-8")
    run("add", source)
    assert recordfile.load(root / "records" / "odd.yaml").data["document"]["title"] == '"}: [x] # \\ {a: b}'


def test_a_compressed_stream_that_paints_nothing_is_refused(tmp_path: Path) -> None:
    stream = zlib.compress(b"(1) Tj " * 2_000_000)
    path = tmp_path / "bomb.pdf"
    path.write_bytes(
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>endobj\n4 0 obj<</Filter/FlateDecode/Length "
        + str(len(stream)).encode() + b">>stream\n" + stream + b"\nendstream endobj\ntrailer<</Root 1 0 R>>\n"
    )  # fmt: skip
    with pytest.raises(AnchorError, match=r"scan|damaged"):
        read_pdf(path)


def test_a_page_with_more_than_a_page_can_hold_is_read_without_looking_for_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = pdf(tmp_path / "paper.pdf", "Median survival.", table=[["Outcome", "A"], ["Response", "30 (50.0)"]])
    assert "| Response | 30 (50.0) | " in read_pdf(path).text
    for limit, reason in {"MOST_ON_PAGE": "more than 5 characters", "MOST_PAINTED": "more than 5 lines and curves"}.items():
        with monkeypatch.context() as patch:
            patch.setattr(pdftables, limit, 5)
            content = read_pdf(path)
        assert "30 (50.0)" in content.text
        assert "|" not in content.text
        assert content.notes == (f"page 1: tables are read as lines, not cells: the page has {reason}",)


def painting(path: Path, content: str, more: str = "") -> Path:
    """Write a PDF of one page with a line of text that paints ``content``; ``more`` are further objects, from number 6 on."""
    stream = zlib.compress(f"{content} BT /F 12 Tf 9 9 Td (Survival was 8.1 months.) Tj ET".encode())
    path.write_bytes(
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 600]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>/XObject<</X0 6 0 R>>>>>>endobj\n"
        b"5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n" + more.encode() + b"4 0 obj<</Filter/FlateDecode/Length "
        + str(len(stream)).encode() + b">>stream\n" + stream + b"\nendstream endobj\ntrailer<</Root 1 0 R>>\n"
    )  # fmt: skip
    return path


LINES = "".join(f"{x} 0 m {x} 600 l S 0 {x} m 600 {x} l S " for x in range(0, 600))
DRAWING = f"6 0 obj<</Type/XObject/Subtype/Form/BBox[0 0 600 600]/Length {len(LINES)}>>stream\n{LINES}\nendstream endobj\n"


@pytest.mark.parametrize(
    ("content", "more"),
    [(LINES * 5, ""), ("0 0 m " + "9 9 l 0 0 l " * 5000 + "S", ""), ("/X0 Do " * 5, DRAWING)],
    ids=["many lines", "one line of many parts", "lines in a drawing"],
)
def test_a_page_of_very_many_lines_is_read_without_looking_for_tables(tmp_path: Path, content: str, more: str) -> None:
    """Looking for tables would take hours: pairs of thousands of lines. Few lines are looked at."""
    read = read_pdf(painting(tmp_path / "many.pdf", content, more))
    assert read.text.strip() == "Survival was 8.1 months."
    assert read.notes == ("page 1: tables are read as lines, not cells: the page has more than 5000 lines and curves",)
    assert read_pdf(painting(tmp_path / "few.pdf", "9 9 m 90 9 l S", more)).notes == ()


def test_looking_for_tables_ends_when_its_time_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = pdf(tmp_path / "paper.pdf", "Median survival.", table=[["Outcome", "A"], ["Response", "30 (50.0)"]])
    late = "page 1: tables are read as lines, not cells: looking for them took too long"
    monkeypatch.setattr(pdftables, "FILE_SECONDS", 0.0)
    assert read_pdf(path).notes == (late,)
    monkeypatch.undo()

    def look_for_ever(*_: object) -> None:
        while True:
            pass

    monkeypatch.setattr(pdftables, "PAGE_SECONDS", 0.01)
    monkeypatch.setattr("pdfplumber.page.Page.find_tables", look_for_ever)
    assert read_pdf(path).notes == (late,)


def fail(*_: object) -> None:
    raise ZeroDivisionError


def test_tables_that_cannot_be_worked_out_are_said_and_the_text_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = pdf(tmp_path / "paper.pdf", "Median survival.", table=[["Outcome", "A"], ["Response", "30 (50.0)"]])
    monkeypatch.setattr("pdfplumber.page.Page.find_tables", fail)
    assert read_pdf(path).notes == ("page 1: tables are read as lines, not cells: they cannot be worked out",)
    monkeypatch.setattr("pdfplumber.open", fail)
    assert read_pdf(path).notes == ("page 1: tables are read as lines, not cells: the reader of tables cannot open the page",)


def test_reading_that_takes_too_long_too_much_or_ends_its_process_is_a_fault_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = pdf(tmp_path / "paper.pdf", "Median survival.")
    with pytest.raises(AnchorError, match=r"paper\.pdf: cannot be read within 0 s: save it anew"):
        readerprocess.read_apart(path, "pdf", seconds=0)
    big = tmp_path / "big.xml"
    big.write_text(article("<p>8.1</p>" * 400_000), "utf-8")
    with pytest.raises(AnchorError, match=r"big\.xml: .*(within 48 MiB of memory|not well-formed|cannot be read)"):
        readerprocess.read_apart(big, "jats", megabytes=48)
    monkeypatch.setattr(readerprocess, "_PROGRAM", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    with pytest.raises(AnchorError, match=r"the process that reads it ended \(SIGSEGV\)"):
        readerprocess.read_apart(path, "pdf")
    monkeypatch.setattr(readerprocess, "_PROGRAM", "raise ValueError('of a library')")
    with pytest.raises(AnchorError, match=r"cannot be read: ValueError: of a library; it may be damaged"):
        readerprocess.read_apart(path, "pdf")


def test_what_is_no_file_is_refused(root: Path) -> None:
    assert "is an address: save what is there as a file" in run("add", "https://example.org/paper.pdf", code=1).stderr
    assert "is not a file" in run("add", root, code=1).stderr
    os.mkfifo(root / "pipe")
    assert "is not a file" in run("add", root / "pipe", code=1).stderr
    assert "cannot be read: " in run("add", root / "absent.pdf", code=1).stderr
    assert entries(root) == []


def test_numbers_of_a_slug() -> None:
    assert adding._slug("Müller et al. (2024) v2") == "muller-et-al-2024-v2"
    assert adding._slug("日本") == ""


def article(body: str) -> str:
    return f"<?xml version='1.0'?><article><body><sec><title>Results</title>{body}</sec></body></article>"


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (
            "<p>Ratio was 0.71. <list><list-item><p>an item of 3</p></list-item></list> Deaths were 164.</p>",
            ["Ratio was 0.71.", "an item of 3", "Deaths were 164."],
        ),
        (
            "<p>Mean 12.5<xref ref-type='fn'>2</xref> and 5<sup><xref ref-type='table-fn'>1</xref></sup> of 9.</p>",
            ["Mean 12.5^2 and 5^1 of 9."],
        ),
        (
            "<p>There were 10<sup>9 <xref ref-type='bibr'>4</xref></sup> cells<sup><xref ref-type='bibr'>7</xref></sup>.</p>",
            ["There were 10^9 [4] cells [7]."],
        ),
        (
            "<p>Rate <math><mfrac><mn>1</mn><mn>2</mn></mfrac></math> of <math><msup><mn>10</mn><mn>9</mn></msup></math>.</p>",
            ["Rate 1/2 of 10^9."],
        ),
        ("<disp-formula>HR = 0.71 <label>(1)</label></disp-formula>", ["HR = 0.71", "(1)"]),
    ],
    ids=["list in a paragraph", "marks of notes", "citations", "fractions and powers", "formula"],
)
def test_no_word_of_running_text_is_lost_and_no_number_is_made(tmp_path: Path, body: str, lines: list[str]) -> None:
    source = tmp_path / "a.xml"
    source.write_text(article(body), "utf-8")
    assert [line for line in jats.read_jats(source).text.split("\n") if line] == ["Results", *lines]


def test_several_articles_are_refused_and_tables_that_are_pictures_are_named(tmp_path: Path) -> None:
    source = tmp_path / "a.xml"
    source.write_text(f"<set>{article('<p>8.1</p>').partition('?>')[2] * 2}</set>", "utf-8")
    with pytest.raises(AnchorError, match="holds several articles"):
        jats.read_jats(source)
    source.write_text(article("<p>8.1</p><table-wrap><graphic/></table-wrap>"), "utf-8")
    assert jats.read_jats(source).notes == ("left out: 1 tables that are pictures",)


def test_a_table_whose_cells_miss_a_number_is_read_as_lines_and_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = pdf(tmp_path / "paper.pdf", "Median survival.", table=[["Outcome", "A"], ["Response", "30 (50.0)"]])
    table_of = pdftables._table_of

    def without_the_last_cell(table: object) -> object:
        whole = table_of(table)
        whole.rows[-1][-1] = ("", whole.rows[-1][-1][1])
        return whole

    monkeypatch.setattr(pdftables, "_table_of", without_the_last_cell)
    content = read_pdf(path)
    assert "30 (50.0)" in content.text
    assert content.notes == ("page 1: a table is read as lines, not cells: its cells have not all of its text",)


def test_documents_and_terms_that_are_added_at_once_are_all_there(root: Path) -> None:
    sources = [root.parent / f"text-{number}.txt" for number in range(6)]
    for number, source in enumerate(sources):
        source.write_text(f"Survival was 8.{number} months.\n", "utf-8")
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda source: adding.add_document(source, root / "documents", root / "records"), sources))
    assert len(entries(root)) == 6
