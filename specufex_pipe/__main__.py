"""The stages by hand: `python -m specufex_pipe STAGE ...`, the same code that the rules call."""

import argparse
import inspect
import logging
import signal
import sys
from importlib import import_module

from threadpoolctl import threadpool_limits

from specufex_pipe import __version__
from specufex_pipe.errors import FitInterrupted, SettingsError, StageError
from specufex_pipe.progress import log_to
from specufex_pipe.settings import read_settings_file, read_stage_settings

log = logging.getLogger("specufex_pipe")

STAGES = {
    "shards": "index the archive, and note what each part of the catalog needs",
    "waveforms": "read, check and prepare the window of each event",
    "join": "make one store of those of the parts of the catalog",
    "spectrograms": "make a spectrogram of each waveform",
    "nmf": "learn the patterns of the spectrograms",
    "activations": "infer how strong each pattern is in each frame",
    "hmm": "learn the states that events pass through",
    "fingerprints": "infer the states of each event and its fingerprint",
    "clusters": "learn groups of events with similar fingerprints",
    "assign": "assign each event to a cluster",
    "rejected": "list the events that did not make it, and why",
    "compare": "compare runs with different factorizations",
    "report": "write the page that shows it all",
}


# A code that asks a scheduler to try again (EX_TEMPFAIL).
TRY_AGAIN = 75

# What the options are that are not files.
_OPTIONS = {
    "channel": {"help": "SEED id"},
    "channels": {"help": "SEED ids", "nargs": "+"},
    "rows": {"help": "rows of the catalog, FIRST:STOP; all by default"},
    "shard_size": {"help": "rows of the catalog in a shard", "type": int},
    "shards": {"help": "folder of the shards"},
    "n_shards": {"help": "number of shards", "type": int},
    "figures": {"help": "folder for the figures as PNG files"},
    "runtime": {"help": "minutes that the job may take; it stops in time", "type": float},
    "time_budget": {"help": "minutes after which to stop", "type": float},
    "table": {"help": "CSV file to write"},
    "models": {"help": "nmf.h5 of each run", "nargs": "+"},
    "activation_files": {"help": "activations.h5 of each run", "nargs": "+"},
    "fingerprint_files": {"help": "fingerprints.h5 of each run", "nargs": "+"},
    "cluster_files": {"help": "clusters.csv of each run", "nargs": "+"},
    "labels": {"help": "CSV file with the columns event_id and label"},
    "comparison": {"help": "comparison.h5, if there is one"},
    "random_state": {"help": "seed", "type": int, "default": 0},
    "update": {"help": "go on from the output of an earlier fit", "action": "store_true"},
}


def main(arguments=None):
    """Run one stage; return the exit status."""
    options = _parser(arguments).parse_args(arguments)
    inputs = {name: getattr(options, name) for name in options.inputs}
    # What is half done is removed on the way out.
    for number in (signal.SIGTERM, signal.SIGUSR1):
        signal.signal(number, _leave)
    try:
        log_to(options.log)
        if inputs.get("rows") is not None:
            inputs["rows"] = _rows(inputs["rows"])
        if options.threads:
            import numba  # takes a while to load, and most stages do without

            numba.set_num_threads(min(options.threads, numba.config.NUMBA_NUM_THREADS))
        if options.has_settings:
            inputs["settings"] = _settings(options)
        # The numbers of threads must not change a result, and the order of sums would.
        with threadpool_limits(1, user_api="blas"):
            _stage(options.stage).run(output=options.output, **inputs)
    except FitInterrupted as error:
        log.warning("%s: %s", options.stage, error)
        return TRY_AGAIN
    except (SettingsError, StageError, OSError) as error:
        log.error("%s: %s", options.stage, error)
        return 1
    return 0


def _leave(number, frame):
    raise SystemExit(128 + number)


def _rows(text):
    try:
        first, stop = map(int, text.split(":"))
    except ValueError:
        raise SettingsError(f"--rows is {text!r}, expected FIRST:STOP, such as 0:10000") from None
    return range(first, stop)


def _settings(options):
    if options.settings is not None:
        return read_stage_settings(_section(options.stage), options.settings)
    return getattr(read_settings_file(options.configfile), _section(options.stage))


def _section(stage):
    return {"shards": "waveforms"}.get(stage, stage)


def _stage(name):
    return import_module(f"specufex_pipe.stages.{name}")


def _parser(arguments):
    parser = argparse.ArgumentParser(
        prog="python -m specufex_pipe",
        description="Run one stage of the pipeline by hand. Snakemake runs them all.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    stages = parser.add_subparsers(dest="stage", required=True, metavar="STAGE")
    for name, summary in STAGES.items():
        stage = stages.add_parser(name, help=summary, description=summary)
        # A stage loads its libraries only when it is the one that runs.
        if name in (sys.argv[1:] if arguments is None else arguments)[:1]:
            _add_options(stage, name)
    return parser


def _add_options(parser, name):
    """Turn the keyword arguments of a stage's `run` into options."""
    parameters = inspect.signature(_stage(name).run).parameters
    inputs = [key for key, value in parameters.items() if value.kind is value.KEYWORD_ONLY]
    for key in inputs:
        how = _OPTIONS.get(key, {"help": f"file of the {key}"})
        if how.get("action") != "store_true":
            how = {**how, "required": parameters[key].default is inspect.Parameter.empty}
        parser.add_argument(f"--{key.replace('_', '-')}", **how)
    parser.add_argument("--output", required=True, help="file to write")
    parser.add_argument("--log", help="file for the log lines, beside standard error")
    parser.add_argument("--threads", type=int, help="number of threads; all cores by default")
    parser.set_defaults(inputs=inputs, has_settings="settings" in parameters)
    if "settings" in parameters:
        source = parser.add_mutually_exclusive_group()
        source.add_argument(
            "--configfile", default="config.yaml", help="settings of the run (%(default)s)"
        )
        source.add_argument("--settings", help="settings of this stage as JSON, as rules give them")


if __name__ == "__main__":
    sys.exit(main())
