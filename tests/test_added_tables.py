"""Tables of added documents: the cells of JATS and of PDF, of bars and of tabs, are tables on the page, and figures in them are named."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import html5lib
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from mabgraph.api.app import create_app
from mabgraph.api.http.settings import Settings
from mabgraph.graph.building import build
from mabgraph.ingest.texts import jats

from .quick import quick_builds
from .test_adding import pdf
from .test_places import anchored

ADDRESS, SECRET = "http://127.0.0.1:8000", "a-secret-of-these-tests"
PAGE = "/documents/paper"
SENTENCE = "Of 60 patients, 30 (50.0%) responded."
CELLS = [["Outcome, P(A|B)", "Examplimab"], ["Response", "30 (50.0)"], ["Other", "12.5"]]
HEAD = "<tr><th rowspan='2'>Outcome, P(A|B)</th><th>Group</th></tr><tr><th>Examplimab</th></tr>"
BODY = "<tr><td>Response</td><td>30 (50.0)</td></tr><tr><td>Other</td><td>12.5</td></tr>"
ARTICLE = f"""<?xml version="1.0"?><article><front><article-meta><title-group><article-title>Examplimab</article-title></title-group></article-meta></front>
<body><sec><title>Results</title><p>{SENTENCE}</p><table-wrap><label>Table 1</label><caption><p>Responses of all</p></caption><table>
<thead>{HEAD}</thead><tbody>{BODY}</tbody></table></table-wrap></sec></body></article>"""


def write_jats(root: Path) -> Path:
    path = root / "a.xml"
    path.write_text(ARTICLE, "utf-8")
    return path


def write_pdf(root: Path) -> Path:
    return pdf(root / "a.pdf", f"{SENTENCE}\nTable 1. Responses of all", table=CELLS)


def write_bars(root: Path) -> Path:
    path = root / "a.txt"
    lines = (f"| {row[0].replace('|', '&#124;')} | {row[1]} |" for row in CELLS)
    path.write_text(f"{SENTENCE}\n\nTable 1. Responses of all\n\n" + "\n".join(lines), "utf-8")
    return path


def write_tabs(root: Path) -> Path:
    path = root / "a.txt"
    path.write_text(f"{SENTENCE}\n\nTable 1. Responses of all\n\n" + "\n".join("\t".join(row) for row in CELLS), "utf-8")
    return path


@pytest.mark.parametrize(
    ("write", "column"),
    [(write_jats, "Group, Examplimab"), (write_pdf, "Examplimab"), (write_bars, "Examplimab"), (write_tabs, "Examplimab")],
    ids=["JATS", "PDF", "bars", "tabs"],
)
def test_a_table_of_an_added_document_is_a_table_on_its_page(tmp_path: Path, write: Callable[[Path], Path], column: str) -> None:
    path, documents = anchored(tmp_path, write(tmp_path))
    with quick_builds():
        build.build(build.Inputs((path,)), tmp_path / "dataset")
    app = create_app(Settings(dataset=tmp_path / "dataset", documents=[documents], texts_token=SecretStr(SECRET)))
    bearer = {"Authorization": f"Bearer {SECRET}"}
    with TestClient(app, base_url=ADDRESS, client=("127.0.0.1", 5000), headers=bearer) as client:
        figures = client.get("/v1/figures?fields=all").json()["items"]
        text = client.get("/v1/documents/paper/text").text
        in_table = [each for each in figures if each["start"] > text.index("Table 1")]
        assert [each["exact"] for each in in_table] == ["30", "50.0"]
        for figure in in_table:
            context = client.get(f"{figure['url']}/context").json()
            caption = "Table 1 Responses of all" if write is write_jats else "Table 1. Responses of all"
            assert context["cell"] == {"part": "cell", "row": "Response", "column": column, "caption": caption}
            assert context["before"] + context["exact"] + context["after"] == text[context["sentence_start"] : context["sentence_end"]]
            assert context["before"].startswith("Response")
            panel = client.get(PAGE, params={"at": figure["start"]}).text
            assert re.search(rf"<dt>Row</dt><dd>Response</dd>.*<dt>Column</dt><dd>{column}</dd>", panel, re.DOTALL)
        sentence = client.get(f"{next(each for each in figures if each not in in_table)['url']}/context").json()
        assert "cell" not in sentence
        page = client.get(PAGE).text
    html5lib.HTMLParser(strict=True).parse(page)
    assert "No evidence, because" not in page  # a record without a ledger has no table of it
    table = page[page.index('<div class="scroll"') :]
    assert "Responses of all</span></caption>" in table
    assert re.findall(r'<th scope="row">([^<]*)</th>', table) == ["Response", "Other"]
    assert "Examplimab" in re.findall(r'<th scope="col">([^<]*)</th>', table)
    links = re.findall(r'<td><a class="n" href="\?at=(\d+)#c\1" id="c\1">([^<]*)</a> \(<a class="n"[^>]*>([^<]*)</a>\)</td>', table)
    assert [(text[int(start) : int(start) + 2], count, percent) for start, count, percent in links] == [("30", "30", "50.0")]
    assert "P(A" in unescape(table)


def test_headings_of_jats_end_with_a_rule_and_bars_in_cells_are_escaped(tmp_path: Path) -> None:
    text = jats.read_jats(write_jats(tmp_path)).text
    assert "| Outcome, P(A\\|B) | Group | \n|  | Examplimab | \n| --- | --- |\n| Response |" in text
    bare = tmp_path / "bare.xml"
    bare.write_text(ARTICLE.replace("<thead>", "").replace("</thead>", "").replace("th", "td"), "utf-8")
    assert "---" not in jats.read_jats(bare).text
