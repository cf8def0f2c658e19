"""The ZIP archive of a comparison: a file in every format, the query, the refused formats with reasons, and a manifest; reproducible."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter, itemgetter
from typing import IO, Any, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from mabgraph.ingest.errors import MabgraphError, Unavailable

from ..http.settings import Settings
from ..plots.turns import Turns
from . import workbook
from .package import Package

MANIFEST: Final = "manifest.json"
README: Final = "README.txt"
QUERY: Final = "query.json"
#: Entries carry a fixed date, the earliest of ZIP, so that the archive is reproducible.
_DATE: Final = (1980, 1, 1, 0, 0, 0)
_MODE: Final = 0o100644 << 16
_UNIX: Final = 3


@dataclass(frozen=True, slots=True)
class Format:
    """An export format of a comparison.

    ``write`` raises :class:`MabgraphError` when the format cannot carry the estimates; ``name`` is the value of ``format=``, ``suffix`` the
    file extension, ``about`` a description in one line. The bytes of a format that is not ``repeatable`` may differ each time.
    """

    name: str
    suffix: str
    media: str
    write: Callable[[Package], bytes]
    about: str
    repeatable: bool = True

    @property
    def file(self) -> str:
        """The name of its file in the archive.

        >>> Format("metafor", "csv", "text/csv", lambda package: b"", "").file
        'metafor.csv'
        >>> Format("csv", "csv", "text/csv", lambda package: b"", "").file
        'comparison.csv'
        >>> Format("forest-png", "png", "image/png", lambda package: b"", "").file
        'forest.png'
        """
        return f"{'comparison' if self.name == self.suffix else self.name.removesuffix(f'-{self.suffix}')}.{self.suffix}"


def write(package: Package, formats: Sequence[Format], file: IO[bytes]) -> None:
    """Write a ZIP of ``formats``, the query, a README and a manifest with the SHA-256 and length of each file.

    Formats are written one after another, so only one of them is in memory. A format that cannot carry the estimates is left out, and the
    README gives the reason.

    :raises Unavailable: when too many archives are in progress, the time limit is exceeded, or a picture cannot be drawn now: an archive
        is never written without its pictures.
    """
    turns, seconds = _bounds
    with turns.turn(), ZipFile(file, "w") as zipped:
        late = time.monotonic() + seconds
        entries: list[dict[str, Any]] = []
        refused: dict[str, str] = {}

        def add(name: str, body: bytes) -> None:
            entries.append({"name": name, "sha256": hashlib.sha256(body).hexdigest(), "bytes": len(body)})
            zipped.writestr(_entry(name), body, compresslevel=9)

        for each in sorted(formats, key=attrgetter("file")):
            if time.monotonic() > late:
                raise Unavailable(f"the archive was not written within {seconds:g} s: ask for fewer estimates, or again later")
            if not each.repeatable:
                refused[each.name] = f"its bytes are not reproducible: download it separately, format={each.name}"
                continue
            try:
                add(each.file, each.write(package))
            except Unavailable:
                raise
            except MabgraphError as error:
                refused[each.name] = str(error)
        add(QUERY, _json(_query(package)))
        add(README, _readme(package, formats, {each["name"] for each in entries}, refused).encode())
        add(MANIFEST, _json(_manifest(package, entries, refused)))


def limit(settings: Settings) -> None:
    """Set the limits of archives for this process from ``settings``."""
    global _bounds  # noqa: PLW0603 - the bounds are those of the process
    _bounds = _make_bounds(settings.archives, settings.archives_waiting, settings.archive_seconds)


def _make_bounds(at_once: int, waiting: int, seconds: float) -> tuple[Turns, float]:
    return Turns("archives", at_once, waiting, seconds), seconds


_bounds = _make_bounds(2, 4, 60.0)


def _query(package: Package) -> dict[str, Any]:
    source = {"dataset": package.about["dataset"], "software": package.about["software"], "address": package.address}
    asked = {name: list(values) for name, values in package.asked.items()}
    action = package.pooled.action.value if package.pooled else None
    return source | {"asked": asked, "effect": package.effect, "synthesise": action, "acknowledged": list(package.acknowledged)}


def _manifest(package: Package, listed: Sequence[Mapping[str, Any]], refused: Mapping[str, str]) -> dict[str, Any]:
    files = sorted(listed, key=itemgetter("name"))
    return {"dataset": package.about["dataset"], "software": package.about["software"], "files": files, "refused": dict(refused)}


def _readme(package: Package, formats: Sequence[Format], files: Container[str], refused: Mapping[str, str]) -> str:
    lines = [f"{each.file}: {each.about}" for each in formats if each.file in files]
    lines += [f"{QUERY}: the query", f"{MANIFEST}: SHA-256 and length of every other file"]
    without = [f"{each.name}: {refused[each.name]}" for each in formats if each.name in refused]
    about = [f"{line['what']}: {line['value']}" for line in workbook.about(package)]
    parts = {"Files": lines, "Formats that cannot carry these estimates": without or ["none"], "About": about}
    text = (f"{heading}\n{'-' * len(heading)}\n" + "\n".join(" ".join(line.split()) for line in lines) for heading, lines in parts.items())
    return "A comparison of estimates, exported from mabgraph\n\n" + "\n\n".join(text) + "\n"


def _json(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def _entry(name: str) -> ZipInfo:
    """Return the header of an entry, independent of machine and time."""
    entry = ZipInfo(name, _DATE)
    entry.create_system, entry.external_attr, entry.compress_type = _UNIX, _MODE, ZIP_DEFLATED
    return entry
