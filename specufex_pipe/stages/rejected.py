"""List every event that did not make it, with the stage that rejected it and why."""

import logging
from pathlib import Path

from specufex_pipe.catalogs.shards import shard_names
from specufex_pipe.rejections import Rejection, count_kinds
from specufex_pipe.store import read_rejections, write_rejected
from specufex_pipe.words import counted

log = logging.getLogger(__name__)


def run(output: Path, *, waveform_shards: Path, spectrogram_shards: Path, n_shards: int) -> None:
    """Gather the rejected events of all shards; it does not matter whether any event is left.

    Parameters
    ----------
    output : Path
        rejected.csv, a row an event: event_id, stage, kind and detail.
    waveform_shards, spectrogram_shards : Path
        Folder that has a folder for each shard, 00000, 00001, ..., and in it waveforms.h5, or
        spectrograms.h5.
    n_shards : int
        Number of shards.
    """
    rows = [
        row
        for kind, folder in (("waveforms", waveform_shards), ("spectrograms", spectrogram_shards))
        for name in shard_names(n_shards)
        for row in read_rejections(folder / name / f"{kind}.h5", kind)
    ]
    write_rejected(output, rows)
    log.info("%s rejected", counted(len(rows), "event"))


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
        kinds = ", ".join(f"{n} x {kind}" for kind, n in count_kinds(rejections))
        log.warning("%s rejected: %s", counted(len(rejections), "event"), kinds)
