"""What the jobs of a run ask for, from the size of its data: memory, time and threads."""

from math import ceil
from typing import NamedTuple

from specufex_pipe.catalogs.shards import count_shards
from specufex_pipe.factorizations.registry import job_costs
from specufex_pipe.fitting.cost import Cost
from specufex_pipe.settings import Settings
from specufex_pipe.stages.registry import STAGES, Scope, Threads

# Samples in a window of 20 s at 100 Hz, for which the costs were measured.
_SAMPLES = 2000
_MOST_THREADS = 8
_FEW_THREADS = 4


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


def job_needs(stage: str, settings: Settings, n_rows: int) -> Need:
    """Return what a job of a stage asks for.

    Parameters
    ----------
    stage : str
    settings : settings.Settings
        Of its variant.
    n_rows : int
        Number of rows of the catalog.

    Returns
    -------
    Need
    """
    waveforms = settings.waveforms
    length = max(1.0, waveforms.duration * waveforms.sampling_rate / _SAMPLES)
    cost = _cost(stage, settings)
    n_events: float = n_rows
    if STAGES[stage].scope is Scope.SHARD:
        n_events = min(n_rows, settings.shard_size)
    if STAGES[stage].cost == "fit" and job_costs(settings.nmf.method).in_memory:
        n_events = length * min(n_rows, settings.nmf.max_events)
    n_shards = count_shards(n_rows, settings.shard_size)
    threads = {
        Threads.ONE: 1,
        Threads.SHARED: max(1, _MOST_THREADS // n_shards),
        Threads.FEW: _FEW_THREADS,
        Threads.ALL: _MOST_THREADS,
    }
    n_models = settings.hmm.n_models if STAGES[stage].for_each_hmm else 1
    minutes = n_models * cost.milliseconds_per_event * n_events / 60_000
    # The fixed part is the fit itself; of a job that does not fit, it is its start.
    minutes += cost.minutes * (n_models if STAGES[stage].resumes else 1)
    return Need(
        ceil(cost.megabytes * length**0.5 + cost.kilobytes_per_event * n_events / 1000),
        ceil(minutes * length),
        threads[STAGES[stage].threads],
    )


def _cost(stage: str, settings: Settings) -> Cost:
    cost = STAGES[stage].cost
    if isinstance(cost, Cost):
        return cost
    if cost is None:
        raise KeyError(f"{stage} asks for nothing")
    return job_costs(settings.nmf.method)._asdict()[cost]
