"""How far two runs agree on the events that both have."""

from dataclasses import dataclass
from math import floor

import numpy as np
from sklearn.metrics import adjusted_rand_score

from specufex_pipe.clustering.evaluation import Agreement, agreement_of
from specufex_pipe.clustering.matching import Match, best_matches, pair_clusters
from specufex_pipe.numerics.types import IntArray
from specufex_pipe.report.runs import Run
from specufex_pipe.words import counted

# The agreement of resamples is one of all events that a run has: it says little of a few of them.
_LEAST_SHARE_IN_COMMON = 0.5
_FEWEST_EVENTS = 50
# Of what chance leaves to be gained, from which on clusters are called parts of others.
_PARTS = 0.75


@dataclass(frozen=True)
class Overlap:
    """Two runs on the events that both have.

    Attributes
    ----------
    agreement : clustering.evaluation.Agreement
        In which the events in no cluster count as a group, of number 0.
    rand_index_inside : float or None
        Adjusted Rand index of the events that are in a cluster in both; None where all are, or
        fewer than two.
    n_inside : int
        Number of these events.
    matches, matches_back : list of clustering.matching.Match
        Of each cluster of the first, and of the second.
    pairs : list of (int, int)
        Clusters that are paired one to one.
    """

    agreement: Agreement
    rand_index_inside: float | None
    n_inside: int
    matches: list[Match]
    matches_back: list[Match]
    pairs: list[tuple[int, int]]

    @property
    def rows(self) -> list[int]:
        """Clusters of the first by their numbers; 0, no cluster, last."""
        numbers = self.agreement.first.tolist()
        return [*(n for n in numbers if n), *(n for n in numbers if not n)]

    @property
    def columns(self) -> list[int]:
        """Clusters of the second in the order of those that they are paired with; 0 last."""
        numbers = self.agreement.second.tolist()
        paired = [column for _, column in self.pairs]
        others = [number for number in numbers if number and number not in paired]
        return [*paired, *others, *(n for n in numbers if not n)]

    def counts(self) -> IntArray:
        """Return the number of events in each pair of `rows` and `columns`."""
        first, second = self.agreement.first.tolist(), self.agreement.second.tolist()
        rows, columns = map(first.index, self.rows), map(second.index, self.columns)
        return self.agreement.table[np.ix_(list(rows), list(columns))]


def compare_labels(first: IntArray, second: IntArray) -> Overlap:
    """Compare the clusters of the same events in two runs.

    Parameters
    ----------
    first, second : ndarray of int, shape (n_events,)
        From 1; 0 for none. At least one event.
    """
    found = agreement_of(first, second)
    inside = (first > 0) & (second > 0)
    n_inside = int(np.count_nonzero(inside))
    is_needed = 1 < n_inside < len(first)
    matches, matches_back = best_matches(found)
    return Overlap(
        found,
        float(adjusted_rand_score(first[inside], second[inside])) if is_needed else None,
        n_inside,
        matches,
        matches_back,
        pair_clusters(found),
    )


def say_agreement(first: Run, second: Run, overlap: Overlap) -> list[str]:
    """Return how far two runs agree, in sentences.

    Parameters
    ----------
    first, second : runs.Run
    overlap : Overlap
        Of them.
    """
    found = overlap.agreement
    without = [run for run in (first, second) if not run.n_clusters]
    if without:
        names = " and ".join(run.letter for run in without)
        return [f"{names} found no clusters, so that there is no agreement to speak of."]
    if found.n_events == 1:
        return ["One event in common tells nothing of agreement."]
    said = []
    if len(found.first) == len(found.second) == 1:
        said.append("Both have all events in common in one group, which tells nothing.")
    else:
        said.append(
            f"Adjusted Rand index {found.rand_index:z.2f}, adjusted mutual information "
            f"{found.mutual_information:z.2f} (1: the same groups, 0: chance)."
        )
    n_outside = found.n_events - overlap.n_inside
    if n_outside:
        verb = "is" if n_outside == 1 else "are"
        sentence = (
            f"{counted(n_outside, 'event')} {verb} in no cluster in one run or both; these "
            "numbers count those of each run as a group."
        )
        if overlap.rand_index_inside is not None:
            sentence += (
                f" Without them the adjusted Rand index is {overlap.rand_index_inside:z.2f}."
            )
        said.append(sentence)
    if len(found.first) > 1 or len(found.second) > 1:
        said += _say_parts(first, second, found) + _say_yardstick(first, second, found)
    return said


def _say_parts(first: Run, second: Run, found: Agreement) -> list[str]:
    """Return whether the clusters of the run that has more are parts of those of the other."""
    if first.n_clusters == second.n_clusters:
        return []
    coarse, fine, table = first, second, found.table
    if first.n_clusters > second.n_clusters:
        coarse, fine, table = second, first, found.table.T
    kept = table.max(axis=0).sum() / found.n_events
    # What is kept of any clusters, where most events are in one.
    by_chance = table.sum(axis=1).max() / found.n_events
    if by_chance == 1 or (kept - by_chance) / (1 - by_chance) < _PARTS:
        return []
    share = "all" if kept == 1 else f"{floor(100 * kept)} %"
    return [
        f"Clusters of {fine.letter} are parts of those of {coarse.letter}: each put into the one "
        f"that holds most of it, {share} of the events are in their cluster of {coarse.letter}."
    ]


def _say_yardstick(first: Run, second: Run, found: Agreement) -> list[str]:
    """Return how the agreement compares with that of resamples, where this can be said."""
    agreements = [run.agreement_of_resamples for run in (first, second)]
    if first.clusters_digest == second.clusters_digest or None in agreements:
        return []
    one, other = (float(each or 0) for each in agreements)
    told = (
        f"(mean adjusted Rand index of two resamples: {first.letter} {one:.2f}, "
        f"{second.letter} {other:.2f})"
    )
    most = max(len(first.labels), len(second.labels))
    why_not = ""
    if first.are_kept or second.are_kept or found.n_events < _LEAST_SHARE_IN_COMMON * most:
        why_not = "but on other events than these"
    elif found.n_events < _FEWEST_EVENTS:
        why_not = f"but fewer than {_FEWEST_EVENTS} events are too few to tell a difference"
    if why_not:
        return [
            f"Resamples of each run agree among themselves {told}, {why_not}, so that they are no "
            "measure here."
        ]
    # As they are shown: what is told must agree with the numbers beside it.
    reached, low, high = (round(each, 2) for each in (found.rand_index, *sorted((one, other))))
    if reached >= high:
        return [f"The runs differ no more than resamples of either of them do {told}."]
    if reached < low:
        return [f"The runs differ more than resamples of either of them do {told}."]
    steadier = first.letter if one >= other else second.letter
    return [
        f"The runs differ more than resamples of {steadier} do, and no more than those of the "
        f"other {told}."
    ]
