"""Figures of rows of a registry record: adverse events and participant flow have one place a row, and its members are figures by name.

The graph has the row alone (decision 38). So a figure of a member is known by its name: document, pointer with dots, member.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.questions.question import Row
from mabgraph.graph.store import vocabulary

_FIGURE: Final = re.compile(
    r"(?P<document>nct[0-9]{8})\.(?P<row>resultsSection\.(?:adverseEventsModule|participantFlowModule)\.[A-Za-z0-9.]+)"
    r"\.(?:num(?:Affected|AtRisk|Events|Subjects)|(?:deaths|serious|other)Num(?:Affected|AtRisk))"
)
_ANY: Final = re.compile(r"(?P<document>nct[0-9]{8})\.(?P<path>[A-Za-z]+Section\.[A-Za-z0-9.]+)")


def place_of(figure: str) -> str | None:
    """Return the IRI of the row that the figure with the IRI ``figure`` is a member of; none where it is no such figure.

    >>> name = "figure/nct00000000.resultsSection.adverseEventsModule.otherEvents.3.stats.0.numAtRisk"
    >>> place_of(vocabulary.resource(name)).partition("document/")[2]
    'nct00000000#/resultsSection/adverseEventsModule/otherEvents/3/stats/0'
    >>> place_of(vocabulary.resource("figure/paper-2020.x.value-7"))
    """
    match = _FIGURE.fullmatch(figure.removeprefix(vocabulary.resource("figure/")))
    return vocabulary.resource(f"document/{match['document']}#/{match['row'].replace('.', '/')}") if match else None


def pointer_of(figure: str) -> tuple[str, str] | None:
    """Return the document (its id) and the pointer that the name of a figure of a registry record has; none of another figure.

    >>> pointer_of(vocabulary.resource("figure/nct00000000.protocolSection.designModule.enrollmentInfo.count"))
    ('nct00000000', '/protocolSection/designModule/enrollmentInfo/count')
    """
    match = _ANY.fullmatch(figure.removeprefix(vocabulary.resource("figure/")))
    return (match["document"], f"/{match['path'].replace('.', '/')}") if match else None


def find_rows(catalogue: Catalogue, filters: Mapping[str, Sequence[str]]) -> list[Row]:
    """Return the rows of the question ``figures-page`` for figures by their IRIs: those of members are asked for by their rows."""
    others = {key: values for key, values in filters.items() if key != "figure"}
    places = {name: place_of(name) for name in filters["figure"]}
    pointed = catalogue.ask("figures-page", others | {"place": sorted({place for place in places.values() if place})})
    rows = [row for row in pointed if row["id"] in places]
    plain = [name for name, place in places.items() if place is None]
    return rows + (catalogue.ask("figures-page", others | {"figure": plain}) if plain else [])
