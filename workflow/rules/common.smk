# What the rules share: paths, units and variants, shards.
import re
from functools import cache

from snakemake.logging import logger

from specufex_pipe.catalogs.shards import count_shards, shard_names, shard_rows
from specufex_pipe.catalogs.table import summarize_event_table
from specufex_pipe.features.blocks import needs_catalog
from specufex_pipe.jobs.failures import last_words
from specufex_pipe.jobs.models import (
    check_models,
    checkpoint_of,
    remove_checkpoints,
    settings_without_effect,
)
from specufex_pipe.jobs.variants import owner_of
from specufex_pipe.settings import (
    MAIN,
    channel_of_folder,
    check_results,
    folder_of_channel,
    is_expression,
    sections_as_json,
)
from specufex_pipe.stages.registry import STAGES
from specufex_pipe.stages.index import COLUMNS as CHANNEL_COLUMNS
from specufex_pipe.stages.shards import ALL_DATA, COLUMNS as SHARD_COLUMNS
from specufex_pipe.store import read_sealed_csv

RESULTS = settings.results
# A unit is what one analysis is of: today a channel. Both are called as their folders are.
UNIT = f"{RESULTS}/{{unit}}/{{variant}}"
UNIT_SHARD = f"{UNIT}/shards/{{shard}}"
CHANNEL = f"{RESULTS}/{{channel}}/{{variant}}"
CHANNEL_SHARD = f"{CHANNEL}/shards/{{shard}}"
VARIANTS = settings.variant_names
# Beside the variants, those that differ from them in the seed of the NMF alone, such as main.2.
NMFS = settings.all_names

# A fit whose time is over keeps its state, and ends with a code that has it started again: as a new
# job, and so not by the Snakemake that runs within a job of a cluster.
HAND_OVERS = 0 if workflow.remote_exec else 20


wildcard_constraints:
    channel=r"[^/]+\.[^/]+\.[^/]*\.[^/]+",
    unit=r"[^/]+\.[^/]+\.[^/]*\.[^/]+",
    variant="|".join(VARIANTS),
    shard=r"\d{5}",


# The stage that makes each file that a variant may have; what is joined is that of the shards.
STAGE_OF_FILE = {
    file: name for name, stage in STAGES.items() if stage.depends for file in stage.writes
}


@cache
def owner(stage, variant):
    return owner_of(stage, variant, settings)


def variants_with_own(stage):
    """Return an expression for the variants that share the files of a stage with no other.

    Of a stage before the clusters, the other NMFs of variants are among them.
    """
    names = VARIANTS if "clusters" in STAGES[stage].depends else NMFS
    return "|".join(re.escape(name) for name in names if owner(stage, name) == name)


@cache
def nmf_names(variant):
    return settings.nmf_names(variant)


def of_each_nmf(place_of, file):
    """Return where a file of each NMF of a variant is; `place_of` tells it of one."""
    return lambda wildcards: [
        place_of(file, name, wildcards.unit) for name in nmf_names(wildcards.variant)
    ]


def of_variant(file, variant, unit, shard=None):
    """Return where a file of a variant is: in its own folder, or in main's."""
    folder = f"{RESULTS}/{unit}/{owner(STAGE_OF_FILE[file], variant)}"
    return f"{folder}/{file}" if shard is None else f"{folder}/shards/{shard}/{file}"


def unit_file(file):
    return lambda wildcards: of_variant(file, wildcards.variant, wildcards.unit)


def shard_file(file):
    return lambda wildcards: of_variant(
        file, wildcards.variant, wildcards.get("unit") or wildcards.channel, wildcards.shard
    )


def files_of_shards(file):
    """Return a file of each shard; how many there are, the catalog tells."""
    return lambda wildcards: [
        of_variant(file, wildcards.variant, wildcards.unit, shard) for shard in all_shards()
    ]


def own_shards(wildcards):
    """Return the stores that are joined; one that variants share is made for the first of them."""
    file = f"{wildcards.kind}.h5"
    first = owner(STAGE_OF_FILE[file], wildcards.variant)
    if first != wildcards.variant:
        raise WorkflowError(
            f"{wildcards.variant} has no {file} of its own: its changes do not touch it, and it "
            f"shares that of {first}"
        )
    return files_of_shards(file)(wildcards)


def shards_folder(stage):
    """Return the folder of the shards that a stage has made, as it is on disk."""
    return lambda wildcards: str(
        results_folder() / wildcards.unit / owner(stage, wildcards.variant) / "shards"
    )


