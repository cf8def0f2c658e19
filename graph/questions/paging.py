"""Pages of lists: the total and the page over one pattern, from the templates of ``queries/page/``.

A template has ``$name`` where a value is inserted, ``$$name`` for a slot of a parameter, and ``#{ name`` where lines are. What a template
has, and what is inserted, must be the same: otherwise a page would be counted or ordered by less than its question says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Template
from textwrap import dedent, indent
from typing import Final

from mabgraph.ingest.errors import QuestionError

from ..store import vocabulary
from . import directives
from .directives import suggest

#: The folder of the templates.
FOLDER: Final = vocabulary.QUERIES / "page"
#: The parameters whose lines each template has, with their choices where these are inserted.
_SORTS: Final = ("x", "-x")
_PARAMETERS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "alone": {"sort": _SORTS, "size": (), "offset": ()}, "uncounted": {"sort": _SORTS, "size": ()},
    "within": {"size": (), "offset": ()}, "unordered": {"size": ()}, "key": {"sort": _SORTS},
}  # fmt: skip
_INSERTED: Final = re.compile(r"^(?P<indent> *)#\{ (?P<name>\w+)\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Page:
    """How a list is paged.

    ``of`` is the variable of the things listed, ``carry`` further variables of the pattern that the rest of the query uses, ``order`` the
    order of the list. ``texts`` and ``numbers`` are further orders: property paths from the thing to a text or a number.
    """

    of: str
    carry: tuple[str, ...]
    order: str
    texts: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables that a page has."""
        return (self.of, *self.carry)

    @property
    def sorts(self) -> tuple[str, ...]:
        """The names of the further orders; with a minus sign they are descending."""
        return tuple(sign + name for name in (*self.texts, *self.numbers) for sign in ("", "-"))

    def page_subqueries(self, pattern: str) -> str:
        """Return the total and the page over ``pattern``, two subqueries that take its place in a query.

        :raises QuestionError: when the template has other slots.
        """
        return expand("within", self._values, pattern=pattern)

    def page_query(self, pattern: str, *, counted: bool = True) -> str:
        """Return a query, without its prefixes, that lists the things, and, where it is ``counted``, says how many there are in all.

        :raises QuestionError: when a template has other slots.
        """
        paths = (self.texts | self.numbers).items()
        keys = "".join(expand("key", {"of": self.of, "name": name, "path": path}) for name, path in paths)
        names = {"texts": list(self.texts), "numbers": list(self.numbers)}
        descending = {f"{kind}_descending": [f"-{name}" for name in several] for kind, several in names.items()}
        lists = {kind: ",".join(several) for kind, several in (names | descending).items()}
        if not counted:
            values = {name: value for name, value in self._values.items() if name != "of"}
            return expand("uncounted", values | lists, pattern=pattern, keys=keys)
        return expand("alone", self._values | lists, pattern=pattern, keys=keys)

    def unordered_query(self, pattern: str) -> str:
        """Return a query, without its prefixes, for the things in any order, uncounted: an engine need not find all of them to give some.

        :raises QuestionError: when the template has other slots.
        """
        return expand("unordered", {"of": self.of}, pattern=pattern)

    @property
    def _values(self) -> dict[str, str]:
        """The values of both templates."""
        return {"of": self.of, "order": self.order, "variables": " ".join(f"?{name}" for name in self.variables)}


def expand(name: str, values: Mapping[str, str], folder: Path = FOLDER, **blocks: str) -> str:
    """Return a template with ``values``, and with ``blocks`` of lines where it has ``#{`` and their names.

    :raises QuestionError: when the template has other slots, or does not use the parameters of a page.
    """
    template = _template(name, frozenset(values), frozenset(blocks), folder)
    return _INSERTED.sub(lambda match: indent(dedent(blocks[match["name"]]), match["indent"]), template.substitute(values))


@cache
def _template(name: str, values: frozenset[str], blocks: frozenset[str], folder: Path) -> Template:
    """Return a template that has exactly the slots ``values`` and the places of ``blocks``.

    :raises QuestionError: naming file, line and slot of everything else.
    """
    path = folder / f"{name}.rq"
    text = path.read_text(encoding="utf-8")
    template = Template(text)
    if not template.is_valid():
        raise QuestionError(f"{path}: a '$' begins no slot: write $name for a value, or $$name for a slot of a parameter")
    faults = _slot_faults(path, text, "$", frozenset(template.get_identifiers()), values)
    faults += _slot_faults(path, text, "#{ ", frozenset(match["name"] for match in _INSERTED.finditer(text)), blocks)
    if faults:
        raise QuestionError("\n".join(faults))
    sample = _INSERTED.sub("\n", template.substitute(dict.fromkeys(values, "x")))
    directives.check(sample, path, _PARAMETERS[name], paged=False)
    return template


def _slot_faults(path: Path, text: str, sign: str, slots: frozenset[str], known: frozenset[str]) -> list[str]:
    """Return a message for each slot that is not known, with its line, and for each that is missing."""
    lines = list(enumerate(text.splitlines(), 1))
    unknown = {name: next(number for number, line in lines if re.search(rf"{re.escape(sign)}{name}\b", line)) for name in slots - known}
    faults = [f"{path}:{number}: nothing fills {sign}{name}: {suggest(name, known)}" for name, number in sorted(unknown.items())]
    return faults + [f"{path}: the template has no {sign}{name}: write it where it belongs" for name in sorted(known - slots)]
