"""JATS XML, in which PubMed Central and publishers give articles: text, tables as cells, and the XPath of each paragraph and cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Final

from ..errors import AnchorError
from ..extras import require
from ..places import Place
from .plain import LARGEST, ReadText, check_text, escape_bars

with require("documents", __name__):
    from lxml import etree

#: Elements that begin a line of their own, and hold running text.
_BLOCKS: Final = frozenset(
    {
        "p", "title", "article-title", "label", "caption-title", "verse-line", "term", "attrib", "subtitle", "kwd", "disp-formula",
        "preformat", "code",
    }
)  # fmt: skip
#: Elements behind which words are apart.
_APART: Final = _BLOCKS | {"break", "list-item", "def", "td", "th", "tr", "mtd", "mtr"}
#: Elements of MathML whose parts stand above, below or behind one another, and the signs between these.
_STACKED: Final = {
    "msup": "^", "msub": "_", "msubsup": "_^", "mfrac": "/", "mover": "^", "munder": "_", "munderover": "_^",
}  # fmt: skip
#: References to notes, which stand above the line.
_NOTES: Final = frozenset({"fn", "table-fn", "author-notes"})
#: Elements whose text is left out: it is not what the authors report, or it is markup.
_LEFT_OUT: Final = frozenset(
    {"ref-list", "journal-meta", "contrib-group", "aff", "permissions", "tex-math", "object-id", "processing-meta", "history"}
)
#: Signs around text whose position on the line means something.
_SIGNS: Final = {"sup": "^", "sub": "_"}
#: A cell spans at most this many columns.
_WIDEST: Final = 100


def read_jats(path: Path) -> ReadText:
    """Return the text of an article in JATS: DOI, title, abstract, sections, tables (a line a row, cells between bars) and notes.

    Numbers of references are in brackets, superscripts after ``^``, subscripts after ``_``. The list of references is left out.

    :raises AnchorError: when it is not well-formed XML, too large, no article, or uses an entity that it does not define.
    """
    root = _parse(path)
    if etree.QName(root).localname not in {"article", "sub-article", "response"} and root.find(".//{*}article") is None:
        raise AnchorError(f"{path}: is XML of {etree.QName(root).localname!r}, not an article in JATS: save its text as UTF-8 and add that")
    if len(list(root.iter("{*}article"))) > 1:
        raise AnchorError(f"{path}: holds several articles: add each as a file of its own")
    article = root if etree.QName(root).localname == "article" else root.find(".//{*}article")
    assert article is not None
    writer = _ArticleWriter(article)
    for part in ("front", "body", "floats-group", "back"):
        for element in article.findall(f"./{{*}}{part}"):
            writer.write(element)
    text = "".join(writer.parts)
    check_text(path, text)
    for element in article.iterchildren("{*}sub-article", "{*}response"):
        writer.left_out[_name(element)] = writer.left_out.get(_name(element), 0) + 1
    pictures = sum(each.find(".//{*}table") is None and each.find(".//{*}graphic") is not None for each in article.iter("{*}table-wrap"))
    notes = tuple(f"left out: {count} {name}" for name, count in sorted(writer.left_out.items()))
    notes += (f"left out: {pictures} tables that are pictures",) if pictures else ()
    title, doi = article.find(".//{*}article-meta//{*}article-title"), article.find(".//{*}article-meta/{*}article-id[@pub-id-type='doi']")
    return ReadText(
        text,
        tuple(writer.places),
        None if title is None else _line(title),
        None if doi is None else (doi.text or "").strip() or None,
        notes,
    )


def _parse(path: Path) -> etree._Element:
    try:
        if path.stat().st_size > LARGEST:
            raise AnchorError(f"{path}: is larger than {LARGEST >> 20} MiB")
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
        )
        root: etree._Element = etree.parse(path, parser).getroot()
    except OSError as error:
        raise AnchorError(f"{path}: cannot be read: {error.strerror or error}") from None
    except etree.XMLSyntaxError as error:
        raise AnchorError(f"{path}: is not well-formed XML: line {error.lineno}: {error.msg}") from None
    if (entity := next(root.iter(etree.Entity), None)) is not None:
        raise AnchorError(f"{path}: line {entity.sourceline}: uses {entity.text}, which is not read: write the character itself")
    return root


class _ArticleWriter:
    """Writes elements as lines of text, and keeps where each line is from."""

    def __init__(self, article: etree._Element) -> None:
        self._tree = article.getroottree()
        self.parts: list[str] = []
        self.places: list[Place] = []
        self.left_out: dict[str, int] = {}
        self._length = 0

    def write(self, element: etree._Element) -> None:
        """Write ``element`` and all below it, in reading order."""
        name = _name(element)
        if name in _LEFT_OUT:
            self.left_out[name] = self.left_out.get(name, 0) + 1
        elif name == "table":
            self._write_table(element)
        elif name == "article-meta":
            for inner in element.iterchildren(etree.Element):
                if _name(inner) in {"title-group", "abstract", "trans-abstract", "kwd-group", "funding-group"}:
                    self.write(inner)
                elif inner.get("pub-id-type") == "doi":
                    self._write_line(_texts(inner), inner)
        elif name == "math":
            self._write_line(_texts(element), element)
        else:
            self._write_mixed(element)

    def _write_mixed(self, element: etree._Element) -> None:
        """Write the running text of ``element``, and, where they stand in it, the elements that begin lines of their own."""
        children = list(element.iterchildren(etree.Element))
        is_running = _name(element) in _BLOCKS or bool("".join([element.text or "", *(each.tail or "" for each in children)]).strip())
        line = [element.text or ""]
        for child in children:
            if is_running and not _begins_line(child):
                line += _texts(child)
            else:
                self._write_line(line, element)
                self.write(child)
                line = []
            line.append(child.tail or "")
        self._write_line(line, element)

    def _write_line(self, texts: Iterable[str], element: etree._Element) -> None:
        if line := " ".join("".join(texts).split()):
            self._add(line, element)
            self._end("\n\n")

    def _write_table(self, table: etree._Element) -> None:
        rows = list(_rows(table))
        headings = sum(1 for _ in takewhile(_is_heading, rows))
        for number, row in enumerate(rows):
            if 0 < number == headings:
                self._end("|" + " --- |" * len(row) + "\n")
            self._end("| ")
            for cell in row:
                if cell is not None:
                    self._add(escape_bars(_line(cell)), cell)
                self._end(" | ")
            self._end("\n")
        self._end("\n")

    def _add(self, text: str, element: etree._Element) -> None:
        if text:
            self.places.append(Place(self._length, self._length + len(text), self._tree.getpath(element)))
            self._end(text)

    def _end(self, text: str) -> None:
        self.parts.append(text)
        self._length += len(text)


def _rows(table: etree._Element) -> Iterator[list[etree._Element | None]]:
    """Yield the rows of a table, each with a cell or none (where one from before spans) for every column."""
    open_spans: dict[int, int] = {}
    for row in table.iter("{*}tr"):
        if next(row.iterancestors("{*}table")) is not table:
            continue  # of a table in a cell, whose text is that of the cell
        cells: list[etree._Element | None] = []
        for cell in row.iterchildren("{*}td", "{*}th"):
            while open_spans.get(len(cells), 0):
                open_spans[len(cells)] -= 1
                cells.append(None)
            wide, high = _span(cell, "colspan"), _span(cell, "rowspan")
            for column in range(len(cells), len(cells) + wide):
                open_spans[column] = high - 1
            cells += [cell, *[None] * (wide - 1)]
        while open_spans.get(len(cells), 0):
            open_spans[len(cells)] -= 1
            cells.append(None)
        yield cells


def _is_heading(row: Sequence[etree._Element | None]) -> bool:
    """Whether a row is one of headings: it stands in the head of its table, or all its cells are headings."""
    cells = [cell for cell in row if cell is not None]
    in_head = any(next(cell.iterancestors("{*}thead", "{*}tbody", "{*}table"), cell).tag.endswith("thead") for cell in cells)
    return in_head or (len(cells) > 1 and all(_name(cell) == "th" for cell in cells))


def _span(cell: etree._Element, name: str) -> int:
    text = cell.get(name, "1")
    return min(_WIDEST, max(1, int(text))) if text.isdecimal() and len(text) < 6 else 1


def _line(element: etree._Element) -> str:
    """Return all text of ``element`` on one line, white space as one space."""
    return " ".join("".join(_texts(element)).split())


def _texts(element: etree._Element) -> Iterator[str]:
    name = _name(element)
    if name in _LEFT_OUT:
        return
    if name in _STACKED:
        parts = ["".join(_texts(each)).strip() for each in element.iterchildren(etree.Element)]
        parts = [each if name != "mfrac" or each.isalnum() else f"({each})" for each in parts]
        yield "".join(f"{sign}{part}" for sign, part in zip(["", *_STACKED[name]], parts, strict=False))
        return
    inner = [element.text or ""]
    for child in element.iterchildren(etree.Element):
        inner += [*_texts(child), child.tail or ""]
    text, kind = "".join(inner), element.get("ref-type")
    if name in _SIGNS and text.strip():
        yield text if text.startswith(_SIGNS[name]) or _is_citation(element) else f"{_SIGNS[name]}{text}"
    elif name == "xref" and kind == "bibr" and text.strip():
        yield f" [{text.strip().strip('[]')}]"
    elif name == "xref" and kind in _NOTES and text.strip():
        yield text if text.startswith("^") else f"^{text}"
    else:
        yield f"{text} " if name in _APART else text


def _is_citation(element: etree._Element) -> bool:
    """Whether all words of a superscript are references to the list of references."""
    cited = element.findall(".//{*}xref[@ref-type='bibr']")
    own = "".join([element.text or "", *(each.tail or "" for each in element.iterchildren(etree.Element))])
    return bool(cited) and not any(each.isalnum() for each in own)


def _begins_line(element: etree._Element) -> bool:
    """Whether ``element`` begins a line, or something in it does."""
    return any(_name(each) in _BLOCKS or _name(each) in {"table", "list-item"} for each in element.iter(etree.Element))


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname
