"""The stages by hand: `python -m specufex_pipe STAGE ...`, the same code that the rules call."""

import argparse
import inspect
import logging
import sys
from importlib import import_module

from threadpoolctl import threadpool_limits

from specufex_pipe import __version__
from specufex_pipe.config import read_settings_file, read_stage_settings
from specufex_pipe.errors import SettingsError, StageError
from specufex_pipe.progress import log_to

log = logging.getLogger("specufex_pipe")

STAGES = {
    "waveforms": "read, check and prepare the window of each event",
    "spectrograms": "make a spectrogram of each waveform",
    "nmf": "learn the patterns of the spectrograms",
    "activations": "infer how strong each pattern is in each frame",
    "hmm": "learn the states that events pass through",
    "fingerprints": "infer the states of each event and its fingerprint",
    "clusters": "group events with similar fingerprints",
    "rejected": "list the events that did not make it, and why",
    "report": "write the page that shows it all",
}


def main(arguments=None):
    """Run one stage; return the exit status."""
    options = _parser(arguments).parse_args(arguments)
    inputs = {name: getattr(options, name) for name in options.inputs}
    try:
        log_to(options.log)
        if options.threads:
            import numba  # takes a while to load, and most stages do without

            numba.set_num_threads(min(options.threads, numba.config.NUMBA_NUM_THREADS))
        if options.has_settings:
            inputs["settings"] = _settings(options)
        # The numbers of threads must not change a result, and the order of sums would.
        with threadpool_limits(1, user_api="blas"):
            _stage(options.stage).run(output=options.output, **inputs)
    except (SettingsError, StageError, OSError) as error:
        log.error("%s: %s", options.stage, error)
        return 1
    return 0


def _settings(options):
    if options.settings is not None:
        return read_stage_settings(options.stage, options.settings)
    return getattr(read_settings_file(options.configfile), options.stage)


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
        what = "SEED id" if key == "channel" else f"file of the {key}"
        optional = parameters[key].default is None
        parser.add_argument(f"--{key}", required=not optional, help=what)
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
