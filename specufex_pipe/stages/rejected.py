"""List every event that did not make it, with the stage that rejected it and why."""

import csv
import logging
from collections import Counter

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


def log_rejected(rows):
    """Log the events that a stage rejected.

    Each goes to the log file, and their count by kind of reason to the terminal as well.

    Parameters
    ----------
    rows : list of (str, str, str)
        Event id, stage and reason.
    """
    for event_id, stage, reason in rows:
        log.debug("event %r rejected by %s: %s", event_id, stage, reason)
    kinds = Counter(reason.split(":")[0] for _, _, reason in rows)
    if kinds:
        counted = ", ".join(f"{n} x {kind}" for kind, n in kinds.most_common())
        log.warning("%d events rejected: %s", len(rows), counted)


def explain_rejected(rows):
    """Return lines that count rejected events by kind of reason, with an example of each."""
    firsts, kinds = {}, Counter()
    for event_id, _, reason in rows:
        kind = reason.split(":")[0]
        kinds[kind] += 1
        firsts.setdefault(kind, f"event {event_id!r}, {reason}")
    return [f"  {n} x {kind}, the first: {firsts[kind]}" for kind, n in kinds.most_common()]
