"""REST models: parameters of look-ups, generated from the headers of questions, and response models for the OpenAPI document."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import Any, Final, Literal, get_origin

from pydantic import BaseModel, ConfigDict, Field, create_model

from mabgraph.graph.questions import arguments
from mabgraph.graph.questions.arguments import Parameter
from mabgraph.graph.questions.names import KINDS
from mabgraph.graph.questions.question import EXACT

from ..client import rows
from ..http import problems
from . import brief
from .resources import COLLECTIONS, ESTIMATES, NESTED, SCHEMES, Collection, FilterValues, expand

_NUMBERS: Final = {"integer": int, "decimal": Decimal}
#: The types of columns in Python; all others are text.
_TYPES: Final[dict[str, Any]] = {"integer": int, "decimal": float}


class FigureItem(rows.FigureRow):
    """One printed number and its place: characters ``start`` to ``end`` (code points) of ``document``."""

    model_config = ConfigDict(extra="forbid")

    figure: str | None = Field(None, description="IRI; in brief rows the template of the page leads to it")  # type: ignore[assignment]
    number: str | None = Field(None, description="its canonical decimal; in brief rows where it is not as printed")  # type: ignore[assignment]
    exact: str | None = Field(None, description="the characters between start and end; in brief rows those of printed")  # type: ignore[assignment]


class ClaimFigureItem(FigureItem):
    """One printed number of a claim: its role, its unit and its place."""

    unit: str | None = None


class QuoteItem(rows.QuoteRow):
    """Words that a claim rests on, and their place."""

    model_config = ConfigDict(extra="forbid")


class CheckItem(rows.CheckRow):
    """One arithmetic check: kind, outcome, and the computation."""

    model_config = ConfigDict(extra="forbid")


class SideItem(rows.SideRow):
    """One side of a discrepancy: what it prints, and its place: characters ``start`` to ``end`` (code points) of ``document``."""

    model_config = ConfigDict(extra="forbid")


class LedgerItem(rows.LedgerRow):
    """Numerals of a document that have one status: anchored, not evidence (for one reason), or unaccounted."""

    model_config = ConfigDict(extra="forbid")


class DetailItem(rows.DetailRow):
    """One more thing known about a resource."""

    model_config = ConfigDict(extra="forbid")


class ResourceResponse(rows.ResourceReply):
    """A drug, target or study: its name, its definition, its details by kind, and links to nested lists."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(description="path at this service")
    details: dict[str, tuple[DetailItem, ...]]  # type: ignore[assignment]
    links: dict[str, str] = Field(description="paths of nested lists")


class MatchItem(BaseModel):
    """A match of a search: a thing by its name, or a text by its words."""

    kind: str = Field(description="drug, target, condition, trial, endpoint, measure, design, document; claim, definition, discrepancy")
    id: str
    name: str = Field(description="the name of it that is most similar to the query; of a text, what it is")
    url: str
    words: str = Field(description="the words of the query that it has")
    likeness: float | None = Field(None, description="similarity of the name, 0 to 100; 100: the same name; of a text none")
    text: str | None = Field(None, description="the passage that has the words, in our own words")
    document: str | None = Field(None, description="id of the document that a text is about")


class AskItem(BaseModel):
    """A list with rows of all the things that a query names."""

    url: str
    understood: str = Field(description="how the filters of the list are read")
    total: int = Field(description="how many rows it has")


class SearchResponse(BaseModel):
    """The matches of a search, best first: exact names, similar names, texts."""

    dataset: str
    total: int
    items: list[MatchItem]
    asks: list[AskItem] = Field(description="if the query names several things: lists of estimates that have rows of all of them")
    unmatched: list[str] = Field(description="words of the query that nothing here has")


class AnalysesBeside(BaseModel):
    """Analyses without a stated direction that a list of estimates does not have as rows."""

    model_config = ConfigDict(extra="forbid")

    total: int = Field(description="how many")
    url: str = Field(description="path of their list")
    note: str = Field(description="the same in words")


