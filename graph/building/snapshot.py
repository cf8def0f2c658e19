"""A snapshot of files: what each held at one moment, and whether it was touched since."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from mabgraph.ingest.errors import BuildError

from ..store import vocabulary
from ..store.digests import Signature, open_regular, signature

#: The chambers of ``graph`` that decide what a dataset holds: those that :mod:`.build` is made of.
#: A change of another makes no dataset stale, nor one of what reads files that are added to a workspace (``ingest/texts``). The rules of
#: drafting (``ingest/drafting``) count: they read short rows; and so do the readers of registry records.
SHAPING: Final = ("building", "compare", "network", "patterns", "questions", "shacl", "store", "syntax")
READING: Final = ("drafting", "registry")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The SHA-256 and the signature of files by their names; the signature changes when a file is written to, even with the same bytes."""

    digests: Mapping[str, str]
    signatures: Mapping[str, Signature]

    @classmethod
    def of(cls, files: Mapping[str, Path]) -> Self:
        """Return the snapshot of ``files``, by their names.

        :raises BuildError: when one cannot be read.
        """
        digests, signatures = dict[str, str](), dict[str, Signature]()
        for name, path in files.items():
            try:
                with open_regular(path, follow=True) as file:
                    signatures[name] = signature(file)
                    digests[name] = hashlib.file_digest(file, "sha256").hexdigest()
            except OSError as error:
                raise BuildError(f"{path}: the input cannot be read: {error.strerror or error}") from None
        return cls(digests, signatures)

    def changed_files(self, later: Snapshot) -> list[str]:
        """Return the names of the files that were written to, came or went between this snapshot and a ``later`` one, sorted."""
        names = self.digests.keys() | later.digests.keys()
        return sorted(
            name for name in names
            if self.digests.get(name) != later.digests.get(name) or self.signatures.get(name) != later.signatures.get(name)
        )  # fmt: skip


def _software(*suffixes: str) -> dict[str, Path]:
    """Return the files of this software that decide what a dataset holds, with these suffixes, by their names among the inputs."""
    rooms = Path(__file__).parents[2]
    ingest = [*(rooms / "ingest").glob("*.py"), *(path for name in READING for path in (rooms / "ingest" / name).glob("*.py"))]
    code = [*ingest, *(path for chamber in SHAPING for path in (rooms / "graph" / chamber).rglob("*.py"))]
    files = [*code, *vocabulary.QUERIES.rglob("*.rq"), vocabulary.ONTOLOGY / "context.jsonld"]
    return {f"software/{path.relative_to(rooms).as_posix()}": path for path in sorted(files) if path.suffix in suffixes}


#: The SHA-256 of the software as this process has it: what is written to its files later is of another process.
LOADED: Final = Snapshot.of(_software(".py", ".rq", ".jsonld")).digests


def find_outdated() -> list[str]:
    """Return the names of the questions, and the context, that are no longer those of :data:`LOADED`: they are read when they are needed.

    :raises BuildError: when one cannot be read.
    """
    now = Snapshot.of(_software(".rq", ".jsonld")).digests
    then = {name: digest for name, digest in LOADED.items() if not name.endswith(".py")}
    return sorted(name for name, _ in then.items() ^ now.items())
