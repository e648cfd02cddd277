"""Reading what the explorer's page reads: parts within it and beside it."""

import base64
import json
import re
import zlib

import numpy as np


def decode_part(text):
    """Return the arrays and lists of a part by their names."""
    return {name: _decode(values) for name, values in json.loads(text).items()}


def _decode(values):
    if isinstance(values, list):
        return values
    content = zlib.decompress(base64.b64decode(values["data"]))
    dtype = np.dtype(values["dtype"]).newbyteorder("<")
    return np.frombuffer(content, dtype).reshape(values["shape"])


def parts_of_page(page):
    """Return what a page knows of its run, and the texts of the parts within it by their keys."""
    scripts = re.findall(
        r'<script type="application/json" (id|data-part)="([^"]+)">(.*?)</script>', page, re.DOTALL
    )
    parts = {key: text for kind, key, text in scripts if kind == "data-part"}
    (run,) = [text for kind, key, text in scripts if (kind, key) == ("id", "run")]
    return json.loads(run), parts


def parts_beside(folder):
    """Return the texts of the parts in a folder by their keys."""
    parts = {}
    for path in folder.rglob("*.js"):
        text = path.read_text(encoding="utf-8")
        key, part = re.fullmatch(r"explorer_received\((\"[^\"]+\"), (.*)\);\n", text).groups()
        parts[json.loads(key)] = part
        assert path == folder / f"{json.loads(key)}.js"
    return parts
