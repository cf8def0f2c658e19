"""Models: what look-ups can be asked, made from the headers of questions, and what they answer, for the description of the interface."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import Any, Final, Literal, get_origin

from pydantic import BaseModel, ConfigDict, Field, create_model

from mabgraph.graph import arguments
from mabgraph.graph.arguments import Parameter
from mabgraph.graph.names import KINDS

from . import problems, rows
from .resources import COLLECTIONS, NESTED, SCHEMES, Collection, Given, expanded

#: The end of the name of a parameter that means a thing or anything narrower.
WITHIN: Final = "_within"
_NUMBERS: Final = {"integer": int, "decimal": Decimal}
#: The types of columns in Python; all others are text.
_TYPES: Final[dict[str, Any]] = {"integer": int, "decimal": float}


class Figure(rows.Figure):
    """One printed number and its place: characters ``start`` to ``end`` (code points) of ``document``."""

    model_config = ConfigDict(extra="forbid")


class Check(rows.Check):
    """One check by arithmetic: which, its outcome, and what the arithmetic gives."""

    model_config = ConfigDict(extra="forbid")


class Detail(rows.Detail):
    """One more thing known about a resource."""

    model_config = ConfigDict(extra="forbid")


class Resource(rows.Resource):
    """A drug, target or study: its name, its definition, its details by kind, and what is below it."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(description="where it is found")
    details: dict[str, tuple[Detail, ...]]  # type: ignore[assignment]
    links: dict[str, str] = Field(description="what is below it")


class Match(BaseModel):
    """A thing that a search found."""

    kind: str
    id: str
    name: str = Field(description="the name of it that is most like what was asked")
    url: str
    likeness: float = Field(description="0 to 100; 100 is the same name")


class Matches(BaseModel):
    """What a search found, best first."""

    dataset: str
    total: int
    items: list[Match]


_INSIDE: Final[dict[str, Any]] = {"figures": list[Figure], "checks": list[Check]}


class Asked(BaseModel):
    """What every list can be asked: which page of it, which fields of its rows, in which format."""

    model_config = ConfigDict(extra="forbid")

    page: int = Field(1, ge=1, le=1_000_000, description="page, from 1", examples=[1])
    page_size: int = Field(100, ge=1, le=1000, description="rows on a page", examples=[100])
    fields: str | None = Field(None, description="fields of a row, with commas between; all when not given")
    format: str | None = Field(None, description="json, ndjson, csv, tsv, xlsx, jsonld or ttl; goes over the suffix and Accept")


def filters(collection: Collection, without: Sequence[str] = (), base: type[BaseModel] = Asked) -> type[Any]:
    """Return the model of what ``collection`` can be asked by, but the parameters ``without``, beside what ``base`` can."""
    example = {name: value for given in reversed(collection.question.examples) for name, value in given.items()}
    shown = [each for each in collection.parameters if each.name not in without]
    fields: dict[str, Any] = {each.name: _field(each, example.get(each.name)) for each in shown if not each.name.endswith(WITHIN)}
    if any(each.name.endswith(WITHIN) for each in shown):
        fields["include_narrower"] = (bool, Field(False, description="an end point or condition means narrower ones too"))
    sort = next((each for each in collection.question.parameters if each.name == "sort"), None)
    if sort is not None and base is Asked:
        fields["sort"] = (Literal[tuple(sort.choices)] | None, Field(None, description=sort.description))
    title = "".join(part.title() for part in (collection.name, *(() if base is Asked else (base.__name__,)), "by", *without))
    return create_model(f"{title}Filters", __base__=base, **fields)


def template(address: str, asked: type[Asked]) -> str:
    """Return the template (RFC 6570) of a list at ``address``; a parameter with a star may be given several times."""
    names = (f"{name}*" if get_origin(field.annotation) is list else name for name, field in asked.model_fields.items())
    return f"{address}{{?{','.join(names)}}}"


