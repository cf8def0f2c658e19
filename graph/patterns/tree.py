"""The tree of a query: the part of SPARQL 1.1 that the published questions are written in."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyoxigraph as ox


class UnsupportedError(Exception):
    """A query has something that is not read by patterns: the engine answers it."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable."""

    name: str


@dataclass(frozen=True, slots=True)
class Values:
    """The values of a parameter: the slot ``$name`` of a VALUES line."""

    variable: Variable
    parameter: str


Term = ox.NamedNode | ox.Literal
Node = Variable | Term


@dataclass(frozen=True, slots=True)
class PathStep:
    """A path of one property; ``inverse`` from object to subject."""

    iri: ox.NamedNode
    inverse: bool = False


@dataclass(frozen=True, slots=True)
class Sequence:
    """Paths one after another."""

    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Alternative:
    """Either of several paths."""

    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A path not at all, or once, or, where ``many``, any number of times."""

    path: Path
    many: bool


Path = PathStep | Sequence | Alternative | Repeat


@dataclass(frozen=True, slots=True)
class Triple:
    """A triple pattern."""

    subject: Node
    path: Path | Variable
    object: Node


@dataclass(frozen=True, slots=True)
class Call:
    """A function, an operator or an aggregate with its arguments."""

    name: str
    arguments: tuple[Expression, ...]
    distinct: bool = False
    separator: str = " "


@dataclass(frozen=True, slots=True)
class Exists:
    """Whether a group has a solution."""

    group: GroupPattern
    negated: bool


Expression = Variable | Term | Call | Exists


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition of a group."""

    condition: Expression


@dataclass(frozen=True, slots=True)
class Bind:
    """A variable that is worked out."""

    expression: Expression
    variable: Variable


@dataclass(frozen=True, slots=True)
class InlineTable:
    """Rows of terms for variables."""

    variables: tuple[Variable, ...]
    rows: tuple[tuple[Term, ...], ...]


@dataclass(frozen=True, slots=True)
class Optional:
    """A group that may have no solution."""

    group: GroupPattern


@dataclass(frozen=True, slots=True)
class Union:
    """The solutions of several groups."""

    groups: tuple[GroupPattern, ...]


@dataclass(frozen=True, slots=True)
class GroupPattern:
    """The parts between two braces, in their order."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Select:
    """A query or a subquery; a column has an expression where it is worked out."""

    columns: tuple[tuple[Variable, Expression | None], ...]
    group: GroupPattern
    distinct: bool = False
    grouped_by: tuple[Variable, ...] = ()
    order: tuple[tuple[Expression, bool], ...] = field(default=())

    @property
    def is_grouped(self) -> bool:
        """Whether rows are worked out of several solutions."""
        return bool(self.grouped_by) or any(expression is not None for _, expression in self.columns)


Part = Triple | Values | Filter | Bind | InlineTable | Optional | Union | GroupPattern | Select
