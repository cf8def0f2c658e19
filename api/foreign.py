"""Foreign parameters: what clients of other engines add to a SPARQL request, and what is only nearly one of ours.

The protocol names no parameter that makes a request wrong, so what others read is passed over. What would change the answer without a
word is not: a slip in one of our own names, a choice of graphs by another name, a value bound to a variable.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final

from rapidfuzz.distance import OSA

#: What other engines and their clients are known to read: Virtuoso, Fuseki, GraphDB and RDF4J, Stardog, Blazegraph, AllegroGraph, QLever.
KNOWN: Final = frozenset({
    "CXML_redir_for_hrefs", "CXML_redir_for_subjs", "_", "accept", "action", "analytic", "callback", "content-type", "debug", "explain",
    "force-accept", "infer", "inference", "limit", "log_debug_info", "maxTime", "maxrows", "offset", "output", "pinresult", "qtxt",
    "queryLn", "reasoning", "results", "run", "sameAs", "save", "send", "should-sponge", "signal_unbound", "signal_unconnected",
    "signal_void", "soft-limit", "stylesheet", "xslt-uri",
})  # fmt: skip
#: How many letters a slip changes at most, in short names and in longer ones.
_SLIPS: Final = ((4, 0), (7, 1), (100, 2))
#: Names that can be told of in a header, and the most of them.
_NAME: Final = re.compile(r"[A-Za-z0-9_.~-]{1,60}")
_LISTED: Final = 10


def fault(name: str, own: Sequence[str]) -> str | None:
    """Return why a request with the parameter ``name``, which is none of our ``own``, is refused; none where it is passed over.

    >>> fault("defaultgraphuri", ["default-graph-uri", "query"])
    "unknown parameter 'defaultgraphuri': is default-graph-uri meant?"
    >>> fault("sameAs", ["default-graph-uri", "query"]), fault("$drug", ["query"])
    (None, "parameter '$drug': values are not bound to variables here: write VALUES into the query")
    """
    if name in KNOWN:
        return None
    if name[:1] in {"$", "?"}:
        return f"parameter {name[:80]!r}: values are not bound to variables here: write VALUES into the query"
    bare = _bare(name)
    for each in own:
        if OSA.distance(bare, _bare(each)) <= next(most for length, most in _SLIPS if len(each) <= length):
            return f"unknown parameter {name[:80]!r}: is {each} meant?"
    if "graph" in bare:
        choices = ", ".join(each for each in own if "graph" in each)
        return f"unknown parameter {name[:80]!r}: graphs are chosen by {choices}"
    return None


def unread(names: Collection[str]) -> tuple[str, ...]:
    r"""Return those of ``names`` that no engine is known to read, as far as a header can tell of them.

    >>> unread({"maxrows", "foo", "b\r\nc"})
    ('foo',)
    """
    return tuple(sorted(name for name in names if name not in KNOWN and _NAME.fullmatch(name)))[:_LISTED]


def _bare(name: str) -> str:
    return re.sub(r"[-_.\s]", "", name[:100].lower())
