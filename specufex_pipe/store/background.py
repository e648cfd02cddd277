"""Which clusters windows without events fall into: background.h5."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.store.arrays import read_arrays, write_arrays
from specufex_pipe.summaries import mean, shows_itself, sizes

_KIND = "background"


@shows_itself
class Background(NamedTuple):
    """Which clusters windows without events fall into; arrays are empty where there are too few.

    Attributes
    ----------
    times : ndarray of int, shape (n_windows,)
        Starts of the windows, ns since 1970, UTC.
    clusters : ndarray of int, shape (n_windows,)
        From 1; 0 for a window that belongs to none.
    memberships : ndarray of shape (n_windows,)
        Mean of those of the nearest events.
    are_outside : ndarray of bool, shape (n_windows,)
        Whether a window is unlike all that the clusters were learned from.
    n_tried : int
        Number of windows that were drawn.
    why_none : str
        Why there are none; empty if there are.
    """

    times: IntArray
    clusters: IntArray
    memberships: FloatArray
    are_outside: NDArray[np.bool_]
    n_tried: int
    why_none: str = ""

    @classmethod
    def none(cls, why: str, n_tried: int = 0) -> "Background":
        """Return that there are no windows, and why."""
        times, clusters = np.zeros((2, 0), dtype=int)
        return cls(times, clusters, np.zeros(0), np.zeros(0, dtype=bool), n_tried, why)

    def _summary(self) -> dict[str, str]:
        rows = {"windows": f"{len(self.times):,}", "tried": f"{self.n_tried:,}"}
        if self.why_none:
            return rows | {"none, since": self.why_none}
        return rows | {
            **sizes(self.clusters),
            "mean membership": mean(self.memberships[self.clusters > 0]),
            "outside": f"{self.are_outside.sum():,}",
        }


def write_background(
    path: str | Path,
    background: Background,
    *,
    settings: Mapping[str, Any],
    inputs: Mapping[str, Any],
) -> None:
    """Write what windows of background fall into, atomically.

    Parameters
    ----------
    path : str or Path
    background : Background
    settings, inputs : dict
        The settings, and the digests of the data that made it.
    """
    arrays = {
        "time": background.times,
        "cluster": background.clusters,
        "membership": background.memberships,
        "outside": background.are_outside,
    }
    write_arrays(
        path,
        _KIND,
        arrays,
        attributes={"n_tried": background.n_tried, "why_none": background.why_none},
        settings=settings,
        inputs=inputs,
    )


def read_background(path: str | Path) -> Background:
    """Read what `write_background` wrote.

    Raises
    ------
    OSError
        If there is no such file, or it is damaged, of another kind or of another format.
    """
    arrays, attributes = read_arrays(path, _KIND)
    return Background(
        arrays["time"],
        arrays["cluster"],
        arrays["membership"],
        arrays["outside"],
        int(attributes["n_tried"]),
        str(attributes["why_none"]),
    )
