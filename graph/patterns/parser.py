"""The parser of :mod:`.tree`: it reads what the published questions are written in, and refuses the rest of SPARQL.

It is no judge of SPARQL: the engine has that part. A text that it refuses is asked of the engine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import pyoxigraph as ox

from . import tree
from .tokens import Cursor
from .tree import Expression, Path, Variable

T = TypeVar("T")

_TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


def parse(text: str) -> tree.Select:
    """Return the tree of a query whose slots stand as ``$name`` in VALUES lines.

    :raises UnsupportedError: when it has something else than :mod:`.tree` has.
    """
    return _QueryParser(text).query()


class _QueryParser(Cursor):
    def query(self) -> tree.Select:
        while self._take("PREFIX"):
            name = self._next("name").removesuffix(":")
            self._prefixes[name] = self._expand(self._next("iri"))
        select = self._select()
        if self._at < len(self._tokens):
            raise self._refusal()
        return select

    def _select(self) -> tree.Select:
        self._expect("SELECT")
        distinct = self._take("DISTINCT")
        columns: list[tuple[Variable, Expression | None]] = []
        while not self._sees("WHERE"):
            if self._take("("):
                expression = self._expression()
                self._expect("AS")
                columns.append((self._variable(), expression))
                self._expect(")")
            else:
                columns.append((self._variable(), None))
        self._expect("WHERE")
        group = self._group()
        grouped_by: list[Variable] = []
        if self._take("GROUP"):
            self._expect("BY")
            while self._kind() == "variable":
                grouped_by.append(self._variable())
        order: list[tuple[Expression, bool]] = []
        if self._take("ORDER"):
            self._expect("BY")
            while self._at < len(self._tokens) and not self._sees("}"):
                descending = self._take("DESC")
                order.append((self._primary(), descending))
        return tree.Select(tuple(columns), group, distinct, tuple(grouped_by), tuple(order))

    def _group(self) -> tree.GroupPattern:
        self._expect("{")
        parts: list[tree.Part] = []
        while not self._take("}"):
            parts += self._parts()
            self._take(".")
        return tree.GroupPattern(tuple(parts))

    def _parts(self) -> list[tree.Part]:
        if self._sees("SELECT"):
            return [self._select()]
        if self._take("OPTIONAL"):
            return [tree.Optional(self._group())]
        if self._take("FILTER"):
            return [tree.Filter(self._primary())]
        if self._take("BIND"):
            self._expect("(")
            expression = self._expression()
            self._expect("AS")
            bound = tree.Bind(expression, self._variable())
            self._expect(")")
            return [bound]
        if self._take("VALUES"):
            return [self._values()]
        if self._sees("{"):
            groups = [self._group()]
            while self._take("UNION"):
                groups.append(self._group())
            return [groups[0] if len(groups) == 1 else tree.Union(tuple(groups))]
        return self._triples()

    def _values(self) -> tree.Part:
        if self._kind() == "variable":
            variable = self._variable()
            self._expect("{")
            if self._kind() == "slot":
                slot = tree.Values(variable, self._next("slot")[1:])
                self._expect("}")
                return slot
            rows = []
            while not self._take("}"):
                rows.append((self._term(),))
            return tree.InlineTable((variable,), tuple(rows))
        variables = self._list("(", ")", self._variable)
        self._expect("{")
        rows_of_several: list[tuple[tree.Term, ...]] = []
        while not self._take("}"):
            rows_of_several.append(self._list("(", ")", self._term))
        return tree.InlineTable(variables, tuple(rows_of_several))

    def _list(self, opened: str, closed: str, read: Callable[[], T]) -> tuple[T, ...]:
        self._expect(opened)
        several = []
        while not self._take(closed):
            several.append(read())
        return tuple(several)

    def _triples(self) -> list[tree.Part]:
        subject, triples = self._node(), list[tree.Part]()
        while True:
            path = self._variable() if self._kind() == "variable" else self._path()
            triples.append(tree.Triple(subject, path, self._node()))
            while self._take(","):
                triples.append(tree.Triple(subject, path, self._node()))
            if not self._take(";"):
                return triples

    def _path(self) -> Path:
        paths = [self._sequence()]
        while self._take("|"):
            paths.append(self._sequence())
        return paths[0] if len(paths) == 1 else tree.Alternative(tuple(paths))

    def _sequence(self) -> Path:
        paths = [self._step()]
        while self._take("/"):
            paths.append(self._step())
        return paths[0] if len(paths) == 1 else tree.Sequence(tuple(paths))

    def _step(self) -> Path:
        inverse = self._take("^")
        if self._take("("):
            path = self._path()
            self._expect(")")
            if inverse:
                raise self._refusal()
        else:
            path = tree.PathStep(self._property(), inverse)
        if self._take("?"):
            return tree.Repeat(path, many=False)
        return tree.Repeat(path, many=True) if self._take("*") else path

    def _property(self) -> ox.NamedNode:
        term = ox.NamedNode(_TYPE) if self._take("a") else self._term()
        if not isinstance(term, ox.NamedNode):
            raise self._refusal()
        return term

    def _expression(self) -> Expression:
        return self._join("||", lambda: self._join("&&", self._relation))

    def _join(self, sign: str, read: Callable[[], Expression]) -> Expression:
        several = [read()]
        while self._take(sign):
            several.append(read())
        return several[0] if len(several) == 1 else tree.Call(sign, tuple(several))

    def _relation(self) -> Expression:
        left = self._primary()
        for sign in ("=", "!="):
            if self._take(sign):
                return tree.Call(sign, (left, self._primary()))
        return tree.Call("IN", (left, *self._arguments())) if self._take("IN") else left

    def _primary(self) -> Expression:
        if self._take("("):
            expression = self._expression()
            self._expect(")")
            return expression
        if self._take("!"):
            return tree.Call("!", (self._primary(),))
        negated = self._take("NOT")
        if negated or self._sees("EXISTS"):
            self._expect("EXISTS")
            return tree.Exists(self._group(), negated)
        if self._kind() == "word" and not (self._sees("true") or self._sees("false")):
            return self._call()
        return self._variable() if self._kind() == "variable" else self._term()

    def _call(self) -> Expression:
        name = self._next("word").upper()
        self._expect("(")
        distinct, separator, arguments = self._take("DISTINCT"), " ", [self._expression()]
        while self._take(","):
            arguments.append(self._expression())
        if self._take(";"):
            self._expect("separator")
            self._expect("=")
            separator = self._term().value
        self._expect(")")
        return tree.Call(name, tuple(arguments), distinct, separator)

    def _arguments(self) -> list[Expression]:
        self._expect("(")
        arguments = [self._expression()]
        while self._take(","):
            arguments.append(self._expression())
        self._expect(")")
        return arguments

    def _node(self) -> tree.Node:
        return self._variable() if self._kind() == "variable" else self._term()

    def _variable(self) -> Variable:
        return Variable(self._next("variable")[1:])
