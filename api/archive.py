"""Archive: every file of a comparison that can be made, with the query, what was refused and why, and a manifest; always the same bytes."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from mabgraph.ingest.errors import MabgraphError

from . import workbook
from .package import Package

MANIFEST: Final = "manifest.json"
README: Final = "README.txt"
QUERY: Final = "query.json"
#: Files in an archive do not say when they were made: the first date that ZIP knows.
_DATE: Final = (1980, 1, 1, 0, 0, 0)
_MODE: Final = 0o100644 << 16
_UNIX: Final = 3


@dataclass(frozen=True, slots=True)
class Format:
    """A format that a comparison can be taken away in.

    ``write`` raises :class:`MabgraphError` where it cannot carry the estimates; ``name`` is the value of ``format=``, ``suffix`` the end of
    a file's name, ``about`` one line that says what it is. One that is not ``repeatable`` may have other bytes the next time.
    """

    name: str
    suffix: str
    media: str
    write: Callable[[Package], bytes]
    about: str
    repeatable: bool = True

    @property
    def file(self) -> str:
        """The name of its file among others.

        >>> Format("metafor", "csv", "text/csv", lambda package: b"", "").file
        'metafor.csv'
        >>> Format("csv", "csv", "text/csv", lambda package: b"", "").file
        'comparison.csv'
        >>> Format("forest-png", "png", "image/png", lambda package: b"", "").file
        'forest.png'
        """
        return f"{'comparison' if self.name == self.suffix else self.name.removesuffix(f'-{self.suffix}')}.{self.suffix}"


def archive(package: Package, formats: Sequence[Format]) -> bytes:
    """Return a ZIP of ``formats``, the query, a README and a manifest with the SHA-256 and length of each file.

    A format that cannot carry the estimates is told of in the README with the reason, and left out.
    """
    files: dict[str, bytes] = {}
    refused: dict[str, str] = {}
    for each in formats:
        if not each.repeatable:
            refused[each.name] = f"its bytes differ from one time to the next: take it by itself, format={each.name}"
            continue
        try:
            files[each.file] = each.write(package)
        except MabgraphError as error:
            refused[each.name] = str(error)
    files[QUERY] = _json(_query(package))
    files[README] = _readme(package, formats, files, refused).encode()
    files[MANIFEST] = _json(_manifest(package, files, refused))
    return _zipped(files)


def _query(package: Package) -> dict[str, Any]:
    told = {"dataset": package.about["dataset"], "software": package.about["software"], "address": package.address}
    asked = {name: list(values) for name, values in package.asked.items()}
    action = package.pooled.action.value if package.pooled else None
    return told | {"asked": asked, "effect": package.effect, "synthesise": action, "acknowledged": list(package.acknowledged)}


def _manifest(package: Package, files: Mapping[str, bytes], refused: Mapping[str, str]) -> dict[str, Any]:
    listed = [{"name": name, "sha256": hashlib.sha256(body).hexdigest(), "bytes": len(body)} for name, body in sorted(files.items())]
    return {"dataset": package.about["dataset"], "software": package.about["software"], "files": listed, "refused": dict(refused)}


def _readme(package: Package, formats: Sequence[Format], files: Mapping[str, bytes], refused: Mapping[str, str]) -> str:
    told = [f"{each.file}: {each.about}" for each in formats if each.file in files]
    told += [f"{QUERY}: what was asked", f"{MANIFEST}: SHA-256 and length of every other file"]
    without = [f"{name}: {why}" for name, why in refused.items()]
    about = [f"{line['what']}: {line['value']}" for line in workbook.about(package)]
    parts = {"Files": told, "Formats that cannot carry these estimates": without or ["none"], "About": about}
    text = (f"{heading}\n{'-' * len(heading)}\n" + "\n".join(" ".join(line.split()) for line in lines) for heading, lines in parts.items())
    return "A comparison of estimates, as taken from mabgraph\n\n" + "\n\n".join(text) + "\n"


def _json(said: Mapping[str, Any]) -> bytes:
    return (json.dumps(said, ensure_ascii=False, indent=1) + "\n").encode()


def _zipped(files: Mapping[str, bytes]) -> bytes:
    """Return a ZIP of ``files`` in the order of their names, without anything of this machine or moment."""
    held = io.BytesIO()
    with ZipFile(held, "w", ZIP_DEFLATED) as made:
        for name, body in sorted(files.items()):
            told = ZipInfo(name, _DATE)
            told.create_system, told.external_attr, told.compress_type = _UNIX, _MODE, ZIP_DEFLATED
            made.writestr(told, body, compresslevel=9)
    return held.getvalue()
