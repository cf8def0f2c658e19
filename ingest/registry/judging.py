"""Judging: what the records of a shelf to be are, read by one process or several; each is hashed and decoded once."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from typing import Final

from .. import workers
from ..errors import MabgraphError, RecordError
from . import pointers, reading
from .files import RegistryUnit
from .names import fold

#: So many records are read by one process at a time, and noted together.
TOGETHER: Final = 32


@dataclass(frozen=True, slots=True)
class Judged:
    """What a process found of one unit: the record's number, version and so on, or why it is refused."""

    place: str
    number: str = ""
    digest: str = ""
    version: str = ""
    has_results: bool = False
    is_chosen: bool = True
    aliases: tuple[str, ...] = ()
    fault: str = ""


def judge(unit: RegistryUnit, digest: str, number: str, wanted: Sequence[str]) -> Judged:
    """Return what ``unit`` with this ``digest`` is: read, unless it is known as the record ``number`` and its file says no other."""
    place = pointers.in_words(unit.place)
    if unit.fault:
        return Judged(place, fault=pointers.in_words(unit.fault))
    if number and (unit.name == number or not reading.NUMBER.fullmatch(unit.name)):
        return Judged(place, number, digest)
    try:
        record = reading.read(unit.content, unit.name, digest)
    except RecordError as error:
        return Judged(place, fault=pointers.in_words(str(error)))
    conditions = record.study.protocol_section.conditions_module
    texts = [fold(text).casefold() for text in (*conditions.conditions, *conditions.keywords)] if conditions else []
    is_chosen = not wanted or any(f" {words} " in f" {text} " for words in wanted for text in texts)
    return Judged(place, record.number, record.digest, record.version, record.has_results, is_chosen, record.aliases)


def chunks_of(units: Iterable[RegistryUnit]) -> Iterator[list[RegistryUnit]]:
    left = iter(units)
    while chunk := list(islice(left, TOGETHER)):
        yield chunk


#: A unit with its digest, and the number of the record that it is known as.
_Known = tuple[RegistryUnit, str, str]


def _judge_chunk(chunk: list[_Known], wanted: Sequence[str]) -> list[Judged]:
    return [judge(unit, digest, number, wanted) for unit, digest, number in chunk]


def judge_all(
    chunks: Iterator[list[RegistryUnit]], known: dict[str, str], wanted: Sequence[str], jobs: int
) -> Iterator[tuple[list[RegistryUnit], list[Judged]]]:
    """Yield each chunk with what its records are, in order; with several ``jobs``, at most two chunks for each wait.

    Each record is hashed here, once: with conditions that are ``wanted`` it is read even where it is known.

    :raises MabgraphError: when a process ended.
    """
    if jobs <= 1:
        for chunk in chunks:
            yield chunk, _judge_chunk(_hash(chunk, {} if wanted else known), wanted)
        return
    waiting: deque[tuple[list[RegistryUnit], Future[list[Judged]]]] = deque()
    try:
        with workers.start_pool(jobs) as pool:
            for chunk in chunks:
                waiting.append((chunk, pool.submit(_judge_chunk, _hash(chunk, {} if wanted else known), wanted)))
                if len(waiting) > 2 * jobs:
                    yield _take_first(waiting)
            while waiting:
                yield _take_first(waiting)
    except BrokenProcessPool:
        raise MabgraphError(
            "a process that read registry records was ended, perhaps for want of memory: give fewer with --jobs; what was read is kept"
        ) from None


def _take_first(waiting: deque[tuple[list[RegistryUnit], Future[list[Judged]]]]) -> tuple[list[RegistryUnit], list[Judged]]:
    chunk, future = waiting.popleft()
    return chunk, future.result()


def _hash(chunk: list[RegistryUnit], known: dict[str, str]) -> list[_Known]:
    """Return each unit with the SHA-256 of its bytes, and the number that ``known`` has for it."""
    digests = (hashlib.sha256(unit.content).hexdigest() for unit in chunk)
    return [(unit, digest, known.get(digest, "")) for unit, digest in zip(chunk, digests, strict=True)]
