"""Groups of events with similar features, behind one interface."""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from specufex_pipe.clustering.files import load
    from specufex_pipe.clustering.kmeans import KMeansClustering

__all__ = ["KMeansClustering", "load"]

# Reading settings does without what takes a while to load.
__getattr__, __dir__, _ = lazy_loader.attach(
    __name__, submod_attrs={"files": ["load"], "kmeans": ["KMeansClustering"]}
)
