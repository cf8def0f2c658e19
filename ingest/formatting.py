"""Formatting: records are written alike, so that a reviewer finds the same thing in the same place and a change shows as itself.

Keys stand in the order of the types, no line ends in white space, and a line that is too long has one key a line. What a record says, its
comments and the order of its parts stay: a comment above a key, or behind its value, goes with the key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Final, get_args

import yaml
from pydantic import BaseModel

from . import record, recordfile
from .errors import RecordError
from .parts import Item
from .recordfile import RecordFile

#: The longest line (characters).
LONGEST_LINE: Final = 200
#: What to do about a line that formatting cannot shorten.
REMEDY: Final = f"at most {LONGEST_LINE}; write one key a line, or shorter words"
#: Keys whose value is one text or pattern that cannot go on in another line without becoming harder to read.
UNBROKEN: Final = ("quote", "cells", "text", "definition", "schedule", "pattern")
#: In a row or table, what names it stands before the settings that rows have in common, its figures after them.
NAMING: Final = frozenset({"id", "label", "variable", "group", "comparison"})
#: The keys of a short row that are no fields of a row, and before which field each stands.
SHORT: Final = {"endpoint": "measure", "quote": "printed", "at": "printed"}
_ALONE: Final = re.compile(rf"\s*(- )?(\{{quote: .*\}}|({'|'.join(UNBROKEN)}): .*)")
_COMMENT: Final = re.compile(r"[ \t]*#[^\n]*")
#: Each round breaks one mapping or list of a line; lines of records have few.
_ROUNDS: Final = 1_000

Edit = tuple[int, int, str]


def format_record(file: RecordFile) -> str:
    """Return the text of ``file`` by the rules of the house.

    :raises RecordError: when it cannot be written so without saying another thing.
    """
    try:
        text = _rewrite(file)
        if recordfile.parse(text, file.path).data == file.data:
            return text
    except RecordError:
        pass
    raise RecordError(f"{file.path}: cannot be formatted without changing what it says: write one key a line, and comments above keys")


def _rewrite(file: RecordFile) -> str:
    """Return the text with its keys in order, and long lines broken.

    :raises RecordError: when a line that is broken cannot be read.
    """
    text = _apply(file.text, list(_edits(file.root, record.Record, file.text)), 0, len(file.text))
    for _ in range(_ROUNDS):
        shorter = _break_line(text, file)
        if shorter == text:
            break
        text = shorter
    return "".join(line.rstrip() + "\n" for line in text.splitlines())


def find_long_lines(text: str) -> Iterator[tuple[int, int]]:
    """Yield number and length of each line that is too long, and not that of one text or pattern alone."""
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > LONGEST_LINE and not _ALONE.fullmatch(line):
            yield number, len(line)


@cache
def order(kind: type[BaseModel]) -> tuple[str, ...]:
    """Return the keys of a type as they are written: its fields in order, then the quotes, then the parts inside it.

    The settings that rows have in common stand between what names the row and its figures. A row may be short (see ``shortrows``): its
    end point stands with what names it, its quote and the place of that before the quotes beside it.
    """
    common = {name for base in kind.__mro__[1:] if issubclass(base, Item) for name in base.model_fields}

    def rank(name: str) -> int:
        if name in {"printed", "doses"}:
            return 3 if name == "printed" else 4
        if name in common:
            return 1
        return 2 if issubclass(kind, record.ResultSettings) and name not in NAMING else 0

    ordered = sorted(kind.model_fields, key=rank)
    if kind is record.Row:
        for key, follower in SHORT.items():
            ordered.insert(ordered.index(follower), key)
    return tuple(ordered)


def model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the type of the parts that a field holds, if it holds any."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(model_in, get_args(annotation))), None)


def _edits(node: yaml.Node, kind: type[BaseModel] | None, text: str) -> Iterator[Edit]:
    """Yield the edits that order the keys within ``node``; an edit of a mapping has those of its values in it."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _edits(item, kind, text)
    if not isinstance(node, yaml.MappingNode) or kind is None or not node.value:
        return
    spans = [_span(node, place, text) for place in range(len(node.value))]
    parts = []
    for (key, value), (start, end) in zip(node.value, spans, strict=True):
        field = kind.model_fields.get(key.value)
        inner = list(_edits(value, model_in(field.annotation) if field else None, text))
        parts.append((key.value, _apply(text, inner, start, end)))
    wanted = {name: place for place, name in enumerate(order(kind))}
    ordered = sorted(parts, key=lambda part: wanted.get(part[0], len(wanted)))
    for (start, end), (_, words) in zip(spans, ordered, strict=True):
        if text[start:end] != words:
            yield start, end, words


def _span(node: yaml.MappingNode, place: int, text: str) -> tuple[int, int]:
    """Return the characters of one key with its value, the comments above it, and the comment behind it."""
    key, value = node.value[place]
    start, end = key.start_mark.index, max(_end(value, text), key.end_mark.index)
    if node.flow_style:
        return start, end
    if behind := _COMMENT.match(text, end):
        end = behind.end()
    line = start - key.start_mark.column
    while place and line:
        above = text.rfind("\n", 0, line - 1) + 1
        if not text[above : line - 1].startswith(" " * key.start_mark.column + "#"):
            break
        line, start = above, above + key.start_mark.column
    return start, end


def _end(node: yaml.Node, text: str) -> int:
    """Return where a value ends: comments and empty lines below it are not of it."""
    if isinstance(node, yaml.MappingNode | yaml.SequenceNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return max(_end(each, text) for each in (last if isinstance(last, tuple) else (last,)))
    end = int(node.end_mark.index)
    return len(text[:end].rstrip()) if isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"} else end


def _apply(text: str, edits: Sequence[Edit], start: int, end: int) -> str:
    parts, last = [], start
    for begin, stop, words in sorted(edits):
        parts += [text[last:begin], words]
        last = stop
    return "".join([*parts, text[last:end]])


def _break_line(text: str, file: RecordFile) -> str:
    """Return ``text`` with the first mapping or list of a line that is too long on several lines; ``text`` itself if there is none."""
    long = {number - 1 for number, _ in find_long_lines(text)}
    lines = text.splitlines()
    for node, is_item in _flow_nodes(recordfile.parse(text, file.path).root) if long else ():
        line = node.start_mark.line
        if line in long and node.end_mark.line == line and node.value:
            column = len(lines[line]) - len(lines[line].lstrip(" -"))
            between = "\n" + " " * (column if is_item else column + 2)
            written = between.join(_parts(node, text))
            return text[: node.start_mark.index] + ("" if is_item else between) + written + text[node.end_mark.index :]
    return text


def _flow_nodes(node: yaml.Node | None, *, is_item: bool = False) -> Iterator[tuple[yaml.Node, bool]]:
    """Yield the outermost mappings and lists that stand between brackets, and whether each is an item of a list of lines."""
    if isinstance(node, yaml.MappingNode | yaml.SequenceNode):
        if node.flow_style:
            yield node, is_item and isinstance(node, yaml.MappingNode)
        elif isinstance(node, yaml.MappingNode):
            for _, value in node.value:
                yield from _flow_nodes(value)
        else:
            for item in node.value:
                yield from _flow_nodes(item, is_item=True)


def _parts(node: yaml.Node, text: str) -> list[str]:
    if isinstance(node, yaml.MappingNode):
        return [text[key.start_mark.index : value.end_mark.index] for key, value in node.value]
    return ["- " + text[item.start_mark.index : item.end_mark.index] for item in node.value]
