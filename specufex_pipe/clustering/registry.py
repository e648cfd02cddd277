"""The methods of clustering by name: what the setting clusters.method chooses from."""

from typing import TYPE_CHECKING

from specufex_pipe.registries import Registry

if TYPE_CHECKING:
    from specufex_pipe.clustering.base import ClusteringMethod

_HERE = "specufex_pipe.clustering"
CLUSTERINGS: Registry["ClusteringMethod"] = Registry(
    "clustering",
    {
        "kmeans": f"{_HERE}.kmeans:KMeansMethod",
        "gaussian_mixture": f"{_HERE}.gaussian_mixture:GaussianMixtureMethod",
        "ward": f"{_HERE}.ward:WardMethod",
        "hdbscan": f"{_HERE}.hdbscan:HDBSCANMethod",
        "spectral": f"{_HERE}.spectral:SpectralMethod",
        "consensus": f"{_HERE}.consensus:ConsensusMethod",
    },
)
