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


def fit_options(wildcards, resources):
    """Return when a fit stops and what it begins from, which do not change what a rule makes.

    Snakemake does not compare parameters that depend on resources with those of the last run.
    """
    options = [f"--runtime {resources.runtime}"]
    if settings.time_budget:
        options.append(f"--time-budget {settings.time_budget}")
    if settings.model == "update":
        options.append("--update")
    return " ".join(options)


@cache
def read_states(path, modified):
    with open(path, newline="", encoding="utf-8") as file:
        return {(row["channel"], int(row["shard"])): row["state"] for row in csv.DictReader(file)}


def shard_state(wildcards):
    """Return the digest of what the waveforms of a shard depend on.

    Snakemake asks again when the checkpoint has written the table anew. Asked for through
    `checkpoints`, it would take every shard for changed at the start of a run.
    """
    table = f"{settings.results}/shards.csv"
    if not os.path.exists(table):
        return "unknown"
    states = read_states(table, os.stat(table).st_mtime_ns)
    return states.get((wildcards.channel, int(wildcards.shard)), "unknown")


def rows_of_shard(wildcards):
    rows = shard_rows(int(wildcards.shard), settings.shard_size)
    return f"{rows.start}:{rows.stop}"


def files_of_shards(wildcards):
    return expand(f"{SHARD}/{{kind}}.h5", shard=shard_names(), **wildcards)


FIGURES = ("overview", "timeline", "map", "silhouette", "patterns", "states", "fits")


def figures_of_report():
    """Return the figures as outputs with captions, for `snakemake --report`."""
    return {
        name: report(
            f"{RESULTS}/figures/{name}.png",
            caption=f"../report/{name}.rst",
            category="{channel}",
            labels={"figure": name},
        )
        for name in FIGURES
    }
