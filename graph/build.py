"""Build: a pure function from inputs to a dataset, published only when every check has passed.

Inputs are the record files, the ontology, the shapes, and this software; the same inputs give the same bytes. One
violation, or one figure that is not where its anchor says, and there is no new dataset: the last good one stays.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

import filelock
import pyoxigraph as ox

from mabgraph.ingest import anchoring, record, recordfile
from mabgraph.ingest.documents import Library
from mabgraph.ingest.errors import BuildError, RecordError

from . import dataset, description, examples, names, quads, question, vocabulary
from .concerns import Concerns
from .dataset import Manifest
from .dump import Dump
from .shapes import Shapes

#: How long a build waits for another one of the same directory (seconds).
PATIENCE: Final = 600.0
#: At most this many faults are shown at once.
SHOWN: Final = 20

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Inputs:
    """Where a build reads: record files, the ontology's folder, and (where held) the documents."""

    records: tuple[Path, ...]
    ontology: Path = vocabulary.ONTOLOGY
    library: Library | None = None

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of every input file by its name, and the version of this software.

        :raises BuildError: when a file cannot be read.
        """
        rooms = Path(__file__).parents[1]
        code = sorted([*(rooms / "ingest").glob("*.py"), *(rooms / "graph").glob("*.py"), *(rooms / "queries").glob("*.rq")])
        ontology = sorted([*self.ontology.rglob("*.ttl"), *self.ontology.glob("*.jsonld")])
        named = {f"records/{path.name}": path for path in self.records}
        named |= {f"ontology/{path.relative_to(self.ontology)}": path for path in ontology}
        named |= {f"software/{path.parent.name}/{path.name}": path for path in code}
        try:
            return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in named.items()}
        except OSError as error:
            raise BuildError(f"an input cannot be read: {error}") from None


def records_of(folder: Path) -> tuple[Path, ...]:
    """Return the record files of ``folder`` in the order of their names.

    :raises BuildError: when there is none.
    """
    found = tuple(sorted(folder.glob("*.yaml")))
    if not found:
        raise BuildError(f"{folder}: holds no record (*.yaml)")
    return found


def build(inputs: Inputs, directory: Path, progress: Progress = lambda what, done, total: None) -> tuple[Manifest, bool]:
    """Return the manifest of the dataset in ``directory`` made from ``inputs``, and whether it had to be built.

    ``progress`` is called with what is being done, how many parts are done, and how many there are.

    :raises BuildError: when the directory cannot be written or a check fails.
    :raises RecordError: when a record breaks the format.
    """
    made_from = inputs.digests()
    if (current := _current(directory, made_from)) and not inputs.library:
        _tidied(directory)
        return current, False
    with _locked(directory):
        dataset.clean(directory)
        if (current := _current(directory, made_from)) and not inputs.library:
            return current, False
        folder = Path(tempfile.mkdtemp(prefix=dataset.BUILDING, dir=directory / dataset.VERSIONS))
        try:
            folder.chmod(0o755)
            made = assembled(inputs, made_from, folder, progress)
            dataset.finish(folder, made, _report(inputs))
            dataset.publish(directory, folder, made.version)
        except OSError as error:
            raise BuildError(f"{directory}: the dataset cannot be written: {error}") from None
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return made, True


def assembled(inputs: Inputs, made_from: dict[str, str], folder: Path, progress: Progress) -> Manifest:
    """Write the dump of the dataset that ``inputs`` make into ``folder``, source after source, and return its manifest.

    :raises BuildError: with every violation, and every fault of an anchor.
    """
    ontology = quads.of_ontology(inputs.ontology)
    shapes, concerns = Shapes(inputs.ontology / "shapes", ontology), Concerns(ontology)
    faults = [f"ontology: {found}" for found in shapes.violations(ontology)]
    with Dump(folder / dataset.DUMP) as dump:
        dump.add("ontology", ontology)
        for index, path in enumerate(inputs.records):
            progress(path.stem, index, len(inputs.records))
            try:
                own, checks = of_source(path, inputs.library)
            except (RecordError, BuildError) as error:
                faults += str(error).splitlines()
                continue
            faults += [f"{path}: {found}" for found in [*shapes.violations(own), *shapes.violations(checks)]]
            dump.add(path.stem, own)
            dump.add("checks", checks)
            dump.add("links", concerns.of(own))
        progress("dataset", len(inputs.records), len(inputs.records))
        dump.add("about", quads.of_provenance({path.stem: made_from[f"records/{path.name}"] for path in inputs.records}, software()))
        if faults:
            shown = "\n".join(faults[:SHOWN]) + (f"\n… and {len(faults) - SHOWN} more" if len(faults) > SHOWN else "")
            raise BuildError(f"{shown}\n{len(faults)} fault{'s' if len(faults) > 1 else ''}; the last good dataset is untouched")
        version = dump.version()
        describe(dump, folder)
    graphs = dict(sorted(dump.graphs.items()))
    return Manifest(version, software(), made_from, dump.bytes, dump.graphs.total(), dump.figures, graphs, dump.version())


def describe(dump: Dump, folder: Path) -> None:
    """Add to the ``dump`` in ``folder``, which holds all data, the graphs ``examples`` and ``description``."""
    shown, said = _described(dump, folder)
    dump.add("examples", shown)
    dump.add("description", said)
    dataset.extend(folder, [*shown, *said])


def _described(dump: Dump, folder: Path) -> tuple[list[ox.Quad], list[ox.Quad]]:
    """Return the quads of the examples and those of the description; the store they are worked out from is closed again."""
    dump.flush()
    held = dataset.unfinished(folder, dump.graphs.total())
    known = examples.of_dataset(held, names.read(held, question.load("names").text))
    shown = examples.described(known)
    graphs = {**dump.graphs, "examples": len(set(shown))}
    return shown, description.of_dataset(held, dump.version(), graphs, (thing for example in known for thing in example.things))


def of_source(path: Path, library: Library | None) -> tuple[list[ox.Quad], list[ox.Quad]]:
    """Return the quads of the record at ``path`` and those of its checks, after its seal (and, where held, its document) was verified.

    :raises RecordError: when it breaks the format.
    :raises BuildError: with everything that its check found.
    """
    file = recordfile.load(path)
    said = record.typed(file)
    if library is not None:
        faults = anchoring.check(file, library).faults
    else:
        broken = anchoring.unsealed(file)
        faults = (broken,) if broken else ()
    if faults:
        raise BuildError("\n".join(faults))
    return quads.of_record(said, file), quads.of_checks(said)


def software() -> str:
    """Return the version of mabgraph."""
    return metadata.version("mabgraph")


def _report(inputs: Inputs) -> dict[str, object]:
    names = [path.stem for path in inputs.records]
    seen = [name for name in names if inputs.library and inputs.library.holds(name)]
    return {"documents whose text was read": seen, "documents trusted by their seal": [name for name in names if name not in seen]}


def _current(directory: Path, made_from: dict[str, str]) -> Manifest | None:
    """Return the manifest of the current dataset, if it is whole and was made from these inputs."""
    found = dataset.manifest(directory)
    return found if found and found.inputs == made_from else None


def _tidied(directory: Path) -> None:
    """Remove what killed builds left, unless a build runs (it does so itself) or the directory cannot be written."""
    if dataset.leftovers(directory):
        with suppress(filelock.Timeout, OSError), filelock.FileLock(directory / ".lock", timeout=0):
            dataset.clean(directory)


def _locked(directory: Path) -> AbstractContextManager[object]:
    try:
        (directory / dataset.VERSIONS).mkdir(parents=True, exist_ok=True)
        return filelock.FileLock(directory / ".lock", timeout=PATIENCE).acquire()
    except filelock.Timeout:
        raise BuildError(f"{directory}: another build has held it for {PATIENCE:.0f} s: wait for it or end it") from None
    except OSError as error:
        raise BuildError(f"{directory}: cannot be written: {error}: choose another with --dataset") from None
