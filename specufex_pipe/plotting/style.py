"""How figures look: colours, style, and the parts that all of them have."""

import functools
import io
from collections.abc import Callable, Sequence
from math import ceil
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backend_bases import RendererBase
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.typing import ColorType

from specufex_pipe.numerics.types import FloatArray, IntArray

Parameters = ParamSpec("Parameters")
Drawn = TypeVar("Drawn")

# Widths of figures in print: one column, one and a half, and two, inches.
COLUMN, COLUMN_AND_A_HALF, TWO_COLUMNS = 84 / 25.4, 120 / 25.4, 174 / 25.4
# Of the page, which shows the same figures larger: two columns are as wide as its text.
PIXELS_PER_INCH = 140
# Rows of a figure become lower where they would take more than this, inches.
MOST_ROWS_HEIGHT = 8.0
# Of figures that are printed, and of what is drawn as pixels in a PDF.
DOTS_PER_INCH = 300
# Points; the sizes of all other text are in the style.
SMALL = 6.5
SPECTROGRAM_COLORS = "magma"
MATRIX_COLORS = "bone_r"
INK, MUTED, ACCENT = "#1d2430", "#5b6470", "#35608f"
NO_DATA = "#eceef1"
_MOST_PANELS_IN_A_ROW = 4
# Of cluster panels: inches to their left and right, between them, and below the last row.
_LEFT, _RIGHT, _BETWEEN_COLUMNS, _BETWEEN_ROWS, _BELOW = 0.48, 0.1, 0.3, 0.4, 0.36
# Of events that are in no cluster.
_NO_CLUSTER = "#a3a9b2"
# The first nine are of Paul Tol's "muted" scheme, made for colour-blind readers, with a darker
# yellow for white paper and in an order that puts the colours that differ most first. The others
# were searched for: the least distance in CIELAB between any two, also as they look to readers
# without red or green cones, is as large as colours of moderate saturation make it.
_PALETTE = (
    "#332288", "#cc6677", "#44aa99", "#ddaa33", "#882255", "#88ccee", "#117733", "#aa4499",
    "#999933", "#0087ff", "#69f096", "#5a0f00", "#d28769", "#4bb4ff", "#693c00", "#00f0c3",
    "#5a3c2d", "#4b001e", "#785ac3", "#c3b496", "#876900", "#5a1e5a", "#78e1e1", "#3c785a",
    "#a596c3", "#7878c3", "#003c3c", "#87e15a", "#004bc3", "#a5c369", "#f0d23c", "#2d3c87",
    "#f078f0", "#3c5a69", "#1e1e3c", "#5a0069", "#c34b3c", "#a56996", "#e11e5a", "#c30078",
)  # fmt: skip
# Of clusters 1 to 10, 11 to 20, and so on.
_MARKERS, _CLUSTERS_OF_A_MARKER = "os^D", 10


@functools.cache
def _style() -> matplotlib.RcParams:
    """Return the style file; `matplotlib.style` would read it anew each time."""
    file = Path(__file__).with_name("specufex.mplstyle")
    return matplotlib.rc_params_from_file(file, use_default_template=False)


class StyledFigure(Figure):
    """A figure that keeps its style wherever it is shown or saved.

    Matplotlib makes marks of axes, and chooses the fonts of a PDF, when it draws.
    """

    def draw(self, renderer: RendererBase) -> None:
        """Draw the figure."""
        with matplotlib.rc_context(_style()):
            super().draw(renderer)

    def savefig(self, fname: Any, **options: Any) -> None:
        """Save the figure, as `matplotlib.figure.Figure.savefig` does."""
        with matplotlib.rc_context(_style()):
            super().savefig(fname, **options)


def cluster_color(number: int) -> str:
    """Return the colour of a cluster, as hexadecimal text.

    Parameters
    ----------
    number : int
        From 1; grey for 0, no cluster. After forty the colours come again.
    """
    return _PALETTE[(number - 1) % len(_PALETTE)] if number else _NO_CLUSTER


