"""The stages by hand: `python -m specufex_pipe STAGE ...`, the same code that the rules call.

Beside them are commands that are no stage of a run.
"""

import argparse
import inspect
import logging
import signal
import sys
import tempfile
import traceback
import types
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn, get_args, get_origin, get_type_hints

from threadpoolctl import threadpool_limits

from specufex_pipe import __version__
from specufex_pipe.errors import FitInterrupted, SettingsError, StageError
from specufex_pipe.progress import log_to
from specufex_pipe.settings import MAIN, read_sections, read_settings_file
from specufex_pipe.settings.members import parameter_descriptions
from specufex_pipe.stages.registry import STAGES

log = logging.getLogger("specufex_pipe")

FAILED = 1
# Codes of sysexits.h: one that asks a scheduler to try again (EX_TEMPFAIL), and one for a fault of
# the program itself (EX_SOFTWARE).
TRY_AGAIN = 75
INTERNAL_ERROR = 70
_COMPARE = "compare"
# Commands that are no stage: module, and what they do.
COMMANDS = {
    "check": (
        "specufex_pipe.checking.command",
        "say what a run will find, and how much time, memory and disk it will take",
    ),
    _COMPARE: (
        "specufex_pipe.stages.compare",
        "compare the clusters of finished results",
    ),
}


def main(arguments: Sequence[str] | None = None, program: str = "python -m specufex_pipe") -> int:
    """Run one stage, or a command that is none; return the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    options = _parser(given, program).parse_args(given)
    # What is half done is removed on the way out.
    for number in (signal.SIGTERM, signal.SIGUSR1):
        signal.signal(number, _leave)
    try:
        log_to(options.log, options.label)
        if options.threads:
            import numba  # takes a while to load, and most stages do without

            most = numba.config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]
            numba.set_num_threads(min(options.threads, most))
        inputs = {name: getattr(options, name) for name in options.inputs}
        # The numbers of threads must not change a result, and the order of sums would.
        with threadpool_limits(1, user_api="blas"):
            options.run(**_settings(options), **inputs)
    except FitInterrupted as error:
        log.warning("%s: %s", options.stage, error)
        return TRY_AGAIN
    except (SettingsError, StageError, OSError) as error:
        log.error("%s: %s", options.stage, error)
        return FAILED
    except KeyboardInterrupt:
        log.error("%s: interrupted", options.stage)
        return 128 + signal.SIGINT
    except MemoryError as error:
        log.error(
            "%s: out of memory (%s); give it more, as by --default-resources mem_mb=... on a "
            "cluster, or close other programs",
            options.stage, str(error) or "no more was said",
        )  # fmt: skip
        return FAILED
    except Exception as error:  # noqa: BLE001 - a fault of the program, whose traceback is kept
        log.error(
            "%s: unexpected %s: %s; its traceback is in %s, please report it",
            options.stage, type(error).__name__, error, _keep_traceback(options.log),
        )  # fmt: skip
        return INTERNAL_ERROR
    return 0


def _keep_traceback(path: Path | None) -> str:
    """Write the traceback of the error at hand to the log file, or to one of its own."""
    if path is not None:
        log.debug("traceback", exc_info=True)
        return str(path)
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="specufex_pipe-", suffix=".log", delete=False, encoding="utf-8"
        ) as file:
            traceback.print_exc(file=file)
    except OSError as error:
        return f"no file ({error})"
    return file.name


def _leave(number: int, frame: types.FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    """Return the sections of the settings that a stage is given, by its parameters."""
    names = STAGES[options.stage].sections if options.stage in STAGES else ()
    if not names:
        return {}
    if options.settings is not None:
        sections = read_sections(options.settings)
    else:
        settings = read_settings_file(options.configfile)
        if options.variant not in settings.all_names:
            raise SettingsError(
                f"--variant is {options.variant!r}, expected one of {', '.join(settings.all_names)}"
            )
        variant = settings.variant(options.variant)
        sections = {name: getattr(variant, name) for name in names}
    if missing := [name for name in names if name not in sections]:
        raise SettingsError(f"--settings has no section {' and no '.join(missing)}")
    return {_parameter(names, name): sections[name] for name in names}


def _parameter(names: tuple[str, ...], name: str) -> str:
    """Return the parameter of a stage for a section: its own is `settings`."""
    return "settings" if name == names[0] else f"{name}_settings"


def _parser(arguments: Sequence[str], program: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program,
        description="Check what a run will find, run one stage of the pipeline by hand, or compare "
        "results. Snakemake runs all stages.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="stage", required=True, metavar="STAGE")
    summaries = {name: stage.summary for name, stage in STAGES.items()}
    summaries |= {name: summary for name, (_, summary) in COMMANDS.items()}
    for name, summary in summaries.items():
        command = commands.add_parser(name, help=summary, description=summary)
        # A stage loads its libraries only when it is the one that runs.
        if name in arguments[:1]:
            _add_options(command, name)
    return parser


def _add_options(parser: argparse.ArgumentParser, name: str) -> None:
    """Turn the parameters of a stage's `run` into options, with what its docstring says of them."""
    module, _ = COMMANDS.get(name, (f"specufex_pipe.stages.{name}", ""))
    run = import_module(module).run
    sections = STAGES[name].sections if name in STAGES else ()
    hints, described = get_type_hints(run), parameter_descriptions(run)
    parameters = inspect.signature(run).parameters
    inputs = [key for key in parameters if key not in {_parameter(sections, s) for s in sections}]
    for key in inputs:
        is_given = parameters[key].default is inspect.Parameter.empty
        how = _how_to_parse(hints[key])
        if how.get("action") != "store_true":
            how |= {"required": is_given, "default": None if is_given else parameters[key].default}
        is_positional = name == _COMPARE and is_given
        flag = key if is_positional else f"--{key.replace('_', '-')}"
        if is_positional:
            del how["required"]
        parser.add_argument(flag, help=described.get(key, "").replace("%", "%%"), **how)
    parser.add_argument("--log", type=Path, help="file for the log lines, beside standard error")
    parser.add_argument("--label", default="", help="what each log line begins with")
    parser.add_argument("--threads", type=_count, help="number of threads; all cores by default")
    parser.set_defaults(inputs=inputs, run=run)
    if sections:
        source = parser.add_mutually_exclusive_group()
        source.add_argument(
            "--configfile", default="config.yaml", help="settings of the run (%(default)s)"
        )
        source.add_argument("--settings", help="settings of this stage as JSON, as rules give them")
        if "variant" not in inputs:
            parser.add_argument("--variant", default=MAIN, help="variant of the settings to use")


def _how_to_parse(hint: Any) -> dict[str, Any]:
    """Return how argparse reads a value of a type."""
    if get_origin(hint) in (types.UnionType,):
        (hint,) = (kind for kind in get_args(hint) if kind is not type(None))
    if hint is bool:
        return {"action": "store_true"}
    if get_origin(hint) is list:
        return {"nargs": "+", "type": get_args(hint)[0]}
    parsers: dict[Any, Callable[[str], Any]] = {range: _rows}
    return {"type": parsers.get(hint, hint)}


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 1 or more")
    return int(text)


def _rows(text: str) -> range:
    try:
        first, stop = map(int, text.split(":"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not FIRST:STOP, such as 0:10000") from None
    return range(first, stop)


if __name__ == "__main__":
    sys.exit(main())