def files_of_variants(file):
    return lambda wildcards: [of_variant(file, variant, wildcards.unit) for variant in VARIANTS]


def model_of_variant(file, variant, unit):
    """Return a model: one that is fitted, or one that is taken as it is."""
    if settings.fits_models:
        return of_variant(file, variant, unit)
    folder = settings.models if settings.model == "frozen" else absolute(settings.models)
    return f"{folder}/{unit}/{owner(STAGE_OF_FILE[file], variant)}/{file}"


def model_file(file):
    return lambda wildcards: model_of_variant(file, wildcards.variant, wildcards.unit)


def files_of_results(place_of, file):
    """Return a file of each unit and variant; one that variants share is there once."""
    return lambda wildcards: list(
        dict.fromkeys(place_of(file, variant, unit) for unit in units() for variant in VARIANTS)
    )


def folders_of_results(wildcards):
    """Return the folder of each unit and variant, as it is on disk."""
    return [str(results_folder() / unit / variant) for unit in units() for variant in VARIANTS]


def kept_models():
    """Return the option that names the results whose models are kept, if they are not these."""
    is_elsewhere = settings.models != settings.results
    return option("models", absolute(settings.models) if is_elsewhere else None)


def fitted_model(path):
    """Keep a model until the next one is whole if that one starts from it."""
    return update(path) if settings.model == "update" else path


def results_folder():
    """Return the folder of results as it is on disk, with the prefix of a module."""
    return Path(rules.catalog.output.table).parent


def models_folder():
    return results_folder() if settings.model == "frozen" else Path(settings.models)


def require_results_folder():
    try:
        check_results(settings, results_folder())
    except SettingsError as error:
        raise WorkflowError(str(error)) from None


def require_models(units):
    try:
        check_models(settings, models_folder(), units)
    except SettingsError as error:
        raise WorkflowError(str(error)) from None


@cache
def warn_of_kept_models(units):
    try:
        lines = settings_without_effect(settings, models_folder(), units)
    except OSError as error:
        raise WorkflowError(str(error)) from None
    for line in lines:
        logger.warning(line)


def has_comparison():
    return len(VARIANTS) > 1 or settings.labels is not None


def has_several_results():
    return len(units()) * len(VARIANTS) > 1


HAS_EXPRESSIONS = any(is_expression(channel) for channel in settings.channels)
NAMED_UNITS = [] if HAS_EXPRESSIONS else list(map(folder_of_channel, settings.channels))


def units():
    """Return the units; where channels have * or ?, what they stand for is known from the index."""
    if not HAS_EXPRESSIONS:
        return NAMED_UNITS
    table = checkpoints.index.get().output.channels
    found = [folder_of_channel(row["channel"]) for row in table_of_run(table, CHANNEL_COLUMNS)]
    if not settings.fits_models:
        require_models(found)
        warn_of_kept_models(tuple(found))
    return found


def files_of_variant():
    """Return what each unit and variant ends with, by its name."""
    figures = ["figures"] if settings.report.figures else []
    explorer = ["explorer.html"] if settings.report.explorer else []
    return ["events.csv", "report.html", *figures, *explorer]


def shared_files():
    """Return the files that a run ends with, and that variants may share."""
    neighbours = ["neighbours.h5"] if settings.neighbours.n_neighbors else []
    distances = ["distances.h5"] if settings.distances.of else []
    return ["rejected.csv", *neighbours, *distances]


def results_of_all_units(wildcards):
    files = [
        f"{RESULTS}/{unit}/{variant}/{file}"
        for unit in units()
        for variant in VARIANTS
        for file in files_of_variant()
    ]
    files += [
        of_variant(file, variant, unit)
        for unit in units()
        for variant in VARIANTS
        for file in shared_files()
    ]
    if has_comparison():
        files += [f"{RESULTS}/{unit}/comparison.csv" for unit in units()]
    if has_several_results():
        files += [f"{RESULTS}/compared.html", f"{RESULTS}/index.html"]
    files += files_of_repeaters()
    # If the source is indexed within a run, there may be other units than at its start.
    return [*files, f"{RESULTS}/channels.csv"] if HAS_EXPRESSIONS else files


@cache
def rows_of_table(path, modified):
    try:
        return summarize_event_table(path).n_rows
    except OSError as error:
        raise WorkflowError(str(error)) from None