def cluster_marker(number: int) -> str:
    """Return the marker of a cluster in scatter plots, another for each ten.

    Parameters
    ----------
    number : int
        From 1; 0 for no cluster.
    """
    return _MARKERS[max(number - 1, 0) // _CLUSTERS_OF_A_MARKER % len(_MARKERS)]


def cluster_name(number: int) -> str:
    """Return what a cluster is called in figures.

    Parameters
    ----------
    number : int
        From 1; 0 for no cluster, a dash.
    """
    return str(number) if number else "\N{EN DASH}"


def clusters_in_order(labels: IntArray) -> list[int]:
    """Return the numbers of clusters from 1 to the largest, and 0 last if an event is in none.

    Parameters
    ----------
    labels : ndarray of int, shape (n_events,)
        Clusters, from 1; 0 for none.
    """
    numbers = list(range(1, int(labels.max()) + 1))
    return numbers if (labels > 0).all() else [*numbers, 0]


def contrasting_color(color: ColorType) -> str:
    """Return black or white, whichever is better read on a colour; their contrast is above 4.5."""
    # The relative luminance of WCAG 2.2, at which black and white contrast alike.
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in to_rgb(color)
    ]
    return "#000000" if np.dot([0.2126, 0.7152, 0.0722], linear) > 0.179 else "#ffffff"


def png(figure: Figure, dpi: float = 1.5 * PIXELS_PER_INCH) -> bytes:
    """Return a figure as the bytes of a PNG file.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    dpi : float
        Pixels an inch; by default three for two pixels of the page.
    """
    return _saved(figure, format="png", dpi=dpi)


def pdf(figure: Figure) -> bytes:
    """Return a figure as the bytes of a PDF file, the same for the same figure.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    """
    return _saved(figure, format="pdf", dpi=DOTS_PER_INCH, metadata={"CreationDate": None})


def _saved(figure: Figure, **options: Any) -> bytes:
    file = io.BytesIO()
    with matplotlib.rc_context(_style()):
        figure.savefig(file, **options)
    return file.getvalue()


def styled(draw: Callable[Parameters, Drawn]) -> Callable[Parameters, Drawn]:
    """Let a function draw in the style file of the package.

    Parameters
    ----------
    draw : callable

    Returns
    -------
    callable
    """

    @functools.wraps(draw)
    def styled(*arguments: Parameters.args, **options: Parameters.kwargs) -> Drawn:
        with matplotlib.rc_context(_style()):
            return draw(*arguments, **options)

    return styled


def add_axes(
    figure: Figure, left: float, top: float, width: float, height: float, **options: Any
) -> Axes:
    """Add axes at a place that is given in inches from the upper left corner of a figure.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    left, top, width, height : float
        Inches.
    **options
        As `Figure.add_axes` takes them.

    Returns
    -------
    matplotlib.axes.Axes
    """
    whole_width, whole_height = figure.get_size_inches()
    bottom = whole_height - top - height
    box = (left / whole_width, bottom / whole_height, width / whole_width, height / whole_height)
    return figure.add_axes(box, **options)


def size_of(axes: Axes) -> tuple[float, float]:
    """Return width and height of axes that `add_axes` has made, inches."""
    figure = axes.get_figure(root=True)
    assert figure is not None, "axes are in a figure"  # noqa: S101
    width, height = figure.get_size_inches()
    return width * axes.get_position().width, height * axes.get_position().height


def cluster_panels(
    numbers: Sequence[int], height: float, *, top: float, xlabel: str, ylabel: str
) -> tuple[Figure, list[Axes]]:
    """Return a figure with a panel for each cluster, up to four in a row, and its panels.

    Parameters
    ----------
    numbers : sequence of int
        Of the clusters, from 1; 0 for no cluster.
    height, top : float
        Height of a panel, and room above the first row, inches.
    xlabel, ylabel : str
        Of the lowest and of the leftmost panels.
    """
    n_columns = int(np.clip(len(numbers), 2, _MOST_PANELS_IN_A_ROW))
    n_rows = ceil(len(numbers) / n_columns)
    step = (TWO_COLUMNS - _LEFT - _RIGHT + _BETWEEN_COLUMNS) / n_columns
    width, row_height = step - _BETWEEN_COLUMNS, height + _BETWEEN_ROWS
    figure = StyledFigure((TWO_COLUMNS, top + row_height * n_rows - _BETWEEN_ROWS + _BELOW))
    panels = []
    for place, number in enumerate(numbers):
        row, column = divmod(place, n_columns)
        axes = add_axes(figure, _LEFT + column * step, top + row * row_height, width, height)
        put_badge(axes, number, (0, 1), (5, 8))
        if place + n_columns >= len(numbers):
            axes.set_xlabel(xlabel)
        if column == 0:
            axes.set_ylabel(ylabel)
        panels.append(axes)
    return figure, panels


