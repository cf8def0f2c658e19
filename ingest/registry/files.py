"""Files: the records in what people have: one study, a page of the API, a list, lines of JSON, a folder of these, or the bulk zip.

Each record is handed on as the bytes that it has in its file. What cannot be opened is named and the rest goes on.
"""

from __future__ import annotations

import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from ..errors import RecordError
from .reading import MOST, NUMBER

#: The endings of files that are read.
ENDINGS: Final = (".json", ".jsonl", ".ndjson", ".zip")
#: An archive whose files are so many times its size is a bomb: texts of JSON become 5 to 20 times smaller.
MOST_EXPANSION: Final = 200
#: A small archive may expand to so much in any case (bytes).
ALWAYS_EXPANDED: Final = 1 << 20
_BOM: Final = b"\xef\xbb\xbf"
_KINDS: Final = f"a registry record is one of {', '.join(ENDINGS)}, or a folder of these"
#: What the older format of the registry begins with.
_LEGACY: Final = b"<clinical_study"
_API: Final = "https://clinicaltrials.gov/api/v2/studies"


@dataclass(frozen=True, slots=True)
class RegistryUnit:
    """The bytes of one record, or why there are none.

    ``place`` names file, member, line or pointer in words; ``name`` is the number that the file is named by, where it has one record.
    """

    place: str
    content: bytes = b""
    name: str = ""
    fault: str = ""


class _Envelope(Struct, gc=False, rename="camel"):
    """The outermost object of a file: a study, or a page of the API."""

    protocol_section: Raw | UnsetType = UNSET
    studies: list[Raw] | UnsetType = UNSET


_ENVELOPE: Final = msgspec.json.Decoder(_Envelope)
_LIST: Final = msgspec.json.Decoder(list[Raw])


def units(paths: Iterable[Path]) -> Iterator[RegistryUnit]:
    """Yield the records in ``paths``, in the order given, those of a folder by name; of what cannot be read, a unit that says why."""
    for path in paths:
        if path.is_dir():
            inside = sorted(each for each in path.rglob("*") if each.suffix.lower() in ENDINGS and not each.is_dir())
            legacy = sorted(each for each in path.rglob("*") if each.suffix.lower() == ".xml" and each.is_file() and _is_legacy(each))
            if not inside and not legacy:
                yield RegistryUnit(str(path), fault=f"holds no registry record: {_KINDS}")
            for each in inside:
                yield from _of_file(each)
            yield from map(_of_legacy, legacy)
        elif path.suffix.lower() == ".xml":
            yield _of_legacy(path)
        elif path.suffix.lower() not in ENDINGS:
            yield RegistryUnit(str(path), fault=f"is not read: {_KINDS}")
        else:
            yield from _of_file(path)


def _is_legacy(path: Path) -> bool:
    """Whether a file is a record in the older XML of the registry; other XML in a folder is none of ours."""
    try:
        with path.open("rb") as file:
            return _LEGACY in file.read(4096)
    except OSError:
        return False


def _of_legacy(path: Path) -> RegistryUnit:
    number = NUMBER.search(path.stem)
    return RegistryUnit(str(path), fault=f"is XML, {_say_legacy(number[0] if number else 'NCT…')}")


def _say_legacy(number: str) -> str:
    return f"the older format of the registry, which is not read: fetch the study as JSON from {_API}/{number}, and add that"


def count(paths: Iterable[Path]) -> int:
    """Return about how many records are in ``paths``, for a progress bar: files, and members of archives; pages and lines count as one."""
    number = 0
    for path in paths:
        if path.is_dir():
            number += sum(each.suffix.lower() in ENDINGS for each in path.rglob("*"))
        elif path.suffix.lower() == ".zip":
            try:
                with zipfile.ZipFile(path) as archive:
                    number += len(archive.infolist())
            except (OSError, zipfile.BadZipFile, ValueError):
                number += 1
        else:
            number += 1
    return number


