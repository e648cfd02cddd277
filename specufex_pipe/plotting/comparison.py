"""What the report shows of factorizations that were run beside each other."""

import json
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from specufex_pipe.factorizations.base import LEAST_SHARE
from specufex_pipe.plotting.style import draw_patterns, label_numbers, styled
from specufex_pipe.store import read_arrays

_INCHES_PER_METHOD = 1.9


@dataclass(frozen=True)
class Comparison:
    """Runs of the same events with different factorizations, that of the report first.

    Attributes
    ----------
    rows : list of dict
        Measures of each run, by name; see `stages.compare`.
    components : dict of ndarray
        Components of each run, by method.
    shares : dict of ndarray
        Share of the energy of each component, by method.
    records : dict of dict
        Settings of each factorization, by method.
    """

    rows: list
    components: dict
    shares: dict
    records: dict

    @property
    def has_kinds(self):
        """Whether events of known kinds took part."""
        return "rand_index" in self.rows[0]


def read_comparison(path):
    """Read comparison.h5.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Comparison
    """
    arrays, attributes = read_arrays(path, "comparison")
    records = json.loads(attributes["records"])
    return Comparison(
        rows=json.loads(attributes["rows"]),
        components={method: arrays[f"{method}.components"] for method in records},
        shares={method: arrays[f"{method}.shares"] for method in records},
        records=records,
    )


@styled
def comparison_figure(comparison, frequencies):
    """Show the components of each factorization, a row each, the strongest first.

    Components that are as good as empty are left out.

    Parameters
    ----------
    comparison : Comparison
    frequencies : ndarray of shape (n_frequencies,)
        Hz.

    Returns
    -------
    matplotlib.figure.Figure
    """
    n_methods = len(comparison.rows)
    figure = Figure((10, 0.4 + _INCHES_PER_METHOD * n_methods), layout="constrained")
    panels = figure.subplots(n_methods, 1, squeeze=False)[:, 0]
    for axes, (method, components) in zip(panels, comparison.components.items(), strict=True):
        shares = comparison.shares[method]
        order = np.argsort(-shares, kind="stable")[: np.count_nonzero(shares >= LEAST_SHARE)]
        image = draw_patterns(axes, components[order], frequencies)
        label_numbers(axes.xaxis, len(order), most=30)
        axes.set(title=method.replace("_", " "), ylabel="Frequency (Hz)")
    panels[-1].set_xlabel("Pattern, the one that explains most first")
    figure.colorbar(image, ax=list(panels), label="Relative to the peak", aspect=40, pad=0.01)
    return figure
