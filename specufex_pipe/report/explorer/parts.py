"""Parts of the explorer's data: arrays as text that a browser reads, in the page or beside it."""

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from specufex_pipe.numerics.types import Array

# Little-endian, as browsers have them.
_DTYPES = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64")
# Most arrays are of bytes that repeat none but their neighbours, such as 0 in a spectrogram: to
# look for more takes twice as long, and gains nothing.
_LEVEL, _WINDOW, _MEMORY, _STRATEGY = 1, 15, 9, zlib.Z_RLE


def encode_part(arrays: Mapping[str, Array | Sequence[str]]) -> str:
    """Write arrays and lists of texts as JSON that can stand within a script of a page.

    Parameters
    ----------
    arrays : mapping of ndarray or of sequence of str
        By their names. An array is deflated (RFC 1950) and written in base64.

    Raises
    ------
    ValueError
        If an array is of a type that browsers do not have.
    """
    members = (f"{script_json(name)}:{_encode(name, each)}" for name, each in arrays.items())
    return f"{{{','.join(members)}}}"


def part_script(key: str, part: str) -> str:
    """Return the text of a file beside the page, a script that gives a part to the page.

    Parameters
    ----------
    key : str
        Of the part.
    part : str
        As `encode_part` has written it.
    """
    return f"explorer_received({script_json(key)}, {part});\n"


def part_of_script(key: str, script: str) -> str:
    """Return the part that `part_script` has made a script of."""
    return script.removeprefix(f"explorer_received({script_json(key)}, ").removesuffix(");\n")


def script_json(values: Any) -> str:
    """Write JSON that can stand within a script element, whatever texts are in it.

    Nothing in it ends the element or begins a comment, and line separators are escaped.
    """
    text = json.dumps(values, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")


def _encode(name: str, values: Array | Sequence[str]) -> str:
    if not isinstance(values, np.ndarray):
        return script_json(list(values))
    dtype = values.dtype.name
    if dtype not in _DTYPES:
        raise ValueError(f"{name}: {dtype} arrays cannot be read by browsers; expected {_DTYPES}")
    little = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
    compress = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW, _MEMORY, _STRATEGY)
    deflated = compress.compress(little.tobytes()) + compress.flush()
    head = script_json({"dtype": dtype, "shape": list(values.shape)})
    # In base64 there is nothing to escape, and looking for it would take a while.
    data = base64.b64encode(deflated).decode("ascii")
    return f'{head[:-1]},"data":"{data}"}}'