def label_numbers(axis: Axis, count: int, most: int) -> None:
    """Label things that are counted from 1, at most so many of them.

    Parameters
    ----------
    axis : matplotlib.axis.Axis
    count, most : int
    """
    step = next((step for step in (1, 5, 10, 20, 50, 100) if count <= most * step), count)
    axis.set_ticks(sorted({1, *range(step, count + 1, step)}))


def row_height(n_rows: int, usual: float, least_in_all: float = 0.8) -> float:
    """Return the height of rows of clusters, inches: few fit their label, many fit a printed page.

    Parameters
    ----------
    n_rows : int
    usual : float
        Height of a row where there is room, inches.
    least_in_all : float
        Least height of all rows together, inches.
    """
    return max(min(usual, MOST_ROWS_HEIGHT / n_rows), least_in_all / n_rows)


def color_cluster_labels(axis: Axis, numbers: Sequence[int]) -> None:
    """Label places 1, 2, ... of an axis with clusters, each on its colour.

    Parameters
    ----------
    axis : matplotlib.axis.Axis
    numbers : sequence of int
        Of the clusters, from 1; 0 for no cluster, a dash.
    """
    axis.set_ticks(range(1, len(numbers) + 1), labels=[cluster_name(each) for each in numbers])
    axis.set_tick_params(length=0, pad=4)
    for label, number in zip(axis.get_ticklabels(), numbers, strict=True):
        color = cluster_color(number)
        label.set(color=contrasting_color(color), weight="bold")
        label.set_bbox({"boxstyle": "round,pad=0.2", "facecolor": color, "edgecolor": "none"})


def frequency_extent(frequencies: FloatArray) -> tuple[float, float]:
    """Return where the cells of the first and the last frequency end on an axis.

    Parameters
    ----------
    frequencies : ndarray of shape (n_frequencies,)
        Evenly spaced, or on a logarithmic axis, Hz.

    Returns
    -------
    (float, float)
        Hz, or its decimal logarithm; half a unit to either side of a cell that stands alone.
    """
    centers = np.log10(frequencies) if are_logarithmic(frequencies) else frequencies
    half = (centers[-1] - centers[0]) / (len(centers) - 1) / 2 if len(centers) > 1 else 0.5
    return centers[0] - half, centers[-1] + half


def label_frequencies(axis: Axis, frequencies: FloatArray) -> None:
    """Label a logarithmic axis, drawn from `frequency_extent`, in Hz; a linear one is as it is.

    Parameters
    ----------
    axis : matplotlib.axis.Axis
    frequencies : ndarray of shape (n_frequencies,)
        Hz.
    """
    if not are_logarithmic(frequencies):
        return
    lowest, highest = frequency_extent(frequencies)
    decades = 10.0 ** np.arange(np.floor(lowest), np.ceil(highest) + 1)
    marks = np.outer(decades, (1, 2, 5)).ravel()
    # A mark at the end of the axis is on it, whatever the rounding.
    marks = marks[(np.log10(marks) > lowest - 1e-6) & (np.log10(marks) < highest + 1e-6)]
    axis.set_ticks(np.log10(marks).tolist(), labels=[f"{mark:g}" for mark in marks])


def are_logarithmic(frequencies: FloatArray) -> bool:
    """Return whether frequencies are drawn on a logarithmic axis, since they are uneven."""
    steps = np.diff(frequencies)
    return len(steps) > 1 and not np.allclose(steps, steps[0], rtol=1e-3)


def put_badge(
    axes: Axes,
    number: int,
    place: tuple[float, float],
    offset: tuple[float, float],
    pad: float = 0.25,
) -> None:
    """Put a number on its colour, that of a cluster or of a component.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    number : int
        From 1; 0 for no cluster, a dash.
    place : (float, float)
        In fractions of the axes.
    offset : (float, float)
        From there to the middle of the badge, points.
    pad : float
        Around the number, in its size.
    """
    color = cluster_color(number)
    axes.annotate(
        cluster_name(number),
        place,
        xytext=offset,
        xycoords="axes fraction",
        textcoords="offset points",
        ha="center",
        va="center",
        weight="bold",
        color=contrasting_color(color),
        fontsize=SMALL,
        bbox={"boxstyle": f"round,pad={pad}", "facecolor": color, "edgecolor": "none"},
    )
