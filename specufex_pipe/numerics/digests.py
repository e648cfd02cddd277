"""Digests of arrays, which tell whether two of them hold the same bits."""

import hashlib

import numpy as np

from specufex_pipe.numerics.types import Array


def digest_of(text: str, *arrays: Array) -> str:
    """Return the digest of a text and of the content of arrays."""
    result = hashlib.blake2b(text.encode(), digest_size=16)
    for array in arrays:
        result.update(np.ascontiguousarray(array).data)
    return result.hexdigest()
