"""Parameters of other SPARQL engines, and misspelt parameters of ours.

The protocol does not forbid further parameters, so those of other engines are ignored. A parameter that would silently change the result
is refused: a misspelling of one of ours, another engine's choice of graphs, a value bound to a variable.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final

from rapidfuzz.distance import OSA

#: Parameters that other engines and their clients use: Virtuoso, Fuseki, GraphDB and RDF4J, Stardog, Blazegraph, AllegroGraph, QLever.
KNOWN: Final = frozenset({
    "CXML_redir_for_hrefs", "CXML_redir_for_subjs", "_", "accept", "action", "analytic", "callback", "content-type", "debug", "explain",
    "force-accept", "infer", "inference", "limit", "log_debug_info", "maxTime", "maxrows", "offset", "output", "pinresult", "qtxt",
    "queryLn", "reasoning", "results", "run", "sameAs", "save", "send", "should-sponge", "signal_unbound", "signal_unconnected",
    "signal_void", "soft-limit", "stylesheet", "xslt-uri",
})  # fmt: skip
#: Largest edit distance of a misspelling, for names up to each length.
_EDIT_DISTANCES: Final = ((4, 0), (7, 1), (100, 2))
#: Names that can be listed in a header, and how many at most.
_NAME: Final = re.compile(r"[A-Za-z0-9_.~-]{1,60}")
_LISTED: Final = 10


def fault(name: str, own: Sequence[str]) -> str | None:
    """Return why a request with the parameter ``name``, which is not in ``own``, is refused; none if the parameter is ignored.

    >>> fault("defaultgraphuri", ["default-graph-uri", "query"])
    "unknown parameter 'defaultgraphuri': is default-graph-uri meant?"
    >>> fault("sameAs", ["default-graph-uri", "query"]), fault("$drug", ["query"])
    (None, "parameter '$drug': values are not bound to variables here: write VALUES into the query")
    """
    if name in KNOWN:
        return None
    if name[:1] in {"$", "?"}:
        return f"parameter {name[:80]!r}: values are not bound to variables here: write VALUES into the query"
    bare = _letters(name)
    for each in own:
        if OSA.distance(bare, _letters(each)) <= next(most for length, most in _EDIT_DISTANCES if len(each) <= length):
            return f"unknown parameter {name[:80]!r}: is {each} meant?"
    if "graph" in bare:
        choices = ", ".join(each for each in own if "graph" in each)
        return f"unknown parameter {name[:80]!r}: graphs are chosen by {choices}"
    return None


def unread_names(names: Collection[str]) -> tuple[str, ...]:
    r"""Return those of ``names`` that no engine is known to use, as far as a header can list them.

    >>> unread_names({"maxrows", "foo", "b\r\nc"})
    ('foo',)
    """
    return tuple(sorted(name for name in names if name not in KNOWN and _NAME.fullmatch(name)))[:_LISTED]


def _letters(name: str) -> str:
    return re.sub(r"[-_.\s]", "", name[:100].lower())
