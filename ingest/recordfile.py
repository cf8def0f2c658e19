"""A record file as written: YAML whose scalars are all strings, with the line each value stands on.

A YAML number would lose its printed form (``0.70`` is not ``0.7``), so nothing is typed here. A key that is
written twice, an alias or a tag is refused: what a reviewer reads is what is meant.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import yaml

from . import characters
from .errors import RecordError

_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

#: Where a value stands in the record: keys and list positions from the top.
Path_ = tuple[str | int, ...]

#: How deep lists and mappings may stand in each other; records need nine.
_DEEPEST = 32

#: The bytes that a record file has at most: ten times the largest record. Reading takes up to 300 times as much memory.
LARGEST = 2 * 1024 * 1024

#: The message for a record file that is no mapping.
FORM = "a record is a mapping with the key 'document'"


@dataclass(frozen=True)
class RecordFile:
    """The text of a record file and its values (strings, lists, dicts)."""

    path: Path
    text: str
    data: dict[str, Any]

    @cached_property
    def root(self) -> yaml.MappingNode:
        """The YAML nodes that the values came from, which know their places; most records are read without them."""
        root: Any = yaml.compose(self.text, Loader=_Loader)
        return cast("yaml.MappingNode", root)

    def line(self, place: Path_) -> int:
        """Return the line (from 1) of the value at ``place``, or of the nearest value around it."""
        node: yaml.Node = self.root
        for step in place:
            inner = _child(node, step)
            if inner is None:
                break
            node = inner
        return int(node.start_mark.line) + 1

    def value(self, place: Path_) -> Any:
        """Return the value at ``place``.

        :raises LookupError: when there is none.
        """
        value: Any = self.data
        for step in place:
            value = value[step]
        return value

    def has(self, place: Path_) -> bool:
        """Whether there is a value at ``place``."""
        try:
            self.value(place)
        except (LookupError, TypeError):
            return False
        return True

    def where(self, place: Path_) -> str:
        """Return ``file:line: key[2].key`` for messages."""
        steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).lstrip(".")
        return f"{self.path}:{self.line(place)}: {steps}"

    def mappings_with(self, key: str) -> Iterator[tuple[Path_, yaml.MappingNode]]:
        """Yield place and node of every mapping that has ``key``, in reading order."""
        yield from _with_key(self.root, key, ())


def load(path: Path) -> RecordFile:
    """Return the record file at ``path``.

    :raises RecordError: when it cannot be read, is too large, is not UTF-8 or not plain YAML, or repeats a key.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise RecordError(
                f"{path}: larger than {LARGEST // 1024**2} MiB, the most that a record may have: give each part of the document "
                "(a chapter, a supplement) a record of its own"
            )
        return parse(content.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n"), path)
    except (OSError, UnicodeDecodeError) as error:
        raise RecordError(f"{path}: cannot be read as UTF-8 text: {error}") from None


def parse(text: str, path: Path, form: str = FORM) -> RecordFile:
    """Return the record that ``text`` writes; ``path`` names it in messages, and ``form`` what it is if it is no mapping.

    :raises RecordError: as :func:`load`.
    """
    try:
        data = _read_once(text)
    except (ValueError, yaml.YAMLError):
        data = _read_with_care(text, path, form)
    return RecordFile(path, text, data)


def _read_once(text: str) -> dict[str, Any]:
    """Return the values that ``text`` writes, read once and without their places.

    :raises ValueError: when something is to be said about it, which :func:`_read_with_care` words.
    """
    if text.startswith("\ufeff") or characters.find_invisible(text):
        raise ValueError(text)
    events = yaml.parse(text, Loader=_Loader)
    begins = [type(next(events)) for _ in range(2)] == [yaml.StreamStartEvent, yaml.DocumentStartEvent]
    data = _value_of_events(next(events), events, 1) if begins else None
    if not isinstance(data, dict) or [type(event) for event in events] != [yaml.DocumentEndEvent, yaml.StreamEndEvent]:
        raise ValueError(text)
    return data


def _value_of_events(event: Any, events: Iterator[yaml.Event], depth: int) -> Any:
    """Return the value that begins with ``event`` and ends within ``events``, ``depth`` levels deep if it has any within it.

    :raises ValueError: when it is not plain.
    """
    if isinstance(event, yaml.AliasEvent) or event.anchor or event.tag:
        raise ValueError(event)
    if isinstance(event, yaml.ScalarEvent):
        if event.style == '"' and characters.find_invisible(event.value):  # where an escape can stand
            raise ValueError(event)
        return event.value
    if depth > _DEEPEST:
        raise ValueError(event)
    if isinstance(event, yaml.SequenceStartEvent):
        items: list[Any] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(_value_of_events(event, events, depth + 1))
        return items
    values: dict[str, Any] = {}
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        key = _value_of_events(event, events, depth + 1)
        if not isinstance(key, str) or key in values:
            raise ValueError(event)
        values[key] = _value_of_events(next(events), events, depth + 1)
    return values


def _read_with_care(text: str, path: Path, form: str = FORM) -> dict[str, Any]:
    """Return the values that ``text`` writes.

    :raises RecordError: naming the line of the first thing in it that is not plain YAML.
    """
    try:
        _check_characters(text, path)
        root = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise RecordError(f"{path}:{line}: not readable as YAML: {' '.join(str(error).split())}") from None
    if not isinstance(root, yaml.MappingNode):
        raise RecordError(f"{path}:1: {form}")
    values: dict[str, Any] = _value(root, path)
    return values


def value_of(node: yaml.MappingNode, key: str) -> yaml.Node | None:
    """Return the YAML node under ``key`` of a mapping, or none."""
    return _child(node, key)


def quote_scalar(text: str) -> str:
    """Return ``text`` as one double-quoted YAML scalar on one line."""
    return json.dumps(text, ensure_ascii=False)


def write_flow(data: dict[str, Any]) -> str:
    """Return values as YAML on one line, every scalar a text: what :func:`parse` reads as the same values."""
    return json.dumps(data, ensure_ascii=False)


def _check_characters(text: str, path: Path) -> None:
    """Refuse what makes a reviewer read another thing than is meant, a program stumble, or a parser run out of stack."""
    if text.startswith("\ufeff"):
        raise RecordError(f"{path}:1: begins with a byte order mark: save it as UTF-8 without one")
    if place := characters.find_invisible(text):
        raise _invisible_error(path, 1 + text.count("\n", 0, place[0]), place[1])
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise RecordError(f"{path}:{_line(event)}: nested too deeply to be a record: {_DEEPEST} levels at most")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise RecordError(f"{path}:{_line(event)}: YAML anchors and aliases are not read: write the value out")
        if getattr(event, "tag", None):
            raise RecordError(f"{path}:{_line(event)}: YAML tags are not read: write the value alone")
        if isinstance(event, yaml.ScalarEvent) and (place := characters.find_invisible(event.value)):
            raise _invisible_error(path, _line(event), place[1])


def _invisible_error(path: Path, line: int, character: str) -> RecordError:
    fault = f"{character} is not seen where it is read, and breaks XML, sheets and terminals"
    return RecordError(f"{path}:{line}: {fault}: take it out, or quote the words beside it")


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _value(node: yaml.Node, path: Path) -> Any:
    if isinstance(node, yaml.MappingNode):
        values: dict[str, Any] = {}
        for key, item in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise RecordError(f"{path}:{key.start_mark.line + 1}: a key is one word, not a list or mapping")
            if key.value in values:
                raise RecordError(f"{path}:{key.start_mark.line + 1}: the key {key.value!r} is written twice: keep one")
            values[key.value] = _value(item, path)
        return values
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, path) for item in node.value]
    return str(node.value)


