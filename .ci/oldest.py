"""Print a constraints file that pins every dependency of ours to the oldest version we allow."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
for requirement in project["dependencies"] + project["optional-dependencies"]["dev"]:
    name, bound, marker = re.fullmatch(r"([\w.-]+)>=([\w.]+)(;.*)?", requirement).groups(default="")  # type: ignore[union-attr]
    print(f"{name}=={bound}{marker}")
