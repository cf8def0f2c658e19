"""Figures of rows of a registry record: adverse events and participant flow have one place a row, and its members are figures by name.

The graph has the row alone (decision 38). So a figure of a member is known by its name: document, pointer with dots, member.
"""

from __future__ import annotations

import re
from typing import Final

from mabgraph.graph.store import vocabulary

_FIGURE: Final = re.compile(
    r"(?P<document>nct[0-9]{8})\.(?P<row>resultsSection\.(?:adverseEventsModule|participantFlowModule)\.[A-Za-z0-9.]+)"
    r"\.(?:num(?:Affected|AtRisk|Events|Subjects)|(?:deaths|serious|other)Num(?:Affected|AtRisk))"
)
_ANY: Final = re.compile(r"(?P<document>nct[0-9]{8})\.(?P<path>[A-Za-z]+Section\.[A-Za-z0-9.]+)")


def place_of(figure: str) -> str | None:
    """Return the IRI of the row that the figure with the IRI ``figure`` is a member of; none where it is no such figure.

    >>> place_of(vocabulary.resource("figure/nct00000000.resultsSection.adverseEventsModule.otherEvents.3.stats.0.numAtRisk"))[-67:]
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
