"""What results concern: drugs, targets and conditions, read from the statements of one source and the ontology.

It is the answer of the question ``links``, followed property by property: to plan that question takes longer than to answer it over one
source. A test holds both together. Classes of comparability are worked out in :mod:`.classes`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Final

import pyoxigraph as ox

from ..shacl.triples import GroupedQuads, Pair, Properties, by_subject
from ..store import vocabulary
from . import classes

_OF_STUDY, _OF_VARIABLE, _OF_GROUP, _OF_COMPARISON, _INTERVENTION, _COMPARATOR, _REPORT_OF = (
    vocabulary.term(name) for name in ("ofStudy", "ofVariable", "ofGroup", "ofComparison", "intervention", "comparator", "reportOf")
)
_CONDITION, _DRUG, _TARGET, _DOSE, _REGIMEN, _OPTION_OF, _PARENT, _EXPOSURE, _ABOUT_TARGET, _DESIGN = (
    vocabulary.term(name)
    for name in ("condition", "drug", "target", "dose", "regimen", "optionOf", "parentGroup", "exposure", "aboutTarget", "design")
)
#: The properties that are followed from things of the ontology.
_FOLLOWED: Final = frozenset({_DRUG, _TARGET, _DOSE, _OPTION_OF, _ABOUT_TARGET, _CONDITION}) | classes.FOLLOWED
_CONCERNS: Final = f"<{vocabulary.term('concerns')}>"
_COMPARABILITY: Final = f"<{vocabulary.term('comparability')}>"

#: Things, in the order in which they are come upon.
Things = dict[str, None]
#: Statements by subject and property.
About = Mapping[str, Properties]


class Concerns:
    """The ontology, with which sources are read."""

    def __init__(self, ontology: Iterable[ox.Quad]) -> None:
        """Take the quads of the ``ontology``."""
        self._ontology = {
            node: followed
            for node, properties in by_subject(ontology).items()
            if (followed := {along: values for along, values in properties.items() if along in _FOLLOWED})
        }

    def of(self, source: Iterable[ox.Quad]) -> GroupedQuads:
        """Return what the results, studies and reports of ``source`` concern (the question ``links``), and classes of comparability."""
        about = source.about if isinstance(source, GroupedQuads) else by_subject(source)
        whole = Following(about, self._ontology)
        pairs: dict[str, list[Pair]] = {}
        for node, things in whole.concerns():
            pairs.setdefault(f"<{node}>", []).extend([(_CONCERNS, f"<{thing}>") for thing in things])
        for node, concept in classes.classify(whole):
            pairs.setdefault(f"<{node}>", []).append((_COMPARABILITY, f"<{concept}>"))
        return GroupedQuads(vocabulary.graph("links"), pairs, {})


class Following:
    """The statements of one source with the ontology, followed property by property."""

    def __init__(self, own: About, ontology: About) -> None:
        """Take both by subject."""
        self.own, self._ontology = own, ontology
        self._of_groups = dict[str, Things | None]()
        self._of_regimens = dict[str, Things]()

    def values(self, node: str, along: str) -> Collection[str]:
        """Return the values of one property of ``node``, by the source or the ontology."""
        own = self.own.get(node)
        values = own.get(along, ()) if own else ()
        known = self._ontology.get(node)
        return {**dict.fromkeys(values), **known[along]} if known and along in known else values

    def follow(self, nodes: Collection[str], *path: str) -> Collection[str]:
        """Return what a ``path`` of properties leads to from ``nodes``."""
        for along in path:
            nodes = [value for node in nodes for value in self.values(node, along)]
        return nodes

    def reach(self, node: str, along: str) -> Things:
        """Return ``node``, and everything that one property leads to from it again and again."""
        reached, waiting = {node: None}, [node]
        while waiting:
            new = [value for value in self.values(waiting.pop(), along) if value not in reached]
            reached |= dict.fromkeys(new)
            waiting += new
        return reached

    @cached_property
    def _options(self) -> dict[str, list[str]]:
        """The options of each regimen."""
        return self.turn_round(_OPTION_OF)

    def turn_round(self, along: str) -> dict[str, list[str]]:
        """Return the nodes that have each value of one property."""
        turned: dict[str, list[str]] = {}
        for about in (self.own, self._ontology):
            for node, properties in about.items():
                for value in properties.get(along, ()):
                    turned.setdefault(value, []).append(node)
        return turned

    def concerns(self) -> Iterator[tuple[str, Things]]:
        """Yield each result, each study and each report of one, with what it concerns."""
        reports = self.turn_round(_REPORT_OF)
        parts = self.turn_round(_OF_STUDY)
        for node, properties in self.own.items():
            things: Things = {}
            if _OF_GROUP in properties or _OF_COMPARISON in properties or _OF_VARIABLE in properties:
                things |= self._of_result(node, properties)
            if _DESIGN in properties:
                things |= self._of_study(node, parts.get(node, ()))
            if things:
                yield node, things
                yield from ((report, things) for report in reports.get(node, ()))

    def _of_result(self, node: str, properties: Properties) -> Things:
        things: Things = {}
        studies = properties.get(_OF_STUDY, {})
        if _OF_VARIABLE in properties:
            things |= dict.fromkeys(self.follow(studies, _CONDITION))
            if studies:
                things |= dict.fromkeys(self.follow(properties[_OF_VARIABLE], _ABOUT_TARGET))
        for group in self._groups_of(properties):
            if group not in self._of_groups:
                self._of_groups[group] = self._of_group(group)
            of_group = self._of_groups[group]
            things |= self._with_targets(self.follow(studies, _DRUG)) if of_group is None else of_group
            things |= dict.fromkeys(self.follow(self.reach(group, _PARENT), _EXPOSURE, _ABOUT_TARGET))
        return things

    def _groups_of(self, properties: Properties) -> Iterator[str]:
        """Yield the groups of a result, or of its comparison."""
        yield from properties.get(_OF_GROUP, ())
        for comparison in properties.get(_OF_COMPARISON, ()):
            yield from self.values(comparison, _INTERVENTION)
            yield from self.values(comparison, _COMPARATOR)

    def _of_group(self, group: str) -> Things | None:
        """Return what a group is given, else what those are given that it is part of; nothing where no source says so of any."""
        regimens = list(self.values(group, _REGIMEN)) or list(self.follow(self.reach(group, _PARENT), _REGIMEN))
        return self._of_regimen(regimens) if regimens else None

    def _of_regimen(self, regimens: Collection[str]) -> Things:
        """Return the drugs of regimens and of their options, and the targets of these drugs."""
        things: Things = {}
        for regimen in regimens:
            if regimen not in self._of_regimens:
                reached, waiting = {regimen: None}, [regimen]
                while waiting:
                    new = [option for option in self._options.get(waiting.pop(), ()) if option not in reached]
                    reached |= dict.fromkeys(new)
                    waiting += new
                drugs = [*self.follow(reached, _DRUG), *self.follow(reached, _DOSE, _DRUG)]
                self._of_regimens[regimen] = self._with_targets(drugs)
            things |= self._of_regimens[regimen]
        return things

    def _with_targets(self, drugs: Iterable[str]) -> Things:
        listed = list(drugs)
        return dict.fromkeys([*listed, *self.follow(listed, _TARGET)])

    def _of_study(self, study: str, parts: Iterable[str]) -> Things:
        """Return what a study concerns: its condition, its drugs, those of its groups, and what its ``parts`` are about."""
        things = dict.fromkeys(self.values(study, _CONDITION)) | self._with_targets(self.values(study, _DRUG))
        for part in parts:
            things |= self._of_regimen(self.values(part, _REGIMEN))
            measured = [*self.values(part, _OF_VARIABLE), *self.values(part, _EXPOSURE)]
            things |= dict.fromkeys(self.follow(measured, _ABOUT_TARGET))
        return things
