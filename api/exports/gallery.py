"""The gallery: worked comparisons with their files and pictures, on one page that needs neither a server nor a network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final, get_origin
from urllib.parse import parse_qs, parse_qsl, urlencode

from mabgraph.graph.compare.pooling import Refusal
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.ingest.errors import MabgraphError, Unavailable

from ..http import webpages
from . import selection, takeaway
from .package import Package

#: The name of the page in its folder.
PAGE: Final = "index.html"


@dataclass(frozen=True)
class WorkedComparison:
    """A worked comparison: name of its folder, question in words, and query string of ``/v1/compare``."""

    name: str
    question: str
    query: str

    @property
    def address(self) -> str:
        """Its path and query string at the service."""
        return f"/v1/compare?{self.query}"

    def filters(self, **more: str) -> object:
        """Return the query as ``Filters`` of a comparison, with the parameters ``more``."""
        return selection.Filters.model_validate(parameters(f"{self.query}&{urlencode(more)}" if more else self.query))


EXAMPLES: Final = (
    WorkedComparison(
        "response-daratumumab", "Overall response across every study of daratumumab", "drug=daratumumab&endpoint=overall+response",
    ),
    WorkedComparison(
        "survival-blinatumomab", "Overall survival, blinatumomab versus chemotherapy, all estimands",
        "drug=blinatumomab&endpoint=overall+survival&trial=TOWER",
    ),
    WorkedComparison(
        "survival-blinatumomab-ratios", "The same, hazard ratios alone",
        "drug=blinatumomab&endpoint=overall+survival&trial=TOWER&measure=hazard-ratio",
    ),
    WorkedComparison(
        "death-plasma", "Death within thirty days, convalescent plasma, crude to matched, three populations",
        "drug=convalescent-plasma&endpoint=death+within+thirty+days&measure=hazard-ratio",
    ),
    WorkedComparison(
        "infusion-reactions-daratumumab", "Infusion reactions in all studies of daratumumab",
        "drug=daratumumab&endpoint=infusion-related+reaction&include_narrower=true",
    ),
    WorkedComparison(
        "remission-blinatumomab-inotuzumab", "Complete remission, blinatumomab versus inotuzumab ozogamicin",
        "drug=blinatumomab&drug=inotuzumab+ozogamicin&endpoint=remission&include_narrower=true&kind=arm-result",
    ),
)  # fmt: skip


def parameters(query: str) -> dict[str, object]:
    """Return a query string as input of ``Filters``: a list for each repeatable parameter.

    >>> parameters("drug=a&drug=b&format=csv")
    {'drug': ['a', 'b'], 'format': 'csv'}

    :raises MabgraphError: when a parameter that is not repeatable is repeated.
    """
    fields = selection.Filters.model_fields
    arguments: dict[str, object] = {}
    for name, values in parse_qs(query, keep_blank_values=True).items():
        several = name in fields and get_origin(fields[name].annotation) is list
        if not several and len(values) > 1:
            raise MabgraphError(f"{name} is given {len(values)} times: give it once")
        arguments[name] = values if several else values[0]
    return arguments


def write(catalogue: Catalogue, folder: Path, examples: Iterable[WorkedComparison] = EXAMPLES) -> list[Path]:
    """Write the gallery of ``examples`` into ``folder``, and return its files, the page first.

    :raises MabgraphError: when an example is refused.
    """
    paths: list[Path] = []
    sections = []
    for example in examples:
        package = selection.package(catalogue, example.filters(), parse_qsl(example.query))
        if isinstance(package, Refusal):
            raise MabgraphError(f"{example.name}: {package.text}")
        files, refused = _files(package, folder / example.name)
        paths += files.values()
        sections.append(_section(catalogue, example, package, folder, files, refused))
    intro = f"<p>All are from dataset <code>{escape(catalogue.version)}</code>. Every row names its estimate, document and place.</p>"
    page = folder / PAGE
    page.write_text(webpages.page("Worked comparisons", "\n".join([intro, *sections])), encoding="utf-8")
    return [page, *paths]


def _files(package: Package, folder: Path) -> tuple[dict[str, Path], dict[str, str]]:
    """Write every format that can carry the rows; return the files, and why other formats cannot."""
    folder.mkdir(parents=True, exist_ok=True)
    files, refused = {}, {}
    for form in takeaway.FORMATS.values():
        try:
            body = form.write(package)
        except Unavailable:
            raise
        except MabgraphError as error:
            refused[form.name] = str(error)
            continue
        files[form.name] = folder / form.file
        files[form.name].write_bytes(body)
    return files, refused


def _section(
    catalogue: Catalogue, example: WorkedComparison, package: Package, folder: Path, files: Mapping[str, Path], refused: Mapping[str, str]
) -> str:  # fmt: skip
    """Return the HTML of one example: sets with their class and reasons, whether pooling is refused, pictures, files."""
    parts = [f'<h2 id="{example.name}">{escape(example.question)}</h2>', f"<p><code>{escape(example.address)}</code></p>"]
    for absent in package.comparison.absent:
        parts.append(f"<p><strong>Not reported:</strong> {escape(absent.text)}.</p>")
    for each in package.comparison.sets:
        parts.append(f"<p>{escape(each.name)}: {len(each.rows)} estimates, <strong>{escape(each.comparability)}</strong></p>")
        parts.append("<ul>" + "".join(f"<li><code>{escape(r.code)}</code> {escape(r.text)}</li>" for r in each.reasons) + "</ul>")
    answer = selection.package(catalogue, example.filters(synthesise="pool"), parse_qsl(example.query))
    parts.append(f"<p><strong>Pooled?</strong> {escape(answer.text if isinstance(answer, Refusal) else 'No reason is against it.')}.</p>")
    for name in ("forest", "network"):
        if name in files:
            parts.append(
                f'<img src="{_relative_link(files[name], folder)}" alt="{escape(name)}: {escape(example.question)}" style="max-width:100%">'
            )
    links = [f'<a href="{_relative_link(path, folder)}">{escape(path.name)}</a> ({path.stat().st_size:,} bytes)' for path in files.values()]
    parts.append(f"<p>Files: {', '.join(links)}</p>")
    if refused:
        parts.append("<details><summary>Formats that cannot carry these rows</summary><ul>")
        parts += [f"<li>{escape(name)}: {escape(text)}</li>" for name, text in refused.items()]
        parts.append("</ul></details>")
    return "\n".join(parts)


def _relative_link(path: Path, folder: Path) -> str:
    return escape(path.relative_to(folder).as_posix())
