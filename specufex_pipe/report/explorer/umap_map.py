"""A map on which events are beside those that they are like, by UMAP."""

import warnings
from importlib.util import find_spec

import numpy as np

from specufex_pipe.errors import StageError
from specufex_pipe.numerics.types import Array, FloatArray
from specufex_pipe.report.explorer.thinning import random_order

# Events that UMAP learns from, and that it puts among those at a time.
_MOST_LEARNED, _BLOCK = 20_000, 10_000
# With fewer, an event has hardly others beside it.
_FEWEST = 20
_SEED = 0


def require_umap() -> None:
    """Make sure that UMAP is installed.

    Raises
    ------
    StageError
        If it is not; the message says what to install.
    """
    if find_spec("umap") is None:
        raise StageError(
            'report.umap is true, which needs umap-learn: pip install "specufex_pipe[umap]"; or '
            "set it to false"
        )


def map_by_umap(points: Array) -> FloatArray | None:
    """Return events on a map that keeps neighbours together (McInnes, Healy & Melville, 2018).

    It is for looking only: distances on it mean little, and the same events may be elsewhere on
    another kind of processor.

    Parameters
    ----------
    points : ndarray of shape (n_events, n_dimensions)
        As they were clustered.

    Returns
    -------
    ndarray of shape (n_events, 2) or None
        None for fewer than 20 events. Of more than 20 000, a random sample makes the map, and the
        others are put among those.

    Raises
    ------
    StageError
        If UMAP is not installed.
    """
    require_umap()
    if len(points) < _FEWEST:
        return None
    learned = np.sort(random_order(len(points))[:_MOST_LEARNED])
    others = np.setdiff1d(np.arange(len(points)), learned)
    found = np.empty((len(points), 2))
    with warnings.catch_warnings():
        # Of optional packages, and of events that are all alike.
        warnings.simplefilter("ignore")
        from umap import UMAP  # takes seconds to load

        # With a seed there is one thread, so that their number changes nothing.
        model = UMAP(random_state=_SEED, n_jobs=1).fit(points[learned])
        found[learned] = model.embedding_
        for start in range(0, len(others), _BLOCK):
            some = others[start : start + _BLOCK]
            found[some] = model.transform(points[some])
    return found