_BESIDE: Final = "analyses without a stated direction, which are no rows of this list, where it is of a study or document, or empty"
#: The fields that hold objects, by collection.
_INSIDE: Final[dict[str, dict[str, Any]]] = {
    "estimates": {"figures": list[FigureItem], "checks": list[CheckItem]},
    "analyses": {"figures": list[FigureItem]},
    "claims": {"figures": list[ClaimFigureItem], "quotes": list[QuoteItem]},
    "discrepancies": {"sides": list[SideItem]},
    "documents": {"ledger": list[LedgerItem]},
}


class ListParameters(BaseModel):
    """The parameters of every list: page, fields of its rows, format."""

    model_config = ConfigDict(extra="forbid")

    page: int = Field(1, ge=1, le=1_000_000, description="page number, from 1", examples=[1])
    page_size: int = Field(100, ge=1, le=1000, description="rows per page", examples=[100])
    fields: str | None = Field(
        None, description=f"fields of a row, separated by commas; {brief.WHOLE}: whole rows; default: in JSON brief rows, else all"
    )
    format: str | None = Field(None, description="json, ndjson, csv, tsv, xlsx, jsonld or ttl; precedes path suffix and Accept")


def filters(collection: Collection, without: Sequence[str] = (), base: type[BaseModel] = ListParameters) -> type[Any]:
    """Return the model of the filters of ``collection`` except ``without``, as a subclass of ``base``."""
    example = {name: value for parameters in reversed(collection.question.examples) for name, value in parameters.items()}
    shown = [each for each in collection.parameters if each.name not in without]
    fields: dict[str, Any] = {each.name: _field(each, example.get(each.name)) for each in shown}
    if EXACT in shown:
        fields["include_narrower"] = (
            bool | None,
            Field(None, description="false is exact=true; true, the default, is as without it", json_schema_extra={"deprecated": True}),
        )
    sort = next((each for each in collection.question.parameters if each.name == "sort"), None)
    if sort is not None and base is ListParameters:
        fields["sort"] = (Literal[tuple(sort.choices)] | None, Field(None, description=sort.description))
    title = "".join(part.title() for part in (collection.name, *(() if base is ListParameters else (base.__name__,)), "by", *without))
    return create_model(f"{title}Filters", __base__=base, **fields)


def template(address: str, asked: type[ListParameters]) -> str:
    """Return the URI template (RFC 6570) of a list at ``address``; a starred parameter is repeatable."""
    names = (f"{name}*" if get_origin(field.annotation) is list else name for name, field in asked.model_fields.items())
    return f"{address}{{?{','.join(names)}}}"


def is_given(value: object) -> bool:
    """Whether the value of a filter asks for anything: a bound of 0 does, though it equals false.

    >>> [is_given(value) for value in (0, Decimal(0), "", True, None, False, [])]
    [True, True, True, True, False, False, False]
    """
    return value is not None and value is not False and value != []


def question_parameters(collection: Collection, asked: BaseModel, base: type[BaseModel] = ListParameters) -> FilterValues:
    """Return ``asked`` as parameters of the question of ``collection``, each value as text; the fields of ``base`` are left out."""
    values = {name: value for name, value in asked if name not in base.model_fields and is_given(value)}
    if getattr(asked, "include_narrower", None) is False:
        values[EXACT.name] = "true"
    values.pop("include_narrower", None)
    return {name: expand(name, value if isinstance(value, list) else [value]) for name, value in values.items()}


@cache
def row_model(collection: Collection) -> type[BaseModel]:
    """Return the model of a row of ``collection``, for the OpenAPI document."""
    fields: dict[str, Any] = {name: (_column(collection, name), Field(None, description=text)) for name, text in collection.columns.items()}
    return create_model(f"{collection.name.title()}Row", __config__=ConfigDict(extra="forbid"), **fields)


@cache
def one_model(collection: Collection) -> type[BaseModel]:
    """Return the response model of one thing of ``collection``, for the OpenAPI document."""
    if collection.details:
        return ResourceResponse
    dataset: Any = (str, Field(description="version of the dataset"))
    links: Any = (dict[str, str], Field(description="paths of the things it belongs to, and of nested lists"))
    return create_model(f"{collection.one.title()}Response", __base__=row_model(collection), dataset=dataset, links=links)


