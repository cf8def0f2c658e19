"""Rows of lists in JSON, in brief: each says by itself what its number is and where it is printed; what rows share is said once.

A brief row has no field that repeats another one, and no words that are asked for of one thing alone. What the value of a field determines,
such as the design of a study, stands once in ``included``, under the name of the field and its value: a compound document, as in JSON:API.
A caveat that many rows have stands once in ``texts``, and its mark in the rows, as in the footnotes of a table. To complete a row, add
``included[field][row[field]]`` for each field of ``included``, and put texts in place of marks: ``mabgraph.api.client.rows.complete``.
Nothing is lost: where a value does not determine what it should, or a figure is not named as the template says, rows keep their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from mabgraph.graph.store import vocabulary

from . import resources
from .resources import Collection, Row

#: What several rows share: for the name of a field and each of its values, the fields that the value determines.
Included = dict[str, dict[str, Row]]
#: The value of the parameter ``fields`` that gives whole rows.
WHOLE: Final = "all"
NOTE: Final = f"brief: what rows share is in included; fields={WHOLE} gives whole rows"
#: The address of a figure (RFC 6570): ``name`` is the last segment of the ``url`` of its row. A figure of a registry record has a pointer:
#: its address is ``/v1/figures/``, its document, and the pointer with dots in place of slashes.
TEMPLATES: Final = {"figure": "/v1/figures/{name}.{role}-{start}"}
_FIGURES: Final = "figures"
#: The fields of a figure that only whole rows have: the words around it, and where in its file it stands, but for the page.
_AROUND: Final = frozenset({"prefix", "suffix", "box", "element_path"})
#: The lists of texts in which a mark stands for a text of this many rows or more, so that short answers have words alone.
_MARKED: Final = ("caveats", "limitations")
MANY: Final = 5


@dataclass(frozen=True)
class Brief:
    """What a brief row of a collection leaves out: ``omitted`` fields, and for the name of a field those that it ``determines``."""

    omitted: frozenset[str]
    determines: Mapping[str, tuple[str, ...]]


class Shortened(NamedTuple):
    """Brief rows, what they share by field and value, and the texts that marks in them stand for."""

    rows: list[Row]
    included: Included
    texts: dict[str, str]


#: How rows are made brief, by collection; rows of other collections repeat nothing.
BRIEF: Final[Mapping[str, Brief]] = {
    resources.ESTIMATES.name: Brief(
        frozenset({"estimate", "estimate_label", "checks", "dataset"}),
        {
            "study_label": ("study", "registration", "design", "reported_by", "document"),
            "measure_label": ("measure", "kind"),
            "analysis": ("method", "test", "adjusted_for", "analysis_basis"),
        },
    ),
    resources.FIGURES.name: Brief(_AROUND, {}),
    resources.DOCUMENTS.name: Brief(frozenset({"ledger"}), {}),
}  # fmt: skip

#: Things whose nested lists are their parts: few rows, and asked for to see all of them.
_OF_PARTS: Final = (resources.ESTIMATES, resources.CLAIMS)


def is_brief(collection: Collection) -> bool:
    """Whether rows of ``collection`` repeat anything: those with figures do, and those that :data:`BRIEF` names."""
    return collection.name in BRIEF or _FIGURES in collection.columns


def shorten(collection: Collection, rows: Sequence[Row]) -> Shortened:
    """Return ``rows`` of ``collection`` in brief, and what they share."""
    brief = BRIEF.get(collection.name, Brief(frozenset(), {}))
    included = {field: _find_determined(rows, field, fields) for field, fields in brief.determines.items()}
    marks = _mark_texts(rows)
    short = [_shorten_row(row, brief, included, marks) for row in rows]
    return Shortened(short, {field: of for field, of in included.items() if of}, {mark: text for text, mark in marks.items()})


def shorten_page(collection: Collection, rows: Sequence[Row], above: Collection | None) -> tuple[list[Row], dict[str, Any]]:
    """Return ``rows`` of ``collection`` in brief, and the fields of their page that say so; whole rows where they are parts of one thing.

    ``above`` is the collection of the thing that the list is of, if any. The fields do not depend on how a request is spelled.
    """
    if not is_brief(collection) or above in _OF_PARTS:
        return list(rows), {}
    short, included, texts = shorten(collection, rows)
    more = {"templates": TEMPLATES if _FIGURES in collection.columns else {}, "included": included, "texts": texts}
    return short, {"rows": NOTE, "whole": {"fields": WHOLE}, **{name: value for name, value in more.items() if value}}


def select(included: Included, texts: Mapping[str, str], rows: Sequence[Row]) -> tuple[Included, dict[str, str]]:
    """Return the parts of ``included`` and ``texts`` that ``rows`` refer to."""
    values = {field: {row.get(field) for row in rows} for field in included}
    marks = {mark for row in rows for field in _MARKED for mark in row.get(field) or ()}
    chosen = {field: {value: more for value, more in of.items() if value in values[field]} for field, of in included.items()}
    return chosen, {mark: text for mark, text in texts.items() if mark in marks}


def _mark_texts(rows: Sequence[Row]) -> dict[str, str]:
    """Return the mark of each text that many of ``rows`` have, in the order in which they have them."""
    counts = Counter(text for row in rows for field in _MARKED for text in row.get(field) or ())
    return {text: f"#{number}" for number, text in enumerate((text for text, count in counts.items() if count >= MANY), 1)}


def _find_determined(rows: Sequence[Row], field: str, fields: Sequence[str]) -> dict[str, Row]:
    """Return for each value of ``field`` those of ``fields`` that all ``rows`` with this value have alike."""
    determined: dict[str, Row] = {}
    for row in rows:
        if (value := row.get(field)) is None:
            continue
        own = {name: row.get(name) for name in fields}
        known = determined.setdefault(value, own)
        if known is not own and known != own:
            determined[value] = {name: of for name, of in known.items() if own[name] == of}
    return {value: {name: of for name, of in more.items() if of is not None} for value, more in determined.items() if more}


def _shorten_row(row: Row, brief: Brief, included: Included, marks: Mapping[str, str]) -> Row:
    shared = {name for field, of in included.items() for name in of.get(row.get(field, ""), ())}
    left_out = brief.omitted | shared | ({"check_reason"} if _is_known(row) else set())
    short = {"id": row["id"], "url": row["url"]}
    short |= {name: value for name, value in row.items() if value is not None and name not in left_out}
    for field in _MARKED:
        if short.get(field):
            short[field] = [marks.get(text, text) for text in short[field]]
    if _FIGURES in short:
        short[_FIGURES] = [_shorten_figure(figure, str(row["id"])) for figure in short[_FIGURES]]
    return short


def _is_known(row: Row) -> bool:
    """Whether the reason for the check status of a row says no more than its status and its discrepancies."""
    reasons = (resources.NOT_CHECKED, "; ".join(row.get("discrepancies") or ()))
    return row.get("check_status") == "consistent" or row.get("check_reason") in reasons


def _shorten_figure(figure: Row, of: str) -> Row:
    """Return a figure of the thing ``of`` in brief: without the words around it, and without what is as printed or as the template says."""
    figures = vocabulary.resource("figure/")
    begun = f"{figures}{vocabulary.local_name(of)}."
    named = f"{begun}{figure['role']}-{figure.get('start')}"
    if "pointer" in figure:
        named = f"{figures}{figure['document']}{figure['pointer'].replace('/', '.')}"
    implied = {"figure": named, "number": figure["printed"], "exact": figure["printed"]}
    short = {name: value for name, value in figure.items() if name not in _AROUND and implied.get(name) != value}
    if "restates" in short:
        short["restates"] = short["restates"].removeprefix(begun)
    return short
