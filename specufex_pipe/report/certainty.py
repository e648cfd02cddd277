"""How sure clusters are, in words: what the report says first."""

from math import floor

import numpy as np

from specufex_pipe.clustering.learned import LearnedClusters
from specufex_pipe.clustering.number import STEADY, Tried
from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.store import Background
from specufex_pipe.words import counted

# Mean best Jaccard similarities, and what is said of clusters that have as much: Hennig's marks.
_WORDS = ((STEADY, "steady"), (0.85, "rather steady"), (0.75, "weak"))
_NOT_FOUND = "not found again"
# From which on resamples were seen to tell what another seed moves (docs/clusters.md).
_FEWEST_NMFS = 3
# Clusters are of background if together they have half of the windows without events, a tenth more
# of these than of the events, and the odds of a window to be in them are three times those of an
# event. Those with less than a tenth of the windows are not named.
_HALF, _TENTH, _ODDS = 0.5, 0.1, 3.0
# Windows are spread as events are if no more of them would have to change cluster to be so.
_MOST_MOVED = 0.25


def word_of(stability: float) -> str:
    """Return what is said of a cluster.

    Parameters
    ----------
    stability : float
        Mean best Jaccard similarity over resamples.
    """
    return next((word for least, word in _WORDS if stability >= least), _NOT_FOUND)


def are_found(learned: LearnedClusters) -> bool:
    """Return whether there are clusters at all."""
    return learned.place is not None


def drawn_again(n_nmfs: int, n_hmms: int) -> str:
    """Return what resamples draw, besides events, of so many NMFs with so many HMMs each."""
    if n_nmfs > 1:
        return "events and NMFs"
    return "events and HMMs" if n_hmms > 1 else "events"


def said_of(
    learned: LearnedClusters, n_nmfs: int, n_hmms: int, n_kept_for: int | None = None
) -> list[str]:
    """Return how many clusters there are and how sure that is, in sentences; the number first.

    Parameters
    ----------
    learned : LearnedClusters
    n_nmfs : int
        Number of NMFs.
    n_hmms : int
        Number of HMMs of each NMF.
    n_kept_for : int, optional
        Number of the events of a run that keeps clusters of an earlier one; None where the
        clusters were learned from the events at hand.
    """
    tried, place = learned.tried, learned.place
    if tried is None:
        return ["No clusters: there are too few different events."]
    if place is None:
        return _of_none(tried)
    return [
        f"{counted(learned.n_clusters, 'cluster')}.",
        *_of_origin(learned, n_kept_for),
        *_of_resamples(learned, n_nmfs, n_hmms),
        *_of_gaussian(tried, place),
    ]


def _of_origin(learned: LearnedClusters, n_kept_for: int | None) -> list[str]:
    if n_kept_for is None:
        return []
    return [
        f"They are kept from an earlier run, which learned them from "
        f"{counted(len(learned.points), 'event')}; the {counted(n_kept_for, 'event')} of this run "
        f"{'was' if n_kept_for == 1 else 'were'} assigned to them. How sure they are was found "
        "there."
    ]


def _of_none(tried: Tried) -> list[str]:
    if tried.numbers.max() < 2:
        return ["No clusters: the method found fewer than two groups."]
    place = int(tried.stabilities.argmax())
    begin = "Whatever number was tried," if len(tried.numbers) > 1 else "Either"
    return [
        "No clusters: this method finds no groups that hold.",
        f"{begin} other resamples do not find the groups again, or a cloud "
        f"without groups has as good ones. The steadiest are {tried.numbers[place]} groups: the "
        "least stable of them is like its match in a resample by "
        f"{two_digits(tried.stabilities[place])} (Jaccard similarity; 1 is the same events).",
        *_of_gaussian(tried, place),
        *_of_margin(tried, place),
    ]


def _of_margin(tried: Tried, place: int) -> list[str]:
    """Say what is asked of groups that are clearer than those of a cloud, but not by enough."""
    clear, least = tried.silhouettes[place], tried.least_silhouettes[place]
    if not tried.null_silhouettes[place] < clear <= least:
        return []
    return [
        "Groups count as clusters if they are clearer than those of the cloud by a quarter: a "
        f"silhouette above {least:.3f}, here {clear:.3f}."
    ]


