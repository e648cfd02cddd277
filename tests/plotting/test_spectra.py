"""The spectra of clusters: their curves and their common scale."""

import numpy as np
import pytest

from specufex_pipe.plotting.spectra import spectra_figure
from specufex_pipe.plotting.style import png

FREQUENCIES = np.linspace(1, 20, 30)


def curves_of(n_clusters):
    rng = np.random.default_rng(0)
    return [rng.random((n_clusters, len(FREQUENCIES))) for _ in range(3)]


def test_each_panel_has_mean_median_and_what_is_rebuilt_on_one_scale():
    curves = curves_of(3)
    figure = spectra_figure([1, 2, 0], *curves, FREQUENCIES)
    assert len({axes.get_ylim() for axes in figure.axes}) == 1
    for place, axes in enumerate(figure.axes):
        for line, values in zip(axes.get_lines(), curves, strict=True):
            np.testing.assert_allclose(line.get_xdata(), FREQUENCIES)
            np.testing.assert_array_equal(line.get_ydata(), values[place])
    named = [text.get_text() for text in figure.legends[0].get_texts()]
    assert named == ["mean", "median", "rebuilt by the states"]


@pytest.mark.parametrize("n_clusters", [1, 40])
def test_any_number_of_clusters_can_be_drawn(n_clusters):
    figure = spectra_figure(range(1, n_clusters + 1), *curves_of(n_clusters), FREQUENCIES)
    assert png(figure, 40).startswith(b"\x89PNG")
    silent = np.zeros((1, len(FREQUENCIES)))
    assert png(spectra_figure([0], silent, silent, silent, FREQUENCIES), 40)
