"""Benchmark: a registry from zip to served answer, at several sizes: adding, building, opening, look-ups, search; time, memory and bytes.

Records are invented (:mod:`.registrystudies`). Adding and building are the commands that people run, as processes of their own; their time
is of the processor, all processes of a command together. Where a build spends it is measured once more over a thousand records, in one
process. Look-ups are answered by the whole application, without a network, each of another thing.

    python -m benchmarks.registry --studies 1000 10000
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from rich.console import Console
from rich.table import Table

# Nothing large is imported here: a measuring process holds what it measures and no more.
if TYPE_CHECKING:
    from mabgraph.graph.questions.catalogue import Catalogue

ROOT: Final = Path(__file__).resolve().parents[1]
MIB: Final = 2**20
#: How many things of a kind are looked up.
ASKED: Final = 30
#: Over so many records the stages of a build are watched.
WATCHED: Final = 1000
#: What is asked for: seconds until the first answer, milliseconds of a search, processor seconds a study, MiB of a process.
OPEN, SEARCH, RATE, PEAK = 5.0, 10.0, 250, 400


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that ran: seconds of the processor and on the clock, and the most memory of one of its processes (MiB)."""

    processor: float
    clock: float
    peak: float


def run(*command: str, folder: Path) -> Ran:
    """Run ``mabgraph`` with these arguments in ``folder``.

    :raises SystemExit: when it fails.
    """
    began = time.perf_counter()
    program = str(Path(sys.executable).with_name("mabgraph"))
    with subprocess.Popen([program, *command], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        words = process.stderr.read() if process.stderr else ""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"mabgraph {' '.join(command)}: ended with {process.returncode}: {words[-2000:]}")
    return Ran(used.ru_utime + used.ru_stime, time.perf_counter() - began, used.ru_maxrss / 1024)


def measure_stages(directory: str) -> dict[str, float]:
    """Return the seconds of each stage of a build in this process, of the registry records of the workspace in ``directory``."""
    from benchmarks.stages import Watch
    from mabgraph.graph.building import build

    watch = Watch()
    with tempfile.TemporaryDirectory(dir=directory) as name, watch.watching():
        build.build(build.Inputs((), registry=Path(directory) / "registry"), Path(name) / "dataset")
    return dict(watch.seconds)


def measure_opening(directory: str) -> dict[str, float]:
    """Return how long it takes from nothing to the first answer (seconds), and the peak of memory (MiB)."""
    import resource

    began, spent = time.perf_counter(), time.process_time()
    from mabgraph.graph.questions import catalogue

    opened = catalogue.open_current(Path(directory))
    if not opened.ask("drug", {"drug": "blinatumomab"}):
        raise SystemExit("the first answer is empty")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return asdict(Ran(time.process_time() - spent, time.perf_counter() - began, peak))


def measure_answers(directory: str) -> dict[str, float]:
    """Return the milliseconds of the processor that an answer of each kind takes (median over different things)."""
    from benchmarks.pages import Page, answered
    from mabgraph.api.app import create_app
    from mabgraph.api.http.settings import Settings
    from mabgraph.graph.questions import catalogue

    opened = catalogue.open_current(Path(directory))
    application: Any = create_app(Settings(dataset=Path(directory), cache_megabytes=0), opened)
    asked = _addresses(opened)

    async def ask(address: str) -> float:
        began = time.process_time()
        status, body = await answered(application, Page("", address), accept="application/json")
        taken = 1000 * (time.process_time() - began)
        if status != 200:
            raise SystemExit(f"{address}: answered {status}: {body[:500].decode(errors='replace')}")
        return taken

    async def ask_all() -> dict[str, float]:
        await ask("/v1/drugs")
        return {kind: median([await ask(address) for address in addresses]) for kind, addresses in asked.items()}

    return asyncio.run(ask_all())


def _addresses(opened: Catalogue) -> dict[str, list[str]]:
    """Return addresses of different things, by kind."""

    def names(question: str, parameters: dict[str, str] | None = None, column: str = "id") -> list[str]:
        return [str(row[column]).rpartition("/")[2] for row in opened.ask(question, parameters)][:ASKED]

    drugs, targets = names("drugs", {"size": str(ASKED), "offset": "0"}), names("targets", {"size": str(ASKED), "offset": "0"})
    estimates = names("estimates-page", {"source": "registry", "size": str(ASKED)}, "estimate")
    studies = list(
        dict.fromkeys(each.partition(".")[0] for each in names("estimates-page", {"size": "1000", "sort": "-value"}, "estimate"))
    )
    return {
        "a drug": [f"/v1/drugs/{quote(each)}" for each in drugs],
        "a target": [f"/v1/targets/{quote(each)}" for each in targets],
        "a study": [f"/v1/trials/{quote(each.upper())}" for each in studies if each.startswith("nct")],
        "an estimate": [f"/v1/estimates/{quote(each)}" for each in estimates],
        "first page of a drug's estimates": [f"/v1/drugs/{quote(each)}/estimates" for each in drugs],
        "first page of a study's estimates": [f"/v1/trials/{quote(each.upper())}/estimates" for each in studies if each.startswith("nct")],
        "search": [f"/v1/search?q={quote(each)}" for each in drugs],
        "search, misspelt": [f"/v1/search?q={quote(each[:3] + each[4:])}" for each in drugs],
    }


