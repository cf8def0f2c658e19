"""Cases: what people met elsewhere, tried against a running service, and what each came to as a table.

    python -m benchmarks.cases --url http://127.0.0.1:8000 --dataset mabgraph-dataset --keep before.json
    python -m benchmarks.cases --url http://127.0.0.1:8000 --dataset mabgraph-dataset --before before.json

Each case is a folder with a ``run.sh``, beside the project (``../shared/cases``). It is run where it stands, with the commands of this
environment before all others; what it prints is the outcome, which a person reads beside the README of the case.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

CASES: Final = Path(__file__).parents[2] / "shared" / "cases"
#: How long one case may take (seconds).
LONGEST: Final = 300.0
#: How much of what a case prints is shown (characters).
SHOWN: Final = 400


def outcomes(folder: Path, url: str, dataset: Path, only: list[str]) -> dict[str, str]:
    """Return what each case of ``folder`` prints, by its name; those that begin with one of ``only``, or all."""
    cases = sorted(path.parent for path in folder.glob("*/run.sh"))
    wanted = [case for case in cases if not only or case.name.startswith(tuple(only))]
    return {case.name: outcome(case, url, dataset) for case in wanted}


def outcome(case: Path, url: str, dataset: Path) -> str:
    """Return what the case in the folder ``case`` prints, on one line."""
    commands = Path(sys.executable).parent
    environment = os.environ | {
        "MAB": str(commands / "mabgraph"), "URL": url, "DATASET": str(dataset.resolve()),
        "PATH": f"{commands}{os.pathsep}{os.environ.get('PATH', '')}",
    }  # fmt: skip
    try:
        done = subprocess.run(["sh", "run.sh"], cwd=case, env=environment, capture_output=True, text=True, timeout=LONGEST, check=False)
    except subprocess.TimeoutExpired:
        return f"not done within {LONGEST:g} s"
    return " ".join(f"{done.stdout}\n{done.stderr}".split())


def table(after: dict[str, str], before: dict[str, str]) -> str:
    """Return a table in Markdown of what each case printed, before where that is known, and after."""
    heads = ["case", "before", "after"] if before else ["case", "outcome"]
    rows = [[name, *([before.get(name, "–")] if before else []), now] for name, now in after.items()]
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(_cell(each) for each in line)} |" for line in lines)


def _cell(text: str) -> str:
    """Return the ends of ``text``, as they stand in a cell of a table."""
    short = text if len(text) <= SHOWN else f"{text[: SHOWN // 2]} … {text[-SHOWN // 2 :]}"
    return short.replace("|", "\\|")


def main(
    url: Annotated[str, typer.Option(help="A running service.")] = "http://127.0.0.1:8000",
    dataset: Annotated[Path, typer.Option(help="The directory of its dataset, for the tools for agents.")] = Path("mabgraph-dataset"),
    cases: Annotated[Path, typer.Option(help="The folder of the cases.")] = CASES,
    only: Annotated[list[str] | None, typer.Option(help="Names that the cases begin with; all when not given.")] = None,
    before: Annotated[Path | None, typer.Option(help="Outcomes that were kept before.")] = None,
    keep: Annotated[Path | None, typer.Option(help="File to keep the outcomes in.")] = None,
) -> None:
    """Run the cases and print what each came to."""
    after = outcomes(cases, url, dataset, only or [])
    if keep is not None:
        keep.write_text(json.dumps(after, indent=1, ensure_ascii=False), encoding="utf-8")
    typer.echo(table(after, json.loads(before.read_text(encoding="utf-8")) if before else {}))


if __name__ == "__main__":
    typer.run(main)
