"""Skeletons: records that adding a document began and that state nothing yet. No dataset is built of them; a check says what they lack."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from . import recordfile
from .errors import RecordError
from .recordfile import Path_, RecordFile

if TYPE_CHECKING:
    from .texts.plain import ReadText

#: What a curator has to state in every record, and how; nobody else knows it.
_STATED: Final[dict[Path_, str]] = {
    ("document", "title"): "the title as printed",
    ("document", "document_kind"): "what the document is: primary-report, review, conference-abstract, registry-record, label …",
    ("document", "rights"): "the licence that the document states, or that it states none",
    ("unit_of_analysis",): "what the results count: patients as a rule; a result that counts events or cells says so itself",
    ("studies",): "the studies that it reports or cites: id, type, label, design, condition, drug; then groups, analyses, results",
}
#: Keys under which a record says something; with one of them it is no skeleton.
_SAYING: Final = tuple("studies regimens groups definitions comparisons analyses facts results tables claims sealed".split())


def write(document: str, entry: dict[str, Any], content: ReadText) -> str:
    """Return the beginning of a record, with what is known filled in; what only a reader of the document knows is empty.

    :param entry: the entry of the document in the manifest: ``sha256``, ``code_points``, ``title``, ``doi``.
    """
    quote = recordfile.quote_scalar
    title = quote(" ".join(str(entry["title"]).split())) if entry["title"] else _to_state("document", "title")
    place = content.text.find(str(entry["doi"])) if entry["doi"] else -1
    marked = quote(f"[{entry['doi']}](doi)")
    printed = [f"  printed:\n    - {{quote: {marked}, at: {place}}}\n"] if place >= 0 else []
    return "".join([
        "# A record of what this document prints: docs/records.md shows the format. mabgraph check says what is missing.\n",
        f"document:\n  id: {document}\n  sha256: {entry['sha256']}\n  characters: {entry['code_points']}\n  title: {title}\n",
        f"  document_kind: {_to_state('document', 'document_kind')}\n  rights: {_to_state('document', 'rights')}\n", *printed,
        f"unit_of_analysis: {_to_state('unit_of_analysis')}\nstudies: []  # {_STATED['studies',]}\n",
    ])  # fmt: skip


def is_skeleton(path: Path) -> bool:
    """Whether the record at ``path`` states nothing yet: it was never anchored, and has no study, group, result or claim.

    What cannot be read is none: whoever reads it says why.
    """
    try:
        return not any(recordfile.load(path).data.get(key) for key in _SAYING)
    except RecordError:
        return False


def list_missing(file: RecordFile) -> Iterator[str]:
    """Yield what a curator has to state in ``file`` and it does not, each with file, line, key and what to write."""
    for place, what in _STATED.items():
        if not file.has(place) or not file.value(place):
            yield f"{file.where(place)}: is to be stated: {what}"


def _to_state(*place: str) -> str:
    return f'""  # {_STATED[place]}'
