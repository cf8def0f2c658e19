"""Drafts of a language model: it chooses among the terms of record and ontology, and its rows pass the gates of a curator's row."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from mabgraph.ingest import recordfile
from mabgraph.ingest.documents import DocumentText, Library
from mabgraph.ingest.drafting import model as models
from mabgraph.ingest.drafting import writing
from mabgraph.ingest.drafting.draft import Draft
from mabgraph.ingest.drafting.endpoint import LanguageModel, ModelEndpoint
from mabgraph.ingest.drafting.model import Report
from mabgraph.ingest.recordfile import RecordFile

from .checking import Checker
from .choosing import PARTS, Choices, parts_of
from .gating import RowGate


def add_model(
    endpoint: ModelEndpoint,
    file: RecordFile,
    text: DocumentText,
    drafted: Draft,
    library: Library,
    folders: Sequence[Path] = (),
    *,
    report: Report = lambda _: None,
) -> tuple[Draft, int]:
    """Return ``drafted`` with what the model at ``endpoint`` proposes beside it, and how many requests were sent.

    :param report: is called with a line for each request.

    :raises MabgraphError: when the endpoint cannot be reached, or refuses the key.
    """
    checker = Checker(library, folders)
    with_rules = recordfile.parse(writing.write_draft(file, drafted), file.path)
    with closing(LanguageModel(endpoint)) as model:
        terms, gate = terms_of(file, Choices(checker.ontology)), RowGate(checker, text)
        more = models.draft_by_model(text.text, with_rules, model, terms, gate, report)
        requests = model.requests
    both = replace(
        drafted, proposals=(*drafted.proposals, *more.proposals), rejected=(*drafted.rejected, *more.rejected),
        known=drafted.known + more.known,
    )  # fmt: skip
    return both, requests


def terms_of(file: RecordFile, choices: Choices) -> dict[str, dict[str, str]]:
    """Return the terms that each field may have, with their labels: parts of the record, or terms of the ontology."""
    return {
        field: {choice.name: choice.label for choice in (parts_of(file, PARTS[field]) if field in PARTS else choices.terms(field))}
        for field in models.CHOSEN
    }  # fmt: skip
