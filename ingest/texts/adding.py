"""Adding a document to a workspace: its text, places, manifest entry and the beginning of its record."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from .. import recordfile, skeletons
from ..documents import MANIFEST, open_library
from ..errors import AnchorError
from ..locks import lock_folder
from ..places import SUFFIX
from .plain import ReadText, read_plain
from .readerprocess import read_apart

#: How names of XML files end; other files are recognised by their first bytes.
_XML: Final = frozenset({".xml", ".nxml", ".jats"})
_PAGE: Final = "a web page: save its text in UTF-8, or its PDF or JATS XML"
#: How files begin that are no documents to add, and what they are.
_OTHERS: Final = (
    (rb"(?is)(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body)\b", _PAGE),
    (rb"(?is)(from|mime-version|snapshot-content-location|content-type):.*\bmultipart/related\b", _PAGE),
    (rb"PK\x03\x04|\xd0\xcf\x11\xe0", "a document of an office program or an archive: save it as PDF or as text in UTF-8"),
    (rb"\x1f\x8b|BZh|\xfd7zXZ|7z\xbc\xaf|Rar!", "an archive: unpack it"),
    (rb"\{\\rtf", "a document of an office program: save it as PDF or as text in UTF-8"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8|II\*\x00|MM\x00\*", "a picture: recognise its text (OCR), save that as PDF or as text in UTF-8"),
)
#: The form of an id.
_ID: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Added:
    """A document that was added: its id, the files that were written, its entry in the manifest, and what to know about it."""

    id: str
    files: tuple[Path, ...]
    entry: dict[str, Any]
    notes: tuple[str, ...]


def add_document(path: Path, documents: Path, records: Path, name: str | None = None, taken: Collection[str] = ()) -> Added:
    """Read the file at ``path`` and add its text to ``documents`` and a record to ``records``; return what was written.

    :param name: the id of the document; without it, one is made of the file's name.
    :param taken: ids of further records that it must not have, such as those that mabgraph ships.
    :raises AnchorError: when the file cannot be read, the id cannot be used, or there is a document or record of this id already.
    :raises MabgraphError: when another command holds the folder, or it cannot be written.
    """
    document = name or _slug(path.stem)
    if not _ID.fullmatch(document):
        raise AnchorError(f"{path}: {document!r} is no id: give --id with small letters, digits and hyphens, such as author-2024")
    with lock_folder(documents):
        return _add(path, document, documents, records, taken)


def _add(path: Path, document: str, documents: Path, records: Path, taken: Collection[str]) -> Added:
    target, record = documents / f"{document}.txt", records / f"{document}.yaml"
    library = open_library(documents)
    entries = json.loads((documents / MANIFEST).read_text(encoding="utf-8"))
    if document in library.files or document in taken or target.exists() or record.exists():
        raise AnchorError(f"{document}: there is a document or record of this id already: give another with --id")
    content = read_file(path)
    encoded = content.text.encode()
    digest = hashlib.sha256(encoded).hexdigest()
    entry = {
        "id": document, "file": target.name, "sha256": digest, "code_points": len(content.text), "title": content.title or "",
        "doi": content.doi or "", "source": path.name, "source_sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }  # fmt: skip
    twin = next((str(each["id"]) for each in entries if each.get("sha256") == digest), "")
    if twin:
        raise AnchorError(f"{path}: its text is that of the document {twin}, which is there already")
    try:
        target.write_bytes(encoded)
        written = [target]
        if content.places:
            places = documents / f"{document}{SUFFIX}"
            places.write_text(json.dumps([asdict(place) for place in content.places], ensure_ascii=False), encoding="utf-8")
            written.append(places)
        _write_manifest(documents / MANIFEST, entries, entry)
        record.write_text(skeletons.write(document, entry, content), encoding="utf-8")
    except OSError as error:
        raise AnchorError(f"{error.filename}: cannot be written: {error.strerror or error}") from None
    return Added(document, (*written, documents / MANIFEST, record), entry, content.notes)


def read_file(path: Path) -> ReadText:
    """Return the text of a PDF, of JATS XML, or of plain text in UTF-8.

    :raises AnchorError: when it cannot be read as what it is.
    """
    if re.match("(?i)(https?|ftp):/", path.as_posix()):
        raise AnchorError(f"{path}: is an address: save what is there as a file, and add that")
    if path.exists() and not path.is_file():
        raise AnchorError(f"{path}: is not a file")
    try:
        with path.open("rb") as file:
            head = file.read(1024)
    except (OSError, ValueError) as error:
        raise AnchorError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if b"%PDF-" in head:
        from . import pdf  # noqa: F401 - so that an extra that is not installed is named here

        return read_apart(path, "pdf")
    begins = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if what := next((what for pattern, what in _OTHERS if re.match(pattern, begins)), ""):
        raise AnchorError(f"{path}: is {what}, and add that")
    if path.suffix.lower() in _XML or begins.startswith(b"<?xml"):
        from . import jats  # noqa: F401 - as above

        return read_apart(path, "jats")
    return read_plain(path)


def _write_manifest(path: Path, entries: list[dict[str, Any]], entry: dict[str, Any]) -> None:
    text = json.dumps([*entries, {key: value for key, value in entry.items() if value != ""}], ensure_ascii=False, indent=1)
    recordfile.replace(path, f"{text}\n")


def _slug(name: str) -> str:
    """Return an id made of a file's name: small letters, digits and hyphens.

    >>> _slug("Müller et al. (2024) v2")
    'muller-et-al-2024-v2'
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")
