"""Claims as rows: their subjects by name, the short quotes that they rest on, and their printed figures, each with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from mabgraph.graph.questions import question
from mabgraph.graph.questions.catalogue import Catalogue

#: The fields of a claim beside the columns of its question.
ADDED_COLUMNS: Final = {"about_labels": "names of what it is about, in the order of about, one on each line; of a claim, its words"}
#: The questions about the claims of a page, by the field that their rows fill.
_BESIDE: Final = {"about": "claim-subjects", "quotes": "claim-quotes", "figures": "claim-figures"}
#: How many claims are asked about at once.
_LOT: Final = 200

Row = dict[str, Any]


def complete(catalogue: Catalogue, claims: Sequence[Row]) -> list[Row]:
    """Return rows of claims with ``about_labels``, and with ``quotes`` and ``figures`` as objects in the order of the document."""
    return [row for start in range(0, len(claims), _LOT) for row in _complete(catalogue, claims[start : start + _LOT])]


def flatten(claim: Mapping[str, Any]) -> Row:
    """Return a row with quotes and figures as texts, as the question ``claims-page`` gives them: for tables.

    >>> flatten({"quotes": [{"start": 7, "end": 10, "exact": "a 3"}], "figures": [{"start": 9, "end": 10, "role": "dose", "printed": "3"}]})
    {'quotes': ['7-10 a 3'], 'figures': ['9-10 dose 3']}
    """
    quotes = [f"{each['start']}-{each['end']} {_one_line(each['exact'])}" for each in claim["quotes"]]
    return {**claim, "quotes": quotes, "figures": [_figure_text(each) for each in claim["figures"]]}


def _complete(catalogue: Catalogue, claims: Sequence[Row]) -> Iterator[Row]:
    asked = {"claim": [str(row["id"]) for row in claims]}
    beside = {field: _by_claim(catalogue.ask(name, asked)) for field, name in _BESIDE.items()}
    for row in claims:
        subjects, quotes, figures = (beside[field].get(str(row["id"]), []) for field in _BESIDE)
        about = {"about": [each["about"] for each in subjects], "about_labels": [_one_line(each["about_label"]) for each in subjects]}
        yield row | about | {"quotes": quotes, "figures": figures}


def _by_claim(rows: Sequence[question.Row]) -> dict[str, list[Row]]:
    """Return rows by their claim, without it and without what is unbound."""
    by_claim: dict[str, list[Row]] = {}
    for row in rows:
        fields = {name: value for name, value in question.as_json(row).items() if value is not None and name != "claim"}
        by_claim.setdefault(str(row["claim"]), []).append(fields)
    return by_claim


def _figure_text(figure: Mapping[str, Any]) -> str:
    unit = f" {figure['unit']}" if "unit" in figure else ""
    return f"{figure['start']}-{figure['end']} {figure['role']} {_one_line(figure['printed'])}{unit}"


def _one_line(text: object) -> str:
    return " ".join(str(text).split())
