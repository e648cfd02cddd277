"""Write the page that shows it all."""

import logging
from pathlib import Path
from typing import Any

from specufex_pipe.catalogs.map_lines import read_map_lines
from specufex_pipe.catalogs.relief import check_relief
from specufex_pipe.catalogs.series import Mark, Series, as_datetime64, read_marks, read_series
from specufex_pipe.errors import StageError
from specufex_pipe.numerics.times import parse_time
from specufex_pipe.report.external import compare_with_series
from specufex_pipe.report.files import ModelFiles, ReportFiles
from specufex_pipe.report.gather import Summary, gather
from specufex_pipe.report.page.pictures import draw_pictures
from specufex_pipe.report.page.render import render
from specufex_pipe.report.places import Surroundings
from specufex_pipe.report.record import make_record
from specufex_pipe.settings import ReportSettings
from specufex_pipe.stages.registry import FIGURES, STAGES
from specufex_pipe.stations import read_stations
from specufex_pipe.store import atomic_path
from specufex_pipe.store.provenance import require_each
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
    stations: Path | None = None,
    variant: str = "main",
    figures: Path | None = None,
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
    stations : Path, optional
        Metadata of the stations, for the map and the distances.
    variant : str
        Name of the variant.
    figures : Path, optional
        Folder for the figures of the run as a whole, a PNG file each.

    Raises
    ------
    StageError
        If the files do not hold the same events and frames, or a file that the settings name
        cannot be used.
    """
    require_each(nmf=nmf, hmm=hmm, fingerprints=fingerprints)
    first, *others = map(ModelFiles, nmf, hmm, fingerprints)
    files = ReportFiles(
        catalog, waveforms, spectrograms, first.nmf, activations, first.hmm, first.fingerprints,
        clusters, assignments, tuple(others),
    )  # fmt: skip
    summary = gather(
        files,
        variant=variant,
        examples_per_cluster=settings.examples_per_cluster,
        uncertain_per_cluster=settings.uncertain_per_cluster,
        surroundings=read_surroundings(settings, stations),
        background=background,
        comparison=comparison,
    )
    external = compare_with_series(summary, *read_series_and_marks(settings))
    pictures = draw_pictures(summary, external)
    if figures is not None:
        for name in FIGURES:
            with atomic_path(figures / f"{name}.png") as temporary:
                temporary.write_bytes(pictures[name].png)
    record = make_record(files, summary, _settings(summary, settings), background)
    page = render(summary, pictures, record, external)
    with atomic_path(output) as temporary:
        temporary.write_text(page, encoding="utf-8")
    log.info("report of %s, %.1f MB", counted(len(summary.labels), "event"), len(page) / 1e6)


def read_series_and_marks(settings: ReportSettings) -> tuple[list[Series], list[Mark]]:
    """Read the other series and the moments that the settings name.

    Raises
    ------
    StageError
        If a file cannot be used; the message names it, and the line.
    """
    series = [
        read_series(name, each.path, column=each.column, unit=each.unit)
        for name, each in settings.series.items()
    ]
    if isinstance(settings.events, str):
        return series, read_marks(settings.events)
    marks = [
        Mark(as_datetime64(parse_time(time)), label) for label, time in settings.events.items()
    ]
    return series, marks


def read_surroundings(settings: ReportSettings, stations: Path | None = None) -> Surroundings:
    """Read what the settings name for the map; of the relief, what it needs is read later.

    Raises
    ------
    StageError
        If a file cannot be used; the message names it.
    """
    if settings.relief is not None:
        check_relief(settings.relief)
    lines = [line for path in settings.map_lines for line in read_map_lines(path)]
    try:
        inventory = None if stations is None else read_stations(stations)
    except ValueError as error:
        raise StageError(f"stations: {error}") from error
    return Surroundings(inventory, lines, settings.relief, settings.section_azimuth)


def _settings(summary: Summary, settings: ReportSettings) -> dict[str, dict[str, Any]]:
    """Return the settings that made the files of each stage, in the order of the pipeline."""
    made = {
        name: summary.settings(Path(stage.writes[0]).stem)
        for name, stage in STAGES.items()
        if stage.sections and Path(stage.writes[0]).stem in summary.attributes
    }
    compared = {} if summary.comparison is None else summary.comparison.records
    others = {
        f"nmf, {variant}": values
        for variant, values in compared.items()
        if variant != summary.variant
    }
    return made | others | {"report": settings.model_dump()}
