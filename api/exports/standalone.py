"""A self-contained page: a Vega-Lite specification with the program that draws it, for a browser without a network.

Data is never code in it: it is text in elements, or JSON in a data block, with every character escaped that could end the element (HTML,
4.12.1.3). The content security policy in the page allows only its two scripts, by their digests, and no other host.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterable
from functools import cache
from html import escape
from typing import Final

from mabgraph.graph.store import vocabulary

from ..plots import scripts

#: Additional policy of the served page: sandboxed, so it has no access to the service it came from.
SANDBOX: Final = "sandbox allow-scripts allow-downloads allow-popups"
_STYLE: Final = "body{font:16px/1.5 sans-serif;margin:1em}#plot{width:100%;display:flex}summary{position:relative}"
#: A page that was saved has no service behind its relative links: there they lead to the identifiers of what is drawn.
_DRAW: Final = """
const specification = JSON.parse(document.getElementById("specification").textContent);
const plot = document.getElementById("plot");
const loader = location.protocol.startsWith("http") ? {} : {baseURL: plot.dataset.base};
vegaEmbed(plot, specification, {renderer: "svg", loader}).catch(console.error);
"""
#: Characters that could end an element, begin a comment or end a line of JavaScript, with their JSON escapes.
_ESCAPED: Final = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def page(title: str, specification: str, words: Iterable[str]) -> str:
    """Return the page that draws ``specification`` (JSON) under ``title``, and below the plot shows the same content in ``words``."""
    paragraphs = "".join(f"<p>{escape(text)}</p>" for text in words)
    program, policy = _program()
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="UTF-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n<script>{program}</script></head>\n"
        f'<body>\n<div id="plot" data-base="{escape(vocabulary.base().rstrip("/"))}"></div>\n'
        f'<script type="application/json" id="specification">{embed(specification)}</script>\n'
        f"<script>{_DRAW}</script>\n<details open><summary>The same in words</summary>{paragraphs}</details></body>\n</html>\n"
    )


def embed(json: str) -> str:
    """Return the same JSON, escaped for an HTML element.

    >>> "<" in embed('{"a": "</script>"}')
    False
    """
    return json.translate(_ESCAPED)


@cache
def _program() -> tuple[str, str]:
    """Return the drawing program, and the policy that allows it alone; ``unsafe-eval`` is for Vega's expression compiler."""
    program = scripts.bundle()
    digests = " ".join(f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in (program, _DRAW))
    return program, f"default-src 'none'; script-src {digests} 'unsafe-eval'; style-src 'unsafe-inline'; img-src data: blob:"
