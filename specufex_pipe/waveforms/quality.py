"""Checks of samples: dead, clipped or flat traces."""

import numpy as np

from specufex_pipe.numerics.types import Array, BoolArray, IntArray
from specufex_pipe.rejections import Kind, RejectedEvent

_RUN_AT_THE_RAIL = 3
_STEPS_TO_JUDGE_CLIPPING = 50


def check_amplitudes(window: Array, rate: float, *, max_clipped: float, max_flat: float) -> None:
    """Make sure that samples can be trusted.

    Parameters
    ----------
    window : ndarray of shape (n_samples,)
        As they were recorded.
    rate : float
        Hz.
    max_clipped : float
        Share of samples at the rail above which an event is rejected.
    max_flat : float
        Time for which a trace may stand still, s.

    Raises
    ------
    RejectedEvent
        If they cannot.
    """
    if np.ptp(window) == 0:
        raise RejectedEvent(Kind.DEAD_CHANNEL, f"all samples are {window[0]:g}")
    share = clipped_share(window)
    if share > max_clipped:
        raise RejectedEvent(
            Kind.CLIPPED,
            f"{share:.1%} of the samples stand at the largest or smallest value, more than the "
            f"{max_clipped:.1%} allowed",
        )
    flat = longest_run(np.diff(window) == 0) / rate
    if flat > max_flat:
        raise RejectedEvent(
            Kind.FLAT,
            f"the trace stands still for {flat:.2f} s, more than the {max_flat:g} s allowed; data "
            "that were lost may have been filled in",
        )


def longest_run(flags: BoolArray) -> int:
    """Return the length of the longest run of true values."""
    return int(_runs(flags).max(initial=0))


def _runs(flags: BoolArray) -> IntArray:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return edges[1::2] - edges[::2]


def clipped_share(samples: Array) -> float:
    """Return the share of the samples that lie in flat runs at the largest or smallest value.

    A run is three samples or more. Signals of less than 50 steps of the digitizer are not judged:
    there the extremes repeat by chance.

    Parameters
    ----------
    samples : ndarray of shape (n_samples,)
    """
    step = np.diff(np.unique(samples)).min()
    if np.ptp(samples) < _STEPS_TO_JUDGE_CLIPPING * step:
        return 0.0
    n_clipped = 0
    for rail in (samples.max(), samples.min()):
        runs = _runs(samples == rail)
        n_clipped += runs[runs >= _RUN_AT_THE_RAIL].sum()
    return float(n_clipped / len(samples))
