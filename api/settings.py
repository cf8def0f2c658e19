"""Settings of the service: environment over default; the command line goes over both."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What can be set, each by an environment variable ``MABGRAPH_…`` of its name."""

    model_config = SettingsConfigDict(env_prefix="MABGRAPH_", frozen=True, extra="forbid")

    dataset: Path = Field(default=Path("mabgraph-dataset"), description="directory of the dataset")
    store: str | None = Field(default=None, description="URL of the query endpoint of another engine that holds the dataset")
    documents: Path | None = Field(default=None, description="folder of the source documents, to show figures in their sentences")
    texts_token: SecretStr | None = Field(default=None, description="secret that texts of documents are given for; serve makes one itself")
    texts_open: bool = Field(default=False, description="give texts of documents to callers elsewhere too, for the secret")
    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8000, ge=0, le=65535, description="port to listen on")
    processes: int = Field(default=2, ge=1, le=64, description="serving processes, each with its own copy of the dataset in memory")
    request_seconds: float = Field(default=15.0, gt=0, description="time in which a request has to arrive, seconds")
    query_seconds: float = Field(default=30.0, gt=0, description="time limit of a SPARQL query, seconds")
    query_seconds_most: float = Field(default=120.0, gt=0, description="longest time limit that a request can ask for, seconds")
    query_threads: int = Field(default=4, ge=1, le=64, description="SPARQL queries that one process evaluates at once")
    query_waiting: int = Field(default=256, ge=0, description="SPARQL queries that wait in one process before others are refused")
    query_megabytes: int = Field(default=1024, ge=16, description="memory that the running queries of one process may use, MiB")
    query_bytes: int = Field(default=1_000_000, ge=1, description="longest SPARQL text, bytes")
    result_bytes: int = Field(default=100_000_000, ge=1, description="longest answer to a SPARQL query, bytes")
    cache_megabytes: int = Field(default=64, ge=0, description="answers to queries and look-ups that one process keeps, MiB")
    service_allowed: tuple[str, ...] = Field(default=(), description="endpoints that SERVICE may name, by IRI")
    update_token: SecretStr | None = Field(default=None, description="bearer token that allows SPARQL updates; without one there are none")

    @model_validator(mode="after")
    def _together(self) -> Self:
        if self.query_seconds > self.query_seconds_most:
            raise ValueError(f"query_seconds ({self.query_seconds:g}) is above query_seconds_most ({self.query_seconds_most:g})")
        if self.update_token is not None and not self.update_token.get_secret_value():
            raise ValueError("update_token is empty: give one of many characters, or leave it out")
        return self

    @property
    def serving(self) -> int:
        """How many processes serve: one where updates are allowed, since they see each other's graphs."""
        return 1 if self.update_token else self.processes
