"""List every event that did not make it, with the stage that rejected it and why."""

import logging
from pathlib import Path

from specufex_pipe.rejections import Rejection, count_kinds
from specufex_pipe.store import read_rejections, write_rejected

log = logging.getLogger(__name__)


def run(output: Path, *, waveforms: list[Path], spectrograms: list[Path]) -> None:
    """Gather the rejected events of all shards; it does not matter whether any event is left.

    Parameters
    ----------
    output : Path
        rejected.csv, a row an event: event_id, stage, kind and detail.
    waveforms : list of Path
        waveforms.h5 of each shard.
    spectrograms : list of Path
        spectrograms.h5 of each shard.
    """
    rows = [row for path in waveforms for row in read_rejections(path, "waveforms")]
    rows += [row for path in spectrograms for row in read_rejections(path, "spectrograms")]
    write_rejected(output, rows)
    log.info("%d events rejected", len(rows))


def log_rejections(rejections: list[Rejection]) -> None:
    """Log the events that a stage rejected.

    Each goes to the log file, and their count by kind to the terminal as well.

    Parameters
    ----------
    rejections : list of Rejection
    """
    for event_id, stage, kind, detail in rejections:
        log.debug("event %r rejected by %s: %s: %s", event_id, stage, kind, detail)
    if rejections:
        counted = ", ".join(f"{n} x {kind}" for kind, n in count_kinds(rejections))
        log.warning("%d events rejected: %s", len(rejections), counted)
