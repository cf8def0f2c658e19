"""Benchmark: what a build costs beside loading its result: from nothing, after one record was edited, and when nothing has changed.

A build reads, checks and validates; the engine's own bulk load of the finished dump is the least that any tool could do with the same
quads. Times are of the processor. Seconds differ between machines, so the ratio of the two is what is quoted, with the share of each stage
of a build. Every measurement is a process of its own; builds and loads take turns, and medians are given.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from benchmarks.stages import STAGES

# Nothing large is imported here: a measuring process holds what it measures and no more.
if TYPE_CHECKING:
    from rich.progress import Progress
    from rich.table import Table

ROOT: Final = Path(__file__).resolve().parents[1]
#: The records to measure, or the folders of records, and how many copies of each.
RECORDS: Final = (
    (ROOT / "ingest/records", 1),
    (ROOT / "ingest/records/kantarjian-2017.yaml", 100),
    (ROOT / "tests/data/records/example-2020.yaml", 1000),
)
#: Records of a source that pySHACL validates as well.
JUDGED: Final = 2
#: Keys of a record whose text can be the id of a study.
STUDY_KEYS: Final = frozenset({"id", "study", "of", "about", "between"})
#: How often a measuring process says how far it is (times in all).
REPORTS: Final = 100
#: On Linux the peak memory of a process begins at that of the process that starts it; a shell between them is small.
SHELL: Final = ("/bin/sh", "-c", '"$@"; exit $?', "sh")
MIB: Final = 2**20

Report = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Built:
    """One build: seconds, those of each stage, quads, bytes of dump, and bytes of memory before it and at its peak."""

    seconds: float
    stages: dict[str, float]
    quads: int
    dump: int
    idle: int
    peak: int


@dataclass(frozen=True, slots=True)
class Judged:
    """Validation of some records of a source, by closures and by pySHACL: seconds of each."""

    closures: float
    pyshacl: float

    @property
    def faster(self) -> float:
        """Time of pySHACL over that of the closures."""
        return self.pyshacl / self.closures


@dataclass(frozen=True, slots=True)
class Loaded:
    """One bulk load: seconds, quads, and bytes of memory before it and at its peak."""

    seconds: float
    quads: int
    idle: int
    peak: int


@dataclass(frozen=True, slots=True)
class Round:
    """Builds from nothing, after one record was edited, and of what has not changed; a load; some records validated by both validators."""

    built: Built
    edited: Built
    unchanged: Built
    loaded: Loaded
    judged: Judged

    @property
    def slower(self) -> float:
        """Time of the build over time of the load."""
        return self.built.seconds / self.loaded.seconds

    @property
    def slower_edited(self) -> float:
        """Time of the build after an edit over time of the load."""
        return self.edited.seconds / self.loaded.seconds

    @property
    def larger(self) -> float:
        """Peak memory of the build over that of the load."""
        return self.built.peak / self.loaded.peak


def copies(record: Path, folder: Path, count: int) -> Iterator[Path]:
    """Write ``count`` copies of ``record`` to ``folder``, each a document and studies of its own, and yield each path."""
    from mabgraph.ingest import recordfile, seals

    original = recordfile.load(record)
    studies = {study["id"] for study in original.data["studies"]}
    edits = sorted(_named(original.root, "", studies), reverse=True)
    for number in range(1, count + 1):
        document = f"{record.stem}-copy-{number:06}"
        text = original.text
        for end in edits:
            text = f"{text[:end]}-copy-{number:06}{text[end:]}"
        path = folder / f"{document}.yaml"
        copy = recordfile.parse(text.replace(record.stem, document), path)
        sealed = recordfile.value_of(copy.root, "sealed")
        if sealed is None:
            raise SystemExit(f"{record}: is not sealed: run mabgraph anchor")
        start, end = sealed.start_mark.index, sealed.end_mark.index
        path.write_text(copy.text[:start] + seals.seal(copy.data) + copy.text[end:], encoding="utf-8")
        yield path


def _named(node: Any, key: str, names: set[str]) -> Iterator[int]:
    """Yield where each scalar ends that is one of ``names`` under a key of :data:`STUDY_KEYS`."""
    import yaml

    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            yield from _named(value, str(name.value), names)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _named(value, key, names)
    elif key in STUDY_KEYS and node.value.partition(".")[0] in names:
        _, point, rest = node.value.partition(".")
        if not point or key in {"about", "between"}:
            yield node.end_mark.index - (1 if node.style in {"'", '"'} else 0) - len(point + rest)


def measure_copies(report: Report, record: str, folder: str, count: str) -> dict[str, Any]:
    """Write the copies and return the bytes of all of them."""
    size = 0
    for number, path in enumerate(copies(Path(record), Path(folder), int(count)), 1):
        size += path.stat().st_size
        report(number, int(count))
    return {"bytes": size}


def measure_build(report: Report, source: str, directory: str) -> dict[str, Any]:
    """Build from one record or a folder of them, with the time of each stage taken from outside."""
    import numpy  # noqa: F401 - so that the clock does not see its import
    import rdflib  # noqa: F401 - the same

    from benchmarks.stages import Watch
    from mabgraph.graph.building import build
    from mabgraph.graph.shacl import closures, judge  # noqa: F401
    from mabgraph.graph.store import dataset

    home, watch = Path(directory), Watch()
    inputs = build.Inputs(_records(source))
    idle, began = peak_memory(), time.process_time()
    with watch.watching():
        manifest, _ = build.build(inputs, home, lambda _, done, total: report(done, total))
    seconds = time.process_time() - began
    dump = (home / dataset.CURRENT / dataset.DUMP).stat().st_size
    return asdict(Built(seconds, dict(watch.seconds), manifest.quads, dump, idle, peak_memory()))


def measure_edit(report: Report, source: str) -> dict[str, Any]:
    """Change the largest record of the folder ``source``, but nothing that it says."""
    record = max(Path(source).glob("*.yaml"), key=lambda path: path.stat().st_size)
    with record.open("a", encoding="utf-8") as file:
        file.write("# edited\n")
    report(1, 1)
    return {"edited": record.name}


def measure_validation(report: Report, source: str) -> dict[str, Any]:
    """Validate the first records of ``source`` by closures and by pySHACL."""
    import pyshacl  # noqa: F401 - so that the clock does not see its import

    from mabgraph.graph.building import quads
    from mabgraph.graph.shacl.shapes import Shapes
    from mabgraph.graph.store import vocabulary
    from mabgraph.ingest import nodes, record

    shapes = Shapes(vocabulary.ONTOLOGY / "shapes", quads.of_ontology(vocabulary.ONTOLOGY))
    records = [record.load(path) for path in _records(source)[:JUDGED]]
    graphs = [
        graph for typed, file in records for graph in (quads.of_record(typed, file), quads.of_checks(typed, nodes.by_name(typed, file)))
    ]
    seconds = []
    for validate in (shapes.findings, shapes.judge):
        began = time.process_time()
        if any(map(validate, graphs)):
            raise SystemExit(f"{source}: breaks the shapes")
        seconds.append(time.process_time() - began)
        report(len(seconds), 2)
    return asdict(Judged(*seconds))


def _records(source: str) -> tuple[Path, ...]:
    from mabgraph.graph.building import build

    return build.records_of(Path(source)) if Path(source).is_dir() else (Path(source),)


def measure_load(report: Report, directory: str) -> dict[str, Any]:
    """Load the dump of the dataset in ``directory`` with the engine alone."""
    import pyoxigraph as ox

    path = f"{directory}/current/dataset.nq"  # as mabgraph names it, which is not imported
    idle = peak_memory()
    began = time.process_time()
    store = ox.Store()
    store.bulk_load(path=path)
    seconds = time.process_time() - began
    peak = peak_memory()
    report(1, 1)
    return asdict(Loaded(seconds, len(store), idle, peak))


def peak_memory() -> int:
    """Return the most memory this process has held, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


