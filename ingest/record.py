"""The record types: what one source says, as data. Every figure is marked in a quote (see ``quotes``).

Records are read from YAML with every scalar a string; keys are ``snake_case`` there and become the ``camelCase``
terms of the JSON-LD context. An unknown key is an error. ``docs/records.md`` shows the format by example.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from . import chains, recordfile, shortrows
from .accounts import DocumentSection, NotEvidence, SealedLedger, Sum
from .columns import ColumnSettings
from .drafting.proposals import Proposal
from .errors import RecordError
from .parts import FigureReference, FilePlace, Item, Offset, Printed, Prose, Quotes, Reference, Sha256, Slug


class Document(Printed):
    """The source: its id, the SHA-256 and length of its text, its bibliography and rights."""

    id: Slug
    sha256: Sha256
    characters: Offset
    title: Prose
    document_kind: Slug
    rights: Prose


class Study(Printed):
    """A study the document reports or cites. ``reported_by`` says which of the two.

    ``names`` are other names that the document has for it, by which it is asked for: its first author, a number of the sponsor.
    """

    id: Slug
    type: Literal["ClinicalTrial", "ObservationalStudy", "PooledAnalysis", "Study"]
    label: Prose
    description: Prose | None = None
    acronym: Prose | None = None
    names: tuple[Prose, ...] = ()
    design: Slug
    phase: Slug | None = None
    masking: Slug | None = None
    stratified_by: tuple[Slug, ...] = ()
    condition: tuple[Slug, ...] = ()
    drug: tuple[Slug, ...] = ()
    shares_patients_with: tuple[Slug, ...] = ()
    reported_by: Literal["primary-report", "citation"] = "primary-report"


class Dose(Printed):
    """One step of a regimen: a drug, how much of it, by which route and when."""

    id: Slug
    label: Prose
    drug: Slug
    unit: Slug | None = None
    time_unit: Slug | None = None
    route: Slug | None = None
    schedule: Prose | None = None


class Regimen(Printed):
    """A treatment as given: its drugs and doses. An option of another regimen names it."""

    id: Slug
    label: Prose
    drug: tuple[Slug, ...] = ()
    option_of: Slug | None = None
    schedule: Prose | None = None
    doses: tuple[Dose, ...] = ()


class Group(Item):
    """An arm, a cohort or a part of one. Without ``study`` it belongs to the record's first study."""

    id: Slug
    label: Prose
    study: Slug | None = None
    parent: Slug | None = None
    regimen: Slug | None = None
    exposure: tuple[Slug, ...] = ()
    group_role: Slug | None = None


class Definition(Printed):
    """How this document's study defines a variable, in our words, and which rank the end point has."""

    id: Slug
    definition: Prose
    variable: Slug = Field(serialization_alias="definedVariable")
    study: Slug | None = None
    endpoint_role: Slug | None = None
    unit: Slug | None = None


class Comparison(Item):
    """Which group is compared with which: estimates are intervention versus comparator."""

    id: Slug
    label: Prose
    intervention: Slug
    comparator: Slug
    study: Slug | None = None


class Analysis(Item):
    """How a result was come by: model, test, population analysed, censoring, adjustment. With it begins the estimand.

    ``sides`` says whether its P values are of one side or of two, where the document says so.
    ``printed`` marks the words that state them; what no mark states is the curator's.
    """

    id: Slug
    label: Prose
    study: Slug | None = None
    method: Slug | None = None
    test: Slug | None = None
    sides: Literal["one", "two"] | None = None
    population: Slug
    censoring: Slug | None = None
    adjusted_for: tuple[Slug, ...] = ()
    printed: Quotes = ()


class ResultSettings(Item):
    """What rows of a table may have in common. ``unit_of_analysis`` is what they count, where it is not that of the record.

    ``sides`` is that of their P values, where it is not that of the analysis.
    ``columns`` says of the names of marks that are no groups or comparisons what they are of.
    """

    measure: Slug | None = None
    effect: Slug | None = None
    analysis: Slug | None = None
    unit: Slug | None = None
    effect_unit: Slug | None = None
    unit_of_analysis: Slug | None = None
    time_unit: Slug | None = None
    masked: tuple[str, ...] = ()
    sides: Literal["one", "two"] | None = None
    interval: Literal["confidence-interval", "range", "interquartile-range", "credible-interval"] | None = None
    cited_from: Prose | None = None
    columns: dict[str, ColumnSettings] = Field(default_factory=dict)


class Row(ResultSettings):
    """The results for one variable: one for each group and comparison that its marks name.

    ``measure`` is what groups are given by (proportion, median), ``effect`` what comparisons are given by (hazard
    ratio). With ``group`` or ``comparison`` the marks need no name and there is one result.
    """

    id: Slug
    variable: Slug
    group: Slug | None = None
    comparison: Slug | None = None
    not_reported: tuple[Slug, ...] = ()
    printed: Quotes = Field(min_length=1)


class TableRow(ResultSettings):
    """One row of a printed table, as printed; the table's ``cells`` say what its numbers are."""

    id: Slug
    variable: Slug
    quote: str
    at: Offset | None = None
    cells: str | None = None
    not_reported: tuple[Slug, ...] = ()
    also: Quotes = ()


class Table(ResultSettings):
    """A printed table: figures of its heading that hold for all rows, the pattern of its cells, and its rows."""

    id: Slug
    label: Prose
    header: Quotes = ()
    cells: str
    rows: tuple[TableRow, ...]


