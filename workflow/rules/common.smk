# What the rules share: paths, shards, and what jobs ask for.
from functools import cache

RESULTS = f"{settings.results}/{{channel}}"
SHARD = f"{RESULTS}/shards/{{shard}}"
LOGS = f"{RESULTS}/logs"
BENCHMARKS = f"{RESULTS}/benchmarks"
MODELS = f"{settings.models}/{{channel}}"

# A fit whose time is over keeps its state, and ends with a code that has it started again: as a new
# job, and so not by the Snakemake that runs within a job of a cluster.
HAND_OVERS = 0 if workflow.remote_exec else 20

# Given to fits and no part of their rules, since they do not change what a fit ends with.
FIT_OPTIONS = " ".join(
    [
        *([f"--time-budget {settings.time_budget}"] if settings.time_budget else []),
        *(["--update"] if settings.model == "update" else []),
    ]
)


wildcard_constraints:
    channel="|".join(channel.replace(".", r"\.") for channel in settings.channels),
    shard=r"\d{5}",


def model_file(path):
    """Keep a model until the next one is whole if that one goes on from it."""
    return update(path) if settings.model == "update" else path


@cache
def n_rows():
    try:
        return count_rows(settings.waveforms.catalog)
    except StageError as error:
        raise WorkflowError(str(error)) from None


def n_shards():
    return count_shards(n_rows(), settings.shard_size)


def shard_names():
    return [f"{number:05d}" for number in range(n_shards())]


@cache
def needs(stage):
    return job_needs(stage, settings, n_rows())


def memory(stage):
    """Ask for more each time that a job has failed; a fit may only have been handed over."""
    return lambda wildcards, attempt: growth(stage, attempt) * needs(stage).mem_mb


def runtime(stage):
    return lambda wildcards, attempt: growth(stage, attempt) * needs(stage).runtime


def growth(stage, attempt):
    return 1 if stage in ("nmf", "hmm") else min(attempt, 3)


def threads_of(stage):
    return lambda wildcards: needs(stage).threads
