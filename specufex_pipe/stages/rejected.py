"""List every event that did not make it, with the stage that rejected it and why."""

import csv
import logging

from specufex_pipe.store import atomic_path, read_table

log = logging.getLogger(__name__)


def run(output, *, waveforms, spectrograms):
    """Gather the rejected events of all stages.

    Parameters
    ----------
    output : str or Path
        rejected.csv
    waveforms : str or Path
        waveforms.h5
    spectrograms : str or Path
        spectrograms.h5
    """
    rows = []
    for path in (waveforms, spectrograms):
        columns, rejected = read_table(path, "rejected")
        rows.extend(rejected)
    with atomic_path(output) as temporary, temporary.open("w", newline="", encoding="utf-8") as f:
        table = csv.writer(f)
        table.writerow(columns)
        table.writerows(rows)
    log.info("%d events rejected", len(rows))
