"""Write the page that shows it all."""

import logging
from pathlib import Path
from typing import Any

import numba

from specufex_pipe.report.gather import Summary
from specufex_pipe.report.page.pictures import draw_pictures
from specufex_pipe.report.page.render import render
from specufex_pipe.report.record import make_record
from specufex_pipe.settings import ReportSettings
from specufex_pipe.stages.names import names_of_clusters
from specufex_pipe.stages.registry import STAGES
from specufex_pipe.stages.summary import summarize
from specufex_pipe.store import atomic_path
from specufex_pipe.words import counted

log = logging.getLogger(__name__)


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
    names: str | None = None,
) -> None:
    """Write the report of a variant, an HTML page that needs no other file.

    Parameters
    ----------
    settings : settings.ReportSettings
    output : Path
        report.html
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
    names : str, optional
        Names of the clusters: the path of a table, or JSON such as {"1": "long-period"}.

    Raises
    ------
    StageError
        If the files do not hold the same events and frames, a file that the settings name cannot
        be used, or names are of other clusters.
    """
    cluster_names = names_of_clusters(names, clusters)
    files, summary, external = summarize(
        settings, catalog=catalog, waveforms=waveforms, spectrograms=spectrograms, nmf=nmf,
        activations=activations, hmm=hmm, fingerprints=fingerprints, clusters=clusters,
        assignments=assignments, background=background, comparison=comparison, families=families,
        labels=labels, evaluation=evaluation, stations=stations, variant=variant,
    )  # fmt: skip
    pictures = draw_pictures(summary, external, numba.get_num_threads())
    record = make_record(files, summary, _settings(summary, settings), background)
    page = render(
        summary, pictures, record, external,
        has_explorer=settings.explorer, cluster_names=cluster_names,
    )  # fmt: skip
    with atomic_path(output) as temporary:
        temporary.write_text(page, encoding="utf-8")
    log.info("report of %s, %.1f MB", counted(len(summary.labels), "event"), len(page) / 1e6)


def _settings(summary: Summary, settings: ReportSettings) -> dict[str, dict[str, Any]]:
    """Return the settings that made the files of each stage, in the order of the pipeline."""
    made = {
        name: summary.settings(Path(stage.writes[0]).stem)
        for name, stage in STAGES.items()
        if stage.sections and stage.writes and Path(stage.writes[0]).stem in summary.attributes
    }
    compared = {} if summary.comparison is None else summary.comparison.records
    others = {
        f"nmf, {variant}": values
        for variant, values in compared.items()
        if variant != summary.variant
    }
    return made | others | {"report": settings.model_dump()}
