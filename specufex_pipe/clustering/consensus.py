"""Consensus: groups of events that many partitions keep together."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import squareform

from specufex_pipe.clustering.base import EnsembleMethod
from specufex_pipe.clustering.kmeans import KMeansMethod
from specufex_pipe.clustering.neighbors import averaged
from specufex_pipe.clustering.space import ModelBlocks
from specufex_pipe.clustering.trees import cuts
from specufex_pipe.fitting.parameters import whole_numbers
from specufex_pipe.numerics.types import FloatArray, IntArray

_SHARE_OF_EVENTS = 0.8
_MOST_GROUPS = 30
_N_AVERAGES = 5
# Of each draw: neighbours and starts are found once for them.
_PARTITIONS_OF_A_DRAW = 2


class ConsensusMethod(EnsembleMethod):
    """Evidence accumulation (Fred & Jain 2005): how often partitions keep two events together.

    The partitions are of draws of the events, in spaces of draws of the models, by k-means of
    events that are averaged over their neighbours, into 2 to 30 groups. The clusters are branches
    of the tree of average linkage of the events, whose distance is the share of the partitions
    that keep two of them apart.

    Parameters
    ----------
    n_partitions : int
        partitions of draws
    """

    in_words = "evidence accumulation over many partitions (Fred and Jain, 2005)"
    # The distances of all pairs are in memory at once, and partitions are many.
    most_events = 3_000

    _rules = (whole_numbers(1, "n_partitions"),)

    def __init__(self, n_partitions: int = 20) -> None:
        self.n_partitions = n_partitions

    def partitions_of_models(
        self, blocks: ModelBlocks, numbers: Sequence[int], *, n_neighbors: int, seed: int
    ) -> list[IntArray]:
        """Divide events into groups; see `EnsembleMethod.partitions_of_models`."""
        tree = linkage(self._distances(blocks, n_neighbors, seed), "average")
        return cuts(tree, numbers)

    def _distances(self, blocks: ModelBlocks, n_neighbors: int, seed: int) -> FloatArray:
        """Return the share of the partitions that keep two events apart, of each pair."""
        partitions = np.array(list(self._partitions_of_draws(blocks, n_neighbors, seed)))
        n_groups, n_events = int(partitions.max()), partitions.shape[1]
        members = partitions[:, None] == np.arange(1, n_groups + 1)[:, None]
        together = _counts_of_pairs(members.reshape(-1, n_events))
        times = _counts_of_pairs(partitions > 0)
        # Two events that were never drawn together are apart.
        shares = np.divide(together, times, out=np.zeros_like(together), where=times > 0)
        return squareform(1 - shares, checks=False)

    def _partitions_of_draws(
        self, blocks: ModelBlocks, n_neighbors: int, seed: int
    ) -> Iterator[IntArray]:
        """Yield groups of all events, from 1; 0 for an event that was not drawn."""
        n_events, rng = len(blocks.columns), np.random.default_rng(seed)
        n_drawn = max(2, round(_SHARE_OF_EVENTS * n_events))
        numbers = np.linspace(2, min(_MOST_GROUPS, n_drawn), self.n_partitions).round().astype(int)
        n_draws = -(-self.n_partitions // _PARTITIONS_OF_A_DRAW)
        for draw in range(n_draws):
            drawn = np.sort(rng.choice(n_events, n_drawn, replace=False))
            points = blocks.draw(rng).of_events(drawn).points(np.arange(n_drawn))
            groups = KMeansMethod(1).partitions(
                averaged(points, n_neighbors, _N_AVERAGES),
                numbers[draw::n_draws].tolist(),
                n_neighbors=n_neighbors,
                seed=int(rng.integers(2**31)),
            )
            for each in groups:
                labels = np.zeros(n_events, dtype=np.int64)
                labels[drawn] = each
                yield labels


def _counts_of_pairs(indicators: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return how many rows have both of two columns, of each pair of columns."""
    # Whole numbers, whose sums are the same in any order.
    counts = indicators.astype(np.float32)
    return counts.T @ counts
