"""Docstrings name attributes such as components_, which reStructuredText takes for links."""

import re
from typing import Any

from sphinx.application import Sphinx

# What stands between backticks, or the underscore that a word ends in.
_NAMES = re.compile(r"(`[^`]*`)|(?<=\w)_(?!\w)")


def escape_names(_: Sphinx, kind: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Let words that end in an underscore stand as they are."""
    for number, line in enumerate(lines):
        if not line.lstrip().startswith((">>>", "...")):
            lines[number] = _NAMES.sub(lambda found: found[1] or r"\_", line)


def setup(app: Sphinx) -> dict[str, bool]:
    """Do so after the sections of docstrings were read."""
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-docstring", escape_names, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