def given(collection: Collection, asked: BaseModel, base: type[BaseModel] = Asked) -> Given:
    """Return what ``asked`` says to the question of ``collection``: each value as text; what ``base`` asks is left out."""
    said = {name: value for name, value in asked if name not in base.model_fields and value not in (None, [], False)}
    narrower = said.pop("include_narrower", False)
    known = {each.name for each in collection.parameters}
    renamed = {f"{name}{WITHIN}" if narrower and f"{name}{WITHIN}" in known else name: value for name, value in said.items()}
    return {name: expanded(name, value if isinstance(value, list) else [value]) for name, value in renamed.items()}


@cache
def row_model(collection: Collection) -> type[BaseModel]:
    """Return the model of a row of ``collection``, for the description of the interface."""
    fields: dict[str, Any] = {name: (_column(collection, name), Field(None, description=text)) for name, text in collection.columns.items()}
    return create_model(f"{collection.name.title()}Row", __config__=ConfigDict(extra="forbid"), **fields)


@cache
def one_model(collection: Collection) -> type[BaseModel]:
    """Return the model of one thing of ``collection``, for the description of the interface."""
    if collection.details:
        return Resource
    dataset: Any = (str, Field(description="version of the dataset"))
    links: Any = (dict[str, str], Field(description="where to go on: what it is of, and what is below it"))
    return create_model(f"{collection.one.title()}Answer", __base__=row_model(collection), dataset=dataset, links=links)


@cache
def page_model(collection: Collection) -> type[BaseModel]:
    """Return the model of a page of ``collection``, for the description of the interface."""
    number: Any = (int, ...)
    rows: Any = (list[row_model(collection)], Field(description="the rows of this page"))  # type: ignore[misc]
    dataset: Any = (str, Field(description="version of the dataset"))
    return create_model(
        f"{collection.name.title()}Page", dataset=dataset, total=number, page=number, page_size=number, items=rows
    )  # fmt: skip


def operation(path: str) -> str:
    """Return the name of the operation that lists what is at ``path``, below ``/v1``.

    >>> operation("drugs/{name}/targets"), operation("vocab/{name}"), operation("drugs")
    ('list_drugs_of_targets', 'list_vocab_values', 'list_drugs')
    """
    return "list_" + path.replace("/{name}/", "_of_").replace("/{name}", "_values").replace("/", "_")


def errors(named: Collection | None) -> dict[int | str, dict[str, Any]]:
    """Return the errors that a look-up can answer; a thing of ``named`` that is asked for may be unknown, a label that of several."""
    said = {each: problems.RESPONSES[each] for each in (300, 404) if named and (each == 404 or named.one in KINDS)}
    return said | {422: problems.RESPONSES[422]} | problems.described({406: "none of the formats is acceptable"})


def onwards(collection: Collection) -> dict[str, Any]:
    """Return the links of the OpenAPI document from the first row of a list to that thing; none where rows are no things of their own."""
    if collection not in COLLECTIONS:
        return {}
    following = operation("vocab/{name}") if collection is SCHEMES else f"one_{collection.name}"
    return {following: {"operationId": following, "parameters": {"name": "$response.body#/items/0/id"}}}


def downwards(collection: Collection) -> dict[str, Any]:
    """Return the links of the OpenAPI document from a thing to the lists that are below it."""
    below = [operation(f"{collection.name}/{{name}}/{each.name}") for above, each, _ in NESTED if above is collection]
    return {each: {"operationId": each, "parameters": {"name": "$request.path.name"}} for each in below}


def _field(parameter: Parameter, example: str | None) -> tuple[Any, Any]:
    kind: Any = Literal[tuple(parameter.choices)] if parameter.choices else _NUMBERS.get(parameter.type, str)
    if parameter.many:
        return list[kind], Field([], description=parameter.description, examples=[[example]] if example else None)
    least = 0 if parameter.type == "integer" else -arguments.GREATEST
    return kind | None, Field(None, description=parameter.description, ge=least, le=arguments.GREATEST)


def _column(collection: Collection, name: str) -> Any:
    if name in _INSIDE:
        return _INSIDE[name] | None
    if name in collection.lists:
        return list[str]
    return _TYPES.get(collection.types.get(name, ""), str) | None
