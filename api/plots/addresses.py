"""Where the marks of pictures lead: addresses of this service, relative to it, so that a picture is the same under any host name.

A picture that was saved and is opened from a disk leads nowhere by such an address; what it shows keeps its IRI in the data of the mark.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

from mabgraph.graph.store import vocabulary

if TYPE_CHECKING:
    from mabgraph.graph.network.declaration import Link, Treatment

#: The link of a mark in a drawn SVG. The drawing program has no page, so it puts a host of its own before our addresses.
_LINK: Final = re.compile(r'(<a xlink:href=")[a-z]+://[^"]*?(/(?:id|network)[/?])')


def of_thing(iri: str) -> str:
    """Return the address of the thing ``iri``, one of ours: this service leads from it to its page, or to its data.

    >>> of_thing(vocabulary.resource("estimate/tower.survival"))
    '/id/estimate/tower.survival'
    """
    return "/" + quote(iri.removeprefix(vocabulary.base()), safe="/:@")


def of_treatment(treatment: Treatment) -> str:
    """Return the address of a treatment: its drug, the comparisons of its drugs if it has several, or its group if it has none."""
    if len(treatment.drugs) < 2:
        return of_thing((*treatment.drugs, *treatment.groups)[0])
    return "/network?" + urlencode([("drug", vocabulary.local_name(iri)) for iri in treatment.drugs])


def of_comparison(links: Sequence[Link]) -> str:
    """Return the address of a comparison: its study, or all studies that compare the two treatments, if there are several."""
    studies = {link.study for link in links}
    if len(studies) == 1:
        return of_thing(studies.pop())
    return "/network/path?" + urlencode({"from": links[0].intervention, "to": links[0].comparator})


def relate(drawing: str) -> str:
    """Return a drawn SVG whose links are relative to this service again.

    >>> relate('<a xlink:href="https://a.example/files//id/study/tower"><path/></a>')
    '<a xlink:href="/id/study/tower"><path/></a>'
    """
    return _LINK.sub(r"\1\2", drawing)
