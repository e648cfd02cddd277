"""Write the page that shows it all."""

import logging

from specufex_pipe.report.page import render
from specufex_pipe.report.summary import summarize
from specufex_pipe.store import atomic_path

log = logging.getLogger(__name__)


def run(
    settings,
    output,
    *,
    waveforms,
    spectrograms,
    nmf,
    activations,
    hmm,
    fingerprints,
    clusters,
    model,
    rejected,
):
    """Write the report of a channel, an HTML page that needs no other file.

    Parameters
    ----------
    settings : config.ReportSettings
    output : str or Path
        report.html
    waveforms, spectrograms, nmf, activations, hmm, fingerprints : str or Path
        The HDF5 files of these stages.
    clusters : str or Path
        clusters.csv
    model : str or Path
        clusters.h5
    rejected : str or Path
        rejected.csv

    Raises
    ------
    StageError
        If the files do not hold the same events and frames.
    """
    paths = {
        "waveforms": waveforms,
        "spectrograms": spectrograms,
        "nmf": nmf,
        "activations": activations,
        "hmm": hmm,
        "fingerprints": fingerprints,
        "clusters": clusters,
        "model": model,
        "rejected": rejected,
    }
    page = render(summarize(paths, settings.examples_per_cluster), settings.model_dump())
    with atomic_path(output) as temporary:
        temporary.write_text(page, encoding="utf-8")
    log.info("report of %.1f MB", len(page) / 1e6)
