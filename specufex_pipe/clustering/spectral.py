"""Spectral clustering: groups that a graph of neighbours holds together."""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sparse
from scipy.linalg import eigh
from scipy.sparse.linalg import lobpcg
from sklearn.cluster import KMeans

from specufex_pipe.clustering.base import ClusteringMethod, fewer_groups_allowed
from specufex_pipe.clustering.neighbors import neighbor_graph
from specufex_pipe.fitting.parameters import whole_numbers
from specufex_pipe.numerics.types import FloatArray, IntArray

# Up to here all eigenvectors are found exactly.
_EVENTS_AT_ONCE = 1_500
# Enough for the numbers that are tried by default.
_VECTORS_AT_ONCE = 30
_LEAST_LENGTH = 1e-12
_SPARE_VECTORS = 5


class SpectralMethod(ClusteringMethod):
    """Spectral clustering on the graph of neighbours (Ng, Jordan & Weiss 2001).

    Parameters
    ----------
    n_init : int
        starts of k-means on the eigenvectors; the best is kept
    """

    in_words = "spectral clustering of the graph of their neighbours (Ng et al., 2001)"
    takes_averages = False

    _rules = (whole_numbers(1, "n_init"),)

    def __init__(self, n_init: int = 5) -> None:
        self.n_init = n_init

    def partitions(
        self, points: FloatArray, numbers: Sequence[int], *, n_neighbors: int, seed: int
    ) -> list[IntArray]:
        """Divide points into groups; see `ClusteringMethod.partitions`."""
        graph = neighbor_graph(points, n_neighbors)
        sizes = [_VECTORS_AT_ONCE * -(-number // _VECTORS_AT_ONCE) for number in numbers]
        # Eigenvectors depend on how many are found with them, and not on the numbers asked for.
        vectors = {size: _smoothest_vectors(graph, size, seed) for size in sorted(set(sizes))}
        return [
            self._divide(vectors[size][:, :number], number, seed)
            for size, number in zip(sizes, numbers, strict=True)
        ]

    def _divide(self, vectors: FloatArray, number: int, seed: int) -> IntArray:
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        directions = vectors / np.maximum(lengths, _LEAST_LENGTH)
        model = KMeans(number, n_init=self.n_init, random_state=seed)
        with fewer_groups_allowed():
            return np.asarray(model.fit_predict(directions)) + 1


def _smoothest_vectors(graph: sparse.csr_array, number: int, seed: int) -> FloatArray:
    """Return eigenvectors of the graph that change least between neighbours, (n_events, number).

    All of them where there are fewer events.
    """
    weights = 1 / np.sqrt(graph.sum(axis=1))
    scaled = sparse.diags_array(weights) @ graph @ sparse.diags_array(weights)
    n_events = graph.shape[0]
    number = min(number, n_events)
    if n_events <= _EVENTS_AT_ONCE:
        _, vectors = eigh(scaled.toarray(), subset_by_index=(n_events - number, n_events - 1))
        return vectors[:, ::-1]
    # The graph plus the identity has no negative eigenvalue, and the same eigenvectors.
    start = np.random.default_rng(seed).normal(size=(n_events, number + _SPARE_VECTORS))
    start[:, 0] = 1 / weights
    shifted = scaled + sparse.eye_array(n_events)
    values, found = lobpcg(shifted, start, largest=True, tol=1e-4, maxiter=200)
    order = np.argsort(-values, kind="stable")[:number]
    return np.asarray(found, dtype=np.float64)[:, order]
