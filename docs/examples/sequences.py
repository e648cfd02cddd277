"""Sequences in noise
==================

Cells that light up one after the other are found in noise, and when they do.

A microscope watches 30 cells. Three sequences of ten cells each come again and again: one cell
lights up after the other, and fades. One time in ten a cell misses its turn, it is often a frame or
two early or late, and it lights up by chance as well: a third of all that is seen is chance. The
cells are numbered at random, so that the eye sees no order.

SeqNMF knows components that last several frames. It is given six of them, and a penalty on
components that explain the same, which leaves as many as there are sequences. Its authors advise a
weight somewhat above the one at which the cost of the penalty and that of the reconstruction cross;
here it is one and a half times as large. Whether a component is a sequence is tested on a second
recording: is it more alike at a few moments there than it would be if its cells lit up at other
lags?

In the picture, the top shows the cells as they are numbered. Below, they are sorted by when they
are active in the components on the left, and now sequences are rising lines in the same data. See
whether the activations have a peak at each triangle, where a sequence begins in truth: the peak is
a few frames early, since a component has some empty frames before its first cell. Pale lines in the
reconstruction are cells that lit up by chance, taken for a trace of their sequence.
"""

import sys
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.signal import find_peaks

from specufex_pipe.factorizations import SeqNMF
from specufex_pipe.factorizations.seq import (
    choose_cross_orthogonality,
    generate_sequences,
    significance,
)
from specufex_pipe.plotting.sequences import latency_order, sequences_figure
from specufex_pipe.plotting.style import styled

HERE = Path(__file__).parent
N_SEQUENCES, N_CELLS, N_FRAMES, LENGTH = 3, 30, 2000, 40
FRAMES_SHOWN = slice(0, 500)
WEIGHTS = np.geomspace(1e-4, 1e-1, 7)


def record(seed):
    """Return a recording whose cells are not in the order of the sequences, and what is true."""
    recording = generate_sequences(
        N_FRAMES, N_SEQUENCES, noise=0.002, jitter=1, participation=0.9, decay=5, random_state=seed
    )
    cells = np.random.default_rng(0).permutation(N_CELLS)
    return recording._replace(X=recording.X[cells], members=recording.members[cells])


def match(model, members):
    """Return the number of the component that has the cells of each sequence."""
    of_cells = model.components_.sum(axis=2)
    of_sequences = [of_cells[:, members == number].sum(axis=1) for number in range(N_SEQUENCES)]
    return linear_sum_assignment(np.array(of_sequences), maximize=True)[1]


def compare(activations, onsets):
    """Return whether each onset has a peak of the activations near it, and each peak an onset."""
    peaks, _ = find_peaks(activations, height=activations.max() / 3, distance=LENGTH)
    # A sequence may begin some frames into its component.
    is_near = np.abs(np.flatnonzero(onsets)[:, None] - peaks) < LENGTH / 2
    return is_near.any(axis=1), is_near.any(axis=0)


def draw_unsorted(figure, X, data):
    """Draw the cells as they are numbered above a figure, like its panel of the sorted data."""
    image, box = data.get_images()[0], data.get_position()
    axes = figure.add_axes((box.x0, 1.02, box.width, box.height), sharex=data)
    axes.imshow(
        X[:, FRAMES_SHOWN], cmap=image.cmap, norm=image.norm, extent=image.get_extent(),
        aspect="auto", origin="lower",
    )  # fmt: skip
    axes.tick_params(labelbottom=False)
    axes.set(title="Data, cells as they are numbered", ylabel="Cell")
    return axes


@styled
def draw(model, X, onsets, numbers):
    """Draw what was found, and the true onsets of the sequence that each component stands for."""
    figure = sequences_figure(model, X, frames=FRAMES_SHOWN, order=latency_order(model))
    panels = {axes.get_label(): axes for axes in figure.axes}
    activations, data = panels["activations"], panels["data"]
    for component, onsets_of_sequence in onsets.items():
        times = np.flatnonzero(onsets_of_sequence)
        activations.plot(times, np.full(len(times), component + 0.5), "k^", markersize=3)
    activations.set_title("Activations (triangles: where sequences begin in truth)")
    data.set_title("The same data, cells sorted by when they are active in the components")
    for label in ("component 1", "reconstruction"):
        panels[label].set_ylabel("Cell, sorted")
    above = draw_unsorted(figure, X, data)
    summary = (
        f"{model.n_components} components are given,\n"
        f"the penalty leaves {np.count_nonzero(model.loadings_)} of them.\n\n"
        f"{numbers['significant']} are significant in another\nrecording of the same cells.\n\n"
        f"{100 * numbers['share of onsets found']:.0f} % of the true onsets\nhave a peak near them."
    )
    left, top = panels["component 1"].get_position().x0, above.get_position().y1
    figure.text(left, top, summary, va="top", fontsize=7.5)
    return figure


def main(folder=HERE):
    """Find the sequences, draw them into a folder, and return how well that went."""
    recording, held_out = record(seed=0), record(seed=1)
    model = SeqNMF(6, LENGTH, max_iter=60)
    choice = choose_cross_orthogonality(model, recording.X, WEIGHTS)
    model.set_params(cross_orthogonality=1.5 * choice.crossing).fit(recording.X)
    components = match(model, recording.members)
    onsets = dict(zip(components, recording.onsets, strict=True))
    found, right = zip(
        *(compare(model.activations_[number], true) for number, true in onsets.items()), strict=True
    )
    numbers = {
        "significant": int(significance(model, held_out.X).is_significant.sum()),
        "power explained": model.power_explained_,
        "share of onsets found": float(np.concatenate(found).mean()),
        "share of peaks at an onset": float(np.concatenate(right).mean()),
    }
    figure = draw(model, recording.X, onsets, numbers)
    # The cells as they are numbered are above the figure, and "tight" takes them in.
    figure.savefig(Path(folder) / "sequences.png", dpi=124, bbox_inches="tight")
    print(numbers)
    return numbers


if __name__ == "__main__":
    main(*sys.argv[1:])
