"""Write the page that shows it all."""

import logging
from pathlib import Path

from specufex_pipe.report.page import draw_pictures, render
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
    comparison=None,
    figures=None,
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
    comparison : str or Path, optional
        comparison.h5
    figures : str or Path, optional
        Folder for the figures of the run as a whole, a PNG file each.

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
    summary = summarize(paths, settings.examples_per_cluster, comparison)
    pictures = draw_pictures(summary)
    if figures is not None:
        for name, picture in pictures.items():
            with atomic_path(Path(figures) / f"{name}.png") as temporary:
                temporary.write_bytes(picture.png)
    page = render(summary, pictures, settings.model_dump())
    with atomic_path(output) as temporary:
        temporary.write_text(page, encoding="utf-8")
    log.info("report of %d events, %.1f MB", len(summary.labels), len(page) / 1e6)
