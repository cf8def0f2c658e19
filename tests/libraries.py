"""The libraries that mabgraph requires: as ``pyproject.toml`` lists them, and as they are installed here with what they require themselves."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
BASE: list[str] = PYPROJECT["project"]["dependencies"]
EXTRAS: dict[str, list[str]] = PYPROJECT["project"]["optional-dependencies"]


def lines_of(extra: str) -> Iterator[str]:
    """Yield the requirements of ``extra``, and of the extras that it includes; those of the base are not among them."""
    for line in EXTRAS[extra]:
        requirement = Requirement(line)
        if requirement.name == "mabgraph":
            for included in sorted(requirement.extras):
                yield from lines_of(included)
        else:
            yield line


def installed(lines: Iterable[str]) -> dict[str, metadata.Distribution]:
    """Return the installed libraries that meet the requirements ``lines``, and those that they require too, by name.

    :raises AssertionError: when one is installed in a version that does not meet a requirement.
    """
    libraries: dict[str, metadata.Distribution] = {}
    seen = set[tuple[str, str]]()
    ways = [(line, "") for line in lines]
    while ways:
        line, extra = ways.pop()
        requirement = Requirement(line)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
            continue
        name, library = canonicalize_name(requirement.name), metadata.distribution(requirement.name)
        assert requirement.specifier.contains(library.version, prereleases=True), f"{requirement}, but {library.version} is installed"
        new = {(name, each) for each in ["", *requirement.extras]} - seen
        seen |= new
        libraries[name] = library
        ways += [(each, extra) for _, extra in new for each in library.requires or ()]
    return libraries
