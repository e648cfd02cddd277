"""What to distrust of a run: one list, for the log, the table of the events and the report."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import binom

from specufex_pipe.catalogs.table import summarize_event_table
from specufex_pipe.clustering.files import load as load_clusters
from specufex_pipe.clustering.files import load_parameters
from specufex_pipe.clustering.learned import LearnedClusters
from specufex_pipe.clustering.learning import NEARLY_ALL
from specufex_pipe.clustering.number import FEWEST_SURE_RESAMPLES, STEADY, Tried
from specufex_pipe.clustering.registry import CLUSTERINGS
from specufex_pipe.factorizations.files import load as load_nmf
from specufex_pipe.hmm.files import load as load_hmms
from specufex_pipe.numerics.types import FloatArray
from specufex_pipe.rejections import Rejection
from specufex_pipe.report.certainty import two_digits
from specufex_pipe.store import (
    Assignments,
    FrameStore,
    read_assignments,
    read_attributes,
    read_rejections,
)
from specufex_pipe.words import counted

# Of the new events; 1 % of those like the ones that were learned from are outside.
_OFTEN_OUTSIDE = 0.03
# Probability that as many are.
_NOT_BY_CHANCE = 0.001
# Digitizers give rates such as 99.9999 Hz.
_RATE_TOLERANCE = 1e-4
# Of the Nyquist frequency, where the anti-alias filter of a digitizer begins as a rule.
_UNFILTERED_SHARE = 0.8
# Columns that users mean for the window of an event, and the settings that make them so.
_COLUMNS_OF_WINDOWS = {
    "duration": ("length", "duration"),
    "start": ("reference", "start"),
    "starttime": ("reference", "start"),
    "end": ("length", "end"),
    "endtime": ("length", "end"),
}


class WarningKind(StrEnum):
    """What a warning is about; the list is closed, so that nobody parses text."""

    REJECTED = "most events rejected"
    FEW_EVENTS = "few events"
    UNUSED_COLUMN = "unused column"
    RECORDED_RATES = "recorded rates"
    NMF = "NMF"
    HMM = "HMM"
    CLUSTERS = "clusters"
    OUTSIDE = "events outside"


class RunWarning(NamedTuple):
    """Something to distrust.

    Attributes
    ----------
    kind : WarningKind
    detail : str
        What it is, why it matters, and what to try.
    """

    kind: WarningKind
    detail: str


def find_warnings(
    *,
    catalog: Path,
    waveforms: Path,
    spectrograms: Path,
    nmfs: Sequence[Path],
    hmms: Sequence[Path],
    clusters: Path,
    assignments: Path,
) -> list[RunWarning]:
    """Return what to distrust of a variant.

    Parameters
    ----------
    catalog, waveforms, spectrograms, clusters, assignments : Path
        Its files.
    nmfs, hmms : sequence of Path
        nmf.h5 and hmm.h5 of each of its NMFs.

    Raises
    ------
    OSError
        If a file is missing or damaged.
    """
    assigned, ensembles = read_assignments(assignments), [load_hmms(path) for path in hmms]
    n_events = len(assigned.event_ids)
    rejections = all_rejections(waveforms, spectrograms)
    found = [
        (WarningKind.REJECTED, of_rejections(n_events, rejections)),
        (WarningKind.FEW_EVENTS, of_few_events(n_events, ensembles[0].n_states)),
        (
            WarningKind.UNUSED_COLUMN,
            of_columns(summarize_event_table(catalog).columns, _settings_of(waveforms)),
        ),
        (WarningKind.RECORDED_RATES, of_rates(_recorded_rates(waveforms))),
        (WarningKind.NMF, of_nmfs([load_nmf(path).warnings_ for path in nmfs])),
        (WarningKind.HMM, of_nmfs([ensemble.warnings_ for ensemble in ensembles])),
        (
            WarningKind.CLUSTERS,
            of_clusters(load_clusters(clusters), load_parameters(clusters)),
        ),
        (WarningKind.OUTSIDE, of_outside(assigned)),
    ]
    return [RunWarning(kind, detail) for kind, details in found for detail in details]


def of_nmfs(warnings: Sequence[Sequence[str]]) -> list[str]:
    """Return the warnings of the fits of several NMFs; what is the same of several is said once.

    Parameters
    ----------
    warnings : sequence of sequence of str
        Of each NMF, or of its HMMs.
    """
    if len(warnings) == 1:
        return list(warnings[0])
    numbers_of: dict[str, list[str]] = {}
    for number, of_nmf in enumerate(warnings, start=1):
        for warning in of_nmf:
            numbers_of.setdefault(warning, []).append(str(number))
    return [
        f"of NMF{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}: {warning}"
        for warning, numbers in numbers_of.items()
    ]


def all_rejections(waveforms: Path, spectrograms: Path) -> list[Rejection]:
    """Return the events that were rejected, as rejected.csv lists them."""
    return [
        *read_rejections(waveforms, "waveforms"),
        *read_rejections(spectrograms, "spectrograms"),
    ]


def of_rejections(n_events: int, rejections: Sequence[Rejection]) -> list[str]:
    """Return a warning if most events were rejected."""
    n_all = n_events + len(rejections)
    if len(rejections) <= n_all / 2:
        return []
    kind, count = Counter(str(each.kind) for each in rejections).most_common(1)[0]
    return [
        f"{len(rejections)} of {counted(n_all, 'event was', 'events were')} rejected, {count} of "
        f"them for {kind}: what is "
        "left may not stand for the catalog; rejected.csv has the reasons"
    ]


def of_few_events(n_events: int, n_states: int) -> list[str]:
    """Return a warning if there are fewer events than states."""
    if n_events >= n_states:
        return []
    return [
        f"there {'is' if n_events == 1 else 'are'} only {counted(n_events, 'event')} for "
        f"{counted(n_states, 'state')} of the HMM, so that states and clusters "
        "describe single events: try fewer states (hmm.n_states), or more events"
    ]


def _settings_of(waveforms: Path) -> dict[str, Any]:
    settings: dict[str, Any] = json.loads(read_attributes(waveforms)["settings"])
    return settings


def of_columns(columns: Iterable[str], settings: Mapping[str, Any]) -> list[str]:
    """Return a warning for each column of a catalog that seems to be of windows, and is of none.

    Parameters
    ----------
    columns : iterable of str
    settings : dict
        Of the waveforms.
    """
    if settings.get("length") == "file":
        return []
    found = []
    for column in columns:
        key, value = _COLUMNS_OF_WINDOWS.get(column.lower(), ("", ""))
        if key and settings.get(key) != value:
            found.append(
                f"the catalog's column {column} changes no window: where it is meant to, set "
                f"waveforms.{key} to {value}"
            )
    return found


def of_rates(rates: FloatArray) -> list[str]:
    """Return a warning if events were recorded at different rates.

    Parameters
    ----------
    rates : ndarray of shape (n_events,)
        Hz.
    """
    values, counts = np.unique(rates, return_counts=True)
    # A new group begins where a rate is higher than the one before by more than digitizers err.
    starts = np.flatnonzero(np.diff(values, prepend=0) > _RATE_TOLERANCE * values)
    if len(starts) < 2:
        return []
    named = [
        f"{values[start]:g} Hz ({counted(count, 'event')})"
        for start, count in zip(starts, np.add.reduceat(counts, starts), strict=True)
    ]
    limit = _UNFILTERED_SHARE * values[0] / 2
    return [
        f"events were recorded at different rates, {', '.join(named)}: their anti-alias filters "
        "and their noise differ, most of all near the Nyquist frequency of the lowest rate, so "
        "that clusters may tell digitizers apart; compare clusters with rates, or keep "
        f"spectrograms.fmax below {limit:g} Hz"
    ]


def _recorded_rates(waveforms: Path) -> FloatArray:
    with FrameStore(waveforms, "waveforms") as store:
        return store.array("recorded_rate") if store.n_events else np.empty(0)


def of_clusters(learned: LearnedClusters, parameters: Mapping[str, Any]) -> list[str]:
    """Return warnings of clusters that are none, are not steady, or whose number is not sure.

    Parameters
    ----------
    learned : LearnedClusters
    parameters : dict
        Of the `EventClusterer` that learned them.
    """
    tried = learned.tried
    if tried is None:
        return ["there are too few different events for clusters"]
    if tried.numbers.max() < 2:
        return [
            f"there are none: {parameters['method']} found fewer than two groups; try another "
            "method (clusters.method)"
        ]
    if learned.place is None:
        return [
            f"there are none: {parameters['method']} finds no number of clusters that is both "
            "steady over resamples and clearer than what one Gaussian of the same covariance falls "
            "into. Another method may find some (clusters.method), or other features "
            "(clusters.features); with a number (clusters.n_clusters) there are clusters anyway",
            *_of_resamples(parameters),
        ]
    found = _of_wanted(learned.n_clusters, parameters)
    if not learned.beats_null:
        found.append(
            "those found are hardly more than what one Gaussian of the same covariance falls into: "
            "do not take them for sorts of event"
        )
    found += _of_stabilities(learned.cluster_stabilities)
    found += _of_range(tried, learned.place, parameters)
    return found + _of_resamples(parameters)


def _of_wanted(n_clusters: int, parameters: Mapping[str, Any]) -> list[str]:
    """Return a warning if there are not as many clusters as were asked for."""
    wanted = parameters["n_clusters"]
    if isinstance(wanted, str) or wanted == n_clusters:
        return []
    return [
        f"there are {n_clusters}, and {wanted} were asked for (clusters.n_clusters): "
        f"{parameters['method']} makes no other number of these events"
    ]


def _of_stabilities(stabilities: FloatArray) -> list[str]:
    """Return a warning if clusters are not steady."""
    unsteady = np.flatnonzero(stabilities < STEADY) + 1
    if not len(unsteady):
        return []
    named = ", ".join(map(str, unsteady))
    clusters = f"cluster {named} is" if len(unsteady) == 1 else f"clusters {named} are"
    least = two_digits(stabilities.min())
    return [
        f"{clusters} not steady: of the least stable, resamples find {least} again "
        f"(Jaccard similarity), where a steady cluster has {STEADY:g} or more"
    ]


def _of_range(tried: Tried, place: int, parameters: Mapping[str, Any]) -> list[str]:
    """Return a warning if the number that a rule chose is at the edge of those that were tried."""
    number = int(tried.numbers[place])
    if len(tried.numbers) == 1:
        return []
    if number == parameters["n_clusters_max"]:
        return [
            f"{number} were chosen, the most that were tried: more may be better "
            "(clusters.n_clusters_max)"
        ]
    # Fewer than two are none.
    if number == parameters["n_clusters_min"] > 2:
        return [
            f"{number} were chosen, the fewest that were tried: fewer may be better "
            "(clusters.n_clusters_min)"
        ]
    return []


def _of_resamples(parameters: Mapping[str, Any]) -> list[str]:
    """Return a warning if the number was chosen by few resamples."""
    n_resamples = parameters["n_resamples"]
    is_chosen = parameters["n_clusters"] == "stability"
    is_chosen &= not CLUSTERINGS[parameters["method"]].finds_number
    if not is_chosen or n_resamples >= FEWEST_SURE_RESAMPLES:
        return []
    return [
        f"how many there are was decided by {n_resamples} resamples, and others may decide "
        f"otherwise: set clusters.n_resamples to {FEWEST_SURE_RESAMPLES} or more"
    ]


def of_outside(assigned: Assignments) -> list[str]:
    """Return a warning if more new events than usual are unlike all that was learned from.

    Parameters
    ----------
    assigned : Assignments
    """
    n_new = int(np.count_nonzero(assigned.are_new))
    n_outside = int(np.count_nonzero(assigned.are_outside))
    by_chance = binom.sf(n_outside - 1, n_new, 1 - NEARLY_ALL)
    if n_outside <= _OFTEN_OUTSIDE * n_new or by_chance >= _NOT_BY_CHANCE:
        return []
    n_in_none = np.count_nonzero(assigned.are_outside & (assigned.clusters == 0))
    return [
        f"{n_outside:,} of {n_new:,} events that the clusters were not learned from are farther "
        "from all that they were learned from than 99 % of events like those; "
        f"{n_in_none:,} of them are in no cluster (cluster 0), and the others may be in a wrong "
        "one: look at them (outside in events.csv), and if they are a sort of their own, learn the "
        "clusters again"
    ]