MEASURES: Final[dict[str, Callable[..., dict[str, Any]]]] = {
    "copies": measure_copies,
    "edit": measure_edit,
    "build": measure_build,
    "validation": measure_validation,
    "load": measure_load,
}


def measure(kind: str, *arguments: str) -> None:
    """Take one measurement in this process; say on standard output how far it is, and last what was measured."""
    last = 0

    def report(done: int, total: int) -> None:
        nonlocal last
        if done == total or (done - last) * REPORTS >= total:
            last = done
            print(json.dumps({"done": done, "total": total}), flush=True)

    print(json.dumps({"measured": MEASURES[kind](report, *arguments)}), flush=True)


def measured(bar: Progress, title: str, kind: str, *arguments: object) -> dict[str, Any]:
    """Return what a measurement in a process of its own says, and show how far it is.

    :raises SystemExit: when the process fails.
    """
    task = bar.add_task(title, total=None)
    command = [*SHELL, sys.executable, "-m", "benchmarks.build", "measure", kind, *map(str, arguments)]
    measurement: dict[str, Any] = {}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        for line in process.stdout or ():
            message = json.loads(line)
            measurement = message.get("measured", measurement)
            if "done" in message:
                bar.update(task, completed=message["done"], total=message["total"])
    bar.remove_task(task)
    if process.returncode or not measurement:
        raise SystemExit(f"{title}: the measurement ended with code {process.returncode}")
    return measurement