def count_rows(path):
    """Return the number of rows of the catalog; 0 as long as it has not been read."""
    path = str(path)
    return rows_of_table(path, os.stat(path).st_mtime_ns) if os.path.exists(path) else 0


def all_shards():
    table = checkpoints.catalog.get().output.table
    return shard_names(count_shards(count_rows(table), settings.shard_size))


def rows_of_shard(wildcards):
    rows = shard_rows(int(wildcards.shard), settings.shard_size)
    return f"{rows.start}:{rows.stop}"


def table_of_run(path, columns):
    try:
        return read_sealed_csv(path, columns)
    except OSError as error:
        raise WorkflowError(f"{error}; remove the file, and run again") from None


@cache
def source_state():
    return settings.source.open().state()


@cache
def read_states(path, modified):
    rows = table_of_run(path, SHARD_COLUMNS)
    return {(folder_of_channel(row["channel"]), row["shard"]): row["state"] for row in rows}


def state_of(channel, variant, shard):
    """Return the digest of what the waveforms of a shard, or all data, depend on.

    Snakemake asks again when the checkpoint has written the table anew. Asked for through
    `checkpoints`, it would take every shard for changed at the start of a run, and it does not
    compare parameters that are made from the names of inputs.
    """
    table = str(rules.shards.output.table).format(variant=owner("shards", variant))
    if not os.path.exists(table):
        return "unknown"
    states = read_states(table, os.stat(table).st_mtime_ns)
    return states.get((channel, shard), "unknown")


@cache
def stage_settings(stage, variant=MAIN):
    """Return the settings that a stage is given, as JSON."""
    return sections_as_json(settings.variant(variant), STAGES[stage].sections)


def settings_of(stage):
    return lambda wildcards: stage_settings(stage, wildcards.get("variant", MAIN))


def checkpoint_beside(wildcards, output):
    """Return where a fit keeps its state.

    It is no output of the rule: Snakemake deletes those of a job that fails.
    """
    return str(checkpoint_of(output[0]))


def fit_options(wildcards, resources):
    """Return when a fit stops and what it starts from, which do not change what a rule makes.

    Snakemake does not compare parameters that depend on resources with those of the last run.
    """
    options = [f"--runtime {resources.runtime}"]
    if settings.time_budget:
        options.append(f"--time-budget {settings.time_budget}")
    if settings.model == "update":
        options.append("--update")
    return " ".join(options)


def absolute(path):
    """Return a file that the settings name, which a module's prefix must not move."""
    return str(Path(path).absolute())


def option(name, value):
    """Return an option of a stage and its value, or nothing where there is no value."""
    return [f"--{name}", str(value)] if value else []


def options(name, values):
    """Return an option of a stage that takes several values, or nothing where there are none."""
    return [f"--{name}", *map(str, values)] if values else []


def catalog_of_features(wildcards):
    """Return the table of the catalog if clusters are learned from its columns."""
    features = settings.variant(wildcards.variant).clusters.features
    return f"{RESULTS}/catalog.h5" if needs_catalog(features) else []


def if_drawn(file):
    """Return a file of the windows without events, or nothing where none are drawn."""
    return lambda wildcards: (
        of_variant(file, wildcards.variant, wildcards.unit) if settings.background.n_windows else []
    )


def if_compared(file):
    """Return a file of the comparison, which is shown for main, or nothing."""
    return lambda wildcards: (
        f"{RESULTS}/{{unit}}/{file}" if has_comparison() and wildcards.variant == MAIN else []
    )


def warn_of_old_results():
    for unit in NAMED_UNITS:
        if (results_folder() / unit / "nmf.h5").exists():
            logger.warning(
                f"{results_folder() / unit} has results of an earlier version (format 2), which are "
                f"not used; those of this run go to {results_folder() / unit / MAIN}"
            )


def print_errors(snakemake_logs):
    """Say last what went wrong, after all that Snakemake says of a failed job."""
    if errors := last_words(snakemake_logs):
        print("", "What went wrong:", *errors, "", sep="\n", file=sys.stderr)


def print_reports():
    for unit in units():
        for variant in VARIANTS:
            page = results_folder() / unit / variant / "report.html"
            if page.exists():  # a run may be for other files alone
                print(f"The report: {page}")
    if has_several_results() and (results_folder() / "index.html").exists():
        print(f"All of them: {results_folder()}/index.html")
    elif (results_folder() / "index.html").exists():
        print(
            f"Of an earlier run with several results: {results_folder()}/index.html, compared.html"
        )
