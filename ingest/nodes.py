"""From a record to the nodes it states, with the keys of the JSON-LD context: the one step between record and quads.

Nothing is mapped field by field: a record's keys are the context's keys. What happens here is what a context cannot
do: local ids become names under the document, rows become results, marks become figures.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import Any, Final

from . import discrepancies, figures, numbers, numerals, places, reports, results, statedterms
from .errors import RecordError
from .figures import Figure, Node
from .parts import Item, Printed
from .places import Place
from .record import Analysis, Claim, Definition, Discrepancy, Dose, Facts, Record, Regimen, Row, Study, TableRow
from .recordfile import Path_, RecordFile
from .results import Result
from .sides import SideWriter

#: Keys that hold local ids, and the kind of part each must name.
_LOCAL: Final = {
    "study": "study", "parent": "group", "regimen": "regimen", "optionOf": "regimen", "intervention": "group",
    "comparator": "group", "sharesPatientsWith": "study", "analysis": "analysis", "group": "group", "comparison": "comparison",
}  # fmt: skip
#: Keys in our own words, whose numerals must be figures of the same part.
_PROSE: Final = ("label", "description", "definition", "schedule", "text", "phase")
#: Of these, names: "16 mg/kg" in a name is no claim about a number of this part, so any figure of the record may print it.
_NAMES: Final = frozenset({"label", "description"})
#: Kinds of part that belong to the record's first study unless they name another.
_OF_STUDY: Final = frozenset({"group", "definition", "comparison", "analysis"})
#: What a result may declare missing, and the keys of which one must then be absent: of an interval one bound may be printed alone.
_MISSING: Final = {
    "missing-p-value": {"pValue"}, "missing-interval": {"lower", "upper"}, "missing-total": {"total"}, "missing-value": {"value"},
    "missing-level": {"intervalLevel"},
}  # fmt: skip


def of_record(record: Record, file: RecordFile) -> Iterator[Node]:
    """Yield the nodes of ``record``: its document, studies, groups and so on, each with its figures.

    :raises RecordError: naming file, line and part of the first thing the record contradicts itself in.
    """
    yield from reports.state(_Reading(record, file).nodes(), record.document.id)


def collect(record: Record, file: RecordFile) -> tuple[list[Node], list[str]]:
    """Return the nodes of ``record`` that can be made, and everything it contradicts itself in, each with file, line and part."""
    faults: list[str] = []
    nodes = list(reports.state(_Reading(record, file, faults).nodes(), record.document.id))
    return nodes, list(dict.fromkeys(faults))


def by_name(record: Record, file: RecordFile) -> dict[str, Node]:
    """Return the nodes of ``record`` by their names.

    :raises RecordError: naming file, line and part of the first thing the record contradicts itself in.
    """
    return {str(node["id"]): node for node in of_record(record, file)}


def flatten(nodes: Iterable[Node]) -> Iterator[Node]:
    """Yield every node and every node inside it."""
    for node in nodes:
        yield node
        for value in node.values():
            for inner in value if isinstance(value, list) else [value]:
                if isinstance(inner, dict):
                    yield from flatten([inner])


class _Reading:
    """One pass over one record; ``kinds`` says what each local id is. Faults are raised, or listed in ``faults`` where it is a list."""

    def __init__(self, record: Record, file: RecordFile, faults: list[str] | None = None) -> None:
        self.record, self.file, self.document, self.faults = record, file, record.document.id, faults
        self.stating: dict[str, Path_] = {row.id: ("results", index) for index, row in enumerate(record.results)}  # short rows have no id
        self.kinds: dict[str, str] = {}
        self.items: dict[str, Item] = {}
        for kind, item in record.items_with_id():
            local = _id(item)
            if local in self.kinds:
                self.report(self.fault(local, "this id is used twice in the record: give one of the two another"))
            self.kinds[local], self.items[local] = kind, item
        self.results = self.expand_rows()
        self.facts = {f"{facts.of}.{mark.name}" for facts in record.facts for quote in facts.printed for mark in quote.read_marks().marks}
        self.studies = {group.id: group.study for group in record.groups} | {part.id: part.study for part in record.comparisons}

    @cached_property
    def printed_numbers(self) -> frozenset[str]:
        """The numbers that the figures of the record print."""
        parts = (item.printed for _, item in self.record.items_with_id() if isinstance(item, Printed))
        stated = chain.from_iterable(map(figures.read_quotes, chain(parts, (facts.printed for facts in self.record.facts))))
        of_results = (figure for members in self.results.values() for result in members for figure in result.figures)
        return frozenset(figure.number for figure in chain(stated, of_results) if figure.number)

    @cached_property
    def file_places(self) -> tuple[Place, ...]:
        """Where quotes stand in the file that the text was read from."""
        return places.of_record(self.record.places)

    def nodes(self) -> Iterator[Node]:
        stated: dict[str, Node] = {}
        for node in self.parts():
            places.add_places(node, self.file_places)
            stated[str(node["id"])] = node
            yield node
        for item in self.record.discrepancies:
            named = {
                name for each in (*item.between, *item.beside) for name in self.names_of(each) or self.names_of(each.rpartition(".")[0])
            }
            if self.faults and not named <= stated.keys():
                continue  # of a part that could not be stated, which is listed
            if node := self.locate_errors(item.id, self.discrepancy, item, stated):
                yield node

    def parts(self) -> Iterator[Node]:
        yield self.document_node()
        yield from self.record.ledger.nodes(self.document) if self.record.ledger else ()
        for kind, item in self.record.items_with_id():
            if not isinstance(item, Row | TableRow | Discrepancy) and (node := self.locate_errors(_id(item), self.part, kind, item)):
                yield node
        stated: dict[str, Facts] = {}
        for facts in self.record.facts:
            for node in self.locate_errors(facts.of, self.quantities, facts):
                if stated.setdefault(str(node["id"]), facts) is not facts:
                    fault = f"the quantity {node['quantityKind']!r} is stated in two facts: put its quotes together"
                    self.report(self.fault(facts.of, fault))
                yield node
        for row, members in self.results.items():
            for result in members:
                if node := self.locate_errors(row, self.result, result):
                    yield node

    def report(self, error: RecordError) -> None:
        """Raise ``error``, or list it where all are listed."""
        if self.faults is None:
            raise error from None
        self.faults.append(str(error))

    def fault(self, local: str, message: str) -> RecordError:
        """Return the error that says ``message`` of the part ``local``, at its id, at what is stated of it, or at its short row."""
        places = (place for key in ("id", "of") for place, _ in self.file.mappings_with(key) if str(self.file.value(place)[key]) == local)
        return RecordError(f"{self.file.where(next(places, self.stating.get(local, ())))} ({local}): {message}")

    def locate_errors(self, local: str, make: Any, *arguments: Any) -> Any:
        try:
            nodes = make(*arguments)
            return nodes if isinstance(nodes, dict) else list(nodes)
        except RecordError as error:
            self.report(error if str(error).startswith(str(self.file.path)) else self.fault(local, str(error)))
            return []

    def expand_rows(self) -> dict[str, tuple[Result, ...]]:
        comparisons = frozenset(comparison.id for comparison in self.record.comparisons)
        rows: dict[str, tuple[Result, ...]] = {}
        for row in self.record.results:
            rows[row.id] = tuple(self.locate_errors(row.id, results.expand_row, row, comparisons))
        for table in self.record.tables:
            rows |= {row.id: members for row, members in self.locate_errors(table.id, results.expand_table, table, comparisons)}
        return rows

    def name(self, kind: str, local: str) -> str:
        return f"study/{local}" if kind == "study" else f"{kind}/{self.document}.{local}"

    def resolve(self, key: str, local: str) -> str:
        if self.kinds.get(local) != _LOCAL[key]:
            known = ", ".join(sorted(name for name, kind in self.kinds.items() if kind == _LOCAL[key])) or "none"
            written = re.sub("[A-Z]", lambda capital: f"_{capital[0].lower()}", key)
            raise RecordError(f"{written} {local!r} is no {_LOCAL[key]} of this record; it has {known}")
        return self.name(_LOCAL[key], local)

    def resolve_all(self, key: str, value: str | Sequence[str]) -> str | list[str]:
        return self.resolve(key, value) if isinstance(value, str) else [self.resolve(key, each) for each in value]

    def reference(self, reference: str) -> list[str]:
        kind, colon, local = reference.partition(":")
        if colon:
            return [f"mabc:{local}" if kind == "concept" else f"{kind}/{local}"]
        if not (names := self.names_of(reference)):
            raise RecordError(f"{reference!r}: no part of this record, nor drug:, target:, condition: or concept:")
        return names

    def names_of(self, local: str) -> list[str]:
        """Return the names of the parts with this local id: every result of a row, one result, a fact or another part; else none."""
        if local in self.results:
            return [self.name("estimate", result.id) for result in self.results[local]]
        if any(result.id == local for members in self.results.values() for result in members):
            return [self.name("estimate", local)]
        if local in self.facts:
            return [self.name("fact", local)]
        return [self.name(self.kinds[local], local)] if local in self.kinds else []

    def document_node(self) -> Node:
        document = self.record.document
        node = _own_fields(document) | figures.identifiers(document.printed)
        node |= {"id": f"document/{document.id}", "type": "Document", "characters": str(document.characters)}
        return node | (self.record.ledger.counts() if self.record.ledger else {})

    def part(self, kind: str, item: Item) -> Node:
        item_figures = figures.read_quotes(item.printed) if isinstance(item, Printed) else ()
        node = {key: self.resolve_all(key, value) if key in _LOCAL else value for key, value in _own_fields(item).items()}
        node |= {"id": self.name(kind, _id(item)), "type": node.get("type", kind.capitalize())}
        if kind in _OF_STUDY:
            node.setdefault("study", self.name("study", self.record.studies[0].id))
        if isinstance(item, Study):
            node |= figures.identifiers(item.printed) | {"document": f"document/{self.document}"}
        elif isinstance(item, Regimen) and item.doses:
            node["dose"] = [self.name("dose", dose.id) for dose in item.doses]
        elif isinstance(item, Dose):
            node |= {"amount": item_figures[0].number} if item_figures and item_figures[0].role == "dose" else {}
        elif isinstance(item, Claim):
            node |= self.claim(item)
        elif isinstance(item, Analysis):
            node["statement"] = statedterms.nodes_of(item, item.id, self.document)
        elif isinstance(item, Definition):
            node |= self.places(self.name("definition", item.id), item)
        for key in ("timeUnit",) if isinstance(item, Dose) else ("timeUnit", "unit", "units"):
            node.pop(key, None)
        units = figures.units(getattr(item, "unit", None), getattr(item, "time_unit", None))
        return node | self.figures(_id(item), item_figures, units, node, getattr(item, "units", None))

    def discrepancy(self, item: Discrepancy, stated: Mapping[str, Node]) -> Node:
        self.figures(item.id, (), {}, {"text": item.text, "label": item.subject})
        between, beside = (
            [side for each in named for side in discrepancies.resolve(each, self.names_of, self.items, stated)]
            for named in (item.between, item.beside)
        )
        own = {"id": self.name("discrepancy", item.id), "discrepancyKind": item.discrepancy_kind, "document": f"document/{self.document}"}
        writer = SideWriter(self.record, stated)
        return discrepancies.node(own | {"origin": ["read"]}, item.subject, item.text, writer, between, beside)

    def claim(self, claim: Claim) -> Node:
        about = [name for reference in claim.about for name in self.reference(reference)]
        return {"about": about, "document": f"document/{self.document}"} | self.places(self.name("claim", claim.id), claim)

    def places(self, name: str, item: Printed) -> Node:
        """Return where the quotes stand that a claim or a definition rests on."""
        anchors = []
        for quote in item.printed:
            text, at = quote.read_marks().text, quote.at or 0
            anchors.append(figures.target(f"{name}/{at}", self.document, at, at + len(text), text))
        return {"anchoredAt": anchors} if anchors else {}

    def quantities(self, facts: Facts) -> Iterator[Node]:
        grouped: dict[str, list[Figure]] = {}
        for figure in figures.read_quotes(facts.printed):
            grouped.setdefault(figure.name, []).append(figure)
        kind = self.kinds.get(facts.of)
        if kind is None:
            raise RecordError(f"facts of {facts.of!r}: no part of this record has that id")
        units = figures.units(facts.unit, facts.time_unit)
        for name, fact_figures in grouped.items():
            roles = figures.first_by_role(fact_figures)
            if not name or len(roles) != 1:
                raise RecordError(
                    f"the quantity {name!r} needs a name and one role, it has {', '.join(roles)}: split it, or write a result"
                )
            role, first = next(iter(roles.items()))
            local = f"{facts.of}.{name}"
            node: Node = {
                "id": f"fact/{self.document}.{local}", "type": "Quantity", "describes": self.name(kind, facts.of),
                "quantityKind": name, "document": f"document/{self.document}",
            }  # fmt: skip
            node |= {"date": first.date} if first.date else numbers.of_figure("value", first)
            node |= {"unit": units[role]} if units[role] else {}
            yield node | self.figures(local, tuple(fact_figures), units, node, is_one=True)

    def result(self, result: Result) -> Node:
        key, column = ("comparison", result.comparison) if result.comparison else ("group", result.group or "")
        study = self.studies.get(column) or self.record.studies[0].id
        node: Node = {
            "id": self.name("estimate", result.id), "type": "EffectEstimate" if result.comparison else "ArmResult",
            "label": f"{result.row.replace('-', ' ')}: {self.label(key, column)}", key: self.resolve(key, column),
            "study": self.name("study", study), "variable": result.variable, "measure": result.measure, "status": "reported",
            "unit": result.unit, "unitOfAnalysis": result.settings.unit_of_analysis or self.record.unit_of_analysis,
            "document": f"document/{self.document}", "citedFrom": result.settings.cited_from,
            "notReported": list(result.not_reported), "sides": result.settings.sides,
        }  # fmt: skip
        if result.settings.analysis:
            node["analysis"] = self.resolve("analysis", result.settings.analysis)
        node |= numbers.of_result(result)
        denied = next((missing for missing in result.not_reported if _MISSING.get(missing, frozenset("?")) <= node.keys()), None)
        if denied:
            raise RecordError(
                f"{result.id} has a {' and a '.join(sorted(_MISSING[denied]))} and says {denied}: "
                "take that out of not_reported, or give it a row of its own"
            )
        node = {key: value for key, value in node.items() if value not in (None, [])}
        units = figures.units(result.unit, result.settings.time_unit)
        return node | self.figures(result.id, result.figures, units, {}, is_one=True)

    def label(self, key: str, local: str) -> str:
        self.resolve(key, local)
        parts = self.record.comparisons if key == "comparison" else self.record.groups
        return next(part.label for part in parts if part.id == local)

    def figures(
        self, local: str, stated_figures: tuple[Figure, ...], units: Any, prose: Node, named: Any = None, *, is_one: bool = False
    ) -> Node:
        printed = {figure.number for figure in stated_figures}
        for key in _PROSE:
            words = str(prose.get(key, ""))
            if key == "phase":
                words = words.replace("-", " ")
            for _, _, numeral in numerals.scan(words):
                if numeral.canonical not in (self.printed_numbers if key in _NAMES else printed):
                    where = "record" if key in _NAMES else "part"
                    raise RecordError(f"its {key} says {numeral.printed}, which no figure of this {where} prints: mark it, or leave it out")
        if not stated_figures:
            return {}
        return {"figure": figures.all_nodes(stated_figures, self.document, local, units, named, is_one=is_one)}


def _own_fields(item: Item) -> Node:
    """Return the item's own fields under the keys of the context; lists and text only, nothing empty."""
    fields = item.model_dump(by_alias=True, exclude_none=True, exclude={"id", "printed", "doses"})
    return {key: list(value) if isinstance(value, tuple) else value for key, value in fields.items() if value not in ((), [])}


def _id(item: Item) -> str:
    return str(item.id)  # type: ignore[attr-defined]
