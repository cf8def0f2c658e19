"""Corrections of a proposal, whatever asks for them: which fields there are, what a change brings with it, and roles of numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from typing import Any, Final

from .. import numerals, quotes
from ..errors import RecordError
from ..quotes import Mark
from .passages import marks_of
from .proposals import Proposal
from .reviewing import Review, ids_of

#: The fields that are corrected by a pick-list, in the order in which they are shown; then those that are typed.
PICKED: Final = (
    "variable", "group", "comparison", "measure", "effect", "analysis", "unit", "effect_unit", "time_unit", "interval",
    "unit_of_analysis", "not_reported",
)  # fmt: skip
TYPED: Final = ("id", "cited_from")
#: What a new part is called in the question, the fields that it may have beside id and label, and whether they must be stated.
NEW_PARTS: Final[dict[str, tuple[tuple[str, bool], ...]]] = {
    "group": (("parent", False), ("group_role", False)),
    "comparison": (("intervention", True), ("comparator", True)),
    "analysis": (("population", True), ("method", False), ("test", False)),
}
#: Why proposals are skipped most often.
REASONS: Final = (
    "not a result of this study", "in the record already", "written as a table", "read wrongly", "not needed for this review",
)  # fmt: skip
_MARK: Final = re.compile(r"\[([^\[\]]+)\]\(([A-Za-z0-9-]+\.)?[a-z_]+\)")


def list_undecided(proposal: Proposal) -> list[str]:
    """Return the fields of ``proposal`` that are undecided."""
    return [each.field for each in proposal.undecided]


def complete_changes(review: Review, proposal: Proposal, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``changes`` of fields of a proposal, and what follows from them.

    Group and comparison exclude each other, and a row that was named before its variable was decided is named after it.
    """
    completed = dict(changes)
    for name, other in (("group", "comparison"), ("comparison", "group")):
        waits = getattr(proposal.row, other) or other in list_undecided(proposal)
        if changes.get(name) and other not in changes and waits:
            completed[other] = None
    variable = changes.get("variable")
    if variable and "id" not in changes and proposal.id.split("-")[0] == "undecided":
        completed["id"] = free_id(review, variable + proposal.id.removeprefix("undecided"))
    return completed


def free_id(review: Review, name: str) -> str:
    """Return ``name``, with a number where the record or another proposal has it already."""
    taken = ids_of(review.file) | {each.id for each in review.proposals}
    return next(each for count in range(1, len(taken) + 2) if (each := name if count == 1 else f"{name}-{count}") not in taken)


def name_part(label: str) -> str:
    """Return an id for a part of a record, made of its label: small letters, digits and hyphens.

    >>> name_part("Examplimab (6 mg/kg)"), name_part("…")
    ('examplimab-6-mg-kg', 'new')
    """
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "new"


def marks_by_quote(proposal: Proposal) -> list[tuple[int, int, Mark]]:
    """Return the marked numbers of ``proposal``: index of the quote, index of the mark in it, and the mark.

    :raises RecordError: when a quote cannot be read.
    """
    several = enumerate(proposal.row.printed)
    return [(index, place, mark) for index, quote in several for place, mark in enumerate(quote.read_marks().marks)]


def change_roles(proposal: Proposal, roles: Mapping[tuple[int, int], str]) -> list[dict[str, str]]:
    """Return the quotes of ``proposal`` with new roles of marks, by the indexes of quote and mark; no role takes the mark away."""
    printed = quotes_of(proposal)
    for (index, place), role in sorted(roles.items(), reverse=True):
        printed[index]["quote"] = remark(printed[index]["quote"], place, role)
    return printed


def quotes_of(proposal: Proposal) -> list[dict[str, str]]:
    """Return the quotes of ``proposal`` as its row has them: characters with marks, and place."""
    return [{"quote": quote.quote, **({} if quote.at is None else {"at": str(quote.at)})} for quote in proposal.row.printed]


def remark(quote: str, place: int, role: str) -> str:
    """Return the marked ``quote`` with the role of its mark at ``place`` (from 0), or, for no role, without that mark.

    >>> remark("was [7.7](value) of [9](arm-a.total)", 1, "count")
    'was [7.7](value) of [9](arm-a.count)'
    >>> remark("was [7.7](value) of [9](arm-a.total)", 0, "")
    'was 7.7 of [9](arm-a.total)'
    """
    count = -1

    def change(match: re.Match[str]) -> str:
        nonlocal count
        count += 1
        if count != place:
            return match[0]
        return f"[{match[1]}]({match[2] or ''}{role})" if role else match[1]

    return _MARK.sub(change, quote)


def find_number(proposal: Proposal, text: str, number: str) -> int:
    """Return where ``number`` stands, whole and unmarked, in the passage of ``proposal`` in the document ``text``.

    :raises RecordError: when it is no number, or stands there not at all, more than once, or marked already.
    """
    numerals.read(number)
    places = [match.start() for match in re.finditer(re.escape(number), text[proposal.start : proposal.end])]
    spans = [(proposal.start + place, proposal.start + place + len(number)) for place in places]
    whole = [(start, end) for start, end in spans if not quotes.cuts_number(text, start, end)]
    if not whole:
        raise RecordError(f"{number!r} does not stand in the passage as a whole number: type it as the document prints it")
    marks = marks_of(proposal)
    unmarked = [span for span in whole if not any(mark.start < span[1] and span[0] < mark.end for mark in marks)]
    if not unmarked:
        raise RecordError(f"{number!r} is marked already: change its role")
    if len(unmarked) > 1:
        raise RecordError(f"{number!r} stands {len(unmarked)} times in the passage: mark the right one in the record by hand")
    return unmarked[0][0]


def add_mark(printed: Collection[dict[str, str]], text: str, start: int, number: str, role: str) -> list[dict[str, str]]:
    """Return the quotes ``printed`` with a mark for the ``number`` at ``start``: in the quote that has these characters, or in one more."""
    changed = [dict(quote) for quote in printed]
    for quote in changed:
        plain, at = quotes.read(quote["quote"]).text, int(quote.get("at", -1))
        if 0 <= at <= start and start + len(number) <= at + len(plain):
            place = _place_in_marked(quote["quote"], start - at)
            quote["quote"] = f"{quote['quote'][:place]}[{number}]({role}){quote['quote'][place + len(number) :]}"
            return changed
    return [*changed, {"quote": f"[{number}]({role})", "at": str(start)}]


def _place_in_marked(quote: str, place: int) -> int:
    """Return where the character of the plain text at ``place`` stands in the marked ``quote``."""
    shift = 0
    for match in _MARK.finditer(quote):
        if match.start() - shift > place:
            break
        shift += len(match[0]) - len(match[1])
    return place + shift