class Facts(Printed):
    """Printed quantities that describe a study, group, analysis or regimen: marks are ``[101](number-of-centres.quantity)``."""

    of: Slug
    unit: Slug | None = None
    time_unit: Slug | None = None
    printed: Quotes = Field(min_length=1)


class Claim(Printed):
    """What the authors say, in our words: a finding, limitation, caveat, recommendation, mechanism or interference.

    A ``reading-note`` is ours: how the source was read.
    """

    id: Slug
    claim_kind: Literal["finding", "limitation", "caveat", "recommendation", "mechanism", "interference", "reading-note"]
    about: tuple[Reference, ...] = Field(min_length=1)
    text: Prose
    unit: Slug | None = None
    units: dict[str, Slug] = Field(default_factory=dict)
    time_unit: Slug | None = None
    printed: Quotes = Field(min_length=1)


class Discrepancy(Item):
    """Figures of the document that disagree, which kind of disagreement, and in our words why.

    ``subject`` names the study and the variable; the numbers and their places are written from the figures.
    ``between`` names the figures (``part.role``), or a whole part where its words disagree: results named there are disputed.
    ``beside`` names what shows the disagreement and is not in doubt itself, such as a denominator.
    """

    id: Slug
    discrepancy_kind: Literal[
        "rounding", "other-population", "other-cut-off", "arithmetic", "text-against-table", "other-definition", "other-schedule",
        "other-rule", "overlapping-categories", "spelling", "other-wording", "unexplained",
    ]  # fmt: skip
    between: tuple[FigureReference, ...] = Field(min_length=1)
    beside: tuple[FigureReference, ...] = ()
    subject: Prose
    text: Prose


class Record(Item):
    """What one document says. ``sealed`` is the seal of its quotes, set when they were last found in the text.

    ``unit_of_analysis`` is what its results count, patients as a rule; a result that counts blasts or events says so itself.
    ``places`` are pages and boxes, or element paths, of the quotes in the file that the text was read from.
    ``ledger`` accounts for every numeral of the text.
    """

    document: Document
    unit_of_analysis: Slug
    studies: tuple[Study, ...] = Field(min_length=1)
    regimens: tuple[Regimen, ...] = ()
    groups: tuple[Group, ...] = ()
    definitions: tuple[Definition, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    analyses: tuple[Analysis, ...] = ()
    facts: tuple[Facts, ...] = ()
    results: tuple[Row, ...] = ()
    tables: tuple[Table, ...] = ()
    claims: tuple[Claim, ...] = ()
    sums: tuple[Sum, ...] = ()
    sections: tuple[DocumentSection, ...] = ()
    discrepancies: tuple[Discrepancy, ...] = ()
    not_evidence: tuple[NotEvidence, ...] = ()
    #: What rules propose and nobody has taken: checked in form and place, never stated.
    proposals: tuple[Proposal, ...] = ()
    places: tuple[FilePlace, ...] = ()
    ledger: SealedLedger | None = None
    sealed: Sha256 | None = None

    def items_with_id(self) -> Iterator[tuple[str, Item]]:
        """Yield kind and item of everything that has a local id."""
        for study in self.studies:
            yield "study", study
        for regimen in self.regimens:
            yield "regimen", regimen
            for dose in regimen.doses:
                yield "dose", dose
        for kind, items in (
            ("group", self.groups), ("definition", self.definitions), ("comparison", self.comparisons),
            ("analysis", self.analyses), ("estimate", self.results), ("claim", self.claims),
            ("discrepancy", self.discrepancies),
        ):  # fmt: skip
            for item in items:
                yield kind, item
        for table in self.tables:
            for row in table.rows:
                yield "estimate", row


def load(path: Path) -> tuple[Record, recordfile.RecordFile]:
    """Return the record at ``path``, typed and validated, with the file it was read from.

    :raises RecordError: naming file, line and key of every fault of form.
    """
    file = recordfile.load(path)
    return validate(file), file


def validate(file: recordfile.RecordFile) -> Record:
    """Return the record a file holds.

    :raises RecordError: naming file, line and key of every fault of form, or what is part of itself.
    """
    try:
        record = Record.model_validate(shortrows.expand(file))
    except ValidationError as error:
        raise RecordError("\n".join(_fault(file, fault) for fault in first_causes(error.errors()))) from None
    if record.document.id != file.path.stem:
        raise RecordError(f"{file.where(('document', 'id'))}: the id {record.document.id!r} must be the file's name {file.path.stem!r}")
    chains.check(record, file)
    return record


def first_causes(faults: list[Any]) -> list[Any]:
    """Return the faults without those that follow from others: a list is too short where its items have faults."""
    places = [fault["loc"] for fault in faults]
    return [
        fault for fault in faults
        if fault["type"] != "too_short" or not any(place[: len(fault["loc"])] == fault["loc"] != place for place in places)
    ]  # fmt: skip


def _fault(file: recordfile.RecordFile, fault: Any) -> str:
    place = tuple(fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"{file.where(place)}: unknown key {place[-1]!r}: correct its spelling or take it out"
    if fault["input"] == "" and fault["type"] in {"string_pattern_mismatch", "string_too_short"}:
        return f"{file.where(place)}: is empty: state it, or take the key out if it may be missing"
    value_text = f" (given: {fault['input']!r})" if isinstance(fault["input"], str) else ""
    return f"{file.where(place)}: {fault['msg']}{value_text}"
