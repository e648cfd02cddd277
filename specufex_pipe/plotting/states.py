"""The states of an HMM: emissions, spectra, and how common they are."""

import numpy as np
from matplotlib.figure import Figure

from specufex_pipe.numerics.types import FloatArray
from specufex_pipe.plotting.drawing import draw_matrix
from specufex_pipe.plotting.style import (
    ACCENT,
    DECIBELS,
    SPECTROGRAM_COLORS,
    extent,
    label_numbers,
    styled,
)


@styled
def states_figure(
    emissions: FloatArray, spectra: FloatArray, occupancy: FloatArray, frequencies: FloatArray
) -> Figure:
    """Show the states: their components, the spectra these make, and how common they are.

    Parameters
    ----------
    emissions : ndarray of shape (n_states, n_components)
        Energy in a frame.
    spectra : ndarray of shape (n_states, n_frequencies)
        dB.
    occupancy : ndarray of shape (n_states,)
        Share of the frames.
    frequencies : ndarray of shape (n_frequencies,)
        Hz.

    Returns
    -------
    matplotlib.figure.Figure
    """
    n_states, n_components = emissions.shape
    figure = Figure((10, float(np.clip(1.8 + 0.17 * n_states, 3, 8))), layout="constrained")
    left, middle, right = figure.subplots(1, 3, sharey=True, width_ratios=(1.35, 1.1, 0.6))
    image = draw_matrix(left, emissions, emissions.max())
    figure.colorbar(
        image, ax=left, location="bottom", label="Energy in a frame (dB summed)", aspect=40
    )
    image = middle.imshow(
        spectra,
        aspect="auto",
        cmap=SPECTROGRAM_COLORS,
        vmin=0,
        extent=(*extent(frequencies), n_states + 0.5, 0.5),
    )
    figure.colorbar(image, ax=middle, location="bottom", label=DECIBELS, aspect=40)
    right.barh(np.arange(1, n_states + 1), 100 * occupancy, color=ACCENT, height=0.7)
    label_numbers(left.yaxis, n_states, most=20)
    label_numbers(left.xaxis, n_components, most=12)
    left.set(title="Emissions", xlabel="Component", ylabel="State")
    middle.set(title="Spectrum", xlabel="Frequency (Hz)")
    right.set(title="Occupancy", xlabel="Share of the frames (%)")
    return figure
