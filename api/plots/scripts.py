"""The JavaScript libraries of interactive plots (Vega, Vega-Lite, Vega-Embed) bundled as one script by vl-convert.

Bundling takes seconds and needs V8, so it runs once per serving process in a process of its own. It has no input from requests.
The rendering process cannot do it: bundling reads ``/proc``, and that process cannot open files.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from functools import cache
from typing import Final

from mabgraph.ingest.errors import Unavailable

#: Timeout for bundling (seconds); it takes two on an idle machine.
LONGEST: Final = 120.0
#: Sequences that would end the script element, or change its parsing (HTML, 13.2.5.4).
ENDS: Final = ("</script", "<!--")
_lock = threading.Lock()


def bundle() -> str:
    """Return the script: it sets ``window.vegaEmbed``, and is safe in a script element.

    :raises Unavailable: when bundling fails or exceeds its timeout.
    """
    with _lock:
        return _build_bundle()


@cache
def _build_bundle() -> str:
    try:
        done = subprocess.run([sys.executable, "-P", "-m", __name__], capture_output=True, timeout=LONGEST, check=True, encoding="utf-8")
    except subprocess.SubprocessError as error:
        raise Unavailable(f"the scripts of the page cannot be bundled: {error}; ask again later, or take the picture as svg") from None
    if any(end in done.stdout.lower() for end in ENDS):
        raise Unavailable("the bundled scripts are not safe in a script element: take the picture as svg")
    return done.stdout


if __name__ == "__main__":
    import vl_convert

    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.write(vl_convert.javascript_bundle())  # type: ignore[call-arg] # its stub asks for a snippet; it needs none
