"""Settings of the service: environment over default; the command line goes over both."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What can be set, each by an environment variable ``MABGRAPH_…`` of its name."""

    model_config = SettingsConfigDict(env_prefix="MABGRAPH_", frozen=True, extra="forbid")

    dataset: Path = Field(default=Path("mabgraph-dataset"), description="directory of the dataset")
    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8000, ge=0, le=65535, description="port to listen on")
    query_seconds: float = Field(default=30.0, gt=0, description="time limit of a SPARQL query in seconds")
    query_workers: int = Field(default=2, ge=1, description="SPARQL queries answered at once")
    query_megabytes: int = Field(default=1024, ge=64, description="memory that one SPARQL query may use, MiB")
    query_bytes: int = Field(default=1_000_000, ge=1, description="longest SPARQL query text, bytes")
