"""The manifest of a dataset version: sealed with a digest, and validated as strictly as any external input."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from mabgraph.ingest.errors import BuildError
from mabgraph.ingest.parts import Sha256

from .digests import REMEDY, Digest, open_regular

DUMP: Final = "dataset.nq"
GZIP: Final = "dataset.nq.gz"
TRIG: Final = "dataset.trig"
REPORT: Final = "report.json"
#: What the names of graphs begin with that say the digests of the graphs of registry records, a lot of records in each.
DIGESTS: Final = "digests/"
#: The files of every version, besides its manifest.
FILES: Final = frozenset({DUMP, GZIP, TRIG, REPORT})
#: The longest manifest (bytes): enough for some 700,000 sources.
MOST: Final = 1 << 26
#: Longest name of a file or graph (characters).
LONGEST: Final = 1000

_SEAL: Final = "sealed"
#: Characters that IRIs cannot contain (RFC 3987, 2.2).
_NO_IRI: Final = frozenset(' <>"{}|^`\\')


def _relative(name: str) -> str:
    """Return ``name`` if it is a relative path without ``..`` and of visible characters only."""
    if not name or len(name) > LONGEST or "\\" in name or not ((name.isascii() and name.isprintable()) or _is_visible(name)):
        raise ValueError(f"a name has 1 to {LONGEST} characters, none of them a backslash or a control character")
    if not {"", ".", ".."}.isdisjoint(name.split("/")) or ":" in name.partition("/")[0]:
        raise ValueError("a name is a relative path, without . or ..")
    return name


def _is_visible(name: str) -> bool:
    return all(unicodedata.category(each)[0] != "C" for each in name)


def _in_iri(name: str) -> str:
    if _NO_IRI & set(name):
        raise ValueError("the name of a graph is the end of an IRI")
    return name


_Count = Annotated[int, Field(ge=0, lt=2**63)]
_Path = Annotated[str, AfterValidator(_relative)]
_Graph = Annotated[_Path, AfterValidator(_in_iri)]
_Folder = Annotated[str, Field(min_length=1, max_length=4096)]
_Software = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z.+!_-]{0,63}$")]


@dataclass(frozen=True, slots=True)
class Manifest:
    """The manifest: version of the dataset, its inputs and files by SHA-256, and its size.

    ``version`` is the SHA-256 of the data: of all lines of the dump before the graphs ``examples`` and ``description``, which
    contain the version. ``dump`` is the SHA-256 of the whole dump, ``bytes`` its length, ``graphs`` the number of quads of each
    named graph (those of registry records together, as ``registry/all``), ``files`` the digest of every file besides the manifest,
    ``origin`` the folders of records and terms that it was made from, as paths from the directory of the dataset. A dataset in a remote
    engine has no files and no origin. Equality ignores both: the bytes of an on-disk store differ in each build, and the same records
    may lie elsewhere.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)

    version: Sha256
    software: _Software
    inputs: dict[_Path, Sha256]
    bytes: _Count
    quads: _Count
    figures: _Count
    graphs: dict[_Graph, _Count]
    dump: str = ""
    files: dict[_Path, Digest] = field(default_factory=dict, compare=False)
    origin: tuple[_Folder, ...] = field(default=(), compare=False)


_MANIFEST: Final = TypeAdapter(Manifest)
_VERSION: Final = TypeAdapter(tuple[Sha256, _Software])


def read(path: Path) -> Manifest:
    """Return the manifest at ``path``, after checking its seal.

    :raises BuildError: when it cannot be read, breaks the format, or was changed.
    """
    try:
        with open_regular(path) as file:
            text = file.read(MOST + 1)
    except OSError as error:
        raise BuildError(f"{path}: cannot be read: {error.strerror or error}: {REMEDY}") from None
    if len(text) > MOST:
        raise BuildError(f"{path}: cannot be read: it is longer than {MOST} bytes: {REMEDY}")
    try:
        values = from_json(text, allow_inf_nan=False)
        seal = values.pop(_SEAL, "none")
        known = _MANIFEST.validate_json(to_json(values))
        whole = _check_consistent(known)
    except ValidationError as error:
        raise BuildError(
            f"{path}: cannot be read: {_first_error(error)}: another version of mabgraph wrote it, or it was changed: {REMEDY}"
        ) from None
    except (ValueError, AttributeError, TypeError) as error:
        raise BuildError(f"{path}: cannot be read: it is no manifest: {error}: {REMEDY}") from None
    plain = _values_of(whole)
    expected = _compute_seal(plain)
    if seal != expected or text != _text(plain, expected):
        raise BuildError(f"{path}: was changed: expected the seal {expected}, actual {str(seal)[:64]!r}: {REMEDY}")
    return whole


def serialise(manifest: Manifest) -> bytes:
    """Return ``manifest`` as the bytes of its file, sealed.

    :raises BuildError: when a field is invalid, such as the name of an input.
    """
    try:
        plain = _values_of(_check_consistent(_MANIFEST.validate_json(to_json(_values_of(manifest)))))
        return _text(plain, _compute_seal(plain))
    except ValidationError as error:
        raise BuildError(f"the manifest of this dataset cannot be written: {_first_error(error)}: give the input another name") from None
    except ValueError as error:
        raise BuildError(
            f"the manifest of this dataset cannot be written: a name is not Unicode: {error}: give the input another"
        ) from None


def check_version(version: str, software: str, where: str) -> None:
    """Check the version of a dataset and of its software, which are used in paths and headers.

    :raises BuildError: when one is malformed; the message names ``where`` they are from.
    """
    try:
        _VERSION.validate_python((version, software))
    except ValidationError as error:
        raise BuildError(f"{where}: the dataset there has no valid version: {_first_error(error)}: publish it again") from None


def _check_consistent(manifest: Manifest) -> Manifest:
    """Return ``manifest`` if it is consistent.

    :raises ValueError: when fields contradict each other.
    """
    if missing := sorted(FILES - manifest.files.keys()):
        raise ValueError(f"it has no digest of {missing[0]}")
    if manifest.files[DUMP] != Digest(manifest.dump, manifest.bytes):
        raise ValueError(f"it has two digests of {DUMP}")
    if sum(manifest.graphs.values()) != manifest.quads:
        raise ValueError("the quads of its graphs are not those of the whole")
    return manifest


def _values_of(manifest: Manifest) -> dict[str, Any]:
    """Return the fields of ``manifest``, as its file has them; the standard library copies each of 100,000 names and digests."""
    files = {name: {"sha256": digest.sha256, "bytes": digest.bytes} for name, digest in manifest.files.items()}
    return {each.name: getattr(manifest, each.name) for each in fields(manifest)} | {"files": files, "origin": list(manifest.origin)}


def _compute_seal(values: Mapping[str, Any]) -> str:
    """Return the seal of the fields of a manifest: the SHA-256 of their canonical JSON."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _text(values: Mapping[str, Any], seal: str) -> bytes:
    return (json.dumps({**values, _SEAL: seal}, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _first_error(error: ValidationError) -> str:
    """Return the first error: its location, message and input."""
    first = error.errors(include_url=False)[0]
    place = ".".join(repr(str(step)[:80]) if not str(step).isidentifier() else str(step) for step in first["loc"])
    return f"{place}: {first['msg']}" + (f" (given: {str(first['input'])[:80]!r})" if isinstance(first["input"], str | int) else "")
