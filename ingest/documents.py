"""Source documents: folders of texts, and the text of one document with its SHA-256.

Texts stay with those who may hold them. Offsets are Unicode code points in the decoded file, so it is read
as bytes: line endings are not translated.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from .errors import AnchorError
from .places import Place, read_places

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class DocumentText:
    """The text of one document, with the SHA-256 of its bytes."""

    id: str
    path: Path
    sha256: str
    text: str


@dataclass(frozen=True, slots=True)
class Library:
    """The documents of one or more folders: the file of each document by its id."""

    files: dict[str, Path]

    def holds(self, document: str) -> bool:
        """Whether the text of ``document`` is in these folders."""
        return document in self.files and self.files[document].is_file()

    def text(self, document: str) -> DocumentText | None:
        """Return the text of ``document``, or None if it is not in these folders.

        :raises AnchorError: when its file cannot be read as UTF-8.
        """
        path = self.files.get(document)
        if path is None:
            return None
        try:
            content = path.read_bytes()
            return DocumentText(document, path, hashlib.sha256(content).hexdigest(), content.decode("utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise AnchorError(f"{path}: the text of {document} cannot be read: {error}") from None

    def places(self, document: str) -> tuple[Place, ...]:
        """Return where the parts of the text of ``document`` stand in the file that it was read from; none where that is not known.

        :raises AnchorError: when the file of places beside the text cannot be used.
        """
        return read_places(self.files[document]) if document in self.files else ()


def open_library(*folders: Path, registry: Path | None = None) -> Library:
    """Return the library of the documents in ``folders``; of two documents with one id, the one in the later folder counts.

    The records in the folder ``registry`` (:mod:`mabgraph.ingest.registry.shelf`) are documents by their numbers.

    :raises AnchorError: when a folder has no readable ``manifest.json``, or a file name leaves the folder.
    """
    files = dict[str, Path]()
    for folder in folders:
        files |= _read_manifest(folder)
    files |= {path.stem.lower(): path for path in registry.glob("NCT*xxxx/NCT*.json")} if registry else {}
    return Library(files)


def _read_manifest(folder: Path) -> dict[str, Path]:
    """Return the file of each document that the manifest of ``folder`` names, by its id."""
    path = folder / MANIFEST
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        files = {str(entry["id"]): str(entry["file"]) for entry in entries}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise AnchorError(f"{path}: a folder of documents needs a {MANIFEST} with 'id' and 'file' of each: {error!r}") from None
    for file in files.values():
        if "\0" in file or not (folder / file).resolve().is_relative_to(folder.resolve()):
            raise AnchorError(f"{path}: the file {file!r} lies outside the folder of documents")
    return {document: folder / file for document, file in files.items()}
