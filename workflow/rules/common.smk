# What the rules share: paths, shards, and what jobs ask for.
from functools import cache

RESULTS = f"{settings.results}/{{channel}}"
SHARD = f"{RESULTS}/shards/{{shard}}"
LOGS = f"{RESULTS}/logs"
BENCHMARKS = f"{RESULTS}/benchmarks"

# What depends on the factorization is in folders of the same form: that of the channel, where {run}
# is empty, and results/CHANNEL/compare/METHOD for each that is compared with it.
RUN = f"{RESULTS}{{run}}"
RUN_SHARD = f"{RUN}/shards/{{shard}}"
RUN_LOGS = f"{RUN}/logs"
RUN_BENCHMARKS = f"{RUN}/benchmarks"
CHANNEL_MODELS = f"{settings.models}/{{channel}}"
MODELS = f"{CHANNEL_MODELS}{{run}}"
RUNS = ["", *(f"{os.sep}compare{os.sep}{method}" for method in settings.compared_methods)]

# A fit whose time is over keeps its state, and ends with a code that has it started again: as a new
# job, and so not by the Snakemake that runs within a job of a cluster.
HAND_OVERS = 0 if workflow.remote_exec else 20


wildcard_constraints:
    channel="|".join(channel.replace(".", r"\.") for channel in settings.channels),
    shard=r"\d{5}",
    # Snakemake takes an empty pattern for none.
    run=f"(?:{'|'.join(RUNS)})",


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
def settings_of(run):
    """Return the settings of a run: the folder of the one that others are compared with is empty."""
    return settings.of_method(Path(run).name) if run else settings


@cache
def needs(stage, run):
    return job_needs(stage, settings_of(run), n_rows())


def needs_of(stage, wildcards):
    return needs(stage, wildcards.get("run", ""))


def memory(stage):
    """Ask for more each time that a job has failed; a fit may only have been handed over."""
    return lambda wildcards, attempt: growth(stage, attempt) * needs_of(stage, wildcards).mem_mb


def runtime(stage):
    return lambda wildcards, attempt: growth(stage, attempt) * needs_of(stage, wildcards).runtime


def growth(stage, attempt):
    return 1 if stage in ("nmf", "hmm") else min(attempt, 3)


def threads_of(stage):
    return lambda wildcards: needs_of(stage, wildcards).threads


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
    return expand(f"{RUN_SHARD}/{{kind}}.h5", shard=shard_names(), **wildcards)


def of_runs(name):
    """Return a file of each run of a channel."""
    return lambda wildcards: expand(f"{RUN}/{name}", run=RUNS, **wildcards)


def option(name, value):
    """Return an option of a stage and its value, or nothing where there is no value."""
    return [f"--{name}", str(value)] if value else []


FIGURES = ["overview", "timeline", "map", "silhouette", "patterns", "states", "fits"]
if settings.compared_methods:
    FIGURES.append("comparison")


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
