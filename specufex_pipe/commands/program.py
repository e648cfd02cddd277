"""The command line of `specufex-pipe`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from specufex_pipe import __main__ as stages
from specufex_pipe import __version__
from specufex_pipe.commands.project import DEMONSTRATION, EVENTS, SOURCES, make_project
from specufex_pipe.commands.run import report, run
from specufex_pipe.errors import SettingsError

_PROGRAM = "specufex-pipe"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    command = given[0] if given else ""
    if command in stages.COMMANDS:  # which are also those of `python -m specufex_pipe`
        return stages.main(given, program=_PROGRAM)
    try:
        if command == "run":
            run(given[1:])
        options = _parser().parse_args(given)
        if options.command == "report":
            report(options.output)
        make_project(options.folder, options.source, options.events)
    except (SettingsError, OSError) as error:
        print(f"{_PROGRAM} {command}: error: {error}", file=sys.stderr)
        return stages.FAILED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=_PROGRAM,
        description="Fingerprint and cluster seismic events.",
        epilog="To run a single stage by hand: python -m specufex_pipe --help",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_init(commands)
    summary = "run the workflow in this folder; takes all options of Snakemake"
    commands.add_parser("run", add_help=False, help=summary)
    for name, (_, summary) in stages.COMMANDS.items():
        commands.add_parser(name, add_help=False, help=summary)
    summary = "write all report pages of a finished run into one file, to hand on"
    written = commands.add_parser("report", help=summary, description=summary)
    help_of_output = "file to write (default: %(default)s)"
    written.add_argument("--output", type=Path, default=Path("report.zip"), help=help_of_output)
    return parser


def _add_init(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    summary = "make a project: a folder with settings, profiles and a README"
    parser = commands.add_parser("init", help=summary, description=summary)
    parser.add_argument("folder", type=Path, help="new or empty folder")
    parser.add_argument(
        "--source",
        choices=SOURCES,
        default=DEMONSTRATION,
        help="where the waveforms come from; the demonstration has its own (default: %(default)s)",
    )
    parser.add_argument(
        "--events",
        choices=EVENTS,
        help="kind of events, which sets windows and frequencies (default: local)",
    )


if __name__ == "__main__":
    sys.exit(main())
