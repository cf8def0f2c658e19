"""A forest plot as one Vega-Lite specification, built with Altair: text columns beside an axis with marks.

Each mark carries the IRI of its estimate, the document and the anchor, and leads to the estimate at this service.
Shape and colour (Okabe and Ito) both encode the class;
filled mark and full line mean reported, hollow mark and broken line derived. The same forest gives the same specification.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import log
from typing import Any, Final

import altair as alt

from mabgraph.graph.compare.comparability import Comparability

from . import addresses, columns
from .columns import LINE, SIZE, Column, PlotTable
from .forest import Forest

#: Altair's value classes, which have no type annotations.
_values: Final[Any] = alt
_INK: Final = "#111111"
_FONT: Final = "Helvetica, Arial, sans-serif"
_HOLLOW: Final = "white"
_AHEAD: Final = "#D55E00"
_BROKEN: Final = [3, 2]
#: Shape and colour of each class; the diamond is reserved for pooled effects.
MARKS: Final = {
    Comparability.randomised: ("square", "#0072B2"), Comparability.adjusted: ("circle", "#D55E00"),
    Comparability.crude: ("triangle-up", "#009E73"), Comparability.single: ("triangle-down", "#CC79A7"),
    Comparability.across: ("cross", "#000000"),
}  # fmt: skip
#: Vertical offsets below the rows: labels of the two sides, key, footnotes.
_FAVOURS, _KEY, _NOTES = 30.0, 72.0, 94.0


def specification(forest: Forest) -> dict[str, Any]:
    """Return the plot as a Vega-Lite specification; Altair validates it against the Vega-Lite schema."""
    return _finish(chart(forest))


def combined_specification(forests: Sequence[Forest]) -> dict[str, Any]:
    """Return several plots below one another as one specification, each with its own axis."""
    below: Any = alt.vconcat(*(chart(each) for each in forests), spacing=60)
    below.resolve = _values.Resolve(scale=_values.ScaleResolveMap(x="independent", y="independent"))
    return _finish(below)


def _finish(layers: Any) -> dict[str, Any]:
    """Return the specification of a chart with the settings of the whole picture, which it is given: a copy takes as long as the rest."""
    layers.background, layers.padding = "white", 18
    layers.config = _values.Config(font=_FONT, view=_values.ViewConfig(stroke=None))
    vega_lite: dict[str, Any] = layers.to_dict()
    return vega_lite


def chart(forest: Forest) -> Any:
    """Return the plot as a layered Altair chart, without the settings of the whole picture."""
    table = columns.table(forest)
    drawn = _drawn_rows(forest, table)
    layers = [
        *_frame(forest, table), *_whiskers(forest, drawn), *_arrows(forest, drawn), *_points(forest, drawn), *_pooled_layers(forest, table),
        *_texts(table), *_headings(table), *_labels(forest, table), *_lower_layers(forest, table),
    ]  # fmt: skip
    title = alt.TitleParams(
        text=forest.title, subtitle=forest.subtitle + columns.footnote_marks(forest.footnotes.general), anchor="start", frame="bounds",
        fontSize=15, subtitleFontSize=12, subtitleColor="#444444",
        offset=table.head + 14,
    )  # fmt: skip
    layered: Any = alt.layer(*layers)
    layered.width, layered.height, layered.title, layered.description = columns.ACROSS, table.below, title, forest.description
    return layered


def _drawn_rows(forest: Forest, table: PlotTable) -> list[dict[str, Any]]:
    """Return the data of each drawn row, with the attributes for readers of the data."""
    low, high = forest.axis.low, forest.axis.high
    return [
        {
            "y": y, "value": line.value, "lower": line.lower, "upper": line.upper, "derived": line.derived,
            "from": forest.axis.clip(line.lower), "to": forest.axis.clip(line.upper),
            "below": line.lower is not None and line.lower < low, "above": line.upper is not None and line.upper > high,
            "class": str(line.comparability), "study": line.study, "group": line.group,
            "estimate": line.estimate, "interval": line.interval,
            "id": " ".join(line.estimates), "href": addresses.of_thing(line.estimates[0]), "document": line.document, "anchor": line.anchor,
            "size": 64 if line.weight is None else round(40 + 4 * line.weight, 1),
            "told": f"{line.study}, {line.group}: {line.estimate}, {line.interval}; {line.document} {line.anchor}",
        }
        for line, y in zip(forest.lines, table.rows, strict=True) if line.is_drawn
    ]  # fmt: skip


def _data(rows: Sequence[dict[str, Any]]) -> alt.Chart:
    return alt.Chart(alt.InlineData(values=list(rows)))


def _x(forest: Forest, field: str) -> alt.X:
    """Return the encoding of ``field`` on the axis, logarithmic for ratios; identical in all layers, so that it is drawn once."""
    value_axis = forest.axis
    scale = alt.Scale(type="log" if value_axis.log else "linear", domain=[value_axis.low, value_axis.high], nice=False, zero=False)
    axis = alt.Axis(
        values=list(value_axis.ticks), title=value_axis.title, titleFontSize=SIZE, titleFontWeight="normal", labelFontSize=SIZE,
        grid=False, format="~f", orient="bottom", titlePadding=26 if value_axis.favours else 8,
        domainColor=_INK, tickColor=_INK, labelOverlap=False, labelFlush=False,
    )  # fmt: skip
    return alt.X(f"{field}:Q", scale=scale, axis=axis)


def _y(at: float | None = None) -> Any:
    """Return the encoding of ``y``, in pixels from the top; or of the constant ``at``."""
    if at is not None:
        return _values.YValue(at)
    return alt.Y("y:Q", scale=alt.Scale(domain=[0, 1000], range=[0, 1000], nice=False, zero=False), axis=None)


def _frame(forest: Forest, table: PlotTable) -> Iterator[alt.Chart]:
    """Yield the axis, which is drawn even without marks, and the line of no effect from the first row to the axis."""
    hidden = _data([{"x": forest.axis.low}]).mark_rule(opacity=0, aria=False)
    yield hidden.encode(x=_x(forest, "x"), y=_y(at=table.below), y2=_values.Y2Value(table.below))
    if forest.axis.reference is not None:
        line = _data([{"x": forest.axis.reference}]).mark_rule(color="#888888", strokeWidth=1, aria=False)
        yield line.encode(x=_x(forest, "x"), y=_y(at=0), y2=_values.Y2Value(table.below))


def _whiskers(forest: Forest, drawn: Sequence[dict[str, Any]]) -> Iterator[alt.Chart]:
    """Yield the intervals: full lines for reported, broken lines for derived ones."""
    for derived in (False, True):
        if rows := [row for row in drawn if row["from"] is not None and row["to"] is not None and row["derived"] is derived]:
            dash: dict[str, Any] = {"strokeDash": _BROKEN} if derived else {}
            mark = _data(rows).mark_rule(color=_INK, strokeWidth=1.3, aria=False, **dash)
            yield mark.encode(x=_x(forest, "from"), x2=alt.X2("to:Q"), y=_y())


def _arrows(forest: Forest, drawn: Sequence[dict[str, Any]]) -> Iterator[alt.Chart]:
    """Yield arrows where an interval extends beyond the axis."""
    for flag, field, shape in (("below", "from", "triangle-left"), ("above", "to", "triangle-right")):
        if rows := [row for row in drawn if row[flag]]:
            mark = _data(rows).mark_point(shape=shape, filled=True, color=_INK, size=60, opacity=1, aria=False)
            yield mark.encode(x=_x(forest, field), y=_y())


def _points(forest: Forest, drawn: Sequence[dict[str, Any]]) -> Iterator[alt.Chart]:
    """Yield the estimates: filled if reported, hollow if derived; shape and colour by class, size by weight."""
    names = [str(each) for each in MARKS]
    shapes, colours = ([one[place] for one in MARKS.values()] for place in (0, 1))
    colour: dict[str, Any] = {"field": "class", "type": "nominal", "legend": None, "scale": alt.Scale(domain=names, range=colours)}
    for derived in (False, True):
        rows = [row for row in drawn if row["value"] is not None and row["derived"] is derived]
        if not rows:
            continue
        look: dict[str, Any] = {"filled": False, "fill": _HOLLOW, "strokeWidth": 1.6} if derived else {"filled": True}
        shade: dict[str, Any] = {"stroke": alt.Stroke(**colour)} if derived else {"color": alt.Color(**colour)}
        yield _data(rows).mark_point(opacity=1, **look).encode(
            x=_x(forest, "value"), y=_y(), href=alt.Href("href:N"), description=alt.Description("told:N"),
            size=alt.Size("size:Q", scale=None, legend=None),
            shape=alt.Shape("class:N", scale=alt.Scale(domain=names, range=shapes), legend=None), **shade,
        )  # fmt: skip


def _pooled_layers(forest: Forest, table: PlotTable) -> Iterator[alt.Chart]:
    """Yield a diamond over the interval of each pooled effect, and below it the prediction interval."""
    for summary, y in zip(forest.summaries, table.pooled, strict=True):
        corners = [(summary.lower, y), (summary.value, y - 8), (summary.upper, y), (summary.value, y + 8), (summary.lower, y)]
        rows = [{"x": forest.axis.clip(x), "y": down, "order": place, "told": summary.label} for place, (x, down) in enumerate(corners)]
        mark = _data(rows).mark_line(
            filled=True, color=_INK, fill=_INK, strokeWidth=1, interpolate="linear-closed", description=summary.label
        )
        yield mark.encode(x=_x(forest, "x"), y=_y(), order=alt.Order("order:Q"))
        if summary.prediction:
            ahead = [{"from": forest.axis.clip(summary.prediction[0]), "to": forest.axis.clip(summary.prediction[1]), "y": y + 14}]
            yield _data(ahead).mark_rule(color=_AHEAD, strokeWidth=2.5).encode(x=_x(forest, "from"), x2=alt.X2("to:Q"), y=_y())
    if forest.summaries:
        yield (
            _data([{}])
            .mark_rule(color="#bbbbbb", aria=False)
            .encode(x=_values.XValue(table.begin), x2=_values.X2Value(table.end), y=_y(at=table.high))
        )


def _text_layer(rows: Sequence[dict[str, Any]], x: float, **look: Any) -> alt.Chart:
    """Return a layer of texts that begin at ``x``."""
    style: dict[str, Any] = {
        "align": "left",
        "baseline": "middle",
        "fontSize": SIZE,
        "lineHeight": LINE,
        "lineBreak": "\n",
        "color": _INK,
        "limit": 0,
    }
    layer: alt.Chart = _data(rows).mark_text(**(style | look)).encode(x=_values.XValue(x), y=_y(), text=alt.Text("text:N"))
    return layer


def _texts(table: PlotTable) -> Iterator[alt.Chart]:
    """Yield the cells of each column, vertically centred in their rows."""
    for column in table.columns:
        places = [*table.rows, *table.pooled]
        high = _high(column)
        rows = [
            {"y": round(y - high * text.count("\n") / 2, 2), "text": text} for text, y in zip(column.cells, places, strict=False) if text
        ]  # fmt: skip
        if rows:
            yield _text_layer(rows, column.x, fontSize=column.size, color=column.colour, lineHeight=high)


def _high(column: Column) -> float:
    return LINE if column.size == SIZE else LINE - 2


def _headings(table: PlotTable) -> Iterator[alt.Chart]:
    for column in table.columns:
        high = _high(column)
        rows = [{"y": round(-10 - high * column.heading.count("\n"), 2), "text": column.heading}]
        yield _text_layer(rows, column.x, fontWeight="bold", fontSize=column.size, lineHeight=high)
    line = _data([{}]).mark_rule(color="#888888", aria=False)
    yield line.encode(x=_values.XValue(table.begin), x2=_values.X2Value(table.end), y=_y(at=0))


def _labels(forest: Forest, table: PlotTable) -> Iterator[alt.Chart]:
    """Yield study headings, labels of pooled effects, and the heterogeneity."""
    rows = [{"y": y, "text": study} for y, study in table.studies]
    if rows:
        yield _text_layer(rows, table.begin, fontWeight="bold")
    across = -table.begin - columns.GAP
    for summary, y in zip(forest.summaries, table.pooled, strict=True):
        text = columns.wrap(summary.label, across)
        yield _text_layer([{"y": round(y - LINE * text.count("\n") / 2, 2), "text": text}], table.begin, fontWeight="bold")
    if forest.heterogeneity:
        yield _text_layer([{"y": table.below - LINE, "text": forest.heterogeneity}], table.begin)


def _lower_layers(forest: Forest, table: PlotTable) -> Iterator[alt.Chart]:
    """Yield the labels of the two sides of the axis, the key, and the footnotes."""
    if forest.axis.favours:
        for text, x, align in zip(
            (f"← {forest.axis.favours[0]}", f"{forest.axis.favours[1]} →"), _sides(forest), ("right", "left"), strict=True
        ):
            yield _text_layer([{"y": table.below + _FAVOURS, "text": text}], x, align=align)
    yield from _key(forest, table)
    across = table.end - table.begin
    notes = [f"{place}  {note.text}" for place, note in enumerate(forest.footnotes.numbered, start=1)]
    text = "\n".join(columns.wrap(note, across, 10) for note in [*notes, *forest.footnotes.below])
    yield _text_layer([{"y": table.below + _NOTES, "text": text}], table.begin, fontSize=10, lineHeight=13, baseline="top")


def _sides(forest: Forest) -> tuple[float, float]:
    """Return the end of the label left of the line of no effect, and the start of the label right of it."""
    low, high, middle = forest.axis.low, forest.axis.high, forest.axis.reference or 0.0
    share = log(middle / low) / log(high / low) if forest.axis.log else (middle - low) / (high - low)
    at = columns.ACROSS * share
    return round(at - 8, 2), round(at + 8, 2)


def _key(forest: Forest, table: PlotTable) -> Iterator[alt.Chart]:
    """Yield the key from left to right: each class with its mark, and a hollow mark if a number is derived."""
    drawn = [line for line in forest.lines if line.is_drawn]
    entries: list[tuple[str, str, str, dict[str, Any]]] = [
        (str(each), *MARKS[each], {"filled": True}) for each in dict.fromkeys(line.comparability for line in drawn)
    ]  # fmt: skip
    if any(line.derived for line in drawn):
        entries.append(("hollow: derived", "circle", _INK, {"filled": False, "fill": _HOLLOW}))
    if forest.summaries:
        entries.append(("pooled", "diamond", _INK, {"filled": True}))
    if any(each.prediction for each in forest.summaries):
        entries.append(("prediction interval", "stroke", _AHEAD, {"strokeWidth": 2.5}))
    x = table.begin
    for name, shape, colour, look in entries:
        rows: list[dict[str, Any]] = [{"y": table.below + _KEY, "text": name}]
        mark = _data(rows).mark_point(shape=shape, color=colour, opacity=1, size=64, aria=False, **look)
        yield mark.encode(x=_values.XValue(x + 6), y=_y())
        yield _text_layer(rows, x + 16)
        x += 16 + columns.width(name) + 24
