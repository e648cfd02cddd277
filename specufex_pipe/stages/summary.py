"""What the stages that show a run have in common: its files, gathered."""

from pathlib import Path

from specufex_pipe.catalogs.map_lines import read_map_lines
from specufex_pipe.catalogs.relief import check_relief
from specufex_pipe.catalogs.series import Mark, Series, as_datetime64, read_marks, read_series
from specufex_pipe.errors import StageError
from specufex_pipe.numerics.times import parse_time
from specufex_pipe.report.external import External, compare_with_series
from specufex_pipe.report.files import ModelFiles, ReportFiles
from specufex_pipe.report.gather import Summary, gather
from specufex_pipe.report.places import Surroundings
from specufex_pipe.settings import ReportSettings
from specufex_pipe.stations import read_stations
from specufex_pipe.store.provenance import require_each


def summarize(
    settings: ReportSettings,
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
    background: Path | None,
    comparison: Path | None,
    families: Path | None,
    labels: Path | None,
    evaluation: Path | None,
    stations: Path | None,
    variant: str,
) -> tuple[ReportFiles, Summary, External]:
    """Gather what there is to show of a variant.

    Parameters
    ----------
    settings, catalog, waveforms, spectrograms, nmf, activations, hmm, fingerprints, clusters, \
    assignments, background, comparison, families, labels, evaluation, stations, variant
        As for `report.run`.

    Returns
    -------
    files : report.files.ReportFiles
    summary : report.gather.Summary
    external : report.external.External

    Raises
    ------
    StageError
        If the files do not hold the same events and frames, or a file that the settings name
        cannot be used.
    OSError
        If a file is missing, damaged or of another kind.
    """
    files = files_of_variant(
        catalog=catalog, waveforms=waveforms, spectrograms=spectrograms, nmf=nmf,
        activations=activations, hmm=hmm, fingerprints=fingerprints, clusters=clusters,
        assignments=assignments,
    )  # fmt: skip
    summary = gather(
        files,
        variant=variant,
        examples_per_cluster=settings.examples_per_cluster,
        uncertain_per_cluster=settings.uncertain_per_cluster,
        surroundings=read_surroundings(settings, stations),
        background=background,
        comparison=comparison,
        families=families,
        labels=labels,
        evaluation=evaluation,
    )
    return files, summary, compare_with_series(summary, *read_series_and_marks(settings))


def files_of_variant(
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
) -> ReportFiles:
    """Return the files of a variant as one.

    Parameters
    ----------
    catalog, waveforms, spectrograms, nmf, activations, hmm, fingerprints, clusters, assignments
        As for `report.run`.

    Raises
    ------
    StageError
        If there are not as many files of each of the models.
    """
    require_each(nmf=nmf, hmm=hmm, fingerprints=fingerprints)
    first, *others = map(ModelFiles, nmf, hmm, fingerprints)
    return ReportFiles(
        catalog, waveforms, spectrograms, first.nmf, activations, first.hmm, first.fingerprints,
        clusters, assignments, tuple(others),
    )  # fmt: skip


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
