"""Labels for events, learned from those that people gave to some of them."""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from specufex_pipe.classification.classifier import EventClassifier
    from specufex_pipe.classification.files import load

__all__ = ["EventClassifier", "load"]

# Reading settings does without what takes a while to load.
__getattr__, __dir__, _ = lazy_loader.attach(
    __name__, submod_attrs={"classifier": ["EventClassifier"], "files": ["load"]}
)
