"""A gallery: worked comparisons with their files and pictures, on one page that needs no server and no network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, parse_qsl, urlencode

from mabgraph.graph.catalogue import Catalogue
from mabgraph.graph.pooling import Refusal
from mabgraph.ingest.errors import MabgraphError, Unavailable

from . import comparisons, pages, takeaway
from .package import Package

#: The name of the page in its folder.
PAGE: Final = "index.html"


@dataclass(frozen=True)
class Example:
    """One comparison that is worked out: the name of its folder, what is asked in words, and the query below ``/v1/compare``."""

    name: str
    question: str
    query: str

    @property
    def address(self) -> str:
        """Where the service answers it."""
        return f"/v1/compare?{self.query}"

    def asked(self, **more: str) -> object:
        """Return the query as what a comparison is asked, with ``more`` beside it."""
        return comparisons.Filters.model_validate(parameters(f"{self.query}&{urlencode(more)}" if more else self.query))


EXAMPLES: Final = (
    Example("response-daratumumab", "Overall response across every study of daratumumab", "drug=daratumumab&endpoint=overall+response"),
    Example(
        "survival-blinatumomab", "Overall survival, blinatumomab versus chemotherapy, all estimands",
        "drug=blinatumomab&endpoint=overall+survival&trial=TOWER",
    ),
    Example(
        "survival-blinatumomab-ratios", "The same, hazard ratios alone",
        "drug=blinatumomab&endpoint=overall+survival&trial=TOWER&measure=hazard-ratio",
    ),
    Example(
        "death-plasma", "Death within thirty days, convalescent plasma, crude to matched, three populations",
        "drug=convalescent-plasma&endpoint=death+within+thirty+days&measure=hazard-ratio",
    ),
    Example(
        "infusion-reactions-daratumumab", "Infusion reactions in all studies of daratumumab",
        "drug=daratumumab&endpoint=infusion-related+reaction&include_narrower=true",
    ),
    Example(
        "remission-blinatumomab-inotuzumab", "Complete remission, blinatumomab versus inotuzumab ozogamicin",
        "drug=blinatumomab&drug=inotuzumab+ozogamicin&endpoint=remission&include_narrower=true&kind=arm-result",
    ),
)  # fmt: skip


def parameters(query: str) -> dict[str, object]:
    """Return a query as what a model takes: a list for each parameter that may be given several times.

    >>> parameters("drug=a&drug=b&format=csv")
    {'drug': ['a', 'b'], 'format': 'csv'}

    :raises MabgraphError: when one that may be given once is given twice.
    """
    fields = comparisons.Filters.model_fields
    found: dict[str, object] = {}
    for name, values in parse_qs(query, keep_blank_values=True).items():
        several = name in fields and str(fields[name].annotation).startswith("list")
        if not several and len(values) > 1:
            raise MabgraphError(f"{name} is given {len(values)} times: give it once")
        found[name] = values if several else values[0]
    return found


def written(held: Catalogue, folder: Path, examples: Iterable[Example] = EXAMPLES) -> list[Path]:
    """Write the gallery of ``examples`` into ``folder``, and return its files, the page first.

    :raises MabgraphError: when an example cannot be asked.
    """
    made: list[Path] = []
    sections = []
    for example in examples:
        found = comparisons.package(held, example.asked(), parse_qsl(example.query))
        if isinstance(found, Refusal):
            raise MabgraphError(f"{example.name}: {found.text}")
        files, refused = _files(found, folder / example.name)
        made += files.values()
        sections.append(_section(held, example, found, folder, files, refused))
    intro = f"<p>Each is asked of dataset <code>{escape(held.version)}</code>. Every row names its estimate, document and place.</p>"
    page = folder / PAGE
    page.write_text(pages.page("Worked comparisons", "\n".join([intro, *sections])), encoding="utf-8")
    return [page, *made]


def _files(found: Package, folder: Path) -> tuple[dict[str, Path], dict[str, str]]:
    """Write every format that can carry the rows, and return the files and why others cannot."""
    folder.mkdir(parents=True, exist_ok=True)
    files, refused = {}, {}
    for form in takeaway.FORMATS.values():
        try:
            body = form.write(found)
        except Unavailable:
            raise
        except MabgraphError as error:
            refused[form.name] = str(error)
            continue
        files[form.name] = folder / form.file
        files[form.name].write_bytes(body)
    return files, refused


def _section(
    held: Catalogue, example: Example, found: Package, folder: Path, files: Mapping[str, Path], refused: Mapping[str, str]
) -> str:  # fmt: skip
    """Return what the page says of one example: sets with their class and reasons, the guard's answer, pictures, files."""
    parts = [f'<h2 id="{example.name}">{escape(example.question)}</h2>', f"<p><code>{escape(example.address)}</code></p>"]
    for absent in found.comparison.absent:
        parts.append(f"<p><strong>Not reported:</strong> {escape(absent.text)}.</p>")
    for each in found.comparison.sets:
        parts.append(f"<p>{escape(each.name)}: {len(each.rows)} estimates, <strong>{escape(each.comparability)}</strong></p>")
        parts.append("<ul>" + "".join(f"<li><code>{escape(r.code)}</code> {escape(r.text)}</li>" for r in each.reasons) + "</ul>")
    answer = comparisons.package(held, example.asked(synthesise="pool"), parse_qsl(example.query))
    parts.append(f"<p><strong>Pooled?</strong> {escape(answer.text if isinstance(answer, Refusal) else 'Nothing speaks against it.')}.</p>")
    for name in ("forest", "network"):
        if name in files:
            parts.append(
                f'<img src="{_local(files[name], folder)}" alt="{escape(name)}: {escape(example.question)}" style="max-width:100%">'
            )
    links = [f'<a href="{_local(path, folder)}">{escape(path.name)}</a> ({path.stat().st_size:,} bytes)' for path in files.values()]
    parts.append(f"<p>Files: {', '.join(links)}</p>")
    if refused:
        parts.append("<details><summary>What cannot carry these rows</summary><ul>")
        parts += [f"<li>{escape(name)}: {escape(text)}</li>" for name, text in refused.items()]
        parts.append("</ul></details>")
    return "\n".join(parts)


def _local(path: Path, folder: Path) -> str:
    return escape(path.relative_to(folder).as_posix())
