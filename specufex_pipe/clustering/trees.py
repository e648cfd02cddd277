"""Trees of events, whose branches are groups."""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sparse

from specufex_pipe.numerics.types import FloatArray, IntArray


def cuts(tree: FloatArray, numbers: Sequence[int]) -> list[IntArray]:
    """Cut a tree into several numbers of groups; see `cut`."""
    return [cut(tree, number) for number in numbers]


def cut(tree: FloatArray, number: int) -> IntArray:
    """Cut a tree into a number of groups, numbered from 1.

    There are as many as asked for, where several branches end at the same height too.

    Parameters
    ----------
    tree : ndarray of shape (n_events - 1, 4)
    number : int

    Returns
    -------
    ndarray of int, shape (n_events,)
    """
    n_events = len(tree) + 1
    joined = tree[: n_events - number, :2].astype(np.int64)
    branches = np.repeat(n_events + np.arange(len(joined)), 2)
    n_nodes = n_events + len(joined)
    links = sparse.csr_array(
        (np.ones(joined.size), (branches, joined.ravel())), shape=(n_nodes, n_nodes)
    )
    _, groups = sparse.csgraph.connected_components(links, directed=False)
    return np.asarray(groups[:n_events], dtype=np.int64) + 1
