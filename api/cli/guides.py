"""The guides of ``docs/``, which are installed with the program: ``mabgraph docs``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer
from rapidfuzz import process

from mabgraph.ingest.errors import MabgraphError

#: The folder of the guides, located relative to this file, whether installed or not.
DOCS: Final = Path(__file__).parents[2] / "docs"


def docs(
    name: Annotated[str | None, typer.Argument(metavar="GUIDE", help="Name of a guide; without it, all are listed.")] = None,
) -> None:
    """Print a guide (Markdown); without a name, list all guides and the folder that they are in.

    Example: `mabgraph docs first-paper`
    """
    guides = {path.stem: path for path in sorted(DOCS.glob("*.md"))}
    if name is None:
        for guide, path in guides.items():
            typer.echo(f"{guide}: {title_of(path)}")
        typer.echo(f"in {DOCS}; start with first-paper to add evidence, with commands for all commands")
        return
    if (known := guides.get(name.removesuffix(".md"))) is None:
        near = [each for each, _, _ in process.extract(name, list(guides), limit=3)]
        raise MabgraphError(f"there is no guide {name[:80]!r}: the nearest are {', '.join(near)}; mabgraph docs lists all")
    typer.echo(known.read_text(encoding="utf-8"), nl=False)


def title_of(path: Path) -> str:
    """Return the title of a guide: its first line, without the sign of a heading."""
    with path.open(encoding="utf-8") as file:
        return file.readline().removeprefix("#").strip()