def rounds(bar: Progress, scratch: Path, sources: dict[str, Path], repeats: int) -> dict[str, list[Round]]:
    """Measure every source ``repeats`` times in turn: validation, build, load, next source."""
    taken: dict[str, list[Round]] = {name: [] for name in sources}
    whole = bar.add_task("rounds", total=repeats * len(sources))
    for number in range(1, repeats + 1):
        for name, source in sources.items():
            directory = scratch / "dataset"
            judged = Judged(**measured(bar, f"{number}: validate {name}", "validation", source))
            built = Built(**measured(bar, f"{number}: build {name}", "build", source, directory))
            unchanged = Built(**measured(bar, f"{number}: build {name}, unchanged", "build", source, directory))
            measured(bar, f"{number}: edit a record of {name}", "edit", source)
            edited = Built(**measured(bar, f"{number}: build {name}, edited", "build", source, directory))
            loaded = Loaded(**measured(bar, f"{number}: load {name}", "load", directory))
            shutil.rmtree(directory)
            if built.quads != loaded.quads:
                raise SystemExit(f"{name}: {built.quads} quads were built, {loaded.quads} loaded")
            taken[name].append(Round(built, edited, unchanged, loaded, judged))
            bar.advance(whole)
    return taken


def summary(taken: Sequence[Round], records: int) -> dict[str, float]:
    """Return the medians of one source of ``records`` records, and the spread of its ratios."""
    seconds = median(each.built.seconds for each in taken)
    times, sizes = sorted(each.slower for each in taken), sorted(each.larger for each in taken)
    edited = sorted(each.slower_edited for each in taken)
    return {
        "records": records,
        "quads": taken[0].built.quads,
        "dump_mib": taken[0].built.dump / MIB,
        "build_seconds": seconds,
        "load_seconds": median(each.loaded.seconds for each in taken),
        "time_ratio": median(times),
        "time_ratio_least": times[0],
        "time_ratio_most": times[-1],
        "edited_seconds": median(each.edited.seconds for each in taken),
        "edited_ratio": median(edited),
        "edited_ratio_least": edited[0],
        "edited_ratio_most": edited[-1],
        "edited_peak_mib": median(each.edited.peak for each in taken) / MIB,
        "unchanged_seconds": median(each.unchanged.seconds for each in taken),
        "build_peak_mib": median(each.built.peak for each in taken) / MIB,
        "load_peak_mib": median(each.loaded.peak for each in taken) / MIB,
        "memory_ratio": median(sizes),
        "memory_ratio_least": sizes[0],
        "memory_ratio_most": sizes[-1],
        "build_idle_mib": median(each.built.idle for each in taken) / MIB,
        "load_idle_mib": median(each.loaded.idle for each in taken) / MIB,
        "validation_ratio": median(each.judged.faster for each in taken),
        "before": median(_by_pyshacl(each) for each in taken),
        "seconds_per_record": seconds / records,
        "quads_per_second": taken[0].built.quads / seconds,
        **{stage: median(each.built.stages.get(stage, 0.0) / each.built.seconds for each in taken) for stage in STAGES},
        **{f"edited {stage}": median(each.edited.stages.get(stage, 0.0) / each.edited.seconds for each in taken) for stage in STAGES},
    }


def _by_pyshacl(each: Round) -> float:
    """Return what the ratio of times would be with pySHACL alone: reckoned, since it takes minutes."""
    validation = each.built.stages["validation"]
    return (each.built.seconds + validation * (each.judged.faster - 1)) / each.loaded.seconds


