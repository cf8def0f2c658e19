"""Figures of rows of a registry record: adverse events and participant flow have one place a row, and its members are figures by name.

The graph has the row alone (decision 38). So a figure of a member is known by its name: document, pointer with dots, member.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from mabgraph.graph.questions import question
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.questions.question import Row
from mabgraph.graph.store import vocabulary

#: The question for figures.
ASKS: Final = "figures-page"
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


def find_named(catalogue: Catalogue, filters: Mapping[str, Sequence[str]]) -> list[Row] | None:
    """Return the rows of the question ``figures-page`` for figures that are named: those of members are asked for by their rows.

    None where no member is named: the question has the other figures.

    :raises QuestionError: for a name that is no IRI.
    """
    named = question.load(ASKS).terms(catalogue.names, {"figure": filters.get("figure", ())}).get("figure", [])
    places = {term.value: place_of(term.value) for term in named}
    if not any(places.values()):
        return None
    others = {key: values for key, values in filters.items() if key != "figure"}
    pointed = catalogue.ask(ASKS, others | {"place": sorted({place for place in places.values() if place})})
    rows = [row for row in pointed if row["id"] in places]
    plain = [name for name, place in places.items() if place is None]
    return rows + (catalogue.ask(ASKS, others | {"figure": plain}) if plain else [])
