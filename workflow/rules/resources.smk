# What jobs ask for: memory, time and threads.
from specufex_pipe.jobs.resources import job_needs


@cache
def needs_of_variant(stage, variant, n_rows):
    return job_needs(stage, settings.variant(variant), n_rows)


def needs(stage, wildcards):
    n_rows = count_rows(rules.catalog.output.table)
    return needs_of_variant(stage, wildcards.get("variant", MAIN), n_rows)


def memory(stage):
    """Ask for more each time that a job has failed; a fit may only have been handed over."""
    return lambda wildcards, attempt: growth(stage, attempt) * needs(stage, wildcards).mem_mb


def runtime(stage):
    return lambda wildcards, attempt: growth(stage, attempt) * needs(stage, wildcards).runtime


def growth(stage, attempt):
    return 1 if STAGES[stage].resumes else min(attempt, 3)


def threads_of(stage):
    return lambda wildcards: needs(stage, wildcards).threads
