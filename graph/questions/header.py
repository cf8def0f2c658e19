"""The header of a question: the YAML behind ``#+``, typed.

A key that nothing would read is refused with its file, its line and the nearest key.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from mabgraph.ingest import recordfile
from mabgraph.ingest.errors import QuestionError, RecordError

from .arguments import LITERALS, NUMBERS
from .directives import HEADER, suggest
from .names import KINDS

#: The types of columns that are not text, and those of parameters.
COLUMN_TYPES: Final = frozenset({*NUMBERS, "lines", "any"})
PARAMETER_TYPES: Final = frozenset({"iri", *LITERALS, *KINDS})


def _refuse_others(names: frozenset[str]) -> AfterValidator:
    """Return a validator that refuses names other than ``names``."""

    def check(name: str) -> str:
        if name not in names:
            raise ValueError(f"the type {name!r} is unknown: {suggest(name, names)}")
        return name

    return AfterValidator(check)


class HeaderPart(BaseModel):
    """What every part of a header shares: no unknown key, no change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ColumnHeader(HeaderPart):
    """A column: its description, and its type unless it is text."""

    description: str
    type: Annotated[str, _refuse_others(COLUMN_TYPES)] | None = None


class ParameterHeader(HeaderPart):
    """A parameter; choices may be given as a list."""

    type: Annotated[str, _refuse_others(PARAMETER_TYPES)]
    description: str
    required: bool = False
    many: bool = True
    choices: Annotated[dict[str, str], BeforeValidator(lambda value: dict.fromkeys(value, "") if isinstance(value, list) else value)] = {}


class SortHeader(HeaderPart):
    """Further orders of a list: property paths to texts and to numbers, by the name of the order."""

    texts: dict[str, str] = {}
    numbers: dict[str, str] = {}


class PageHeader(HeaderPart):
    """How a list is paged; with ``question``, its ``summary`` and its ``examples``, as a question of that name.

    ``by`` is the parameter that takes the things listed: a page is then asked for in two steps, which things, and then their columns.
    """

    of: str
    carry: tuple[str, ...]
    order: str
    by: str | None = None
    sort: SortHeader = SortHeader()
    question: str | None = None
    summary: str = ""
    examples: tuple[dict[str, str], ...] = ()

    @model_validator(mode="after")
    def _is_whole(self) -> PageHeader:
        if len({name in self.model_fields_set for name in ("question", "summary", "examples")}) > 1:
            raise ValueError("question, summary and examples belong together: give all three, or none")
        if (self.sort.texts or self.sort.numbers) and self.question is None:
            raise ValueError("further orders need a question of their own: name it as 'question' of the page")
        if self.by is not None and self.question is not None:
            raise ValueError("'question' lists the things already: take 'by' out")
        return self


class Header(HeaderPart):
    """The header of a question."""

    summary: str
    columns: dict[str, Annotated[ColumnHeader, BeforeValidator(lambda value: {"description": value} if isinstance(value, str) else value)]]
    examples: tuple[dict[str, str], ...]
    parameters: dict[str, ParameterHeader] = {}
    page: PageHeader | None = None
    by_pattern: tuple[str, ...] = Field((), description="parameters: with one of them alone the embedded engine's index is read by pattern")
    pin: str | None = Field(None, description="the variable whose values are repeated in each OPTIONAL that begins with it")


def read(text: str, path: Path) -> Header:
    """Return the header in the ``text`` of the question file ``path``.

    :raises QuestionError: naming file, line and key of everything that is wrong with it, with the remedy.
    """
    lines = (line.removeprefix(HEADER).removeprefix(" ") if line.startswith(HEADER) else "" for line in text.splitlines())
    behind = "\n".join(lines).rstrip() + "\n"
    if not behind.strip():
        raise QuestionError(f"{path}:1: a question begins with a header, lines of '{HEADER}' with summary, columns and examples")
    try:
        file = recordfile.parse(behind, path, "a header is a mapping with the keys summary, columns and examples")
    except RecordError as error:
        raise QuestionError(str(error)) from None
    try:
        return Header.model_validate(file.data)
    except ValidationError as error:
        faults = (_fault(file, dict(each)) for each in error.errors())
        raise QuestionError("\n".join(faults)) from None


def _fault(file: recordfile.RecordFile, fault: dict[str, Any]) -> str:
    """Return the message for one error of validation: file, line, key and remedy."""
    place: tuple[str | int, ...] = fault["loc"]
    if fault["type"] == "extra_forbidden":
        return f"{file.where(place)}: unknown key {place[-1]!r}: {suggest(str(place[-1]), _keys_of(place[:-1]))}"
    if fault["type"] == "missing":
        return f"{file.where(place)}: the key {place[-1]!r} is needed"
    return f"{file.where(place)}: {fault['ctx']['error'] if fault['type'] == 'value_error' else fault['msg']}"


def _keys_of(place: tuple[str | int, ...]) -> Iterable[str]:
    """Return the keys that the part of a header at ``place`` can have."""
    parts: dict[tuple[str | int, ...], type[HeaderPart]] = {("page",): PageHeader, ("page", "sort"): SortHeader}
    named: dict[str | int, type[HeaderPart]] = {"parameters": ParameterHeader, "columns": ColumnHeader}
    part = Header if not place else parts.get(place) or named[place[0]]
    return part.model_fields
