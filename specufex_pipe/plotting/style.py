"""How the figures of the report look: colours, style, and the parts that several of them have."""

import functools
import io

import matplotlib
import numpy as np
from matplotlib.colors import PowerNorm, to_hex, to_rgb

PIXELS_PER_INCH = 100
SPECTROGRAM_COLORS = "magma"
MATRIX_COLORS = "bone_r"
INK, MUTED, ACCENT = "#1d2430", "#5b6470", "#35608f"
_NO_DATA = "#eceef1"
TIME_LABEL = "Time after the catalog time (s)"
DECIBELS = "dB above median"
# Paul Tol's "muted" scheme, made for colour-blind readers, with a darker yellow for white paper and
# in an order that puts the colours that differ most first.
_PALETTE = (
    "#332288", "#cc6677", "#44aa99", "#ddaa33", "#882255", "#88ccee", "#117733", "#aa4499",
    "#999933", "#555555",
)  # fmt: skip
_STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.labelsize": 8.5,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "image.interpolation": "nearest",
    "text.parse_math": False,
}


def cluster_color(number):
    """Return the colour of a cluster, as hexadecimal text.

    Parameters
    ----------
    number : int
        From 1. From the eleventh on, the colours come again, lighter or darker.
    """
    turn, index = divmod(number - 1, len(_PALETTE))
    color = np.array(to_rgb(_PALETTE[index]))
    for _ in range(turn):
        color = 0.55 * color + 0.45 * (0.0 if _luminance(color) > 0.3 else 1.0)
    return to_hex(color)


def contrasting_color(color):
    """Return the colour, dark or white, of text that stands on a colour."""
    return INK if _luminance(to_rgb(color)) > 0.3 else "#ffffff"


def png(figure, dpi=1.5 * PIXELS_PER_INCH):
    """Return a figure as the bytes of a PNG file.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    dpi : float
        Pixels an inch; by default three for two pixels of the page.
    """
    image = io.BytesIO()
    with matplotlib.rc_context(_STYLE):
        figure.savefig(image, format="png", dpi=dpi, pil_kwargs={"compress_level": 9})
    return image.getvalue()


def _luminance(color):
    return float(np.dot([0.2126, 0.7152, 0.0722], np.power(color, 2.2)))


def styled(draw):
    """Let a function draw in the style of the report.

    Parameters
    ----------
    draw : callable

    Returns
    -------
    callable
    """

    @functools.wraps(draw)
    def styled(*arguments, **options):
        with matplotlib.rc_context(_STYLE):
            return draw(*arguments, **options)

    return styled


def add_axes(figure, left, top, width, height, **options):
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


def draw_spectrogram(axes, frames, summary, limit):
    """Draw a spectrogram over time, and a line at the catalog time.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    frames : ndarray of shape (n_frames, n_frequencies)
        dB.
    summary : summary.Summary
    limit : float
        Upper end of the colour scale, dB.

    Returns
    -------
    matplotlib.image.AxesImage
    """
    image = draw_over_time(
        axes,
        frames,
        summary.clock,
        extent(summary.frequencies),
        cmap=SPECTROGRAM_COLORS,
        vmin=0,
        vmax=limit,
    )
    mark_catalog_time(axes, "white")
    return image


def draw_over_time(axes, frames, clock, rows, **colors):
    """Draw frames over time, the first row at the bottom.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    frames : ndarray of shape (n_frames, n_rows)
    clock : summary.Clock
    rows : (float, float)
        Where the first row begins and the last one ends on the vertical axis.
    **colors
        As `Axes.imshow` takes them.

    Returns
    -------
    matplotlib.image.AxesImage
    """
    axes.set_facecolor(_NO_DATA)
    first, last = clock.frames(len(frames))[[0, -1]]
    half = clock.frame_interval / 2
    return axes.imshow(
        frames.T,
        aspect="auto",
        origin="lower",
        extent=(first - half, last + half, *rows),
        **colors,
    )


def mark_catalog_time(axes, color):
    """Draw a dashed line at the catalog time, 0 s."""
    axes.axvline(0, color=color, linewidth=0.6, linestyle=(0, (3, 3)))


