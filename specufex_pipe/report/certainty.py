"""How sure clusters are, in words: what the report says first."""

from math import floor

from specufex_pipe.clustering.learned import LearnedClusters
from specufex_pipe.clustering.number import STEADY, Tried
from specufex_pipe.words import counted

# Mean best Jaccard similarities, and what is said of clusters that have as much: Hennig's marks.
_WORDS = ((STEADY, "steady"), (0.85, "rather steady"), (0.75, "weak"))
_NOT_FOUND = "not found again"


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


def said_of(learned: LearnedClusters, n_hmms: int, n_kept_for: int | None = None) -> list[str]:
    """Return how many clusters there are and how sure that is, in sentences; the number first.

    Parameters
    ----------
    learned : LearnedClusters
    n_hmms : int
        Number of HMMs, which are drawn again with the events.
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
        *_of_resamples(learned, n_hmms),
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
    return [
        "No clusters: this method finds no groups that hold.",
        "Whatever number was tried, other resamples do not find the groups again, or a cloud "
        f"without groups has as good ones. The steadiest are {tried.numbers[place]} groups: the "
        "least stable of them is like its match in a resample by "
        f"{two_digits(tried.stabilities[place])} (Jaccard similarity; 1 is the same events).",
        *_of_gaussian(tried, place),
    ]


def _of_resamples(learned: LearnedClusters, n_hmms: int) -> list[str]:
    of_what = "events and HMMs" if n_hmms > 1 else "events"
    least = int(learned.cluster_stabilities.argmin())
    moved = f"{100 * learned.moved:.0f} %" if learned.moved >= 0.01 else "less than 1 %"
    return [
        f"Learned again from another resample of {of_what}, {moved} of the events would change "
        "cluster; another seed of the NMF, which is not tried, may move more.",
        f"The least stable is cluster {least + 1}: it is like its match in a resample by "
        f"{two_digits(learned.cluster_stabilities[least])} (Jaccard similarity; 1 is the same "
        "events).",
    ]


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


def two_digits(stability: float) -> str:
    """Return a stability rounded down, so that it does not seem to reach a limit that it misses."""
    return f"{floor(100 * stability) / 100:.2f}"
