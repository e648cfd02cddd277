"""The states of an HMM: emissions, spectra, and how common they are."""

import numpy as np
from matplotlib.figure import Figure

from specufex_pipe.numerics.types import FloatArray
from specufex_pipe.plotting.drawing import draw_matrix
from specufex_pipe.plotting.style import (
    ACCENT,
    SPECTROGRAM_COLORS,
    frequency_extent,
    label_frequencies,
    label_numbers,
    styled,
)
from specufex_pipe.plotting.views import ABOVE_MEDIAN, Level


@styled
def states_figure(
    emissions: FloatArray,
    spectra: FloatArray,
    occupancy: FloatArray,
    frequencies: FloatArray,
    level: Level = ABOVE_MEDIAN,
) -> Figure:
    """Show the states: their components, the spectra these make, and how common they are.

    Parameters
    ----------
    emissions : ndarray of shape (n_states, n_components)
        Energy in a frame.
    spectra : ndarray of shape (n_states, n_frequencies)
    occupancy : ndarray of shape (n_states,)
        Share of the frames.
    frequencies : ndarray of shape (n_frequencies,)
        Hz.
    level : views.Level
        What the values of spectrograms are.

    Returns
    -------
    matplotlib.figure.Figure
    """
    n_states, n_components = emissions.shape
    figure = Figure((10, float(np.clip(1.8 + 0.17 * n_states, 3, 8))), layout="constrained")
    left, middle, right = figure.subplots(1, 3, sharey=True, width_ratios=(1.35, 1.1, 0.6))
    image = draw_matrix(left, emissions, emissions.max())
    in_a_frame = level.energy_label.replace("Energy", "Energy in a frame")
    figure.colorbar(image, ax=left, location="bottom", label=in_a_frame, aspect=40)
    image = middle.imshow(
        spectra,
        aspect="auto",
        cmap=SPECTROGRAM_COLORS,
        vmin=0,
        extent=(*frequency_extent(frequencies), n_states + 0.5, 0.5),
    )
    figure.colorbar(image, ax=middle, location="bottom", label=level.label, aspect=40)
    label_frequencies(middle.xaxis, frequencies)
    right.barh(np.arange(1, n_states + 1), 100 * occupancy, color=ACCENT, height=0.7)
    label_numbers(left.yaxis, n_states, most=20)
    label_numbers(left.xaxis, n_components, most=12)
    left.set(title="Emissions", xlabel="Component", ylabel="State")
    middle.set(title="Spectrum", xlabel="Frequency (Hz)")
    right.set(title="Occupancy", xlabel="Share of the frames (%)")
    return figure
