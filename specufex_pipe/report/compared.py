"""What runs have in common and how they differ: clusters, flows of events, settings."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from sklearn.metrics import adjusted_rand_score

from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.report.agreement import Overlap, compare_labels, say_agreement
from specufex_pipe.report.likeness import Likeness, compare_spectra
from specufex_pipe.report.runs import Run

# More are not read by anybody, and take minutes.
MOST_RUNS = 20
# Of more runs, each is compared with the first alone.
_MOST_WITH_ALL_PAIRS = 4
MOST_COLUMNS_OF_FLOWS = 8
_NOT_SET = "not set"


@dataclass(frozen=True)
class Pair:
    """Two runs beside each other.

    Attributes
    ----------
    first, second : runs.Run
    n_common, n_only_first, n_only_second : int
        Number of events that both have, and that only one has, by their ids.
    overlap : Overlap or None
        None where they have no event in common.
    likeness : list of Likeness
        Of each cluster of the first, where they have no event in common and spectra can be
        compared.
    said : list of str
        How far they agree, in sentences.
    """

    first: Run
    second: Run
    n_common: int
    n_only_first: int
    n_only_second: int
    overlap: Overlap | None
    likeness: list[Likeness]
    said: list[str]


class Flow(NamedTuple):
    """Runs that follow each other and have events in common, and the clusters of these events."""

    runs: list[Run]
    labels: list[IntArray]


@dataclass(frozen=True)
class Compared:
    """All that the page of compared runs shows.

    Attributes
    ----------
    runs : list of runs.Run
    n_left_out : int
        Number of the runs beyond the first 20, which are not compared.
    pairs : list of Pair
        All of them, or those with the first run where there are more than four runs.
    rand_indices : ndarray of shape (n_runs, n_runs)
        Adjusted Rand indices of all pairs; on the diagonal, of resamples of a run, unless its
        clusters were kept from another. NaN where there is none.
    flows : list of Flow
    differences : list of (str, list of str)
        Settings that are not the same in all runs: key, and value in each.
    made_from : list of (str, list of str)
        The same of versions of the software and digests of the catalog and the clusters.
    """

    runs: list[Run]
    n_left_out: int
    pairs: list[Pair]
    rand_indices: FloatArray
    flows: list[Flow]
    differences: list[tuple[str, list[str]]]
    made_from: list[tuple[str, list[str]]]

    @property
    def groups_of_same_clusters(self) -> list[list[Run]]:
        """Runs whose clusters are the same, two or more in a group."""
        groups: dict[str, list[Run]] = {}
        for run in self.runs:
            if run.n_clusters:
                groups.setdefault(run.clusters_digest, []).append(run)
        return [group for group in groups.values() if len(group) > 1]


def compare_runs(runs: Sequence[Run]) -> Compared:
    """Compare runs.

    Parameters
    ----------
    runs : sequence of runs.Run
        Two or more; of more than 20, the first 20 are compared.
    """
    shown = list(runs[:MOST_RUNS])
    aligned = _align(shown)
    rand_indices = np.full((len(shown), len(shown)), np.nan)
    for place, run in enumerate(shown):
        if (agreement := run.agreement_of_resamples) is not None and not run.are_kept:
            rand_indices[place, place] = agreement
    pairs = []
    for i, j in combinations(range(len(shown)), 2):
        common = (aligned[i] >= 0) & (aligned[j] >= 0)
        one, other = aligned[i][common], aligned[j][common]
        if shown[i].n_clusters and shown[j].n_clusters and len(one) > 1:
            rand_indices[i, j] = rand_indices[j, i] = adjusted_rand_score(one, other)
        if len(shown) <= _MOST_WITH_ALL_PAIRS or i == 0:
            pairs.append(_compare_pair(shown[i], shown[j], one, other))
    settings = {run.letter: run.all_settings() for run in shown}
    return Compared(
        runs=shown,
        n_left_out=len(runs) - len(shown),
        pairs=pairs,
        rand_indices=rand_indices,
        flows=_flows(shown, aligned),
        differences=differences(list(settings.values())),
        made_from=differences([_made_from(run) for run in shown]),
    )


def _align(runs: Sequence[Run]) -> IntArray:
    """Return the cluster of each event in each run, shape (n_runs, n_events); -1 if it has none."""
    places: dict[str, int] = {}
    for run in runs:
        for event_id in run.event_ids:
            places.setdefault(event_id, len(places))
    aligned = np.full((len(runs), len(places)), -1)
    for row, run in zip(aligned, runs, strict=True):
        row[[places[event_id] for event_id in run.event_ids]] = run.labels
    return aligned


def _compare_pair(first: Run, second: Run, one: IntArray, other: IntArray) -> Pair:
    """Compare two runs, given the clusters of the events that both have."""
    overlap = compare_labels(one, other) if len(one) else None
    said: list[str] = []
    likeness: list[Likeness] = []
    if overlap is None:
        likeness, why_none = compare_spectra(first, second)
        said = [why_none] if why_none else []
    else:
        said = say_agreement(first, second, overlap)
    if first.n_clusters and first.clusters_digest == second.clusters_digest:
        said.insert(0, "Both have the same clusters, and numbers mean the same.")
    return Pair(
        first, second, len(one), len(first.labels) - len(one), len(second.labels) - len(one),
        overlap, likeness, said,
    )  # fmt: skip


def _flows(runs: Sequence[Run], aligned: IntArray) -> list[Flow]:
    """Return runs that follow each other, as long as they have events in common."""
    flows, start = [], 0
    while start < len(runs):
        common, stop = aligned[start] >= 0, start + 1
        while stop < len(runs) and stop - start < MOST_COLUMNS_OF_FLOWS:
            both = common & (aligned[stop] >= 0)
            if not both.any():
                break
            common, stop = both, stop + 1
        if stop - start > 1:
            flows.append(Flow(list(runs[start:stop]), list(aligned[start:stop, common])))
        # The last run of a full figure is the first of the next.
        is_full = stop - start == MOST_COLUMNS_OF_FLOWS and stop < len(runs)
        start = stop - 1 if is_full else stop
    return flows


def differences(values_of_runs: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[str]]]:
    """Return the keys whose values are not the same in all runs, and the value in each as text.

    Parameters
    ----------
    values_of_runs : sequence of dict
    """
    keys = dict.fromkeys(key for values in values_of_runs for key in values)
    rows = [
        (key, [_text(values[key]) if key in values else _NOT_SET for values in values_of_runs])
        for key in keys
    ]
    return [(key, texts) for key, texts in rows if len(set(texts)) > 1]


def _text(value: Any) -> str:
    if value is None:
        return "none"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _made_from(run: Run) -> dict[str, str]:
    """Return versions of the software, and digests of what went in and came out."""
    software = {f"{name}, written by": str(of["software"]) for name, of in run.attributes.items()}
    digests = {
        "catalog, digest of what was read": str(run.attributes["catalog"].get("catalog", "")),
        "waveforms, digest": str(run.attributes["waveforms"]["digest"]),
        "clusters, digest": run.clusters_digest,
    }
    return software | digests
