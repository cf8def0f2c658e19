"""What reading a file gives: its text, where parts of the text stand in the file, and what the file says about itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import AnchorError
from ..places import Place

#: Longest file that is read (bytes) and longest text that is kept (characters).
LARGEST: Final = 200 * 1024 * 1024
LONGEST: Final = 5_000_000


#: A DOI that is marked as one, and the part of a text in which it is that of the document (characters).
_DOI: Final = re.compile(r"(?i)doi(?:\.org/|[:\s]\s*)(10\.\d{4,9}/[^\s\"<>]+)")
_BEGINNING: Final = 5000
#: How texts in other encodings begin.
_MARKS: Final = {b"\xff\xfe\x00\x00": "UTF-32", b"\x00\x00\xfe\xff": "UTF-32", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


@dataclass(frozen=True, slots=True)
class ReadText:
    """The text of a file, its places in order, title and DOI where the file states them, and what was left out or could not be read."""

    text: str
    places: tuple[Place, ...] = ()
    title: str | None = None
    doi: str | None = None
    notes: tuple[str, ...] = ()


def read_plain(path: Path) -> ReadText:
    """Return the text of a UTF-8 file, byte for byte.

    :raises AnchorError: when it cannot be read, is not UTF-8, is empty or too long.
    """
    try:
        with path.open("rb") as file:
            content = file.read(4 * LONGEST + 1)
        text = content.decode("utf-8")
    except OSError as error:
        raise AnchorError(f"{path}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        other = next((name for mark, name in _MARKS.items() if content.startswith(mark)), "")
        raise AnchorError(f"{path}: is {f'{other}, not' if other else 'not'} UTF-8 at byte {error.start}: save it as UTF-8") from None
    check_text(path, text)
    title = next((line.strip().lstrip("#").strip() for line in text.splitlines() if line.strip().lstrip("#").strip()), None)
    return ReadText(text, title=title[:300] if title else None, doi=find_doi(text))


def find_doi(text: str) -> str | None:
    """Return the DOI that the beginning of a text prints as such; none where there is none, or several, of which it may cite one.

    >>> find_doi("https://doi.org/10.1000/xyz.123."), find_doi("doi: 10.1000/a, doi: 10.1000/b"), find_doi("10.1000/a")
    ('10.1000/xyz.123', None, None)
    """
    stated = {match[1].rstrip(".,;:)]}>'\"") for match in _DOI.finditer(text[:_BEGINNING])}
    return stated.pop() if len(stated) == 1 else None


def escape_bars(cell: str) -> str:
    r"""Return the text of a cell with its bars escaped, so that they are not taken for the bars between cells.

    >>> escape_bars("P(A|B)")
    'P(A\\|B)'
    """
    return cell.replace("|", "\\|")


def check_text(path: Path, text: str) -> None:
    """Check that there is text, and not too much.

    :raises AnchorError: when there is none, it is too long, or holds NUL.
    """
    if not text.strip():
        raise AnchorError(f"{path}: holds no text")
    if len(text) > LONGEST:
        raise AnchorError(f"{path}: has more than {LONGEST} characters of text: add its parts one by one")
    if "\0" in text:
        raise AnchorError(f"{path}: holds NUL characters: it is no text, or one in UTF-16: save it as UTF-8")
