"""Drafts: what rules propose for a record passes the checks of a curator's row before it is called ready."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pyoxigraph as ox
import yaml

from mabgraph.ingest import record, recordfile
from mabgraph.ingest.documents import DocumentText, Library
from mabgraph.ingest.drafting import draft as drafting
from mabgraph.ingest.drafting import writing
from mabgraph.ingest.drafting.draft import Draft, Rejected
from mabgraph.ingest.drafting.proposals import Proposal
from mabgraph.ingest.drafting.vocabulary import NameIndex, Vocabulary
from mabgraph.ingest.errors import RecordError
from mabgraph.ingest.record import Record, Row
from mabgraph.ingest.recordfile import RecordFile
from mabgraph.ingest.seals import seal

from ..store import vocabulary as terms
from . import quads
from .checking import Checker
from .gating import arithmetic_doubts
from .knownterms import Known

#: Schemes of variables.
_VARIABLES: Final = ("endpoints", "adverse-events", "baseline-characteristics", "study-conduct")
_LABELS: Final = frozenset({"prefLabel", "altLabel", "label"})
_LINE: Final = re.compile(r":(\d+): ")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The vocabulary of an ontology, and the names of its drugs by their ids."""

    vocabulary: Vocabulary
    drugs: dict[str, tuple[str, ...]]


def read_lexicon(folders: Sequence[Path]) -> Lexicon:
    """Return the names of terms of the shipped ontology and of ``folders`` of terms that lie over it.

    :raises BuildError: when a file cannot be read as Turtle.
    """
    known = Known(quads.of_ontology(terms.ONTOLOGY, *folders))
    names: dict[str, list[tuple[str, str]]] = {}
    kinds: dict[str, str] = {}
    for quad in known.quads:
        if isinstance(quad.subject, ox.NamedNode) and re.split("[/#]", quad.predicate.value)[-1] in _LABELS:
            kind, local = known.kind_of(quad.subject.value), terms.local_name(quad.subject.value)
            names.setdefault(kind, []).append((local, str(getattr(quad.object, "value", ""))))
            kinds[local] = kind
    variables = [pair for kind in _VARIABLES for pair in names.get(kind, ())]
    drugs: dict[str, tuple[str, ...]] = {}
    for local, name in names.get("drug", ()):
        drugs[local] = (*drugs.get(local, ()), name)
    return Lexicon(Vocabulary(NameIndex(variables), NameIndex(names.get("drug", ())), kinds), drugs)


def draft_record(file: RecordFile, document: DocumentText, library: Library, folders: Sequence[Path]) -> Draft:
    """Return what rules propose for the record in ``file``, all of it checked; what fails a check is among the rejected.

    :raises BuildError: when the ontology cannot be read.
    """
    lexicon = read_lexicon(folders)
    drafted = drafting.draft(document.text, file, lexicon.vocabulary, lexicon.drugs)
    checked, failed = check_proposals(file, drafted.proposals, library, folders)
    return replace(drafted, proposals=checked, rejected=(*drafted.rejected, *failed))


def check_proposals(
    file: RecordFile, proposals: Iterable[Proposal], library: Library, folders: Sequence[Path] = ()
) -> tuple[tuple[Proposal, ...], tuple[Rejected, ...]]:
    """Return the proposals that pass, and those that do not with the first fault of each.

    The rows that are complete are put into a copy of the record, and the copy is checked whole. A fault that the record has without
    them is none of theirs; where the record is not yet one that can be checked, nothing is ready. A document may print numbers that do
    not fit each other, but no rule can tell whether it did or was read wrongly: a row of such numbers does not pass.
    """
    several = list(proposals)
    complete = [each for each in several if each.state == "ready"]
    if not complete:
        return tuple(several), ()
    checker = Checker(library, folders)
    faults = _faults_of(checker, file, complete)
    if faults is None:
        reason = "the record cannot be checked yet: mabgraph check says what it lacks"
        return tuple(_open_again(each, reason) for each in several), ()
    failed = tuple(
        Rejected(each.start, each.end, each.row.printed[0].read_marks().text, faults[each.id]) for each in complete if each.id in faults
    )
    return tuple(each for each in several if each.id not in faults), failed


def _open_again(proposal: Proposal, reason: str) -> Proposal:
    return proposal.model_copy(update={"state": "open", "reason": reason}) if proposal.state == "ready" else proposal


def _faults_of(checker: Checker, file: RecordFile, rows: Sequence[Proposal]) -> dict[str, str] | None:
    """Return the first fault of each row by its id, as the whole check of a copy of the record tells them, then arithmetic.

    None where the record is not of valid form without them, or where they make something else of it wrong.
    """
    faults: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="mabgraph-draft-") as folder:
        path = Path(folder) / file.path.name
        try:
            typed_record = record.validate(recordfile.parse(file.text, path))
        except RecordError:
            return None
        before = {_LINE.sub(": ", fault) for fault in _check(checker, path, file.text)}
        while passing := [each for each in rows if each.id not in faults]:
            text = writing.append_rows(recordfile.parse(file.text, path), (each.row_data() for each in passing))
            new = [fault for fault in _check(checker, path, text) if _LINE.sub(": ", fault) not in before]
            owners = _owners(recordfile.parse(text, path), passing)
            owned = {owner: fault for fault in reversed(new) if (owner := owners.get(_line_of(fault)))}
            if not owned:
                return None if new else faults | _doubts_of(typed_record, passing)
            faults |= {owner: _LINE.sub(": ", fault).partition(": ")[2] for owner, fault in owned.items()}
    return faults


def _doubts_of(typed_record: Record, rows: Iterable[Proposal]) -> dict[str, str]:
    """Return, by its id, what numbers of each row do not fit each other, the row being the only result of the record."""
    alone = typed_record.model_copy(update={"tables": (), "sums": ()})
    doubts = (
        (each.id, next(arithmetic_doubts(alone.model_copy(update={"results": (Row.model_validate(each.row_data()),)})), ""))
        for each in rows
    )  # fmt: skip
    return {name: doubt for name, doubt in doubts if doubt}


def _owners(file: RecordFile, rows: Sequence[Proposal]) -> dict[int, str]:
    """Return the id of the row on each line of the record that one of ``rows`` has."""
    ids = {each.id for each in rows}
    node = recordfile.value_of(file.root, "results")
    items = node.value if isinstance(node, yaml.SequenceNode) else []
    names = [str(row.get("id")) for row in file.data["results"]]
    lines = ((range(item.start_mark.line + 1, item.end_mark.line + 1), name) for item, name in zip(items, names, strict=True))
    return {line: name for several, name in lines if name in ids for line in several}


def _line_of(fault: str) -> int:
    match = _LINE.search(fault)
    return int(match[1]) if match else 0


def _check(checker: Checker, path: Path, text: str) -> list[str]:
    """Return the faults of the record that ``text`` writes, written to ``path`` and sealed for the check."""
    unsealed = re.sub(r"(?m)^sealed: .*\n?", "", text).rstrip() + "\n"
    path.write_text(f"{unsealed}sealed: {seal(recordfile.parse(unsealed, path).data)}\n", encoding="utf-8")
    return list(checker.check(path).faults)
