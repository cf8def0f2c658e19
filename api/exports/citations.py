"""Citations of the documents behind a comparison, and of the dataset, as BibTeX, RIS and CSL-JSON.

Only what the graph holds is written: authors, journal and year are not parsed out of a citation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic_core import to_json

from mabgraph.graph.building.description import TITLE
from mabgraph.graph.store import vocabulary

from .package import Package

#: Characters with a meaning in BibTeX or TeX, and their escapes.
_ESCAPES: Final = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip

Document = Mapping[str, Any]


def bibtex(package: Package) -> bytes:
    """Return BibTeX in UTF-8: ``@misc`` for each document, with the citation as the graph holds it, and for the dataset."""
    entries = [_entry(_key(each["id"]), _fields(each)) for each in package.documents.values()]
    dataset = {"title": TITLE, "howpublished": "Data set", "version": package.about["dataset"], "url": vocabulary.base()}
    entries.append(_entry("mabgraph", dataset | {"note": _note(package)}))
    return "\n".join(entries).encode()


def ris(package: Package) -> bytes:
    """Return RIS: a reference of the type GEN for each document, DATA for the dataset."""
    references = [
        {"TY": "GEN", "ID": _key(each["id"]), "TI": each["label"], "DO": each["doi"], "UR": _address(each), "N1": notes}
        for each in package.documents.values()
        if (notes := _remarks(each)) is not None
    ]
    dataset = {"TY": "DATA", "ID": "mabgraph", "TI": TITLE, "ET": package.about["dataset"], "UR": vocabulary.base(), "N1": [_note(package)]}
    return "".join(_reference(each) for each in (*references, dataset)).encode()


def csl(package: Package) -> bytes:
    """Return CSL-JSON (1.0.2): an item of the type ``document`` for each document, ``dataset`` for the dataset."""
    items = [
        {"id": _key(each["id"]), "type": "document", "title": each["label"], "DOI": each["doi"], "URL": _address(each)}
        | {"genre": each["kind"], "note": "; ".join(_remarks(each))}
        for each in package.documents.values()
    ]
    dataset = {"id": "mabgraph", "type": "dataset", "title": TITLE, "version": package.about["dataset"], "URL": vocabulary.base()}
    return to_json([{name: value for name, value in each.items() if value} for each in (*items, dataset | {"note": _note(package)})])


def _fields(of: Document) -> dict[str, str | None]:
    return {
        "title": of["label"], "howpublished": of["citation"], "doi": of["doi"], "url": _address(of), "note": "; ".join(_remarks(of, False)),
    }  # fmt: skip


def _remarks(of: Document, cited: bool = True) -> list[str]:
    """Return the other facts about a document: citation (if ``cited``), kind, licence, IRI, SHA-256 of its text."""
    citation = [of["citation"]] if cited and of["citation"] else []
    return [*citation, of["kind"], f"rights: {of['rights']}", of["id"], f"text SHA-256 {of['sha256']}"]


def _note(package: Package) -> str:
    """Return the note on the file: dataset, software, query, acknowledged codes."""
    fields = {**package.about, "acknowledged": ", ".join(package.acknowledged) or "nothing"}
    return "; ".join(f"{name}: {value}" for name, value in fields.items())


def _address(of: Document) -> str:
    return f"https://doi.org/{of['doi']}" if of["doi"] else str(of["id"])


def _key(iri: str) -> str:
    return vocabulary.local_name(str(iri))


def _entry(key: str, fields: Mapping[str, str | None]) -> str:
    r"""Return one BibTeX entry; texts are escaped for TeX, identifiers and URLs are not.

    >>> print(_entry("a", {"title": "CD19 & CD20", "doi": "10.1/a_b"}), end="")
    @misc{a,
      title = {CD19 \& CD20},
      doi = {10.1/a_b},
    }
    """
    present = ((name, str(value)) for name, value in fields.items() if value)
    lines = (f"  {name} = {{{_percent_encode(value) if name in {'doi', 'url'} else _escape(value)}}},\n" for name, value in present)
    return f"@misc{{{key},\n{''.join(lines)}}}\n"


def _escape(text: str) -> str:
    return re.sub(r"[\\{}&%$#_~^]", lambda match: _ESCAPES[match[0]], " ".join(text.split()))


def _percent_encode(text: str) -> str:
    """Return an identifier or URL with braces, backslashes and white space percent-encoded: they would end the field."""
    return re.sub(r"[{}\s\\]", lambda match: f"%{ord(match[0]):02X}", text)


def _reference(fields: Mapping[str, str | list[str] | None]) -> str:
    r"""Return one RIS reference, a line for each value: tag, two spaces, hyphen, space, value.

    >>> _reference({"TY": "GEN", "TI": "a\nb", "DO": None, "N1": ["c", "d"]})
    'TY  - GEN\r\nTI  - a b\r\nN1  - c\r\nN1  - d\r\nER  - \r\n'
    """
    lines = ((tag, line) for tag, value in fields.items() for line in _as_list(value))
    return "".join(f"{tag}  - {' '.join(line.split())}\r\n" for tag, line in lines) + "ER  - \r\n"


def _as_list(value: str | list[str] | None) -> Iterable[str]:
    return [] if not value else value if isinstance(value, list) else [value]
