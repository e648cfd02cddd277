"""The figure of convolutive NMF: components, when they are active, and what they explain.

Mackevicius, Bahle, et al., eLife 8 (2019), e38471, draw their factorizations like this.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from specufex_pipe.events.checks import as_frames
from specufex_pipe.factorizations.seq.model import SeqNMF
from specufex_pipe.numerics.types import FloatArray, IntArray
from specufex_pipe.plotting.style import (
    MATRIX_COLORS,
    TWO_COLUMNS,
    StyledFigure,
    add_axes,
    cluster_color,
    label_numbers,
    put_badge,
    styled,
)

_ROWS = ("activations", "data", "reconstruction")
_COLORS_LABEL = "Entries of the data;\ncomponents at their\nlargest activation"
_DARKEST = 99  # percentile of the entries above 0
# Panels of the figure, in inches.
_LEFT, _RIGHT, _TOP, _BOTTOM = 0.42, 0.08, 0.24, 0.36
_IMAGE_HEIGHT = 1.25
_BETWEEN_COLUMNS, _BETWEEN_ROWS = 0.5, 0.28
# The numbers of components that are narrower than this would touch.
_NARROWEST_WITH_NUMBER = 0.16
# Activations of component k are drawn from k - 0.4 to k + 0.4.
_HALF_ROW = 0.4


@styled
def sequences_figure(
    model: SeqNMF,
    X: ArrayLike,
    *,
    frames: slice | tuple[int, int] | None = None,
    order: ArrayLike | None = None,
) -> Figure:
    """Show a convolutive NMF: components, activations, the data and their reconstruction.

    Components are side by side on the left. On the right, below each other, are the activations,
    the data and the reconstruction over time.

    Parameters
    ----------
    model : SeqNMF
        Fitted to `X`.
    X : array_like of shape (n_features, n_frames)
        The data, entries >= 0.
    frames : slice or (int, int), optional
        The frames to show, from the first, counted from 0, to before the last; by default all.
    order : array_like of int, shape (n_features,), optional
        Numbers of the features, from 0, in the order from the bottom to the top, such as
        `latency_order` gives it. By default as in `X`, and only then they are numbered.

    Returns
    -------
    matplotlib.figure.Figure
        The labels of its axes are "activations", "data", "reconstruction", "colors", and
        "component 1" and so on. All images have one gray scale, which ends at the 99th percentile
        of the entries of `X` above 0. To be on it, components are multiplied by their largest
        activation. Activations are in units of the data, summed over what one stands for, and have
        one scale; those of component k are drawn from k - 0.4 upwards, to k + 0.4 at the most.

    Raises
    ------
    ValueError
        If `X` has another shape than the data of the fit, the fit was to several events, or
        `frames` or `order` does not fit the data; the message says what would be right.
    sklearn.exceptions.NotFittedError
        If the model has no activations: it is not fitted, or comes from a file.
    """
    activations = _activations(model)
    data = _checked_data(X, (model.n_features_in_, activations.shape[1]))
    shown = _checked_frames(frames, data.shape[1])
    rows = _checked_order(order, len(data))
    positive = data[data > 0]
    limit = float(np.percentile(positive, _DARKEST)) if positive.size else 1.0
    reconstruction = np.asarray(model.inverse_transform(activations))

    figure, panels, components = _layout(model.n_components_)
    largest = activations.max(axis=1)[:, None, None]
    _draw_components(components, largest * model.components_[:, rows], limit)
    _draw_activations(panels["activations"], activations * model.gain_[:, None], shown)
    ends = (shown.start - 0.5, shown.stop - 0.5)
    image = _draw_image(panels["data"], data[rows, shown], ends, limit)
    _draw_image(panels["reconstruction"], reconstruction[rows, shown], ends, limit)
    figure.colorbar(
        image, cax=panels["colors"], orientation="horizontal", extend="max", label=_COLORS_LABEL
    )
    _label_features((components[0], panels["reconstruction"]), is_sorted=order is not None)
    panels["data"].set_title("Data")
    panels["data"].tick_params(left=False, labelleft=False)
    explained = f"Reconstruction: {100 * model.power_explained_:.0f} % of the power"
    panels["reconstruction"].set(title=explained, xlabel="Frame", xlim=ends)
    figure.align_ylabels((panels["activations"], panels["reconstruction"]))
    return figure


def latency_order(model: SeqNMF) -> IntArray:
    """Return the order of features by when they are active in the components.

    Parameters
    ----------
    model : SeqNMF
        Fitted.

    Returns
    -------
    ndarray of int, shape (n_features,)
        Numbers of the features, by the component in which they are strongest, and of one component
        by the lag at which they are.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        If the model is not fitted.
    """
    check_is_fitted(model, "n_iter_")
    # Components can be compared: the activations of each have the norm 1.
    strongest = model.components_.max(axis=2).argmax(axis=0)
    latencies = model.components_[strongest, np.arange(len(strongest))].argmax(axis=1)
    return np.lexsort((latencies, strongest))


def _activations(model: SeqNMF) -> FloatArray:
    """Return the activations of the fit, (n_components, n_frames)."""
    check_is_fitted(model, "activations_")
    frames = as_frames(model.activations_, n_rows=model.n_components_)
    if frames.n_events > 1:
        raise ValueError(f"the model was fitted to {frames.n_events} events, expected one")
    return frames.whole().frames.T


def _checked_data(X: ArrayLike, shape: tuple[int, int]) -> FloatArray:
    data = np.asarray(X, dtype=float)
    if data.shape != shape:
        raise ValueError(f"X is of shape {data.shape}, expected {shape}, as the data of the fit")
    return data


def _checked_frames(frames: slice | tuple[int, int] | None, n_frames: int) -> slice:
    """Return a range of frames as a slice from start to stop."""
    if frames is None:
        frames = slice(None)
    elif not isinstance(frames, slice):
        frames = slice(*frames)
    start, stop, step = frames.indices(n_frames)
    if step != 1 or start >= stop:
        raise ValueError(
            f"frames are {frames}, expected a range of one or more of {n_frames} frames, each shown"
        )
    return slice(start, stop)


def _checked_order(order: ArrayLike | None, n_features: int) -> IntArray:
    numbers = np.arange(n_features) if order is None else np.asarray(order)
    if not np.array_equal(np.sort(numbers), np.arange(n_features)):
        raise ValueError(f"order has to have each number from 0 to {n_features - 1} once")
    return numbers


def _layout(n_components: int) -> tuple[Figure, dict[str, Axes], list[Axes]]:
    """Return a figure, its axes by their label, and a list of those of the components."""
    left_width = float(np.clip(0.3 * n_components, 1.3, 2.5))
    left = _LEFT + left_width + _BETWEEN_COLUMNS
    heights = (float(np.clip(0.2 * n_components, 0.45, 1.7)), _IMAGE_HEIGHT, _IMAGE_HEIGHT)
    tops = _TOP + np.cumsum((0, *heights[:-1])) + _BETWEEN_ROWS * np.arange(3)
    figure = StyledFigure((TWO_COLUMNS, tops[-1] + heights[-1] + _BOTTOM))
    panels: dict[str, Axes] = {}
    for label, top, height in zip(_ROWS, tops, heights, strict=True):
        panels[label] = add_axes(
            figure, left, top, TWO_COLUMNS - _RIGHT - left, height,
            sharex=panels.get("activations"), label=label,
        )  # fmt: skip
        panels[label].tick_params(labelbottom=label == "reconstruction")
    panels["reconstruction"].sharey(panels["data"])
    gap = min(0.05, 0.2 * left_width / n_components)
    step = (left_width + gap) / n_components
    components = [
        add_axes(
            figure, _LEFT + index * step, tops[1], step - gap, _IMAGE_HEIGHT,
            sharey=panels["data"], label=f"component {index + 1}",
        )
        for index in range(n_components)
    ]  # fmt: skip
    panels["colors"] = add_axes(figure, _LEFT, tops[2] + 0.3, left_width, 0.07, label="colors")
    return figure, panels, components


def _draw_image(
    axes: Axes, matrix: FloatArray, ends: tuple[float, float], limit: float
) -> AxesImage:
    """Draw a matrix, its first row at the bottom, between two ends of the horizontal axis."""
    return axes.imshow(
        matrix,
        aspect="auto",
        origin="lower",
        # A frame of many is narrower than a pixel, and must not be left out.
        interpolation="antialiased",
        cmap=MATRIX_COLORS,
        vmin=0,
        vmax=limit,
        extent=(*ends, -0.5, len(matrix) - 0.5),
    )


def _draw_components(panels: list[Axes], components: FloatArray, limit: float) -> None:
    """Draw components, (n_components, n_features, n_lags), a panel each."""
    n_lags = components.shape[2]
    for number, (axes, component) in enumerate(zip(panels, components, strict=True), start=1):
        _draw_image(axes, component, (-0.5, n_lags - 0.5), limit)
        axes.set_xticks(())
        axes.tick_params(left=number == 1, labelleft=number == 1)
        axes.spines[:].set(visible=True, color=cluster_color(number), linewidth=1.2)
        if axes.get_position().width * TWO_COLUMNS >= _NARROWEST_WITH_NUMBER:
            put_badge(axes, number, (0.5, 1), (0, 7), pad=0.2)
    panels[0].set_title("Components", pad=16)
    panels[0].set_xlabel(f"Lags from 0 to {n_lags - 1} frames", loc="left")


def _draw_activations(axes: Axes, activations: FloatArray, frames: slice) -> None:
    """Draw activations, (n_components, n_frames), each above its own line."""
    n_components = len(activations)
    scale = activations.max() or 1.0
    numbers = np.arange(frames.start, frames.stop)
    for number, row in enumerate(activations[:, frames], start=1):
        base = number - _HALF_ROW
        axes.fill_between(
            numbers,
            base,
            base + 2 * _HALF_ROW * row / scale,
            color=cluster_color(number),
            linewidth=0.8,  # also what is narrower than a pixel is seen
        )
    label_numbers(axes.yaxis, n_components, most=10)
    axes.tick_params(axis="y", length=0)
    axes.set(ylim=(0.4, n_components + 0.5), ylabel="Component", title="Activations")


def _label_features(panels: Sequence[Axes], is_sorted: bool) -> None:
    for axes in panels:
        axes.set_ylabel("Feature, sorted" if is_sorted else "Feature")
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True, steps=(1, 2, 5, 10)))
        axes.tick_params(left=not is_sorted, labelleft=not is_sorted)
