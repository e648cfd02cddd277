"""Write the figures of a run for papers."""

import logging
import re
from pathlib import Path

from specufex_pipe.plotting import style
from specufex_pipe.report.figures import FIGURES, all_figures
from specufex_pipe.settings import ReportSettings
from specufex_pipe.stages.summary import summarize
from specufex_pipe.store import atomic_path
from specufex_pipe.words import counted

log = logging.getLogger(__name__)

# What an earlier run may have left: nothing else in the folder is touched.
_OWN = re.compile(
    rf"(?:{'|'.join(FIGURES)}|cluster-\d+-(?:spectrogram|fingerprint|event-\d+))\.(?:pdf|png)"
)


def run(
    settings: ReportSettings,
    output: Path,
    *,
    catalog: Path,
    waveforms: Path,
    spectrograms: Path,
    nmf: list[Path],
    activations: Path,
    hmm: list[Path],
    fingerprints: list[Path],
    clusters: Path,
    assignments: Path,
    background: Path | None = None,
    comparison: Path | None = None,
    families: Path | None = None,
    labels: Path | None = None,
    evaluation: Path | None = None,
    stations: Path | None = None,
    variant: str = "main",
) -> None:
    """Write the figures of a variant, as PDF and PNG at the size of journal columns.

    Figures of an earlier run that this one does not have, such as those of a third cluster, are
    removed.

    Parameters
    ----------
    settings : settings.ReportSettings
    output : Path
        Folder for the figures, a PDF and a PNG file each.
    catalog : Path
        catalog.h5
    waveforms : Path
        waveforms.h5
    spectrograms : Path
        spectrograms.h5
    nmf : list of Path
        nmf.h5 of each NMF; the first is shown.
    activations : Path
        activations.h5 of the first NMF.
    hmm : list of Path
        hmm.h5 of each NMF.
    fingerprints : list of Path
        fingerprints.h5 of each NMF.
    clusters : Path
        clusters.h5
    assignments : Path
        assignments.h5
    background : Path, optional
        background.h5, if windows without events were drawn.
    comparison : Path, optional
        comparison.h5, if there is one.
    families : Path, optional
        families.h5, if repeating events were looked for.
    labels : Path, optional
        labels.h5, if labels were learned.
    evaluation : Path, optional
        evaluation.h5, likewise.
    stations : Path, optional
        Metadata of the stations, for the map and the distances.
    variant : str
        Name of the variant.

    Raises
    ------
    StageError
        If the files do not hold the same events and frames, or a file that the settings name
        cannot be used.
    """
    _, summary, external = summarize(
        settings, catalog=catalog, waveforms=waveforms, spectrograms=spectrograms, nmf=nmf,
        activations=activations, hmm=hmm, fingerprints=fingerprints, clusters=clusters,
        assignments=assignments, background=background, comparison=comparison, families=families,
        labels=labels, evaluation=evaluation, stations=stations, variant=variant,
    )  # fmt: skip
    written = set()
    for name, figure in all_figures(summary, external):
        image = style.png(figure, dpi=style.DOTS_PER_INCH)
        for ending, content in (("pdf", style.pdf(figure)), ("png", image)):
            path = output / f"{name}.{ending}"
            with atomic_path(path) as temporary:
                temporary.write_bytes(content)
            written.add(path)
    for path in output.iterdir():
        if _OWN.fullmatch(path.name) and path not in written:
            path.unlink()
    log.info(
        "%s of %s", counted(len(written) // 2, "figure"), counted(len(summary.labels), "event")
    )
