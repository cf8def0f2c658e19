"""Reading: from the bytes of one registry record to what it says, or to the reason and the place why it is refused.

A record is refused as a whole where its form cannot be trusted: no JSON, a name twice in one object, characters that are no text, a value
of another type, an enumeration with an unknown value, no or a foreign number, no title. What is odd in a sound form is of its parts.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from ..errors import RecordError
from . import pointers
from .resultstructs import RegistryStudy

#: The largest record that is read (bytes); the largest of the registry have a few million.
MOST: Final = 64 << 20
NUMBER: Final = re.compile("NCT[0-9]{8}")
#: A date as far as it is registered: year, month, day.
DATE: Final = re.compile("[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?")
#: What a lone half of a pair of surrogates looks like when Python reads it.
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
#: How JSON escapes NUL and halves of characters; a record without these, and without a name twice, has no fault of form.
_ESCAPES: Final = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_ID: Final = pointers.join("protocolSection", "identificationModule", "nctId")


@dataclass(frozen=True, slots=True)
class ReadRecord:
    """A record that was read: its number, the SHA-256 of its bytes, the bytes, and what they say."""

    number: str
    digest: str
    content: bytes
    study: RegistryStudy

    @property
    def version(self) -> str:
        """The date of its last update, by which versions are ordered; empty where none is stated.

        ISO 8601 dates are ordered as texts are; a date that is written otherwise is none.
        """
        status = self.study.protocol_section.status_module
        posted = status.last_update_post_date_struct if status else None
        dates = (posted.date if posted else None, status.last_update_submit_date if status else None)
        return next((date for date in dates if date and DATE.fullmatch(date)), "")

    @property
    def aliases(self) -> tuple[str, ...]:
        """Other numbers of the registry that the study had."""
        numbers = self.study.protocol_section.identification_module.nct_id_aliases
        return tuple(dict.fromkeys(number for number in numbers if NUMBER.fullmatch(number) and number != self.number))

    @property
    def has_results(self) -> bool:
        """Whether a module of its results has anything in it: older exports have an empty section where there are none."""
        results = self.study.results_section
        modules = () if results is None else (getattr(results, name) for name in results.__struct_fields__)
        return any(module is not None and module != type(module)() for module in modules)


class _Pairs(list[tuple[str, Any]]):
    """An object of JSON with its names in order, doubled ones too."""


class _Doubled(ValueError):
    """An object has a name twice."""


def read(content: bytes, name: str = "", digest: str = "") -> ReadRecord:
    """Return the record in ``content``; ``name`` is a number that its file name states, ``digest`` its SHA-256, where they are known.

    :raises RecordError: naming the pointer and the reason why the record is refused.
    """
    if len(content) > MOST:
        raise RecordError(f"has {len(content)} bytes: a record has at most {MOST}: give the study alone")
    try:
        study = msgspec.convert(_parse(content), RegistryStudy)
    except msgspec.ValidationError as error:
        message = str(error)
        raise RecordError(f"{pointers.of_path(message) or 'the record'}: {_word(message)}") from None
    identification = study.protocol_section.identification_module
    number = identification.nct_id
    if not NUMBER.fullmatch(number):
        raise RecordError(f"{_ID}: {number[:80]!r} is no number of ClinicalTrials.gov: NCT and eight digits are expected")
    if NUMBER.fullmatch(name) and name != number:
        raise RecordError(f"{_ID}: the record is {number}, its file is named {name}: one of the two is wrong")
    if not (identification.brief_title or "").strip() and not (identification.official_title or "").strip():
        raise RecordError(f"{pointers.join('protocolSection', 'identificationModule')}: has no briefTitle and no officialTitle")
    return ReadRecord(number, digest or hashlib.sha256(content).hexdigest(), content, study)


def _word(message: str) -> str:
    """Return what msgspec says without its path, in the words of JSON."""
    words, _, _ = message.partition(" - at `$")
    named = re.fullmatch("Expected `(.+)`, got `(.+)`", words)
    if named is None:
        return f"{words}: correct it, or export the record again"
    expected, got = (each.replace("str", "text").replace("int", "whole number") for each in named.groups())
    return f"is {got} where {expected} is expected: the record was changed on its way; export it again from the registry"


def _parse(content: bytes) -> Any:
    """Return the JSON in ``content``, read once; a second time only to name the place of what no typed reader sees.

    That are names that an object has twice, characters that are no text, and values beyond JSON.

    :raises RecordError: naming the pointer.
    """
    try:
        text = content.decode()
        try:
            parsed = json.loads(text, object_pairs_hook=_join_pairs, parse_constant=_refuse_constant)
            is_suspect = _ESCAPES.search(text) is not None
        except _Doubled:
            is_suspect = True
        first = next(_faults(json.loads(text, object_pairs_hook=_Pairs), ()), None) if is_suspect else None
    except RecursionError:
        raise RecordError("is nested deeper than any record: no JSON of the registry") from None
    except ValueError as error:
        raise RecordError(f"is no JSON in UTF-8 that can be read: {error}") from None
    if first is not None:
        at, fault = first
        raise RecordError(f"{pointers.join(*at) or 'the record'}: {fault}")
    return parsed


def _join_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    joined = dict(pairs)
    if len(joined) != len(pairs):
        raise _Doubled
    return joined


def _faults(value: Any, at: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, _Pairs):
        names = set[str]()
        for name, inner in value:
            if name in names:
                yield (*at, name), "this name is in its object twice: no reader knows which of the two counts"
            names.add(name)
            yield from _text_faults(name, (*at, name))
            yield from _faults(inner, (*at, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _faults(inner, (*at, index))
    elif isinstance(value, str):
        yield from _text_faults(value, at)


def _text_faults(text: str, at: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if "\0" in text:
        yield at, "holds the character NUL, which no text has"
    elif not text.isascii() and _SURROGATE.search(text):
        yield at, "holds half a character (a lone surrogate)"


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")
