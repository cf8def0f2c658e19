"""Client models of rows: typed, in a sequence with its dataset version, and convertible to a data frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, get_args, get_origin, overload

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mabgraph.ingest import extras

if TYPE_CHECKING:
    from pandas import DataFrame

#: One solution of a SPARQL query: a value for each variable, none if it is unbound.
Solution = dict[str, str | int | float | bool | None]
T = TypeVar("T", bound=BaseModel | Solution)
E = TypeVar("E", bound="EstimateRow")


class ReplyRow(BaseModel):
    """The base of client models; fields that this client does not know are kept."""

    model_config = ConfigDict(extra="allow", frozen=True)


def nested_fields(model: type[BaseModel]) -> frozenset[str]:
    """Return the fields of ``model`` that hold tables by their types: other models, or mappings."""
    kinds = {name: (get_origin(field.annotation), *get_args(field.annotation)) for name, field in model.model_fields.items()}
    return frozenset(name for name, several in kinds.items() if any(_is_table(kind) for kind in several))


def _is_table(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel | Mapping)


class FigureRow(ReplyRow):
    """One printed number and its place: characters ``start`` to ``end`` (code points) of ``document``.

    In a registry record it has a ``pointer``, too. A number of a row of adverse events or of participant flow has that place alone.
    """

    figure: str = Field(description="IRI")
    role: str = Field(description="value, lower, upper, level, p_value, count, total, percent, dispersion, time …")
    printed: str = Field(description="the numeral as printed")
    number: str = Field(description="its canonical decimal; empty if no number is printed")
    document: str
    start: int | None = None
    end: int | None = None
    pointer: str | None = Field(None, description="where it stands in a registry record: a JSON Pointer (RFC 6901) into its file")
    exact: str = Field(description="the characters between start and end")
    prefix: str | None = None
    suffix: str | None = None
    page: int | None = Field(None, description="page of the PDF that the text was read from, counted from 1")
    box: str | None = Field(None, description="left, top, width and height of the box around it on that page, in points from the top left")
    element_path: str | None = Field(None, description="XPath of the element of the XML file that the text was read from")
    restates: str | None = Field(None, description="the figure that states the same number in its most exact place")


class CheckRow(ReplyRow):
    """The outcome of an arithmetic check of printed numbers."""

    kind: str
    outcome: str
    text: str


class SideRow(ReplyRow):
    """One side of a discrepancy: what it prints, and its place: characters ``start`` to ``end`` (code points) of ``document``."""

    part: str = Field(description="IRI of the part that disagrees, or that shows the disagreement")
    part_label: str | None = Field(None, description="its label or text")
    side: str = Field(description="between where it disagrees, beside where it shows the disagreement and is not in doubt itself")
    role: str | None = Field(None, description="role of a figure; none for words")
    printed: str = Field(description="what is printed there")
    document: str
    start: int
    end: int


class LedgerRow(ReplyRow):
    """Numerals of a document that have one status: anchored, not evidence (for one reason), or unaccounted."""

    status: str = Field(description="anchored, not evidence, or unaccounted")
    reason: str | None = Field(None, description="why they are no evidence")
    reason_id: str | None = Field(None, description="IRI of the reason")
    numerals: int = Field(description="how many numerals")


class ClaimFigureRow(FigureRow):
    """One printed number of a claim, with its unit and its place."""

    unit: str | None = None


class QuoteRow(ReplyRow):
    """Words that a claim rests on: the characters ``start`` to ``end`` (code points) of ``document``."""

    document: str
    start: int
    end: int
    exact: str = Field(description="the characters between start and end")


class ClaimRow(ReplyRow):
    """What authors say, in our own words: kind, subjects, the short quotes it rests on, and its printed figures, with their places."""

    id: str = Field(description="IRI")
    url: str | None = Field(None, description="path at the service")
    label: str = Field(description="the claim in our own words")
    kind: str = Field(description="finding, limitation, caveat, recommendation, mechanism, interference or reading note")
    document: str = Field(description="IRI")
    start: int = Field(description="first character of the first words it rests on")
    end: int
    about: tuple[str, ...] = Field(description="IRIs of what it is about")
    about_labels: tuple[str, ...] = Field(description="names of what it is about, in the order of about; of a claim, its words")
    quotes: tuple[QuoteRow, ...]
    figures: tuple[ClaimFigureRow, ...] = ()
    discrepancies: tuple[str, ...] = Field((), description="where its document contradicts it, in words")


class EstimateRow(ReplyRow):
    """One estimate: study, groups, variable, measure, value with interval and P, caveats, checks, and figures with their places."""

    estimate: str
    estimate_label: str | None = Field(None, description="what it is, in words; not in brief rows")
    kind: str
    study: str
    study_label: str
    registration: str | None = None
    design: str
    reported_by: str
    cited_from: str | None = None
    group: str | None = None
    comparison: str | None = None
    intervention: str | None = None
    comparator: str | None = None
    endpoint: str
    endpoint_label: str
    measure: str
    measure_label: str
    value: float | None = None
    printed: str | None = None
    operator: str | None = None
    absence: str | None = None
    lower: float | None = None
    upper: float | None = None
    interval_kind: str | None = None
    interval_level: float | None = None
    p_value: float | None = None
    p_operator: str | None = None
    unit_of_analysis: str | None = None
    count: int | None = None
    total: int | None = None
    dispersion: float | None = None
    unit: str | None = None
    time_point: float | None = None
    time_unit: str | None = None
    time_in_words: str | None = None
    analysis: str | None = None
    population: str | None = None
    method: str | None = None
    test: str | None = None
    censoring: str | None = None
    adjusted_for: tuple[str, ...] = ()
    analysis_basis: tuple[str, ...] = Field((), description="where these are printed, or that the curator states them")
    comparability: str | None = None
    status: str
    check_status: str | None = None
    check_reason: str | None = None
    discrepancies: tuple[str, ...] = ()
    checks: tuple[CheckRow, ...] = ()
    document: str
    caveats: tuple[str, ...] = ()
    limitations: tuple[str, ...] = ()
    not_reported: tuple[str, ...] = ()
    figures: tuple[FigureRow, ...] = ()
    id: str | None = None
    url: str | None = None
    dataset: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _name(cls, item: Any) -> Any:
        """Return a row with its IRI as ``estimate``, as whole rows have it."""
        return {"estimate": item["id"], **item} if isinstance(item, Mapping) and "id" in item else item


def complete(
    item: Mapping[str, Any], included: Mapping[str, Mapping[str, Mapping[str, Any]]], texts: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return a brief row of a list with what its page says once for several rows: fields from ``included``, ``texts`` for marks.

    Figures get their IRI, ``number`` and ``exact`` again, which follow from the row. A whole row is returned as it is.

    >>> complete({"id": "a", "study_label": "TOWER"}, {"study_label": {"TOWER": {"design": "trial"}}})
    {'id': 'a', 'study_label': 'TOWER', 'design': 'trial'}
    """
    row = dict(item)
    for field, more_by_value in included.items():
        for name, value in more_by_value.get(item.get(field, ""), {}).items():
            row.setdefault(name, value)
    for name, value in row.items() if texts else ():
        if isinstance(value, list) and name != "figures":
            row[name] = [(texts or {}).get(each, each) if isinstance(each, str) else each for each in value]
    if isinstance(figures := row.get("figures"), list) and "id" in row:
        row["figures"] = [_complete_figure(figure, str(row["id"])) for figure in figures]
    return row


