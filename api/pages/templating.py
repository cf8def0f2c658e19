"""Templates of pages and their static files: one environment, everything escaped, nothing inline that runs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from mabgraph.ingest.visible import escape_invisible

#: Content security policy of pages: their own style sheet, script and pictures; forms lead to this service; nothing else.
POLICY: Final = "; ".join(
    (
        "default-src 'none'", "style-src 'self'", "script-src 'self'", "img-src 'self' data:", "base-uri 'none'", "form-action 'self'",
        "frame-ancestors 'none'",
    )
)  # fmt: skip
_TEMPLATES: Final = Path(__file__).with_name("templates")
_STATIC: Final = Path(__file__).with_name("static")
_MEDIA: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class Asset:
    """A static file: its content and media type; its name holds its digest, so it never changes."""

    name: str
    media: str
    content: bytes

    @property
    def address(self) -> str:
        """Where it is served."""
        return f"/static/{self.name}"


@cache
def assets() -> dict[str, Asset]:
    """Return the static files by the names that they have in the package."""
    files = {}
    for path in sorted(_STATIC.iterdir()):
        stem, suffix = path.stem, path.suffix
        if suffix in _MEDIA:
            content = path.read_bytes()
            digest = hashlib.sha256(content).hexdigest()[:12]
            files[path.name] = Asset(f"{stem}.{digest}{suffix}", _MEDIA[suffix], content)
    return files


def find_asset(name: str) -> Asset | None:
    """Return the static file that is served as ``name``; none if there is none."""
    return next((asset for asset in assets().values() if asset.name == name), None)


@cache
def digest() -> str:
    """Return the digest of the templates and static files of pages: a page that the same data gives is another one with another of them."""
    files = [path for folder in (_TEMPLATES, _STATIC) for path in folder.iterdir() if path.is_file()]
    content = b"".join(path.read_bytes() for path in sorted(files, key=lambda each: each.name))
    return hashlib.sha256(content).hexdigest()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals["assets"] = assets()
    return environment


def compile_all() -> list[str]:
    """Compile every template, so that no page waits for it; return their names."""
    names = _environment().list_templates()
    for name in names:
        _environment().get_template(name)
    return names


def render(template: str, **values: Any) -> str:
    """Return the page of ``template``; invisible characters in it are made visible."""
    return escape_invisible(_environment().get_template(template).render(values))


def render_text(source: str, **values: Any) -> str:
    """Return what the template ``source`` gives, with the macros and the escaping of pages."""
    return escape_invisible(_environment().from_string(source).render(values))
