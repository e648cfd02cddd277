"""A sparse matrix as the frames of one event."""

from typing import Any

import numpy as np
from scipy import sparse

from specufex_pipe.numerics.digests import digest_of


class SparseFrames:
    """A sparse matrix of frames, as one event.

    Parameters
    ----------
    X : sparse matrix of shape (n_rows, n_frames)
    rows : str
        What the rows are, for messages.
    """

    def __init__(self, X: Any, rows: str) -> None:
        self.matrix = sparse.csr_array(X.T)
        values = self.matrix.data
        if not np.isfinite(values).all() or (values < 0).any():
            raise ValueError(
                "the sparse matrix has entries that are negative, NaN or infinite, expected "
                f"{rows} by frames with finite entries >= 0"
            )
        self.n_rows = self.matrix.shape[1]
        self.offsets = np.array([0, self.matrix.shape[0]])

    @property
    def digest(self) -> str:
        """Digest of the content."""
        matrix = self.matrix
        parts = (matrix.data, matrix.indices, matrix.indptr, np.array(matrix.shape))
        return digest_of(matrix.dtype.str, *parts)