def _complete_figure(figure: Mapping[str, Any], of: str) -> dict[str, Any]:
    """Return a figure of the thing with the IRI ``of``: its own IRI has ``figure`` as its kind, and its role and start behind.

    That of a figure of a registry record has its document, and its pointer with dots.
    """
    kind, _, name = of.rpartition("/")
    begun = f"{kind.rpartition('/')[0]}/figure/{name}."
    own = f"{begun}{figure['role']}-{figure.get('start')}"
    if "pointer" in figure:
        own = f"{kind.rpartition('/')[0]}/figure/{figure['document']}{figure['pointer'].replace('/', '.')}"
    whole = {"number": figure["printed"], "exact": figure["printed"], "figure": own} | dict(figure)
    if ":" not in (restated := whole.get("restates", ":")):
        whole["restates"] = begun + restated
    return whole


class DetailRow(ReplyRow):
    """One more thing known about a resource."""

    value: str
    label: str | None = None
    note: str | None = None
    operator: str | None = None
    number: str | None = None
    unit: str | None = None
    url: str | None = Field(None, description="path at the service, if the value is a thing")


class MatchRow(ReplyRow):
    """A match of a search: a thing by its name, or a text by its words."""

    kind: str
    id: str
    name: str
    url: str
    words: str
    likeness: float | None = None
    text: str | None = None
    document: str | None = None


