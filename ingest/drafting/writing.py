"""Writing proposals into a record file: its text is edited in place, so that comments and formatting of a curator stay."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

import yaml

from .. import recordfile
from ..errors import RecordError
from ..recordfile import RecordFile
from .draft import Draft
from .proposals import Proposal

#: The beginning of a comment in a line.
_COMMENT: Final = re.compile(r"(?:^|(?<=\s))#")


def append_proposals(file: RecordFile, proposals: Iterable[Proposal]) -> str:
    """Return the text of the record with ``proposals`` after those that it has.

    :raises RecordError: when ``proposals`` or the record is written between brackets on one line.
    """
    return _append(file, "proposals", "".join(write_item(each.data()) for each in proposals))


def append_row(file: RecordFile, row: dict[str, Any], comments: Iterable[str] = ()) -> str:
    """Return the text of the record with ``row`` after those under ``results``, and before it ``comments``, each with its sign.

    :raises RecordError: as :func:`append_proposals`.
    """
    return _append(file, "results", "".join(f"  {comment}\n" for comment in comments) + write_item(row))


def write_draft(file: RecordFile, draft: Draft) -> str:
    """Return the text of the record with a draft: its proposals behind those that there are, and open ones as they are now.

    :raises RecordError: as :func:`append_proposals`.
    """
    for index, proposal in draft.renewed.items():
        file = recordfile.parse(replace_proposal(file, index, proposal), file.path)
    return append_proposals(file, draft.proposals)


def append_rows(file: RecordFile, rows: Iterable[dict[str, Any]]) -> str:
    """Return the text of the record with ``rows`` after those under ``results``.

    :raises RecordError: as :func:`append_proposals`.
    """
    return _append(file, "results", "".join(map(write_item, rows)))


def comments_of(file: RecordFile, index: int) -> list[str]:
    """Return the comments within the proposal at ``index`` (from 0), each with its sign."""
    node = recordfile.value_of(file.root, "proposals")
    if not isinstance(node, yaml.SequenceNode) or index >= len(node.value):
        return []
    start, end = node.value[index].start_mark.index, end_of_item(file.text, node, index)
    hidden = list(file.text[start:end])
    for begin, stop in _scalars(node.value[index]):
        hidden[begin - start : stop - start] = re.sub("[^\n]", "x", file.text[begin:stop])
    lines = "".join(hidden).splitlines()
    places = ((line, match.start()) for line, hidden_line in zip(file.text[start:end].splitlines(), lines, strict=True)
              if (match := _COMMENT.search(hidden_line)))  # fmt: skip
    return [line[place:].strip() for line, place in places]


def append_part(file: RecordFile, key: str, part: dict[str, Any]) -> str:
    """Return the text of the record with ``part``, such as a group, after those under ``key``.

    :raises RecordError: as :func:`append_proposals`.
    """
    return _append(file, key, write_item(part))


def insert_proposal(file: RecordFile, index: int, proposal: Proposal) -> str:
    """Return the text of the record with ``proposal`` before the one at ``index`` (from 0), or after the last where there are fewer.

    :raises RecordError: as :func:`append_proposals`.
    """
    node = recordfile.value_of(file.root, "proposals")
    if not isinstance(node, yaml.SequenceNode) or index >= len(node.value):
        return append_proposals(file, [proposal])
    if node.flow_style:
        raise RecordError(f"{file.where(('proposals',))}: is written between brackets: write it as a block of lines")
    place = file.text.rfind("\n", 0, node.value[index].start_mark.index) + 1
    return _insert(file.text, place, write_item(proposal.data(), node.start_mark.column))


def remove_row(file: RecordFile, row: dict[str, Any]) -> str:
    """Return the text of the record without ``row`` under ``results``, with the key where it is the last.

    :raises RecordError: when no row there says the same.
    """
    rows = file.data.get("results") or []
    index = next((place for place, each in enumerate(rows) if each == row), None)
    node = recordfile.value_of(file.root, "results")
    if index is None or not isinstance(node, yaml.SequenceNode) or node.flow_style:
        raise RecordError(f"{file.path}: results: the row {row.get('id', '')!r} is no longer there as it was written")
    start = file.text.rfind("\n", 0, node.value[index].start_mark.index) + 1
    end = end_of_item(file.text, node, index)
    return _remove_key(file, "results", start, end) if len(rows) == 1 else file.text[:start] + file.text[end:]


def replace_proposal(file: RecordFile, index: int, proposal: Proposal | None) -> str:
    """Return the text of the record with the proposal at ``index`` (from 0) replaced, or, for None, taken out.

    :raises RecordError: when there is none, or the list is written between brackets.
    """
    node = recordfile.value_of(file.root, "proposals")
    if not isinstance(node, yaml.SequenceNode) or node.flow_style or index >= len(node.value):
        raise RecordError(f"{file.path}: proposals[{index}]: is not there as a block of lines")
    start = file.text.rfind("\n", 0, node.value[index].start_mark.index) + 1
    end = end_of_item(file.text, node, index)
    if proposal is None and len(node.value) == 1:
        return _remove_key(file, "proposals", start, end)
    if proposal is None:
        return file.text[:start] + file.text[end:]
    comments = "".join(f"{' ' * node.start_mark.column}{comment}\n" for comment in comments_of(file, index))
    return file.text[:start] + comments + write_item(proposal.data(), node.start_mark.column) + file.text[end:]


def _append(file: RecordFile, key: str, block: str) -> str:
    """Return the text of ``file`` with ``block`` at the end of the list under ``key``."""
    if not block:
        return file.text
    node = recordfile.value_of(file.root, key)
    if file.root.flow_style:
        raise RecordError(f"{file.path}: is written between brackets: write it as a block of lines")
    if isinstance(node, yaml.SequenceNode) and node.value:
        if node.flow_style:
            raise RecordError(f"{file.where((key,))}: is written between brackets: write it as a block of lines")
        place = end_of_item(file.text, node, len(node.value) - 1)
        column = node.start_mark.column
        moved = "".join(f"{' ' * column}{line[2:]}" for line in block.splitlines(keepends=True)) if column != 2 else block
        return _insert(file.text, place, moved)
    if node is not None:
        if node.value:
            raise RecordError(f"{file.where((key,))}: is no list: correct it")
        start = _key_start(file, key)
        behind = max(node.end_mark.index, start + len(key) + 1)
        end = file.text.find("\n", behind)
        end = len(file.text) if end < 0 else end + 1
        comment = file.text[behind:end].strip()
        return file.text[:start] + f"{key}:{'  ' if comment else ''}{comment}\n{block}" + file.text[end:]
    sealed = recordfile.value_of(file.root, "sealed")
    place = _key_start(file, "sealed") if sealed is not None else len(file.text)
    return _insert(file.text, place, f"{key}:\n{block}")


def _remove_key(file: RecordFile, key: str, start: int, end: int) -> str:
    """Return the text of ``file`` without ``key`` and its one item from ``start`` to ``end``; comments between the two stay."""
    place = _key_start(file, key)
    first, *others = file.text[place:start].splitlines(keepends=True)
    comment = first.partition("#")
    kept = [f"#{comment[2]}"] if comment[1] else []
    kept += [line for line in others if line.strip()]
    return file.text[:place] + "".join(kept) + file.text[end:]


def _scalars(node: yaml.Node) -> Iterator[tuple[int, int]]:
    """Yield where the scalars of ``node`` begin and end in the text."""
    if isinstance(node, yaml.ScalarNode):
        yield node.start_mark.index, node.end_mark.index
        return
    for each in node.value:
        for inner in each if isinstance(each, tuple) else (each,):
            yield from _scalars(inner)


def _insert(text: str, place: int, block: str) -> str:
    before = text[:place]
    return before + ("" if not before or before.endswith("\n") else "\n") + block + text[place:]


def _key_start(file: RecordFile, key: str) -> int:
    return next(int(node.start_mark.index) for node, _ in file.root.value if node.value == key)


def end_of_item(text: str, node: yaml.SequenceNode, index: int) -> int:
    """Return where the lines of an item end: behind the last line that is its own, before comments and the next item."""
    if index + 1 < len(node.value):
        after = text.rfind("\n", 0, node.value[index + 1].start_mark.index) + 1
    else:
        after = int(node.value[index].end_mark.index)
    lines = text[:after].splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        rest = text.find("\n", after)
        return len(text) if rest < 0 else rest + 1
    while lines and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
        after -= len(lines.pop())
    return after


def write_item(data: dict[str, Any], column: int = 2) -> str:
    """Return ``data`` as an item of a block list, its dash at ``column``."""
    lines = [f"{'- ' if place == 0 else '  '}{line}" for place, line in enumerate(_lines(data))]
    return "".join(f"{' ' * column}{line}\n" for line in lines)


def _lines(data: dict[str, Any]) -> list[str]:
    lines = []
    for key, value in data.items():
        if isinstance(value, dict):
            lines += [f"{key}:", *(f"  {line}" for line in _lines(value))]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            lines += [f"{key}:", *(f"  - {write_flow(each)}" for each in value)]
        else:
            lines.append(f"{key}: {write_flow(value)}")
    return lines


def write_flow(value: Any) -> str:
    """Return ``value`` on one line, its texts quoted where plain ones could be read otherwise."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {write_flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(write_flow, value)) + "]"
    text = str(value)
    return text if text.replace("-", "").isalnum() and text.isascii() and not text.startswith("-") else recordfile.quote_scalar(text)
