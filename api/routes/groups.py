"""The groups that look-ups stand in: what is used first comes first, texts late, as OpenAPI's ``tags`` and the page ``/docs`` have them."""

from __future__ import annotations

from typing import Final

SEARCH: Final = "Search"
COMPARISON: Final = "Comparison"
NETWORK: Final = "Network"
TEXTS: Final = "Texts"
SERVICE: Final = "Service"
#: The group of each collection: its list, one thing by name, and the lists below that thing; all lists of analyses are in theirs.
OF_COLLECTIONS: Final = {
    "drugs": "Drugs", "targets": "Targets", "conditions": "Conditions", "trials": "Studies", "endpoints": "End points",
    "estimates": "Estimates", "analyses": "Analyses", "claims": "Claims", "discrepancies": "Discrepancies", "documents": "Documents",
    "figures": "Figures", "vocab": "Vocabularies",
}  # fmt: skip
#: Every group with its description, in the order of the page.
DESCRIPTIONS: Final = {
    SEARCH: "Names of any kind and words of texts; where to begin. `/v1` lists all collections.",
    COMPARISON: "Estimates side by side with the reasons against pooling them, and every file to take away.",
    "Estimates": "Results with the numbers that print them, by any filter; of each, its figures, checks and discrepancies.",
    "Analyses": "Analyses of groups whose direction is not stated, and tests without an effect: shown, and never compared.",
    "Studies": "Studies of any design, with their results, drugs, end points, claims and discrepancies.",
    "Drugs": "Antibodies and what they are compared with, by any name or code, with what is known of each.",
    "Targets": "Targets of drugs, with the drugs, studies and results of each.",
    "Conditions": "Conditions that studies are about, with the studies and results of each.",
    "End points": "End points, adverse events and baseline characteristics, with the results of each.",
    "Claims": "What authors say, in our own words, with its quotes and figures.",
    NETWORK: "Which treatments were compared, on what evidence, and whether a chain joins two of them.",
    "Discrepancies": "Where documents disagree with themselves, or with one another; both sides.",
    "Documents": "Documents that print the figures, with what each states.",
    "Figures": "Printed figures, each with its characters.",
    "Vocabularies": "Controlled vocabularies and their values.",
    TEXTS: "The words around a figure and the text of a document, for whoever has the secret of the texts.",
    SERVICE: "Whether the service answers, and from which dataset.",
}
#: The same as OpenAPI has it (Tag Objects).
TAGS: Final = [{"name": name, "description": text} for name, text in DESCRIPTIONS.items()]
