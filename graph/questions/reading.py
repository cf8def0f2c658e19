"""Rows of a question read by pattern from the index of the embedded engine, without a query (docs/decisions/0042).

Of the time of a question about one thing nearly all is planning: the engine reads the text and chooses an order again for each asking. The
steps are worked out once here, from the text of the same file, so that a column or a condition is written in one place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import pyoxigraph as ox

from mabgraph.ingest.errors import QuestionError

from ..patterns import parser
from ..patterns.plan import QueryPlan
from ..patterns.tree import UnsupportedError
from .querytext import QueryText, Term

#: Parameters that change nothing of how rows are read: the names are resolved, and a page that has all things is all rows.
_BESIDE: Final = frozenset({"exact", "size", "offset"})
TOTAL: Final = "total"


def read(
    query: QueryText, by_pattern: Sequence[str], engine: ox.Store, terms: Mapping[str, list[Term]]
) -> list[Iterable[tuple[str, Any]]] | None:  # fmt: skip
    """Return the rows of ``query`` as pairs of a column and its term; None where the engine is to be asked.

    That is the case with other parameters than one of ``by_pattern``, and for a page that does not begin with the first of all things and
    end with the last.

    :raises QuestionError: when the text has something that is not read by patterns.
    """
    asked = terms.keys() - _BESIDE
    if len(asked) != 1 or not asked <= set(by_pattern):
        return None
    (parameter,) = asked
    plan = _plan(query, parameter)
    rows = plan.rows(engine, {parameter: terms[parameter]})
    if query.page is None or "size" not in terms:
        return [zip(plan.columns, row, strict=True) for row in rows]
    place = plan.columns.index(query.page.of)
    total = len({row[place] for row in rows})
    if int(terms["size"][0].value) < total or int(terms["offset"][0].value if "offset" in terms else 0):
        return None
    counted = ox.Literal(total)
    columns = [name for name in plan.columns if name != TOTAL]
    places = [plan.columns.index(name) for name in columns]
    return [[*zip(columns, (row[place] for place in places), strict=True), (TOTAL, counted)] for row in rows]


@lru_cache(maxsize=1000)
def _plan(query: QueryText, parameter: str) -> QueryPlan:
    try:
        return QueryPlan(parser.parse(query.with_slots(parameter)))
    except UnsupportedError as error:
        raise QuestionError(f"{error}: take {parameter} out of by_pattern, or write it as other questions do") from None
