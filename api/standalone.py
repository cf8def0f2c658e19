"""A page that stands alone: a Vega-Lite specification with the program that draws it, for a browser without a network.

What comes from data is data in it: text in elements, and JSON in an element that no browser runs, with every sign escaped that could end
that element (HTML, 4.12.1.3). A policy in the page itself names the two scripts that may run, by their digests, and no other host, wherever
the page is opened from.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterable
from functools import cache
from html import escape
from typing import Final

from mabgraph.graph import scripts

#: What a browser may do with the page beside what the page says itself, where it is served: nothing with the service it came from.
SANDBOX: Final = "sandbox allow-scripts allow-downloads allow-popups"
_STYLE: Final = "body{font:16px/1.5 sans-serif;margin:1em}#plot{width:100%;display:flex}summary{position:relative}"
_DRAW: Final = """
const specification = JSON.parse(document.getElementById("specification").textContent);
vegaEmbed("#plot", specification, {renderer: "svg"}).catch(console.error);
"""
#: Signs that could end an element, begin a comment or end a line of JavaScript, and how JSON writes them.
_ESCAPED: Final = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def page(title: str, specification: str, words: Iterable[str]) -> str:
    """Return the page that draws ``specification`` (JSON) under ``title``, with the same in ``words``."""
    paragraphs = "".join(f"<p>{escape(text)}</p>" for text in words)
    program, policy = _program()
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="UTF-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n<script>{program}</script></head>\n"
        f'<body>\n<div id="plot"></div>\n<script type="application/json" id="specification">{embedded(specification)}</script>\n'
        f"<script>{_DRAW}</script>\n<details><summary>The same in words</summary>{paragraphs}</details></body>\n</html>\n"
    )


def embedded(json: str) -> str:
    """Return JSON as it may stand in an element of HTML: the same values, with every sign escaped that HTML could take for its own.

    >>> "<" in embedded('{"a": "</script>"}')
    False
    """
    return json.translate(_ESCAPED)


@cache
def _program() -> tuple[str, str]:
    """Return the program that draws, and the policy that lets it and nothing else run; Vega makes functions of the expressions it knows."""
    program = scripts.bundle()
    digests = " ".join(f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in (program, _DRAW))
    return program, f"default-src 'none'; script-src {digests} 'unsafe-eval'; style-src 'unsafe-inline'; img-src data: blob:"