#: The rows of the table: what is shown, and how it is written.
ROWS: Final = (
    ("quads", "{quads:,.0f}"),
    ("dump, MiB", "{dump_mib:.1f}"),
    ("build, s", "{build_seconds:.2f}"),
    ("bulk load, s", "{load_seconds:.4f}"),
    ("after an edit, s", "{edited_seconds:.2f}"),
    ("nothing changed, s", "{unchanged_seconds:.2f}"),
    ("build ÷ load, time (at most 6)", "{time_ratio:.1f} ({time_ratio_least:.1f}–{time_ratio_most:.1f})"),
    ("after an edit ÷ load, time (at most 3)", "{edited_ratio:.1f} ({edited_ratio_least:.1f}–{edited_ratio_most:.1f})"),
    ("build ÷ load with pySHACL alone, reckoned", "{before:.0f}"),
    ("pySHACL ÷ closures, time", "{validation_ratio:.0f}"),
    ("build, peak MiB", "{build_peak_mib:.0f} (idle {build_idle_mib:.0f})"),
    ("after an edit, peak MiB", "{edited_peak_mib:.0f}"),
    ("bulk load, peak MiB", "{load_peak_mib:.0f} (idle {load_idle_mib:.0f})"),
    ("build ÷ load, memory", "{memory_ratio:.1f} ({memory_ratio_least:.1f}–{memory_ratio_most:.1f})"),
    ("build, s per record", "{seconds_per_record:.3f}"),
    ("build, quads per s", "{quads_per_second:,.0f}"),
    *((f"{stage}, share", f"{{{stage}:.1%}}") for stage in STAGES),
    *((f"after an edit: {stage}, share", f"{{edited {stage}:.1%}}") for stage in STAGES),
)


def table(title: str, summaries: dict[str, dict[str, float]]) -> Table:
    """Return the summaries as a table, one column for each source."""
    from rich.table import Table

    shown = Table(title=title)
    shown.add_column("")
    for name in summaries:
        shown.add_column(name, justify="right")
    for label, pattern in ROWS:
        shown.add_row(label, *(pattern.format_map(each) for each in summaries.values()))
    return shown


def surroundings() -> dict[str, object]:
    """Return what the numbers depend on: machine, Python, and the software that was measured."""
    software = {name: metadata.version(name) for name in ("mabgraph", "pyoxigraph", "pyshacl", "rdflib")}
    return {"machine": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version(), **software}


def arguments(command_line: Sequence[str]) -> argparse.Namespace:
    """Return the arguments of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--record", type=Path, metavar="FILE", help="a record to build and to copy, instead of those of the repository")
    parser.add_argument("--copies", type=int, default=1000, help="how many copies of it to build (default: 1000)")
    parser.add_argument("--repeats", type=int, default=3, help="how often to measure each (default: 3)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every measurement to FILE as well")
    chosen = parser.parse_args(command_line)
    if chosen.copies < 1 or chosen.repeats < 1:
        parser.error("--copies and --repeats begin at 1")
    if chosen.record and not chosen.record.is_file():
        parser.error(f"{chosen.record}: is no record")
    if chosen.json and not chosen.json.parent.is_dir():
        parser.error(f"{chosen.json.parent}: is no folder")
    return chosen


def sources(bar: Progress, scratch: Path, records: Sequence[tuple[Path, int]]) -> dict[str, tuple[Path, int]]:
    """Return what to build by its name: a folder of copies of records, and how many there are."""
    measuring: dict[str, tuple[Path, int]] = {}
    for record, count in records:
        name = record.stem if count == 1 else f"{count:,} × {record.stem}"
        source = scratch / f"{record.stem}-{count}"
        source.mkdir()
        if count > 1:
            measured(bar, f"write {name}", "copies", record.resolve(), source, count)
        for path in (record.glob("*.yaml") if record.is_dir() else (record,)) if count == 1 else ():
            shutil.copyfile(path, source / path.name)
        measuring[name] = source, len(list(source.iterdir()))
    return measuring


def main(command_line: Sequence[str]) -> None:
    """Measure, show the table, and write the JSON where asked."""
    if command_line[:1] == ["measure"]:
        measure(*command_line[1:])
        return
    chosen = arguments(command_line)
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    records = ((chosen.record, 1), (chosen.record, chosen.copies)) if chosen.record else RECORDS
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with tempfile.TemporaryDirectory(prefix="mabgraph-benchmark-") as name, Progress(*columns, console=Console(stderr=True)) as bar:
        measuring = sources(bar, Path(name), records)
        every_round = rounds(bar, Path(name), {title: source for title, (source, _) in measuring.items()}, chosen.repeats)
    summaries = {title: summary(taken, measuring[title][1]) for title, taken in every_round.items()}
    Console().print(table(f"medians of {chosen.repeats}, processor time", summaries))
    if chosen.json:
        every = {title: [asdict(each) for each in taken] for title, taken in every_round.items()}
        whole = {"repeats": chosen.repeats, **surroundings(), "summary": summaries, "rounds": every}
        chosen.json.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
