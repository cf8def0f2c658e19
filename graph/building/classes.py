"""Classes of comparability of the estimates of one source, read from its statements and the ontology.

They are those of :func:`..compare.comparability.derive_class`, over the answers of the questions ``arms``, ``counterparts`` and
``comparability``, which a test holds against this.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from itertools import chain, product
from typing import TYPE_CHECKING, Final

from ..compare.comparability import derive_class
from ..compare.evidence import ARM, EFFECT
from ..shacl import literals
from ..shacl.triples import TYPE, Properties
from ..store import vocabulary

if TYPE_CHECKING:
    from .concerns import Following

_KINDS: Final = {vocabulary.term("EffectEstimate"): EFFECT, vocabulary.term("ArmResult"): ARM}
_IS_GROUP: Final = vocabulary.term("Group")
_LABEL: Final = "http://www.w3.org/2000/01/rdf-schema#label"
_NAME: Final = "http://www.w3.org/2004/02/skos/core#prefLabel"
_GROUP, _COMPARISON, _INTERVENTION, _COMPARATOR, _ROLE, _PARENT = (
    vocabulary.term(name) for name in ("ofGroup", "ofComparison", "intervention", "comparator", "groupRole", "parentGroup")
)
_STUDY, _REPORT, _VARIABLE, _MEASURE, _DESIGN, _REPORTED_AS = (
    vocabulary.term(name) for name in ("ofStudy", "inReport", "ofVariable", "measure", "statedDesign", "reportedAs")
)
_ANALYSIS, _POPULATION, _METHOD, _ADJUSTED, _TIME, _UNIT = (
    vocabulary.term(name) for name in ("producedBy", "population", "method", "adjustedFor", "timePoint", "unit")
)
#: What has to be the same of a result and its counterpart, and what has to be the same or absent.
_SAME, _SAME_OR_ABSENT = (_STUDY, _VARIABLE, _MEASURE), (_ANALYSIS, _TIME, _UNIT)
#: The properties that are followed from things of the ontology: names of end points and of what analyses were adjusted for.
FOLLOWED: Final = frozenset({_NAME})
_ABSENT: Final = ("",)


def classify(source: Following) -> Iterator[tuple[str, str]]:
    """Yield each estimate of ``source`` with the IRI of its class."""
    paired = _find_paired(source)
    known: dict[tuple[object, ...], str] = {}
    for node, properties in source.own.items():
        kind = next((_KINDS[each] for each in properties.get(TYPE, ()) if each in _KINDS), "")
        if not kind or not all(along in properties for along in (_LABEL, *_SAME)):
            continue
        design = _design_of(source, properties)
        if not design or not any(source.values(variable, _NAME) for variable in properties[_VARIABLE]):
            continue
        groups = tuple(_sides(source, properties))
        analyses = tuple(properties.get(_ANALYSIS, ()))
        stated = design, kind, node in paired, groups, analyses
        if stated not in known:
            roles = [_role_of(source, group) for group in groups]
            population, method = (_local(source.follow(analyses, along)) for along in (_POPULATION, _METHOD))
            is_adjusted = bool(source.follow(analyses, _ADJUSTED, _NAME))
            known[stated] = derive_class(design, kind, node in paired, roles, population, method, is_adjusted).concept
        yield node, known[stated]


def _sides(source: Following, properties: Properties) -> Iterator[str]:
    """Yield the group of a result, or both groups of its comparison."""
    yield from properties.get(_GROUP, ())
    for comparison in properties.get(_COMPARISON, ()):
        sides = [source.values(comparison, side) for side in (_INTERVENTION, _COMPARATOR)]
        yield from chain.from_iterable(sides if all(sides) else ())


def _role_of(source: Following, group: str) -> str:
    """Return what a group is in its study; nothing where it is not described (the question ``arms``)."""
    is_described = _IS_GROUP in source.values(group, TYPE) and source.values(group, _LABEL) and source.values(group, _STUDY)
    return _local(source.values(group, _ROLE)) if is_described and source.follow([group], _REPORT, _LABEL) else ""


def _design_of(source: Following, properties: Properties) -> str:
    """Return the design by the report of an estimate; nothing where the report has no name, or does not say whose study it is."""
    for report in properties.get(_REPORT, ()):
        if source.values(report, _LABEL) and source.values(report, _REPORTED_AS):
            return _local(source.values(report, _DESIGN))
    return ""


def _find_paired(source: Following) -> set[str]:
    """Return the results of one group that have a counterpart, as :func:`..compare.evidence.counterparts` chooses it.

    That is the one result of the group that is compared with its own, else the only one of their parts.
    """
    compared = _compared_groups(source)
    results: dict[tuple[str, ...], dict[str, list[str]]] = {}
    for node, properties in source.own.items() if compared else ():
        for group in properties.get(_GROUP, ()):
            if group in compared:
                for same in _keys(properties):
                    results.setdefault(same, {}).setdefault(group, []).append(node)
    candidates: dict[str, dict[str, bool]] = {}
    for by_group in results.values():
        for group, nodes in by_group.items():
            others = [(node, direct) for other, direct in compared[group].items() if other != group for node in by_group.get(other, ())]
            for node, (other, direct) in product(nodes, others):
                known = candidates.setdefault(node, {})
                known[other] = known.get(other, False) or direct
    return {node for node, others in candidates.items() if (sum(others.values()) or len(others)) == 1}


def _keys(properties: Properties) -> Iterator[tuple[str, ...]]:
    """Yield what has to be the same of the counterpart of a result."""
    columns = [list(properties.get(along, ())) for along in _SAME]
    columns += [[_canonical(value) for value in properties.get(along, _ABSENT)] for along in _SAME_OR_ABSENT]
    yield from product(*columns)


def _canonical(term: str) -> str:
    """Return the characters of a term, of a number as the engine writes it."""
    if not term.startswith('"'):
        return term
    try:
        return f"{Decimal(literals.text(term)).normalize():f}"
    except InvalidOperation:
        return literals.text(term)


def _compared_groups(source: Following) -> dict[str, dict[str, bool]]:
    """Return for each group those that it is compared with, in either direction, and whether as itself rather than as part of another."""
    comparisons = [
        (intervention, comparator)
        for properties in source.own.values() if _INTERVENTION in properties and _COMPARATOR in properties
        for intervention, comparator in product(properties[_INTERVENTION], properties[_COMPARATOR])
    ]  # fmt: skip
    within: dict[str, list[str]] = {}
    for group in dict.fromkeys([*chain.from_iterable(comparisons), *_parts(source)] if comparisons else []):
        for whole in source.reach(group, _PARENT):
            within.setdefault(whole, []).append(group)
    compared: dict[str, dict[str, bool]] = {}
    for pair in comparisons:
        for one, other in product(*map(within.__getitem__, pair)):
            for here, there in ((one, other), (other, one)):
                known = compared.setdefault(here, {})
                known[there] = known.get(there, False) or (one, other) == pair
    return compared


def _parts(source: Following) -> Iterable[str]:
    """Return the groups that are parts of others."""
    return [node for node, properties in source.own.items() if _PARENT in properties]


def _local(iris: Iterable[str]) -> str:
    """Return the local name of a concept, of several that which comes last; empty where there is none."""
    named = sorted(iris)
    return vocabulary.local_name(named[-1]) if named else ""
