"""What the jobs of a run ask for, from the size of its data: memory, time and threads."""

from math import ceil
from typing import NamedTuple

from specufex_pipe.catalogs.rows import count_shards

# Samples in a window of 20 s at 100 Hz, for which the costs were measured.
_SAMPLES = 2000
_MOST_THREADS = 8
_JOBS_OF_SHARDS = ("waveforms", "spectrograms", "activations", "fingerprints")
_FITS = ("nmf", "hmm")


class _Cost(NamedTuple):
    """A fixed part, and what each event of a window of 20 s at 100 Hz adds."""

    megabytes: float
    kilobytes_per_event: float
    minutes: float
    milliseconds_per_event: float


# At least three times what was measured (docs/cluster.md), since machines differ. Waveforms depend
# on the archive more than on anything else, and fits stop in time, whatever they are given.
_COSTS = {
    "waveforms": _Cost(1000, 1, 20, 60),
    "spectrograms": _Cost(500, 0, 10, 6),
    "nmf": _Cost(2000, 1, 120, 0),
    "activations": _Cost(1000, 0, 10, 12),
    "hmm": _Cost(2000, 1, 120, 0),
    "fingerprints": _Cost(1000, 0, 10, 6),
    "clusters": _Cost(2000, 1, 30, 0),
    "assign": _Cost(1000, 6, 10, 1.2),
    "compare": _Cost(1000, 3, 20, 1.2),
    "report": _Cost(1000, 3, 20, 1.2),
}
STAGES = tuple(_COSTS)
# Of other factorizations than the Bayesian NMF: a fit has its sample of the events in memory
# several times, and activations are found event by event.
_COSTS_OF_OTHER_METHODS = {
    "nmf": _Cost(2000, 1500, 120, 0),
    "activations": _Cost(1000, 0, 10, 150),
}


class Need(NamedTuple):
    """What a job asks for.

    Attributes
    ----------
    mem_mb : int
        Memory, MB.
    runtime : int
        Minutes.
    threads : int
    """

    mem_mb: int
    runtime: int
    threads: int


def job_needs(stage, settings, n_rows):
    """Return what a job of a stage asks for.

    Parameters
    ----------
    stage : str
    settings : config.Settings
    n_rows : int
        Number of rows of the catalog.

    Returns
    -------
    Need
    """
    cost, n_events = _COSTS[stage], n_rows
    waveforms = settings.waveforms
    length = max(1.0, waveforms.duration * waveforms.sampling_rate / _SAMPLES)
    n_shards = count_shards(n_rows, settings.shard_size)
    if stage in _JOBS_OF_SHARDS:
        n_events = min(n_rows, settings.shard_size)
    if settings.nmf.method != "bayesian" and stage in _COSTS_OF_OTHER_METHODS:
        cost = _COSTS_OF_OTHER_METHODS[stage]
        if stage == "nmf":  # which has all frames in memory
            n_events = length * min(n_events, settings.nmf.max_events)
    threads = 1
    if stage in _FITS:
        threads = _MOST_THREADS
    elif stage in ("activations", "fingerprints"):
        # Many shards keep all cores busy with one thread each.
        threads = max(1, _MOST_THREADS // n_shards)
    return Need(
        ceil(cost.megabytes * length**0.5 + cost.kilobytes_per_event * n_events / 1000),
        ceil(cost.minutes * length + cost.milliseconds_per_event * length * n_events / 60_000),
        threads,
    )