def draw_matrix(axes, matrix, limit, power=0.5):
    """Draw a matrix whose rows, from the top, and columns are counted from 1.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    matrix : ndarray
    limit : float
        Upper end of the colour scale.
    power : float
        As for `matrix_colors`.

    Returns
    -------
    matplotlib.image.AxesImage
    """
    n_rows, n_columns = matrix.shape
    return axes.imshow(
        matrix,
        aspect="auto",
        extent=(0.5, n_columns + 0.5, n_rows + 0.5, 0.5),
        **matrix_colors(limit, power),
    )


def draw_fingerprint(axes, fingerprint, limit):
    """Draw a fingerprint; rows are the states that come first, columns those that follow.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    fingerprint : ndarray of shape (n_states, n_states)
    limit : float
        Upper end of the colour scale.

    Returns
    -------
    matplotlib.image.AxesImage
    """
    # As dark as the share that an entry is the root of, so that the leading passages stand out.
    return draw_matrix(axes, fingerprint, limit, power=2)


def matrix_colors(limit, power=0.5):
    """Return the colours of values from 0 to a limit, as `Axes.imshow` takes them.

    Parameters
    ----------
    limit : float
    power : float
        A colour is as dark as the value to this power. By default the root: a few entries are much
        larger than the others, which count as well.

    Returns
    -------
    dict
    """
    return {"cmap": MATRIX_COLORS, "norm": PowerNorm(power, vmin=0, vmax=limit)}


def label_numbers(axis, count, most):
    """Label things that are counted from 1, at most so many of them.

    Parameters
    ----------
    axis : matplotlib.axis.Axis
    count, most : int
    """
    step = next((step for step in (1, 5, 10, 20, 50, 100) if count <= most * step), count)
    axis.set_ticks(sorted({1, *range(step, count + 1, step)}))


def extent(centers):
    """Return where the first and the last of evenly spaced cells end.

    Parameters
    ----------
    centers : ndarray of shape (n_cells,)

    Returns
    -------
    (float, float)
        Half a unit to either side of a cell that stands alone.
    """
    half = (centers[-1] - centers[0]) / (len(centers) - 1) / 2 if len(centers) > 1 else 0.5
    return centers[0] - half, centers[-1] + half


def put_badge(axes, number, place, offset, pad=0.3, **text):
    """Put a number on its colour, that of a cluster or of a component.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    number : int
        From 1.
    place : (float, float)
        In fractions of the axes.
    offset : (float, float)
        From there to the middle of the badge, points.
    pad : float
        Around the number, in its size.
    **text
        Further properties of the text.
    """
    color = cluster_color(number)
    axes.annotate(
        f"{number}",
        place,
        xytext=offset,
        xycoords="axes fraction",
        textcoords="offset points",
        ha="center",
        va="center",
        weight="bold",
        color=contrasting_color(color),
        bbox={"boxstyle": f"round,pad={pad}", "facecolor": color, "edgecolor": "none"},
        **text,
    )


def draw_patterns(axes, components, frequencies):
    """Draw patterns side by side, each relative to its peak, numbered from 1.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    components : ndarray of shape (n_patterns, n_frequencies), or with a third axis of lags
        Patterns that last several frames are drawn as spectrograms, from left to right.
    frequencies : ndarray of shape (n_frequencies,)
        Hz.

    Returns
    -------
    matplotlib.image.AxesImage
    """
    if components.ndim == 2:
        components = components[:, :, None]
    n_patterns, n_frequencies, n_lags = components.shape
    peaks = components.max(axis=(1, 2), keepdims=True)
    relative = components / np.where(peaks > 0, peaks, 1)
    image = axes.imshow(
        relative.transpose(1, 0, 2).reshape(n_frequencies, -1),
        aspect="auto",
        origin="lower",
        cmap=MATRIX_COLORS,
        vmin=0,
        vmax=1,
        extent=(0.5, n_patterns + 0.5, *extent(frequencies)),
    )
    if n_lags > 1:
        for edge in range(1, n_patterns):
            axes.axvline(edge + 0.5, color=ACCENT, linewidth=0.5)
    return image
