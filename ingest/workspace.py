"""Workspaces: a folder of one's own records, documents and terms, marked by ``mabgraph.toml`` and found from the current folder upwards."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from rapidfuzz import process

from .errors import MabgraphError

#: The file that makes a folder a workspace.
FILE: Final = "mabgraph.toml"
#: Longest file that is read (bytes).
MOST: Final = 1 << 20
_TEXT: Final = """\
# A workspace of mabgraph. Paths are relative to this file. A list of folders is possible, too: a later one lies over an earlier one.

# Lay these records over the evidence that mabgraph ships; false: these records alone.
shipped = true
# Record files (*.yaml), one for each document.
records = "records"
# Source documents and their manifest.json.
documents = "documents"
# Terms of your own (*.ttl) over the shipped ontology.
ontology = "ontology"
# Registry records (mabgraph registry add).
registry = "registry"
# The dataset that is built from all of this.
dataset = "mabgraph-dataset"
"""


def _list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


_Name = Annotated[str, Field(min_length=1, max_length=4096, pattern=r"^[^\x00-\x1f]+$")]
_Folders = Annotated[list[_Name], BeforeValidator(_list), Field(min_length=1)]


class WorkspaceFile(BaseModel):
    """What ``mabgraph.toml`` may say."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    shipped: bool = True
    records: _Folders = ["records"]
    documents: _Folders = ["documents"]
    ontology: _Folders = ["ontology"]
    registry: _Name = "registry"
    dataset: _Name = "mabgraph-dataset"


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace: its folder, the folders that it names, and whether they lie over the shipped evidence."""

    root: Path
    shipped: bool
    records: tuple[Path, ...]
    documents: tuple[Path, ...]
    ontology: tuple[Path, ...]
    registry: Path
    dataset: Path


def find_workspace(start: Path) -> Workspace | None:
    """Return the workspace that ``start`` is in: the nearest folder upwards with a ``mabgraph.toml``; none where there is none.

    :raises MabgraphError: when the file cannot be used.
    """
    folder = start.absolute()
    root = next((each for each in (folder, *folder.parents) if (each / FILE).is_file()), None)
    return None if root is None else open_workspace(root)


def open_workspace(root: Path) -> Workspace:
    """Return the workspace in ``root``.

    :raises MabgraphError: when its file cannot be read, a key or its value cannot be used, or a folder is not there: a line for each.
    """
    path = root / FILE
    try:
        with path.open("rb") as file:
            text = file.read(MOST + 1)
        if len(text) > MOST:
            raise MabgraphError(f"{path}: is longer than {MOST} bytes: a workspace file has a few lines")
        stated = WorkspaceFile.model_validate(tomllib.loads(text.decode("utf-8")))
    except OSError as error:
        raise MabgraphError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise MabgraphError(f"{path}: is not TOML in UTF-8: {error}") from None
    except ValidationError as error:
        raise MabgraphError("\n".join(_describe_fault(path, dict(fault)) for fault in error.errors(include_url=False))) from None
    folders = {key: tuple(root / name for name in getattr(stated, key)) for key in ("records", "documents", "ontology")}
    absent = [f"{key}: {folder} is not a folder" for key, paths in folders.items() for folder in paths if not folder.is_dir()]
    if absent:
        raise MabgraphError("\n".join(f"{path}: {fault}: make it, or name another" for fault in absent))
    return Workspace(root, stated.shipped, **folders, registry=root / stated.registry, dataset=root / stated.dataset)


def create_workspace(root: Path) -> list[Path]:
    """Create a workspace in ``root``, with folders for records, documents and terms; return what was created. What is there already stays.

    :raises MabgraphError: when ``root`` is a workspace already, or cannot be written.
    """
    if (root / FILE).exists():
        raise MabgraphError(f"{root / FILE}: is there already: {root} is a workspace")
    contents = {"documents/manifest.json": "[]\n", ".gitignore": "/mabgraph-dataset/\n.lock\n", FILE: _TEXT}
    try:
        for folder in ("records", "documents", "ontology"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        absent = {root / name: text for name, text in contents.items() if not (root / name).exists()}
        for path, text in absent.items():
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise MabgraphError(f"{root}: no workspace can be created: {error.filename or root}: {error.strerror or error}") from None
    return list(absent)


def _describe_fault(path: Path, fault: dict[str, Any]) -> str:
    key = ".".join(map(str, fault["loc"]))
    if fault["type"] == "extra_forbidden":
        near = process.extractOne(key, list(WorkspaceFile.model_fields))
        return f"{path}: {key}: is not a key: the nearest is {near[0]}; the keys are {', '.join(WorkspaceFile.model_fields)}"
    kind = {"shipped": "true or false", "dataset": "a path in quotation marks", "registry": "a path in quotation marks"}.get(
        key, "a folder in quotation marks, or a list of them"
    )
    return f"{path}: {key}: {repr(fault['input'])[:80]} cannot be used: give {kind}"
