"""Forms as a browser without scripts fills them in and sends them."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from typing import Any

import html5lib


@dataclass
class Form:
    """The last form of a page: where it leads, its fields with what a browser would send, and the choices of its lists."""

    page: str
    action: str = ""
    fields: list[tuple[str, str]] = field(default_factory=list)
    choices: dict[str, list[str]] = field(default_factory=dict)
    boxes: dict[str, list[str]] = field(default_factory=dict)

    def fill(self, **values: str) -> Form:
        """Enter values; ``_`` in a name stands for itself first, else for ``-``. What the page does not offer cannot be entered."""
        for name, value in values.items():
            names = [each for each, _ in self.fields]
            key = name if name in names else name.replace("_", "-")
            assert key in names, f"{key} is no field of the page: {names}"
            assert key not in self.choices or value in self.choices[key], f"{value!r} is none of {self.choices[key]}"
            self.fields = [(each, value if each == key else old) for each, old in self.fields]
        return self

    def tick(self, name: str) -> Form:
        """Tick every box of this name."""
        self.fields += [(name, value) for value in self.boxes[name]]
        return self

    def data(self, button: str) -> dict[str, Any]:
        """Return what is sent when the ``button`` is pressed."""
        several: dict[str, Any] = {}
        for name, value in [*self.fields, ("do", button)]:
            several.setdefault(name, []).append(value)
        return several


def last_form(page: str) -> Form:
    """Return the last form of a ``page`` that is valid HTML."""
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
    form = Form(page)
    element = tree.findall(".//form")[-1]
    form.action = element.get("action") or ""
    for each in element.iter():
        name = each.get("name")
        if not name or each.tag == "button":
            continue
        if each.tag == "select":
            options = [(option.get("value", _text(option)), option) for option in each.iter("option")]
            form.choices[name] = [value for value, _ in options]
            picked = [value for value, option in options if option.get("selected") is not None]
            form.fields.append((name, (picked or form.choices[name])[0]))
        elif each.get("type") == "checkbox":
            form.boxes.setdefault(name, []).append(each.get("value") or "on")
            if each.get("checked") is not None:
                form.fields.append((name, each.get("value") or "on"))
        else:
            form.fields.append((name, each.get("value") or ""))
    return form


def _text(element: ET.Element) -> str:
    return "".join(element.itertext())
