"""Scripts: the libraries that draw a page in a browser (Vega, Vega-Lite, Vega-Embed) as one script; a constant of vl-convert.

To put them together takes seconds and what draws (V8), so that is done by a process of its own, once for each that serves. Nothing of a
request comes into it. It cannot be the drawing process: putting them together reads ``/proc``, and that process can open nothing.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from functools import cache
from typing import Final

from mabgraph.ingest.errors import Unavailable

#: How long that may take (seconds): it takes two on a machine that does nothing else.
LONGEST: Final = 120.0
#: What would end the element of a page that the script is in, or change how it is read (HTML, 13.2.5.4).
ENDS: Final = ("</script", "<!--")
_lock = threading.Lock()


def bundle() -> str:
    """Return the script: it sets ``window.vegaEmbed``, and may stand in an element of a page.

    :raises Unavailable: when it cannot be put together, or not in time.
    """
    with _lock:
        return _bundled()


@cache
def _bundled() -> str:
    try:
        done = subprocess.run([sys.executable, "-P", "-m", __name__], capture_output=True, timeout=LONGEST, check=True, encoding="utf-8")
    except subprocess.SubprocessError as error:
        raise Unavailable(f"the scripts of the page cannot be put together: {error}; ask again later, or take the picture as svg") from None
    if any(end in done.stdout.lower() for end in ENDS):
        raise Unavailable("the scripts of the page cannot stand in a page: take the picture as svg")
    return done.stdout


if __name__ == "__main__":
    import vl_convert

    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.write(vl_convert.javascript_bundle())  # type: ignore[call-arg] # its stub asks for a snippet; it needs none