def _of_file(path: Path) -> Iterator[RegistryUnit]:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise RecordError("it is a pipe or a device, and no file")
        if path.suffix.lower() == ".zip":
            yield from _of_archive(path)
        elif path.suffix.lower() == ".json":
            with path.open("rb") as file:
                yield from _of_json(str(path), _read_bounded(file, os.fstat(file.fileno()).st_size), path.stem)
        else:
            with path.open("rb") as file:
                yield from _of_lines(str(path), file)
    except (OSError, RecordError) as error:
        yield RegistryUnit(str(path), fault=f"cannot be read: {getattr(error, 'strerror', None) or error}")


def _read_bounded(file: IO[bytes], size: int) -> bytes:
    """Return what ``file`` holds.

    :raises RecordError: when it holds more than a record has.
    """
    content = file.read(MOST + 1) if size <= MOST else b""
    if size > MOST or len(content) > MOST:
        raise RecordError(f"is larger than {MOST} bytes: give its studies one by one, as lines of JSON (.jsonl), or as a zip")
    return content


def _of_json(place: str, content: bytes, name: str = "") -> Iterator[RegistryUnit]:
    """Yield the study, or the studies of a page or list, in ``content``."""
    content = content.removeprefix(_BOM)
    try:
        if content.lstrip()[:1] == b"[":
            studies: list[Raw] | UnsetType = _LIST.decode(content)
            below = ""
        else:
            # only what names studies can be a page of them: others are read once, by the reader of records
            studies, below = _ENVELOPE.decode(content).studies if b'"studies"' in content else UNSET, "/studies"
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        yield RegistryUnit(place, content, name)  # the reader of records says why
        return
    if studies is UNSET:
        yield RegistryUnit(place, content, name)
        return
    for index, study in enumerate(studies):
        yield RegistryUnit(f"{place} {below}/{index}", bytes(study))
    if not studies:
        yield RegistryUnit(place, fault="holds no study: the page of the API is empty")


def _of_lines(place: str, file: IO[bytes]) -> Iterator[RegistryUnit]:
    """Yield the studies of ``file``, one on each line."""
    number = 0
    while line := file.readline(MOST + 1):
        number += 1
        if len(line) > MOST:
            yield RegistryUnit(f"{place}:{number}", fault=f"the line has more than {MOST} bytes: one study is expected on each")
            while line and not line.endswith(b"\n"):
                line = file.readline(MOST)
        elif line.strip():
            yield RegistryUnit(f"{place}:{number}", line.removeprefix(_BOM).strip())
    if number == 0:
        yield RegistryUnit(place, fault="is empty: one study is expected on each line")


def _of_archive(path: Path) -> Iterator[RegistryUnit]:
    """Yield the records of the members of the zip at ``path``; nothing is written to disk, and no name of a member is used as a path."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        yield RegistryUnit(str(path), fault=f"is no whole zip archive: {error}: fetch it again")
        return
    with archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        expanded, packed = sum(member.file_size for member in members), path.stat().st_size
        if expanded > ALWAYS_EXPANDED and expanded > MOST_EXPANSION * packed:
            yield RegistryUnit(str(path), fault=f"expands from {packed} to {expanded} bytes: no archive of records does; it is not opened")
            return
        for member in members:
            if member.filename.lower().endswith(".json"):
                yield from _of_member(archive, member, f"{path}!{member.filename}")
            elif member.filename.lower().endswith(ENDINGS):
                yield RegistryUnit(f"{path}!{member.filename}", fault="is not read inside an archive: take it out, and add it by itself")
        if not any(member.filename.lower().endswith(".json") for member in members):
            is_legacy = any(member.filename.lower().endswith(".xml") for member in members)
            text = f"holds XML, {_say_legacy('NCT…')}" if is_legacy else "the bulk archive of the registry has one for each study"
            yield RegistryUnit(str(path), fault=f"holds no *.json: {text}")


def _of_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, place: str) -> Iterator[RegistryUnit]:
    try:
        with archive.open(member) as file:
            content = _read_bounded(file, member.file_size)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, RecordError) as error:
        yield RegistryUnit(place, fault=f"cannot be read: {error}")
        return
    yield from _of_json(place, content, re.sub(r"\.json$", "", member.filename.rpartition("/")[2], flags=re.IGNORECASE))
