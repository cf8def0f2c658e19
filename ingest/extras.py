"""Extras: groups of libraries that one part of mabgraph needs and others do not, and what is said where they are not installed.

``pip install mabgraph`` installs what the Python client and the look-ups of a dataset need; ``pip install 'mabgraph[serve]'`` what
``mabgraph serve`` needs beside that. ``pyproject.toml`` lists them all.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .errors import MabgraphError


class NotInstalled(MabgraphError, ModuleNotFoundError):
    """Raised when an extra of mabgraph is needed that is not installed; it is an ImportError as well."""


@contextmanager
def require(extra: str, part: str) -> Iterator[None]:
    """Name the extra to install where ``part`` imports a library that is not installed: around imports, or as the decorator of a command.

    :raises NotInstalled: when a library is not installed. The outermost part is named: a command, not the modules that it imports.

    >>> try:
    ...     with require("serve", "mabgraph serve"):
    ...         import no_such_library
    ... except ImportError as error:
    ...     print(error)
    mabgraph serve needs more: pip install 'mabgraph[serve]' (no_such_library is not installed)
    """
    try:
        yield
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if library in {"", "mabgraph"}:
            raise
        text = f"{part} needs more: pip install 'mabgraph[{extra}]' ({library} is not installed)"
        raise NotInstalled(text, name=library) from None
