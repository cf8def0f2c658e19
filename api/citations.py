"""Citations: the documents behind a comparison, and the dataset itself, as BibTeX, RIS and CSL-JSON.

Nothing is said that the graph does not hold: no authors, no journal, no year is read out of a citation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic_core import to_json

from mabgraph.graph import vocabulary
from mabgraph.graph.description import TITLE

from .package import Package

#: What a BibTeX or TeX reader takes for a sign of its own, and how the character itself is written.
_ESCAPES: Final = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip

Document = Mapping[str, Any]


def bibtex(package: Package) -> bytes:
    """Return BibTeX in UTF-8: ``@misc`` for each document, with the citation as the graph holds it, and for the dataset."""
    entries = [_entry(_key(each["id"]), _fields(each)) for each in _documents(package)]
    dataset = {"title": TITLE, "howpublished": "Data set", "version": package.about["dataset"], "url": vocabulary.base()}
    entries.append(_entry("mabgraph", dataset | {"note": _note(package)}))
    return "\n".join(entries).encode()


def ris(package: Package) -> bytes:
    """Return RIS: a reference of the type GEN for each document, DATA for the dataset."""
    found = [
        {"TY": "GEN", "ID": _key(each["id"]), "TI": each["label"], "DO": each["doi"], "UR": _address(each), "N1": notes}
        for each in _documents(package)
        if (notes := _remarks(each)) is not None
    ]
    said = {"TY": "DATA", "ID": "mabgraph", "TI": TITLE, "ET": package.about["dataset"], "UR": vocabulary.base(), "N1": [_note(package)]}
    return "".join(_reference(each) for each in (*found, said)).encode()


def csl(package: Package) -> bytes:
    """Return CSL-JSON (1.0.2): an item of the type ``document`` for each document, ``dataset`` for the dataset."""
    found = [
        {"id": _key(each["id"]), "type": "document", "title": each["label"], "DOI": each["doi"], "URL": _address(each)}
        | {"genre": each["kind"], "note": "; ".join(_remarks(each))}
        for each in _documents(package)
    ]
    said = {"id": "mabgraph", "type": "dataset", "title": TITLE, "version": package.about["dataset"], "URL": vocabulary.base()}
    return to_json([{name: value for name, value in each.items() if value} for each in (*found, said | {"note": _note(package)})])


def _documents(package: Package) -> list[Document]:
    """Return the documents that print the estimates, by their ids."""
    behind = sorted({row.document for row in package.comparison.rows})
    found = [dict(row) for row in package.held.ask("documents", {"document": behind})] if behind else []
    return sorted(found, key=lambda row: str(row["id"]))


def _fields(of: Document) -> dict[str, str | None]:
    return {
        "title": of["label"], "howpublished": of["citation"], "doi": of["doi"], "url": _address(of), "note": "; ".join(_remarks(of, False)),
    }  # fmt: skip


def _remarks(of: Document, cited: bool = True) -> list[str]:
    """Return what else the graph holds of a document: how it is cited, its kind, its licence, its IRI, the SHA-256 of its text."""
    citation = [of["citation"]] if cited and of["citation"] else []
    return [*citation, of["kind"], f"rights: {of['rights']}", of["id"], f"text SHA-256 {of['sha256']}"]


def _note(package: Package) -> str:
    """Return what the file says of itself."""
    told = {**package.about, "acknowledged": ", ".join(package.acknowledged) or "nothing"}
    return "; ".join(f"{name}: {value}" for name, value in told.items())


def _address(of: Document) -> str:
    return f"https://doi.org/{of['doi']}" if of["doi"] else str(of["id"])


def _key(iri: str) -> str:
    return vocabulary.local_name(str(iri))


def _entry(key: str, fields: Mapping[str, str | None]) -> str:
    r"""Return one entry of BibTeX; identifiers and addresses are as they are, texts with the signs of TeX escaped.

    >>> print(_entry("a", {"title": "CD19 & CD20", "doi": "10.1/a_b"}), end="")
    @misc{a,
      title = {CD19 \& CD20},
      doi = {10.1/a_b},
    }
    """
    told = ((name, str(value)) for name, value in fields.items() if value)
    lines = (f"  {name} = {{{_plain(value) if name in {'doi', 'url'} else _escaped(value)}}},\n" for name, value in told)
    return f"@misc{{{key},\n{''.join(lines)}}}\n"


def _escaped(text: str) -> str:
    return re.sub(r"[\\{}&%$#_~^]", lambda found: _ESCAPES[found[0]], " ".join(text.split()))


def _plain(text: str) -> str:
    """Return an identifier or address without what would end the field: braces and space, percent-encoded."""
    return re.sub(r"[{}\s\\]", lambda found: f"%{ord(found[0]):02X}", text)


def _reference(fields: Mapping[str, str | list[str] | None]) -> str:
    r"""Return one reference of RIS: tag, two spaces, hyphen, space, value; a value is on one line.

    >>> _reference({"TY": "GEN", "TI": "a\nb", "DO": None, "N1": ["c", "d"]})
    'TY  - GEN\r\nTI  - a b\r\nN1  - c\r\nN1  - d\r\nER  - \r\n'
    """
    lines = ((tag, line) for tag, value in fields.items() for line in _several(value))
    return "".join(f"{tag}  - {' '.join(line.split())}\r\n" for tag, line in lines) + "ER  - \r\n"


def _several(value: str | list[str] | None) -> Iterable[str]:
    return [] if not value else value if isinstance(value, list) else [value]
