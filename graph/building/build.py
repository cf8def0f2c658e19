"""Build: a pure function from inputs to a dataset, published only when every check has passed.

Inputs are the record files, the ontology, the shapes, and this software; the same inputs give the same bytes. One
violation, or one figure that is not where its anchor says, and there is no new dataset: the last good one stays.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from functools import partial
from importlib import metadata
from itertools import chain
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from mabgraph.ingest import extras, nodes, record, recordfile, seals, verification
from mabgraph.ingest.documents import Library
from mabgraph.ingest.errors import BuildError, RecordError

from ..questions import indexing, question, texts
from ..questions.names import Names, no_names
from ..store import dataset, following, inventory
from ..store.dataset import Manifest
from ..store.digests import Digest
from ..store.following import Block
from ..store.garbage import pause_collection
from ..store.store import Store
from .snapshot import LOADED, Snapshot, find_outdated

with extras.require("build", __name__):
    import filelock

    from . import description, examples, graphdigests, quads, readers
    from .dump import Dump
    from .inputs import Inputs, records_of
    from .kept import Kept
    from .sources import Sources

__all__ = ["Inputs", "assemble", "build", "records_of"]

#: How long a build waits for another one of the same directory (seconds).
PATIENCE: Final = 600.0
#: At most this many faults are shown at once.
SHOWN: Final = 20
#: How often a build begins again because an input was written to while it was read.
ATTEMPTS: Final = 3

Progress = Callable[[str, int, int], None]

_log = logging.getLogger(__name__)


def build(
    inputs: Inputs,
    directory: Path,
    progress: Progress = lambda what, done, total: None,
    *,
    replacing: bool = False,
    jobs: int | None = None,
) -> tuple[Manifest, bool]:
    """Return the manifest of the dataset in ``directory`` made from ``inputs``, and whether it had to be built.

    It has to be when an input is another, or a file of the current dataset is not what was built. ``progress`` is called with what
    is being done, how many parts are done, and how many there are. With ``replacing``, a dataset made from other folders may go.
    ``jobs`` processes read registry records, where there are many; without it, as many as the machine has processors and memory for.

    :raises BuildError: when the directory cannot be written, a check fails, the inputs do not stay as they are, or the current dataset
        was made from a folder that ``inputs`` leave out.
    :raises RecordError: when a record breaks the format.
    """
    if not inputs.library and (current := _current_manifest(directory, inputs.digests(), logging.DEBUG)):
        _tidy(directory)
        return current, False
    with _lock(directory):
        dataset.clean(directory)
        if not (directory / dataset.KEPT).is_dir():
            dataset.set_aside(directory / dataset.KEPT)
        if not inputs.library and (current := _current_manifest(directory, inputs.digests(), logging.WARNING)):
            return current, False
        if not replacing and (fault := _lost_sources(inputs, directory)):
            raise BuildError(
                f"{directory}: {fault}: run it in the workspace, choose another directory with --dataset, or give --replace to put the new "
                "dataset in its place"
            )
        for _ in range(ATTEMPTS):
            built, touched = _attempt(inputs, directory, progress, jobs or readers.default_jobs())
            if built is not None:
                return built, True
            _log.warning("%s: written to while it was read: the build begins again", touched)
    raise BuildError(f"{touched}: written to whenever the dataset was built from it: build it when nobody writes to its inputs")


def _attempt(inputs: Inputs, directory: Path, progress: Progress, jobs: int) -> tuple[Manifest | None, str]:
    """Return the manifest of the dataset that was built and published, or none and the inputs that were written to meanwhile."""
    before, documents = inputs.snapshot(), inputs.documents()
    made_from = {**before.digests, **LOADED}
    folder = Path(tempfile.mkdtemp(prefix=dataset.BUILDING, dir=directory / dataset.VERSIONS))
    try:
        folder.chmod(0o755)
        with Kept(directory) as keep:
            fault: BuildError | RecordError | None = None
            sources = Sources(
                (inputs.ontology, *inputs.terms), partial(of_source, library=inputs.library), made_from, documents.digests, keep,
                jobs=jobs, confirm=lambda: _is_confirmed(inputs, before, documents), list_aliases=inputs.list_aliases,
            )  # fmt: skip
            try:
                begun, blocks = assemble(inputs, sources, made_from, folder, progress)
            except (BuildError, RecordError) as error:
                fault = error
            if touched := before.changed_files(inputs.snapshot()):
                return None, _list_names(touched)
            if late := find_outdated():
                raise BuildError(f"{_list_names(late)}: changed since this process began: build the dataset again")
            if not documents.changed_files(inputs.documents()):
                keep.commit()
            if fault is not None:
                raise fault
            begun = replace(begun, origin=inputs.origin(directory))
            whole = dataset.finish(
                folder, begun, _report(inputs, sources.left_out), lambda: _follow(directory, keep, folder, blocks, begun.quads),
                partial(_index_texts, folder),
            )  # fmt: skip
            keep.note(whole.version, blocks)
            dataset.publish(directory, folder, whole.version)
    except OSError as error:
        raise BuildError(f"{directory}: the dataset cannot be written: {error}") from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return whole, ""


def _is_confirmed(inputs: Inputs, before: Snapshot, documents: Snapshot) -> bool:
    """Whether nothing was written to since ``before``, but perhaps registry records, each of which is held against its digest when read."""
    now = replace(inputs, registry=None).snapshot()
    touched = [name for name in before.changed_files(now) if not name.startswith("registry/")]
    return not touched and not documents.changed_files(inputs.documents()) and not find_outdated()


@pause_collection()
def assemble(inputs: Inputs, sources: Sources, made_from: dict[str, str], folder: Path, progress: Progress) -> tuple[Manifest, list[Block]]:
    """Write the dump of the dataset that ``sources`` make into ``folder``, source after source; return its manifest and its blocks.

    :raises BuildError: with every violation, and every fault of an anchor.
    """
    records = inputs.records
    registered = [path for path in inputs.registered if f"registry/{path.stem}" in made_from]
    with Dump(folder) as dump:
        faults: list[str] = []
        of_registry = sources.registry(registered, progress)
        for outcome in chain([sources.ontology()], sources.records(records, progress), of_registry, sources.across(records)):
            faults += outcome.faults
            if outcome.part and outcome.part.lines:
                dump.append(outcome.part)
        progress("dataset", len(records), len(records))
        if faults:
            shown = "\n".join(faults[:SHOWN]) + (f"\n… and {len(faults) - SHOWN} more" if len(faults) > SHOWN else "")
            many = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}"
            raise BuildError(f"{shown}\n{many}; the last good dataset is untouched; mabgraph check shows them by line")
        documents = {path.stem: made_from[f"records/{path.name}"] for path in records}
        dump.add("about", quads.of_provenance(documents, software(), sources.shared))
        version = dump.version()
        describe(dump, folder / indexing.NAMES)
    graphs = description.summarise(dump.graphs)
    return Manifest(version, software(), made_from, dump.bytes, dump.graphs.total(), dump.figures, graphs, dump.version()), dump.blocks


def _follow(directory: Path, keep: Kept, folder: Path, blocks: list[Block], quads: int) -> Mapping[str, Digest] | None:
    """Write the store of the new version in ``folder`` from that of the current one, as :func:`.following.follow`."""
    try:
        before = dataset.current_folder(directory)
    except BuildError:
        return None
    old = keep.blocks(before.name.partition(".")[0])
    return following.follow(before, old, folder, blocks, quads) if old else None


def _index_texts(folder: Path, loaded: Store) -> None:
    """Write the index of the texts of a large version: they are too many to be read when they are first searched."""
    texts.write(folder / texts.TEXTS, texts.of_rows(question.load("texts").ask(loaded, no_names())))


def describe(dump: Dump, index: Path) -> None:
    """Write the ``index`` of the names in ``dump``, which has all data; add to it the graphs ``examples`` and ``description``."""
    indexing.write(index, dump.names.rows("names", "kind", "thing", "name"), dump.names.rows("hierarchy", "narrower", "broader"))
    named = examples.of_names(Names.open(index))
    counts = dump.tally.count(frozenset().union(*(example.unnamed for example in named)))
    present = counts.present | {quads.graph(name).value for name, size in dump.graphs.items() if size}
    known = [example for example in named if example.unnamed <= present]
    version = dump.version()
    dump.add("examples", examples.describe(known))
    for name, statements in graphdigests.of_registry(dump.digests()):
        dump.add(name, statements)
    things = (thing for example in known for thing in example.things)
    dump.add("description", description.of_dataset(counts, version, dump.graphs, things, dump.digests()))


@pause_collection()
def of_source(path: Path, library: Library | None) -> tuple[Sequence[ox.Quad], Sequence[ox.Quad]]:
    """Return the quads of the record at ``path`` and those of its checks, after its seal (and, where held, its document) was verified.

    :raises RecordError: when it breaks the format.
    :raises BuildError: with everything that its check found.
    """
    file = recordfile.load(path)
    typed_record = record.validate(file)
    if library is not None:
        faults = verification.check_valid(file, typed_record, library).faults
    else:
        broken = seals.seal_fault(file)
        faults = (broken,) if broken else ()
    if faults:
        raise BuildError("\n".join(faults))
    named = nodes.by_name(typed_record, file)
    return quads.of_named_nodes(named, typed_record), quads.of_checks(typed_record, named)


def software() -> str:
    """Return the version of mabgraph."""
    return metadata.version("mabgraph")


def _report(inputs: Inputs, left_out: Sequence[str]) -> dict[str, object]:
    names = [path.stem for path in inputs.records]
    seen = [name for name in names if inputs.library and inputs.library.holds(name)]
    report: dict[str, object] = {"documents whose text was read": seen}
    report["documents trusted by their seal"] = [name for name in names if name not in seen]
    return report | ({"registry records left out": list(left_out)} if left_out else {})


def _list_names(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def _current_manifest(directory: Path, made_from: dict[str, str], level: int) -> Manifest | None:
    """Return the manifest of the current dataset, if it is of these inputs, every byte as it was built; log at ``level`` why not.

    Its files are only read where the inputs are the same.
    """
    if not (directory / dataset.CURRENT).is_symlink():
        return None
    try:
        stated = inventory.read(dataset.current_folder(directory) / dataset.MANIFEST)
        return dataset.verify_current(directory) if stated.inputs == made_from else None
    except BuildError as error:
        _log.log(level, "the current dataset cannot be kept: %s", error)
        return None


def _lost_sources(inputs: Inputs, directory: Path) -> str:
    """Return what the current dataset was made from and ``inputs`` leave out, in words; nothing where no dataset can be read.

    What was edited or removed in the folders that are read is not left out, nor what lies elsewhere now with the same bytes.
    """
    try:
        stated = inventory.read(dataset.current_folder(directory) / dataset.MANIFEST)
    except BuildError:
        return ""
    elsewhere = sorted({*stated.origin} - {*inputs.origin(directory)})
    if not elsewhere:
        return ""
    now = inputs.snapshot().digests
    own = [name for name in stated.inputs if name.startswith(("records/", "registry/", "terms/"))]
    lost = [name.rpartition("/")[2] for name in own if stated.inputs[name] != now.get(name)]
    if not lost:
        return ""
    return f"holds a dataset made from {', '.join(elsewhere)}, which this build does not read; it would lose {_list_names(lost)}"


def _tidy(directory: Path) -> None:
    """Remove what killed builds left, unless a build runs (it does so itself) or the directory cannot be written."""
    if dataset.leftovers(directory):
        with suppress(filelock.Timeout, OSError), filelock.FileLock(directory / ".lock", timeout=0):
            dataset.clean(directory)


def _lock(directory: Path) -> AbstractContextManager[object]:
    try:
        if not (directory / dataset.VERSIONS).is_dir():
            dataset.set_aside(directory / dataset.VERSIONS)
        (directory / dataset.VERSIONS).mkdir(parents=True, exist_ok=True)
        return filelock.FileLock(directory / ".lock", timeout=PATIENCE).acquire()
    except filelock.Timeout:
        raise BuildError(f"{directory}: another build has held it for {PATIENCE:.0f} s: wait for it or end it") from None
    except OSError as error:
        raise BuildError(f"{directory}: cannot be written: {error}: choose another with --dataset") from None
