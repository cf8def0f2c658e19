"""Building blocks of records: names, offsets, prose, and quotes with marked figures."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from . import quotes

Slug = Annotated[str, Field(pattern=r"^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$", description="lower-case words joined by hyphens")]
#: A local id of this record, or a resource of the ontology: ``drug:blinatumomab``, ``target:CD19``, ``concept:…``.
Reference = Annotated[str, Field(pattern=r"^((drug|target|condition|concept):)?[A-Za-z0-9]+([-.][A-Za-z0-9]+)*$")]
#: A part of this record, or a figure of it: the part, a dot, and the role or the name of a mark: ``response.percent``.
FigureReference = Annotated[str, Field(pattern=r"^[A-Za-z0-9]+([-._][A-Za-z0-9]+)*$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

#: Where characters stand in a file: ``page=3&viewrect=x,y,width,height`` (RFC 8118; points from the top left of the page), or an XPath.
PLACE = r"^(page=[1-9][0-9]{0,5}&viewrect=(-?[0-9]+(\.[0-9]+)?,){3}-?[0-9]+(\.[0-9]+)?|/[^\x00-\x1f]+)$"
#: The longest of these (characters).
LONGEST_PLACE = 1000


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _offset(value: Any) -> Any:
    if isinstance(value, str):
        if not value.isascii() or not value.isdigit():
            raise ValueError("an offset is a whole number of characters from the start of the document")
        return int(value)
    return value


Prose = Annotated[str, AfterValidator(_one_line), Field(min_length=1)]
Offset = Annotated[int, BeforeValidator(_offset), Field(ge=0)]


class Item(BaseModel):
    """What every part of a record shares: no unknown key, no change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, validate_by_name=True, validate_by_alias=False)


class Quote(Item):
    """A quote of at most 120 characters with its figures marked, and where it starts in the document."""

    quote: str
    at: Offset | None = None

    def read_marks(self) -> quotes.MarkedQuote:
        """Parse the quote into text and marks."""
        return quotes.read(self.quote)


Quotes = tuple[Quote, ...]


class FilePlace(Item):
    """Where the characters from ``at`` to ``to`` of the text stand in the file that it was read from; ``mabgraph anchor`` writes it."""

    at: Offset
    to: Offset
    where: Annotated[str, Field(pattern=PLACE, max_length=LONGEST_PLACE)]


class Printed(Item):
    """A part of a record that states figures: the places where they are printed, the most exact one first."""

    printed: Quotes = ()