class AskRow(ReplyRow):
    """A list with rows of all the things that a search names: its path, how its filters are read, how many rows it has."""

    url: str
    understood: str
    total: int


class SearchReply(ReplyRow):
    """What a search comes to: ``items``, best first, ``asks`` for several names at once, and the words that nothing has."""

    dataset: str
    total: int
    items: tuple[MatchRow, ...]
    asks: tuple[AskRow, ...]
    unmatched: tuple[str, ...]


class ResourceReply(ReplyRow):
    """A drug, target or study: its name, its definition and its details by kind; ``dataset`` is the dataset version."""

    iri: str
    url: str | None = None
    label: str
    definition: str | None = None
    dataset: str = Field(description="version of the dataset")
    details: dict[str, tuple[DetailRow, ...]]
    links: dict[str, str] = {}


class Rows(Sequence[T], Generic[T]):
    """The rows of all pages of a response; ``dataset`` is the dataset version."""

    def __init__(self, rows: Iterable[T], dataset: str, columns: Iterable[str], nested: Iterable[str] = ()) -> None:
        """Store the rows, the dataset version, and the names of the columns that they have at least; those in ``nested`` hold tables."""
        self._rows = tuple(rows)
        self.dataset = dataset
        self.columns = tuple(columns)
        self.nested = frozenset(nested)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> Self: ...
    def __getitem__(self, place: int | slice) -> T | Self:
        """Return one row, or a slice as rows of the same dataset version."""
        return type(self)(self._rows[place], self.dataset, self.columns, self.nested) if isinstance(place, slice) else self._rows[place]

    def __repr__(self) -> str:
        """Return the number of rows, the dataset version and the first columns."""
        return f"<{len(self)} rows of dataset {self.dataset[:12]}: {', '.join(self.columns[:6])}{' …' if len(self.columns) > 6 else ''}>"

    def to_pandas(self) -> DataFrame:
        """Return the rows as a data frame, one column for each field (without nested tables); its ``attrs`` hold the dataset.

        :raises NotInstalled: when pandas is not installed.
        """
        with extras.require("notebook", "to_pandas"):
            import pandas
        records = [row.model_dump(exclude=set(self.nested)) if isinstance(row, BaseModel) else row for row in self._rows]
        columns = dict.fromkeys([*(name for name in self.columns if name not in self.nested), *(key for row in records for key in row)])
        frame = pandas.DataFrame.from_records(records, columns=list(columns))
        frame.attrs["dataset"] = self.dataset
        return frame


class Estimates(Rows[E], Generic[E]):
    """Rows of estimates, with access to their printed figures."""

    def figures(self) -> Rows[FigureRow]:
        """Return every printed figure of these estimates with its place; the field ``estimate`` names its estimate."""
        rows = [figure.model_copy(update={"estimate": row.estimate}) for row in self for figure in row.figures]
        return Rows(rows, self.dataset, ("estimate", *FigureRow.model_fields))