def measured(name: str, directory: Path) -> dict[str, float]:
    """Return what a measurement in a process of its own says.

    :raises SystemExit: when it fails.
    """
    command = [sys.executable, "-m", "benchmarks.registry", "measure", name, str(directory)]
    ended = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if ended.returncode:
        raise SystemExit(f"{name}: the measurement ended with {ended.returncode}")
    answer: dict[str, float] = json.loads(ended.stdout)
    return answer


def add(scratch: Path, studies: int) -> tuple[Path, Path, Ran]:
    """Return a workspace with so many records, the zip that they came in, and what it cost to add them."""
    from benchmarks.registrystudies import RegistryStudies

    archive, home = scratch / "studies.zip", scratch / f"{studies}"
    RegistryStudies().write(archive, studies)
    run("init", str(home), folder=scratch)
    return home, archive, run("registry", "add", str(archive), folder=home)


def take(scratch: Path, studies: int, jobs: int) -> dict[str, str]:
    """Return the column of so many studies: what was measured, as it is shown."""
    home, archive, added = add(scratch, studies)
    built = run("build", folder=home)
    unchanged = run("build", folder=home)
    dataset = home / "mabgraph-dataset"
    manifest = json.loads((dataset / "current" / "manifest.json").read_text(encoding="utf-8"))
    opening, answers = Ran(**measured("opening", dataset)), measured("answers", dataset)
    return {
        "zip, MiB": _size(archive),
        "quads": f"{manifest['quads']:,}",
        "add, processor s": f"{added.processor:.1f}",
        "build, processor s (clock)": f"{built.processor:.0f} ({built.clock:.0f})",
        f"build, studies a processor second (at least {RATE})": f"{studies / built.processor:.0f}",
        f"build, peak MiB of a process (at most {PEAK})": f"{built.peak:.0f}",
        "nothing changed, processor s": f"{unchanged.processor:.1f}",
        "store, MiB": _size(dataset / "current" / "store"),
        "files of the version, MiB": _size(dataset / "current"),
        "cache, MiB": _size(dataset / "kept"),
        f"open and first answer, s on the clock (at most {OPEN:.0f})": f"{opening.clock:.1f}",
        "open and first answer, peak MiB": f"{opening.peak:.0f}",
        **{f"{kind}, ms": f"{taken:.2f}" for kind, taken in answers.items()},
    }


def _size(path: Path) -> str:
    """Return how many MiB a file or the files of a folder have, in words; there may be none."""
    files = [path] if path.is_file() else [each for each in path.resolve().rglob("*") if each.is_file()]
    total = sum(each.stat().st_size for each in files)
    return f"{total / MIB:,.0f}" if total else "in memory"


MEASURES: Final[dict[str, Callable[[str], dict[str, float]]]] = {
    "stages": measure_stages, "opening": measure_opening, "answers": measure_answers,
}  # fmt: skip


def main(command_line: Sequence[str]) -> None:
    """Measure each size, and show one table."""
    if command_line[:1] == ["measure"]:
        print(json.dumps(MEASURES[command_line[1]](command_line[2])))
        return
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--studies", type=int, nargs="+", default=[1000, 10_000], help="the sizes (default: 1000 10000)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes of a build (default: a core each)")
    parser.add_argument("--scratch", type=Path, help="a folder on a disk with room: some 0.4 GiB for a thousand studies")
    chosen = parser.parse_args(command_line)
    columns = {}
    for studies in chosen.studies:
        with tempfile.TemporaryDirectory(prefix="mabgraph-registry-", dir=chosen.scratch) as name:
            columns[f"{studies:,}"] = take(Path(name), studies, chosen.jobs)
        _show(columns)
    with tempfile.TemporaryDirectory(prefix="mabgraph-registry-", dir=chosen.scratch) as name:
        stages = measured("stages", add(Path(name), WATCHED)[0])
    whole = sum(stages.values())
    table = Table("stage of a build", "ms a study", "share", title=f"{WATCHED:,} studies and the ontology, one process")
    for stage, seconds in stages.items():
        table.add_row(stage, f"{1000 * seconds / WATCHED:.2f}", f"{seconds / whole:.0%}")
    Console(width=120).print(table)


def _show(columns: dict[str, dict[str, str]]) -> None:
    """Print the table of all sizes that were measured."""
    table = Table(title="From zip to served answer")
    table.add_column("studies")
    for name in columns:
        table.add_column(name, justify="right")
    for label in dict.fromkeys(label for column in columns.values() for label in column):
        table.add_row(label, *(column.get(label, "") for column in columns.values()))
    Console(width=200).print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
