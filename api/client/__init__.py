"""The client for notebooks and scripts: ``from mabgraph.api.client import Client``."""

from .client import Client, Refused

__all__ = ["Client", "Refused"]