def _of_resamples(learned: LearnedClusters, n_nmfs: int, n_hmms: int) -> list[str]:
    least = int(learned.cluster_stabilities.argmin())
    moved = f"{100 * learned.moved:.0f} %" if learned.moved >= 0.01 else "less than 1 %"
    return [
        f"Learned again from another resample of {drawn_again(n_nmfs, n_hmms)}, {moved} of the "
        f"events would change cluster; {_of_seeds(n_nmfs)}.",
        f"The least stable is cluster {least + 1}: it is like its match in a resample by "
        f"{two_digits(learned.cluster_stabilities[least])} (Jaccard similarity; 1 is the same "
        "events).",
    ]


def _of_seeds(n_nmfs: int) -> str:
    if n_nmfs >= _FEWEST_NMFS:
        return "another seed would move about as many"
    if n_nmfs > 1:
        return "another seed may move more, of which two NMFs tell little"
    return "another seed of the NMF, which is not tried, may move more"


def _of_gaussian(tried: Tried, place: int) -> list[str]:
    """Return how groups compare with those of a cloud that has none."""
    steady, null_steady = tried.stabilities[place], tried.null_stabilities[place]
    clear, null_clear = tried.silhouettes[place], tried.null_silhouettes[place]
    steadiness = "less steady" if null_steady < steady else "no less steady"
    clearness = "less clear" if null_clear < clear else "no less clear"
    joined = "and" if (null_steady < steady) == (null_clear < clear) else "but"
    return [
        "For comparison, a cloud of events without groups (one Gaussian of the same covariance) "
        f"was divided in the same way: its groups are {steadiness} (stability "
        f"{two_digits(null_steady)}, here {two_digits(steady)}) {joined} {clearness} (silhouette "
        f"{null_clear:.2f}, here {clear:.2f})."
    ]


def said_of_background(background: Background, labels: IntArray) -> list[str]:
    """Return what windows without events say of the clusters, in at most one sentence.

    Parameters
    ----------
    background : store.Background
    labels : ndarray of int, shape (n_events,)
        Clusters of the events, from 1; 0 for none.
    """
    if background.why_none:
        return [f"Clusters are not held against windows without events: {background.why_none}."]
    n_windows, n_clusters = len(background.times), 1 + max(labels.max(), background.clusters.max())
    windows, events = (
        np.bincount(each, minlength=n_clusters) / len(each)
        for each in (background.clusters, labels)
    )
    begin = f"Of {n_windows} windows without events, "
    if _hold_background(windows[0], events[0]):
        return [begin + f"{100 * windows[0]:.0f} % fall into no cluster."]
    more = np.flatnonzero((windows > events) & (windows >= _TENTH))
    more = more[more > 0]
    if _hold_background(windows[more].sum(), events[more].sum()):
        return [begin + _named(more, windows, events)]
    if np.maximum(windows - events, 0).sum() <= _MOST_MOVED:
        return [
            f"{n_windows} windows without events fall into the clusters much as the events do: the "
            "clusters do not separate events from background."
        ]
    return []


def _hold_background(windows: float, events: float) -> bool:
    """Tell whether shares of the windows and of the events are those of clusters of background."""
    is_more = windows - events >= _TENTH and windows * (1 - events) > _ODDS * events * (1 - windows)
    return windows >= _HALF and is_more


def _named(clusters: IntArray, windows: FloatArray, events: FloatArray) -> str:
    """Return that clusters are of background, with the shares of windows and events in them."""
    names = " and ".join(map(str, clusters))
    several = len(clusters) > 1
    return (
        f"{100 * windows[clusters].sum():.0f} % fall into cluster{'s' if several else ''} {names}, "
        f"which {'have' if several else 'has'} {100 * events[clusters].sum():.0f} % of the events: "
        f"{'they are' if several else 'it is'} what this station records without events."
    )


def two_digits(stability: float) -> str:
    """Return a stability rounded down, so that it does not seem to reach a limit that it misses."""
    return f"{floor(100 * stability) / 100:.2f}"
