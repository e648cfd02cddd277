"""The page of runs that are compared, and the index of the results."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import numpy as np
from jinja2 import Environment
from matplotlib.colors import to_hex, to_rgb

from specufex_pipe import __version__
from specufex_pipe.plotting import style
from specufex_pipe.plotting.flows import flows_figure
from specufex_pipe.report.compared import Compared, Flow
from specufex_pipe.report.figures import Drawing
from specufex_pipe.report.page.pictures import Picture, picture_of
from specufex_pipe.report.page.render import page_environment
from specufex_pipe.report.runs import MOST_FOR_SPECTRA, Run

# Of the way from white to the darkest shade of a cell.
_DARKEST = 0.8
# Of a figure of flows; columns of more have their letters alone.
_MOST_NAMED_COLUMNS = 4


def render_compared(compared: Compared) -> str:
    """Write the page of compared runs.

    Parameters
    ----------
    compared : compared.Compared

    Returns
    -------
    str
        HTML that needs no other file.
    """
    most = max(len(run.sizes) for run in compared.runs)
    has_none = any(run.sizes[0] for run in compared.runs)
    return (
        _environment()
        .get_template("compared.html")
        .render(
            compared=compared,
            lead=_lead(compared),
            flows=[(flow, _draw_flow(flow)) for flow in compared.flows],
            has_overlap=any(pair.overlap for pair in compared.pairs),
            numbers=[*range(1, most), *([0] if has_none else [])],
            most_for_spectra=MOST_FOR_SPECTRA,
            color=style.cluster_color,
            ink=style.contrasting_color,
            shade=_shade,
            written=datetime.now(UTC),
            version=__version__,
        )
    )


def render_index(runs: Sequence[Run], folder: Path, compared: Path) -> str:
    """Write the index of results, with a link to the report of each.

    Parameters
    ----------
    runs : sequence of runs.Run
    folder : Path
        In which the index will be.
    compared : Path
        The page on which they are compared.

    Returns
    -------
    str
        HTML, whose links are relative.
    """
    return (
        _environment()
        .get_template("index.html")
        .render(
            runs=runs,
            links=[_link(run.folder / "report.html", folder) for run in runs],
            compared=_link(compared, folder),
        )
    )


def _environment() -> Environment:
    environment = page_environment()
    environment.filters |= {"minute": _minute, "share": _share, "hundredths": "{:z.2f}".format}
    return environment


def _link(path: Path, folder: Path) -> str:
    """Return the address of a file for a page in a folder."""
    relative = Path(os.path.relpath(path.resolve(), folder.resolve()))
    # A colon in the first part would be taken for that of a scheme.
    return quote(f"./{relative.as_posix()}")


def _lead(compared: Compared) -> list[str]:
    """Return what comes out, in sentences."""
    if len(compared.pairs) == 1:
        (pair,) = compared.pairs
        begin = [] if pair.n_common else ["The runs have no event in common."]
        return begin + pair.said
    upper = compared.rand_indices[np.triu_indices(len(compared.runs), 1)]
    known = upper[np.isfinite(upper)]
    if not len(known):
        return ["No two of the runs have clusters and events in common."]
    if len(known) == 1:
        return [
            f"The clusters of 1 of {len(upper)} pairs can be compared event by event: the adjusted "
            f"Rand index is {known[0]:z.2f}."
        ]
    of_pairs = f"{len(known)} of {len(upper)} pairs" if len(known) < len(upper) else "all pairs"
    return [
        f"The clusters of {of_pairs} can be compared event by event: their adjusted Rand indices "
        f"are {known.min():z.2f} to {known.max():z.2f}, {np.median(known):z.2f} in the median."
    ]


def _draw_flow(flow: Flow) -> Picture:
    has_room = len(flow.runs) <= _MOST_NAMED_COLUMNS
    names = [f"{run.letter}: {run.name}" if has_room else run.letter for run in flow.runs]
    figure = flows_figure(flow.labels, names)
    alt = (
        "Flows of events between the clusters of "
        f"{', '.join(run.letter for run in flow.runs)}; the cross tables have their numbers."
    )
    return picture_of(Drawing(figure, alt))


def _shade(share: float) -> str:
    """Return the colour of a cell, from white for 0 to dark for 1."""
    amount = _DARKEST * min(1.0, max(0.0, share))
    red, green, blue = (1 + amount * (channel - 1) for channel in to_rgb(style.ACCENT))
    return to_hex((red, green, blue))


def _minute(time: np.datetime64) -> str:
    return str(np.datetime_as_string(time, unit="m")).replace("T", " ")


def _share(share: float) -> str:
    if 0 < share < 0.001:
        return "< 0.1 %"
    return f"{100 * share:.1f} %"