@cache
def page_model(collection: Collection) -> type[BaseModel]:
    """Return the model of a page of ``collection``, for the OpenAPI document."""
    number: Any = (int, ...)
    rows: Any = (list[row_model(collection)], Field(description="the rows of this page"))  # type: ignore[misc]
    dataset: Any = (str, Field(description="version of the dataset"))
    understood: Any = (str, Field(description="how the filters were read: what each name means, and how many narrower things are included"))
    empty: Any = (str | None, Field(None, description="why nothing meets the filters, and what has rows"))
    more: dict[str, Any] = {"analyses": (AnalysesBeside | None, Field(None, description=_BESIDE))} if collection is ESTIMATES else {}
    return create_model(
        f"{collection.name.title()}Page", dataset=dataset, understood=understood, empty=empty, total=number, page=number, page_size=number,
        **_brief_fields(collection), **more, items=rows,
    )  # fmt: skip


def _brief_fields(collection: Collection) -> dict[str, Any]:
    """Return the fields of a page of brief rows; none if rows of ``collection`` are always whole."""
    if not brief.is_brief(collection):
        return {}
    row = row_model(collection)
    return {
        "rows": (str | None, Field(None, description="that rows are brief, in words")),
        "whole": (dict[str, str] | None, Field(None, description="the parameters that give whole rows")),
        "templates": (dict[str, str] | None, Field(None, description="addresses of what is in a row (RFC 6570)")),
        "included": (
            dict[str, dict[str, row]] | None,  # type: ignore[valid-type]
            Field(None, description="what rows share: by field and its value, further fields of each row with this value"),
        ),
        "texts": (
            dict[str, str] | None,
            Field(None, description="texts that many rows have, by the marks that stand for them, such as #1"),
        ),
    }


def operation(path: str) -> str:
    """Return the operation id of the list at ``path``, relative to ``/v1``.

    >>> operation("drugs/{name}/targets"), operation("vocab/{name}"), operation("drugs")
    ('list_drugs_of_targets', 'list_vocab_values', 'list_drugs')
    """
    return "list_" + path.replace("/{name}/", "_of_").replace("/{name}", "_values").replace("/", "_")


def errors(named: Collection | None) -> dict[int | str, dict[str, Any]]:
    """Return the error responses of a look-up; the name of a thing of ``named`` may be unknown (404) or ambiguous (300)."""
    named_errors = {each: problems.RESPONSES[each] for each in (300, 404) if named and (each == 404 or named.one in KINDS)}
    return named_errors | {422: problems.RESPONSES[422]} | problems.describe_errors({406: "none of the formats is acceptable"})


def item_links(collection: Collection) -> dict[str, Any]:
    """Return the OpenAPI links from the first row of a list to that thing; none if rows have no page of their own."""
    if collection not in COLLECTIONS:
        return {}
    following = operation("vocab/{name}") if collection is SCHEMES else f"one_{collection.name}"
    return {following: {"operationId": following, "parameters": {"name": "$response.body#/items/0/id"}}}


def nested_links(collection: Collection) -> dict[str, Any]:
    """Return the OpenAPI links from a thing to its nested lists."""
    below = [operation(f"{collection.name}/{{name}}/{each.name}") for above, each, _ in NESTED if above is collection]
    return {each: {"operationId": each, "parameters": {"name": "$request.path.name"}} for each in below}


def _field(parameter: Parameter, example: str | None) -> tuple[Any, Any]:
    kind: Any = Literal[tuple(parameter.choices)] if parameter.choices else _NUMBERS.get(parameter.type, str)
    if parameter.many:
        return list[kind], Field([], description=parameter.description, examples=[[example]] if example else None)
    if not parameter.is_number:
        return kind | None, Field(None, description=parameter.description)
    least = 0 if parameter.type == "integer" else -arguments.GREATEST
    return kind | None, Field(None, description=parameter.description, ge=least, le=arguments.GREATEST)


def _column(collection: Collection, name: str) -> Any:
    if name in (inside := _INSIDE.get(collection.name, {})):
        return inside[name] | None
    if name in collection.lists:
        return list[str]
    return _TYPES.get(collection.types.get(name, ""), str) | None
