"""Groups of events with similar features: how many, which, and how sure they are."""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from specufex_pipe.clustering.clusterer import EventClusterer
    from specufex_pipe.clustering.files import load

__all__ = ["EventClusterer", "load"]

# Reading settings does without what takes a while to load.
__getattr__, __dir__, _ = lazy_loader.attach(
    __name__, submod_attrs={"clusterer": ["EventClusterer"], "files": ["load"]}
)
