"""Output of rows on a terminal: as a text table, CSV or JSON."""

from __future__ import annotations

import io
import json
import os
import sys
from enum import StrEnum

from rich.console import Console

from mabgraph.graph.questions import question
from mabgraph.graph.questions.question import Row
from mabgraph.ingest.errors import QuestionError
from mabgraph.ingest.visible import escape_invisible_in, escape_json

from . import csvwriter


class TextFormat(StrEnum):
    """Format of printed rows."""

    table = "table"
    csv = "csv"
    json = "json"


def write_utf8() -> None:
    """Write UTF-8 to standard output and standard error in any locale; undecodable bytes (in file names) are escaped.

    So a pipe or a file gets the same bytes everywhere, and every character can be printed on a server or in a container.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def decode_argument(text: str) -> str:
    r"""Return a command-line argument decoded as UTF-8, if the locale of the process could not decode it.

    >>> decode_argument("Interf\udcc3\udca9ron"), decode_argument("Interféron")
    ('Interféron', 'Interféron')
    """
    return os.fsencode(text).decode("utf-8", "replace") if any("\udc80" <= character <= "\udcff" for character in text) else text


def split_parameter(argument: str, example: str) -> tuple[str, str]:
    """Return name and value of a command-line argument NAME=VALUE; ``example`` is one that is valid.

    :raises QuestionError: when the argument has no equals sign.
    """
    name, sign, value = decode_argument(argument).partition("=")
    if not sign:
        raise QuestionError(f"{argument!r}: write parameters as name=value, such as {example}")
    return name, value


def show(columns: list[str], rows: list[Row], format: TextFormat) -> None:
    """Print ``columns`` of ``rows``."""
    if format is TextFormat.csv:
        csvwriter.write_csv(rows, columns, sys.stdout)
    elif format is TextFormat.json:
        chosen = [question.as_json({key: row[key] for key in columns}) for row in rows]
        print(escape_json(json.dumps(chosen, ensure_ascii=False, indent=1)))
    else:
        _tabulate(columns, [escape_invisible_in(dict(row)) for row in rows])


def _tabulate(columns: list[str], rows: list[Row]) -> None:
    """Print the columns that all rows share once, then the rest: as a table of up to six columns, or one block for each row."""
    filled = [column for column in columns if any(row.get(column) is not None for row in rows)]
    shared = [column for column in filled if len(rows) > 1 and len({row.get(column) for row in rows}) == 1]
    varied = [column for column in filled if column not in shared]
    console = Console(soft_wrap=True, highlight=False, markup=False)
    for column in shared:
        console.print(f"{column}: {rows[0][column]}")
    if len(varied) > 6:
        width = max(map(len, varied))
        for row in rows:
            console.print()
            for column in varied:
                if row.get(column) is not None:
                    console.print(f"{column:<{width}}  {row[column]}")
    else:
        cells = [["" if row.get(column) is None else str(row[column]) for column in varied] for row in rows]
        widths = [max(map(len, column)) for column in zip(varied, *cells, strict=True)]
        for line in [varied, *cells]:
            console.print("  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip())
    console.print(f"{len(rows)} row{'' if len(rows) == 1 else 's'}")
