"""Write the page to look at events one by one, to select and to label them."""

import logging
from pathlib import Path

import numba

from specufex_pipe.report.events import gather_events
from specufex_pipe.report.explorer.files import remove_others
from specufex_pipe.report.explorer.gather import explore
from specufex_pipe.report.explorer.render import render_explorer
from specufex_pipe.report.explorer.umap_map import require_umap
from specufex_pipe.report.explorer.writing import write_data
from specufex_pipe.settings import ReportSettings
from specufex_pipe.stages.names import names_of_clusters
from specufex_pipe.stages.summary import files_of_variant, read_surroundings
from specufex_pipe.store import atomic_path, read_families
from specufex_pipe.words import counted

log = logging.getLogger(__name__)

# Beside the page; its name does not depend on that of the page, which may be renamed.
_FOLDER = "explorer_data"


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
    families: Path | None = None,
    stations: Path | None = None,
    variant: str = "main",
    names: str | None = None,
) -> None:
    """Write the explorer of a variant, an HTML page, and a folder beside it for what is too much.

    The folder explorer_data is there only if the page cannot hold all; what earlier pages had in
    it is removed.

    Parameters
    ----------
    settings : settings.ReportSettings
    output : Path
        explorer.html
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
    families : Path, optional
        families.h5, if repeating events were looked for.
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
        be used, or names are of other clusters; if UMAP is asked for and not installed.
    """
    if settings.umap:
        require_umap()
    cluster_names = names_of_clusters(names, clusters)
    files = files_of_variant(
        catalog=catalog, waveforms=waveforms, spectrograms=spectrograms, nmf=nmf,
        activations=activations, hmm=hmm, fingerprints=fingerprints, clusters=clusters,
        assignments=assignments,
    )  # fmt: skip
    events = gather_events(
        files,
        variant=variant,
        surroundings=read_surroundings(settings, stations),
        background=background,
    )
    explored = explore(
        files,
        events,
        cluster_names=cluster_names,
        family_of={} if families is None else read_families(families).family_of(),
        umap=settings.umap,
    )
    folder = output.parent / _FOLDER
    data = write_data(explored, folder, numba.get_num_threads())
    page = render_explorer(explored, data.run, data.parts.items())
    with atomic_path(output) as temporary:
        temporary.write_text(page, encoding="utf-8")
    # Not before: the page that was there until now may be open.
    remove_others(folder, data.beside)
    log.info(
        "explorer of %s, %.1f MB, and %.1f MB beside it",
        counted(explored.n_events, "event"), len(page) / 1e6, data.n_beside / 1e6,
    )  # fmt: skip