def _child(node: yaml.Node, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((item for key, item in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item: yaml.Node = node.value[step]
        return item
    return None


def _with_key(node: yaml.Node, wanted: str, place: Path_) -> Iterator[tuple[Path_, yaml.MappingNode]]:
    if isinstance(node, yaml.MappingNode):
        if any(key.value == wanted for key, _ in node.value):
            yield place, node
        for key, item in node.value:
            yield from _with_key(item, wanted, (*place, str(key.value)))
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _with_key(item, wanted, (*place, index))


def write_block(file: RecordFile, key: str, lines: str, before: Sequence[str] = ("sealed",)) -> str:
    """Return the text of a record with ``lines`` under its ``key``: where that stands, else above the first of the keys ``before``.

    Without lines the key is taken out.

    :raises RecordError: when the record is written between brackets.
    """
    if file.root.flow_style:
        raise RecordError(f"{file.path}: is written between brackets: write it as a block of lines")
    block = f"{key}:\n{lines}" if lines else ""
    starts = {str(name.value): name.start_mark.index for name, _ in file.root.value}
    node = value_of(file.root, key)
    if node is not None:
        end = starts[key] + len(file.text[starts[key] : _last(node).end_mark.index].rstrip())
        end += file.text.startswith("\n", end)
        return file.text[: starts[key]] + block + file.text[end:]
    place = min((starts[name] for name in before if name in starts), default=len(file.text))
    above = file.text[:place]
    return above + ("" if not block or not above or above.endswith("\n") else "\n") + block + file.text[place:]


def _last(node: yaml.Node) -> yaml.Node:
    """Return the innermost value with which ``node`` ends: a block ends where the line after it begins."""
    if isinstance(node, yaml.MappingNode | yaml.SequenceNode) and node.value and not node.flow_style:
        last = node.value[-1]
        return _last(last[1] if isinstance(last, tuple) else last)
    return node


def replace(path: Path, text: str) -> None:
    """Write ``text`` in the place of a record file, at once: whoever reads it meanwhile has the one or the other.

    :raises OSError: when it cannot be written; what was there stays, and nothing beside it.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(handle)
        os.chmod(name, path.stat().st_mode)
        os.replace(name, path)
    except OSError:
        os.unlink(name)
        raise
