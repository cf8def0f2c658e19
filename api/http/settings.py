"""Settings: from the command line, else the environment, else the workspace, else the default. Invalid settings get one line each."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Annotated, Any, Final, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, InitSettingsSource, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict
from rapidfuzz import process

from mabgraph.ingest import workspace
from mabgraph.ingest.errors import MabgraphError

from . import secret

#: Prefix of every environment variable.
PREFIX: Final = "MABGRAPH_"
#: Variables that are read elsewhere: the credentials of other engines (:mod:`mabgraph.graph.publish.destination`,
#: :mod:`mabgraph.graph.publish.connection`), and what concerns a model that drafts (:mod:`mabgraph.ingest.drafting.endpoint`).
OTHERS: Final = frozenset({f"{PREFIX}{engine}_{what}" for engine in ("PUBLISH", "STORE") for what in ("USER", "PASSWORD", "TOKEN")}) | {
    f"{PREFIX}MODEL_{what}" for what in ("KEY", "NAME")
}
#: Longest excerpt of a value in a message (characters).
SHOWN: Final = 80
_DAY: Final = 86_400.0
_MOST: Final = 1 << 40
_LABEL: Final = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
#: Folders: a list, or a text with the system's separator of paths between them.
_Folders = Annotated[tuple[Path, ...], NoDecode]
_KINDS: Final = {"bool": "1 or 0", "int": "a whole number", "float": "a number"}


class Settings(BaseSettings):
    """The settings, each also an environment variable ``MABGRAPH_…``.

    :raises MabgraphError: when a setting is invalid, or a variable ``MABGRAPH_…`` is unknown: a line for each, with its name, its value
        (never of a secret) and the remedy.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=True)

    dataset: Path = Field(default=Path("mabgraph-dataset"), description="directory of the dataset")
    store: str | None = Field(default=None, description="URL of the query endpoint of another engine that holds the dataset")
    store_confined: bool = Field(default=False, description="that engine cannot reach other hosts or files: you have seen to it")
    shipped: bool = Field(default=True, description="lay the records and terms below over the evidence that mabgraph ships")
    records: _Folders = Field(default=(), description="folders of record files, a later one over an earlier one")
    documents: _Folders = Field(default=(), description="folders of source documents, for anchors and figures in context")
    ontology: _Folders = Field(default=(), description="folders of terms over the shipped ontology")
    registry: Path | None = Field(default=None, description="folder of registry records (mabgraph registry add)")
    jobs: int | None = Field(default=None, ge=1, le=64, description="processes that read registry records in a build")
    texts_token: SecretStr | None = Field(
        default=None, min_length=secret.LEAST, description="secret that protects document texts; serve generates one"
    )
    texts_open: bool = Field(default=False, description="serve document texts to other machines too, with the secret")
    host: str = Field(default="127.0.0.1", description="address to listen on")
    public: bool = Field(default=False, description="serve other machines; refused if this system cannot confine queries")
    port: int = Field(default=8000, ge=0, le=65535, description="port to listen on")
    processes: int = Field(default=2, ge=1, le=64, description="serving processes, each with its own copy of the dataset in memory")
    request_seconds: float = Field(default=15.0, gt=0, le=_DAY, description="time limit for the body of a request, seconds")
    idle_seconds: float = Field(
        default=75.0, gt=0, le=600, description="time limit for the head of a request on an open connection, seconds"
    )
    reading_seconds: float = Field(
        default=30.0, gt=0, le=_DAY, description="time limit for a client to read the next chunk of a response, seconds"
    )
    silent_seconds: float = Field(
        default=60.0, ge=5, le=_DAY, description="time until a serving process with a hanging event loop is replaced, seconds"
    )
    query_seconds: float = Field(default=30.0, gt=0, le=_DAY, description="time limit of a SPARQL query, seconds")
    query_seconds_most: float = Field(default=120.0, gt=0, le=_DAY, description="longest time limit that a request can set, seconds")
    query_places: int = Field(
        default=3, ge=1, le=64, description="SPARQL queries evaluated at once for each serving process; one client gets all but one"
    )
    query_waiting: int = Field(
        default=256, ge=0, le=1_000_000, description="SPARQL queries that wait in one process before others are refused"
    )
    query_megabytes: int = Field(default=1024, ge=16, le=1 << 20, description="memory that each SPARQL query may use, MiB")
    query_bytes: int = Field(default=1_000_000, ge=1, le=_MOST, description="longest SPARQL text, bytes")
    result_bytes: int = Field(default=100_000_000, ge=1, le=_MOST, description="longest result of a SPARQL query, bytes")
    cache_megabytes: int = Field(default=64, ge=0, le=1 << 20, description="response cache for queries and look-ups of one process, MiB")
    sending_megabytes: int = Field(default=512, ge=1, le=1 << 20, description="long responses in progress in one process, MiB")
    picture_seconds: float = Field(default=20.0, gt=0, le=_DAY, description="time limit of drawing one picture, seconds")
    picture_megabytes: int = Field(
        default=512, ge=64, le=1 << 20, description="memory for drawing, beyond the base of the renderer process, MiB"
    )
    picture_waiting: int = Field(default=8, ge=0, le=1000, description="pictures that wait in one process before others are refused")
    picture_idle: float = Field(default=60.0, gt=0, le=_DAY, description="idle time until the renderer process ends, seconds")
    archive_seconds: float = Field(default=60.0, gt=0, le=_DAY, description="time limit of one archive, seconds")
    archives: int = Field(default=2, ge=1, le=16, description="archives that one process writes at once")
    archives_waiting: int = Field(default=4, ge=0, le=16, description="archives that wait in one process before others are refused")
    lookups: int = Field(default=32, ge=1, le=1000, description="look-ups and pages that one process answers at once")
    lookups_waiting: int = Field(default=512, ge=0, le=1_000_000, description="look-ups that wait in one process before others are refused")
    exports: int = Field(default=2, ge=1, le=64, description="comparisons, networks and spreadsheets that one process writes at once")
    exports_waiting: int = Field(default=64, ge=0, le=1_000_000, description="exports that wait in one process before others are refused")
    waiting_seconds: float = Field(default=20.0, gt=0, le=_DAY, description="longest wait of a look-up or an export, seconds")
    access_log: bool = Field(default=False, description="write a line to standard error for each request, without queries and secrets")
    service_allowed: Annotated[tuple[str, ...], NoDecode] = Field(default=(), description="IRIs of endpoints that SERVICE may use")
    update_token: SecretStr | None = Field(default=None, description="bearer token that allows SPARQL updates; without it they are off")

    def __init__(self, **values: Any) -> None:
        if faults := _unknown_variables():
            raise MabgraphError("\n".join(faults))
        try:
            super().__init__(**values)
        except ValidationError as error:
            faults = [_fault(dict(fault), values) for fault in error.errors(include_url=False)]
        if faults:
            raise MabgraphError("\n".join(faults))

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource, file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:  # fmt: skip
        """Return the sources, the first of which counts: the command line, the environment, the workspace that the current folder is in."""
        here = workspace.find_workspace(Path.cwd())
        values = (
            {}
            if here is None
            else {name: getattr(here, name) for name in ("shipped", "records", "documents", "ontology", "registry", "dataset")}
        )
        return init_settings, env_settings, InitSettingsSource(settings_cls, values)

    @field_validator("records", "documents", "ontology", mode="before")
    @classmethod
    def _split_folders(cls, value: Any) -> Any:
        """Split folders separated as the system separates paths; take one, or several."""
        names = value.split(os.pathsep) if isinstance(value, str) else [value] if isinstance(value, Path) else value
        return tuple(cls._check_printable(name) for name in names)

    @field_validator("dataset", "host", "registry", "store", mode="before")
    @classmethod
    def _check_printable(cls, value: Any) -> Any:
        if value is not None and not str(value).strip():
            raise ValueError("is empty")
        if value is not None and not str(value).isprintable():
            raise ValueError("holds a character that cannot be printed")
        return value

    @field_validator("dataset", "registry")
    @classmethod
    def _check_directory(cls, value: Path | None) -> Path | None:
        if value is not None and value.exists() and not value.is_dir():
            raise ValueError("is a file, not a directory")
        return value

    @field_validator("records", "documents", "ontology")
    @classmethod
    def _check_folders(cls, value: tuple[Path, ...]) -> tuple[Path, ...]:
        if absent := [str(folder) for folder in value if not folder.is_dir()]:
            raise ValueError("is not a folder" if len(value) == 1 else f"holds {', '.join(absent)}, which is not a folder")
        return value

    @field_validator("host")
    @classmethod
    def _check_host(cls, value: str) -> str:
        if len(value) > 253 or _HOST.fullmatch(value) is None:
            raise ValueError("is not a host name or IP address")
        return value

    @field_validator("store")
    @classmethod
    def _check_url(cls, value: str | None) -> str | None:
        if value is not None and not _is_web(value):
            raise ValueError("is not an HTTP or HTTPS URL")
        return value

    @field_validator("service_allowed", mode="before")
    @classmethod
    def _split_list(cls, value: Any) -> Any:
        """Split IRIs separated by spaces; also accept a JSON list."""
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value.lstrip().startswith("[") else value.split()
        except (ValueError, RecursionError):
            raise ValueError("is not a JSON list") from None

    @field_validator("service_allowed")
    @classmethod
    def _check_endpoints(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := next((each for each in value if not _is_web(each)), None):
            raise ValueError(f"holds {wrong[:SHOWN]!r}, which is not an HTTP or HTTPS URL")
        return value

    @field_validator("texts_token", "update_token")
    @classmethod
    def _check_sendable(cls, value: SecretStr | None) -> SecretStr | None:
        text = "-" if value is None else value.get_secret_value()
        if not text:
            raise ValueError("is empty")
        if not text.isascii() or not text.isprintable() or text != text.strip():
            raise ValueError("holds a character that a request cannot send, or begins or ends with a space")
        return value

    @model_validator(mode="after")
    def _check_limits(self) -> Self:
        if self.query_seconds > self.query_seconds_most:
            raise ValueError(
                f"{PREFIX}QUERY_SECONDS ({self.query_seconds:g}) is above {PREFIX}QUERY_SECONDS_MOST ({self.query_seconds_most:g}): "
                "lower the first or raise the second"
            )
        return self

    @property
    def serving(self) -> int:
        """The number of serving processes: one if updates are allowed, because all queries must see the updated graphs."""
        return 1 if self.update_token else self.processes


def _is_web(text: str) -> bool:
    if not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _unknown_variables() -> list[str]:
    """Return a line for each environment variable with our prefix that is not a setting."""
    known = sorted({f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | OTHERS)
    faults = []
    for name in sorted(os.environ):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            near = process.extractOne(name.upper(), known)
            faults.append(f"{name[:SHOWN]!r} is not a setting: the nearest is {near[0]}; unset it or rename it".replace("'", ""))
    return faults


def _fault(fault: dict[str, Any], values: dict[str, Any]) -> str:
    """Return the line for an invalid setting."""
    text = str(fault.get("ctx", {}).get("error", ""))
    name = str(fault["loc"][0]) if fault["loc"] else ""
    field = Settings.model_fields.get(name)
    if not name:
        return text
    if field is None:
        return f"{name}: is not a setting"
    variable = f"--{name} ({PREFIX}{name.upper()})" if name in values else PREFIX + name.upper()
    remedy = _remedy(field)
    if _is_secret(field):
        return f"{variable}: {text or 'cannot be used'}: give {remedy}"
    raw_value = values.get(name, os.environ.get(PREFIX + name.upper(), os.environ.get((PREFIX + name).lower(), "")))
    shown = repr(re.sub(r"//[^/@]*@", "//…@", str(raw_value))[:SHOWN])
    return f"{variable}: {shown} {text or 'cannot be used'}: give {remedy}"


def _is_secret(field: FieldInfo) -> bool:
    return "SecretStr" in str(field.annotation)


def _remedy(field: FieldInfo) -> str:
    """Return the valid values of a setting, from its type and bounds, and its description."""
    words = {"gt": "above {}", "ge": "from {}", "le": "up to {}", "min_length": "of at least {} characters"}
    bounds = [text.format(getattr(each, name)) for each in field.metadata for name, text in words.items() if hasattr(each, name)]
    kind = _KINDS.get(getattr(field.annotation, "__name__", ""), "another")
    if _is_secret(field):
        kind = "one in ASCII" if bounds else "one of many characters in ASCII, or leave it out"
    return f"{' '.join([kind, *bounds])} ({field.description})"
