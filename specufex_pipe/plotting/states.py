"""The states of an HMM: emissions, spectra, and how common they are."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from specufex_pipe.numerics.types import FloatArray
from specufex_pipe.plotting.drawing import draw_matrix
from specufex_pipe.plotting.style import (
    ACCENT,
    SPECTROGRAM_COLORS,
    TWO_COLUMNS,
    StyledFigure,
    frequency_extent,
    label_frequencies,
    label_numbers,
    styled,
)


@styled
def states_figure(
    emissions: FloatArray,
    spectra: FloatArray,
    occupancy: FloatArray,
    frequencies: FloatArray,
) -> Figure:
    """Show the states: their components, the spectra these make, and how common they are.

    Parameters
    ----------
    emissions : ndarray of shape (n_states, n_components)
        Energy in a frame, in the scale of the HMM: `BayesianHMM` takes the background out of the
        energies, and makes all events equally loud.
    spectra : ndarray of shape (n_states, n_frequencies)
        In the same scale.
    occupancy : ndarray of shape (n_states,)
        Share of the frames.
    frequencies : ndarray of shape (n_frequencies,)
        Hz.

    Returns
    -------
    matplotlib.figure.Figure
    """
    n_states, n_components = emissions.shape
    figure = StyledFigure(
        (TWO_COLUMNS, float(np.clip(1.4 + 0.12 * n_states, 2.3, 6))), layout="constrained"
    )
    left, middle, right = figure.subplots(1, 3, sharey=True, width_ratios=(1.35, 1.1, 0.6))
    image = draw_matrix(left, emissions, emissions.max())
    _add_bar(figure, image, left, "Energy in a frame (scale of the HMM)")
    image = middle.imshow(
        spectra,
        aspect="auto",
        cmap=SPECTROGRAM_COLORS,
        vmin=0,
        extent=(*frequency_extent(frequencies), n_states + 0.5, 0.5),
    )
    _add_bar(figure, image, middle, "Energy at a frequency (scale of the HMM)")
    label_frequencies(middle.xaxis, frequencies)
    right.barh(np.arange(1, n_states + 1), 100 * occupancy, color=ACCENT, height=0.7)
    label_numbers(left.yaxis, n_states, most=20)
    label_numbers(left.xaxis, n_components, most=12)
    left.set(title="Emissions", xlabel="Component", ylabel="State")
    middle.set(title="Spectrum", xlabel="Frequency (Hz)")
    right.set(title="Occupancy", xlabel="Share of the frames (%)")
    return figure


def _add_bar(figure: Figure, image: AxesImage, axes: Axes, label: str) -> None:
    figure.colorbar(image, ax=axes, location="bottom", label=label, aspect=40)
