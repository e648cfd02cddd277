"""The clusterings by name: what the setting clusters.method chooses from."""

from typing import TYPE_CHECKING

from specufex_pipe.registries import Registry

if TYPE_CHECKING:
    from specufex_pipe.clustering.base import Clustering

CLUSTERINGS: Registry["Clustering"] = Registry(
    "clustering", {"kmeans": "specufex_pipe.clustering.kmeans:KMeansClustering"}
)
